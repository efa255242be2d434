"""Divide an issue at once, as a person says: only its own comments are read, nothing is fitted."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import sqlalchemy as sa

from feedback import schema
from feedback.errors import StoreError
from feedback.splitting import split_by_person
from feedback.writes import in_blocks
from topics.cluster_reading import with_texts
from topics.cluster_text import MAX_MEMBERS, is_issue_material, theme_of
from topics.quotes import choose_quotes
from topics.reading import codes_of

if TYPE_CHECKING:
    from feedback.protocols import Embedder
    from feedback.store import Store

__all__ = ["split_issue"]

_comments, _members = schema.comments, schema.assignments


def split_issue(
    store: Store,
    embedder: Embedder,
    cluster_id: str,
    comment_ids: Sequence[str],
    title: str,
    *,
    who: str,
    now: datetime,
    expected: int | None = None,
) -> str:
    """Make an issue of its own out of some comments of another, and return its id.

    Theme and quotes of both are chosen anew, the rest's among its latest comments; the rest keeps
    its title. Vectors come from the store where the pipeline has kept them.

    Parameters
    ----------
    title
        Of the new issue; redacted already.
    expected
        Revision of the issue as it was shown; see `feedback.issue_changes`.

    Raises
    ------
    ChangedMeanwhileError
        Somebody changed the issue since it was shown.
    StoreError
        See `feedback.splitting.split_by_person`.
    """
    picked = set(comment_ids)
    if not picked:
        raise StoreError("Pick at least one comment for the new issue.")
    part = _read(store, _comments.c.comment_id, sorted(picked))
    left = _read_latest(store, cluster_id, len(picked) + MAX_MEMBERS)
    rest = left[~left["comment_id"].isin(picked)].head(MAX_MEMBERS)
    vectors = embedder.embed(part["text"].tolist())
    mean = vectors.mean(axis=0) if len(part) else np.zeros(embedder.n_dimensions)
    told = _described(part, vectors) | {"centroid": np.asarray(mean, dtype="<f4").tobytes()}
    told_rest = _described(rest, embedder.embed(rest["text"].tolist()))
    with store.changing() as connection:
        return split_by_person(
            connection,
            cluster_id,
            sorted(picked),
            now,
            title=title,
            who=who,
            part=told,
            rest=told_rest,
            expected=expected,
        )


def _read(store: Store, column: sa.Column[Any], values: Sequence[str]) -> pd.DataFrame:
    """Return comments by their ids, with texts and codes, the latest first."""
    light = sa.select(_comments.c.comment_id, _comments.c.submitted_at)
    frames = [store.read(light.where(column.in_(block))) for block in in_blocks(values)]
    frame = pd.concat(frames, ignore_index=True)
    return _completed(store, frame.sort_values("submitted_at", ascending=False, kind="stable"))


def _read_latest(store: Store, cluster_id: str, n: int) -> pd.DataFrame:
    frame = store.read(
        sa.select(_comments.c.comment_id, _comments.c.submitted_at)
        .join(_members, _members.c.comment_id == _comments.c.comment_id)
        .where(_members.c.cluster_id == cluster_id)
        .order_by(_comments.c.submitted_at.desc(), _comments.c.comment_id)
        .limit(n)
    )
    return _completed(store, frame)


def _completed(store: Store, frame: pd.DataFrame) -> pd.DataFrame:
    """Return comments with their codes and texts."""
    return with_texts(store, frame.assign(codes=codes_of(store, frame["comment_id"])))


def _described(comments: pd.DataFrame, vectors: np.ndarray) -> dict[str, Any]:
    """Return theme and quotes; nothing of what may be about safeguarding is quoted."""
    may_quote = np.array([is_issue_material(codes) for codes in comments["codes"]], dtype=bool)
    texts = comments["text"].tolist()
    quotes = choose_quotes(texts, vectors, may_quote) if texts else []
    return {
        "theme": theme_of(comments["codes"]),
        "quotes": [str(comments["comment_id"].iloc[i]) for i in quotes],
    }
