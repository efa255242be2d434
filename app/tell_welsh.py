"""The queue "Needs a Welsh speaker" in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.wording import counted, day

if TYPE_CHECKING:
    from app.queries_comments import FoundComments
    from app.queries_welsh import WelshCounts

__all__ = ["DRAW", "welsh_answer", "welsh_line", "welsh_note"]

DRAW = "feedback code-next --welsh --out SHEET.csv"
"""The command that brings these comments to somebody who reads them."""


def welsh_line(counts: WelshCounts) -> str:
    """Return the queue's size as a line for a person, with what is left out of it."""
    if not counts.n_waiting:
        return f"no comment needs a Welsh speaker{_left_out(counts)}"
    told = f"{counted(counts.n_waiting, 'comment')} in Welsh with codes that are unsure"
    if counts.oldest_at is not None:
        told += f", the oldest of {day(counts.oldest_at)}"
    if counts.n_on_sheet:
        told += f", {counts.n_on_sheet:,} on a sheet that has not come back"
    return f"{told}{_left_out(counts)}; draw them with: {DRAW}"


def _left_out(counts: WelshCounts) -> str:
    n = counts.n_safeguarding
    return f"; {n:,} more in Welsh may be about safeguarding, so not among these" if n else ""


def welsh_answer(found: FoundComments) -> str:
    """Return how many of the comments shown need a Welsh speaker."""
    n = counted(found.n_found, "comment")
    needs = "needs" if found.n_found == 1 else "need"
    return f"{'More than ' if found.is_capped else ''}{n} {needs} a Welsh speaker"


def welsh_note(here: WelshCounts, everywhere: WelshCounts) -> str:
    """Return what the page says below that: what unsure means, what is not shown, what to do.

    Parameters
    ----------
    here, everywhere
        Counts for the page's service, page and period, and for the whole store.
    """
    told = [
        "In Welsh, with no code assigned or with one for review, and not coded by a person yet."
    ]
    if elsewhere := everywhere.n_waiting - here.n_waiting:
        told.append(f"{elsewhere:,} more at other dates or places.")
    if here.n_safeguarding:
        told.append(
            f"{counted(here.n_safeguarding, 'comment')} in Welsh that may be about safeguarding "
            f"{'is' if here.n_safeguarding == 1 else 'are'} not among them, but for people "
            "trained to read them."
        )
    told.append(f"Draw them for a Welsh speaker to code with: {DRAW}")
    return " ".join(told)
