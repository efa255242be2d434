"""Commands about faults and moods: triage, the ticket's text, and sentiment against scores."""

from __future__ import annotations

from typing import Annotated

import typer

from app.commands.context import Context, write_json
from app.commands.options import AsJson

__all__ = ["register"]


def register(application: typer.Typer) -> None:
    """Add the commands of this module."""
    group = typer.Typer(rich_markup_mode=None, help="List fault reports and say where they stand.")
    group.command("list")(triage_list)
    group.command("set")(triage_set)
    application.add_typer(group, name="triage")
    application.command()(ticket)
    application.command("agreement-with-scores")(agreement_with_scores)


def triage_list(
    context: typer.Context,
    service: Annotated[str | None, typer.Option(help="Reports of this service only.")] = None,
    page: Annotated[str | None, typer.Option(help="Reports of this page of it only.")] = None,
    code: Annotated[str | None, typer.Option(help="Kind of fault, such as fault.upload.")] = None,
    status: Annotated[
        str | None,
        typer.Option(help="Such as open or done; all that is not finished without it."),
    ] = None,
    owner: Annotated[
        str | None, typer.Option(help="Who takes care of them; an empty text: nobody.")
    ] = None,
    since: Annotated[
        str | None, typer.Option(help="Reports sent from this day on, DD/MM/YYYY.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """List fault reports without their text: those who were blocked first, then the newest."""
    from app.triage_command import list_reports, reports_text

    keeper: Context = context.obj
    with keeper.open_store() as store:
        found = list_reports(
            keeper.settings,
            store,
            service=service,
            page=page,
            code=code,
            status=status,
            owner=owner,
            since=since,
        )
    write_json(found) if as_json else typer.echo(reports_text(found))


def triage_set(
    context: typer.Context,
    ids: Annotated[list[str], typer.Argument(metavar="ID...", help="Ids of the reports.")],
    status: Annotated[
        str | None,
        typer.Option(help="open, acknowledged, in_progress, done or not_a_fault."),
    ] = None,
    owner: Annotated[
        str | None, typer.Option(help="Who takes care of them; an empty text: nobody.")
    ] = None,
) -> None:
    """Say where fault reports stand, and who takes care of them."""
    from app.triage_command import set_reports

    keeper: Context = context.obj
    with keeper.open_store() as store:
        outcome = set_reports(store, ids, status=status, owner=owner)
    typer.echo(f"{len(outcome.after)} changed, {outcome.n_same} stood so already.")


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
