"""A burst of one theme on one page is found; a page's traffic, noise and rare reports are not."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from topics.baseline import exposure_of
from topics.emerging import find_signals, replay
from topics.looks import q_values
from topics.panel import make_panel
from topics.tails import beta_binomial_tail, count_tails, mid_p, ratio_interval

DAYS = pd.date_range("2026-01-05", periods=84, tz="UTC")
THEMES = ("fault.error", "fault.upload", "use.question", "praise")


def steady(page: str = "/fees/pay", *, service: str = "fees", seed: int = 1) -> pd.DataFrame:
    """Every theme about once a day, for twelve weeks."""
    rng = np.random.default_rng(seed)
    rows = [
        {"service": service, "page": page, "theme": theme, "period_start": day, "n": n}
        for theme in THEMES
        for day, n in zip(DAYS, rng.poisson(1.0, len(DAYS)), strict=True)
        if n
    ]
    return pd.DataFrame(rows)


def raised(counts: pd.DataFrame, theme: str, *, n: int, days: int) -> pd.DataFrame:
    """Set a theme's count on the last days."""
    is_last = counts["period_start"] >= DAYS[-days]
    kept = counts[~(is_last & (counts["theme"] == theme))]
    new = pd.DataFrame(
        {
            "service": "fees",
            "page": "/fees/pay",
            "theme": theme,
            "n": n,
            "period_start": DAYS[-days:],
        }
    )
    return pd.concat([kept, new], ignore_index=True)


def bursts(counts: pd.DataFrame, **options: object) -> pd.DataFrame:
    found = find_signals(counts, with_watch=False, **options)  # type: ignore[arg-type]
    return found[found["kind"] == "burst"]


def test_a_fivefold_burst_is_an_alert_that_says_what_where_and_since_when() -> None:
    found = bursts(raised(steady(), "fault.upload", n=6, days=3))
    assert found[["page", "theme", "level"]].to_numpy().tolist() == [
        ["/fees/pay", "fault.upload", "alert"]
    ]
    burst = found.iloc[0]
    assert burst["window_start"] == DAYS[-3]
    assert burst["n"] == 18
    assert burst["rate_ratio"] == pytest.approx(18 / burst["expected"])
    assert 1.5 < burst["low"] < burst["rate_ratio"] < burst["high"]
    assert burst["q_value"] < 0.05
    assert burst["sentence"] == (
        "18 reports of upload failures on /fees/pay since Friday 27 March; usually 1 a day."
    )


def test_a_surge_of_traffic_on_all_of_a_page_is_no_burst_of_its_themes() -> None:
    one = raised(steady(), "fault.upload", n=6, days=3)
    assert len(bursts(one)) == 1
    every = one
    for theme in THEMES:
        every = raised(every, theme, n=6, days=3)
    assert bursts(every).empty


def test_a_theme_on_its_own_page_is_judged_by_volume_alone() -> None:
    alone = raised(steady(), "fault.upload", n=6, days=3)
    alone = alone[alone["theme"] == "fault.upload"]
    assert bursts(alone)["theme"].tolist() == ["fault.upload"]


def test_a_burst_of_what_a_page_is_usually_about_is_an_alert() -> None:
    rng = np.random.default_rng(6)
    usual = pd.DataFrame({"theme": "fault.upload", "period_start": DAYS, "n": rng.poisson(0.9, 84)})
    other = pd.DataFrame({"theme": "praise", "period_start": DAYS[5:80:25], "n": 1})
    page = pd.concat([usual, other]).assign(service="fees", page="/fees/pay")
    page = page[page["n"] > 0]
    found = bursts(raised(page, "fault.upload", n=40, days=1))
    assert found[["theme", "n"]].to_numpy().tolist() == [["fault.upload", 40]]
    assert found["expected"].iloc[0] < 1.5


@pytest.mark.parametrize(
    ("n", "days"),
    [(1, 3), (2, 1), (2, 2), (0, 3)],
    ids=["as usual", "double for a day", "double for two days", "nothing"],
)
def test_usual_ups_and_downs_are_no_burst(n: int, days: int) -> None:
    assert bursts(raised(steady(), "fault.upload", n=n, days=days)).empty


def test_two_reports_of_something_new_are_too_few_but_six_are_not() -> None:
    calm = steady()
    two = raised(calm, "content.language", n=2, days=1)
    six = raised(calm, "content.language", n=6, days=1)
    assert "content.language" not in set(bursts(two)["theme"])
    assert "content.language" in set(bursts(six)["theme"])


