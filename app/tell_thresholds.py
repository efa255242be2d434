"""What a budget of false alarms asks of an alert, and what would become of the signals that stand.

The look at counts and the look for novel complaints (`topics.lookout`, `topics.scan`) have no
threshold on the q-value. Each finding has a number of false findings to expect that are as strong;
times the looks that a week amounts to, it must be within that kind's share of the budget. The
figures here are made from the same constants.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from app.wording import counted, number
from feedback.schema import TEXT_PREFIX, SignalKind, SignalLevel

__all__ = [
    "BUDGETS",
    "KINDS",
    "Evidence",
    "alerts_at",
    "answer",
    "budget_table",
    "evidence_needed",
    "evidence_points",
]

BUDGETS = (0.25, 0.5, 1.0, 2.0, 5.0)
"""False alarms a week that a team can compare."""

NOVEL = "novel"
KINDS = {
    SignalKind.BURST.value: "Burst",
    SignalKind.DRIFT.value: "Slow growth",
    SignalKind.QUIET.value: "Page gone quiet",
    NOVEL: "Novel complaint",
}
HOURS_A_DAY = 24
DAYS_A_WEEK = 7.0


@dataclass(frozen=True)
class Evidence:
    """What an alert of one kind needs.

    ``most_false``: of findings as strong, chance may give so many at one look over all that is
    watched. ``max_p``: and its own p-value is at most this. ``per_week``: the kind's share of the
    budget, in false alarms a week.
    """

    most_false: float
    max_p: float
    per_week: float


def evidence_needed(budget: float) -> dict[str, Evidence]:
    """Return what an alert of each kind needs at a budget of false alarms a week."""
    from topics.lookout import BUDGET_SHARES, LOOKS_PER_WEEK, MAX_P
    from topics.scan import MAX_P as NOVEL_MAX_P
    from topics.scan import STANDS_DAYS
    from topics.scan_store import SCAN_BUDGET_SHARE

    of_counts = (1 - SCAN_BUDGET_SHARE) * budget
    needed = {
        kind.value: Evidence(
            of_counts * BUDGET_SHARES[kind] / LOOKS_PER_WEEK[HOURS_A_DAY][kind],
            MAX_P[SignalLevel.ALERT],
            of_counts * BUDGET_SHARES[kind],
        )
        for kind in SignalKind
    }
    # A novel complaint is looked for among the comments of the last days, not of a week.
    share = SCAN_BUDGET_SHARE * budget
    most = share * STANDS_DAYS / DAYS_A_WEEK
    return {**needed, NOVEL: Evidence(most, NOVEL_MAX_P[SignalLevel.ALERT], share)}


def alerts_at(signals: pd.DataFrame, budget: float, in_force: float) -> tuple[int, int]:
    """Return how many of the signals that stand would be alerts, at least and at most.

    A q-value is the number of false findings over the rank, made to fall with the rank. So the rank
    times it is no more than that number, and the same of the last signal with that q-value no less.
    Whether the p-value of what is now to watch is low enough is not on record: below the budget in
    force nothing rises, above it what is to watch may.

    Parameters
    ----------
    signals
        As from `app.queries_settings.signals_now`.
    in_force
        The budget by which they were found.
    """
    if signals.empty:
        return 0, 0
    needed = evidence_needed(budget)
    is_novel = signals["theme"].str.startswith(TEXT_PREFIX)
    frame = signals.assign(kind=signals["kind"].mask(is_novel, NOVEL))
    frame = frame.sort_values("q_value", kind="stable")
    rank = frame.groupby("kind").cumcount() + 1
    last = rank.groupby([frame["kind"], frame["q_value"]]).transform("max")
    most = frame["kind"].map({kind: one.most_false for kind, one in needed.items()})
    surely, perhaps = last * frame["q_value"] <= most, rank * frame["q_value"] <= most
    is_alert = frame["level"] == SignalLevel.ALERT.value
    if budget == in_force:
        return int(is_alert.sum()), int(is_alert.sum())
    if budget < in_force:
        return int((is_alert & surely).sum()), int((is_alert & perhaps).sum())
    return int(is_alert.sum()), int((is_alert | perhaps).sum())


def budget_table(signals: pd.DataFrame | None, in_force: float) -> pd.DataFrame:
    """Return a row for each budget: what alerts need, and how many of the signals would be some.

    Parameters
    ----------
    signals
        All that stand. Ranks among some of them say nothing: then None, and no such column.
    """
    rows = []
    for budget in sorted({*BUDGETS, in_force}):
        needed = evidence_needed(budget)
        row = {
            "False alarms a week": f"{budget:g}{' (in force)' if budget == in_force else ''}",
            "So one about every": _every(budget),
        }
        row |= {name: f"{needed[kind].most_false:.2g}" for kind, name in KINDS.items()}
        if signals is not None:
            row["Alerts now"] = _range(*alerts_at(signals, budget, in_force))
        rows.append(row)
    return pd.DataFrame(rows)


def answer(signals: pd.DataFrame, in_force: float) -> str:
    """Return the page's answer about alerts as a sentence."""
    n = int((signals["level"] == SignalLevel.ALERT.value).sum())
    n_watch = len(signals) - n
    now = f"now {counted(n, 'alert')} and {counted(n_watch, 'signal')} to watch"
    return f"{_accepted(in_force)}; {now}."


def _accepted(budget: float) -> str:
    """Return a budget in words."""
    return f"{budget:g} false {'alarm' if budget == 1 else 'alarms'} a week accepted"


def _every(budget: float) -> str:
    days = DAYS_A_WEEK / budget
    if days >= 2 * DAYS_A_WEEK:
        return f"{number(days / DAYS_A_WEEK)} weeks".replace(".0 ", " ")
    return "week" if days == DAYS_A_WEEK else f"{number(days)} days".replace(".0 ", " ")


def _range(low: int, high: int) -> str:
    return str(low) if low == high else f"{low} to {high}"


def evidence_points(budget: float) -> Sequence[tuple[str, str]]:
    """Return what an alert needs at a budget, a sentence a kind, each with what it comes to."""
    return [
        (
            f"{KINDS[kind]}: an alert when chance alone gives at most {one.most_false:.2g} "
            "findings as strong at one look over everything watched, and its p-value is at most "
            f"{one.max_p:g}.",
            f"So about one false alert of this kind every {_every(one.per_week)}.",
        )
        for kind, one in evidence_needed(budget).items()
    ]
