"""Counts as arrays: one row for each cell (service, page, theme), one column for each period.

A `Panel` is built once and looked at many times. Everything that a look at some moment uses is cut
from the columns before that moment, so a look can know nothing of what came later.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

import numpy as np
import pandas as pd

from feedback.schema import ALL_REPORTS

__all__ = ["Panel", "make_panel"]

HISTORY_DAYS = 182
"""Days that a look goes back. With the baseline's half-life, older ones would weigh under 1.2%."""


@dataclass(frozen=True)
class Panel:
    """Counts of all cells and pages over time.

    Attributes
    ----------
    cells : DataFrame
        Columns ``service``, ``page`` (empty where there is none), ``theme``, and ``page_index``.
    pages : DataFrame
        Columns ``service``, ``page`` and ``service_index``.
    reports : ndarray of shape (n_cells, n_periods), float64
    totals : ndarray of shape (n_pages, n_periods), float64
        All comments of a page.
    first_of_service : ndarray of shape (n_services,)
        Position of the period with a service's first report.
    starts : DatetimeIndex of length n_periods
        When each period begins, UTC.
    per_day : int
        Periods in a day: 24 or 1.
    """

    cells: pd.DataFrame
    pages: pd.DataFrame
    reports: np.ndarray
    totals: np.ndarray
    first_of_service: np.ndarray
    starts: pd.DatetimeIndex
    per_day: int

    @property
    def period(self) -> timedelta:
        """Length of a period."""
        return timedelta(days=1) / self.per_day

    @property
    def n_periods(self) -> int:
        """Number of periods."""
        return len(self.starts)

    def end_of(self, n_periods: int) -> pd.Timestamp:
        """Return when the first ``n_periods`` are over."""
        end: pd.Timestamp = self.starts[0] + n_periods * self.period
        return end

    def ends_a_day(self, n_periods: int) -> bool:
        """Return whether a day (UTC) ends with or within the last of the first ``n_periods``."""
        end = self.end_of(n_periods)
        return bool(end.floor("D") != (end - self.period).floor("D"))

    def first_looked_at(self, now: int) -> int:
        """Return the position of the oldest period that a look after ``now`` periods uses."""
        return max(0, now - HISTORY_DAYS * self.per_day)


def make_panel(counts: pd.DataFrame, *, per_day: int, end: pd.Timestamp) -> Panel:
    """Return the panel of ``counts`` up to ``end``, with zeros where no row is.

    Parameters
    ----------
    counts
        Frame with ``service``, ``page``, ``theme``, ``period_start`` (UTC) and ``n``; rows of one
        cell and period are added up. Must have at least one row that starts before ``end``.
    per_day
        Periods in a day: 24 or 1.
    end
        The panel's last period ends here.
    """
    period = pd.Timedelta(days=1) / per_day
    known = counts[counts["period_start"] + period <= end]
    known = known.assign(page=known["page"].fillna(""))
    n_periods = (end - known["period_start"].min()) // period
    starts = pd.DatetimeIndex(end - period * np.arange(n_periods, 0, -1))
    column = ((known["period_start"] - starts[0]) // period).to_numpy()

    pages, page_index = _groups(known, ["service", "page"])
    services, service_index = np.unique(pages["service"].to_numpy(str), return_inverse=True)
    is_total = (known["theme"] == ALL_REPORTS).to_numpy()
    themed = known[~is_total]
    cells, cell_index = _groups(themed, ["service", "page", "theme"])
    cells["page_index"] = page_index[~is_total][np.unique(cell_index, return_index=True)[1]]

    reports = np.zeros((len(cells), n_periods))
    np.add.at(reports, (cell_index, column[~is_total]), themed["n"].to_numpy(float))
    totals = np.zeros((len(pages), n_periods))
    np.add.at(
        totals, (page_index[is_total], column[is_total]), known["n"].to_numpy(float)[is_total]
    )
    _complete_totals(totals, cells, reports)
    has_report = totals > 0
    first_of_page = np.where(has_report.any(axis=1), has_report.argmax(axis=1), n_periods)
    first_of_service = np.full(len(services), n_periods)
    np.minimum.at(first_of_service, service_index, first_of_page)
    return Panel(
        cells=cells,
        pages=pages.assign(service_index=service_index.astype(int)),
        first_of_service=first_of_service,
        reports=reports,
        totals=totals,
        starts=starts,
        per_day=per_day,
    )


def _groups(frame: pd.DataFrame, names: list[str]) -> tuple[pd.DataFrame, np.ndarray]:
    """Return the distinct rows of some columns in sorted order, and each row's place there."""
    distinct = frame[names].drop_duplicates().sort_values(names, ignore_index=True)
    places = distinct.assign(_place=np.arange(len(distinct)))
    merged = frame[names].merge(places, how="left", on=names, validate="many_to_one")
    return distinct, merged["_place"].to_numpy(int)


def _complete_totals(totals: np.ndarray, cells: pd.DataFrame, reports: np.ndarray) -> None:
    """Fill the totals of pages without a theme ``all``; none is smaller than its largest cell.

    Those are the sums over a page's codes, which count a comment with two codes twice; clusters
    hold the same comments again and are left out.
    """
    page_index = cells["page_index"].to_numpy(int)
    is_code = ~cells["theme"].str.contains(":", regex=False).to_numpy(bool)
    of_codes = np.zeros_like(totals)
    np.add.at(of_codes, page_index[is_code], reports[is_code])
    lacks = totals.sum(axis=1) == 0
    totals[lacks] = of_codes[lacks]
    largest = np.zeros_like(totals)
    np.maximum.at(largest, page_index, reports)
    np.maximum(totals, largest, out=totals)
