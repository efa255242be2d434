"""Commands of the queue of safeguarding: safeguarding list, done."""

from __future__ import annotations

from typing import Annotated

import typer

from app.commands.context import Context, write_json
from app.commands.options import AsJson

__all__ = ["register"]

MAX_LISTED = 500
"""Comments shown at a time: their ids stand in one line of the audit log."""

Reader = Annotated[str, typer.Option(help="Who reads; it goes into the audit log.")]


def register(application: typer.Typer) -> None:
    """Add the commands of this module."""
    group = typer.Typer(
        rich_markup_mode=None,
        help="Read what may be about safeguarding, and say what was done. For trained people.",
    )
    group.command("list")(list_)
    group.command()(done)
    application.add_typer(group, name="safeguarding")


def list_(
    context: typer.Context,
    reader: Reader,
    service: Annotated[str | None, typer.Option(help="Comments on this service only.")] = None,
    n: Annotated[int, typer.Option("--n", min=1, max=MAX_LISTED, help="Comments shown.")] = 20,
    as_json: AsJson = False,
) -> None:
    """List comments that may be about safeguarding and that no person has dealt with."""
    from app.safeguarding import list_queue, queue_text

    keeper: Context = context.obj
    with keeper.open_store() as store:
        outcome = list_queue(store, service, n, reader)
    write_json(outcome) if as_json else typer.echo(queue_text(outcome))


def done(
    context: typer.Context,
    comment_id: Annotated[str, typer.Argument(metavar="ID", help="Id of the comment.")],
    reader: Reader,
    outcome: Annotated[
        str,
        typer.Option(help="told (whoever can act knows), no-risk (there is none), or other."),
    ],
    note: Annotated[
        str | None, typer.Option(help="What was done; personal data in it is replaced.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Say what was done about a comment; it leaves the queue."""
    from app.safeguarding import done_text, note_done

    keeper: Context = context.obj
    with keeper.open_store() as store:
        told = note_done(
            keeper.settings, store, comment_id, reader=reader, outcome=outcome, note=note
        )
    write_json(told) if as_json else typer.echo(done_text(told))
