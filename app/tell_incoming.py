"""Sentences and tables of the page Quality: what comes in, what is missing, what did not go in."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from app.charts import Telling
from app.names import language_name, service_name
from app.wording import TOO_FEW, ago, code_label, counted, day, percent, share_range
from feedback.intervals import MIN_RESPONSES
from feedback.schema import Language
from feedback.text_drift import ALPHA, MIN_WEEKS, adjusted, mean_drift, mix_drift

if TYPE_CHECKING:
    from app.filters import Filters
    from app.queries_processing import Processing, Rejected
    from app.queries_quality import Incoming, Weeks
    from feedback.text_drift import Drift

__all__ = [
    "Changed",
    "about_answers",
    "about_languages",
    "changes",
    "changes_table",
    "drift_note",
    "drift_sentence",
    "missing_table",
    "processing_points",
    "rejects_sentence",
    "rejects_table",
    "versions_told",
]


@dataclass(frozen=True)
class Changed:
    """One measure of the text that comes in: its drift, Holm's p value, and what moved most."""

    name: str
    drift: Drift
    p_value: float
    moved: str

    @property
    def is_changed(self) -> bool:
        """Whether the change is told."""
        return self.p_value < ALPHA


def changes(found: Incoming) -> list[Changed]:
    """Return each measure of the last week against the weeks before it."""
    coded = np.array([found.n_coded, found.n_without], dtype=float).T
    with_and_without = np.stack([coded[:, 0] - coded[:, 1], coded[:, 1]], axis=1).clip(min=0)
    mixes: dict[str, tuple[np.ndarray, Sequence[str]]] = {
        "Codes given": (found.codes.to_numpy(), [code_label(c) for c in found.codes]),
        "Language": (found.languages.to_numpy(), [language_name(c) for c in found.languages]),
        "Length": (found.lengths.to_numpy(), [f"{c} characters" for c in found.lengths]),
        "Comments without a code": (with_and_without, ["with a code", "without a code"]),
    }
    drifts: list[tuple[str, Drift, str]] = []
    for name, (table, labels) in mixes.items():
        drift = mix_drift(table)
        drifts.append((name, drift, _moved(drift, labels)))
    confidence = mean_drift(found.confidence, found.n_confidence)
    drifts.append(("The machine's confidence, mean", confidence, _moved(confidence, ["mean"])))
    held = adjusted([drift.p_value for _, drift, _ in drifts])
    return [
        Changed(name, drift, p_value, moved)
        for (name, drift, moved), p_value in zip(drifts, held, strict=True)
    ]


def _moved(drift: Drift, labels: Sequence[str]) -> str:
    """Return what moved most, such as "Welsh: 4% to 12%"."""
    if drift.is_too_few or not drift.pull:
        return "–"
    most = int(np.argmax(drift.pull))
    return f"{labels[most]}: {_share(drift.before[most])} to {_share(drift.now[most])}"


def _share(share: float) -> str:
    return f"{share:.1%}" if share < 0.1 else percent(share)


def drift_sentence(changed: Sequence[Changed]) -> str:
    """Return in plain English whether the text that comes in has changed."""
    told = [one for one in changed if one.is_changed]
    if all(one.drift.is_too_few for one in changed):
        return "Whether the text that comes in has changed: too few comments to say."
    if not told:
        return "The text that comes in has not changed more than it usually does from week to week."
    told.sort(key=lambda one: one.p_value)
    parts = [f"{one.name.lower()} ({one.moved})" for one in told]
    return f"The text that comes in has changed: {'; '.join(parts)}."


def drift_note(found: Incoming) -> str:
    """Return what is compared, and how often nothing is told as a change."""
    first, last = found.starts[-1], found.starts[-1] + timedelta(days=6)
    return (
        f"{day(first)} to {day(last)}, {counted(found.n_comments[-1], 'comment')}, against the "
        f"{len(found.starts) - 1} weeks before it. A change is told where weeks that do not change "
        f"differ so much in one look of {round(1 / ALPHA)}. A busy story changes the text as well: "
        "look at Emerging issues. Where it changed for other reasons, code a new sample: the "
        "figures above may not hold any more."
    )


def changes_table(changed: Sequence[Changed]) -> pd.DataFrame:
    """Return a row for each measure: how far, how far usually, how likely by chance."""
    return pd.DataFrame(
        [
            {
                "Measure": one.name,
                "Changed": _changed(one),
                "Moved most": one.moved,
                "Distance": _distance(one.drift.distance),
                "Weeks before": (
                    f"{_distance(one.drift.usual[0])} to {_distance(one.drift.usual[1])}"
                    if not math.isnan(one.drift.usual[0])
                    else "–"
                ),
                "Chance of it": _chance(one.p_value),
                "Weeks compared": one.drift.n_weeks,
            }
            for one in changed
        ]
    )


def _changed(one: Changed) -> str:
    if one.drift.is_too_few:
        return f"{TOO_FEW} (under {MIN_WEEKS} weeks)" if one.drift.n_weeks < MIN_WEEKS else TOO_FEW
    return "yes" if one.is_changed else "no"


def _distance(value: float) -> str:
    return "–" if math.isnan(value) else f"{value:.3f}"


def _chance(p_value: float) -> str:
    if math.isnan(p_value):
        return "–"
    return "less than 0.1%" if p_value < 0.001 else f"{p_value:.1%}"


# What is missing


