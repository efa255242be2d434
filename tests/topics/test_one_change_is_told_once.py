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


def novel(*lists: list[str]) -> pd.DataFrame:
    rows = [burst(f"text:{ids[0]}") | {"comments": ids} for ids in lists]
    return pd.DataFrame(rows)


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
    left = without_retold(novel(ids), pd.DataFrame([burst("fault.upload")]), comments)
    assert (len(left) == 1) is is_told


@pytest.mark.parametrize(
    "standing", [burst("fault.upload", "watch"), burst("fault.upload", kind="drift")]
)
def test_only_an_alert_of_a_burst_takes_the_word(
    comments: pd.DataFrame, standing: dict[str, Any]
) -> None:
    left = without_retold(novel(["u0", "u1", "u2"]), pd.DataFrame([standing]), comments)
    assert left["theme"].tolist() == ["text:u0"]


def test_of_two_that_share_their_comments_the_stronger_is_told(comments: pd.DataFrame) -> None:
    found = novel(["a", "b", "c"], ["b", "c", "d"], ["d", "e", "f", "g"])
    left = without_retold(found, pd.DataFrame([burst("praise")]), comments)
    assert left["theme"].tolist() == ["text:a", "text:d"]


def test_feedback_without_a_page_is_a_place_of_its_own(comments: pd.DataFrame) -> None:
    nowhere = comments.assign(page=None)
    standing = pd.DataFrame([burst("fault.upload", page=None)])
    assert without_retold(novel(["u0", "u1"]), standing, nowhere).empty
    assert len(without_retold(novel(["u0", "u1"]), standing, comments)) == 1
