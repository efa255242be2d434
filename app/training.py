"""Training a classifier, as ``feedback train`` does."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from app.measuring_text import interval_text
from app.wording import counted
from feedback.errors import LabelsError

if TYPE_CHECKING:
    import pandas as pd

    from classifiers.codebook import Codebook
    from feedback.settings import Settings
    from feedback.store import Store

__all__ = ["read_redacted", "train_to", "training_text"]


def train_to(
    settings: Settings,
    labels: Path | None,
    codebook: str,
    out: Path,
    *,
    store: Store | None = None,
    is_tuned: bool = False,
    progress: Callable[[int], None] | None = None,
) -> dict[str, Any]:
    """Train, write the model with its card, and return out-of-fold figures.

    Parameters
    ----------
    labels
        CSV file of coded comments. Without these and ``store``, the classifier knows the words of
        the codebook alone, and there are no figures.
    store
        Where people's corrections are learnt from; with ``labels``, beside these.
    is_tuned
        Whether an encoder is tuned to them.

    Raises
    ------
    LabelsError
        They cannot be used, or there is nothing to tune to.
    """
    from app.codebook_files import read_codebook
    from app.wiring import make_embedder
    from classifiers import persist
    from classifiers.train import train
    from classifiers.tuned.plan import Tuning

    chosen = read_codebook(codebook)
    frame, day, told = _coded_comments(settings, labels, store, chosen, progress)
    if is_tuned and frame is None:
        raise LabelsError(
            "There is nothing to tune an encoder to. Name coded comments with --labels FILE, or "
            "learn from what people coded with --corrections."
        )
    classifier = train(
        frame,
        chosen,
        make_embedder(settings),
        settings.seed,
        data_date=day,
        tuning=Tuning(settings.home / "tuning") if is_tuned else None,
    )
    persist.save(classifier, out)
    figures = dict(classifier.provenance.figures)
    return {"version": classifier.version, "out": str(out), "out_of_fold": figures, **told}


def _coded_comments(
    settings: Settings,
    labels: Path | None,
    store: Store | None,
    codebook: Codebook,
    progress: Callable[[int], None] | None,
) -> tuple[pd.DataFrame | None, str, dict[str, Any]]:
    """Return what to train on, the day it last changed, and what to tell of corrections."""
    from app.corrections import join_labels, read_corrections

    frame, changed = None, ""
    if labels is not None:
        frame = read_redacted(settings, labels, progress)
        changed = datetime.fromtimestamp(labels.stat().st_mtime, tz=UTC).date().isoformat()
    if store is None:
        return frame, changed, {}
    found = read_corrections(store, codebook)
    told = {
        "n_corrections": len(found.labels),
        "n_disputed": found.n_disputed,
        "n_unknown": found.n_unknown,
        "coders": list(found.coders),
        "n_labels": 0 if frame is None else len(frame),
    }
    return join_labels(found, frame), max(found.last_day, changed), {"corrections": told}


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
    lines = [
        f"{outcome['version']} written to {out}, with its card.",
        f"{_summary(outcome['out_of_fold'])} (out of fold)"
        if outcome["out_of_fold"]
        else "It knows the words of the codebook alone: code some comments to see how good it is.",
    ]
    if told := outcome.get("corrections"):
        lines.insert(0, _corrections_line(told))
    return "\n".join(lines)


def _corrections_line(told: dict[str, Any]) -> str:
    """Return what was learnt from people, and what was not."""
    line = (
        f"{counted(told['n_corrections'], 'corrected comment')} by {', '.join(told['coders'])}, "
        f"beside {counted(told['n_labels'], 'row')} of labels."
    )
    if told["n_disputed"]:
        line += f" Left out until coders agree: {told['n_disputed']:,}."
    if told["n_unknown"]:
        line += f" Left out for codes that the codebook lacks: {told['n_unknown']:,}."
    return line


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
