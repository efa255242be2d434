"""Commands for the keys with which programs and web pages post feedback."""

from __future__ import annotations

from typing import Annotated

import typer

from app.commands.context import Context, write_json
from app.commands.options import AsJson

__all__ = ["register"]


def register(application: typer.Typer) -> None:
    """Add the commands of this module."""
    group = typer.Typer(
        rich_markup_mode=None,
        help="Make, list and revoke the keys that may post feedback.",
    )
    group.command("make")(make)
    group.command("list")(list_)
    group.command("revoke")(revoke)
    application.add_typer(group, name="keys")


def make(
    context: typer.Context,
    name: Annotated[str, typer.Argument(metavar="NAME", help="What it is for: who sends.")],
    service: Annotated[
        list[str] | None,
        typer.Option(help="A service it may send for; repeat as needed. Without it: any."),
    ] = None,
    origin: Annotated[
        list[str] | None,
        typer.Option(help="Web pages that may use it, such as https://www.example.gov.uk."),
    ] = None,
    per_minute: Annotated[
        int | None, typer.Option(min=1, help="Most messages a minute; else as set for all.")
    ] = None,
) -> None:
    """Make a key and print it, this once: nobody can read it later."""
    from app.keys_work import key_text, new_key

    keeper: Context = context.obj
    with keeper.open_store(create=True) as store:
        key = new_key(
            store, name, services=service or (), origins=origin or (), per_minute=per_minute
        )
    typer.echo(key_text(key))


def list_(context: typer.Context, as_json: AsJson = False) -> None:
    """List all keys: what they are for, and when they were used last."""
    from app.keys_work import as_plain, keys_text, list_keys

    keeper: Context = context.obj
    with keeper.open_store() as store:
        found = list_keys(store)
    write_json([as_plain(one) for one in found]) if as_json else typer.echo(keys_text(found))


def revoke(
    context: typer.Context,
    key_id: Annotated[str, typer.Argument(metavar="ID", help="As 'feedback keys list' tells it.")],
) -> None:
    """Put a key out of force for good; senders are refused within seconds."""
    from app.keys_work import drop_key

    keeper: Context = context.obj
    with keeper.open_store() as store:
        drop_key(store, key_id)
    typer.echo(f"Key {key_id} is out of force.")
