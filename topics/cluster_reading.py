"""What the refresh of issue clusters reads from a store."""

from __future__ import annotations

import base64
from collections.abc import Collection, Iterator
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import sqlalchemy as sa

from feedback import schema
from feedback.merging import ARRANGEMENT
from feedback.schema import IS_ENRICHED
from feedback.writes import in_blocks
from topics.cluster_text import is_issue_material
from topics.cohesion import centre_of
from topics.counts import is_double_submission
from topics.places import MAX_WAITING
from topics.reading import IS_MATERIAL, codes_of, is_in

if TYPE_CHECKING:
    from feedback.protocols import Embedder
    from feedback.store import Store

__all__ = [
    "Facts",
    "cluster_ids",
    "encoded",
    "is_at",
    "newest_receipt",
    "places_of",
    "read_centre",
    "recent_members",
    "sample_texts",
    "waiting_comments",
]

_comments = schema.comments
_LIGHT = ("comment_id", "service", "page", "submitted_at", "n_characters", "duplicate_of")
NEAR_WAITING = 100
"""Waiting comments of a place that a look at some places takes in beside the new ones. What is
alike over a longer time meets at the next look everywhere."""
SAMPLE = 2_000
"""Comments that stand for all others: the centre is their mean, and a cluster's words are compared
with theirs. Ids are keyed hashes, so the first ones are a fair pick, and much the same every day.
"""


class Facts:
    """Small facts that the refresh keeps in the store.

    Attributes
    ----------
    centre : ndarray or None
        From where likeness is measured.
    seen_until : datetime or None
        When the newest comment was received that a refresh has seen.
    consolidated_on : date or None
        Day of the newest comment at the last consolidation.
    arrangement : int
        How often it had changed what belongs together; see `feedback.merging`.
    """

    CENTRE = "clusters_centre"
    SEEN_UNTIL = "clusters_seen_until"
    CONSOLIDATED_ON = "clusters_consolidated_on"

    def __init__(self, store: Store) -> None:
        table = schema.meta
        names = (self.CENTRE, self.SEEN_UNTIL, self.CONSOLIDATED_ON, ARRANGEMENT)
        rows = store.read(sa.select(table.c.name, table.c.value).where(table.c.name.in_(names)))
        told = dict(zip(rows["name"], rows["value"], strict=True))
        self.centre = decoded(told[self.CENTRE]) if self.CENTRE in told else None
        seen, day = told.get(self.SEEN_UNTIL), told.get(self.CONSOLIDATED_ON)
        self.seen_until = datetime.fromisoformat(seen) if seen else None
        self.consolidated_on = date.fromisoformat(day) if day else None
        self.arrangement = int(told.get(ARRANGEMENT, 0))
        self._told = told

    def told(self, *names: str) -> dict[str, str]:
        """Return facts by name as they stand; those that do not are left out."""
        return {name: self._told[name] for name in names if name in self._told}


def encoded(centre: np.ndarray) -> str:
    """Return a centre as text."""
    return base64.b64encode(np.ascontiguousarray(centre, "<f4").tobytes()).decode()


def decoded(text: str) -> np.ndarray:
    """Return a centre from text."""
    return np.frombuffer(base64.b64decode(text), "<f4").astype(np.float32)


def sample_texts(store: Store, since: datetime) -> Iterator[str]:
    """Yield the texts of comments that stand for all since a moment; read when first asked."""
    query = (
        sa.select(_comments.c.text)
        .where(IS_MATERIAL, _comments.c.submitted_at >= since)
        .order_by(_comments.c.comment_id)
        .limit(SAMPLE)
    )
    yield from store.read(query)["text"].tolist()


def read_centre(store: Store, embedder: Embedder, since: datetime) -> np.ndarray:
    """Return the centre of the comments since a moment."""
    texts = list(sample_texts(store, since))
    if not texts:
        return np.zeros(embedder.n_dimensions, dtype=np.float32)
    return centre_of(embedder.embed(texts))


def newest_receipt(store: Store) -> datetime | None:
    """Return when the newest enriched comment was received."""
    query = sa.select(sa.func.max(_comments.c.received_at).label("at")).where(IS_ENRICHED)
    at = store.read(query)["at"].iloc[0]
    return None if pd.isna(at) else at.to_pydatetime()


def cluster_ids(store: Store) -> set[str]:
    """Return the ids of all clusters that ever were."""
    return set(store.read(sa.select(schema.issues.c.cluster_id))["cluster_id"])


