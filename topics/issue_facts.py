"""What is known of an issue cluster: how much, since when, how usual, for whom, on what.

Figures stand with their base and interval, or are left out where there are too few to say. Nothing
here holds words of a comment: facets are told only where their values come from a list of ours.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import pandas as pd

from feedback.intervals import MIN_RESPONSES, share_interval
from topics.counts import is_double_submission
from topics.intervals import dispersion_of_counts, mean_difference, rate_ratio
from topics.skew import known_values, strongest_skews

__all__ = ["FACT_COLUMNS", "TOLD_FACETS", "issue_facts"]

RECENT = timedelta(days=7)
BASELINE = timedelta(days=84)
MIN_BASELINE = timedelta(days=14)
"""With less of a past nobody can say what is usual."""

TOLD_FACETS = (
    "status_code",
    "action",
    "browser",
    "browser_working",
    "operating_system",
    "device",
    "assistive_technology",
    "file_type",
    "connection",
    "impact",
)
"""Facets whose values are ours. Error messages and codes, steps and the like are left out: they
repeat what a person wrote."""
MAX_VALUES = 3
MIN_FACET = 2
"""Comments that give a value before it is told: one person's says little."""

FACT_COLUMNS = (
    "comment_id",
    "response_id",
    "service",
    "page",
    "submitted_at",
    "n_characters",
    "duplicate_of",
    "is_empty",
    "facets",
)
"""What is needed of each comment."""


def issue_facts(
    comments: pd.DataFrame,
    responses: pd.DataFrame,
    assignments: pd.DataFrame,
    *,
    as_of: datetime,
    withheld: Collection[str] = (),
) -> dict[str, dict[str, Any]]:
    """Return the facts of each cluster, ready for JSON.

    Parameters
    ----------
    comments
        `FACT_COLUMNS` of all comments on the clusters' services, reaching back at least 91 days
        where there are any. Empty ones, double submissions and what came later are not counted.
    responses
        ``response_id``, ``satisfaction``, ``browser`` and ``device`` of these comments' responses.
    assignments
        ``comment_id`` and ``cluster_id``. A cluster is on the page that most of its comments are.
    withheld
        Comments that may be about safeguarding: counted, and nothing of what they say is told.

    Returns
    -------
    dict
        By cluster id; a cluster without a comment that counts is left out. ``n``, ``first_seen``,
        ``last_seen`` (ISO 8601); ``recent``: reports of the last 7 days, how many are ``usual`` and
        the rate ratio with its 95% interval, None with less than two weeks of a past;
        ``share``: of the page's comments since it was first seen; ``satisfaction``: the mean of its
        responses less that of the page's others (of twelve weeks or more), None with fewer than
        five answers on either side;
        ``skews``: see `topics.skew`; ``facets``: most frequent values with their counts.
    """
    counted = comments[~comments["is_empty"].astype(bool) & (comments["submitted_at"] <= as_of)]
    counted = counted[~is_double_submission(counted)]
    place = counted.assign(page=counted["page"].fillna("")).groupby(["service", "page"]).ngroup()
    counted = counted.assign(place=place)
    rows = counted.merge(assignments[["comment_id", "cluster_id"]], on="comment_id", how="left")
    answers = responses.drop_duplicates("response_id").set_index("response_id")
    places = rows.groupby("place").groups
    began = rows.groupby("service")["submitted_at"].transform("min")
    facts = {}
    for cluster_id, members in rows.dropna(subset=["cluster_id"]).groupby("cluster_id"):
        at_place = rows.loc[places[members["place"].mode().iloc[0]]]
        others = _others(members, at_place, as_of)
        facts[str(cluster_id)] = {
            "as_of": _iso(as_of),
            "n": len(members),
            "first_seen": _iso(members["submitted_at"].min()),
            "last_seen": _iso(members["submitted_at"].max()),
            "recent": _recent(members, as_of, began[at_place.index].min()),
            "share": _share(members, at_place),
            "satisfaction": _satisfaction(members, others, answers),
            "skews": _skews(members, others, answers, withheld),
            "facets": _facets(members, withheld),
        }
    return facts


def _iso(at: datetime) -> str:
    return at.isoformat(timespec="seconds")


