"""Commands by which people shape topics: topics changes, rename, merge, split, pin, undo, edits."""

from __future__ import annotations

from typing import Annotated

import typer

from app.commands.context import Context, progress_bar, write_json
from app.commands.options import AsJson

__all__ = ["register"]

TopicId = Annotated[int, typer.Argument(metavar="ID", help="Number of the topic.")]
Who = Annotated[
    str | None, typer.Option(help="Who does it, for the audit log; your user name without it.")
]


def register(topics: typer.Typer) -> None:
    """Add the commands of this module to the group ``topics``."""
    for command in (changes, rename, merge, split, pin, undo, edits):
        topics.command()(command)


def changes(context: typer.Context, as_json: AsJson = False) -> None:
    """Tell what the last fit changed: topics that are new, gone, merged or split."""
    from app.queries_topics import latest_changes
    from app.tell_topics import changes_record, changes_text

    keeper: Context = context.obj
    with keeper.open_store() as store:
        report = latest_changes(store)
    write_json(changes_record(report)) if as_json else typer.echo(changes_text(report))


def rename(
    context: typer.Context,
    topic_id: TopicId,
    name: Annotated[str, typer.Argument(help="Its name; personal data in it is replaced.")],
    who: Who = None,
    as_json: AsJson = False,
) -> None:
    """Give a topic a name that no later fit takes from it."""
    from app.topic_edit_work import edit_text
    from app.topic_edit_work import rename as give_name

    keeper: Context = context.obj
    with keeper.open_store() as store:
        outcome = give_name(keeper.settings, store, topic_id, name, who=who)
    write_json(outcome) if as_json else typer.echo(edit_text(outcome))


def merge(
    context: typer.Context,
    topic_id: TopicId,
    into: Annotated[int, typer.Argument(metavar="INTO", help="Topic that takes its comments.")],
    who: Who = None,
    as_json: AsJson = False,
) -> None:
    """Put the comments of a topic into another, now and after every fit."""
    from app.topic_edit_work import edit_text
    from app.topic_edit_work import merge as put_into

    keeper: Context = context.obj
    with keeper.open_store() as store, progress_bar("Merging"):
        outcome = put_into(keeper.settings, store, topic_id, into, who=who)
    write_json(outcome) if as_json else typer.echo(edit_text(outcome))


def split(
    context: typer.Context,
    topic_id: TopicId,
    into: Annotated[int, typer.Option("--into", min=2, max=10, help="Number of parts.")] = 2,
    who: Who = None,
    as_json: AsJson = False,
) -> None:
    """Divide a topic by likeness, now and after every fit; the largest part keeps its number."""
    from app.topic_edit_work import edit_text
    from app.topic_edit_work import split as divide

    keeper: Context = context.obj
    with keeper.open_store() as store, progress_bar("Splitting"):
        outcome = divide(keeper.settings, store, topic_id, into, who=who)
    write_json(outcome) if as_json else typer.echo(edit_text(outcome))


def pin(
    context: typer.Context, topic_id: TopicId, who: Who = None, as_json: AsJson = False
) -> None:
    """Keep a topic, also where a later fit finds nothing of it."""
    from app.topic_edit_work import edit_text
    from app.topic_edit_work import pin as keep

    keeper: Context = context.obj
    with keeper.open_store() as store:
        outcome = keep(store, topic_id, who=who)
    write_json(outcome) if as_json else typer.echo(edit_text(outcome))


def undo(
    context: typer.Context,
    edit: Annotated[int, typer.Argument(metavar="EDIT", help="Number of the edit.")],
    who: Who = None,
    as_json: AsJson = False,
) -> None:
    """Take back what a person did to a topic."""
    from app.topic_edit_work import edit_text
    from app.topic_edit_work import undo as take_back

    keeper: Context = context.obj
    with keeper.open_store() as store:
        outcome = take_back(keeper.settings, store, edit, who=who)
    write_json(outcome) if as_json else typer.echo(edit_text(outcome))


def edits(context: typer.Context, as_json: AsJson = False) -> None:
    """List what people did to topics."""
    from app.tell_topics import edits_text
    from app.topic_edit_work import list_edits

    keeper: Context = context.obj
    with keeper.open_store() as store:
        found = list_edits(store)
    write_json(found) if as_json else typer.echo(edits_text(found))
