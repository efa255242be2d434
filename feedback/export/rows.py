"""Coded comments out of the store, page by page, so that memory stays flat."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from feedback.coding import winning_codings
from feedback.schema import (
    IS_ENRICHED,
    Decision,
    assignments,
    codings,
    comments,
    issues,
    responses,
    topics,
)
from feedback.standing import is_safeguarded

if TYPE_CHECKING:
    from feedback.store import Store

__all__ = ["EXPORT_COLUMNS", "WITHHELD", "ExportFilters", "count_comments", "iter_comments"]

WITHHELD = "[withheld: may be about safeguarding]"
"""Stands in an export for words that are for a trained person alone."""

PAGE_ROWS = 5_000
"""Comments read at a time; well under SQLite's limit of bound values in one statement."""

EXPORT_COLUMNS: dict[str, str] = {
    "comment_id": "Stable id of the comment",
    "response_id": "Stable id of the response; answers of one person share it",
    "source": "Where the comment came from",
    "service": "Service the comment is about",
    "page": "Page of the service; empty for a survey about the whole service",
    "question": "Survey question that was answered",
    "submitted_at": "When it was sent, UTC",
    "language": "Language: en, cy, other or unknown",
    "is_empty": "True where the answer says nothing, such as n/a",
    "duplicate_of": "Id of an earlier comment with the same or nearly the same text",
    "text": "The comment with personal data replaced by placeholders",
    "codes": "Codes assigned; a person's coding wins over the machine's",
    "codes_for_review": "Codes the machine suggests for a person to check",
    "coded_by": "Who assigned the codes: rule, model or person",
    "sentiment": "Tone: positive, neutral, negative or mixed",
    "topic_id": "Topic number; -1 fits no topic",
    "topic": "Topic name",
    "cluster_id": "Id of the issue cluster",
    "issue": "Title of the issue cluster",
    "facets": "What a fault report says of error, device, browser and action, as JSON",
    "satisfaction": "Satisfaction, 1 (low) to 5 (high)",
    "effort": "Ease, 1 (hard) to 5 (easy)",
    "help_needed": "True where the person needed help",
    "completed": "True where the person finished what they came to do",
    "device": "Device",
    "browser": "Browser",
    "region": "Region",
    "extra": "Other fields of the source, personal data replaced, as JSON",
}
"""Columns of the export with what each means, in order."""


@dataclass(frozen=True)
class ExportFilters:
    """Which comments to export; None lets everything through. ``end`` is exclusive."""

    service: str | None = None
    page: str | None = None
    start: datetime | None = None
    end: datetime | None = None
    code: str | None = None
    language: str | None = None

    def describe(self) -> dict[str, str]:
        """Return the filters in force, as text."""
        given = {name: value for name, value in asdict(self).items() if value is not None}
        return {
            name: value.isoformat() if isinstance(value, datetime) else str(value)
            for name, value in given.items()
        }

    def conditions(self) -> list[sa.ColumnElement[bool]]:
        """Return the filters as conditions on ``comments``."""
        equal = {
            comments.c.service: self.service,
            comments.c.page: self.page,
            comments.c.language: self.language,
        }
        found = [column == value for column, value in equal.items() if value is not None]
        if self.start is not None:
            found.append(comments.c.submitted_at >= self.start)
        if self.end is not None:
            found.append(comments.c.submitted_at < self.end)
        if self.code is not None:
            assigned = sa.select(codings.c.comment_id).where(
                codings.c.code == self.code, codings.c.decision == Decision.ASSIGNED
            )
            found.append(comments.c.comment_id.in_(assigned))
        return found


def count_comments(store: Store, filters: ExportFilters) -> int:
    """Return how many comments pass the filters (before a person's coding is weighed)."""
    select = sa.select(sa.func.count()).select_from(comments).where(*filters.conditions())
    return int(store.read(select).to_numpy()[0, 0])


def iter_comments(
    store: Store, filters: ExportFilters, *, with_safeguarding: bool = True
) -> Iterator[list[dict[str, Any]]]:
    """Yield pages of at most `PAGE_ROWS` records with the keys of `EXPORT_COLUMNS`.

    Ordered by time of sending, then id, so that two exports of one store are the same.

    Parameters
    ----------
    with_safeguarding
        Give the words of comments that may be about safeguarding, and of those that are not coded
        yet and might be. Without it `WITHHELD` stands for them.
    """
    last: tuple[datetime, str] | None = None
    while True:
        frame = store.read(_page_select(filters, last))
        if frame.empty:
            return
        tail = frame.iloc[-1]
        last = (tail["submitted_at"].to_pydatetime(), tail["comment_id"])
        coded = _codes_of(store, frame["comment_id"].tolist())
        rows: list[dict[str, Any]] = frame.to_dict("records")  # type: ignore[assignment]
        if not with_safeguarding:
            _withhold(store, rows)
        records = [_record(row, coded) for row in rows]
        if filters.code is not None:
            records = [row for row in records if filters.code in row["codes"].split("; ")]
        if records:
            yield records


