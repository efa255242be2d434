"""Novel complaints: comments that say much the same, and that nobody said on the page before.

Needs no theme: neither code nor topic nor cluster. `topics.scan_likeness` gives every comment a
p-value at the moment it came; here, those low enough become signals.

How low follows from a budget of false alarms. A p-value is the best of many windows and radii, and
pages do have days on which one theme comes in heaps, so false alarms are more frequent than it
says: ``FALSE_AT_1 * p ** FALSE_POWER`` of the comments of pages where nothing changes, counted as
episodes, with 12, 30 and 90 comments a page and week, on intents that the reported figures do not
use. ``tests/benchmarks/bench_novel.py`` checks it at 30 on others: asked for 1 and 5 false alarms
in 100 page-weeks, .7 and 3.5 were raised.

What two alarms share is one complaint: neighbourhoods that overlap are merged. The theme of the
signal is the id of the founding comment, the first that was novel, so that it stays the same from
look to look.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import blake2b
from math import ceil
from typing import Any

import numpy as np
import pandas as pd

from feedback import schema
from feedback.schema import TEXT_PREFIX, SignalKind, SignalLevel
from topics.looks import q_values
from topics.scan_likeness import GUARD_DAYS, MAX_HISTORY, MIN_REPORTS, neighbours_of, novelty_of
from topics.scan_text import name_of, write_novel_sentence
from topics.tails import ratio_interval

__all__ = [
    "EPISODE_DAYS",
    "STANDS_DAYS",
    "false_alarms",
    "find_novel",
    "merge_overlapping",
]

FALSE_AT_1, FALSE_POWER = 0.5, 0.62
"""See the module's text; measured from 1e-2 to 1e-6, at 0.6 to 1.5 times what this says."""
MAX_P = {SignalLevel.ALERT: 3e-4, SignalLevel.WATCH: 3e-3}
"""Where few comments come the budget would allow more than anybody would call novel."""
WATCH_BUDGETS = 5.0
STANDS_DAYS = 3.0
"""A signal stands for this long after the last comment that was novel."""
EPISODE_DAYS = 21
"""Comments looked at. A complaint that goes on is history after a week, so none is longer."""
TRAFFIC_WEEKS = 4
MAX_LISTED = 50
"""Comments listed with a signal, the first ones."""

MAX_RATIO = 1e6
"""Ratios over a rate next to nothing are cut off here, so that they stay numbers."""

VectorsOf = Callable[[np.ndarray], np.ndarray]
"""Gives the vectors of comments by their positions."""

_COLUMNS = [column.name for column in schema.signals.columns]


def false_alarms(p: np.ndarray, n_comments: float) -> np.ndarray:
    """Return how many false alarms to expect at or below a p-value among so many comments.

    Examples
    --------
    30 comments a week on each of 100 pages, where nothing changes, raise one a week at

    >>> print(false_alarms(np.array([7.5e-6]), 30 * 100).round(1))
    [1.]
    """
    expected: np.ndarray = n_comments * np.minimum(FALSE_AT_1 * p**FALSE_POWER, 1.0)
    return expected