def _recent(members: pd.DataFrame, as_of: datetime, began: datetime) -> dict[str, Any]:
    """Return the last week against the whole days before it on which its service was watched."""
    at = members["submitted_at"]
    week = as_of - RECENT
    n_days = int(min(week - began, BASELINE) / timedelta(days=1))
    n = int((at > week).sum())
    told: dict[str, Any] = {"n": n, "days": RECENT.days, "usual": None, "rate_ratio": None}
    if n_days < MIN_BASELINE.days:
        return told | {"low": None, "high": None}
    past = at[(at > week - timedelta(days=n_days)) & (at <= week)]
    ago = (pd.TimedeltaIndex(week - past) // pd.Timedelta(days=1)).to_numpy(dtype="int64")
    inflation = dispersion_of_counts(np.bincount(ago, minlength=n_days))
    ratio, low, high = rate_ratio(n, RECENT.days, len(past), n_days, inflation=inflation)
    return told | {
        "usual": round(len(past) / n_days * RECENT.days, 3),
        "rate_ratio": _finite(ratio),
        "low": _finite(low),
        "high": _finite(high),
    }


def _finite(value: float) -> float | None:
    """Return a figure for JSON, which knows no infinity."""
    return round(value, 4) if np.isfinite(value) else None


def _share(members: pd.DataFrame, at_place: pd.DataFrame) -> dict[str, Any]:
    since = at_place[at_place["submitted_at"] >= members["submitted_at"].min()]
    n = int(since["comment_id"].isin(members["comment_id"]).sum())
    share, low, high = (round(figure, 4) for figure in share_interval(n, len(since)))
    return {"n": n, "base": len(since), "share": share, "low": low, "high": high}


def _others(members: pd.DataFrame, at_place: pd.DataFrame, as_of: datetime) -> pd.DataFrame:
    """Return comments of the page's other responses: of twelve weeks, or since it was first seen.

    A response with a comment in the cluster is not among them, whatever else it said.
    """
    since = min(members["submitted_at"].min(), pd.Timestamp(as_of - BASELINE))
    is_own = at_place["response_id"].isin(members["response_id"])
    others: pd.DataFrame = at_place[~is_own & (at_place["submitted_at"] >= since)]
    return others


def _satisfaction(
    members: pd.DataFrame, others: pd.DataFrame, answers: pd.DataFrame
) -> dict[str, Any]:
    here, elsewhere = (
        answers["satisfaction"].reindex(side["response_id"].unique()).dropna().to_numpy(float)
        for side in (members, others)
    )
    told: dict[str, Any] = {"n": len(here), "n_others": len(elsewhere)}
    if min(len(here), len(elsewhere)) < MIN_RESPONSES:
        return told | {"mean": None, "difference": None, "low": None, "high": None}
    difference, low, high = (round(figure, 4) for figure in mean_difference(here, elsewhere))
    mean = round(float(here.mean()), 4)
    return told | {"mean": mean, "difference": difference, "low": low, "high": high}


def _skews(
    members: pd.DataFrame, others: pd.DataFrame, answers: pd.DataFrame, withheld: Collection[str]
) -> list[dict[str, Any]]:
    here, elsewhere = (
        {kind: known_values(kind, side, answers, withheld) for kind in ("browser", "device")}
        for side in (members, others)
    )
    return strongest_skews(here, elsewhere)


def _facets(members: pd.DataFrame, withheld: Collection[str]) -> dict[str, dict[str, int]]:
    """Return the most frequent values of each facet; one comment counts once for a value."""
    told = members.loc[~members["comment_id"].isin(list(withheld)), "facets"]
    counts: dict[str, Counter[str]] = {facet: Counter() for facet in TOLD_FACETS}
    for facets in told:
        if isinstance(facets, dict):
            for facet, values in counts.items():
                values.update(dict.fromkeys(_values(facets.get(facet)), 1))
    return {
        facet: dict(often)
        for facet, values in counts.items()
        if (often := [pair for pair in _ranked(values) if pair[1] >= MIN_FACET][:MAX_VALUES])
    }


def _ranked(values: Counter[str]) -> list[tuple[str, int]]:
    return sorted(values.items(), key=lambda pair: (-pair[1], pair[0]))


def _values(told: Any) -> Iterator[str]:
    if told is not None:
        yield from (str(one) for one in (told if isinstance(told, list) else [told]))
