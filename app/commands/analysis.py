"""Commands that answer questions: redact, topics, emerging."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from app.commands import topic_edits, topic_views
from app.commands.context import (
    Context,
    progress_bar,
    read_json_lines,
    write_json,
    write_json_line,
)
from app.commands.options import Mode, OperatorName

__all__ = ["register"]


def register(application: typer.Typer) -> None:
    """Add the commands of this module."""
    application.command()(redact)
    application.command()(emerging)
    topics = typer.Typer(rich_markup_mode=None, help="Fit, list, show and shape topics.")
    topics.command("fit")(topics_fit)
    topics.command("list")(topics_list)
    topics.command("show")(topics_show)
    topic_edits.register(topics)
    topic_views.register(topics)
    application.add_typer(topics, name="topics")


def redact(
    context: typer.Context,
    file: Annotated[
        Path | None, typer.Argument(help="JSON Lines; standard input without it.")
    ] = None,
    mode: Mode = None,
    operator: OperatorName = None,
) -> None:
    """Replace personal data: {"id","text"} lines in, {"id","text","spans"} lines out.

    Offsets of spans are in the input text. Each line is a response of its own for pseudonyms.
    """
    from app.wiring import make_redactor

    keeper: Context = context.obj
    redactor = make_redactor(keeper.redacting(mode, operator))
    for number, record in enumerate(read_json_lines(file)):
        redaction = redactor.redact(record["text"], redactor.numbers(str(number)))
        spans = [
            {"start": s.start, "end": s.end, "entity": s.entity.value, "score": round(s.score, 3)}
            for s in redaction.found
        ]
        write_json_line({"id": record["id"], "text": redaction.text, "spans": spans})


def topics_fit(
    context: typer.Context,
    source: Annotated[
        Path | None,
        typer.Option("--input", help='JSON Lines of {"id","text"}; the store without it.'),
    ] = None,
    embeddings: Annotated[
        Path | None, typer.Option(help="Vectors of the input, .npy, shape (n_texts, n_dimensions).")
    ] = None,
    out: Annotated[Path | None, typer.Option(help="JSON Lines file to write.")] = None,
    granularity: Annotated[
        float | None, typer.Option(min=1, max=4, help="1 few and broad topics, 4 many fine ones.")
    ] = None,
) -> None:
    """Find topics in the store, or in a file: {"id","topic_id","topic"} lines out."""
    from app.topic_work import fit_file, fit_store, topics_text

    keeper: Context = context.obj
    settings = keeper.settings
    if granularity is not None:
        settings = settings.model_copy(update={"topics_granularity": granularity})
    if source is None:
        with keeper.open_store() as store, progress_bar("Finding topics"):
            typer.echo(topics_text(fit_store(settings, store)))
        return
    if out is None:
        raise typer.BadParameter("--out FILE.jsonl is needed with --input.")
    with progress_bar("Finding topics"):
        summary = fit_file(settings, source, embeddings, out)
    typer.echo(
        f"{summary.n_topics} topics in {summary.n_texts:,} texts; "
        f"{summary.n_outliers:,} fit none. Written to {out}.",
        err=True,
    )


def topics_list(
    context: typer.Context,
    as_json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False,
) -> None:
    """List the topics of the store, largest first."""
    from app.topic_work import list_topics, topics_text

    keeper: Context = context.obj
    with keeper.open_store() as store:
        found = list_topics(store)
    if as_json:
        write_json(found)
    else:
        typer.echo(topics_text(found))


def topics_show(
    context: typer.Context,
    topic_id: Annotated[int, typer.Argument(help="Number of the topic.")],
    as_json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False,
) -> None:
    """Show one topic: terms, size and three quotes."""
    from app.topic_work import show_topic, topic_text

    keeper: Context = context.obj
    with keeper.open_store() as store:
        found = show_topic(store, topic_id)
    if as_json:
        write_json(found)
    else:
        typer.echo(topic_text(found))


def emerging(
    context: typer.Context,
    counts: Annotated[
        Path | None,
        typer.Option(help="CSV: service, page, theme, period_start, n; the store without it."),
    ] = None,
    as_of: Annotated[
        datetime | None, typer.Option(help="Look as of this time (UTC); default the last period.")
    ] = None,
    replay: Annotated[
        bool, typer.Option("--replay", help="Look at the end of every period in turn.")
    ] = False,
    false_alarms_per_week: Annotated[
        float | None,
        typer.Option("--false-alarms-per-week", min=0.0001, help="False alarms you accept a week."),
    ] = None,
    watch: Annotated[
        bool, typer.Option("--watch", help="Also give weaker signals, beyond the budget.")
    ] = False,
    releases: Annotated[
        Path | None,
        typer.Option(help="CSV: name, at, service, page; with --counts. The store has its own."),
    ] = None,
) -> None:
    """Find what is emerging: signals as JSON Lines, strongest evidence first."""
    from app.signal_work import find_in_file, find_in_store

    keeper: Context = context.obj
    look = {
        "as_of": as_of,
        "replay": replay,
        "with_watch": watch,
        "false_alarms_per_week": false_alarms_per_week or keeper.settings.false_alarms_per_week,
    }
    if counts is not None:
        for record in find_in_file(counts, releases, **look):
            write_json_line(record)
        return
    if releases is not None:
        raise typer.BadParameter("--releases needs --counts; see: feedback releases --help")
    with keeper.open_store() as store:
        for record in find_in_store(keeper.settings, store, **look):
            write_json_line(record)
