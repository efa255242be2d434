"""What people say about a source of feedback as administrative data.

The four practice areas are those of the quality assurance of administrative data: "Administrative
Data Quality Assurance Toolkit", UK Statistics Authority, 2015. What a source covers and whom it
misses, and what was asked, stand beside them: it is what a reader of feedback needs to know first.
The store tells the rest (`app.queries_sources`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

import sqlalchemy as sa

from feedback import schema
from feedback.decisions import write_audit
from feedback.errors import ChangedMeanwhileError, StoreError
from feedback.writes import insert_new

__all__ = [
    "FIELDS",
    "MAX_CHARACTERS",
    "Field",
    "Statement",
    "save_statement",
    "statements_known",
]

MAX_CHARACTERS = 4_000
"""Of one field: about a page and a half."""

SAVED = "source statement"
"""Action in the audit log."""


@dataclass(frozen=True, slots=True)
class Field:
    """One thing that only people know: its practice area, its name and what to write."""

    name: str
    area: str
    label: str
    hint: str


COVERAGE = "What it covers"
CONTEXT = "Operational context and collection"
COMMUNICATION = "Communication with data suppliers"
SUPPLIER = "Quality assurance by the supplier"
PRODUCER = "Our own quality assurance"

FIELDS = (
    Field("covers", COVERAGE, "Who can answer", "Whose feedback this is, and about what."),
    Field(
        "misses",
        COVERAGE,
        "Whom it misses",
        "Who never sees the question or cannot answer it: paper, telephone, gave up before, "
        "another language, assistive technology.",
    ),
    Field(
        "not_for",
        COVERAGE,
        "What it must not be used for",
        "Such as the share of all users who are satisfied, or comparing services.",
    ),
    Field("purpose", CONTEXT, "Why it is collected", "What for, and who decides about it."),
    Field(
        "collection",
        CONTEXT,
        "How it is collected",
        "Where, when and to whom the question is shown, in which languages, and how it gets here.",
    ),
    Field("questions", CONTEXT, "Questions asked", "Word for word, with the answers offered."),
    Field(
        "changes",
        CONTEXT,
        "Changes of wording or place",
        "What changed and when, as DD/MM/YYYY: figures before and after may not compare.",
    ),
    Field(
        "supplier",
        COMMUNICATION,
        "Who supplies it",
        "The organisation and team, and how they are reached. No names of people.",
    ),
    Field(
        "agreement",
        COMMUNICATION,
        "What is agreed with them",
        "What they deliver and when, and how they tell of changes and faults.",
    ),
    Field(
        "supplier_checks",
        SUPPLIER,
        "What the supplier checks",
        "Checks before it reaches us, and what is known of their results.",
    ),
    Field(
        "own_checks",
        PRODUCER,
        "What we check",
        "Checks of ours beyond those that the store makes by itself, and how often.",
    ),
    Field(
        "known_faults",
        PRODUCER,
        "Known faults",
        "Gaps, double counting, spam, tests: when, how many, what was done.",
    ),
)
"""In the order of the statement."""

_NAMES = frozenset(one.name for one in FIELDS)


@dataclass(frozen=True, slots=True)
class Statement:
    """What people told about a source so far, by the names of `FIELDS`; who did last, and when."""

    source: str
    told: Mapping[str, str] = field(default_factory=dict)
    who: str = ""
    at: datetime | None = None

    @property
    def n_told(self) -> int:
        """How many fields are told."""
        return sum(1 for one in FIELDS if self.told.get(one.name))


def statements_known() -> sa.Select[tuple[object, ...]]:
    """Return the query of all statements."""
    table = schema.source_statements
    return sa.select(*table.c).order_by(table.c.source)


def save_statement(
    connection: sa.Connection,
    source: str,
    shown: Mapping[str, str],
    told: Mapping[str, str],
    who: str,
    now: datetime,
) -> tuple[str, ...]:
    """Write what a person changed about a source, and return the names of those fields.

    What another person told in other fields meanwhile stays as they told it.

    Parameters
    ----------
    shown, told
        The fields as the person was shown them, and as they left them. Redacted: this is no place
        where personal data is taken out.

    Raises
    ------
    ChangedMeanwhileError
        Another person changed a field that this one changed, otherwise; nothing was written.
    StoreError
        A field is unknown or too long.
    """
    changed = {
        name: text.strip()
        for name, text in told.items()
        if text.strip() != shown.get(name, "").strip()
    }
    unknown = sorted(set(changed) - _NAMES)
    if unknown:
        raise StoreError(f"A statement has no field {', '.join(unknown)}.")
    too_long = [name for name, text in changed.items() if len(text) > MAX_CHARACTERS]
    if too_long:
        raise StoreError(
            f"A field holds at most {MAX_CHARACTERS:,} characters; longer: {_labels(too_long)}."
        )
    if not changed:
        return ()
    table = schema.source_statements
    # The row is made first and locked, so that two people at once come one after the other.
    empty = {"source": source, "statement": {}, "who": who, "at": now}
    insert_new(connection, table, [empty])
    locked = sa.select(table.c.statement).where(table.c.source == source).with_for_update()
    current: dict[str, str] = dict(connection.execute(locked).scalar_one())
    lost = [
        name
        for name, text in changed.items()
        if current.get(name, "") not in (shown.get(name, "").strip(), text)
    ]
    if lost:
        raise ChangedMeanwhileError(
            f"Somebody else changed this meanwhile: {_labels(lost)}. Nothing was saved; look at "
            "what they wrote, then save again."
        )
    new = {**current, **changed}
    statement = {one.name: new[one.name] for one in FIELDS if new.get(one.name)}
    connection.execute(
        sa.update(table)
        .where(table.c.source == source)
        .values(statement=statement, who=who, at=now)
    )
    detail = {"fields": sorted(changed), "before": {n: current.get(n, "") for n in sorted(changed)}}
    write_audit(connection, now, who, SAVED, f"source {source}", detail)
    return tuple(sorted(changed))


def _labels(names: list[str]) -> str:
    return ", ".join(one.label for one in FIELDS if one.name in names)
