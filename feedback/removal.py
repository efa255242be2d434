"""Take words out of what is stored, after a person saw that redaction had missed them.

What is taken out must be gone: from the text, from comments with the very same text, from what was
worked out from it (facets, vectors, fingerprints, titles), and from the pages of the database file
that held it. The audit log tells who did it and to which comment, never which words.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from feedback import schema, search_index, standing
from feedback.decisions import write_audit
from feedback.duplicates import NO_KEY, band_keys, exact_hash
from feedback.errors import StoreError
from feedback.placeholders import PLACEHOLDER
from feedback.schema import CommentState, Entity
from feedback.writes import execute_each, insert_new

__all__ = ["Removal", "remove_words", "replace_words"]

RECOGNISER = "person"
"""Recogniser of a span that somebody found by reading."""

Piece = tuple[int, int, int]
"""Start and end of what was replaced, and where its replacement starts."""


@dataclass(frozen=True, slots=True)
class Removal:
    """How many mentions were replaced, in how many comments."""

    n_mentions: int
    n_comments: int


def replace_words(text: str, words: Sequence[str], put_in: str) -> tuple[str, list[Piece]]:
    """Return the text with each mention of the words replaced, and where that was.

    Case and white space do not count. Words inside longer ones count only where they stand nowhere
    by themselves; what is a placeholder already stays.

    >>> replace_words("Ann rang, then ANN left Annual", ["ann"], "[PERSON]")
    ('[PERSON] rang, then [PERSON] left Annual', [(0, 3, 0), (15, 18, 20)])
    """
    matches = _matches(text, words, is_whole=True) or _matches(text, words, is_whole=False)
    parts: list[str] = []
    pieces: list[Piece] = []
    at = length = 0
    for match in matches:
        between = text[at : match.start()]
        pieces.append((match.start(), match.end(), length + len(between)))
        parts += (between, put_in)
        length += len(between) + len(put_in)
        at = match.end()
    return "".join((*parts, text[at:])), pieces


def _matches(text: str, words: Sequence[str], *, is_whole: bool) -> list[re.Match[str]]:
    pattern = _pattern(words, is_whole=is_whole)
    if pattern is None:
        return []
    taken = [match.span() for match in PLACEHOLDER.finditer(text)]
    return [
        match
        for match in pattern.finditer(text)
        if not any(start < match.end() and match.start() < end for start, end in taken)
    ]


def _pattern(words: Sequence[str], *, is_whole: bool) -> re.Pattern[str] | None:
    found = []
    for one in sorted({" ".join(word.split()) for word in words}, key=len, reverse=True):
        if not one:
            continue
        body = r"\s+".join(map(re.escape, one.split()))
        left = r"(?<!\w)" if is_whole and re.match(r"\w", one) else ""
        right = r"(?!\w)" if is_whole and re.search(r"\w\Z", one) else ""
        found.append(f"{left}{body}{right}")
    return re.compile("|".join(found), re.IGNORECASE) if found else None


def remove_words(
    connection: sa.Connection,
    comment_id: str,
    words: Sequence[str],
    entity: Entity,
    put_in: str,
    who: str,
    now: datetime,
) -> Removal:
    """Replace words in a comment and in those with the same text; all wait to be coded again.

    Nothing is changed where the words do not stand in the comment.

    Raises
    ------
    StoreError
        There is no such comment.
    """
    if connection.dialect.name == "sqlite":
        # Else the old text would lie on in free pages of the file until they are used again.
        connection.exec_driver_sql("PRAGMA secure_delete=ON")
    table = schema.comments
    row = connection.execute(sa.select(table).where(table.c.comment_id == comment_id)).first()
    if row is None:
        raise StoreError("The comment to take words out of is not in the store.")
    text, pieces = replace_words(row.text, words, put_in)
    if not pieces:
        return Removal(0, 0)
    same = sa.select(table).where(table.c.text_hash == row.text_hash, table.c.text == row.text)
    rows = connection.execute(same).all()
    search_index.forget(connection, [one.comment_id for one in rows])
    search_index.purge(connection)
    for one in rows:
        _rewrite(connection, one, text, words, put_in)
        _move_spans(connection, one.comment_id, pieces, entity, len(put_in))
    vectors = schema.embeddings
    connection.execute(sa.delete(vectors).where(vectors.c.text_hash == row.text_hash))
    ids = [one.comment_id for one in rows]
    standing.renew(connection, ids)
    _clean_names(connection, ids, words, put_in)
    detail = {"entity": entity.value, "n_mentions": len(pieces), "n_comments": len(ids)}
    write_audit(connection, now, who, "remove words", f"comment {comment_id}", detail)
    return Removal(len(pieces) * len(ids), len(ids))


def _rewrite(
    connection: sa.Connection, row: sa.Row[Any], text: str, words: Sequence[str], put_in: str
) -> None:
    """Write a comment's new text and forget what followed from the old one."""
    extra = row.extra and {
        name: replace_words(value, words, put_in)[0] if isinstance(value, str) else value
        for name, value in row.extra.items()
    }
    table, bands = schema.comments, schema.fingerprints
    connection.execute(
        sa.update(table)
        .where(table.c.comment_id == row.comment_id)
        .values(
            text=text,
            n_characters=len(text),
            text_hash=exact_hash(text),
            extra=extra,
            sentiment=None,
            facets=None,
            state=CommentState.RECEIVED.value,
            claimed_by=None,
            claimed_at=None,
            n_attempts=0,
            failure=None,
        )
    )
    connection.execute(sa.delete(bands).where(bands.c.comment_id == row.comment_id))
    if row.duplicate_of is None and not row.is_empty:
        keys = enumerate(band_keys([text])[0].tolist())
        found = [
            {"comment_id": row.comment_id, "band": band, "key": key}
            for band, key in keys
            if key != NO_KEY
        ]
        insert_new(connection, bands, found)


