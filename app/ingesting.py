"""Ingest of several files, as the command line and the demo ask for it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from feedback.errors import FeedbackError, StoreError

if TYPE_CHECKING:
    from feedback.pipeline import IngestSummary
    from feedback.settings import Settings
    from feedback.store import Store

__all__ = ["IngestOutcome", "IngestRequest", "ingest_files", "summary_text"]


@dataclass(frozen=True)
class IngestRequest:
    """How to read the files."""

    preset: str | None = None
    columns: dict[str, list[str]] = field(default_factory=dict)
    service: str | None = None
    source: str | None = None
    month_first: bool = False
    dry_run: bool = False


@dataclass(frozen=True)
class IngestOutcome:
    """A summary for each file that went in, one line for each that did not."""

    dry_run: bool
    summaries: dict[str, IngestSummary]
    failures: dict[str, str]

    def as_dict(self) -> dict[str, Any]:
        """Return the outcome for JSON."""
        files = [{"file": name, **asdict(s)} for name, s in self.summaries.items()]
        failed = [{"file": name, "error": line} for name, line in self.failures.items()]
        return {"dry_run": self.dry_run, "files": files, "failed": failed}


def ingest_files(
    settings: Settings,
    files: Sequence[Path],
    request: IngestRequest,
    *,
    progress: Callable[[int], None] | None = None,
) -> IngestOutcome:
    """Ingest each file; one that fails does not keep the others out."""
    from app import wiring
    from feedback.mapping import choose_preset
    from feedback.pipeline import ingest_file

    parts = {
        "redactor": wiring.make_redactor(settings),
        "language": wiring.make_language_identifier(),
        "reference": wiring.make_reference(),
    }
    if request.month_first:
        settings = settings.model_copy(update={"day_first": False})
    summaries: dict[str, IngestSummary] = {}
    failures: dict[str, str] = {}
    store = _rehearsal_store(settings) if request.dry_run else wiring.open_store(settings)
    try:
        for path in files:
            try:
                summaries[str(path)] = ingest_file(
                    path,
                    choose_preset(path, preset=request.preset, columns=request.columns),
                    store=store,
                    settings=settings,
                    now=datetime.now(UTC),
                    dry_run=request.dry_run,
                    progress=progress,
                    source=request.source,
                    service=request.service,
                    **parts,
                )
            except FeedbackError as error:
                failures[str(path)] = str(error)
    finally:
        store.close()
    return IngestOutcome(request.dry_run, summaries, failures)


def _rehearsal_store(settings: Settings) -> Store:
    """Return the store to rehearse against: the one there is, else one in memory."""
    from app import wiring
    from feedback.store import Store

    try:
        return wiring.open_store(settings, create=False)
    except StoreError:
        return Store.open("sqlite://")


def summary_text(outcome: IngestOutcome) -> str:
    """Return what happened to each file, for a person."""
    from feedback.erased import left_out_told

    lines = []
    for name, summary in outcome.summaries.items():
        verb = "would go in" if outcome.dry_run else "went in"
        lines.append(
            f"{name}: {summary.n_rows:,} rows; {summary.n_new:,} comments {verb}, "
            f"{summary.n_known:,} were there already, {summary.n_empty:,} empty, "
            f"{summary.n_duplicates:,} duplicates, {summary.n_rejected:,} rows rejected."
        )
        if summary.n_erased:
            lines.append(f"  {left_out_told(summary.n_erased)}")
        lines += [f"  {note}" for note in summary.notes]
        lines += [f"  {n:,} rejected: {reason}" for reason, n in summary.reasons.items()]
        lines += [f"  row {r.row}: {r.reason}" for r in summary.rejects]
        if summary.n_rejected > len(summary.rejects):
            lines.append(f"  ... and {summary.n_rejected - len(summary.rejects):,} more rows")
    return "\n".join(lines)
