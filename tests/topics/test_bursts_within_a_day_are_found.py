"""Counts by the hour: a burst of some hours is found, and told as somebody there would say it."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from topics.baseline import past_of
from topics.bursts import WINDOW_DAYS
from topics.emerging import find_signals, replay
from topics.panel import make_panel
from topics.sentences import write_sentence

HOURS = pd.date_range("2026-03-02", periods=70 * 24, freq="h", tz="UTC")
IS_OFFICE = (HOURS.hour >= 8) & (HOURS.hour < 18)
AS_OF = HOURS[-1] + pd.Timedelta(hours=1)


def usual(*, a_day: float = 1.0, seed: int = 1) -> pd.DataFrame:
    """Two themes, most reports in office hours."""
    rng = np.random.default_rng(seed)
    means = a_day / 24 * np.where(IS_OFFICE, 2.2, 0.15)
    frames = [
        pd.DataFrame({"theme": theme, "period_start": HOURS, "n": rng.poisson(means)})
        for theme in ("fault.upload", "praise", "staff")
    ]
    return pd.concat(frames).assign(service="fees", page="/evidence")


def with_burst(first: str, n_hours: int, a_hour: int) -> tuple[pd.DataFrame, pd.Timestamp]:
    """Return counts up to the end of a burst of uploads, and that end."""
    start = pd.Timestamp(first)
    end = start + pd.Timedelta(hours=n_hours)
    counts = usual()
    is_burst = counts["period_start"].between(start, end, inclusive="left")
    counts.loc[is_burst & (counts["theme"] == "fault.upload"), "n"] = a_hour
    return counts[(counts["n"] > 0) & (counts["period_start"] < end)], end


def alerts(counts: pd.DataFrame, as_of: pd.Timestamp) -> pd.DataFrame:
    found = find_signals(counts, as_of=as_of, with_watch=False)
    return found[found["kind"] == "burst"]


def test_six_hours_are_enough() -> None:
    found = alerts(*with_burst("2026-05-06T08:00Z", 6, 2))
    assert found[["theme", "window", "n"]].to_numpy().tolist() == [["fault.upload", "6h", 12]]
    told = found.iloc[0]
    assert told["window_end"] - told["window_start"] == pd.Timedelta(hours=6)
    assert told["sentence"] == (
        "12 reports of upload failures on /evidence since 09:00 today; usually 1 a day."
    )


def test_half_a_day_is_told_by_its_own_window() -> None:
    found = alerts(*with_burst("2026-05-06T06:00Z", 12, 1))
    assert found[["theme", "window"]].to_numpy().tolist() == [["fault.upload", "12h"]]


def test_the_same_count_over_days_is_no_burst() -> None:
    counts, end = with_burst("2026-05-06T08:00Z", 6, 2)
    spread = counts[counts["period_start"] < end - pd.Timedelta(days=9)]
    calm = usual(seed=4)
    later = calm[(calm["n"] > 0) & (calm["period_start"] >= end - pd.Timedelta(days=9))]
    later = later[later["period_start"] < end]
    assert alerts(pd.concat([spread, later]), end).empty


def test_the_busy_hours_of_every_day_are_no_burst() -> None:
    counts = usual(a_day=8.0, seed=2)
    evening = pd.Timestamp("2026-05-06T14:00Z")
    assert alerts(counts[counts["n"] > 0], evening).empty


def test_a_look_comes_every_hour_and_tells_once() -> None:
    counts, _ = with_burst("2026-05-06T08:00Z", 30, 1)
    recent = counts[counts["period_start"] >= pd.Timestamp("2026-04-16T00:00Z")]
    told = pd.concat(replay(recent, as_of=pd.Timestamp("2026-05-07T14:00Z")))
    lately = told[(told["theme"] == "fault.upload") & (told["as_of"] > "2026-05-06")]
    assert len(lately) == 1
    raised = lately["as_of"].iloc[0]
    assert raised.minute == 0
    assert pd.Timestamp("2026-05-06T11:00Z") <= raised <= pd.Timestamp("2026-05-06T20:00Z")


def test_every_window_ends_at_the_look_and_adds_up_its_own_hours() -> None:
    counts, end = with_burst("2026-05-06T08:00Z", 6, 2)
    panel = make_panel(counts, per_day=24, end=end)
    past = past_of(panel, panel.n_periods, np.arange(len(panel.cells)), None, 7.0)
    row = int(np.flatnonzero(panel.cells["theme"] == "fault.upload")[0])
    for days in WINDOW_DAYS[24]:
        since = end - pd.Timedelta(days=days)
        mine = (counts["theme"] == "fault.upload") & (counts["period_start"] >= since)
        assert past.in_window(past.reports, days)[row] == counts.loc[mine, "n"].sum()


@pytest.mark.parametrize(
    ("start", "said"),
    [
        ("2026-05-06T08:10Z", "since 09:10 today"),
        ("2026-05-05T23:30Z", "since 00:30 today"),
        ("2026-05-05T22:30Z", "since 23:30 yesterday"),
        ("2026-05-04T08:10Z", "since 09:10 on Monday 4 May"),
        ("2026-03-28T09:10Z", "since 09:10 on Saturday 28 March"),
    ],
)
def test_a_sentence_names_the_day_as_london_has_it(start: str, said: str) -> None:
    sentence = write_sentence(
        "burst",  # type: ignore[arg-type]
        n=14,
        expected=0.5,
        rate_ratio=28.0,
        days=0.5,
        service="fees",
        page="/evidence",
        theme="fault.upload",
        start=pd.Timestamp(start),
        as_of=pd.Timestamp("2026-05-06T14:10Z"),
        is_hourly=True,
    )
    assert sentence == f"14 reports of upload failures on /evidence {said}; usually 1 a day."
