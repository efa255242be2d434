"""What counts as a report, and what a file of counts must look like."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from feedback.errors import FeedbackError
from topics.counts import count_series, is_double_submission, read_counts

NOON = pd.Timestamp("2026-05-04T12:00:00Z")
COMMENT = {
    "service": "fees",
    "page": "/fees/pay",
    "submitted_at": NOON,
    "n_characters": 60,
    "duplicate_of": None,
    "is_empty": False,
}


def comments(*rows: dict[str, object]) -> pd.DataFrame:
    frame = pd.DataFrame([{"comment_id": f"c{i}", **COMMENT, **row} for i, row in enumerate(rows)])
    frame["duplicate_of"] = frame["duplicate_of"].astype(object)
    return frame


def codings(*rows: tuple[str, str, str, str]) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=["comment_id", "code", "decision", "origin"])
    minutes = (frame["origin"] == "person").astype(int)
    return frame.assign(at=NOON + pd.to_timedelta(minutes, unit="min"))


@pytest.mark.parametrize(
    ("change", "is_double"),
    [
        ({}, True),
        ({"submitted_at": NOON + pd.Timedelta(hours=24)}, True),
        ({"submitted_at": NOON - pd.Timedelta(hours=3)}, True),
        ({"n_characters": 40}, True),
        ({"n_characters": 39}, False),
        ({"submitted_at": NOON + pd.Timedelta(hours=25)}, False),
        ({"page": "/fees/income"}, False),
        ({"page": None}, False),
        ({"service": "plea"}, False),
        ({"duplicate_of": None}, False),
        ({"duplicate_of": "unknown"}, False),
    ],
)
def test_a_double_submission_is_long_soon_and_on_the_same_page(
    change: dict[str, object], is_double: bool
) -> None:
    both = comments({}, {"duplicate_of": "c0", **change})
    assert is_double_submission(both).tolist() == [False, is_double]


def test_two_answers_without_a_page_can_be_a_double_submission() -> None:
    both = comments({"page": None}, {"page": None, "duplicate_of": "c0"})
    assert is_double_submission(both).tolist() == [False, True]


def test_a_comment_counts_once_under_each_assigned_code_and_once_in_all() -> None:
    counts = count_series(
        comments({}, {}, {"is_empty": True}, {"duplicate_of": "c0"}, {"page": None}),
        codings(
            ("c0", "fault.upload", "assigned", "model"),
            ("c0", "praise", "assigned", "model"),
            ("c0", "staff", "review", "model"),
            ("c1", "none", "assigned", "model"),
            ("c2", "none", "assigned", "rule"),
            ("c3", "fault.upload", "assigned", "model"),
            ("c4", "praise", "assigned", "model"),
        ),
        as_of=NOON,
        period="day",
    )
    told = {
        (row.page if isinstance(row.page, str) else None, row.theme): row.n
        for row in counts.itertuples()
    }
    assert told == {
        ("/fees/pay", "all"): 2,
        ("/fees/pay", "fault.upload"): 1,
        ("/fees/pay", "praise"): 1,
        (None, "all"): 1,
        (None, "praise"): 1,
    }


def test_a_persons_codes_count_instead_of_the_machines() -> None:
    counts = count_series(
        comments({}),
        codings(
            ("c0", "praise", "assigned", "model"),
            ("c0", "praise", "rejected", "person"),
            ("c0", "fault.link", "assigned", "person"),
        ),
        as_of=NOON,
    )
    assert set(counts["theme"]) == {"all", "fault.link"}


def test_issue_clusters_are_themes() -> None:
    assigned = pd.DataFrame({"comment_id": ["c0", "c1"], "cluster_id": ["abc", None]})
    counts = count_series(comments({}, {}), codings(), assigned, as_of=NOON)
    assert dict(zip(counts["theme"], counts["n"], strict=True)) == {"all": 2, "cluster:abc": 1}


def test_periods_lie_back_to_back_before_the_moment_and_nothing_after_it_counts() -> None:
    at = [
        NOON,
        NOON - pd.Timedelta(minutes=59),
        NOON - pd.Timedelta(minutes=61),
        NOON + pd.Timedelta(seconds=1),
    ]
    counts = count_series(comments(*({"submitted_at": t} for t in at)), codings(), as_of=NOON)
    starts = dict(zip(counts["period_start"], counts["n"], strict=True))
    assert starts == {NOON - pd.Timedelta(hours=1): 2, NOON - pd.Timedelta(hours=2): 1}


GOOD = (
    "service,page,theme,period_start,n\nfees,/pay,praise,2026-05-04,2\nfees,,praise,2026-05-05,0\n"
)


def write(folder: Path, text: str) -> Path:
    path = folder / "counts.csv"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_file_of_counts_is_read_with_times_in_utc_and_no_page_as_missing(tmp_path: Path) -> None:
    text = "\ufeff" + GOOD.replace("2026-05-05", "2026-05-05T01:00+01:00")
    counts = read_counts(write(tmp_path, text))
    assert counts["period_start"].tolist() == [
        pd.Timestamp("2026-05-04T00:00Z"),
        pd.Timestamp("2026-05-05T00:00Z"),
    ]
    assert counts["page"].fillna("none").tolist() == ["/pay", "none"]
    assert counts["n"].tolist() == [2, 0]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "cannot be read"),
        ("service,page,theme,period_start,n\n", "has no row"),
        (GOOD.replace("theme", "topic"), "no column theme"),
        (GOOD.replace(",2\n", ",-2\n"), "n is no whole number of 0 or more in row 2 "),
        (GOOD.replace(",0\n", ",1.5\n"), "in row 3 "),
        (GOOD.replace(",0\n", ",many\n"), "in row 3 "),
        (GOOD.replace("2026-05-05", "5 May"), "period_start is no date or time in row 3 "),
        (GOOD.replace("fees,/pay", ",/pay"), "no service or no theme in row 2 "),
        (GOOD.replace("2026-05-05", "2026-05-05T00:30"), "not whole hours or days"),
        (
            GOOD.replace("2026-05-05", "2026-05-11") + "fees,,praise,2026-05-25,1\n",
            "look like weeks",
        ),
    ],
)
def test_a_file_that_cannot_be_used_is_refused_with_the_reason(
    tmp_path: Path, text: str, said: str
) -> None:
    with pytest.raises(FeedbackError) as caught:
        read_counts(write(tmp_path, text))
    assert said in str(caught.value)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(FeedbackError, match="is not there"):
        read_counts(tmp_path / "none.csv")
