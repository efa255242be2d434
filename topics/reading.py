"""What the refreshes read from a store, as frames."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import sqlalchemy as sa

from feedback import schema
from feedback.coding import winning_codings
from feedback.safeguarding import SAFEGUARDING, flagged_ids, is_flag
from feedback.schema import (
    CLUSTER_PREFIX,
    IS_ENRICHED,
    Decision,
    IssueStatus,
    Language,
    TopicAction,
)
from feedback.topic_edits import TopicState, state_query
from feedback.writes import in_blocks
from topics.counts import COUNTED_COLUMNS
from topics.edits import Edit

if TYPE_CHECKING:
    from feedback.protocols import Embedder
    from feedback.store import Store

__all__ = [
    "IS_MATERIAL",
    "Codes",
    "codes_of",
    "count_clusters",
    "count_modelled",
    "counted_comments",
    "is_in",
    "members_of",
    "newest_comment",
    "read_clusters",
    "read_codings",
    "read_edits",
    "read_topics",
    "topic_material",
    "topic_state",
    "watched_assignments",
    "without_topic",
]

_comments = schema.comments
_LIGHT = tuple(_comments.c[name] for name in COUNTED_COLUMNS)
_CODING_COLUMNS = ("comment_id", "code", "origin", "decision", "at")
MODELLED = (Language.ENGLISH.value, Language.WELSH.value)
"""Languages that topics are fitted on; the other comments only join them."""
NOT_WATCHED = (
    IssueStatus.PROVISIONAL.value,
    IssueStatus.CLOSED.value,
    IssueStatus.NOT_AN_ISSUE.value,
)
MAX_MEMBERS = 300
"""Latest comments of a cluster among which its title, theme and quotes are chosen."""


def newest_comment(store: Store) -> datetime | None:
    """Return when the newest comment was submitted; None without any."""
    newest = store.read(
        sa.select(_comments.c.submitted_at).order_by(_comments.c.submitted_at.desc()).limit(1)
    )
    return None if newest.empty else newest["submitted_at"].iloc[0].to_pydatetime()


def counted_comments(store: Store, since: datetime | None = None) -> pd.DataFrame:
    """Return the columns of enriched comments that counting needs."""
    query = sa.select(*_LIGHT).where(IS_ENRICHED)
    if since is not None:
        query = query.where(_comments.c.submitted_at >= since)
    return store.read(query.order_by(_comments.c.comment_id))


def read_codings(store: Store, since: datetime | None = None) -> pd.DataFrame:
    """Return all codings of comments submitted since a moment."""
    table = schema.codings
    columns = (table.c[name] for name in _CODING_COLUMNS)
    query = sa.select(*columns)
    if since is not None:
        query = query.join(_comments, _comments.c.comment_id == table.c.comment_id).where(
            _comments.c.submitted_at >= since
        )
    return store.read(query)


class Codes:
    """The assigned codes of each comment, a person's before the machine's.

    ``flagged`` are comments that may be about safeguarding: they have that code here even where a
    person has still to look, so that none of their words gets into a title or a quote.
    """

    def __init__(self, codings: pd.DataFrame, flagged: Collection[str] = ()) -> None:
        told = winning_codings(codings)
        told = told[told["decision"] == Decision.ASSIGNED]
        self._codes: defaultdict[str, list[str]] = defaultdict(list)
        for comment_id, code in sorted(set(zip(told["comment_id"], told["code"], strict=True))):
            self._codes[comment_id].append(code)
        for comment_id in flagged:
            if SAFEGUARDING not in self._codes[comment_id]:
                self._codes[comment_id].append(SAFEGUARDING)

    def of(self, comment_ids: pd.Series[Any]) -> pd.Series[Any]:
        """Return a list of codes for each comment; an empty one where nothing is assigned."""
        codes = [self._codes.get(comment_id, []) for comment_id in comment_ids]
        return pd.Series(codes, index=comment_ids.index, dtype=object)


def codes_of(store: Store, comment_ids: pd.Series[Any]) -> pd.Series[Any]:
    """Return a list of codes for each of some comments of a store; see `Codes.of`."""
    table, flag = schema.codings, schema.codings.alias()
    columns = (table.c[name] for name in _CODING_COLUMNS)
    of_all, flags = sa.select(*columns), sa.select(flag.c.comment_id).where(is_flag(flag))
    blocks = list(in_blocks(comment_ids.unique().tolist()))
    if not blocks:
        return pd.Series([], index=comment_ids.index, dtype=object)
    frames = [store.read(of_all.where(table.c.comment_id.in_(block))) for block in blocks]
    codings = pd.concat(frames, ignore_index=True)
    perhaps = codings.loc[codings["code"] == SAFEGUARDING, "comment_id"].unique().tolist()
    flagged: set[str] = set()
    for block in in_blocks(perhaps):
        flagged.update(store.read(flags.where(flag.c.comment_id.in_(block)))["comment_id"])
    return Codes(codings, flagged).of(comment_ids)


IS_MATERIAL = sa.and_(IS_ENRICHED, sa.not_(_comments.c.is_empty))
"""Condition: the comment can be part of a topic or an issue."""
_IS_MODELLED = sa.and_(
    IS_MATERIAL, _comments.c.language.in_(MODELLED), _comments.c.duplicate_of.is_(None)
)


def topic_material(
    store: Store, *conditions: sa.ColumnElement[bool], limit: int | None = None
) -> pd.DataFrame:
    """Return all comments that can have a topic; ``is_modelled`` where topics are fitted on it.

    With conditions on ``comments`` and ``assignments``, those that meet them. Ids are keyed hashes,
    so the first ones up to a limit are a fair pick.

    They are not fitted on what may be about safeguarding: a topic is named and quoted by words of
    what it is fitted on. Such a comment joins a topic and counts in it.
    """
    columns = [_comments.c[name] for name in ("comment_id", "text", "language", "duplicate_of")]
    current = schema.assignments
    query = (
        sa.select(*columns, current.c.model_version, current.c.topic_id)
        .join_from(
            _comments,
            current,
            current.c.comment_id == _comments.c.comment_id,
            isouter=True,
        )
        .where(IS_MATERIAL, *conditions)
        .order_by(_comments.c.comment_id)
        .limit(limit)
    )
    frame = store.read(query)
    is_modelled = frame["language"].isin(MODELLED) & frame["duplicate_of"].isna()
    is_flagged = frame["comment_id"].isin(flagged_ids(store))
    return frame.assign(is_modelled=is_modelled & ~is_flagged)


def without_topic(store: Store, model_version: str) -> pd.DataFrame:
    """Return the comments that can have a topic and have none of a fit."""
    version = schema.assignments.c.model_version
    return topic_material(store, sa.or_(version.is_(None), version != model_version))


def count_modelled(store: Store) -> int:
    """Return how many comments topics could be fitted on now."""
    flag = schema.codings.alias()
    is_flagged = _comments.c.comment_id.in_(sa.select(flag.c.comment_id).where(is_flag(flag)))
    n = sa.select(sa.func.count().label("n")).where(_IS_MODELLED, sa.not_(is_flagged))
    return int(store.read(n)["n"].iloc[0])


def topic_state(store: Store) -> TopicState:
    """Return which topics are in force; asks the store's facts, not its comments."""
    return TopicState.of(dict(store.read(state_query()).iloc[0]))