def test_a_weekday_that_is_always_busy_is_no_burst() -> None:
    busy = steady()
    busy = busy[busy["theme"] == "fault.upload"].copy()
    is_monday = busy["period_start"].dt.day_of_week == 0
    busy.loc[is_monday, "n"] += 7
    monday = busy["period_start"][is_monday].max() + pd.Timedelta(days=1)
    assert bursts(busy, as_of=monday).empty
    on_tuesday = busy.tail(1).assign(period_start=monday, n=16)
    both = pd.concat([busy, on_tuesday], ignore_index=True)
    assert len(bursts(both, as_of=monday + pd.Timedelta(days=1))) == 1


def test_a_busy_past_does_not_hide_a_burst_and_a_past_burst_is_not_the_new_usual() -> None:
    counts = raised(steady(), "fault.upload", n=6, days=3)
    month_ago = (counts["period_start"] >= DAYS[60]) & (counts["period_start"] < DAYS[64])
    counts = counts[~(month_ago & (counts["theme"] == "fault.upload"))]
    earlier = pd.DataFrame(
        {
            "service": "fees",
            "page": "/fees/pay",
            "theme": "fault.upload",
            "n": 15,
            "period_start": DAYS[60:64],
        }
    )
    found = bursts(pd.concat([counts, earlier], ignore_index=True))
    assert found["theme"].tolist() == ["fault.upload"]
    assert found["expected"].iloc[0] < 5.0


def test_an_alarm_is_told_once() -> None:
    counts = raised(steady(), "fault.upload", n=6, days=5)
    told = pd.concat(replay(counts))
    lately = told[(told["kind"] == "burst") & (told["as_of"] > DAYS[-5])]
    assert lately["theme"].tolist() == ["fault.upload"]


def test_what_came_later_changes_no_earlier_look() -> None:
    counts = pd.concat(
        [raised(steady(), "fault.upload", n=6, days=5), steady("/fees/income", seed=2)]
    )
    middle = DAYS[75]
    early = counts[counts["period_start"] < middle]
    new_service = steady("/new/page", service="new", seed=3)
    new_theme = steady(seed=4).assign(theme="staff").drop_duplicates("period_start")
    new_page = steady("/fees/savings", seed=5)
    news = pd.concat([new_service, new_theme, new_page])
    later = pd.concat([counts, news[news["period_start"] >= middle]])
    later.loc[later["period_start"] >= middle, "n"] *= 9

    def before(frames: pd.DataFrame) -> pd.DataFrame:
        return frames[frames["as_of"] <= middle].reset_index(drop=True)

    options = {"false_alarms_per_week": 20.0, "with_watch": True}
    known = pd.concat(replay(early, **options))
    assert len(known) > 3
    pd.testing.assert_frame_equal(
        before(pd.concat(replay(later, **options))), before(known), rtol=1e-9
    )


def test_a_replayed_look_finds_what_a_single_look_finds() -> None:
    counts = raised(steady(), "fault.upload", n=6, days=5)
    told = pd.concat(replay(counts))
    burst = told[told["kind"] == "burst"].iloc[0]
    single = bursts(counts, as_of=burst["as_of"]).iloc[0]
    assert single.to_dict() == burst.to_dict()


def test_a_moment_within_a_period_sees_only_the_periods_before_it() -> None:
    counts = raised(steady(), "fault.upload", n=30, days=1)
    assert len(bursts(counts)) == 1
    assert bursts(counts, as_of=DAYS[-1] + pd.Timedelta(hours=23)).empty


def test_hours_give_the_same_finding_as_days() -> None:
    daily = raised(steady(), "fault.upload", n=6, days=3)
    rng = np.random.default_rng(4)
    hourly = daily.loc[daily.index.repeat(daily["n"])].assign(n=1)
    hours = pd.to_timedelta(rng.integers(8, 20, len(hourly)), unit="h")
    hourly["period_start"] = hourly["period_start"] + hours
    end = DAYS[-1] + pd.Timedelta(days=1)
    found = bursts(hourly, as_of=end)
    assert found["theme"].tolist() == ["fault.upload"]
    assert found["n"].iloc[0] == 18
    assert found["expected"].iloc[0] == pytest.approx(bursts(daily)["expected"].iloc[0], rel=0.25)


