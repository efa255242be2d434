"""The command that compares two periods, or the days before and after a release."""

from __future__ import annotations

from typing import Annotated

import typer

from app.commands.context import Context, write_json
from app.commands.options import AsJson

__all__ = ["register"]

DEFAULT_DAYS = 14
"""Two whole weeks on each side: weekends weigh alike."""


def register(application: typer.Typer) -> None:
    """Add the command of this module."""
    application.command()(compare)


def compare(
    context: typer.Context,
    before: Annotated[
        str | None, typer.Option(help="Earlier period, DAY..DAY, both days included.")
    ] = None,
    after: Annotated[str | None, typer.Option(help="Later period, DAY..DAY.")] = None,
    release: Annotated[
        str | None, typer.Option(help="Name of a release, instead of the periods.")
    ] = None,
    days: Annotated[
        int, typer.Option(min=1, max=180, help="Days on each side of the release.")
    ] = DEFAULT_DAYS,
    service: Annotated[str | None, typer.Option(help="Comments on this service only.")] = None,
    page: Annotated[str | None, typer.Option(help="Comments on this page of it only.")] = None,
    as_json: AsJson = False,
) -> None:
    """Compare the themes of two periods: shares, rates, intervals, and what is clear."""
    from app.comparing import CompareRequest, compare_in_store, compare_text, themes_for_json

    keeper: Context = context.obj
    request = CompareRequest(before, after, release, days, service, page)
    with keeper.open_store() as store:
        found = compare_in_store(store, request)
    write_json(themes_for_json(found)) if as_json else typer.echo(compare_text(found))
