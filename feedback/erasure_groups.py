"""Take deleted comments out of what was made of many: issue clusters, topics, signals.

Figures are lowered by what goes; ids of what goes leave the quotes; a word leaves a title or a
topic's terms when none of the comments that are left says it, unless so many say it elsewhere that
it tells of nobody. An issue of which no comment is left goes itself. What a person did last to an
issue cannot be taken back any more where that would bring words or comments back.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import numpy as np
import sqlalchemy as sa

from feedback import schema, search
from feedback.schema import CLUSTER_PREFIX, TEXT_PREFIX, TopicAction, UtcDateTime
from feedback.search_index import folded
from feedback.writes import in_blocks

__all__ = ["Gone", "Groups", "WordCounts", "clean_groups", "groups_of", "without_words"]

MANY_SAY_IT = 20
"""A word that as many comments of the store have tells of nobody."""
COUNTED_TO = 1_000
"""Where the counting of a word stops: some blocks of comments can go until it is counted again."""
LOOKED_AT = 300
"""Latest comments of a group that are read first for words; nearly always they have them."""
NAMELESS = "Similar comments"
"""Title of an issue of whose title no word is left, before its page."""

_comments, _assigned = schema.comments, schema.assignments
_issues, _topics, _signals = schema.issues, schema.topics, schema.signals
_TOKEN = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")


@dataclass
class Gone:
    """What is known of comments that go: words, ids, times, and vectors by text hash."""

    hash_of: dict[str, str]
    at: dict[str, datetime]
    words: set[str]
    vectors: dict[str, list[bytes]] = field(default_factory=lambda: defaultdict(list))

    @classmethod
    def of(cls, rows: Sequence[sa.Row[Any]]) -> Gone:
        """Return what rows of ``comments`` tell."""
        return cls(
            {row.comment_id: row.text_hash for row in rows},
            {row.comment_id: row.submitted_at for row in rows},
            {word for row in rows for word in folded(row.text)},
        )

    def add_vectors(self, rows: Iterable[sa.Row[Any]]) -> None:
        """Remember vectors, before they are deleted."""
        for row in rows:
            self.vectors[row.text_hash].append(row.vector)

    def sum_of(self, comment_ids: Sequence[str], n_bytes: int) -> np.ndarray | None:
        """Return the sum of comments' vectors of a length; None unless each has exactly one."""
        found = []
        for comment_id in comment_ids:
            fit = [one for one in self.vectors[self.hash_of[comment_id]] if len(one) == n_bytes]
            if len(fit) != 1:
                return None
            found.append(np.frombuffer(fit[0], "<f4").astype(np.float64))
        total: np.ndarray = np.sum(found, axis=0)
        return total


@dataclass(frozen=True, slots=True)
class Groups:
    """The groups that comments belong to: comment ids by cluster, and by fit and topic."""

    clusters: dict[str, list[str]]
    topics: dict[tuple[str, int], list[str]]


class WordCounts:
    """How many comments have a word, at least; kept from one block of comments to the next."""

    def __init__(self) -> None:
        self._at_least: dict[str, int] = {}

    def lose(self, n_comments: int) -> None:
        """Take into account that comments went."""
        self._at_least = {word: n - n_comments for word, n in self._at_least.items()}

    def many_say(self, connection: sa.Connection, word: str) -> bool:
        """Return whether so many comments have a word that it tells of nobody."""
        if self._at_least.get(word, 0) < MANY_SAY_IT:
            self._at_least[word] = search.count_word(connection, word, at_most=COUNTED_TO)
        return self._at_least[word] >= MANY_SAY_IT


def groups_of(connection: sa.Connection, comment_ids: Sequence[str]) -> Groups:
    """Return the groups that comments belong to."""
    clusters: dict[str, list[str]] = {}
    topics: dict[tuple[str, int], list[str]] = {}
    for block in in_blocks(list(comment_ids)):
        query = sa.select(_assigned).where(_assigned.c.comment_id.in_(block))
        for row in connection.execute(query):
            if row.cluster_id is not None:
                clusters.setdefault(row.cluster_id, []).append(row.comment_id)
            if row.topic_id is not None:
                key = (row.model_version, row.topic_id)
                topics.setdefault(key, []).append(row.comment_id)
    return Groups(clusters, topics)


def clean_groups(
    connection: sa.Connection,
    groups: Groups,
    gone: Gone,
    counts: WordCounts,
    *,
    moves_first_seen: bool,
) -> None:
    """Take comments, deleted just now, out of their groups."""
    cleaner = _Cleaner(connection, gone, counts, moves_first_seen)
    for cluster_id, ids in sorted(groups.clusters.items()):
        cleaner.clean_cluster(cluster_id, ids)
    cleaner.clean_undo()
    cleaner.clean_topics(groups.topics)
    cleaner.clean_signals()