def _move_spans(
    connection: sa.Connection,
    comment_id: str,
    pieces: Sequence[Piece],
    entity: Entity,
    n_put_in: int,
) -> None:
    """Write the spans of a comment anew: the old ones moved, and one for each mention."""
    table = schema.spans
    of_comment = table.c.comment_id == comment_id
    rows: list[dict[str, Any]] = []
    for span in connection.execute(sa.select(table).where(of_comment)):
        shift = sum(n_put_in - (end - start) for start, end, _ in pieces if end <= span.start)
        old = dict(span._mapping)
        rows.append({**old, "start": span.start + shift, "end": span.end + shift})
    new = {"comment_id": comment_id, "entity": entity.value, "recogniser": RECOGNISER}
    rows += [
        {**new, "start": at, "end": at + n_put_in, "score": 1.0, "number": None, "marks": None}
        for _, _, at in pieces
    ]
    connection.execute(sa.delete(table).where(of_comment))
    execute_each(connection, sa.insert(table), rows)


def _clean_names(
    connection: sa.Connection, comment_ids: Sequence[str], words: Sequence[str], put_in: str
) -> None:
    """Take the words out of titles and terms made from groups that the comments belong to."""
    assigned, topics, issues = schema.assignments, schema.topics, schema.issues
    groups = connection.execute(
        sa.select(assigned.c.topic_id, assigned.c.cluster_id).where(
            assigned.c.comment_id.in_(comment_ids)
        )
    ).all()

    def clean(text: str) -> str:
        pattern = _pattern(words, is_whole=True)
        return text if pattern is None else pattern.sub(lambda _: put_in, text)

    for cluster in connection.execute(
        sa.select(issues.c.cluster_id, issues.c.title, issues.c.undo).where(
            issues.c.cluster_id.in_([group.cluster_id for group in groups if group.cluster_id])
        )
    ).all():
        former = (cluster.undo or {}).get("before", {}).get("title") or ""
        if clean(former) != former:  # a title that an undo would bring back
            of_cluster = issues.c.cluster_id == cluster.cluster_id
            connection.execute(sa.update(issues).where(of_cluster).values(undo=None))
        title = _fitted(issues.c.title, clean(cluster.title))
        if title != cluster.title:
            of_cluster = issues.c.cluster_id == cluster.cluster_id
            connection.execute(sa.update(issues).where(of_cluster).values(title=title))
            _clean_signals(connection, cluster.cluster_id, clean)
    for topic in connection.execute(
        sa.select(topics).where(
            sa.or_(
                topics.c.named_by.is_not(None),
                topics.c.topic_id.in_(
                    [group.topic_id for group in groups if group.topic_id is not None]
                ),
            )
        )
    ).all():
        name = _fitted(topics.c.name, clean(topic.name))
        terms = [term for term in topic.terms if clean(term) == term]
        if (name, terms) != (topic.name, topic.terms):
            of_topic = sa.and_(
                topics.c.topic_id == topic.topic_id, topics.c.model_version == topic.model_version
            )
            connection.execute(sa.update(topics).where(of_topic).values(name=name, terms=terms))
    _clean_given_names(connection, clean)


def _clean_given_names(connection: sa.Connection, clean: Any) -> None:
    """Take the words out of names that people gave to topics: every fit gives those again."""
    table = schema.topic_edits
    is_name = table.c.action == schema.TopicAction.NAME.value
    for edit in connection.execute(sa.select(table).where(is_name)).all():
        detail = {key: clean(told) if told else told for key, told in edit.detail.items()}
        if detail != edit.detail:
            of_edit = table.c.edit_id == edit.edit_id
            connection.execute(sa.update(table).where(of_edit).values(detail=detail))


def _clean_signals(connection: sa.Connection, cluster_id: str, clean: Any) -> None:
    """Take the words out of the sentences that quote an issue's title."""
    table = schema.signals
    found = connection.execute(
        sa.select(table.c.signal_id, table.c.sentence).where(
            table.c.theme == f"cluster:{cluster_id}"
        )
    ).all()
    for signal in found:
        sentence = _fitted(table.c.sentence, clean(signal.sentence))
        of_signal = table.c.signal_id == signal.signal_id
        connection.execute(sa.update(table).where(of_signal).values(sentence=sentence))


def _fitted(column: sa.Column[str], text: str) -> str:
    return text[: getattr(column.type, "length", None)]
