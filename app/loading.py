"""Load the parts of a backfill as the command line asks for it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from feedback.load import LoadSummary
    from feedback.settings import Settings
    from feedback.store import Store

__all__ = ["load_backfill", "load_text"]


def load_backfill(
    settings: Settings,
    store: Store,
    place: str,
    *,
    progress: Callable[[int], None] | None = None,
) -> LoadSummary:
    """Put the parts in a folder or at a URL into the store."""
    from feedback.load import load_parts
    from feedback.store import utc_now

    return load_parts(store, place, settings=settings, now=utc_now, progress=progress)


def load_text(summary: LoadSummary) -> str:
    """Return what happened, for a person."""
    from feedback.erased import left_out_told

    lines = [
        f"{summary.n_parts:,} parts, {summary.n_comments:,} comments: {summary.n_new:,} are new in "
        f"the store, {summary.n_known:,} were there."
    ]
    if summary.n_erased:
        lines.append(left_out_told(summary.n_erased))
    if summary.n_uncoded:
        lines.append(f"{summary.n_uncoded:,} came without codes: 'feedback run' tries them again.")
    lines.append("Topics, issues and signals follow with 'feedback run'.")
    return "\n".join(lines)
