"""Commands about the audit log: audit head, verify, export."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from app.commands.context import Context, write_json
from app.commands.options import AsJson

__all__ = ["register"]


def register(application: typer.Typer) -> None:
    """Add the commands of this module."""
    group = typer.Typer(
        rich_markup_mode=None,
        help="Look whether the audit log is as it was written; take a copy of it.",
    )
    group.command("head")(head)
    group.command("verify")(verify)
    group.command("export")(export)
    application.add_typer(group, name="audit")


def head(context: typer.Context, as_json: AsJson = False) -> None:
    """Print the digest of the last line, to be noted where the store's keepers cannot write."""
    from app.audit_work import head_plain, head_text

    keeper: Context = context.obj
    with keeper.open_store() as store:
        found = store.audit_head()
    write_json(head_plain(found)) if as_json else typer.echo(head_text(found))


def verify(
    context: typer.Context,
    noted: Annotated[
        str, typer.Option("--head", help="A digest that 'feedback audit head' printed earlier.")
    ] = "",
    as_json: AsJson = False,
) -> None:
    """Go through the whole log; exit code 2 where a line was changed, removed or put in."""
    from app import audit_work

    keeper: Context = context.obj
    with keeper.open_store() as store:
        checked = audit_work.verify(store, noted)
    if as_json:
        write_json(audit_work.as_plain(checked))
    else:
        typer.echo(audit_work.checked_text(checked, with_noted=bool(noted)))
    if not checked.is_sound:
        raise typer.Exit(2)


def export(
    context: typer.Context,
    out: Annotated[Path, typer.Option(help="CSV file to write.")],
    start: Annotated[str | None, typer.Option("--from", help="First day, DD/MM/YYYY.")] = None,
    end: Annotated[str | None, typer.Option("--to", help="Last day, DD/MM/YYYY.")] = None,
) -> None:
    """Write the log, or that of some days, as CSV; that it was taken is a line of the log, too."""
    from app.audit_work import export_log
    from app.exporting import day_start
    from app.wording import counted

    keeper: Context = context.obj
    first, after = day_start(start, "--from"), day_start(end, "--to", n_days_later=1)
    with keeper.open_store() as store:
        n_lines = export_log(store, out, start=first, end=after)
    typer.echo(f"{counted(n_lines, 'line')} of the audit log: {out}")
