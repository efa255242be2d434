"""Commands about releases: releases add, list, remove."""

from __future__ import annotations

from typing import Annotated

import typer

from app.commands.context import Context, write_json
from app.commands.options import AsJson

__all__ = ["register"]

Who = Annotated[
    str, typer.Option("--who", help="Who notes it; default the name you are logged in by.")
]


def register(application: typer.Typer) -> None:
    """Add the commands of this module."""
    group = typer.Typer(
        rich_markup_mode=None,
        help="Note what was released when: a signal just after a release says so.",
    )
    group.command("add")(add)
    group.command("list")(list_)
    group.command("remove")(remove)
    application.add_typer(group, name="releases")


def add(
    context: typer.Context,
    name: Annotated[str, typer.Option(help="What was released, such as 2.14 or 'New fee page'.")],
    at: Annotated[str, typer.Option(help="When, London time: DD/MM/YYYY, or with HH:MM.")],
    service: Annotated[str | None, typer.Option(help="Its service; without it, all.")] = None,
    page: Annotated[str | None, typer.Option(help="Its page, as in the store.")] = None,
    who: Who = "",
    as_json: AsJson = False,
) -> None:
    """Note a release."""
    from app.release_work import note_release, release_text

    keeper: Context = context.obj
    with keeper.open_store() as store:
        record = note_release(store, name=name, at=at, service=service, page=page, who=who)
    write_json(record) if as_json else typer.echo(release_text(record))


def list_(context: typer.Context, as_json: AsJson = False) -> None:
    """List the releases, newest first."""
    from app.release_work import list_releases, releases_text

    keeper: Context = context.obj
    with keeper.open_store() as store:
        found = list_releases(store)
    write_json(found) if as_json else typer.echo(releases_text(found))


def remove(
    context: typer.Context,
    release_id: Annotated[str, typer.Argument(metavar="ID", help="Id of the release.")],
    who: Who = "",
) -> None:
    """Take a release back that was noted by mistake; the audit log keeps it."""
    from app.release_work import take_back

    keeper: Context = context.obj
    with keeper.open_store() as store:
        take_back(store, release_id, who=who)
    typer.echo(f"Release {release_id} is removed.")