def about_languages(found: Weeks, filters: Filters) -> tuple[pd.DataFrame, Telling] | None:
    """Return the shares of languages other than English by week, with words; None without weeks."""
    long = found.languages
    if long.empty or not long["n"].sum():
        return None
    totals = long.groupby("week")["n"].sum()
    others = long[long["value"] != Language.ENGLISH.value]
    if others.empty:
        return None
    frame = others.assign(
        series=[language_name(value) for value in others["value"]],
        n_of=others["week"].map(totals),
    )[["series", "week", "n", "n_of"]]
    n_english = int(long.loc[long["value"] == Language.ENGLISH.value, "n"].sum())
    share = n_english / int(totals.sum())
    headline = f"{percent(share)} of comments are in English"
    place = service_name(filters.service) if filters.service else "all services"
    subtitle = (
        f"Comments in other languages, share a week, {place}, {day(filters.first_day)} to "
        f"{day(filters.last_day)}. Not clear: too short to tell, or empty."
    )
    top = percent(float((frame["n"] / frame["n_of"]).max()))
    return frame, Telling(headline, subtitle, f"Line chart of languages by week, 0% to {top}")


ANSWERS = {
    "n_satisfaction": "Satisfaction",
    "n_effort": "Ease",
    "n_completed": "Whether they finished",
    "n_help_needed": "Whether they needed help",
}


def about_answers(found: Weeks, filters: Filters) -> tuple[pd.DataFrame, Telling] | None:
    """Return the share of responses that lack each answer, by week; None without responses."""
    table = found.table
    if table.empty or not table["n_responses"].sum():
        return None
    weeks = pd.to_datetime(table["start"])
    frame = pd.concat(
        [
            pd.DataFrame(
                {
                    "series": label,
                    "week": weeks,
                    "n": table["n_responses"] - table[name],
                    "n_of": table["n_responses"],
                }
            )
            for name, label in ANSWERS.items()
        ],
        ignore_index=True,
    )
    lacking = frame.groupby("series", sort=False)[["n", "n_of"]].sum()
    shares = lacking["n"] / lacking["n_of"]
    most = str(shares.idxmax())
    headline = f"{percent(float(shares.max()))} of responses lack an answer on {most.lower()}"
    place = service_name(filters.service) if filters.service else "all services"
    subtitle = (
        f"Responses without each answer, share a week, {place}, {day(filters.first_day)} to "
        f"{day(filters.last_day)}. In-page reports ask for none of them."
    )
    alt = f"Line chart of missing answers by week, {percent(float(shares.max()))} at most overall"
    return frame, Telling(headline, subtitle, alt)


def missing_table(found: Weeks) -> pd.DataFrame:
    """Return what comments lack, a row a week, the latest first."""
    rows = [
        {
            "Week beginning": day(row["start"]),
            "Comments": int(row["n_comments"]),
            "Empty answers": share_range(int(row["no_text"]), int(row["n_comments"])),
            "No page": share_range(int(row["no_page"]), int(row["n_comments"])),
            "No question": share_range(int(row["no_question"]), int(row["n_comments"])),
            "Responses": int(row["n_responses"]),
            **{
                f"No answer: {label.lower()}": share_range(
                    int(row["n_responses"] - row[name]), int(row["n_responses"])
                )
                for name, label in ANSWERS.items()
            },
        }
        for row in found.table.iloc[::-1].to_dict("records")
    ]
    return pd.DataFrame(rows)


# What did not go in, and what waits


def rejects_sentence(found: Rejected) -> str:
    """Return how many rows were rejected, of how many."""
    if not found.n_rows:
        return "No row was read in this period."
    share = percent(found.n_rejected / found.n_rows) if found.n_rows >= MIN_RESPONSES else TOO_FEW
    return f"{found.n_rejected:,} of {counted(found.n_rows, 'row')} rejected ({share})"


KINDS = {"ingest": "File", "serve": "HTTP"}


def rejects_table(found: Rejected) -> pd.DataFrame:
    """Return rejected rows by week, source and reason, the latest week first."""
    rows = found.rows
    return pd.DataFrame(
        {
            "Week beginning": rows["week"].dt.strftime("%d/%m/%Y"),
            "Source": [source or "not recorded" for source in rows["source"]],
            "By": [KINDS.get(kind, kind) for kind in rows["kind"]],
            "Reason": rows["reason"],
            "Stage": rows["stage"],
            "Rows": rows["n"],
        }
    )


def processing_points(found: Processing) -> list[tuple[str, str]]:
    """Return where the work on comments stands, each with a note."""
    points = [
        (
            f"{counted(found.n_waiting, 'comment')} waiting to be coded",
            "Code them with: feedback run" if found.n_waiting else "Nothing waits.",
        ),
        (f"{counted(found.n_failed, 'comment')} failed", _failures(found)),
    ]
    held = int(found.claims["n"].sum())
    oldest = None if found.claims.empty else found.claims["oldest_at"].min().to_pydatetime()
    note = (
        f"By {counted(len(found.claims), 'worker')}, the oldest claimed {ago(oldest)}."
        if oldest is not None
        else "No worker holds a comment."
    )
    return [*points, (f"{counted(held, 'comment')} claimed by workers now", note)]


def versions_told(found: Processing) -> list[tuple[str, str]]:
    """Return the versions in use; a hash is cut, since a narrow screen cannot break it."""
    return [
        (name, " ".join(word if len(word) <= 24 else f"{word[:16]}…" for word in version.split()))
        for name, version in found.versions
    ]


def _failures(found: Processing) -> str:
    if found.failures.empty:
        return "No comment was set aside."
    told = "; ".join(
        f"{reason if isinstance(reason, str) else 'reason not recorded'}: {n:,}"
        for reason, n in zip(found.failures["reason"], found.failures["n"], strict=True)
    )
    return f"{told}. They stay in the store, without codes. See: feedback doctor"
