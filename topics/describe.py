"""Rows of the table ``topics`` for topics whose comments people chose, not the fit."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from feedback.schema import OUTLIER_TOPIC
from topics.ctfidf import count_terms, telling_terms
from topics.model import MIN_NAMING_SHARE, N_NAMING_TERMS, N_TERMS
from topics.names import MAX_PARTS, name_from_terms, stem
from topics.quotes import choose_quotes

if TYPE_CHECKING:
    from topics.edits import Shape
    from topics.model import Topic, TopicFit
    from topics.reapply import Reapplied

__all__ = ["TopicTerms", "described", "free_name", "naming", "topic_rows"]

OUTLIER_NAME = "No topic"
TEXTS_A_MENTION = 2_000
"""A term counts from two comments on, in more comments from one in so many; as in a fit."""


@dataclass(frozen=True)
class TopicTerms:
    """The terms of each topic, and those of them that names are made of, most telling first."""

    terms: Mapping[int, Sequence[str]]
    for_names: Mapping[int, Sequence[str]]

    @classmethod
    def of(cls, texts: Sequence[str], topic_ids: np.ndarray) -> TopicTerms:
        """Return the terms that tell topics from each other, chosen as a fit chooses them.

        Parameters
        ----------
        topic_ids
            ndarray of shape (n_texts,), int; -1 for outliers.
        """
        found = count_terms(texts, min_comments=max(2, len(texts) // TEXTS_A_MENTION))
        if not found.terms:
            return cls({}, {})
        return cls(
            telling_terms(found, topic_ids, n_terms=N_TERMS),
            telling_terms(found, topic_ids, n_terms=N_NAMING_TERMS, min_share=MIN_NAMING_SHARE),
        )


def described(
    topic_id: int,
    comment_ids: Sequence[str],
    texts: Sequence[str],
    vectors: np.ndarray,
    told: TopicTerms,
    taken: Collection[str],
) -> dict[str, Any]:
    """Return terms, name, quotes, size and centroid of a topic, from its comments.

    Parameters
    ----------
    comment_ids, texts
        Redacted comments of the topic, at least one; none that is perhaps about safeguarding.
    vectors
        ndarray of shape (n_comments, n_dimensions), unit length.
    taken
        Names of other topics.
    """
    terms = list(told.terms.get(topic_id, ()))
    quotes = choose_quotes(texts, vectors)
    return {
        "topic_id": topic_id,
        "name": free_name(told.for_names.get(topic_id) or terms, taken),
        "terms": terms,
        "quotes": [comment_ids[i] for i in quotes],
        "n": len(texts),
        "centroid": vectors.mean(axis=0).astype("<f4").tobytes(),
        "named_by": None,
    }


def free_name(terms: Sequence[str], taken: Collection[str]) -> str:
    """Return a name made of terms that no other topic has.

    Examples
    --------
    >>> free_name(["upload", "photo", "size", "phone"], {"Upload, photo, size"})
    'Upload, photo, size, phone'
    >>> free_name([], {"Mixed comments"})
    'Mixed comments (2)'
    """
    names = [name_from_terms(terms)]
    names += [name_from_terms(terms, max_parts=n) for n in range(MAX_PARTS + 1, len(terms) + 1)]
    base = names[0]
    found = next((name for name in names if name not in taken), None)
    count = 2
    while found is None:
        found = None if f"{base} ({count})" in taken else f"{base} ({count})"
        count += 1
    return found


def topic_rows(
    again: Reapplied,
    fit: TopicFit,
    comment_ids: Sequence[str],
    texts: Sequence[str],
    vectors: np.ndarray,
    before: pd.DataFrame,
    shape: Shape,
) -> pd.DataFrame:
    """Return rows of the table ``topics`` for a fit in lasting numbers, the outliers' first.

    Parameters
    ----------
    comment_ids, texts, vectors
        The comments that were fitted.
    before
        Rows of the fit before.
    """
    of_label = {topic.topic_id: topic for topic in fit.topics}
    told: TopicTerms | None = None
    rows: list[dict[str, Any]] = []
    taken: set[str] = {name for name, _ in shape.names.values()}
    by_machine = before[before["named_by"].isna() & (before["topic_id"] != OUTLIER_TOPIC)]
    names = dict(zip(by_machine["topic_id"], by_machine["name"], strict=True))
    present = [key for key in np.unique(again.topic_ids).tolist() if key != OUTLIER_TOPIC]
    for key in present:
        if key in again.label_of:
            row = _row_of(key, of_label[again.label_of[key]], comment_ids)
        else:
            told = told or TopicTerms.of(texts, again.topic_ids)
            own = np.flatnonzero(again.topic_ids == key).tolist()
            ids, own_texts = [comment_ids[i] for i in own], [texts[i] for i in own]
            row = described(key, ids, own_texts, vectors[own], told, taken)
            row["parent_id"] = _parent_of(fit.topic_ids[own], of_label)
        row |= naming(key, row, names.get(key), shape, taken)
        taken.add(row["name"])
        rows.append(row)
    rows += _kept_rows(before, (shape.pinned & set(before["topic_id"])) - set(present), shape)
    nothing = np.zeros(vectors.shape[1], dtype="<f4").tobytes()
    outliers = {"topic_id": OUTLIER_TOPIC, "name": OUTLIER_NAME, "terms": [], "quotes": []}
    frame = pd.DataFrame([{**outliers, "centroid": nothing}, *rows])
    for name in ("parent_id", "named_by"):
        given = frame[name] if name in frame else pd.Series(None, index=frame.index)
        frame[name] = given.astype(object).where(given.notna(), None)
    return frame


def _row_of(topic_id: int, topic: Topic, comment_ids: Sequence[str]) -> dict[str, Any]:
    return {
        "topic_id": topic_id,
        "name": topic.name,
        "terms": list(topic.terms),
        "quotes": [comment_ids[i] for i in topic.quotes],
        "n": topic.n,
        "centroid": topic.centroid.astype("<f4").tobytes(),
        "parent_id": topic.parent_id,
    }


def _parent_of(labels: np.ndarray, of_label: Mapping[int, Topic]) -> int | None:
    """Return the broader group of the group that most comments are in."""
    known = labels[labels != OUTLIER_TOPIC]
    if not len(known):
        return None
    return of_label[int(np.bincount(known).argmax())].parent_id


def naming(
    key: int, row: Mapping[str, Any], before: str | None, shape: Shape, taken: Collection[str]
) -> dict[str, Any]:
    """Return the name of a topic, and who gave it.

    A name that a person gave stands. ``before`` is what the machine called it; that stays while
    most of its words are among the topic's terms, so that a name changes only when the topic does.
    """
    if key in shape.names:
        name, who = shape.names[key]
        return {"name": name, "named_by": who}
    words = {stem(word) for term in row["terms"] for word in term.lower().split()}
    told = {stem(word) for word in re.findall(r"[^\W\d_]+", (before or "").lower())}
    if before and 2 * len(told & words) > len(told) and before not in taken:
        return {"name": before, "named_by": None}
    name = row["name"] if row["name"] not in taken else free_name(row["terms"], taken)
    return {"name": name, "named_by": None}


def _kept_rows(before: pd.DataFrame, keys: Collection[int], shape: Shape) -> list[dict[str, Any]]:
    """Return the rows of topics that must stay, though no comment of the fit is in them."""
    kept = before[before["topic_id"].isin([key for key in keys if shape.owner_of(key) == key])]
    columns = ("topic_id", "name", "terms", "quotes", "centroid", "parent_id", "named_by")
    return [
        {**{str(name): value for name, value in row.items()}, "n": 0}
        for row in kept[list(columns)].to_dict("records")
    ]