class _Cleaner:
    def __init__(
        self,
        connection: sa.Connection,
        gone: Gone,
        counts: WordCounts,
        moves_first_seen: bool,
    ) -> None:
        self._connection = connection
        self._gone = gone
        self._counts = counts
        self._moves_first_seen = moves_first_seen

    # Words

    def lost_words(self, told: str, is_member: sa.ColumnElement[bool]) -> set[str]:
        """Return the words of a text that comments that went had, and nobody has now."""
        words = self._gone.words & set(folded(told))
        words = {
            word
            for word in words
            if len(word) > 1 and not self._counts.many_say(self._connection, word)
        }
        if not words:
            return words
        query = (
            sa.select(_comments.c.text)
            .join(_assigned, _assigned.c.comment_id == _comments.c.comment_id)
            .where(is_member)
        )
        latest = query.order_by(_comments.c.submitted_at.desc()).limit(LOOKED_AT)
        for text in self._connection.scalars(latest):
            words -= set(folded(text))
        if words:
            like = sa.or_(*(_comments.c.text.icontains(word, autoescape=True) for word in words))
            for text in self._connection.scalars(query.where(like).limit(LOOKED_AT)):
                words -= set(folded(text))
        return words

    # Issue clusters

    def clean_cluster(self, cluster_id: str, ids: Sequence[str]) -> None:
        """Take comments out of an issue, and of those that were merged into it."""
        is_member = _assigned.c.cluster_id == cluster_id
        of_both = sa.or_(_issues.c.cluster_id == cluster_id, _issues.c.merged_into == cluster_id)
        rows = self._connection.execute(sa.select(_issues).where(of_both)).all()
        if not self._connection.scalar(sa.select(sa.exists().where(is_member))):
            self._connection.execute(sa.delete(_issues).where(of_both))
            themes = [CLUSTER_PREFIX + row.cluster_id for row in rows]
            for table in (_signals, schema.alarms):
                self._connection.execute(sa.delete(table).where(table.c.theme.in_(themes)))
            return
        for row in rows:
            lost = self.lost_words(row.title, is_member)
            values: dict[str, Any] = {
                "quotes": [one for one in row.quotes if one not in self._gone.at],
                "title": _title_without(row, lost),
            }
            if self._is_counted_in(row.facts, ids):
                values["facts"] = None  # worked out again by the next worker
            if row.cluster_id == cluster_id:
                values |= self._lowered(row, ids, is_member)
            which = _issues.c.cluster_id == row.cluster_id
            self._connection.execute(sa.update(_issues).where(which).values(**values))
            if lost:
                self._clean_sentences(CLUSTER_PREFIX + row.cluster_id, lost)

    def _is_counted_in(self, facts: Any, ids: Sequence[str]) -> bool:
        if not isinstance(facts, dict):
            return False
        since = facts.get("first_seen")
        return since is None or any(
            self._gone.at[one] >= datetime.fromisoformat(since) for one in ids
        )

    def _lowered(
        self, row: sa.Row[Any], ids: Sequence[str], is_member: sa.ColumnElement[bool]
    ) -> dict[str, Any]:
        """Return size, mean and, if asked for, times of an issue without some of its comments."""
        left = max(row.n - len(ids), 1)
        values: dict[str, Any] = {"n": left}
        total = self._gone.sum_of(ids, len(row.centroid))
        if total is not None and row.n > len(ids):
            mean = (np.frombuffer(row.centroid, "<f4").astype(np.float64) * row.n - total) / left
            values["centroid"] = mean.astype("<f4").tobytes()
        if self._moves_first_seen:
            at = _comments.c.submitted_at
            ends = (sa.func.min(at, type_=UtcDateTime), sa.func.max(at, type_=UtcDateTime))
            joined = _comments.join(_assigned, _assigned.c.comment_id == _comments.c.comment_id)
            query = sa.select(*ends).select_from(joined).where(is_member)
            values["first_seen"], values["last_seen"] = self._connection.execute(query).one()
        return values

    def clean_undo(self) -> None:
        """Forget what it takes to undo a change where that names comments that went."""
        has_undo = _issues.c.undo.is_not(None)
        query = sa.select(_issues.c.cluster_id, _issues.c.undo, _issues.c.merged_into)
        for row in self._connection.execute(query.where(has_undo)).all():
            told = json.dumps(row.undo)
            former = str((row.undo.get("before") or {}).get("title") or "")
            place = _assigned.c.cluster_id == (row.merged_into or row.cluster_id)
            if any(one in told for one in self._gone.at) or self.lost_words(former, place):
                which = _issues.c.cluster_id == row.cluster_id
                self._connection.execute(sa.update(_issues).where(which).values(undo=None))

    # Topics

    def clean_topics(self, members: dict[tuple[str, int], list[str]]) -> None:
        """Take comments out of the topics of all fits, and of names that people gave."""
        columns = [column for column in _topics.c if column.name != "centroid"]
        for row in self._connection.execute(sa.select(*columns)).all():
            n_less = len(members.get((row.model_version, row.topic_id), ()))
            quotes = [one for one in row.quotes if one not in self._gone.at]
            values: dict[str, Any] = {}
            if n_less or len(quotes) < len(row.quotes):
                values = {"n": max(row.n - n_less, 0), "quotes": quotes}
                values |= self._words_of_topic(row)
            if values:
                which = sa.and_(
                    _topics.c.topic_id == row.topic_id,
                    _topics.c.model_version == row.model_version,
                )
                self._connection.execute(sa.update(_topics).where(which).values(**values))
        self._clean_given_names({topic_id for _, topic_id in members})

    def _words_of_topic(self, row: sa.Row[Any]) -> dict[str, Any]:
        is_member = _assigned.c.topic_id == row.topic_id
        lost = self.lost_words(" ".join([row.name, *row.terms]), is_member)
        if not lost:
            return {}
        terms = [term for term in row.terms if not lost & set(folded(term))]
        return {"terms": terms, "name": without_words(row.name, lost) or NAMELESS}

    def _clean_given_names(self, topic_ids: set[int]) -> None:
        table = schema.topic_edits
        is_name = table.c.action == TopicAction.NAME.value
        query = sa.select(table).where(is_name, table.c.topic_id.in_(sorted(topic_ids)))
        for edit in self._connection.execute(query).all():
            names = {key: told for key, told in edit.detail.items() if isinstance(told, str)}
            lost = self.lost_words(" ".join(names.values()), _assigned.c.topic_id == edit.topic_id)
            if lost:
                clean = {key: without_words(told, lost) or NAMELESS for key, told in names.items()}
                which = table.c.edit_id == edit.edit_id
                detail = {**edit.detail, **clean}
                self._connection.execute(sa.update(table).where(which).values(detail=detail))

    # Signals

    def clean_signals(self) -> None:
        """Delete signals and alarms that are about comments that went, and quote them."""
        themes = [TEXT_PREFIX + one for one in self._gone.at]
        for table in (_signals, schema.alarms):
            for block in in_blocks(themes):
                self._connection.execute(sa.delete(table).where(table.c.theme.in_(block)))
        query = sa.select(_signals.c.signal_id, _signals.c.comments)
        rows = self._connection.execute(query.where(_signals.c.comments.is_not(None)))
        quoting = [row.signal_id for row in rows if self._gone.at.keys() & set(row.comments)]
        for block in in_blocks(quoting):
            self._connection.execute(sa.delete(_signals).where(_signals.c.signal_id.in_(block)))

    def _clean_sentences(self, theme: str, lost: set[str]) -> None:
        """Take words out of sentences that quote an issue's title."""
        query = sa.select(_signals.c.signal_id, _signals.c.sentence)
        for row in self._connection.execute(query.where(_signals.c.theme == theme)).all():
            which = _signals.c.signal_id == row.signal_id
            told = without_words(row.sentence, lost)
            self._connection.execute(sa.update(_signals).where(which).values(sentence=told))


