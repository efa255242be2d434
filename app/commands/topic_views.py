"""Commands that show all topics together: topics tree, topics map."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from app.commands.context import Context, progress_bar, write_json
from app.commands.options import AsJson

__all__ = ["register"]


def register(topics: typer.Typer) -> None:
    """Add the commands of this module to the group ``topics``."""
    topics.command("tree")(tree)
    topics.command("map")(draw)


def tree(context: typer.Context, as_json: AsJson = False) -> None:
    """List the topics by the broader groups they belong to."""
    from app.topic_map import read_tree, tree_text

    keeper: Context = context.obj
    with keeper.open_store() as store:
        groups = read_tree(store)
    write_json(groups) if as_json else typer.echo(tree_text(groups))


def draw(
    context: typer.Context,
    out: Annotated[Path, typer.Option(help="Folder for the pages and the model.")],
) -> None:
    """Draw the topics with BERTopic: hierarchy, map, terms, over time, and the model itself."""
    from app.topic_map import draw_map

    keeper: Context = context.obj
    with keeper.open_store() as store, progress_bar("Drawing topics"):
        written = draw_map(keeper.settings, store, out)
    typer.echo("\n".join(str(path) for path in written))
