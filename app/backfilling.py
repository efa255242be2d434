"""Backfill as the command line asks for it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from feedback.backfill_summary import BackfillSummary
    from feedback.settings import Settings

__all__ = ["BackfillRequest", "backfill_files", "backfill_text"]


@dataclass(frozen=True)
class BackfillRequest:
    """How to read the files, and what to code them with."""

    preset: str | None = None
    columns: dict[str, list[str]] = field(default_factory=dict)
    service: str | None = None
    source: str | None = None
    month_first: bool = False
    model: Path | None = None


def backfill_files(
    settings: Settings,
    inputs: Sequence[Path],
    out: Path,
    request: BackfillRequest,
    *,
    id_key: bytes,
    progress: Callable[[int], None] | None = None,
) -> BackfillSummary:
    """Code the files of history into ``out``; a wrong input is told before a model is loaded."""
    from app import wiring
    from feedback.history import find_history

    files = find_history(inputs, out=out, preset=request.preset, columns=request.columns)
    if request.month_first:
        settings = settings.model_copy(update={"day_first": False})

    from feedback.backfill import Backfill

    work = Backfill(
        id_key=id_key,
        redactor=wiring.make_redactor(settings),
        language=wiring.make_language_identifier(),
        reference=wiring.make_reference(),
        embedder=wiring.make_embedder(settings),
        classifier=wiring.make_classifier(settings, request.model),
        settings=settings,
        source=request.source,
        service=request.service,
    )
    return work.work(files, out, now=datetime.now(UTC), progress=progress)


def backfill_text(summary: BackfillSummary, out: Path) -> str:
    """Return what happened, for a person."""
    before = summary.n_finished_before
    lines = [
        f"{summary.n_files:,} files, {summary.n_rows:,} rows: {summary.n_comments:,} comments in "
        f"{summary.n_parts:,} parts in {out}"
        + (f", {before:,} of them from before." if before else "."),
        f"{summary.n_empty:,} are empty, {summary.n_duplicates:,} duplicates, "
        f"{summary.n_uncoded:,} could not be coded; {summary.n_repeated:,} came twice and were "
        f"taken once; {summary.n_rejected:,} rows rejected.",
        *(f"  {note}" for note in summary.notes),
        *(f"  {n:,}: {reason}" for reason, n in summary.reasons.items()),
    ]
    if summary.reasons:
        lines.append(f"Each is listed in {out / 'rejects.csv'}.")
    return "\n".join(lines)