def find_novel(
    comments: pd.DataFrame,
    vectors: np.ndarray | VectorsOf,
    *,
    as_of: datetime,
    false_alarms_per_week: float = 1.0,
    with_watch: bool = True,
) -> pd.DataFrame:
    """Return the novel complaints that stand at one moment, strongest evidence first.

    Parameters
    ----------
    comments
        Frame with ``comment_id``, ``response_id``, ``service``, ``page`` (may be missing),
        ``submitted_at`` (UTC), ``text`` (redacted) and ``may_quote``: the last weeks and what is to
        be their history, 12 weeks or more. Leave out empty comments and double submissions. Where
        ``may_quote`` is false the comment counts, but is neither listed nor used for the name.
        With ``topic_id`` (-1 for none), those of the same topic count as alike, too.
    vectors
        ndarray of shape (n_comments, n_dimensions), float32, unit length; or a function that
        gives the vectors of rows of ``comments``, which is asked for one page at a time.
    as_of
        Comments after it are not known.
    false_alarms_per_week
        Budget of false alerts a week over all these pages.
    with_watch
        Give the weaker level too; its signals go beyond the budget.

    Returns
    -------
    DataFrame
        The columns of the table ``signals``; ``kind`` is burst, ``theme`` is ``text:`` and the id
        of the founding comment, ``comments`` a list of ids. ``n`` counts responses since
        ``window_start``, ``expected`` those like it among as many of the page's history, one
        added; ``rate_ratio`` is ``n / expected`` with the 95% credible interval of a ratio of
        Gamma posteriors. A page with less than 50 responses in its history has no signals.

    Raises
    ------
    ValueError
        ``comments`` and ``vectors`` are not of one length.
    """
    if not callable(vectors) and len(comments) != len(vectors):
        raise ValueError(f"{len(comments)} comments but {len(vectors)} vectors")
    vectors_of = vectors if callable(vectors) else vectors.__getitem__
    now = pd.Timestamp(as_of)
    now = now.tz_localize("UTC") if now.tzinfo is None else now.tz_convert("UTC")
    known = _known(comments, now)
    per_week = (known["days"] > -7.0 * TRAFFIC_WEEKS).sum() / TRAFFIC_WEEKS
    least = _thresholds(false_alarms_per_week, float(per_week))
    widest = least[SignalLevel.WATCH if with_watch else SignalLevel.ALERT]
    found = [
        (place, one) for place in _places(known, vectors_of) for one in _complaints(place, widest)
    ]
    if not found:
        return _frame([])
    p = np.array([one.p for _, one in found])
    q = q_values(false_alarms(p, float((known["days"] > -STANDS_DAYS).sum())))
    rows = []
    for (place, one), q_value in zip(found, q.tolist(), strict=True):
        is_alert = one.p <= least[SignalLevel.ALERT]
        level = SignalLevel.ALERT if is_alert else SignalLevel.WATCH
        rows.append(_describe(place, one, now) | {"q_value": q_value, "level": level.value})
    return _frame(rows)


def _thresholds(budget: float, comments_per_week: float) -> dict[SignalLevel, float]:
    """Return the p-value of each level at which a week's false alarms are within the budget."""

    def at(false_per_week: float) -> float:
        share = false_per_week / max(comments_per_week, 1.0)
        return float((share / FALSE_AT_1) ** (1.0 / FALSE_POWER))

    return {
        SignalLevel.ALERT: min(at(budget), MAX_P[SignalLevel.ALERT]),
        SignalLevel.WATCH: min(at(WATCH_BUDGETS * budget), MAX_P[SignalLevel.WATCH]),
    }


@dataclass(frozen=True)
class _Place:
    """The comments of one page in order of time; ``days`` counts back from the look, below 0."""

    service: str
    page: str
    comments: pd.DataFrame
    vectors: np.ndarray
    days: np.ndarray
    responses: np.ndarray
    topics: np.ndarray | None


def _known(comments: pd.DataFrame, now: pd.Timestamp) -> pd.DataFrame:
    """Return the comments up to now in order of time, with ``position`` and ``days`` (below 0)."""
    rows = comments.assign(page=comments["page"].fillna(""), position=np.arange(len(comments)))
    rows = rows[rows["submitted_at"] <= now].sort_values(["submitted_at", "comment_id"])
    return rows.assign(days=((rows["submitted_at"] - now) / timedelta(days=1)).astype(float))


def _places(known: pd.DataFrame, vectors_of: VectorsOf) -> Iterator[_Place]:
    """Yield the pages on which something can stand; one page's vectors are in memory at a time."""
    for (service, page), on_page in known.groupby(["service", "page"], sort=True):
        if on_page["days"].iloc[-1] <= -STANDS_DAYS:
            continue
        n_recent = int((on_page["days"] > -EPISODE_DAYS - GUARD_DAYS).sum())
        rows = on_page.iloc[-(MAX_HISTORY + n_recent) :]
        yield _Place(
            service=str(service),
            page=str(page),
            comments=rows,
            vectors=vectors_of(rows["position"].to_numpy()),
            days=rows["days"].to_numpy(),
            responses=pd.factorize(rows["response_id"])[0],
            topics=rows["topic_id"].to_numpy(int) if "topic_id" in rows else None,
        )


@dataclass(frozen=True)
class _Complaint:
    """Comments of one page that say much the same; the p-value is that of the most novel one."""

    members: np.ndarray
    founder: int
    p: float
    like_before: int
    n_before: int


