"""From a signal to the issue behind it, and what is usual beside it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import sqlalchemy as sa

from app.filters import Filters
from app.queries_signals import days_of, issues_behind, newest_signals
from app.tell_signals import about_report_days, behind_told, false_alarms_told
from feedback.schema import assignments
from feedback.store import Store
from feedback.tallies import refresh_tallies
from tests.app.filling import CLUSTER, EVIDENCE, NOW, code, fill, id_of, issue, put, signal
from topics.usual_range import usual_range

ALL = Filters(date(2026, 1, 8), date(2026, 4, 1))
HERE = {"service": "benefit-appeals", "page": EVIDENCE}
OTHER, GONE, ENDED = ("d" * 32, "e" * 32, "f" * 32)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.open(f"sqlite:///{tmp_path / 'feedback.db'}") as opened:
        keys = put(opened, [{"text": f"upload {i}", **HERE} for i in range(6)])
        code(opened, {key: ["fault.upload"] for key in keys})
        rows = [
            issue(CLUSTER, "Photos refused", keys[:3], theme="fault.upload", n=4, **HERE),
            issue(OTHER, "Files too large", [], theme="fault.upload", n=9, **HERE),
            issue(GONE, "Photos", [], theme="fault.upload", **HERE),
            issue(ENDED, "Old", [], theme="fault.upload", status="closed", n=99, **HERE),
            issue("1" * 32, "Elsewhere", [], theme="fault.upload", service="divorce"),
        ]
        members = pd.DataFrame({"comment_id": keys, "cluster_id": CLUSTER, "similarity": 0.9})
        opened.write_clusters(pd.DataFrame(rows), members, merged={GONE: CLUSTER})
        yield opened


def behind(store: Store, **given: object) -> list[str]:
    store.replace_signals(NOW, pd.DataFrame([signal("one", **given)]))
    return issues_behind(store, newest_signals(store, ALL)[0])["cluster_id"].tolist()


def test_a_signal_about_an_issue_leads_to_it(store: Store) -> None:
    assert behind(store, theme=f"cluster:{CLUSTER}") == [CLUSTER]
    assert behind(store, theme=f"cluster:{GONE}") == [CLUSTER], "to where it went"
    assert behind(store, theme=f"cluster:{ENDED}") == [ENDED], "also if somebody has closed it"


def test_a_signal_about_a_code_leads_to_the_open_issues_of_its_page(store: Store) -> None:
    assert behind(store, theme="fault.upload") == [OTHER, CLUSTER]
    assert behind(store, theme="fault.payment") == []


def test_a_novel_complaint_leads_to_where_its_comments_are(store: Store) -> None:
    members = store.read(sa.select(assignments.c.comment_id))["comment_id"].tolist()
    assert behind(store, theme="text:x", comments=members[:2]) == [CLUSTER]
    assert behind(store, theme="text:x", comments=["0" * 32]) == []


def test_a_page_that_went_quiet_has_no_issue(store: Store) -> None:
    assert behind(store, theme="all", kind="quiet") == []


def test_days_are_those_of_the_comments_with_and_without_kept_counts(store: Store) -> None:
    for theme, n in (("fault.upload", 6), ("all", 6), (f"cluster:{CLUSTER}", 6), ("praise", 0)):
        store.replace_signals(NOW, pd.DataFrame([signal("one", theme=theme)]))
        found = newest_signals(store, ALL)[0]
        live = days_of(store, ALL, found)
        refresh_tallies(store)
        kept = days_of(store, ALL, found)
        assert live["n"].sum() == kept["n"].sum() == n
        assert len(kept) == 84


def drawn(rng: np.random.Generator, mean: float, dispersion: float, n: int) -> np.ndarray:
    rates = mean if dispersion == 0 else rng.gamma(1 / dispersion, mean * dispersion, n)
    return rng.poisson(rates, n)


@pytest.mark.parametrize(("mean", "dispersion"), [(0.3, 0), (3.0, 0), (20.0, 0), (8.0, 0.3)])
def test_the_band_holds_as_many_usual_days_as_it_says(mean: float, dispersion: float) -> None:
    rng = np.random.default_rng(5)
    held = []
    for _ in range(300):
        days = drawn(rng, mean, dispersion, 85)
        band = usual_range(days[:84], float(days[:84].mean()))
        assert band is not None
        held.append(band[0] <= days[84] <= band[1])
    assert 0.92 <= np.mean(held) <= 1.0


def test_the_band_is_wider_where_days_differ_and_absent_without_a_past() -> None:
    rng = np.random.default_rng(6)
    even, uneven = drawn(rng, 10, 0, 84), drawn(rng, 10, 0.5, 84)
    narrow, wide = usual_range(even, 10.0), usual_range(uneven, 10.0)
    assert narrow is not None
    assert wide is not None
    assert wide[1] - wide[0] > 1.5 * (narrow[1] - narrow[0])
    assert usual_range(even[:13], 10.0) is None


def test_the_words_beside_the_chart_tell_the_band_and_its_lack(tmp_path: Path) -> None:
    with Store.open(f"sqlite:///{tmp_path / 'x.db'}") as full:
        fill(full, n_comments=300)
        found = newest_signals(full, ALL)[0]
        days = days_of(full, ALL, found)
        burst = next(found.itertuples())
        own = days[days["signal_id"] == id_of("burst-1")]
        told = about_report_days(burst, own)
        assert told["usual"] is not None
        assert "where 95 of 100 usual days lie" in told["telling"].subtitle
        late = own[own["day"] >= own["day"].max() - timedelta(days=9)]
        assert "too short a past" in about_report_days(burst, late)["telling"].subtitle


def test_false_alarms_are_told_by_the_setting() -> None:
    assert "About 3 alerts a week" in false_alarms_told(3.0)
    assert "About 1 alert in 2 weeks" in false_alarms_told(0.5)


def test_where_an_issue_stands_is_told(store: Store) -> None:
    store.triage(CLUSTER, "ann", owner="web team", status="investigating")
    store.replace_signals(NOW, pd.DataFrame([signal("one", theme=f"cluster:{CLUSTER}")]))
    (row,) = issues_behind(store, newest_signals(store, ALL)[0]).itertuples()
    assert behind_told(row) == "Investigating, with web team, 4 comments"
