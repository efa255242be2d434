"""Topics of a file or of the store, as ``feedback topics`` gives them."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from app.commands.context import read_json_lines
from feedback.errors import SettingsError
from feedback.schema import OUTLIER_TOPIC

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

    from feedback.settings import Settings
    from feedback.store import Store

__all__ = [
    "FileFit",
    "fit_file",
    "fit_store",
    "latest_topics",
    "list_topics",
    "show_topic",
    "topic_text",
    "topics_text",
]

MIN_FILE_TEXTS = 30
"""A file is fitted from this many texts on: who asks for its topics wants what there is."""


@dataclass(frozen=True)
class FileFit:
    """What came out of a file."""

    n_texts: int
    n_topics: int
    n_outliers: int
    reason: str = ""


def fit_file(settings: Settings, source: Path, embeddings: Path | None, out: Path) -> FileFit:
    """Fit topics on a JSON Lines file and write ``{"id", "topic_id", "topic"}`` lines.

    The lines hold no text but the topics' names, so only what names are made of is redacted
    (`topics.wording`); nobody's name becomes the name of a topic.

    Raises
    ------
    SettingsError
        The vectors do not fit the texts, or the folder of ``out`` is not there.
    """
    from app import wiring
    from feedback.clean import clean_text
    from topics.model import fit_topics

    if not out.parent.is_dir():
        raise SettingsError(f"The folder {out.parent} does not exist. Make it, then run it again.")
    records = list(read_json_lines(source))
    redactor = wiring.make_redactor(settings)
    texts = [clean_text(record["text"]) for record in records]
    if embeddings is None:
        vectors = wiring.make_embedder(settings).embed(texts)
    else:
        vectors = _read_vectors(embeddings, len(texts))
    fit = fit_topics(
        texts,
        vectors,
        seed=settings.seed,
        min_comments=MIN_FILE_TEXTS,
        granularity=settings.topics_granularity,
        redact=lambda text: redactor.redact(text).text,
    )
    names = {topic.topic_id: topic.name for topic in fit.topics}
    partial = out.with_name(f".{out.name}.partial")
    with partial.open("w", encoding="utf-8") as stream:
        for record, topic_id in zip(records, fit.topic_ids.tolist(), strict=True):
            row = {"id": record["id"], "topic_id": topic_id, "topic": names.get(topic_id, "")}
            stream.write(json.dumps(row, ensure_ascii=False) + "\n")
    os.replace(partial, out)
    n_outliers = int((fit.topic_ids == OUTLIER_TOPIC).sum())
    return FileFit(len(texts), len(fit.topics), n_outliers, fit.reason)


def _read_vectors(path: Path, n_texts: int) -> np.ndarray:
    """Return vectors of unit length from a .npy file."""
    import numpy as np

    try:
        vectors = np.load(path, allow_pickle=False)
    except (OSError, ValueError):
        raise SettingsError(f"{path} is not a .npy file of numbers.") from None
    if vectors.ndim != 2 or len(vectors) != n_texts:
        shape = " x ".join(map(str, vectors.shape))
        raise SettingsError(
            f"{path} holds {shape} numbers; {n_texts} texts need {n_texts} x n_dimensions."
        )
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    unit: np.ndarray = (vectors / np.where(lengths > 0, lengths, 1)).astype(np.float32)
    return unit


def fit_store(settings: Settings, store: Store) -> list[dict[str, Any]]:
    """Fit the store's topics afresh and return them."""
    from app import wiring
    from topics.refresh_topics import refresh_topics

    refresh_topics(store, wiring.make_embedder(settings, store), settings=settings, is_forced=True)
    return list_topics(store)


def latest_topics(store: Store) -> pd.DataFrame:
    """Return the rows of the latest fit, largest first, without the outliers."""
    from topics.reading import read_topics, topic_state

    frame = read_topics(store, topic_state(store).version)
    found = frame[frame["topic_id"] != OUTLIER_TOPIC]
    found = found.sort_values(["n", "topic_id"], ascending=[False, True], ignore_index=True)
    return found.assign(
        named_by=found["named_by"].astype(object).where(found["named_by"].notna(), None)
    )


def list_topics(store: Store) -> list[dict[str, Any]]:
    """Return the topics of the latest fit, largest first, without the outliers."""
    names = ["topic_id", "name", "n", "terms", "named_by"]
    return [dict(row) for row in latest_topics(store)[names].to_dict("records")]


def show_topic(store: Store, topic_id: int) -> dict[str, Any]:
    """Return one topic of the latest fit with its quotes.

    Raises
    ------
    SettingsError
        There is no such topic.
    """
    from app.queries_issues import quotable_texts

    frame = latest_topics(store)
    found = frame[frame["topic_id"] == topic_id]
    if found.empty:
        raise SettingsError(f"There is no topic {topic_id}. See: feedback topics list")
    topic = found.iloc[0]
    ids = topic["quotes"]
    texts = quotable_texts(store, ids)
    told = {name: topic[name] for name in ("topic_id", "name", "n", "terms", "named_by")}
    return {**told, "quotes": [texts[i] for i in ids if i in texts]}


def topics_text(found: list[dict[str, Any]]) -> str:
    """Return topics as lines."""
    if not found:
        return "No topics yet: there are too few comments. See: feedback run"
    return "\n".join(f"{t['topic_id']:>4}  {t['n']:>6,}  {t['name']}" for t in found)


def topic_text(topic: dict[str, Any]) -> str:
    """Return one topic for a person."""
    quotes = "\n".join(f"  - {quote}" for quote in topic["quotes"])
    terms = ", ".join(topic["terms"])
    return f"{topic['name']} ({topic['n']:,} comments)\nTerms: {terms}\nQuotes:\n{quotes}"
