"""What a person reads about a theme before and after."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from feedback.schema import ALL_REPORTS
from topics.sentences import signed, theme_phrase

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["MIN_BASE", "compared_sentence", "compared_verdict", "ratio_told"]

MIN_BASE = 30
"""Comments in the earlier period below which no percentage change is given: where 12 become 16,
that is "33% up", and chance alone does that in a quarter of such pairs."""

MAX_TOLD = 100.0
"""Largest ratio that is told as a figure."""

CLEAR = 0.05
"""Share of wrong claims among the changes called clear (Benjamini-Hochberg)."""


def compared_sentence(row: Any, phrases: Mapping[str, str] | None = None) -> str:
    """Return the sentence of one row of `topics.compare.compare`: what was, what is, how sure.

    Parameters
    ----------
    row
        Has the columns of that frame as attributes.
    phrases
        What themes are called inside a sentence.
    """
    if row.theme == ALL_REPORTS:
        counts = f"{row.n_before:,} comments before, {row.n_after:,} after"
        return f"{counts}: {_rates(row)}.{_few(row)}"
    phrase = theme_phrase(row.theme, phrases)
    start = f"{phrase[:1].upper()}{phrase[1:]}: {row.n_before:,} before, {row.n_after:,} after"
    if np.isnan(row.difference):
        return f"{start}; no comments to compare with.{_few(row)}"
    points = (
        f"{row.share_before:.0%} to {row.share_after:.0%} of the comments "
        f"({signed(100 * row.difference)} points, {signed(100 * row.difference_low)} to "
        f"{signed(100 * row.difference_high)})"
    )
    return f"{start}; {points}; {_rates(row)}. {compared_verdict(row)}{_few(row)}"


def _rates(row: Any) -> str:
    rates = f"{_rate(row.rate_before)} to {_rate(row.rate_after)} a day"
    told = ratio_told(row.rate_ratio, row.rate_low, row.rate_high)
    return f"{rates} ({told})" if told else rates


def ratio_told(ratio: float, low: float, high: float) -> str:
    """Return how many times a rate is another, with its interval; nothing where neither is known.

    Beyond a hundred, figures over next to nothing say no more than that they are large.

    Examples
    --------
    >>> ratio_told(2.1, 1.14, 4.2), ratio_told(44.0, 2.2, 3e7), ratio_told(float("inf"), 1.6, 9.0)
    ('2.1 times, 1.1 to 4.2', '44.0 times, 2.2 to over 100', 'at least 1.6 times')
    """
    if np.isnan(ratio):
        return ""
    if ratio > MAX_TOLD:
        return f"at least {low:.1f} times"
    upper = f"{high:.1f}" if high <= MAX_TOLD else f"over {MAX_TOLD:.0f}"
    return f"{ratio:.1f} times, {low:.1f} to {upper}"


def _rate(value: float) -> str:
    return f"{value:.1f}" if value >= 1 or value == 0 else f"{value:.2f}"


def compared_verdict(row: Any) -> str:
    """Say what the q values allow to say of share and rate."""
    share, rate = row.share_q < CLEAR, row.rate_q < CLEAR
    if share and rate and (row.difference > 0) == (row.rate_ratio > 1):
        return f"Clearly {'more' if row.rate_ratio > 1 else 'fewer'}."
    if share:
        return f"A clearly {'larger' if row.difference > 0 else 'smaller'} share."
    if rate:
        return f"Clearly {'more' if row.rate_ratio > 1 else 'fewer'} a day; its share: not clear."
    return "May be chance."


def _few(row: Any) -> str:
    if row.base_before >= MIN_BASE:
        return ""
    return f" Too few comments before ({row.base_before}) for a percentage."