@pytest.mark.parametrize(("mean", "size"), [(0.3, 0.5), (2.0, 4.0), (40.0, 12.0)])
def test_the_tail_of_a_count_agrees_with_scipy_and_with_simulation(
    mean: float, size: float
) -> None:
    counts = np.arange(0.0, 60.0)
    ours = mid_p(counts, np.full(60, mean), np.full(60, size))
    same = stats.nbinom(size, size / (size + mean))
    np.testing.assert_allclose(ours, same.sf(counts) + same.pmf(counts) / 2, rtol=1e-9)
    mids, tails = count_tails(np.array([mean]), np.array([size]), 60)
    np.testing.assert_allclose(mids[0], ours, atol=1e-12)
    np.testing.assert_allclose(tails[0], same.sf(counts - 1), atol=1e-12)
    rng = np.random.default_rng(0)
    drawn = rng.poisson(rng.gamma(size, mean / size, 200_000))
    count = int(mean + 2)
    assert (drawn > count).mean() + (drawn == count).mean() / 2 == pytest.approx(
        ours[count], abs=0.004
    )


def test_the_tail_of_a_share_agrees_with_scipy() -> None:
    count, n = np.array([0.0, 3.0, 14.0]), np.array([5.0, 9.0, 20.0])
    share, weight = np.array([0.2, 0.1, 0.3]), np.array([10.0, 35.0, 50.0])
    same = stats.betabinom(n, weight * share, weight * (1 - share))
    np.testing.assert_allclose(
        beta_binomial_tail(count, n, share, weight), same.sf(count) + same.pmf(count) / 2, rtol=1e-9
    )


def test_the_interval_of_a_ratio_is_that_of_two_gamma_posteriors() -> None:
    low, high = ratio_interval(*(np.array([x]) for x in (14.0, 3.0, 20.0, 18.0, 1.0)))
    rng = np.random.default_rng(3)
    now = rng.gamma(14.5, 1 / 3.0, 400_000)
    usual = rng.gamma(20.0, 1 / 18.0, 400_000)
    assert [low[0], high[0]] == pytest.approx(np.quantile(now / usual, [0.025, 0.975]), rel=0.01)


def test_q_values_of_continuous_tests_are_those_of_benjamini_and_hochberg() -> None:
    p = np.random.default_rng(2).random(50) ** 3
    np.testing.assert_allclose(q_values(50 * p), stats.false_discovery_control(p))


def test_exposure_follows_weekdays_and_hours_and_begins_with_the_service() -> None:
    rng = np.random.default_rng(11)
    hours = pd.date_range("2026-01-05", periods=84 * 24, freq="h", tz="UTC")
    is_weekend = hours.day_of_week >= 5
    is_office = (hours.hour >= 8) & (hours.hour < 18)
    means = np.where(is_weekend, 0.5, 1.0) * np.where(is_office, 20.0, 4.0)
    counts = pd.DataFrame(
        {"service": "fees", "page": "/fees/pay", "theme": "praise", "period_start": hours}
    ).assign(n=rng.poisson(means))
    late = counts.assign(service="late", page="/late")[30 * 24 :]
    panel = make_panel(
        pd.concat([counts, late])[lambda frame: frame["n"] > 0],
        per_day=24,
        end=hours[-1] + pd.Timedelta(hours=1),
    )
    exposure, late_exposure = exposure_of(panel, panel.n_periods, 7.0)
    assert exposure[: 7 * 24].sum() == pytest.approx(7.0, rel=1e-6)
    weekdays, hour = panel.starts.day_of_week, panel.starts.hour
    ratio = exposure[weekdays == 0].mean() / exposure[weekdays == 6].mean()
    assert ratio == pytest.approx(2.0, rel=0.15)
    ratio = exposure[(hour >= 8) & (hour < 18)].mean() / exposure[hour < 8].mean()
    assert ratio == pytest.approx(5.0, rel=0.25)
    begins = late["period_start"].iloc[0]
    assert late_exposure[panel.starts < begins].sum() == 0.0
    assert late_exposure[panel.starts >= begins + pd.Timedelta(days=1)].min() > 0.0


@pytest.mark.parametrize("hour", [0, 13])
def test_history_beyond_what_is_looked_at_changes_nothing(hour: int) -> None:
    recent = raised(steady(), "fault.upload", n=9, days=2)
    recent["period_start"] += pd.Timedelta(hours=hour)
    if hour:  # periods of hours: a second start that is not a whole day later
        recent.loc[0, "period_start"] += pd.Timedelta(hours=1)
    old = recent.assign(period_start=recent["period_start"] - pd.Timedelta(days=400))
    told = find_signals(pd.concat([old, recent], ignore_index=True))
    assert "fault.upload" in told["theme"].tolist()
    earlier = [t for t in told["theme"] if t not in find_signals(recent)["theme"].tolist()]
    assert earlier == []
