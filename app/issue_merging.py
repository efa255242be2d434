"""Merge two issues because a person says that they are one."""

from __future__ import annotations

import getpass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from feedback.store import Store

__all__ = ["merge_two"]


def merge_two(store: Store, gone: str, into: str) -> str:
    """Put the comments and decisions of one issue into another; return a sentence that says so.

    Parameters
    ----------
    gone, into
        Whole ids.

    Raises
    ------
    StoreError
        One is not in the store or was merged already, or they are of different pages.
    """
    from feedback.merging import merge_by_person

    with store.changing() as connection:
        merge_by_person(connection, gone, into, datetime.now(UTC), who=getpass.getuser())
    return f"Issue {gone} is now part of issue {into}. Its row stays and leads there."
