"""How novel each comment of a page is: likeness to what came just before it, and to the past.

Each comment is looked at once, at the moment it came, as the newest of those like it. Among the
comments of the last days on its page, ``c`` are at least as near to it as a radius (cosine), of
``n``; in the page's history ``y`` of ``N`` are. If nothing changed, any comment of the page is as
likely to be like it as those in the history were, so the others among ``n - 1`` that are like it
follow a beta-binomial distribution of share ``(y0 + y) / (N0 + N)``. A surge of traffic raises
``n`` along with ``c`` and so raises nothing. The smallest of the mid-p values over the radii and
windows is the comment's novelty; `topics.scan` says how often that is as low where nothing changed.

Several radii, because complaints differ in how alike they are worded: at one radius of .6 the same
test found 91% of novel complaints instead of 98% at equal false alarms (development half of the
simulation in ``tests/benchmarks/bench_novel.py``). Where topics are known, those of the same topic
are one more neighbourhood, which finds complaints that are worded in many ways.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
from scipy.special import betaincc, betaln, gammaln

__all__ = [
    "GUARD_DAYS",
    "MAX_HISTORY",
    "MIN_HISTORY",
    "MIN_REPORTS",
    "RADII",
    "SAME_TOPIC",
    "WINDOW_DAYS",
    "Novelty",
    "neighbours_of",
    "novelty_of",
    "share_tail",
]

RADII = (0.4, 0.45, 0.5, 0.55, 0.6, 0.65, 0.7, 0.75, 0.8)
"""Least cosines. Two questions of one intent of Banking77 have .59 in the median, of two .20."""
WINDOW_DAYS = (1, 2, 3, 7)
SAME_TOPIC = 0.0
"""Stands for a radius where the neighbours are those of the same topic."""
GUARD_DAYS = 7.0
"""The last days, which hold every window, are no history."""
MIN_REPORTS = 3
"""Comments of as many different responses, the one looked at included."""
MIN_RATIO = 2.0
"""Less than twice as many as expected is no novelty, however sure."""
MIN_HISTORY = 50
"""A page with fewer responses in its history is not looked at: there, anything is new."""
MAX_HISTORY = 5_000
"""Latest comments of a page that are its history: 8 MB of vectors of 384 dimensions."""
PRIOR_LIKE, PRIOR_COMMENTS = 0.002, 10.0
"""What is like nothing in the history is expected once in this many comments (y0 of N0)."""
MAX_WEIGHT = 100.0
"""A page's mix of complaints varies by itself; no history makes a share surer than this many
comments do."""
BLOCK = 512
"""Comments compared with a page's history at a time: 10 MB of cosines."""
EXACT_TOTAL = 512
"""Above this many comments in a window the beta-binomial tail is that of a beta distribution."""
LEAST_P = 1e-12


@dataclass(frozen=True)
class Novelty:
    """How novel comments are; arrays have an entry for each comment that was looked at.

    ``p`` is 1 where there is nothing to tell; ``days`` and ``radius`` are those of the smallest
    p-value, ``like_before`` and ``n_before`` the responses in the history that were as near, and
    all of it.
    """

    p: np.ndarray
    days: np.ndarray
    radius: np.ndarray
    like_before: np.ndarray
    n_before: np.ndarray


def novelty_of(
    vectors: np.ndarray,
    days: np.ndarray,
    responses: np.ndarray,
    looked_at: np.ndarray,
    topics: np.ndarray | None = None,
) -> Novelty:
    """Return how novel some comments of one page were when they came.

    Parameters
    ----------
    vectors
        ndarray of shape (n_comments, n_dimensions), float32, unit length.
    days
        ndarray of shape (n_comments,), ascending: when each came, in days.
    responses
        ndarray of shape (n_comments,), int: whose it is. A response counts once.
    looked_at
        ndarray of int, positions of the comments to look at.
    topics
        ndarray of shape (n_comments,), int: the topic of each, if any are known. What fits none
        (-1) is taken for a topic, too.
    """
    groups = _groups_of_responses(responses)
    first = np.ones(len(responses), dtype=bool)
    for group in groups:
        first[group[1:]] = False
    n_known = np.concatenate([[0], np.cumsum(first)])
    starts = range(0, max(len(looked_at), 1), BLOCK)
    blocks = [
        _look_at_block(vectors, days, n_known, groups, looked_at[start : start + BLOCK], topics)
        for start in starts
    ]
    names = [field.name for field in fields(Novelty)]
    return Novelty(**{name: np.concatenate([getattr(b, name) for b in blocks]) for name in names})


def neighbours_of(
    vectors: np.ndarray,
    days: np.ndarray,
    topics: np.ndarray | None,
    at: int,
    window_days: float,
    radius: float,
) -> np.ndarray:
    """Return the positions of the comments that made one novel, itself the last of them."""
    start = int(np.searchsorted(days, days[at] - window_days, side="right"))
    if topics is not None and radius == SAME_TOPIC:
        return start + np.flatnonzero(topics[start : at + 1] == topics[at])
    return start + np.flatnonzero(vectors[start : at + 1] @ vectors[at] >= radius)


def _groups_of_responses(responses: np.ndarray) -> list[np.ndarray]:
    """Return the positions of each response that has several comments, in their order."""
    order = np.argsort(responses, kind="stable")
    cuts = np.flatnonzero(np.diff(responses[order])) + 1
    return [group for group in np.split(order, cuts) if len(group) > 1]


