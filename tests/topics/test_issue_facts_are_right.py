"""What is told of an issue can be counted by hand, and nothing is told of too few."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import sqlalchemy as sa
from scipy import stats

from feedback import schema
from feedback.intervals import share_interval
from feedback.store import Store
from tests.app.filling import NOW, code, issue, put
from topics.intervals import rate_ratio
from topics.issue_facts import issue_facts
from topics.issue_sentences import issue_sentence
from topics.refresh_facts import refresh_issue_facts
from topics.skew import browser_family, strongest_skews

AS_OF = datetime(2026, 5, 24, 9, tzinfo=UTC)
PAGE = "/appeals/evidence"


def comment(number: int, days_ago: float, **given: Any) -> dict[str, Any]:
    return {
        "comment_id": f"c{number}",
        "response_id": f"r{number}",
        "service": "appeals",
        "page": PAGE,
        "submitted_at": AS_OF - timedelta(days=days_ago),
        "n_characters": 60,
        "duplicate_of": None,
        "is_empty": False,
        "facets": None,
        "cluster": None,
        "satisfaction": None,
        "browser": None,
        "device": None,
        **given,
    }


def told_of(rows: list[dict[str, Any]], **given: Any) -> dict[str, Any]:
    frame = pd.DataFrame(rows)
    frame["submitted_at"] = pd.to_datetime(frame["submitted_at"], utc=True)
    responses = frame[["response_id", "satisfaction", "browser", "device"]]
    members = frame.dropna(subset=["cluster"]).rename(columns={"cluster": "cluster_id"})
    assignments = members[["comment_id", "cluster_id"]]
    return issue_facts(frame, responses, assignments, as_of=AS_OF, **given)


def usual_rows() -> list[dict[str, Any]]:
    """Twelve of a cluster in the last week, eight in the ten weeks before; sixty others."""
    here = [0.5 + i / 2 for i in range(12)] + [9 + 9 * i for i in range(8)]
    rows = [comment(i, days, cluster="a") for i, days in enumerate(here)]
    return rows + [comment(100 + i, 0.3 + 1.5 * i) for i in range(60)]


def test_the_last_week_is_told_beside_what_is_usual() -> None:
    facts = told_of(usual_rows())["a"]
    assert (facts["n"], facts["recent"]["n"]) == (20, 12)
    assert facts["first_seen"] == (AS_OF - timedelta(days=72)).isoformat()
    assert facts["last_seen"] == (AS_OF - timedelta(days=0.5)).isoformat()
    past_days = int(0.3 + 1.5 * 59 - 7)  # watched since the first comment on the service
    assert facts["recent"]["usual"] == pytest.approx(8 / past_days * 7, abs=1e-3)
    low, high = facts["recent"]["low"], facts["recent"]["high"]
    exact = stats.binomtest(12, 20, 7 / (7 + past_days)).proportion_ci(0.95, "exact")
    odds = [p / (1 - p) * past_days / 7 for p in exact]
    assert (low, high) == pytest.approx(odds, rel=1e-3)


def test_what_is_usual_is_not_told_without_two_weeks_of_a_past() -> None:
    rows = [comment(i, i * 2.5, cluster="a") for i in range(8)]
    facts = told_of(rows)["a"]
    assert facts["recent"]["usual"] is None
    assert facts["recent"]["n"] == 3
    assert issue_sentence(facts, PAGE, "Appeals").startswith(
        "8 comments on /appeals/evidence since 6 May, 3 in the last week."
    )


def test_a_burst_in_the_past_widens_the_interval() -> None:
    even = [comment(i, 8 + 2 * i, cluster="a") for i in range(20)]
    lumped = [comment(i, 20 + i / 40, cluster="a") for i in range(20)]
    now = [comment(200 + i, i + 0.5, cluster="a") for i in range(6)] + [comment(300, 80)]
    narrow, wide = (told_of([*rows, *now])["a"]["recent"] for rows in (even, lumped))
    assert narrow["usual"] == wide["usual"]
    assert wide["low"] < narrow["low"] / 1.5
    assert wide["high"] > narrow["high"] * 1.5
    days = 80 - 7
    assert narrow["low"] == pytest.approx(rate_ratio(6, 7, 20, days)[1], rel=1e-3)


def test_the_share_is_of_the_pages_comments_since_it_was_first_seen() -> None:
    rows = [comment(i, i + 1, cluster="a") for i in range(6)]
    rows += [comment(50 + i, i + 0.5) for i in range(10)]  # four of them earlier
    rows += [comment(80, 1, page="/appeals/other"), comment(81, 1, service="divorce")]
    share = told_of(rows)["a"]["share"]
    assert (share["n"], share["base"]) == (6, 12)
    assert (share["share"], share["low"], share["high"]) == pytest.approx(
        share_interval(6, 12), abs=1e-4
    )


def test_what_says_nothing_or_is_sent_twice_or_later_is_not_counted() -> None:
    rows = [comment(i, i + 1, cluster="a") for i in range(5)]
    rows += [
        comment(10, 1.1, cluster="a", duplicate_of="c0"),
        comment(11, 2, cluster="a", is_empty=True),
        comment(12, -1, cluster="a"),
    ]
    assert told_of(rows)["a"]["n"] == 5


def rated(rows: list[int | None], first: int, **given: Any) -> list[dict[str, Any]]:
    return [
        comment(first + i, 1 + i / 10, satisfaction=value, **given) for i, value in enumerate(rows)
    ]


def test_satisfaction_is_compared_with_that_of_the_pages_other_responses() -> None:
    here, others = [1, 2, 1, 3, 2, 1], [4, 5, 3, 4, 5, 4, 2, 4]
    early = comment(900, 85, satisfaction=1)  # longer ago than twelve weeks
    same = comment(901, 1, satisfaction=None, response_id="r0")  # its response is in the issue
    facts = told_of([*rated(here, 0, cluster="a"), *rated(others, 50), early, same])["a"]
    found = facts["satisfaction"]
    assert (found["n"], found["n_others"]) == (6, 8)
    interval = stats.ttest_ind(here, others, equal_var=False).confidence_interval(0.95)
    assert (found["low"], found["high"]) == pytest.approx((interval.low, interval.high), abs=1e-3)
    assert f"satisfaction {np.mean(others) - np.mean(here):.1f} lower" in issue_sentence(
        facts, PAGE, "Appeals"
    )


def test_four_answers_are_too_few() -> None:
    rows = [*rated([1, 1, 1, 1, None], 0, cluster="a"), *rated([5] * 9, 50)]
    facts = told_of(rows)["a"]
    assert facts["satisfaction"]["difference"] is None
    assert "satisfaction" not in issue_sentence(facts, PAGE, "Appeals")


def test_a_gap_that_may_be_chance_is_not_in_the_sentence() -> None:
    rows = [*rated([1, 5, 2, 4, 3], 0, cluster="a"), *rated([3, 4, 5, 2, 3, 1, 5], 50)]
    facts = told_of(rows)["a"]
    assert facts["satisfaction"]["difference"] is not None
    assert "satisfaction" not in issue_sentence(facts, PAGE, "Appeals")


def with_browsers(here: list[str], others: list[str]) -> list[dict[str, Any]]:
    rows = [comment(i, 1 + i / 100, cluster="a", browser=name) for i, name in enumerate(here)]
    oldest = comment(99, 9, cluster="a")
    return [*rows, oldest, *(comment(100 + i, 2, browser=x) for i, x in enumerate(others))]


def test_a_browser_that_stands_out_is_told_with_its_share_elsewhere() -> None:
    here = ["Safari 17.4"] * 14 + ["Chrome 126"] * 6
    others = ["Mobile Safari"] * 12 + ["Chrome"] * 28
    facts = told_of(with_browsers(here, others))["a"]
    (found,) = facts["skews"]
    assert (found["value"], found["n"], found["base"]) == ("Safari", 14, 20)
    p_value = stats.fisher_exact([[14, 6], [12, 28]]).pvalue
    assert found["p_value"] == pytest.approx(2 * p_value, rel=0.05), "by Holm: one of two browsers"
    assert "mostly Safari (70%, elsewhere 30%)" in issue_sentence(facts, PAGE, "Appeals")


@pytest.mark.parametrize(
    ("here", "others"),
    [
        (["Safari"] * 4, ["Chrome"] * 60),  # too few
        (["Safari"] * 9 + ["Chrome"] * 6, ["Safari"] * 20 + ["Chrome"] * 20),  # may be chance
        (["Chrome"] * 9, []),  # nothing to compare with
        ([], ["Chrome"] * 9),
    ],
)
def test_a_browser_is_not_told_by_chance(here: list[str], others: list[str]) -> None:
    assert told_of(with_browsers(here, others))["a"]["skews"] == []


def test_among_many_issues_without_a_skew_few_are_given_one() -> None:
    generator = np.random.default_rng(8)
    names = np.array(["Safari", "Chrome", "Edge", "Firefox", "Samsung Internet", "Opera"])
    chances = [0.3, 0.4, 0.1, 0.1, 0.05, 0.05]
    n_told = sum(
        bool(
            strongest_skews(
                {"browser": Counter(generator.choice(names, 30, p=chances).tolist())},
                {"browser": Counter(generator.choice(names, 90, p=chances).tolist())},
            )
        )
        for _ in range(400)
    )
    assert n_told / 400 < 0.05


def chosen(generator: np.random.Generator, page: int) -> str:
    """A browser by chance; on the first page Safari is rare, but for its issue."""
    return "Safari" if generator.random() < (0.5 if page else 0.1) else "Chrome"


def test_among_many_issues_chance_is_seldom_told_as_more() -> None:
    """A hundred pages on which nothing stands out, and one issue for which something does."""
    generator = np.random.default_rng(4)
    rows = []
    for page in range(100):
        for i in range(40):
            is_skewed = page == 0 and i < 15
            rows.append(
                comment(
                    1000 * page + i,
                    1 + i / 100,
                    page=f"/appeals/{page}",
                    cluster=f"k{page}" if i < 15 else None,
                    browser="Safari" if is_skewed else chosen(generator, page),
                    satisfaction=1 if is_skewed else int(generator.integers(1, 6)),
                )
            )
    found = told_of(rows)
    gaps = {key for key, facts in found.items() if facts["satisfaction"]["is_clear"]}
    skews = {key for key, facts in found.items() if facts["skews"]}
    by_interval = sum(
        facts["satisfaction"]["low"] > 0 or facts["satisfaction"]["high"] < 0
        for facts in found.values()
    )
    assert by_interval >= 5, "so many would be told each on its own"
    assert "k0" in gaps & skews
    assert len(gaps) <= 2
    assert len(skews) <= 2


def test_a_browser_that_a_comment_names_counts_where_the_response_tells_none() -> None:
    rows = [
        comment(i, 1 + i / 100, cluster="a", facets={"browser": ["Safari"], "device": ["phone"]})
        for i in range(10)
    ]
    rows += [comment(50 + i, 1, browser="Firefox", device="Desktop") for i in range(30)]
    rows += [comment(20, 5, cluster="a", facets={"browser": ["Edge", "Chrome"]})]
    found = told_of(rows)["a"]["skews"]
    assert {(one["kind"], one["value"], one["base"]) for one in found} == {
        ("browser", "Safari", 10),
        ("device", "phone", 10),
    }


@pytest.mark.parametrize(
    ("told", "family"),
    [
        (
            "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
            "Chrome/126.0.0.0 Safari/537.36 Edg/126.0.0.0",
            "Edge",
        ),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 17_4 like Mac OS X) AppleWebKit/605.1.15 (KHTML, "
            "like Gecko) CriOS/126.0 Mobile/15E148 Safari/604.1",
            "Chrome",
        ),
        ("Mozilla/5.0 (X11; Linux) Gecko/20100101 Firefox/127.0", "Firefox"),
        ("SamsungBrowser 25", "Samsung Internet"),
        ("MS Edge", "Edge"),
        ("IE 11", "Internet Explorer"),
        ("Knowledge browser", "Knowledge browser"),
        ("Vivaldi", "Vivaldi"),
    ],
)
def test_browsers_are_known_by_any_of_their_names(told: str, family: str) -> None:
    assert browser_family(told) == family


def test_facets_are_counted_once_a_comment_and_hold_nobodys_words() -> None:
    mine = {"status_code": 502, "error_text": "Dear Ann Lee, sorry", "action": ["upload"]}
    rows = [
        comment(0, 1, cluster="a", facets=mine),
        comment(1, 2, cluster="a", facets={**mine, "action": ["upload", "upload", "pay"]}),
        comment(2, 3, cluster="a", facets={"action": ["upload"], "step": "4 of 7"}),
        comment(3, 4, cluster="a", facets={"browser": ["Safari"]}),
    ]
    facts = told_of(rows)["a"]
    assert facts["facets"] == {"status_code": {"502": 2}, "action": {"upload": 3}}
    assert "Ann" not in json.dumps(facts)
    withheld = told_of(rows, withheld={"c1"})["a"]
    assert withheld["n"] == 4, "it still counts"
    assert withheld["facets"] == {"action": {"upload": 2}}


def test_the_sentence_says_what_there_is() -> None:
    facts = told_of([comment(0, 400, cluster="a")])["a"]
    assert issue_sentence(facts, None, "Appeals") == (
        "1 comment about Appeals, no page given, since 19 April 2025, 0 in the last week (usually "
        "less than 1)."
    )
    cut = {**facts, "is_cut": True, "days": 182}
    assert "in the last 182 days, 0 in the last week" in issue_sentence(cut, None, "Appeals")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.open(f"sqlite:///{tmp_path / 'feedback.db'}") as opened:
        yield opened


def facts_of(store: Store, cluster_id: str = "a") -> Any:
    table = schema.issues
    return store.read(sa.select(table.c.facts).where(table.c.cluster_id == cluster_id)).iloc[0, 0]


def test_facts_of_a_store_are_written_once_and_follow_what_comes_in(store: Store) -> None:
    assert refresh_issue_facts(store, now=NOW) == 0
    rows = [
        {
            "text": f"photo refused again {i}",
            "submitted_at": NOW - timedelta(days=i / 2 + 0.1),
            "satisfaction": 1,
            "browser": "Safari",
        }
        for i in range(8)
    ]
    others = [
        {
            "text": f"lovely page {i}",
            "submitted_at": NOW - timedelta(days=i + 0.2),
            "satisfaction": 5,
            "browser": "Chrome",
        }
        for i in range(40)
    ]
    keys = put(store, [*rows, *others])
    code(store, {keys[0]: ["safeguarding"]}, facets={key: {"status_code": 502} for key in keys})
    assert refresh_issue_facts(store, now=NOW) == 0
    store.write_clusters(
        pd.DataFrame([issue("a", "Photos refused", keys[:3])]),
        pd.DataFrame({"comment_id": keys[:8], "cluster_id": "a", "similarity": 0.9}),
    )
    assert refresh_issue_facts(store, now=NOW) == 1
    facts = facts_of(store)
    assert (facts["n"], facts["recent"]["n"], facts["fix"]) == (8, 8, None)
    assert facts["facets"] == {"status_code": {"502": 7}}, "safeguarding is told nothing of"
    assert facts["skews"][0]["value"] == "Safari"
    assert facts["satisfaction"]["difference"] == -4
    version = store.data_version()
    assert refresh_issue_facts(store, now=NOW + timedelta(minutes=5)) == 0
    assert store.data_version() == version

    (new,) = put(store, [{"text": "photo refused once more", "submitted_at": NOW}])
    code(store, {})
    more = pd.DataFrame({"comment_id": [new], "cluster_id": "a", "similarity": 0.9})
    store.write_clusters(pd.DataFrame([issue("a", "Photos refused", keys[:3])]), more)
    assert refresh_issue_facts(store, now=NOW) == 1
    assert facts_of(store)["n"] == 9


def test_an_old_store_is_told_of_as_of_its_newest_comment(store: Store) -> None:
    keys = put(store, [{"text": "refused", "submitted_at": NOW - timedelta(days=2)}])
    code(store, {})
    store.write_clusters(
        pd.DataFrame([issue("a", "Photos refused", keys)]),
        pd.DataFrame({"comment_id": keys, "cluster_id": "a", "similarity": 0.9}),
    )
    refresh_issue_facts(store, now=NOW + timedelta(days=300))
    assert facts_of(store)["as_of"] == (NOW - timedelta(days=2)).isoformat()
    assert facts_of(store)["recent"]["n"] == 1
