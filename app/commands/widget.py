"""Command that prints the question for a service's pages."""

from __future__ import annotations

from typing import Annotated

import typer

from app.commands.context import Context

__all__ = ["register"]


def register(application: typer.Typer) -> None:
    """Add the commands of this module."""
    application.command()(widget)


def widget(
    context: typer.Context,
    service: Annotated[str, typer.Option(help="The service whose pages show it.")],
    server: Annotated[str, typer.Option(help="Address at which browsers reach feedback serve.")],
    origin: Annotated[
        list[str] | None,
        typer.Option(help="Where the pages are, such as https://www.example.gov.uk: makes a key."),
    ] = None,
    key: Annotated[str | None, typer.Option(help="A key made before for these pages.")] = None,
    language: Annotated[str, typer.Option(help="en or cy.")] = "en",
    page: Annotated[
        str, typer.Option(help="Path of the page, for people without JavaScript.")
    ] = "",
) -> None:
    """Print the HTML that asks "Is there anything wrong with this page?", ready to paste."""
    from app.widget_work import printed, told_of_key

    keeper: Context = context.obj
    with keeper.open_store(create=True) as store:
        html, key_id = printed(
            store,
            service=service,
            server=server,
            key=key,
            origins=tuple(origin or ()),
            page=page,
            language=language,
        )
    typer.echo(html)
    typer.echo(told_of_key(key_id), err=True)
