"""Before and after: the themes of two periods, with what is known of how far they differ.

Two questions of each theme, answered apart. Its *share* of the comments does not change when more
people come by; its *rate* a day does. A fault mended shows in both.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from feedback.coding import winning_codings
from feedback.errors import SettingsError
from feedback.schema import ALL_REPORTS, EMPTY_LABEL, Decision
from topics.compare_sentences import MIN_BASE, compared_sentence
from topics.counts import is_double_submission
from topics.intervals import (
    dispersion_of_counts,
    fisher_p,
    rate_ratio,
    rate_ratio_p,
    share_difference,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["COMPARED_COLUMNS", "MIN_BASE", "Period", "compare"]

COMPARED_COLUMNS = (
    "theme",
    "n_before",
    "n_after",
    "base_before",
    "base_after",
    "share_before",
    "share_after",
    "difference",
    "difference_low",
    "difference_high",
    "share_p",
    "share_q",
    "rate_before",
    "rate_after",
    "rate_ratio",
    "rate_low",
    "rate_high",
    "rate_p",
    "rate_q",
    "percent_change",
    "sentence",
)


@dataclass(frozen=True)
class Period:
    """From ``start`` up to, and without, ``end``; UTC.

    Raises
    ------
    SettingsError
        It is shorter than a day.
    """

    start: datetime
    end: datetime

    def __post_init__(self) -> None:
        if self.end - self.start < timedelta(hours=23):  # a day when clocks go forward
            raise SettingsError("A period to compare has at least one day and ends after it began.")

    @property
    def days(self) -> float:
        """Length in days."""
        return (self.end - self.start) / timedelta(days=1)


def compare(
    comments: pd.DataFrame,
    codings: pd.DataFrame,
    *,
    before: Period,
    after: Period,
    phrases: Mapping[str, str] | None = None,
) -> pd.DataFrame:
    """Return how the themes of two periods differ, the clearest change first.

    Parameters
    ----------
    comments
        Frame with ``comment_id``, ``service``, ``page``, ``submitted_at``, ``n_characters``,
        ``duplicate_of`` and ``is_empty``; of one place, if the shares are to be of that place.
        Empty comments and double submissions are not counted.
    codings
        Rows of the table ``codings``; a person's count before the machine's. ``none`` is no theme.
    before, after
        They may not overlap; a gap between them belongs to neither.
    phrases
        What themes are called inside a sentence; those of `topics.sentences` by default.

    Returns
    -------
    DataFrame
        `COMPARED_COLUMNS`. The first row is the theme ``all``: every comment once, which has a rate
        and no share of anything. A share is of its period's comments (``base_*``), its difference
        has Newcombe's 95% interval and the p value of Fisher's exact test; a rate is a day, its
        ratio has the exact 95% interval, widened by how unevenly the days were, and the p value
        that agrees with it. ``*_q`` hold the share of false claims over all themes. A
        ``percent_change`` (of the rate) is missing where ``base_before`` is below `MIN_BASE`.

    Raises
    ------
    SettingsError
        The periods overlap, or stand in the wrong order.
    """
    if before.end > after.start:
        raise SettingsError(
            "The periods to compare overlap, or the later one comes first. Give the earlier period "
            "as --before and the later one as --after."
        )
    counted = comments[~comments["is_empty"].astype(bool)]
    counted = counted[~is_double_submission(counted)]
    sides = [_days_of(counted, period) for period in (before, after)]
    told = winning_codings(codings)
    told = told[(told["decision"] == Decision.ASSIGNED) & (told["code"] != EMPTY_LABEL)]
    told = told[["comment_id", "code"]].drop_duplicates()
    themes = [_by_theme(told, side) for side in sides]
    bases = [len(side) for side in sides]
    rows = [_row(ALL_REPORTS, [side["day"].to_numpy() for side in sides], bases, before, after)]
    for theme in sorted(set(themes[0]) | set(themes[1])):
        days = [by_theme.get(theme, np.empty(0, int)) for by_theme in themes]
        rows.append(_row(theme, days, bases, before, after))
    frame = pd.DataFrame(rows, columns=[name for name in COMPARED_COLUMNS if name in rows[0]])
    return _finished(frame, phrases)


def _days_of(comments: pd.DataFrame, period: Period) -> pd.DataFrame:
    """Return the comments of a period with the day of it that each came on."""
    at = comments["submitted_at"]
    within = comments[(at >= period.start) & (at < period.end)]
    day = (within["submitted_at"] - pd.Timestamp(period.start)) // pd.Timedelta(days=1)
    return within[["comment_id"]].assign(day=day.astype("int64"))


def _by_theme(told: pd.DataFrame, side: pd.DataFrame) -> dict[str, np.ndarray]:
    rows = side.merge(told, on="comment_id")
    return {str(theme): group.to_numpy() for theme, group in rows.groupby("code")["day"]}


def _row(
    theme: str, days: list[np.ndarray], bases: list[int], before: Period, after: Period
) -> dict[str, Any]:
    """Return the figures of one theme; ``days`` are the days of its comments in each period."""
    (n_before, n_after), (base_before, base_after) = (map(len, days), bases)
    is_all = theme == ALL_REPORTS
    if is_all or not (base_before and base_after):
        shares: tuple[float, ...] = (np.nan,) * 4
    else:
        difference = share_difference(n_after, base_after, n_before, base_before)
        shares = (*difference, fisher_p(n_after, base_after, n_before, base_before))
    whole = [max(1, round(period.days)) for period in (before, after)]
    daily = [
        np.bincount(np.minimum(on, n - 1), minlength=n) for on, n in zip(days, whole, strict=True)
    ]
    inflation = dispersion_of_counts(*daily)
    counts = (n_after, after.days, n_before, before.days)
    ratio, low, high = rate_ratio(*counts, inflation=inflation)
    percent = (ratio - 1) * 100 if base_before >= MIN_BASE and n_before else None
    return {
        "theme": theme,
        "n_before": n_before,
        "n_after": n_after,
        "base_before": base_before,
        "base_after": base_after,
        "share_before": _share(n_before, base_before, is_all),
        "share_after": _share(n_after, base_after, is_all),
        "difference": shares[0],
        "difference_low": shares[1],
        "difference_high": shares[2],
        "share_p": shares[3],
        "rate_before": n_before / before.days,
        "rate_after": n_after / after.days,
        "rate_ratio": ratio,
        "rate_low": low,
        "rate_high": high,
        "rate_p": rate_ratio_p(*counts, inflation=inflation),
        "percent_change": percent,
    }


def _share(n: int, base: int, is_all: bool) -> float:
    return np.nan if is_all or not base else n / base


def _finished(frame: pd.DataFrame, phrases: Mapping[str, str] | None) -> pd.DataFrame:
    """Add q values and sentences; put the clearest change first, below the row of all comments."""
    themed = frame["theme"] != ALL_REPORTS
    frame = frame.assign(
        share_q=_q_values(frame["share_p"], themed),
        rate_q=_q_values(frame["rate_p"], themed),
        percent_change=frame["percent_change"].astype("float64"),
    )
    frame = frame.assign(sentence=[compared_sentence(row, phrases) for row in frame.itertuples()])
    least = frame[["share_p", "rate_p"]].min(axis=1)
    order = frame.assign(is_themed=themed, least=least)
    order = order.sort_values(["is_themed", "least", "theme"], ignore_index=True)
    return order[list(COMPARED_COLUMNS)]


def _q_values(p_values: pd.Series[Any], themed: pd.Series[bool]) -> pd.Series[Any]:
    """Return q values over the themes; the row of all comments is no claim among them."""
    from scipy.stats import false_discovery_control

    result = pd.Series(np.nan, index=p_values.index)
    known = themed & p_values.notna()
    if known.any():
        result[known] = false_discovery_control(p_values[known].to_numpy())
    return result