def _withhold(store: Store, rows: list[dict[str, Any]]) -> None:
    """Take the words out of comments that nobody but a trained person may read."""
    ids = [row["comment_id"] for row in rows]
    may_be = sa.or_(sa.not_(IS_ENRICHED), is_safeguarded())
    found = store.read(
        sa.select(comments.c.comment_id).where(comments.c.comment_id.in_(ids), may_be)
    )
    withheld = set(found["comment_id"])
    for row in rows:
        if row["comment_id"] in withheld:
            row |= {"text": WITHHELD, "facets": None, "extra": None}


def _page_select(filters: ExportFilters, last: tuple[datetime, str] | None) -> sa.Select[Any]:
    """Select the page after ``last``."""
    wanted: list[sa.ColumnElement[Any]] = [
        comments.c[name] for name in EXPORT_COLUMNS if name in comments.c
    ]
    from_responses = ("satisfaction", "effort", "help_needed", "completed")
    wanted += [responses.c[name] for name in (*from_responses, "device", "browser", "region")]
    wanted += [assignments.c.topic_id, assignments.c.cluster_id]
    wanted += [topics.c.name.label("topic"), issues.c.title.label("issue")]
    topic = sa.and_(
        topics.c.topic_id == assignments.c.topic_id,
        topics.c.model_version == assignments.c.model_version,
    )
    source = (
        comments.outerjoin(responses, responses.c.response_id == comments.c.response_id)
        .outerjoin(assignments, assignments.c.comment_id == comments.c.comment_id)
        .outerjoin(topics, topic)
        .outerjoin(issues, issues.c.cluster_id == assignments.c.cluster_id)
    )
    select = sa.select(*wanted).select_from(source).where(*filters.conditions())
    if last is not None:
        at, comment_id = last
        later = sa.and_(comments.c.submitted_at == at, comments.c.comment_id > comment_id)
        select = select.where(sa.or_(comments.c.submitted_at > at, later))
    return select.order_by(comments.c.submitted_at, comments.c.comment_id).limit(PAGE_ROWS)


def _codes_of(store: Store, comment_ids: Sequence[str]) -> dict[str, dict[str, str]]:
    """Return codes, codes for review and coder's kind for each comment that has codings."""
    frame = store.read(sa.select(codings).where(codings.c.comment_id.in_(comment_ids)))
    if frame.empty:
        return {}
    counted = winning_codings(frame).sort_values("code", kind="stable")
    names = ("comment_id", "code", "decision", "origin")
    # A loop over rows: a frame for each comment takes a hundred times as long.
    by_comment: dict[str, list[tuple[str, str, str]]] = {}
    for comment_id, *told in zip(*(counted[name] for name in names), strict=True):
        by_comment.setdefault(str(comment_id), []).append((told[0], told[1], told[2]))
    return {comment_id: _join_codes(rows) for comment_id, rows in by_comment.items()}


def _join_codes(rows: Sequence[tuple[str, str, str]]) -> dict[str, str]:
    """Fold the codings of one comment (code, decision, origin), by code, into three cells."""
    assigned = [row for row in rows if row[1] == Decision.ASSIGNED]
    review = [row for row in rows if row[1] == Decision.REVIEW]
    return {
        "codes": "; ".join(dict.fromkeys(code for code, _, _ in assigned)),
        "codes_for_review": "; ".join(dict.fromkeys(code for code, _, _ in review)),
        "coded_by": "; ".join(sorted({origin for _, _, origin in assigned})),
    }


def _record(row: dict[str, Any], coded: dict[str, dict[str, str]]) -> dict[str, Any]:
    """Put one row into the order and types of `EXPORT_COLUMNS`."""
    empty = {"codes": "", "codes_for_review": "", "coded_by": ""}
    row |= coded.get(row["comment_id"], empty)
    for name in ("facets", "extra"):
        row[name] = json.dumps(row[name], ensure_ascii=False) if row[name] else ""
    return {name: _cell(row[name]) for name in EXPORT_COLUMNS}


def _cell(value: Any) -> Any:
    """Return None for what pandas uses where there is nothing (NaN, NaT, NA)."""
    return None if value is None or value != value else value