def read_edits(store: Store) -> list[Edit]:
    """Return what people did to topics, in order, also what they took back."""
    rows = store.read(sa.select(schema.topic_edits).order_by(schema.topic_edits.c.edit_id))
    return [
        Edit(
            edit_id=int(row["edit_id"]),
            at=row["at"].to_pydatetime(),
            who=row["who"],
            action=TopicAction(row["action"]),
            topic_id=int(row["topic_id"]),
            detail=row["detail"],
        )
        for row in rows.to_dict("records")
    ]


def read_topics(store: Store, model_version: str) -> pd.DataFrame:
    """Return the topics of a fit in the order of their ids."""
    table = schema.topics
    return store.read(
        sa.select(table).where(table.c.model_version == model_version).order_by(table.c.topic_id)
    )


_IS_LIVE = sa.and_(
    schema.issues.c.status != IssueStatus.CLOSED.value, schema.issues.c.merged_into.is_(None)
)


def read_clusters(
    store: Store, places: Collection[tuple[str, str | None]] | None = None
) -> pd.DataFrame:
    """Return the issue clusters that new comments may join, of some places or everywhere.

    Those that a person closed are history: what comes back after that is told as new. One that is
    not an issue keeps its comments from being told again.
    """
    query = sa.select(schema.issues).where(_IS_LIVE).order_by(schema.issues.c.cluster_id)
    return store.read(query if places is None else query.where(is_in(schema.issues, places)))


