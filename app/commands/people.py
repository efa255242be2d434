"""Commands about who may sign in: people add, list, remove."""

from __future__ import annotations

from typing import Annotated

import typer

from app.commands.context import Context, write_json
from app.commands.options import AsJson

__all__ = ["register"]

Email = Annotated[str, typer.Argument(metavar="EMAIL", help="Address as the provider gives it.")]


def register(application: typer.Typer) -> None:
    """Add the commands of this module."""
    group = typer.Typer(
        rich_markup_mode=None,
        help="Say who may sign in to the dashboard, what they may do and which services they see.",
    )
    group.command("add")(add)
    group.command("list")(list_)
    group.command("remove")(remove)
    application.add_typer(group, name="people")


def add(
    context: typer.Context,
    email: Email,
    role: Annotated[
        list[str],
        typer.Option(
            help="viewer, triager, researcher, safeguarding or administrator; repeat as needed."
        ),
    ],
    service: Annotated[
        list[str] | None,
        typer.Option(help="A service that they see; repeat as needed. Without it: all."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Let somebody sign in, or give one who may these roles and services in place of theirs."""
    from app.people_work import add_person, change_text

    keeper: Context = context.obj
    with keeper.open_store(create=True) as store:
        person = add_person(store, email, roles=role, services=service or [])
    write_json(person) if as_json else typer.echo(change_text(person))


def list_(context: typer.Context, as_json: AsJson = False) -> None:
    """List who may sign in."""
    from app.people_work import as_plain, list_people, people_text

    keeper: Context = context.obj
    with keeper.open_store() as store:
        found = list_people(store)
    write_json([as_plain(one) for one in found]) if as_json else typer.echo(people_text(found))


def remove(context: typer.Context, email: Email) -> None:
    """Let somebody sign in no more; the audit log keeps that they could."""
    from app.people_work import drop_person

    keeper: Context = context.obj
    with keeper.open_store() as store:
        removed = drop_person(store, email)
    typer.echo(f"{removed} may sign in no more.")
