"""Commands about faults and moods: the ticket's text, and sentiment against scores."""

from __future__ import annotations

from typing import Annotated

import typer

from app.commands.context import Context, write_json
from app.commands.options import AsJson

__all__ = ["register"]


def register(application: typer.Typer) -> None:
    """Add the commands of this module."""
    application.command()(ticket)
    application.command("agreement-with-scores")(agreement_with_scores)


def ticket(
    context: typer.Context,
    service: Annotated[str, typer.Option(help="Service that the fault is on.")],
    page: Annotated[str | None, typer.Option(help="Its page, as in the store.")] = None,
    code: Annotated[
        str | None, typer.Option(help="Kind of fault, such as fault.upload; all without it.")
    ] = None,
    since: Annotated[
        str | None, typer.Option(help="Comments sent from this day on, DD/MM/YYYY.")
    ] = None,
) -> None:
    """Write the text of a ticket about a fault: facets and counts, no words of a comment."""
    from app.ticketing import ticket_from_store

    keeper: Context = context.obj
    with keeper.open_store() as store:
        told = ticket_from_store(
            keeper.settings, store, service=service, page=page, code=code, since=since
        )
    typer.echo(told, nl=False)


def agreement_with_scores(
    context: typer.Context,
    service: Annotated[str | None, typer.Option(help="Comments on this service only.")] = None,
    as_json: AsJson = False,
) -> None:
    """Measure how far the sentiment of comments agrees with the satisfaction people gave."""
    from app.ticketing import service_in
    from app.tone_scores import tone_figures, tone_text

    keeper: Context = context.obj
    with keeper.open_store() as store:
        chosen = service_in(store, service) if service is not None else None
        figures = tone_figures(keeper.settings, store, chosen)
    write_json(figures) if as_json else typer.echo(tone_text(figures))
