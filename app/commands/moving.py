"""Commands that move feedback in from elsewhere: serve, backfill, load."""

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
    application.command()(load)


def serve(
    context: typer.Context,
    port: Annotated[
        int, typer.Option(min=0, max=65_535, help="Port; 0: a free one.")
    ] = DEFAULT_PORT,
    address: Annotated[
        str, typer.Option(help="Address of this machine to listen at; 0.0.0.0: at all of them.")
    ] = "127.0.0.1",
) -> None:
    """Take feedback over HTTP.

    POST /v1/feedback takes one JSON object or a list of at most 100. Comments are redacted before
    they are stored; 'feedback worker' codes them as they arrive. Senders need a key ('feedback
    keys'); only programs on this machine do without until the first one is made.
    """
    from app.serving import serve_api

    keeper: Context = context.obj
    with keeper.open_store(create=True) as store:
        serve_api(keeper.settings, store, address=address, port=port)


def backfill(
    context: typer.Context,
    inputs: Annotated[
        list[str],
        typer.Option(
            "--input", metavar="PLACE", help="File, folder or URL (s3://...); repeat as needed."
        ),
    ],
    out: Annotated[
        str,
        typer.Option(metavar="PLACE", help="Folder or URL for the parts; made if it is not there."),
    ],
    more: Annotated[
        list[str] | None, typer.Argument(metavar="[PLACE...]", help="More of --input.")
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
    scheduler: Annotated[
        str | None,
        typer.Option(
            metavar="ADDRESS", help="Dask scheduler whose workers do it, such as tcp://host:8786."
        ),
    ] = None,
    workers: Annotated[
        int | None, typer.Option(min=1, max=256, help="Processes of this machine to do it.")
    ] = None,
    mode: Mode = None,
    operator: OperatorName = None,
    as_json: AsJson = False,
) -> None:
    """Code years of history into Parquet files, without putting the comments into the store.

    Started again after it was broken off, it goes on where it stopped. The store gives its key, so
    that ids are those of an ingest. 'feedback load' puts the parts into the store.
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
        scheduler=scheduler,
        n_workers=workers,
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


def load(
    context: typer.Context,
    place: Annotated[
        str, typer.Argument(metavar="PLACE", help="Folder or URL with the parts of a backfill.")
    ],
    as_json: AsJson = False,
) -> None:
    """Put the parts of a backfill into the store, with their codes.

    What is there already is passed over; started again after it was broken off, it goes on. Run
    'feedback run' afterwards for topics, issues and signals.
    """
    from app.loading import load_backfill, load_text

    keeper: Context = context.obj
    with keeper.open_store() as store, progress_bar("Loading") as advance:
        summary = load_backfill(keeper.settings, store, place, progress=advance)
    if as_json:
        write_json(summary)
    else:
        typer.echo(load_text(summary))
