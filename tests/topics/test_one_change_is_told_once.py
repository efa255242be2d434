"""What a code tells already is not told again because its words are alike; news is told."""

from typing import Any

import pandas as pd
import pytest

from topics.told_once import without_retold

NOW = pd.Timestamp("2026-05-08T12:00Z")
DAY = pd.Timedelta(days=1)


def burst(
    theme: str, level: str = "alert", kind: str = "burst", page: str | None = "/evidence"
) -> dict[str, Any]:
    place = {"service": "appeals", "page": page, "theme": theme, "level": level, "kind": kind}
    return {**place, "window_start": NOW - 2 * DAY, "window_end": NOW}


@pytest.fixture
def comments() -> pd.DataFrame:
    """Ten reports of uploads in two days, one before them, and two of signing in."""
    uploads = [(f"u{i}", "/evidence", NOW - DAY - i * DAY / 24, "fault.upload") for i in range(10)]
    others = [
        ("old", "/evidence", NOW - 3 * DAY, "fault.upload"),
        ("s0", "/evidence", NOW - DAY, "fault.sign_in"),
        ("s1", "/sign-in", NOW - DAY, "fault.upload"),
    ]
    columns = ["comment_id", "page", "submitted_at", "theme"]
    return pd.DataFrame(uploads + others, columns=columns).assign(service="appeals")


def novel(*lists: list[str]) -> list[dict[str, Any]]:
    return [burst(f"text:{ids[0]}", "watch") | {"comments": ids} for ids in lists]


def told(comments: pd.DataFrame, *signals: dict[str, Any]) -> list[str]:
    return without_retold(pd.DataFrame(signals), comments)["theme"].tolist()


@pytest.mark.parametrize(
    ("ids", "is_told"),
    [
        (["u0", "u1", "u2"], False),
        (["u0", "u1", "s0", "new"], False),  # half of it is the burst's
        (["u0", "new", "newer"], True),
        (["old", "older"], True),  # before the burst's window
        (["s0", "s1"], True),  # another theme, another page
    ],
)
def test_a_complaint_that_a_burst_tells_is_left_out(
    comments: pd.DataFrame, ids: list[str], is_told: bool
) -> None:
    themes = told(comments, burst("fault.upload"), *novel(ids))
    assert themes == ["fault.upload", *([f"text:{ids[0]}"] if is_told else [])]


def test_a_cluster_within_the_burst_of_a_code_is_the_same_change(comments: pd.DataFrame) -> None:
    cluster = comments[comments["comment_id"].isin(["u0", "u1", "u2", "u3"])]
    both = pd.concat([comments, cluster.assign(theme="cluster:c")])
    assert told(both, burst("fault.upload"), burst("cluster:c")) == ["fault.upload"]
    # The stronger one speaks: here the cluster, of which the code is less than half.
    both_told = told(both, burst("cluster:c"), burst("fault.upload"))
    assert both_told == ["cluster:c", "fault.upload"]


@pytest.mark.parametrize(
    "standing", [burst("fault.upload", "watch"), burst("fault.upload", kind="drift")]
)
def test_only_an_alert_of_a_burst_takes_the_word(
    comments: pd.DataFrame, standing: dict[str, Any]
) -> None:
    assert len(told(comments, standing, *novel(["u0", "u1", "u2"]))) == 2


def test_drift_and_silence_are_told_beside_a_burst(comments: pd.DataFrame) -> None:
    others = [burst("fault.upload", kind="drift"), burst("all", kind="quiet")]
    assert len(told(comments, burst("fault.upload"), *others)) == 3


def test_of_two_that_share_their_comments_the_stronger_is_told(comments: pd.DataFrame) -> None:
    found = novel(["a", "b", "c"], ["b", "c", "d"], ["d", "e", "f", "g"])
    assert told(comments, *found) == ["text:a", "text:d"]


def test_feedback_without_a_page_is_a_place_of_its_own(comments: pd.DataFrame) -> None:
    nowhere = comments.assign(page=None)
    signals = [burst("fault.upload", page=None), *novel(["u0", "u1"])]
    assert told(nowhere, *signals) == ["fault.upload"]
    assert len(told(comments, *signals)) == 2


def test_no_signals_are_none(comments: pd.DataFrame) -> None:
    empty = pd.DataFrame(columns=["kind", "level", "service", "page", "theme"])
    assert without_retold(empty, comments).empty
