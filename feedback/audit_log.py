"""The audit log: lines that are only ever added, each sealed with the one before it.

A line's digest is the SHA-256 of the digest before it and of the line in one fixed form, so that a
line that was altered, removed or put in between no longer fits. The database refuses to change or
remove lines (`feedback.schema.append_only`). Whoever has its password can take that away and make
the whole chain anew; so note its head somewhere else from time to time (`head`): a log that still
holds the head noted then is the same log up to there (`verify`).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

from feedback import schema
from feedback.errors import StoreError

__all__ = ["BEGINNING", "Checked", "Head", "append_lines", "head_of", "line_digest", "verify"]

BEGINNING = "0" * 64
"""What stands for the digest before the first line."""

HEAD_NAME = "audit_head"
BLOCK = 20_000
"""Lines read at a time: some megabytes."""

_table, _meta = schema.audit, schema.meta

_AS_TEXT = (
    _table.c.entry_id,
    sa.type_coerce(_table.c.at, sa.String),
    *(_table.c[name] for name in ("who", "action", "object")),
    sa.cast(_table.c.detail, sa.Text),
    _table.c.digest,
)
"""The log with times and details as text: to make objects of a million takes a minute."""


@dataclass(frozen=True, slots=True)
class Head:
    """The last line of the log: its number, digest and time; no time where there is no line."""

    entry_id: int
    digest: str
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Checked:
    """What a look at the whole chain found.

    Attributes
    ----------
    n_lines
        Lines that fit, from the first.
    wrong_id, wrong_at
        Number and time of the first line that does not fit; None where all fit.
    is_cut_short
        Whether all lines fit, but the last is not the head that the store keeps.
    is_noted_there
        Whether the head that was noted is on the chain; true where none was given.
    """

    n_lines: int
    head: Head
    wrong_id: int | None = None
    wrong_at: datetime | None = None
    is_cut_short: bool = False
    is_noted_there: bool = True

    @property
    def is_sound(self) -> bool:
        """Whether nothing is wrong."""
        return self.wrong_id is None and not self.is_cut_short and self.is_noted_there


def line_digest(
    before: str, entry_id: int, at: str, who: str, action: str, object_: str, detail: Any
) -> str:
    """Return the digest of a line, as 64 hexadecimal digits.

    This form is kept for good: another one would make every log there is look forged.

    Parameters
    ----------
    before
        Digest of the line before it, or `BEGINNING`.
    at
        Its time in UTC to the microsecond, such as ``2026-05-01T09:15:00.000000+00:00``.

    Examples
    --------
    >>> at = "2026-05-01T09:15:00.000000+00:00"
    >>> line_digest(BEGINNING, 1, at, "ann", "export", "comments", {"n": 3})[:16]
    'e45160fe9df0382c'
    """
    line = _FORM.encode([before, entry_id, at, who, action, object_, detail])
    return hashlib.sha256(line.encode("ascii")).hexdigest()


_FORM = json.JSONEncoder(sort_keys=True, ensure_ascii=True, separators=(",", ":"))


def append_lines(connection: sa.Connection, lines: Sequence[Mapping[str, Any]]) -> None:
    """Add lines (at, who, action, object, detail), in the transaction of whoever calls.

    Of two transactions that add lines at once the second waits for the first: a line has one
    successor.

    Raises
    ------
    StoreError
        The store lost the head of its log.
    """
    if not lines:
        return
    head = _head_to_go_on_from(connection)
    rows: list[dict[str, Any]] = []
    for entry_id, line in enumerate(lines, head.entry_id + 1):
        # As it is read again: a number that is a key becomes text, a tuple a list.
        detail = json.loads(json.dumps(line["detail"]))
        told = line["who"], line["action"], line["object"]
        digest = line_digest(
            rows[-1]["digest"] if rows else head.digest, entry_id, _told(line["at"]), *told, detail
        )
        rows.append({**line, "detail": detail, "entry_id": entry_id, "digest": digest})
    connection.execute(sa.insert(_table), rows)
    put_head(connection, Head(rows[-1]["entry_id"], rows[-1]["digest"]))


def put_head(connection: sa.Connection, head: Head) -> None:
    """Write which line is the last one."""
    is_head = _meta.c.name == HEAD_NAME
    value = f"{head.entry_id} {head.digest}"
    connection.execute(sa.update(_meta).where(is_head).values(value=value))


def _head_to_go_on_from(connection: sa.Connection) -> Head:
    """Return the head, which is nobody else's to move until this transaction ends."""
    query = sa.select(_meta.c.value).where(_meta.c.name == HEAD_NAME).with_for_update()
    return _parsed(connection.scalar(query))


def _parsed(value: str | None) -> Head:
    number, _, digest = (value or "").partition(" ")
    if not number.isdecimal() or len(digest) != len(BEGINNING):
        raise StoreError(
            "The store lost the head of its audit log, so that nothing can be added to it. "
            "Restore the store from a backup; 'feedback doctor' looks at it."
        )
    return Head(int(number), digest)


def _told(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="microseconds")


def head_of(connection: sa.Connection) -> Head:
    """Return the head of the log as the store keeps it; line 0 of an empty log is `BEGINNING`.

    Raises
    ------
    StoreError
        The store lost it.
    """
    head = _parsed(connection.scalar(sa.select(_meta.c.value).where(_meta.c.name == HEAD_NAME)))
    at = connection.scalar(sa.select(_table.c.at).where(_table.c.entry_id == head.entry_id))
    return Head(head.entry_id, head.digest, at)


def verify(connection: sa.Connection, noted: str = "") -> Checked:
    """Go through the whole log, in blocks, and say whether it is as it was written.

    Parameters
    ----------
    noted
        Digest of a head that was noted earlier.
    """
    head = head_of(connection)
    wanted = {head.digest, noted or head.digest} - {BEGINNING}
    n_lines, last = 0, BEGINNING
    for *line, kept in _lines(connection):
        digest = line_digest(last, *line)
        if digest != kept:
            wrong_at = datetime.fromisoformat(line[1])
            return Checked(n_lines, head, line[0], wrong_at, is_noted_there=noted not in wanted)
        wanted.discard(digest)
        n_lines, last = n_lines + 1, digest
    return Checked(
        n_lines,
        head,
        is_cut_short=head.digest != last,
        is_noted_there=noted not in wanted,
    )


def _lines(connection: sa.Connection) -> Iterator[tuple[Any, ...]]:
    """Yield the log in its order: number, time as told, who, action, object, detail, digest."""
    query = sa.select(*_AS_TEXT).order_by(_table.c.entry_id)
    rows = connection.execute(query.execution_options(yield_per=BLOCK))
    for number, at, who, action, about, detail, digest in rows:
        told = None if detail is None else json.loads(detail)
        yield number, _time_told(str(at)), who, action, about, told, digest


def _time_told(at: str) -> str:
    """Return a time in UTC as `line_digest` wants it; databases leave out what is zero."""
    return f"{at[:10]}T{at[11:26] if len(at) in _WITH_FRACTION else at[11:19] + '.000000'}+00:00"


_WITH_FRACTION = (26, 32)
"""Characters of a time to the microsecond, without its zone and with it."""
