"""What changed since last week, as sentences: comments, answers, themes, issues, statuses."""

from __future__ import annotations

from typing import Any

from app.names import place_name
from app.queries_overview import Overview
from app.tell import change_of_week
from app.tell_issues import STATUSES
from app.tell_overview import SCALES
from app.trends import Change, change_of_means, change_of_shares, false_discoveries
from app.wording import TOO_FEW, code_label, counted, percent
from feedback.intervals import MIN_RESPONSES
from topics.intervals import fisher_p

__all__ = ["Sentence", "week_changes"]

Sentence = tuple[str, str]
"""What changed, and the figures behind it."""

THEMES_TOLD = 3
"""Themes told that rose, and as many that fell."""
ISSUES_TOLD = 3


def week_changes(found: Overview) -> list[Sentence]:
    """Return what changed in the last 7 days against the 7 before, what matters most first."""
    return [
        _comments(found),
        *_themes(found),
        _new_issues(found),
        _statuses(found),
        *(_answers(found, name) for name in SCALES),
        _completing(found),
    ]


def _comments(found: Overview) -> Sentence:
    before, week = (found.counted.n("comments", span) for span in found.weeks)
    return (
        f"{counted(week, 'comment')}, {change_of_week(week, before)}.",
        f"{found.weeks[1].told()}: {week:,}; {found.weeks[0].told()}: {before:,}.",
    )


def _themes(found: Overview) -> list[Sentence]:
    """Return the themes whose share of the comments changed clearly, largest changes first."""
    base_before, base = (found.counted.n("comments", span) for span in found.weeks)
    if min(base_before, base) < MIN_RESPONSES:
        return [(f"Themes: {TOO_FEW}.", "Each week needs 5 comments or more.")]
    rows = list(found.week_themes.itertuples())
    stands = false_discoveries([fisher_p(r.n, base, r.n_before, base_before) for r in rows])
    clear = [row for row, is_clear in zip(rows, stands, strict=True) if is_clear]
    if not clear:
        return [
            (
                "No theme clearly rose or fell.",
                f"{counted(len(rows), 'theme')} compared; clear: at most 1 in 20 of the changes "
                "called so is chance.",
            )
        ]
    changes = [(change_of_shares((r.n_before, base_before), (r.n, base)), r) for r in clear]
    changes.sort(key=lambda pair: -abs(pair[0].difference))
    risen = [pair for pair in changes if pair[0].difference > 0][:THEMES_TOLD]
    fallen = [pair for pair in changes if pair[0].difference < 0][:THEMES_TOLD]
    return [_theme(change, row, base_before, base) for change, row in (*risen, *fallen)]


def _theme(change: Change, row: Any, base_before: int, base: int) -> Sentence:
    word = "more" if change.difference > 0 else "less"
    return (
        f"{code_label(row.code)} {word} often: {percent(row.n / base)} of comments, "
        f"{percent(row.n_before / base_before)} the week before.",
        f"{row.n:,} of {base:,} against {row.n_before:,} of {base_before:,}; {change.told()}.",
    )


def _new_issues(found: Overview) -> Sentence:
    if not found.n_new_issues:
        return "No new issue.", "No group of like comments began in the last 7 days."
    largest = found.new_issues.head(ISSUES_TOLD)
    told = "; ".join(
        f"{row.title} ({counted(int(row.n), 'comment')}, {place_name(row.service, row.page)})"
        for row in largest.itertuples()
    )
    rest = found.n_new_issues - len(largest)
    more = f"; and {counted(rest, 'more', 'more')}" if rest else ""
    return f"{counted(found.n_new_issues, 'new issue')}.", f"{told}{more}."


def _statuses(found: Overview) -> Sentence:
    changes = found.status_changes
    if not changes:
        return "No issue changed its status.", "As people set it in the last 7 days."
    told = "; ".join(
        f"{change.title}: {STATUSES.get(change.status, change.status).lower()}"
        for change in changes[:ISSUES_TOLD]
    )
    rest = len(changes) - ISSUES_TOLD
    more = f"; and {rest} more" if rest > 0 else ""
    return f"{counted(len(changes), 'issue')} changed status.", f"{told}{more}."


def _answers(found: Overview, name: str) -> Sentence:
    before, week = (found.counted.answers(name, span) for span in found.weeks)
    change = change_of_means(before, week)
    label = SCALES[name]
    bases = f"{counted(week.n, 'answer')} this week, {before.n:,} the week before"
    if not change.is_known:
        return f"{label}: {TOO_FEW}.", f"{bases}."
    return (
        f"{label} {_moved(change)}: {week.mean:.1f} of 5, {before.mean:.1f} the week before.",
        f"{bases}; {change.told()}.",
    )


def _completing(found: Overview) -> Sentence:
    before, week = (found.counted.completing(span) for span in found.weeks)
    change = change_of_shares(before, week)
    bases = f"{counted(week[1], 'answer')} this week, {before[1]:,} the week before"
    if not change.is_known:
        return f"Share completing: {TOO_FEW}.", f"{bases}."
    return (
        f"Share completing {_moved(change)}: {percent(week[0] / week[1])}, "
        f"{percent(before[0] / before[1])} the week before.",
        f"{bases}; {change.told()}.",
    )


def _moved(change: Change) -> str:
    """Return how a figure moved, in words."""
    words = {1: "rose", -1: "fell", 0: "did not clearly change"}
    return words[change.direction]
