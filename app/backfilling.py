"""Backfill as the command line asks for it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from feedback.backfill import Backfill
    from feedback.backfill_machines import Machines
    from feedback.backfill_models import PackedModel
    from feedback.backfill_summary import BackfillSummary
    from feedback.backfill_work import Station
    from feedback.settings import Settings

__all__ = ["BackfillRequest", "backfill_files", "backfill_text"]


@dataclass(frozen=True)
class BackfillRequest:
    """How to read the files, what to code them with, and who does the work.

    Without ``scheduler`` and ``n_workers`` this process does it.
    """

    preset: str | None = None
    columns: dict[str, list[str]] = field(default_factory=dict)
    service: str | None = None
    source: str | None = None
    month_first: bool = False
    model: Path | None = None
    scheduler: str | None = None
    n_workers: int | None = None


def backfill_files(
    settings: Settings,
    inputs: Sequence[Path | str],
    out: Path | str,
    request: BackfillRequest,
    *,
    id_key: bytes,
    progress: Callable[[int], None] | None = None,
) -> BackfillSummary:
    """Code the files of history into ``out``; a wrong input is told before a model is loaded.

    Raises
    ------
    SettingsError
        An input is not there, or both a scheduler and workers were asked for.
    """
    from feedback.errors import SettingsError
    from feedback.history import find_history

    if request.scheduler and request.n_workers:
        raise SettingsError("Give --scheduler for its workers or --workers for some here.")
    files = find_history(inputs, out=out, preset=request.preset, columns=request.columns)
    if request.month_first:
        settings = settings.model_copy(update={"day_first": False})
    work = _backfill(settings, request, id_key, request.model)
    labour = _labour(settings, request, id_key)
    return work.work(files, out, now=datetime.now(UTC), progress=progress, labour=labour)


def _backfill(
    settings: Settings, request: BackfillRequest, id_key: bytes, model: Path | None
) -> Backfill:
    from app import wiring
    from feedback.backfill import Backfill

    return Backfill(
        id_key=id_key,
        redactor=wiring.make_redactor(settings),
        language=wiring.make_language_identifier(),
        reference=wiring.make_reference(),
        embedder=wiring.make_embedder(settings),
        classifier=wiring.make_classifier(settings, model),
        settings=settings,
        source=request.source,
        service=request.service,
    )


def _labour(settings: Settings, request: BackfillRequest, id_key: bytes) -> Machines | None:
    """Return who does the work where it is not this process."""
    if not (request.scheduler or request.n_workers):
        return None
    from feedback.backfill_cluster import local_crew, remote_crew
    from feedback.backfill_machines import Machines
    from feedback.backfill_models import pack

    model = request.model or (Path(settings.classifier) if settings.classifier else None)
    # Machines elsewhere need not see the model's folder; those here do.
    sent = pack(model) if model and request.scheduler else model
    crew = (
        partial(remote_crew, request.scheduler)
        if request.scheduler
        else partial(local_crew, request.n_workers or 1)
    )
    return Machines(crew, partial(_load, _with_key(settings), request, id_key, sent))


def _with_key(settings: Settings) -> Settings:
    """Return the settings with the key of pseudonyms in them: workers cannot read its file."""
    if settings.redaction_key_file is None or settings.redaction_key is not None:
        return settings
    from pydantic import SecretStr

    from feedback.redact.keys import read_key_file
    from feedback.schema import RedactionOperator

    if settings.redaction_operator is not RedactionOperator.PSEUDONYM:
        return settings
    key = SecretStr(read_key_file(settings.redaction_key_file).decode())
    return settings.model_copy(update={"redaction_key": key, "redaction_key_file": None})


def _load(
    settings: Settings,
    request: BackfillRequest,
    id_key: bytes,
    model: PackedModel | Path | None,
    now: datetime,
) -> Station:
    """Load, in a worker, what it works with."""
    from app.wiring import quieten_libraries
    from feedback.backfill_models import PackedModel

    quieten_libraries()
    folder = model.settle() if isinstance(model, PackedModel) else model
    return _backfill(settings, request, id_key, folder).station(now)


def backfill_text(summary: BackfillSummary, out: Path | str) -> str:
    """Return what happened, for a person."""
    from feedback.backfill_places import folder_at
    from feedback.backfill_summary import REJECTS

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
        lines.append(f"Each is listed in {folder_at(out).path_of(REJECTS)}.")
    return "\n".join(lines)
