"""Measuring, as ``feedback evaluate`` and ``feedback agreement`` do."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

    from feedback.settings import Settings

__all__ = ["agreement_on", "evaluate_on"]


def evaluate_on(
    settings: Settings,
    model: Path | None,
    labels: Path,
    *,
    by: str | None = None,
    progress: Callable[[int], None] | None = None,
) -> dict[str, Any]:
    """Measure a classifier on a labels file and return its figures."""
    from app.training import read_redacted
    from app.wiring import make_classifier, make_embedder
    from classifiers.evaluate import evaluate
    from classifiers.metrics import N_RESAMPLES

    classifier = make_classifier(settings, model)
    frame = read_redacted(settings, labels, progress)
    found = evaluate(classifier, frame, make_embedder(settings), seed=settings.seed, by=by)
    drawn = "responses" if "response_id" in frame else "comments"
    bootstrap = {"n_resamples": N_RESAMPLES, "seed": settings.seed, "drawn": drawn}
    return {"model": classifier.version, "bootstrap": bootstrap, **found.as_dict()}


def agreement_on(settings: Settings, files: Sequence[Path], codebook: str) -> dict[str, Any]:
    """Measure how far coders agree and return the figures."""
    from app.codebook_files import read_codebook
    from classifiers.agreement import measure_agreement
    from classifiers.codings import read_codings
    from classifiers.metrics import N_RESAMPLES

    chosen = read_codebook(codebook)
    found = measure_agreement(read_codings(files, chosen), seed=settings.seed)
    bootstrap = {"n_resamples": N_RESAMPLES, "seed": settings.seed, "drawn": "comments"}
    return {"codebook": chosen.name, "bootstrap": bootstrap, **found.as_dict()}
