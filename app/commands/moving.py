"""Commands that move feedback in from elsewhere: serve, backfill."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from app.commands.context import Context, column_pairs, progress_bar, write_json
from app.commands.options import (
    AsJson,
    Columns,
    Mode,
    MonthFirst,
    OperatorName,
    ServiceName,
    Source,
)

__all__ = ["register"]

DEFAULT_PORT = 8502


def register(application: typer.Typer) -> None:
    """Add the commands of this module."""
    application.command()(serve)
    application.command()(backfill)


def serve(
    context: typer.Context,
    port: Annotated[
        int, typer.Option(min=0, max=65_535, help="Port, on this machine only; 0: a free one.")
    ] = DEFAULT_PORT,
) -> None:
    """Take feedback over HTTP, from this machine only (127.0.0.1).

    POST /v1/feedback takes one JSON object or a list of at most 100. Comments are redacted before
    they are stored; 'feedback run --follow' codes them as they arrive.
    """
    from app.api import serve_api

    keeper: Context = context.obj
    with keeper.open_store(create=True) as store:
        serve_api(keeper.settings, store, port=port)


def backfill(
    context: typer.Context,
    inputs: Annotated[
        list[Path],
        typer.Option("--input", metavar="FILE_OR_DIR", help="File or folder; repeat as needed."),
    ],
    out: Annotated[Path, typer.Option(help="Folder for the parts; made if it is not there.")],
    more: Annotated[
        list[Path] | None, typer.Argument(metavar="[FILE_OR_DIR...]", help="More of --input.")
    ] = None,
    preset: Annotated[
        str | None,
        typer.Option(help="Column map, as of 'feedback ingest'; by default as the headings say."),
    ] = None,
    columns: Columns = None,
    service: ServiceName = None,
    source: Source = None,
    month_first: MonthFirst = False,
    model: Annotated[Path | None, typer.Option(help="Folder of a trained classifier.")] = None,
    mode: Mode = None,
    operator: OperatorName = None,
    as_json: AsJson = False,
) -> None:
    """Code years of history into Parquet files, without putting the comments into the store.

    Started again after it was broken off, it goes on where it stopped. The store gives its key, so
    that ids are those of an ingest.
    """
    from app.backfilling import BackfillRequest, backfill_files, backfill_text

    keeper: Context = context.obj
    request = BackfillRequest(
        preset=preset,
        columns=column_pairs(columns or []),
        service=service,
        source=source,
        month_first=month_first,
        model=model,
    )
    with keeper.open_store(create=True) as store:
        key = store.id_key()
    settings = keeper.redacting(mode, operator)
    with progress_bar("Coding") as advance:
        summary = backfill_files(
            settings, [*inputs, *(more or [])], out, request, id_key=key, progress=advance
        )
    if as_json:
        write_json(summary)
    else:
        typer.echo(backfill_text(summary, out))