def is_in(
    table: sa.FromClause, places: Collection[tuple[str, str | None]]
) -> sa.ColumnElement[bool]:
    """Condition: a row of comments or issues is of one of some services and pages."""
    service, page = table.c.service, table.c.page
    return sa.or_(
        sa.false(),
        *(
            sa.and_(service == name, page.is_(None) if path is None else page == path)
            for name, path in places
        ),
    )


def count_clusters(store: Store) -> int:
    """Return how many clusters live; see `read_clusters`."""
    n = sa.select(sa.func.count().label("n")).select_from(schema.issues).where(_IS_LIVE)
    return int(store.read(n)["n"].iloc[0])


def members_of(
    store: Store, embedder: Embedder, cluster_ids: Sequence[str]
) -> tuple[pd.DataFrame, np.ndarray]:
    """Return the latest comments of some clusters, and their vectors.

    What turned out to be about safeguarding since is left out: a title is made of their words.
    """
    table = schema.assignments
    columns = [
        _comments.c[name] for name in ("comment_id", "service", "page", "submitted_at", "text")
    ]
    newest_first = (_comments.c.submitted_at.desc(), _comments.c.comment_id)
    rank = sa.func.row_number().over(partition_by=table.c.cluster_id, order_by=newest_first)
    frames = []
    for block in in_blocks(cluster_ids):
        ranked = (
            sa.select(*columns, table.c.cluster_id, rank.label("rank"))
            .join(table, table.c.comment_id == _comments.c.comment_id)
            .where(table.c.cluster_id.in_(block))
            .subquery()
        )
        told = [column for column in ranked.c if column.name != "rank"]
        query = sa.select(*told).where(ranked.c.rank <= MAX_MEMBERS)
        frames.append(store.read(query.order_by(ranked.c.cluster_id, ranked.c.rank)))
    members = pd.concat(frames, ignore_index=True)
    members = members.assign(codes=codes_of(store, members["comment_id"]))
    is_safe = [SAFEGUARDING not in told for told in members["codes"]]
    members = members[is_safe].reset_index(drop=True)
    return members, embedder.embed(members["text"].tolist())


def watched_assignments(store: Store) -> pd.DataFrame:
    """Return comment and cluster of the clusters that are watched as themes, with their titles.

    Provisional ones are not: a cluster is born of comments that came lately, so its own birth would
    look like a burst.
    """
    table, issues = schema.assignments, schema.issues
    frame = store.read(
        sa.select(table.c.comment_id, table.c.cluster_id, issues.c.title)
        .join(issues, issues.c.cluster_id == table.c.cluster_id)
        .where(issues.c.status.not_in(NOT_WATCHED))
        .order_by(table.c.comment_id)
    )
    return frame.assign(theme=CLUSTER_PREFIX + frame["cluster_id"].astype(str))
