"""Commands that move comments: ingest, run, worker, export."""

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


def register(application: typer.Typer) -> None:
    """Add the commands of this module."""
    application.command()(ingest)
    application.command()(run)
    application.command()(worker)
    application.command()(export)


def ingest(
    context: typer.Context,
    files: Annotated[
        list[Path], typer.Argument(metavar="FILE...", help="CSV, XLSX, JSON Lines or Parquet.")
    ],
    preset: Annotated[
        str | None,
        typer.Option(help="Column map: exit_survey, govuk_page_feedback, generic, or a TOML file."),
    ] = None,
    columns: Columns = None,
    service: ServiceName = None,
    source: Source = None,
    month_first: MonthFirst = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would happen; write nothing.")
    ] = False,
    mode: Mode = None,
    operator: OperatorName = None,
    as_json: AsJson = False,
) -> None:
    """Read files of feedback: clean, redact, find the language, store."""
    from app.ingesting import IngestRequest, ingest_files, summary_text

    keeper: Context = context.obj
    request = IngestRequest(
        preset=preset,
        columns=column_pairs(columns or []),
        service=service,
        source=source,
        month_first=month_first,
        dry_run=dry_run,
    )
    settings = keeper.redacting(mode, operator)
    with progress_bar("Reading") as advance:
        outcome = ingest_files(settings, files, request, progress=advance)
    if as_json:
        write_json(outcome.as_dict())
    elif outcome.summaries:
        typer.echo(summary_text(outcome))
    for line in outcome.failures.values():
        typer.echo(f"feedback: {line}", err=True)
    if outcome.failures:
        raise typer.Exit(2)


def run(
    context: typer.Context,
    follow: Annotated[
        bool, typer.Option("--follow", help="Keep going as new comments arrive.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Enrich what is new: codes, topics, issue clusters, signals."""
    from app.running import run_once, run_text

    keeper: Context = context.obj
    if follow:
        _follow(keeper, deletes=False)
        return
    with keeper.open_store() as store, progress_bar("Coding") as advance:
        outcome = run_once(keeper.settings, store, progress=advance)
    if as_json:
        write_json(outcome)
    else:
        typer.echo(run_text(outcome))


def worker(context: typer.Context) -> None:
    """Enrich comments as they arrive, until stopped; several workers can share one store.

    Once a day the worker also deletes what has been kept as long as it may ('feedback retention').
    """
    _follow(context.obj, deletes=True)


def _follow(keeper: Context, *, deletes: bool) -> None:
    from app.worker import follow

    with keeper.open_store(create=True) as store:
        follow(keeper.settings, store, lambda line: typer.echo(line, err=True), deletes=deletes)


def export(
    context: typer.Context,
    out: Annotated[Path, typer.Option(help="File to write.")],
    file_format: Annotated[
        str | None,
        typer.Option("--format", help="csv, xlsx or parquet; by default as the file is called."),
    ] = None,
    service: Annotated[str | None, typer.Option(help="Only this service.")] = None,
    page: Annotated[str | None, typer.Option(help="Only this page.")] = None,
    start: Annotated[str | None, typer.Option("--from", help="First day, DD/MM/YYYY.")] = None,
    end: Annotated[str | None, typer.Option("--to", help="Last day, DD/MM/YYYY.")] = None,
    code: Annotated[str | None, typer.Option(help="Only comments with this code.")] = None,
    language: Annotated[str | None, typer.Option(help="en, cy, other or unknown.")] = None,
    withhold_safeguarding: Annotated[
        bool,
        typer.Option(
            "--withhold-safeguarding", help="Leave out words that may be about safeguarding."
        ),
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Write coded comments with their codebook and an account of the export."""
    from app.exporting import ExportRequest, export_to

    keeper: Context = context.obj
    request = ExportRequest(
        file_format=file_format or out.suffix.lstrip(".").lower(),
        service=service,
        page=page,
        start=start,
        end=end,
        code=code,
        language=language,
    )
    filters = request.filters()
    with keeper.open_store() as store, progress_bar("Writing") as advance:
        summary = export_to(
            keeper.settings,
            store,
            out,
            request.file_format,
            filters,
            with_safeguarding=not withhold_safeguarding,
            progress=advance,
        )
    if as_json:
        write_json(summary)
        return
    files = ", ".join(str(file) for file in summary["files"])
    typer.echo(f"{summary['n_comments']:,} comments written to {files} (run {summary['run_id']}).")
