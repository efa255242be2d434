"""A signal that began just after a release of its place says so; others do not."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pandas as pd
import pytest
import sqlalchemy as sa

from app.cli import application
from app.release_work import list_releases, note_release, releases_text, take_back
from app.signal_work import find_in_file
from feedback import schema
from feedback.errors import FeedbackError
from feedback.releases import add_release
from feedback.store import Store
from tests.app.filling import NOW, put
from topics.releases import mark_releases, read_releases

AT = pd.Timestamp("2026-05-03T09:00Z")


def signal(begins_after: timedelta, *, days: float = 2, page: str | None = "/pay") -> pd.DataFrame:
    start = AT + begins_after
    row = {"service": "fees", "page": page, "sentence": "9 reports; usually 1 a day."}
    times = {"window_start": start, "window_end": start + timedelta(days=days)}
    return pd.DataFrame([{**row, **times}])


def release(**changes: object) -> pd.DataFrame:
    return pd.DataFrame([{"name": "2.14", "at": AT, "service": "fees", "page": None, **changes}])


@pytest.mark.parametrize(
    ("begins_after", "days", "is_named"),
    [
        (timedelta(0), 2, True),
        (timedelta(days=3), 2, True),
        (timedelta(days=3, minutes=1), 2, False),
        (timedelta(hours=-23), 2, True),
        (timedelta(hours=-25), 2, False),
        (timedelta(hours=-25), 7, False),
        (timedelta(hours=-3), 0.25, True),
        (timedelta(hours=-4), 0.25, False),
    ],
)
def test_a_window_that_begins_within_three_days_after_a_release_is_just_after_it(
    begins_after: timedelta, days: float, is_named: bool
) -> None:
    told = mark_releases(signal(begins_after, days=days), release()).iloc[0]
    assert told["release"] == ("2.14" if is_named else None)
    ending = ", just after release 2.14 on 3 May." if is_named else "."
    assert told["sentence"] == f"9 reports; usually 1 a day{ending}"


@pytest.mark.parametrize(
    ("place", "is_named"),
    [
        ({}, True),
        ({"service": None}, True),
        ({"service": ""}, True),
        ({"page": "/pay"}, True),
        ({"service": "plea"}, False),
        ({"page": "/other"}, False),
        ({"service": "plea", "page": "/pay"}, False),
    ],
)
def test_a_release_counts_for_its_own_place(place: dict[str, object], is_named: bool) -> None:
    told = mark_releases(signal(timedelta(hours=2)), release(**place)).iloc[0]
    assert (told["release"] == "2.14") is is_named


def test_a_release_of_a_page_says_nothing_about_feedback_without_a_page() -> None:
    told = mark_releases(signal(timedelta(hours=2), page=None), release(page="/pay")).iloc[0]
    assert told["release"] is None


def test_of_two_releases_the_later_one_is_named() -> None:
    both = pd.concat([release(), release(name="2.15", at=AT + timedelta(hours=5))])
    told = mark_releases(signal(timedelta(hours=6)), both).iloc[0]
    assert told["release"] == "2.15"


def test_a_day_of_a_release_is_that_of_london() -> None:
    late = release(at=pd.Timestamp("2026-05-03T23:30Z"))
    told = mark_releases(signal(timedelta(days=1)), late).iloc[0]
    assert told["sentence"].endswith("on 4 May.")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.open(f"sqlite:///{tmp_path / 'feedback.db'}") as opened:
        put(opened, [{"text": "slow", "submitted_at": NOW}])
        yield opened


def audit_of(store: Store) -> list[tuple[str, str]]:
    rows = store.read(sa.select(schema.audit))
    kept = rows[rows["action"].str.contains("release")]
    return list(zip(kept["who"], kept["action"], strict=True))


def test_releases_are_noted_listed_and_taken_back_with_a_line_in_the_audit_log(
    store: Store,
) -> None:
    first = note_release(
        store, name="2.14", at="03/05/2026 09:30", service=None, page=None, who="Ada"
    )
    note_release(store, name="2.15", at="2026-06-01", service=None, page=None, who="Ada")
    assert [one["name"] for one in list_releases(store)] == ["2.15", "2.14"]
    assert first["at"] == "2026-05-03T08:30:00+00:00"
    assert "03/05/2026 09:30  2.14 (all services)" in releases_text(list_releases(store))
    take_back(store, first["release_id"], who="Ben")
    assert [one["name"] for one in list_releases(store)] == ["2.15"]
    assert audit_of(store) == [
        ("Ada", "add release"),
        ("Ada", "add release"),
        ("Ben", "remove release"),
    ]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"at": "soon"}, "--at is no day or time"),
        ({"name": " "}, "needs a name"),
        ({"name": "x" * 201}, "needs a name of 1 to 200"),
        ({"page": "/pay"}, "needs the page's service"),
        ({"service": "nowhere"}, "no comment on that service"),
    ],
)
def test_a_release_that_cannot_be_noted_is_refused(
    store: Store, change: dict[str, str], said: str
) -> None:
    given: dict[str, str | None] = {
        "name": "2.14",
        "at": "03/05/2026",
        "service": None,
        "page": None,
    }
    with pytest.raises(FeedbackError, match=said):
        note_release(store, **{**given, **change})  # type: ignore[arg-type]
    assert list_releases(store) == []
    assert audit_of(store) == []


def test_a_release_is_noted_once_and_only_one_that_is_there_is_removed(store: Store) -> None:
    at, now = datetime(2026, 5, 3, tzinfo=UTC), datetime(2026, 5, 4, tzinfo=UTC)
    with store.changing() as connection:
        add_release(connection, "2.14", at, "Ada", now)
    with pytest.raises(FeedbackError, match="noted already"), store.changing() as connection:
        add_release(connection, "2.14", at, "Ben", now)
    with pytest.raises(FeedbackError, match="no release with that id"):
        take_back(store, "nothing")


def write(folder: Path, text: str) -> Path:
    path = folder / "releases.csv"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "cannot be read"),
        ("name,when\n2.14,2026-05-03\n", "no column at"),
        ("name,at\n2.14,soon\n", "in row 2 "),
        ("name,at\n2.14,2026-05-03\n,2026-05-04\n", "in row 3 "),
    ],
)
def test_a_file_of_releases_that_cannot_be_used_is_refused(
    tmp_path: Path, text: str, said: str
) -> None:
    with pytest.raises(FeedbackError, match=said):
        read_releases(write(tmp_path, text))


def test_signals_of_a_file_of_counts_name_the_releases_of_a_file(tmp_path: Path) -> None:
    days = pd.date_range("2026-03-01", periods=60, tz="UTC")
    rows = [("fees", "/pay", theme, day.date(), 1) for theme in ("praise", "staff") for day in days]
    rows[58:60] = [("fees", "/pay", "praise", day.date(), 12) for day in days[58:]]
    counts = tmp_path / "counts.csv"
    head = ["service", "page", "theme", "period_start", "n"]
    pd.DataFrame(rows, columns=head).to_csv(counts, index=False)
    releases = write(tmp_path, "name,at,service\n2.14,2026-04-27T10:00,fees\nold,2026-04-01,fees\n")
    look = {"as_of": None, "replay": False, "with_watch": False, "false_alarms_per_week": 1.0}
    told = list(find_in_file(counts, releases, **look))
    assert [(one["theme"], one["release"]) for one in told] == [("praise", "2.14")]
    assert told[0]["sentence"].endswith(", just after release 2.14 on 27 April.")
    assert [one["release"] for one in find_in_file(counts, **look)] == [None]
    assert json.loads(json.dumps(told)) == told


def test_the_command_line_notes_and_lists(
    tmp_path: Path, store: Store, capsys: pytest.CaptureFixture[str]
) -> None:
    url = ["--store", f"sqlite:///{tmp_path / 'feedback.db'}"]
    add = ["releases", "add", "--name", "2.14", "--at", "03/05/2026", "--who", "Ada"]
    application([*url, *add], standalone_mode=False)
    assert "2.14 (all services)" in capsys.readouterr().out
    application([*url, "releases", "list", "--json"], standalone_mode=False)
    listed = json.loads(capsys.readouterr().out)
    assert [(one["name"], one["who"]) for one in listed] == [("2.14", "Ada")]
    application([*url, "releases", "remove", listed[0]["release_id"]], standalone_mode=False)
    assert list_releases(store) == []
