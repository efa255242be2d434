"""What is known of an issue cluster: how much, since when, how usual, for whom, on what.

Figures stand with their base and interval, or are left out where there are too few to say. Nothing
here holds words of a comment: facets are told only where their values come from a list of ours.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import pandas as pd

from feedback.intervals import MIN_RESPONSES, share_interval
from topics.counts import COUNTED_COLUMNS, is_double_submission
from topics.intervals import dispersion_of_counts, is_discovery, mean_difference, rate_ratio
from topics.page_comments import PageComments, facet_values, known_of_responses
from topics.skew import strongest_skews

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

SHARE_FALSE = 0.05
"""Share of false claims among the gaps in satisfaction, and among the skews, of all issues."""

FACT_COLUMNS = (*COUNTED_COLUMNS, "response_id", "facets")
"""What is needed of each comment."""


def issue_facts(
    comments: pd.DataFrame,
    responses: pd.DataFrame,
    assignments: pd.DataFrame,
    *,
    as_of: datetime,
    withheld: Collection[str] = (),
    watched_since: Mapping[str, datetime] | None = None,
    others: Collection[Mapping[str, Any]] = (),
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
    watched_since
        When each service's first comment came, where ``comments`` are not all of a service.
    others
        Facts of issues that are not among these: with more issues, more differ by chance.

    Returns
    -------
    dict
        By cluster id; a cluster without a comment that counts is left out. ``n``, ``first_seen``,
        ``last_seen`` (ISO 8601); ``recent``: reports of the last 7 days, how many are ``usual`` and
        the rate ratio with its 95% interval, None with less than two weeks of a past;
        ``share``: of the page's comments since it was first seen; ``satisfaction``: the mean of its
        responses less that of the page's others (of twelve weeks or more), None with fewer than
        five answers on either side, ``is_clear`` where it hardly is chance;
        ``skews``: see `topics.skew`; ``facets``: most frequent values with their counts.
    """
    counted = comments[~comments["is_empty"].astype(bool) & (comments["submitted_at"] <= as_of)]
    counted = counted[~is_double_submission(counted)]
    clusters = assignments.dropna(subset=["cluster_id"]).set_index("comment_id")["cluster_id"]
    rows = counted.assign(
        page=counted["page"].fillna(""), cluster=counted["comment_id"].map(clusters)
    )
    known = known_of_responses(rows, responses, withheld)
    began = rows.groupby("service")["submitted_at"].min().to_dict() | dict(watched_since or {})
    facts: dict[str, dict[str, Any]] = {}
    for _, at_page in rows.groupby(["service", "page"], sort=False):
        page = PageComments.of(at_page, known, withheld)
        first = pd.Timestamp(began[at_page["service"].iloc[0]])
        for cluster_id in sorted(at_page["cluster"].dropna().unique()):
            told = _facts(page, page.cluster == cluster_id, as_of, first)
            if cluster_id not in facts or facts[cluster_id]["n"] < told["n"]:
                facts[str(cluster_id)] = told
    _keep_discoveries(list(facts.values()), others)
    return facts


def _keep_discoveries(facts: list[dict[str, Any]], others: Collection[Mapping[str, Any]]) -> None:
    """Say which gaps are clear, and drop skews that so many issues would show by chance.

    With two hundred issues, ten have a "significant" browser where none stands out.
    """
    gaps = [told["satisfaction"] for told in facts if told["satisfaction"]["p_value"] is not None]
    if gaps:
        theirs = [told["satisfaction"]["p_value"] for told in others]
        p_values = [gap["p_value"] for gap in gaps] + [p for p in theirs if p is not None]
        are_clear = is_discovery(np.array(p_values), SHARE_FALSE)
        for gap, is_clear in zip(gaps, are_clear, strict=False):
            gap["is_clear"] = bool(is_clear)
    if facts:
        every = [*facts, *others]
        least = [min((one["p_value"] for one in told["skews"]), default=1.0) for told in every]
        for told, is_told in zip(facts, is_discovery(np.array(least), SHARE_FALSE), strict=False):
            told["skews"] = [
                one | {"p_value": float(f"{one['p_value']:.2g}")}
                for one in told["skews"]
                if is_told
            ]


