"""Which responses were erased: what comes in later of one of them is left out.

An erased response leaves its id behind, a keyed hash that tells nothing without the store's key, so
that a file that still holds it does not bring it back. `feedback.writes.append` keeps it out
whoever asks; what is here lets those who bring feedback in say so.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import sqlalchemy as sa

from feedback import schema
from feedback.writes import in_blocks

if TYPE_CHECKING:
    from feedback.store import Store

__all__ = ["erased_ids", "left_out_told"]

_table = schema.erased_responses


def erased_ids(store: Store, response_ids: Sequence[str]) -> set[str]:
    """Return which of the responses were erased."""
    found: set[str] = set()
    for block in in_blocks(list(dict.fromkeys(response_ids))):
        query = sa.select(_table.c.response_id).where(_table.c.response_id.in_(block))
        found.update(store.read(query)["response_id"])
    return found


def left_out_told(n_comments: int) -> str:
    """Return what is said of comments that were left out.

    >>> left_out_told(1)
    '1 comment was left out: its response was erased from the store on request.'
    """
    if n_comments == 1:
        return "1 comment was left out: its response was erased from the store on request."
    return (
        f"{n_comments:,} comments were left out: their responses were erased from the store on "
        "request."
    )
