"""Commands about how long feedback is kept: retention, erase, hold, backup, restore."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from app.commands.context import Context, write_json
from app.commands.options import AsJson

__all__ = ["register"]

Reason = Annotated[str, typer.Option(help="Why, for whoever asks years later.")]
Service = Annotated[str, typer.Argument(metavar="SERVICE", help="By any of its names.")]


def register(application: typer.Typer) -> None:
    """Add the commands of this module."""
    retention = typer.Typer(
        rich_markup_mode=None, help="Say how long feedback is kept, and delete what is due."
    )
    retention.command("show")(show)
    retention.command("set")(set_)
    retention.command("keep")(keep)
    retention.command("apply")(apply)
    application.add_typer(retention, name="retention")
    hold = typer.Typer(
        rich_markup_mode=None, help="Place and lift legal holds: what they cover is not deleted."
    )
    hold.command("place")(place_)
    hold.command("list")(list_)
    hold.command("lift")(lift_)
    application.add_typer(hold, name="hold")
    application.command("erase")(erase_)
    application.command("backup")(backup_)
    application.command("restore")(restore_)


def show(context: typer.Context, as_json: AsJson = False) -> None:
    """Show how long the feedback of each service is kept, and when the next deletion is."""
    from app.kept_work import kept_text
    from feedback.retention import kept_of
    from feedback.store import utc_now

    keeper: Context = context.obj
    with keeper.open_store() as store:
        found = kept_of(store, keeper.settings.retention_days, utc_now(), with_due=True)
    write_json(found) if as_json else typer.echo(kept_text(found, keeper.settings))


def set_(
    context: typer.Context,
    service: Service,
    days: Annotated[int, typer.Argument(metavar="DAYS", help="Counted from the day it was sent.")],
) -> None:
    """Keep a service's feedback for a number of days."""
    from app.kept_work import rule
    from app.wording import counted

    keeper: Context = context.obj
    with keeper.open_store() as store:
        chosen = rule(store, service, days)
    typer.echo(f"Feedback on {chosen} is kept for {counted(days, 'day')}.")


def keep(context: typer.Context, service: Service) -> None:
    """Keep a service's feedback until somebody says otherwise."""
    from app.kept_work import rule

    keeper: Context = context.obj
    with keeper.open_store() as store:
        chosen = rule(store, service, None)
    typer.echo(f"Feedback on {chosen} is kept without a limit.")


def apply(
    context: typer.Context,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Count alone.")] = False,
    as_json: AsJson = False,
) -> None:
    """Delete what has been kept long enough; a worker does so once a day."""
    import getpass

    from app.kept_work import retention_text
    from feedback.retention import apply_retention
    from feedback.store import utc_now

    keeper: Context = context.obj
    with keeper.open_store() as store:
        done = apply_retention(
            store, keeper.settings, utc_now(), who=getpass.getuser(), dry_run=dry_run
        )
    write_json(done) if as_json else typer.echo(retention_text(done, dry_run=dry_run))


def place_(
    context: typer.Context,
    reason: Reason,
    response: Annotated[str | None, typer.Option(help="A response, by its number or id.")] = None,
    service: Annotated[str | None, typer.Option(help="A service.")] = None,
    all_: Annotated[bool, typer.Option("--all", help="Everything.")] = False,
) -> None:
    """Place a hold: what it covers is not deleted until it is lifted."""
    from app.kept_work import hold_text, place

    keeper: Context = context.obj
    with keeper.open_store() as store:
        hold = place(store, reason=reason, response=response, service=service, is_all=all_)
    typer.echo(hold_text(hold))


def list_(context: typer.Context, as_json: AsJson = False) -> None:
    """List the holds, those in force first."""
    from app.kept_work import holds_text, list_holds

    keeper: Context = context.obj
    with keeper.open_store() as store:
        found = list_holds(store)
    write_json(found) if as_json else typer.echo(holds_text(found))


def lift_(
    context: typer.Context,
    hold_id: Annotated[str, typer.Argument(metavar="HOLD", help="As 'hold list' tells it.")],
    reason: Reason,
) -> None:
    """Lift a hold; retention counts again from then on."""
    from app.kept_work import lift

    keeper: Context = context.obj
    with keeper.open_store() as store:
        lift(store, hold_id, reason)
    typer.echo(f"Hold {hold_id} is lifted.")


def erase_(
    context: typer.Context,
    response: Annotated[
        str, typer.Option(metavar="ID", help="The number its sender gave it, or the store's id.")
    ],
    service: Annotated[
        str | None, typer.Option(help="Its service, where several have this number.")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Count alone.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Erase a response with its comments everywhere, for good; it does not come in again."""
    from app.kept_work import erase, erasure_text, question, to_erase

    keeper: Context = context.obj
    with keeper.open_store() as store:
        found = to_erase(store, response, service)
        if not dry_run:
            if not yes:
                typer.confirm(question(found), abort=True, err=True)
            found = erase(store, found)
    typer.echo(erasure_text(found, is_done=not dry_run))


def backup_(
    context: typer.Context,
    out: Annotated[Path, typer.Option(metavar="FILE_OR_DIR", help="Where the copy goes.")],
    erasures_only: Annotated[
        bool, typer.Option("--erasures-only", help="Write the list of erased responses alone.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Copy the store while others use it, with checksum and counts."""
    from app.backup_work import back_up, backup_text, write_list

    keeper: Context = context.obj
    if erasures_only:
        typer.echo(write_list(keeper.settings, out))
        return
    with keeper.open_store() as store:
        done = back_up(store, keeper.settings, out)
    write_json(done.as_dict()) if as_json else typer.echo(backup_text(done))


def restore_(
    context: typer.Context,
    backup: Annotated[Path, typer.Argument(metavar="BACKUP", help="The copy, or its manifest.")],
    into: Annotated[
        str | None, typer.Option(metavar="URL", help="Store to restore into; else the one set.")
    ] = None,
    replace: Annotated[
        bool, typer.Option("--replace", help="Write over a store that has comments.")
    ] = False,
    erasures: Annotated[
        Path | None, typer.Option(help="List of responses erased since, as backup writes it.")
    ] = None,
) -> None:
    """Check a backup and put it in the place of a store; what was erased since is erased again."""
    from app.backup_work import restore, restored_text

    keeper: Context = context.obj
    url = into or keeper.settings.store_url
    typer.echo(restored_text(restore(backup, url, replace=replace, erasures=erasures)))