def _look_at_block(
    vectors: np.ndarray,
    days: np.ndarray,
    n_known: np.ndarray,
    groups: list[np.ndarray],
    looked_at: np.ndarray,
    topics: np.ndarray | None,
) -> Novelty:
    """Count what is near each comment, by running sums over the comments in order of time."""
    ends = looked_at + 1
    history_ends = np.searchsorted(days, days[looked_at] - GUARD_DAYS, side="left")
    history_starts = np.maximum(history_ends - MAX_HISTORY, 0)
    oldest, newest = int(history_starts.min(initial=0)), int(ends.max(initial=0))
    window_starts = [
        np.searchsorted(days, days[looked_at] - length, side="right") for length in WINDOW_DAYS
    ]
    n_before = n_known[history_ends] - n_known[history_starts]
    cosines = vectors[looked_at] @ vectors[oldest:newest].T
    radii = RADII if topics is None else (*RADII, SAME_TOPIC)
    shape = len(WINDOW_DAYS), len(radii), len(looked_at)
    p, like = np.ones(shape), np.zeros(shape[1:], dtype=int)
    rows = np.arange(len(looked_at))
    near_before = np.zeros((len(looked_at), newest - oldest + 1), dtype=np.int32)
    for r, radius in enumerate(radii):
        near = cosines >= radius
        if topics is not None and radius == SAME_TOPIC:
            near = topics[looked_at, None] == topics[oldest:newest]
        _count_responses_once(near, groups, oldest, newest)
        np.cumsum(near, axis=1, out=near_before[:, 1:])
        at = near_before[rows, ends - oldest]
        like[r] = near_before[rows, history_ends - oldest]
        like[r] -= near_before[rows, history_starts - oldest]
        for w, start in enumerate(window_starts):
            n_like = at - near_before[rows, start - oldest]
            p[w, r] = _p_values(n_like, n_known[ends] - n_known[start], like[r], n_before)
    p[:, :, n_before < MIN_HISTORY] = 1.0
    window, radius_at = np.unravel_index(p.reshape(-1, shape[2]).argmin(axis=0), shape[:2])
    return Novelty(
        p=p[window, radius_at, rows],
        days=np.array(WINDOW_DAYS)[window],
        radius=np.array(radii)[radius_at],
        like_before=like[radius_at, rows],
        n_before=n_before,
    )


def _count_responses_once(
    near: np.ndarray, groups: list[np.ndarray], oldest: int, newest: int
) -> None:
    """Leave of each response the first comment that is near."""
    for group in groups:
        columns = group[(group >= oldest) & (group < newest)] - oldest
        theirs = near[:, columns]
        before = np.logical_or.accumulate(theirs, axis=1)
        theirs[:, 1:] &= ~before[:, :-1]
        near[:, columns] = theirs


def _share(like: np.ndarray, n: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return mean and weight of the beta distribution of the share that is expected."""
    weight = 1.0 / (1.0 / (PRIOR_COMMENTS + n) + 1.0 / MAX_WEIGHT)
    return (PRIOR_LIKE + like) / (PRIOR_COMMENTS + n), weight


def _p_values(
    n_like: np.ndarray, total: np.ndarray, like_before: np.ndarray, n_before: np.ndarray
) -> np.ndarray:
    """Return the mid-p value of how many others in the window are like the comment looked at."""
    share, weight = _share(like_before, n_before)
    others, count = total - 1, n_like - 1
    p = np.ones(len(n_like))
    may = (n_like >= MIN_REPORTS) & (count >= MIN_RATIO * share * others)
    at = np.flatnonzero(may)
    p[at] = share_tail(count[at], others[at], share[at], weight[at])
    return np.maximum(p, LEAST_P)


def share_tail(
    count: np.ndarray, n: np.ndarray, share: np.ndarray, weight: np.ndarray
) -> np.ndarray:
    """Return ``P(X > c) + P(X = c) / 2`` for ``X ~ BetaBinomial(n, w s, w (1 - s))``.

    Summed up from ``c`` by recurrence; above 512 comments, the tail of the beta distribution of the
    same mean and variance of ``X / n``.
    """
    tail = np.empty(len(count))
    is_few = n <= EXACT_TOTAL
    few = count[is_few], n[is_few], share[is_few], weight[is_few]
    tail[is_few] = _summed_tail(*few)
    c, total, mean, w = (values[~is_few] for values in (count, n, share, weight))
    alike = total * (w + 1.0) / (w + total) - 1.0
    tail[~is_few] = betaincc(mean * alike, (1.0 - mean) * alike, c / np.maximum(total, 1))
    return tail


def _summed_tail(
    count: np.ndarray, n: np.ndarray, share: np.ndarray, weight: np.ndarray
) -> np.ndarray:
    if not len(count):
        return np.empty(0)
    alpha, beta = (weight * share)[:, None], (weight * (1.0 - share))[:, None]
    c, total = count[:, None].astype(float), n[:, None].astype(float)
    first = gammaln(total + 1) - gammaln(c + 1) - gammaln(total - c + 1)
    first += betaln(c + alpha, total - c + beta) - betaln(alpha, beta)
    x = c + np.arange(int((n - count).max()))
    left = np.maximum(total - x, 0.0)  # 0 from the last possible count on
    steps = left * (x + alpha) / ((x + 1.0) * np.maximum(left - 1.0 + beta, beta))
    sums = 0.5 + np.cumprod(steps, axis=1).sum(axis=1)
    tail: np.ndarray = np.exp(first[:, 0]) * sums
    np.minimum(tail, 1.0, out=tail)
    return tail