def _title_without(row: sa.Row[Any], lost: set[str]) -> str:
    """Return an issue's title without some words; what a machine wrote of theme and page stays."""
    title: str = row.title
    if not lost:
        return title
    head = tail = ""
    if row.titled_by is None:
        if row.theme is not None and ": " in title:
            head, _, title = title.partition(": ")
        if title.endswith(")") and " (" in title:
            title, _, tail = title.rpartition(" (")
            tail = f" ({tail}"
    rest = without_words(title, lost)
    if head:
        return (f"{head}: {rest}" if rest else head) + tail
    return (rest or NAMELESS) + tail


def without_words(text: str, words: set[str]) -> str:
    """Return a text without some words (as `folded` gives them) and what they leave behind.

    >>> without_words("Upload, zebedee, photo size", {"zebedee"})
    'Upload, photo size'
    >>> without_words("Zebedee's form: broken", {"zebedee"})
    'Form: broken'
    """
    bare = _TOKEN.sub(lambda one: "" if words & set(folded(one[0])) else one[0], text)
    bare = " ".join(bare.split())
    bare = re.sub(r"\s+([,:;.)])", r"\1", re.sub(r"\(\s*\)", "", bare))
    bare = re.sub(r"([,:;])(?:\s*[,:;])+", r"\1", bare).strip(" ,:;")
    bare = re.sub(r"(^|\s)(['‘“(])\s*[,:;]\s*", r"\1\2", bare)
    return bare[:1].upper() + bare[1:] if text[:1].isupper() else bare
