"""What is counted and not modelled: empty answers, repeats, tests, gibberish, spam."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

import sqlalchemy as sa

from app.wording import counted
from feedback.schema import EMPTY_LABEL, Decision, comments, standing_codes

if TYPE_CHECKING:
    from feedback.store import Store

__all__ = ["MAX_READ", "NothingCounts", "count_nothing", "nothing_line"]

MAX_READ = 20_000
"""Newest comments without anything to code whose kind is looked at."""


@dataclass(frozen=True)
class NothingCounts:
    """Comments that hold nothing to code, and repeats.

    ``kinds`` counts those that are not empty by `classifiers.nothing.Nothing`, among the newest
    `MAX_READ` of the ``n_none`` coded so; ``other`` are coded so by the model or a person alone.
    """

    n_comments: int
    n_empty: int
    n_repeats: int
    n_none: int
    kinds: dict[str, int]

    @property
    def n_other(self) -> int:
        """Return how many are coded so without being of a kind."""
        return min(self.n_none, MAX_READ) - sum(self.kinds.values())


def count_nothing(store: Store) -> NothingCounts:
    """Return the counts over the whole store."""
    from classifiers.nothing import kind_of_nothing

    row = store.read(
        sa.select(
            sa.func.count().label("n"),
            sa.func.sum(sa.case((comments.c.is_empty, 1), else_=0)).label("n_empty"),
            sa.func.count(comments.c.duplicate_of).label("n_repeats"),
        )
    ).iloc[0]
    given = standing_codes.c
    joined = standing_codes.join(comments, comments.c.comment_id == given.comment_id)
    said = (
        sa.select(sa.func.count().label("n"))
        .select_from(joined)
        .where(
            given.code == EMPTY_LABEL,
            given.decision == Decision.ASSIGNED.value,
            sa.not_(comments.c.is_empty),
        )
    )
    n_none = store.read(said)["n"].iloc[0]
    newest = said.with_only_columns(comments.c.text).order_by(given.submitted_at.desc())
    texts = store.read(newest.limit(MAX_READ))["text"]
    kinds = Counter(str(kind) for text in texts if (kind := kind_of_nothing(text)))
    return NothingCounts(
        n_comments=int(row["n"]),
        n_empty=int(row["n_empty"] or 0),
        n_repeats=int(row["n_repeats"]),
        n_none=int(n_none),
        kinds=dict(sorted(kinds.items())),
    )


def nothing_line(store: Store) -> str:
    """Return the counts as a line for a person."""
    found = count_nothing(store)
    if not found.n_comments:
        return "no comments yet"
    kinds = [f"{n:,} {kind}" for kind, n in found.kinds.items()]
    if found.n_other:
        kinds.append(f"{found.n_other:,} of no such kind")
    newest = f" (of the newest {MAX_READ:,})" if found.n_none > MAX_READ else ""
    split = f": {', '.join(kinds)}{newest}" if kinds else ""
    return (
        f"of {counted(found.n_comments, 'comment')}, {found.n_empty:,} empty, "
        f"{found.n_repeats:,} like an earlier one, {found.n_none:,} with nothing to code{split}"
    )
