"""Counts per service, page, theme and period: from coded comments, or from a CSV file."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Literal

import pandas as pd

from feedback.coding import winning_codings
from feedback.errors import UnreadableFileError
from feedback.schema import ALL_REPORTS, CLUSTER_PREFIX, COUNT_COLUMNS, EMPTY_LABEL, Decision
from topics.csv_tables import read_text_columns

__all__ = [
    "COUNTED_COLUMNS",
    "count_series",
    "count_themed",
    "is_double_submission",
    "read_counts",
    "themed_comments",
]

COUNTED_COLUMNS = (
    "comment_id",
    "service",
    "page",
    "submitted_at",
    "n_characters",
    "duplicate_of",
    "is_empty",
)
"""What counting needs of each comment."""

DOUBLE_WITHIN = timedelta(hours=24)
DOUBLE_MIN_CHARACTERS = 40
"""Two people do write "page not working" on one day; they do not write the same 40 characters."""

PERIODS = {"hour": timedelta(hours=1), "day": timedelta(days=1)}


def is_double_submission(comments: pd.DataFrame) -> pd.Series[bool]:
    """Return which comments repeat another one of the same sender, so that they count once.

    Those are duplicates (``duplicate_of`` is set) of at least 40 characters, on the same service
    and page as their original and within 24 hours of it. A duplicate whose original is not among
    ``comments`` counts.

    Parameters
    ----------
    comments
        Frame with ``comment_id``, ``service``, ``page``, ``submitted_at``, ``n_characters`` and
        ``duplicate_of``.
    """
    original = comments.drop_duplicates("comment_id").set_index("comment_id")
    of = comments["duplicate_of"]
    is_long = comments["n_characters"] >= DOUBLE_MIN_CHARACTERS
    where = comments[is_long & of.notna() & of.isin(original.index)]
    first = original.loc[where["duplicate_of"]]
    same_place = (where["service"].to_numpy() == first["service"].to_numpy()) & (
        where["page"].fillna("").to_numpy() == first["page"].fillna("").to_numpy()
    )
    apart = where["submitted_at"].reset_index(drop=True) - first["submitted_at"].reset_index(
        drop=True
    )
    is_double = same_place & (apart.abs() <= DOUBLE_WITHIN).to_numpy()
    result = pd.Series(False, index=comments.index)
    result.loc[where.index[is_double]] = True
    return result


def count_series(
    comments: pd.DataFrame,
    codings: pd.DataFrame,
    assignments: pd.DataFrame | None = None,
    *,
    as_of: datetime,
    period: Literal["hour", "day"] = "hour",
) -> pd.DataFrame:
    """Return counts per service, page, theme and period; periods without a report are left out.

    Parameters
    ----------
    comments
        Frame with the columns that `is_double_submission` needs and ``is_empty``. Empty comments
        and double submissions are not counted, nor is anything submitted after ``as_of``.
    codings
        Rows of the table ``codings``. The codes that count are those assigned by a person, else by
        the latest model; ``none`` is no theme.
    assignments
        Frame with ``comment_id`` and ``cluster_id``: clusters become themes ``cluster:ID``.
    as_of
        The last period ends here, and the others lie back to back before it.

    Returns
    -------
    DataFrame
        Columns ``service``, ``page``, ``theme``, ``period_start`` (UTC), ``n``, with a theme
        ``all`` that counts every comment once.
    """
    rows = themed_comments(comments, codings, assignments, as_of=as_of)
    return count_themed(rows, as_of=as_of, period=period)


def count_themed(
    rows: pd.DataFrame, *, as_of: datetime, period: Literal["hour", "day"]
) -> pd.DataFrame:
    """Return the counts of rows of `themed_comments`; see `count_series`."""
    end, length = pd.Timestamp(as_of), pd.Timedelta(PERIODS[period])
    age = pd.TimedeltaIndex(end - rows["submitted_at"])
    ago = pd.Series(age // length, index=rows.index)
    rows = rows.assign(period_start=end - (ago + 1) * length)
    keys = ["service", "page", "theme", "period_start"]
    counts = rows.groupby(keys, dropna=False, as_index=False, sort=True).size()
    return counts.rename(columns={"size": "n"})[list(COUNT_COLUMNS)]


def themed_comments(
    comments: pd.DataFrame,
    codings: pd.DataFrame,
    assignments: pd.DataFrame | None = None,
    *,
    as_of: datetime,
) -> pd.DataFrame:
    """Return the comments that count, a row for each of their themes; see `count_series`.

    Returns
    -------
    DataFrame
        Columns ``comment_id``, ``service``, ``page``, ``submitted_at``, ``theme``.
    """
    end = pd.Timestamp(as_of)
    known = comments[(comments["submitted_at"] <= end) & ~comments["is_empty"].astype(bool)]
    known = known[~is_double_submission(known)]
    places = known[["comment_id", "service", "page", "submitted_at"]]
    told = winning_codings(codings)
    told = told[(told["decision"] == Decision.ASSIGNED) & (told["code"] != EMPTY_LABEL)]
    themes = [
        places[["comment_id"]].assign(theme=ALL_REPORTS),
        told[["comment_id", "code"]].rename(columns={"code": "theme"}),
    ]
    if assignments is not None and len(assignments):
        clustered = assignments.dropna(subset=["cluster_id"])
        named = CLUSTER_PREFIX + clustered["cluster_id"].astype(str)
        themes.append(clustered[["comment_id"]].assign(theme=named))
    return places.merge(pd.concat(themes).drop_duplicates(), on="comment_id")


def read_counts(path: Path) -> pd.DataFrame:
    """Return the counts of a CSV file, checked.

    Columns ``service``, ``page`` (may be empty), ``theme``, ``period_start`` and ``n``; others are
    ignored. Times without a zone are UTC. Zeros may be absent. Rows of one cell and period are
    added up.

    Raises
    ------
    UnreadableFileError
        It is not a CSV file in UTF-8, has no row, or some rows cannot be used; names the rows.
    MissingColumnError
        A column is missing.
    """
    frame = read_text_columns(path, "counts", COUNT_COLUMNS)
    counts = _parsed(frame)
    _refuse_rows(path, counts["period_start"].isna(), "period_start is no date or time")
    not_whole = counts["n"].isna() | (counts["n"] < 0) | (counts["n"] % 1 != 0)
    _refuse_rows(path, not_whole, "n is no whole number of 0 or more")
    _refuse_rows(path, (frame["service"] == "") | (frame["theme"] == ""), "no service or no theme")
    if counts.empty:
        raise UnreadableFileError(f"{path} has no row. Needed: {_LISTED}.")
    _check_grid(path, counts["period_start"])
    return counts.astype({"n": "int64"})


_LISTED = ", ".join(COUNT_COLUMNS)
_ROWS_SHOWN = 5


def _parsed(frame: pd.DataFrame) -> pd.DataFrame:
    starts = pd.to_datetime(frame["period_start"], utc=True, errors="coerce", format="ISO8601")
    return pd.DataFrame(
        {
            "service": frame["service"],
            "page": frame["page"].where(frame["page"] != "", None),
            "theme": frame["theme"],
            "period_start": starts.astype("datetime64[us, UTC]"),
            "n": pd.to_numeric(frame["n"], errors="coerce").astype("float64"),
        }
    )


def _refuse_rows(path: Path, is_bad: pd.Series[Any], reason: str) -> None:
    """Raise when any row is bad, naming the first few by their line in the file."""
    if not is_bad.any():
        return
    lines = [str(i + 2) for i in is_bad.to_numpy().nonzero()[0]]
    more = f" and {len(lines) - _ROWS_SHOWN} more" if len(lines) > _ROWS_SHOWN else ""
    raise UnreadableFileError(
        f"{path}: {reason} in row {', '.join(lines[:_ROWS_SHOWN])}{more} (the heading is row 1). "
        "Times are ISO 8601, such as 2026-05-04 or 2026-05-04T09:00:00Z."
    )


def _check_grid(path: Path, starts: pd.Series[Any]) -> None:
    """Raise unless the periods are hours or days."""
    hour, day = pd.Timedelta(hours=1), pd.Timedelta(days=1)
    distinct = pd.DatetimeIndex(starts.drop_duplicates().sort_values())
    if ((distinct - distinct[0]) % hour != pd.Timedelta(0)).any():
        raise UnreadableFileError(
            f"{path}: the periods are not whole hours or days apart. Count per hour or per day."
        )
    steps = distinct[1:] - distinct[:-1]
    if len(steps) > 1 and (steps % (7 * day) == pd.Timedelta(0)).all():
        raise UnreadableFileError(
            f"{path}: the periods look like weeks. Count per hour or per day: a burst is over "
            "before a week is."
        )
