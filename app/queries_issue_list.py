"""SQL of the list of issues."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd
import sqlalchemy as sa

from app.queries import ENDED, missing_as_none
from feedback.schema import IssueStatus, issues

if TYPE_CHECKING:
    from feedback.store import Store

__all__ = ["ISSUES_A_PAGE", "SORTS", "IssueList", "Listing", "issue_list", "issue_owners"]

ISSUES_A_PAGE = 20
MAX_OWNERS = 200
SORTS = ("comments", "latest", "newest", "oldest", "title")


@dataclass(frozen=True)
class Listing:
    """What the list of issues is narrowed to and how it is sorted; None lets everything through."""

    service: str | None = None
    status: str | None = None
    owner: str | None = None
    sort: str = SORTS[0]
    number: int = 1


@dataclass(frozen=True)
class IssueList:
    """One page of the list of issues, and how many there are."""

    issues: pd.DataFrame
    n_issues: int


def issue_list(store: Store, listing: Listing) -> IssueList:
    """Return issues that are open, or in the status chosen."""
    wanted: list[sa.ColumnElement[bool]] = [issues.c.merged_into.is_(None)]
    if listing.service is not None:
        wanted.append(issues.c.service == listing.service)
    if listing.owner is not None:
        wanted.append(
            issues.c.owner == listing.owner if listing.owner else issues.c.owner.is_(None)
        )
    is_open = issues.c.status.not_in(ENDED)
    wanted.append(is_open if listing.status is None else issues.c.status == listing.status)
    shown = [c for c in issues.c if c.name not in ("centroid", "undo", "arranged_at", "quotes")]
    frame = store.read(
        sa.select(*shown, sa.func.count().over().label("n_all"))
        .where(*wanted)
        .order_by(*_ORDERS[listing.sort], issues.c.cluster_id)
        .limit(ISSUES_A_PAGE)
        .offset(ISSUES_A_PAGE * (listing.number - 1))
    )
    n_all = int(frame["n_all"].iloc[0]) if len(frame) else 0
    return IssueList(missing_as_none(frame.drop(columns="n_all")), n_all)


_IS_SMALL = sa.case((issues.c.status == IssueStatus.PROVISIONAL.value, 1), else_=0)
_ORDERS: dict[str, Sequence[sa.ColumnElement[Any]]] = {
    "comments": (_IS_SMALL, issues.c.n.desc(), issues.c.last_seen.desc()),
    "latest": (issues.c.last_seen.desc(),),
    "newest": (issues.c.first_seen.desc(),),
    "oldest": (issues.c.first_seen,),
    "title": (issues.c.title,),
}


def issue_owners(store: Store) -> list[str]:
    """Return who takes care of issues."""
    query = sa.select(issues.c.owner).where(issues.c.owner.is_not(None)).distinct()
    return store.read(query.order_by(issues.c.owner).limit(MAX_OWNERS))["owner"].tolist()
