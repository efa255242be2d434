"""Commands around the classifier: classify, train, evaluate, agreement."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import nullcontext
from itertools import islice
from pathlib import Path
from typing import Annotated, Any

import typer

from app.commands.context import (
    Context,
    progress_bar,
    read_json_lines,
    write_json,
    write_json_line,
)

__all__ = ["register"]

BATCH_TEXTS = 512
"""Texts classified at a time: enough to sort by length, little enough to answer soon."""


def register(application: typer.Typer) -> None:
    """Add the commands of this module."""
    application.command()(classify)
    application.command()(train)
    application.command()(evaluate)
    application.command()(agreement)


def _batches(records: Iterable[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    """Yield lists of at most `BATCH_TEXTS` records."""
    iterator = iter(records)
    while batch := list(islice(iterator, BATCH_TEXTS)):
        yield batch


def classify(
    context: typer.Context,
    file: Annotated[
        Path | None, typer.Argument(help="JSON Lines; standard input without it.")
    ] = None,
    model: Annotated[Path | None, typer.Option(help="Folder of a trained classifier.")] = None,
) -> None:
    """Code texts: {"id","text"} lines in, {"id","codes","sentiment","facets"} lines out."""
    from app.coding_texts import TextCoder

    keeper: Context = context.obj
    records = read_json_lines(file)
    coder = TextCoder(keeper.settings, model)
    with progress_bar("Coding") as advance:
        for batch in _batches(records):
            for record, coded in zip(batch, coder.code([r["text"] for r in batch]), strict=True):
                write_json_line({"id": record["id"], **coded})
            advance(len(batch))


def train(
    context: typer.Context,
    out: Annotated[Path, typer.Option(help="Folder to write the classifier to.")],
    labels: Annotated[
        Path | None, typer.Option(help='CSV with columns id, text, codes ("a;b").')
    ] = None,
    corrections: Annotated[
        bool, typer.Option("--corrections", help="Learn from what people coded in the store.")
    ] = False,
    codebook: Annotated[
        str, typer.Option(help="TOML file, or the name of a shipped codebook.")
    ] = "digital_service",
    tune: Annotated[
        bool, typer.Option("--tune", help="Tune an encoder, too: better, and takes minutes.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Figures as JSON.")] = False,
) -> None:
    """Train a classifier on coded comments, or the codebook alone, with its model card."""
    from app.training import train_to, training_text

    keeper: Context = context.obj
    with (
        keeper.open_store() if corrections else nullcontext() as store,
        progress_bar("Training") as advance,
    ):
        figures = train_to(
            keeper.settings,
            labels,
            codebook,
            out,
            store=store,
            is_tuned=tune,
            progress=advance,
        )
    if as_json:
        write_json(figures)
    else:
        typer.echo(training_text(figures, out))


def evaluate(
    context: typer.Context,
    labels: Annotated[Path, typer.Option(help='CSV with columns id, text, codes ("a;b").')],
    model: Annotated[
        Path | None, typer.Option(help="Folder of a trained classifier; the shipped one without.")
    ] = None,
    by: Annotated[
        str | None, typer.Option(help="Figures of each language or service, too.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Figures as JSON.")] = False,
) -> None:
    """Measure a classifier: each code's precision, recall, F1, with 95% intervals, and more."""
    from app.measuring import evaluate_on
    from app.measuring_text import evaluation_text

    keeper: Context = context.obj
    with progress_bar("Measuring") as advance:
        figures = evaluate_on(keeper.settings, model, labels, by=by, progress=advance)
    if as_json:
        write_json(figures)
    else:
        typer.echo(evaluation_text(figures))


def agreement(
    context: typer.Context,
    files: Annotated[
        list[Path],
        typer.Argument(
            metavar="FILE...",
            help="CSV with columns id, coder, codes; or id, codes for each coder.",
        ),
    ],
    codebook: Annotated[
        str, typer.Option(help="TOML file, or the name of a shipped codebook.")
    ] = "digital_service",
    as_json: Annotated[bool, typer.Option("--json", help="Figures as JSON.")] = False,
) -> None:
    """Measure how far people who coded the same comments agree: alpha, kappa, shares."""
    from app.measuring import agreement_on
    from app.measuring_text import agreement_text

    keeper: Context = context.obj
    figures = agreement_on(keeper.settings, files, codebook)
    if as_json:
        write_json(figures)
    else:
        typer.echo(agreement_text(figures))