def waiting_comments(
    store: Store,
    since: datetime,
    *,
    seen_until: datetime | None = None,
    places: Collection[tuple[str, str | None]] | None = None,
) -> pd.DataFrame:
    """Return the comments since a moment that could join a cluster, each sender's once.

    Parameters
    ----------
    places
        Of these services and pages alone, the `NEAR_WAITING` latest of each and those received
        after ``seen_until``: what takes no longer the more there are.
    seen_until
        Of those received until then, `MAX_WAITING` of each place are returned, the latest: what
        more there was waits no longer.
    """
    assigned = schema.assignments
    columns = [_comments.c[name] for name in _LIGHT]
    query = (
        sa.select(*columns, _comments.c.received_at)
        .join_from(
            _comments,
            assigned,
            assigned.c.comment_id == _comments.c.comment_id,
            isouter=True,
        )
        .where(IS_MATERIAL, _comments.c.submitted_at >= since, assigned.c.cluster_id.is_(None))
        .order_by(_comments.c.submitted_at, _comments.c.comment_id)
    )
    if places is not None:
        query = _latest(query.where(is_in(_comments, places)), seen_until)
    frame = store.read(query)
    frame = frame.assign(codes=codes_of(store, frame["comment_id"]))
    is_material = np.array([is_issue_material(told) for told in frame["codes"]], dtype=bool)
    frame = frame[is_material].reset_index(drop=True)
    frame = frame[~_is_double(store, frame)]
    if seen_until is not None:
        is_old = frame["received_at"] <= pd.Timestamp(seen_until)
        old = frame[is_old].groupby(["service", "page"], dropna=False).tail(MAX_WAITING)
        frame = frame[~is_old | frame.index.isin(old.index)]
    return with_texts(store, frame.reset_index(drop=True))


def _latest(query: sa.Select[Any], seen_until: datetime | None) -> sa.Select[Any]:
    """Narrow a query to the latest comments of each place and those received since a moment."""
    rank = sa.func.row_number().over(
        partition_by=(_comments.c.service, _comments.c.page),
        order_by=(_comments.c.submitted_at.desc(), _comments.c.comment_id.desc()),
    )
    ranked = query.order_by(None).add_columns(rank.label("rank")).subquery()
    is_late = ranked.c.rank <= NEAR_WAITING
    if seen_until is not None:
        is_late = sa.or_(is_late, ranked.c.received_at > seen_until)
    told = [column for column in ranked.c if column.name != "rank"]
    return sa.select(*told).where(is_late).order_by(ranked.c.submitted_at, ranked.c.comment_id)


def recent_members(store: Store, since: datetime, place: tuple[str, str | None]) -> pd.DataFrame:
    """Return the comments since a moment that are in live clusters of a place.

    ``is_kept``: it came before a person said what belongs to its cluster, and stays there.
    """
    assigned, issues = schema.assignments, schema.issues
    columns = [_comments.c[name] for name in ("comment_id", "service", "page", "submitted_at")]
    is_live = issues.c.status != schema.IssueStatus.CLOSED.value
    frame = store.read(
        sa.select(*columns, assigned.c.cluster_id, _comments.c.received_at, issues.c.arranged_at)
        .join(assigned, assigned.c.comment_id == _comments.c.comment_id)
        .join(issues, issues.c.cluster_id == assigned.c.cluster_id)
        .where(_comments.c.submitted_at >= since, is_live, is_in(_comments, [place]))
        .order_by(_comments.c.submitted_at, _comments.c.comment_id)
    )
    is_kept = frame["received_at"] <= frame["arranged_at"]
    frame = frame.drop(columns=["received_at", "arranged_at"])
    frame = frame.assign(codes=codes_of(store, frame["comment_id"]), is_kept=is_kept)
    return with_texts(store, frame)


def with_texts(store: Store, frame: pd.DataFrame) -> pd.DataFrame:
    """Return comments with their texts."""
    texts: dict[str, str] = {}
    for block in in_blocks(frame["comment_id"].tolist()):
        query = sa.select(_comments.c.comment_id, _comments.c.text)
        rows = store.read(query.where(_comments.c.comment_id.in_(block)))
        texts |= dict(zip(rows["comment_id"], rows["text"], strict=True))
    found = [texts[comment_id] for comment_id in frame["comment_id"]]
    return frame.assign(text=pd.Series(found, index=frame.index, dtype="str"))


def _is_double(store: Store, frame: pd.DataFrame) -> pd.Series[Any]:
    """Return which comments repeat another of the same sender, whether or not that one waits."""
    originals = set(frame["duplicate_of"].dropna()) - set(frame["comment_id"])
    columns = [_comments.c[name] for name in _LIGHT]
    frames: list[pd.DataFrame] = [frame]
    for block in in_blocks(sorted(originals)):
        query = sa.select(*columns).where(_comments.c.comment_id.in_(block), IS_MATERIAL)
        frames.append(store.read(query))
    both = pd.concat(frames, ignore_index=True) if len(frames) > 1 else frame
    return is_double_submission(both).iloc[: len(frame)]


def places_of(*frames: pd.DataFrame) -> list[tuple[str, str | None]]:
    """Return the places of some issues or comments, each once, in order; no page is None."""
    pairs = {
        (str(service), page if isinstance(page, str) else None)
        for frame in frames
        for service, page in zip(frame["service"], frame["page"], strict=True)
    }
    return sorted(pairs, key=lambda pair: (pair[0], pair[1] or ""))


def is_at(frame: pd.DataFrame, place: tuple[str, str | None]) -> pd.Series[bool]:
    """Return which rows are of a place."""
    service, page = place
    is_page = frame["page"].isna() if page is None else frame["page"] == page
    return (frame["service"] == service) & is_page