def _complaints(place: _Place, widest: float) -> Iterator[_Complaint]:
    """Yield what stands on a page at a threshold, overlapping neighbourhoods merged."""
    looked_at = np.flatnonzero(place.days > -EPISODE_DAYS)
    novelty = novelty_of(place.vectors, place.days, place.responses, looked_at, place.topics)
    novel = np.flatnonzero(novelty.p <= widest)
    near = [
        neighbours_of(
            place.vectors,
            place.days,
            place.topics,
            int(looked_at[i]),
            novelty.days[i],
            novelty.radius[i],
        )
        for i in novel
    ]
    quotable = place.comments["may_quote"].to_numpy(bool)
    for group in merge_overlapping(near):
        standing = [i for i in group if place.days[looked_at[novel[i]]] > -STANDS_DAYS]
        if not standing:
            continue
        best = min(standing, key=lambda i: float(novelty.p[novel[i]]))
        members = np.union1d(near[best], looked_at[novel[group]])
        told = members[quotable[members]]
        if len(set(place.responses[told])) < MIN_REPORTS:
            continue
        founders = np.intersect1d(looked_at[novel[group]], told)
        yield _Complaint(
            members=members,
            founder=int(founders[0] if len(founders) else told[0]),
            p=float(novelty.p[novel[best]]),
            like_before=int(novelty.like_before[novel[best]]),
            n_before=int(novelty.n_before[novel[best]]),
        )


def merge_overlapping(near: list[np.ndarray]) -> list[list[int]]:
    """Return groups of neighbourhoods, each sharing half of the smaller one with another."""
    sets = [set(one.tolist()) for one in near]
    groups: list[list[int]] = []
    for i, one in enumerate(sets):
        shared = [
            group
            for group in groups
            if any(2 * len(one & sets[j]) >= min(len(one), len(sets[j])) for j in group)
        ]
        groups = [group for group in groups if group not in shared]
        groups.append(sorted([i, *(j for group in shared for j in group)]))
    return groups


def _describe(place: _Place, one: _Complaint, now: pd.Timestamp) -> dict[str, Any]:
    """Return a complaint as a row of the table ``signals``, without level and q-value."""
    ids = place.comments["comment_id"].astype(str)
    told = one.members[place.comments["may_quote"].to_numpy(bool)[one.members]]
    first = int(one.members.min())
    start = place.comments["submitted_at"].iloc[first]
    n = len(set(place.responses[one.members]))
    total = len(set(place.responses[first:]))
    like = one.like_before + 1.0
    expected = like / one.n_before * total
    low, high = ratio_interval(*np.array([[n], [total], [like], [one.n_before], [1.0]]))
    theme = TEXT_PREFIX + ids.iloc[one.founder]
    identity = (now.isoformat(), SignalKind.BURST.value, place.service, place.page, theme)
    return {
        "signal_id": blake2b("\x1f".join(identity).encode(), digest_size=16).hexdigest(),
        "as_of": now,
        "kind": SignalKind.BURST.value,
        "service": place.service,
        "page": place.page or None,
        "theme": theme,
        "window": f"{max(ceil(-place.days[first]), 1)}d",
        "window_start": start,
        "window_end": now,
        "n": n,
        "expected": expected,
        "rate_ratio": min(n / expected, MAX_RATIO),
        "low": min(float(low[0]), MAX_RATIO),
        "high": min(float(high[0]), MAX_RATIO),
        "comments": ids.iloc[told].tolist()[:MAX_LISTED],
        "sentence": write_novel_sentence(
            n=n,
            name=name_of(place.comments, told),
            service=place.service,
            page=place.page,
            start=start,
            as_of=now,
            like_before=one.like_before,
            n_before=one.n_before,
            history_days=-float(place.days[0]),
        ),
    }


def _frame(rows: list[dict[str, Any]]) -> pd.DataFrame:
    """Return rows as a frame, alerts first, then by q-value."""
    rows.sort(key=lambda row: (row["level"], row["q_value"], -row["rate_ratio"], row["signal_id"]))
    frame = pd.DataFrame(rows, columns=_COLUMNS)
    times = dict.fromkeys(("as_of", "window_start", "window_end"), "datetime64[us, UTC]")
    numbers = dict.fromkeys(("expected", "rate_ratio", "low", "high", "q_value"), "float64")
    return frame.astype({**times, **numbers, "n": "int64"})
