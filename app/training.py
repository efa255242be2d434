"""Training a classifier, as ``feedback train`` does."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from app.measuring_text import interval_text

if TYPE_CHECKING:
    import pandas as pd

    from feedback.settings import Settings

__all__ = ["read_redacted", "train_to", "training_text"]


def train_to(
    settings: Settings,
    labels: Path,
    codebook: str,
    out: Path,
    *,
    progress: Callable[[int], None] | None = None,
) -> dict[str, Any]:
    """Train on a labels file, write the model with its card, and return out-of-fold figures."""
    from app.wiring import make_embedder
    from classifiers import persist
    from classifiers.codebook import load_codebook
    from classifiers.train import train

    frame = read_redacted(settings, labels, progress)
    changed = datetime.fromtimestamp(labels.stat().st_mtime, tz=UTC).date().isoformat()
    chosen = load_codebook(Path(codebook) if codebook.endswith(".toml") else codebook)
    classifier = train(frame, chosen, make_embedder(settings), settings.seed, data_date=changed)
    persist.save(classifier, out)
    figures = dict(classifier.provenance.figures)
    return {"version": classifier.version, "out": str(out), "out_of_fold": figures}


def read_redacted(
    settings: Settings, labels: Path, progress: Callable[[int], None] | None
) -> pd.DataFrame:
    """Return the labels with texts cleaned and redacted, as comments are before they are coded."""
    from app.wiring import make_redactor
    from classifiers.labels import read_labels
    from feedback.clean import clean_text

    frame = read_labels([labels])
    if "text" in frame:
        redactor = make_redactor(settings)
        frame["text"] = [redactor.redact(clean_text(text)).text for text in frame["text"]]
    if progress is not None:
        progress(len(frame))
    return frame


def training_text(outcome: dict[str, Any], out: Path) -> str:
    """Return what training came to, for a person."""
    return (
        f"{outcome['version']} written to {out}, with its card.\n"
        f"{_summary(outcome['out_of_fold'])} (out of fold)"
    )


def _summary(figures: dict[str, Any]) -> str:
    names = {
        "micro_f1": "micro F1",
        "macro_f1": "macro F1",
        "fault_f1": "fault or not F1",
        "urgent_recall": "safeguarding recall",
        "sentiment_accuracy": "sentiment accuracy",
    }
    return "; ".join(
        f"{label} {interval_text(figures[name])}"
        for name, label in names.items()
        if figures.get(name) is not None
    )