def _facts(
    page: PageComments, is_own: np.ndarray, as_of: datetime, began: pd.Timestamp
) -> dict[str, Any]:
    at = page.at[is_own]
    here = page.answered(is_own)
    # Others of twelve weeks, or since it was first seen: their answers and browsers change slowly.
    since = min(at.min(), _microseconds(as_of - BASELINE))
    is_other = ~np.isin(page.response, page.response[here]) & (page.at >= since)
    others = page.answered(is_other)
    return {
        "as_of": _iso(as_of),
        "n": len(at),
        "first_seen": _iso(pd.Timestamp(at.min(), unit="us", tz="UTC")),
        "last_seen": _iso(pd.Timestamp(at.max(), unit="us", tz="UTC")),
        "recent": _recent(at, _microseconds(as_of), _microseconds(began)),
        "share": _share(len(at), int((page.at >= at.min()).sum())),
        "satisfaction": _satisfaction(page.satisfaction[here], page.satisfaction[others]),
        "skews": strongest_skews(page.counts(here), page.counts(others)),
        "facets": _facets(page.facets[is_own]),
    }


def _iso(at: datetime) -> str:
    return at.isoformat(timespec="seconds")


def _microseconds(at: datetime) -> int:
    return int(pd.Timestamp(at).value // 1_000)


def _recent(at: np.ndarray, as_of: int, began: int) -> dict[str, Any]:
    """Return the last week against the whole days before it on which its service was watched."""
    week = as_of - RECENT.days * _DAY
    n_days = min((week - began) // _DAY, BASELINE.days)
    n = int((at > week).sum())
    told: dict[str, Any] = {"n": n, "days": RECENT.days, "usual": None, "rate_ratio": None}
    if n_days < MIN_BASELINE.days:
        return told | {"low": None, "high": None}
    past = at[(at > week - n_days * _DAY) & (at <= week)]
    inflation = dispersion_of_counts(np.bincount((week - past) // _DAY, minlength=n_days))
    ratio, low, high = rate_ratio(n, RECENT.days, len(past), n_days, inflation=inflation)
    return told | {
        "usual": round(len(past) / n_days * RECENT.days, 3),
        "rate_ratio": _finite(ratio),
        "low": _finite(low),
        "high": _finite(high),
    }


_DAY = 24 * 60 * 60 * 1_000_000


def _finite(value: float) -> float | None:
    """Return a figure for JSON, which knows no infinity."""
    return round(value, 4) if np.isfinite(value) else None


def _share(n: int, base: int) -> dict[str, Any]:
    share, low, high = (round(figure, 4) for figure in share_interval(n, base))
    return {"n": n, "base": base, "share": share, "low": low, "high": high}


def _satisfaction(answers: np.ndarray, other_answers: np.ndarray) -> dict[str, Any]:
    here, others = (each[~np.isnan(each)] for each in (answers, other_answers))
    told: dict[str, Any] = {"n": len(here), "n_others": len(others)}
    if min(len(here), len(others)) < MIN_RESPONSES:
        nothing = dict.fromkeys(("mean", "difference", "low", "high", "p_value"))
        return told | nothing | {"is_clear": False}
    difference, low, high, p_value = mean_difference(here, others)
    return told | {
        "mean": round(float(here.mean()), 4),
        "difference": round(difference, 4),
        "low": round(low, 4),
        "high": round(high, 4),
        "p_value": float(f"{p_value:.2g}"),
    }


def _facets(told: np.ndarray) -> dict[str, dict[str, int]]:
    """Return the most frequent values of each facet; one comment counts once for a value."""
    counts: dict[str, Counter[str]] = {facet: Counter() for facet in TOLD_FACETS}
    for facets in told:
        if isinstance(facets, dict):
            for facet in facets.keys() & counts.keys():
                counts[facet].update(set(facet_values(facets[facet])))
    return {
        facet: dict(often)
        for facet, values in counts.items()
        if (often := [pair for pair in _ranked(values) if pair[1] >= MIN_FACET][:MAX_VALUES])
    }


def _ranked(values: Counter[str]) -> list[tuple[str, int]]:
    return sorted(values.items(), key=lambda pair: (-pair[1], pair[0]))
