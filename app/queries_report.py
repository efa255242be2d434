"""SQL of one fault report: what is known of it, what is like it, who may take care of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd
import sqlalchemy as sa

from app.queries import missing_as_none
from app.queries_issues import choose_quotes
from app.queries_triage import WORK_COLUMNS, may_be_shown
from feedback.schema import (
    Decision,
    FaultStatus,
    Role,
    assignments,
    comments,
    fault_triage,
    issues,
    people,
    standing_codes,
)

if TYPE_CHECKING:
    from feedback.store import Store

__all__ = ["Report", "codes_of", "owners", "report", "service_of"]

MAX_OWNERS = 200
MAX_PEOPLE = 2_000
MAX_ALIKE = 60
"""Comments of an issue among which those to show are chosen."""


@dataclass(frozen=True)
class Report:
    """One fault report and what is known of it; ``alike`` are comments that say the same.

    ``facts`` has the columns of `Faults`, and text, language, cluster_id, issue (its title) and
    n_alike (comments of its issue, itself among them).
    """

    facts: dict[str, Any]
    codes: tuple[str, ...]
    alike: tuple[str, ...]


def codes_of(
    store: Store, comment_ids: tuple[str, ...], codes: tuple[str, ...]
) -> dict[str, tuple[str, ...]]:
    """Return the fault codes that count of each of a few comments."""
    kept = standing_codes
    rows = store.read(
        sa.select(kept.c.comment_id, kept.c.code)
        .where(
            kept.c.comment_id.in_(comment_ids),
            kept.c.code.in_(codes),
            kept.c.decision == Decision.ASSIGNED.value,
        )
        .order_by(kept.c.comment_id, kept.c.code)
    )
    return {str(key): tuple(group) for key, group in rows.groupby("comment_id")["code"]}


def report(store: Store, comment_id: str) -> Report | None:
    """Return one report; None where there is none with this id that may be shown."""
    columns = ("comment_id", "submitted_at", "service", "page", "facets", "text", "language")
    rows = store.read(
        sa.select(
            *(comments.c[name] for name in columns),
            *WORK_COLUMNS,
            assignments.c.cluster_id,
            issues.c.title.label("issue"),
            issues.c.n.label("n_alike"),
        )
        .join_from(
            comments, fault_triage, fault_triage.c.comment_id == comments.c.comment_id, isouter=True
        )
        .join(assignments, assignments.c.comment_id == comments.c.comment_id, isouter=True)
        .join(issues, issues.c.cluster_id == assignments.c.cluster_id, isouter=True)
        .where(comments.c.comment_id == comment_id, may_be_shown())
    )
    if rows.empty:
        return None
    facts = missing_as_none(rows).iloc[0].to_dict()
    facts |= {"facets": facts["facets"] or {}, "status": facts["status"] or FaultStatus.OPEN.value}
    facts["at"] = None if pd.isna(facts["at"]) else facts["at"].to_pydatetime()
    given = store.read(
        sa.select(standing_codes.c.code)
        .where(
            standing_codes.c.comment_id == comment_id,
            standing_codes.c.decision == Decision.ASSIGNED.value,
        )
        .order_by(standing_codes.c.code)
    )
    return Report(facts, tuple(given["code"]), _alike(store, facts))


def _alike(store: Store, facts: dict[str, Any]) -> tuple[str, ...]:
    """Return up to three comments of the same issue that may be quoted."""
    if not facts["cluster_id"]:
        return ()
    same = (
        sa.select(assignments.c.comment_id)
        .where(
            assignments.c.cluster_id == facts["cluster_id"],
            assignments.c.comment_id != facts["comment_id"],
        )
        .limit(MAX_ALIKE)
        .subquery()
    )
    rows = store.read(
        sa.select(comments.c.text)
        .where(comments.c.comment_id.in_(sa.select(same)), may_be_shown())
        .order_by(comments.c.submitted_at.desc(), comments.c.comment_id)
    )
    return tuple(text for text in choose_quotes(list(rows["text"])) if text != facts["text"])


def service_of(store: Store, comment_id: str) -> str | None:
    """Return the service of a comment; None where the viewer has no such comment."""
    rows = store.read(sa.select(comments.c.service).where(comments.c.comment_id == comment_id))
    return None if rows.empty else str(rows.iloc[0, 0])


def owners(store: Store, services: tuple[str, ...] | None) -> tuple[str, ...]:
    """Return the people who take care of reports, and those who may, in order of their names.

    Parameters
    ----------
    services
        Those that the viewer sees: of the people who may, those who see one of them; None: all.
    """
    taken = store.read(
        sa.select(fault_triage.c.owner)
        .where(fault_triage.c.owner.is_not(None))
        .distinct()
        .order_by(fault_triage.c.owner)
        .limit(MAX_OWNERS)
    )
    columns = (people.c.email, people.c.roles, people.c.services)
    known = store.read(sa.select(*columns).order_by(people.c.email).limit(MAX_PEOPLE))
    may = [
        row.email
        for row in known.itertuples()
        if Role.TRIAGER.value in (row.roles or []) and _see_the_same(row.services, services)
    ]
    return tuple(sorted({*taken["owner"], *may}))


def _see_the_same(theirs: Sequence[str] | None, services: tuple[str, ...] | None) -> bool:
    """Say whether two people see some service both; None: all of them."""
    if services is None or not isinstance(theirs, list):
        return True
    return not set(theirs).isdisjoint(services)
