"""Which signals began just after a release."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import pandas as pd

from feedback.errors import UnreadableFileError
from topics.csv_tables import read_text_columns
from topics.sentences import LONDON

__all__ = ["AFTER_RELEASE_DAYS", "RELEASE_COLUMNS", "mark_releases", "read_releases"]

AFTER_RELEASE_DAYS = 3
"""A window that begins this long after a release, or earlier, is just after it."""
EARLY_DAYS = 1.0
"""Windows have a few lengths only, so one may begin this much before what it is about, ..."""
EARLY_SHARE = 0.5
"""... though by no more than this share of its own length."""
LONGEST_NAME = 60
"""Characters of a release's name that a sentence repeats."""
RELEASE_COLUMNS = ("name", "at", "service", "page")


def mark_releases(signals: pd.DataFrame, releases: pd.DataFrame) -> pd.DataFrame:
    """Return signals with ``release`` (name or None), and sentences that say so.

    Parameters
    ----------
    signals
        As from `topics.emerging.find_signals`.
    releases
        Frame with ``name``, ``at`` (UTC), ``service`` and ``page``; no service means every service,
        no page every page. Of several releases the latest before the window's end counts.

    Examples
    --------
    >>> at = pd.Timestamp("2026-05-03T09:00Z")
    >>> signal = {"service": "fees", "page": "/pay", "window_start": at + pd.Timedelta(hours=2),
    ...           "window_end": at + pd.Timedelta(hours=26), "sentence": "9 reports."}
    >>> release = {"name": "2.4", "at": at, "service": "fees", "page": None}
    >>> print(mark_releases(pd.DataFrame([signal]), pd.DataFrame([release]))["sentence"].iloc[0])
    9 reports, just after release 2.4 on 3 May.
    """
    newest_first = releases.sort_values("at", ascending=False, kind="stable").to_dict("records")
    found = [_release_of(signal, newest_first) for signal in signals.to_dict("records")]
    sentences = [
        sentence if release is None else f"{sentence.removesuffix('.')}, {_phrase(release)}."
        for sentence, release in zip(signals["sentence"], found, strict=True)
    ]
    names = [None if release is None else str(release["name"]) for release in found]
    marked = {"sentence": sentences, "release": names}
    return signals.assign(
        **{name: pd.Series(v, index=signals.index, dtype=object) for name, v in marked.items()}
    )


def _release_of(
    signal: Mapping[Any, Any], newest_first: Iterable[dict[Any, Any]]
) -> dict[Any, Any] | None:
    """Return the latest release just before a signal's window."""
    length = signal["window_end"] - signal["window_start"]
    early = min(timedelta(days=EARLY_DAYS), EARLY_SHARE * length)
    for release in newest_first:
        after = signal["window_start"] - release["at"]
        is_here = all(_covers(release[name], signal[name]) for name in ("service", "page"))
        if is_here and -early <= after <= timedelta(days=AFTER_RELEASE_DAYS):
            return release
    return None


def _covers(named: Any, place: Any) -> bool:
    """Return whether a release's place is that of a signal; one that is not named is every one."""
    return not isinstance(named, str) or not named or named == place


def _phrase(release: Mapping[Any, Any]) -> str:
    name, at = str(release["name"]), release["at"].tz_convert(LONDON)
    short = name if len(name) <= LONGEST_NAME else name[: LONGEST_NAME - 1].rstrip() + "…"
    return f"just after release {short} on {at.day} {at.month_name()}"


def read_releases(path: Path) -> pd.DataFrame:
    """Return the releases of a CSV file with the columns ``name``, ``at``, ``service``, ``page``.

    The last two may be missing or empty. Times without a zone are UTC.

    Raises
    ------
    UnreadableFileError
        It is not a CSV file in UTF-8, or a row has no name or no time; names the rows.
    MissingColumnError
        There is no ``name`` or no ``at``.
    """
    also = "; service and page may follow"
    frame = read_text_columns(path, "releases", ("name", "at"), also=also)
    at = pd.to_datetime(frame["at"], utc=True, errors="coerce", format="ISO8601")
    bad = (at.isna() | (frame["name"].str.strip() == "")).to_numpy().nonzero()[0]
    if len(bad):
        rows = ", ".join(str(i + 2) for i in bad[:5])
        raise UnreadableFileError(
            f"{path}: no name, or 'at' is no date or time, in row {rows} (the heading is row 1). "
            "Times are ISO 8601, such as 2026-05-04T09:00:00Z."
        )
    places = {
        name: frame[name].where(frame[name] != "", None) if name in frame.columns else None
        for name in ("service", "page")
    }
    return pd.DataFrame({"name": frame["name"], "at": at, **places})[list(RELEASE_COLUMNS)]
