"""Issues and comparisons as people meet them: commands, pages, refusals, and nobody's secrets."""

from __future__ import annotations

import html
import json
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import sqlalchemy as sa
import streamlit as st
from streamlit.testing.v1 import AppTest

from app.before_after import compared_table, periods_of
from app.comparing import CompareRequest, compare_in_store, compare_text, themes_for_json
from app.filters import Filters
from app.issue_work import (
    change_issue,
    list_issues,
    mark_fixed,
    merge_into,
    rename_as,
    show_issue,
    split_off,
    take_back,
)
from app.queries_issue import find_issue
from app.queries_pages import one_page
from app.tell_issues import issue_record, issue_text, issues_text
from feedback import schema
from feedback.errors import FeedbackError, SettingsError, StoreError
from feedback.settings import Settings
from feedback.store import Store
from tests.app.filling import EVIDENCE, code, issue, put
from topics.compare import compare
from topics.refresh_facts import refresh_issue_facts

FEEDBACK = Path(sys.executable).with_name("feedback")
SCRIPT = Path(__file__).parents[2] / "app" / "streamlit_app.py"
NOW = datetime.now(UTC).replace(microsecond=0)
PHOTOS, SIGN_IN, MERGED, SHUT = (letters * 8 for letters in ("ab12", "ab34", "cd56", "ef78"))
NEAR = {"service": "benefit-appeals", "page": EVIDENCE, "submitted_at": NOW - timedelta(days=2)}
SETTINGS = Settings()
SECRET = "he follows me home and the photo is refused"


def fill_issues(store: Store) -> None:
    """Reports of photos twice a day until ten days ago, and praise all the time."""
    reports = [
        {
            "text": f"the photo of page {i} is refused" if i else SECRET,
            "submitted_at": NOW - timedelta(days=float(day)),
            "service": "benefit-appeals",
            "page": EVIDENCE,
            "satisfaction": 1 + i % 2,
            "browser": "Safari 17" if i % 8 else "Chrome",
        }
        for i, day in enumerate(np.arange(10.2, 38, 0.5))
    ]
    others = [
        {
            "text": f"lovely and clear, number {i}",
            "submitted_at": NOW - timedelta(days=float(day)),
            "service": "benefit-appeals",
            "page": EVIDENCE,
            "satisfaction": 4 + i % 2,
            "browser": "Chrome" if i % 4 else "Safari",
        }
        for i, day in enumerate(np.arange(0.1, 60, 0.5))
    ]
    elsewhere = [{"text": "signing in fails", "submitted_at": NOW - timedelta(days=1)}]
    keys = put(store, [*reports, *others, *elsewhere], now=NOW)
    n = len(reports)
    codes = {key: ["fault.upload" if i < n else "praise"] for i, key in enumerate(keys)}
    codes |= {keys[0]: ["safeguarding", "fault.upload"], keys[-1]: ["fault.sign_in"]}
    code(store, codes, facets={key: {"status_code": 502} for key in keys[:n]})
    place = {"service": "benefit-appeals", "page": EVIDENCE, "theme": "fault.upload", "now": NOW}
    seen = {"first_seen": NOW - timedelta(days=37.7), "last_seen": NOW - timedelta(days=10.2)}
    rows = [
        issue(PHOTOS, "Photos refused", keys[:3], n=n, **place, **seen),
        issue(SIGN_IN, "Signing in fails", keys[-1:], n=1, now=NOW, status="provisional"),
        issue(MERGED, "Photos not taken", [], **place),
        issue(SHUT, "Old matter", [], now=NOW, status="closed"),
    ]
    of_photos = pd.DataFrame({"comment_id": keys[:n], "cluster_id": PHOTOS, "similarity": 0.9})
    store.write_clusters(pd.DataFrame(rows), of_photos)
    with store.changing() as connection:
        table = schema.issues
        where = table.c.cluster_id == MERGED
        connection.execute(sa.update(table).where(where).values(merged_into=PHOTOS))
        connection.execute(
            sa.insert(schema.releases),
            {
                "release_id": "1" * 32,
                "at": NOW - timedelta(days=10),
                "service": "benefit-appeals",
                "page": None,
                "name": "Upload v2",
                "who": "ann",
                "noted_at": NOW,
            },
        )
    refresh_issue_facts(store, now=NOW)


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store's file, filled once; each test has a copy."""
    path = tmp_path_factory.mktemp("filled") / "feedback.db"
    with Store.open(f"sqlite:///{path}") as opened:
        fill_issues(opened)
    return path


@pytest.fixture
def store(filled: Path, tmp_path: Path) -> Iterator[Store]:
    for file in filled.parent.glob("feedback.db*"):
        shutil.copy(file, tmp_path)
    with Store.open(f"sqlite:///{tmp_path / 'feedback.db'}") as opened:
        yield opened


def days_ago(days: float) -> str:
    return (NOW - timedelta(days=days)).strftime("%d/%m/%Y")


def test_the_list_has_what_is_at_work_and_reads_like_issues(store: Store) -> None:
    found = list_issues(store, None, None, None)
    assert found["cluster_id"].tolist() == [PHOTOS, SIGN_IN], "provisional ones come last"
    told = issues_text(found)
    assert "ab12ab12  Photos refused · New" in told
    n = int(found["n"].iloc[0])
    assert f"{n} comments on {EVIDENCE} since " in told
    assert "0 in the last week (usually 8)" in told, "56 in 52 days"
    assert "mostly Safari (88%, elsewhere 25%)." in told
    assert re.search(r"satisfaction 3\.0 lower than others on the page", told)


@pytest.mark.parametrize(
    ("chosen", "keys"),
    [
        (("benefit-appeals", None, None), [PHOTOS]),
        (("benefit-appeals", EVIDENCE, None), [PHOTOS]),
        (("divorce", None, None), [SIGN_IN]),
        ((None, None, "closed"), [SHUT]),
        ((None, None, "Provisional"), [SIGN_IN]),
        ((None, None, "fixed"), []),
    ],
)
def test_the_list_is_narrowed(store: Store, chosen: tuple[Any, ...], keys: list[str]) -> None:
    assert list_issues(store, *chosen)["cluster_id"].tolist() == keys


@pytest.mark.parametrize(
    ("work", "says"),
    [
        (lambda store: list_issues(store, "nowhere", None, None), "no comment on that service"),
        (lambda store: list_issues(store, "divorce", "/x", None), "no comment on that page"),
        (lambda store: list_issues(store, None, EVIDENCE, None), "--page needs --service"),
        (lambda store: list_issues(store, None, None, "gone"), "--status is none of the choices"),
        (lambda store: show_issue(store, "ab"), "Several issues have an id that begins so: ab12"),
        (lambda store: show_issue(store, "0"), "No issue has an id that begins so"),
        (lambda store: show_issue(store, "a_"), "No issue has an id that begins so"),
        (lambda store: show_issue(store, "%"), "No issue has an id that begins so"),
        (lambda store: show_issue(store, " "), "No issue has an id that begins so"),
        (lambda store: mark_fixed(store, "ab12", "soon"), "--on cannot be used"),
        (lambda store: mark_fixed(store, "ab12", "01/01/2999"), "lies in the future"),
        (lambda store: mark_fixed(store, "ab12", "01/02/2020"), "before the issue was first seen"),
        (lambda store: change_issue(store, "ab12"), "Nothing to change"),
        (lambda store: change_issue(store, "ab12", status="fixed"), "feedback issues fixed ID"),
        (lambda store: change_issue(store, "ab12", owner="x" * 121), "owner's name is longer"),
        (lambda store: rename_as(SETTINGS, store, "ab12", "  "), "1 to 200 letters"),
        (lambda store: split_off(SETTINGS, store, "ab12", ["zz"], "x"), "No comment of this"),
        (lambda store: split_off(SETTINGS, store, "ab12", [""], "x"), "No comment of this"),
        (lambda store: take_back(store, "ab12"), "no change of this issue"),
    ],
)
def test_what_cannot_be_done_is_told_with_a_way_out(
    store: Store, work: Callable[[Store], Any], says: str
) -> None:
    version = store.data_version()
    with pytest.raises(FeedbackError, match=re.escape(says)):
        work(store)
    assert store.data_version() == version


def test_an_issue_is_found_by_the_beginning_of_its_id(store: Store) -> None:
    assert find_issue(store, "AB12")["cluster_id"] == PHOTOS
    assert find_issue(store, PHOTOS)["cluster_id"] == PHOTOS
    assert find_issue(store, "cd")["cluster_id"] == PHOTOS, "it was merged into this one"


def test_an_issue_is_shown_with_its_figures_and_quotes(store: Store) -> None:
    record = show_issue(store, "ab12")
    told = issue_text(record)
    assert f"id {PHOTOS}" in told
    assert "New · Fault: upload · Appeal a benefit decision: Upload evidence" in told
    assert re.search(r"Share of the page: \d+% \(\d+% to \d+%\) of \d+ comments", told)
    assert re.search(r"Satisfaction: 1\.\d of 5, −3\.\d \(−3\.\d to −2\.\d\) against others", told)
    assert re.search(r"Browser: Safari 88% of 56, elsewhere 25% of 1\d\d", told)
    assert "Status code: 502 (55)" in told, "safeguarding is counted and not told of"
    assert "“the photo of page 1 is refused”" in told
    assert SECRET not in told
    assert SECRET not in json.dumps(record, default=str)
    assert record["fix_sentence"] is None
    assert record["history"] == []


def test_a_fix_is_marked_with_its_date_and_watched_at_once(store: Store) -> None:
    record = mark_fixed(store, "ab12", days_ago(10))
    assert record["status"] == "fixed"
    assert record["facts"]["fix"]["verdict"] == "stopped"
    told = issue_text(record)
    since = (
        r"No reports in \d+ days since the fix on \d+ \w+( \(\d on the first day not counted\))?"
    )
    # Two a day, for nine whole days and however much there is of today and of the day of the fix.
    assert re.search(rf"{since}; (18|19|2[012]) would be usual\.", told)
    assert "Stopped (at most 0." in told
    (line,) = record["history"]
    assert line["action"] == "triage"
    assert line["detail"]["status"] == "fixed"
    assert f"set the status to Fixed, dated the fix {days_ago(10)}" in told


def test_issues_that_are_one_become_one_with_what_people_decided(store: Store) -> None:
    twin = "9" * 32
    place = {"service": "benefit-appeals", "page": EVIDENCE, "now": NOW}
    key = put(store, [{"text": "no photo goes up", **NEAR}], now=NOW)[0]
    of_twin = pd.DataFrame({"comment_id": [key], "cluster_id": twin, "similarity": 0.9})
    store.write_clusters(pd.DataFrame([issue(twin, "No photo", [key], n=1, **place)]), of_twin)
    change_issue(store, twin, owner="ann")
    n_before = show_issue(store, PHOTOS)["n"]

    told = merge_into(store, twin[:4], PHOTOS[:4])

    assert (told["cluster_id"], told["n"], told["owner"]) == (PHOTOS, n_before + 1, "ann")
    assert twin not in set(list_issues(store, None, None, None)["cluster_id"])
    trail = store.read(sa.select(schema.audit).where(schema.audit.c.action == "merge issues"))
    assert len(trail) == 1
    with pytest.raises(StoreError):
        merge_into(store, PHOTOS, PHOTOS)
    with pytest.raises(StoreError, match="page"):
        merge_into(store, SIGN_IN, PHOTOS)


def test_a_decision_is_written_down_and_can_be_taken_back(store: Store) -> None:
    change_issue(store, "ab12", status="investigating", owner="web team", ticket="https://x.org/1")
    told = issue_text(show_issue(store, "ab12"))
    assert "Investigating" in told
    assert "Owner: web team" in told
    assert "Ticket: https://x.org/1" in told
    record = change_issue(store, "ab12", owner="")
    assert record["owner"] is None
    assert record["history"][0]["detail"] == {"owner": None}


@pytest.mark.parametrize(
    "address",
    [
        "javascript:alert(1)",
        "JAVASCRIPT://x.org/%0aalert(1)",
        "data:text/html,x",
        "ftp://x.org/1",
        "//x.org/1",
        "x.org/1",
        "https://",
        "http:///1",
        "https://ann:secret@x.org/1",
        "https://x.org/a b",
        "https://x.org/\n1",
        "https://[x.org/1",
        " vbscript:x",
    ],
)
def test_a_ticket_that_is_no_address_of_the_web_is_refused(store: Store, address: str) -> None:
    with pytest.raises(SettingsError, match="begins with https://"):
        change_issue(store, "ab12", ticket=address)
    assert show_issue(store, "ab12")["ticket_url"] is None


def test_an_issue_is_named_divided_and_put_back_from_a_terminal(
    store: Store, tmp_path: Path
) -> None:
    named = run("issues", "rename", "ab12", "Photos, says Mrs Smith", "--json", home=tmp_path)
    assert (named.returncode, named.stderr) == (0, "")
    assert json.loads(named.stdout)["title"] == "Photos, says [PERSON]"
    of_photos = sa.select(schema.assignments.c.comment_id).where(
        schema.assignments.c.cluster_id == PHOTOS
    )
    picked = store.read(of_photos)["comment_id"].tolist()[:2]
    divided = run(
        *("issues", "split", "ab12", picked[0], picked[1][:12], "--title", "Turned photos"),
        *("--json",),
        home=tmp_path,
    )
    assert (divided.returncode, divided.stderr) == (0, "")
    part = json.loads(divided.stdout)
    assert (part["title"], part["n"]) == ("Turned photos", 2)
    assert part["facts"]["n"] == 2
    assert show_issue(store, PHOTOS)["facts"]["n"] == 54
    told = run("issues", "undo", "ab12", home=tmp_path)
    assert (told.returncode, told.stderr) == (0, "")
    assert show_issue(store, PHOTOS)["facts"]["n"] == 56
    assert show_issue(store, part["cluster_id"])["cluster_id"] == PHOTOS, "the link still leads"


def test_an_issue_without_facts_is_told_by_its_row(store: Store) -> None:
    row = find_issue(store, "ef")
    assert issue_record(row)["sentence"] == (
        f"4 comments, first {days_ago(3)}, last {(NOW - timedelta(hours=2)).strftime('%d/%m/%Y')}."
    )


def span(first: float, last: float) -> str:
    return f"{days_ago(first)}..{days_ago(last)}"


def test_two_periods_are_compared(store: Store) -> None:
    request = CompareRequest(before=span(38, 25), after=span(9, 1), service="benefit-appeals")
    found = compare_in_store(store, request, now=NOW)
    themes = found["themes"].set_index("theme")
    assert themes.loc["fault.upload", "n_after"] == 0
    assert themes.loc["fault.upload", "n_before"] >= 24
    told = compare_text(found)
    assert f"{days_ago(38)} to {days_ago(25)} (14 days)" in told
    assert "Upload failures: " in told
    assert "Clearly fewer." in told
    assert SECRET not in told
    record = json.loads(json.dumps(themes_for_json(found), default=str))
    (upload,) = [row for row in record["themes"] if row["theme"] == "fault.upload"]
    assert upload["share_after"] == 0
    assert "NaN" not in json.dumps(record)
    assert "Infinity" not in json.dumps(record)


def test_a_release_divides_the_days_around_it_and_names_its_service(store: Store) -> None:
    found = compare_in_store(store, CompareRequest(release="upload V2", days=14), now=NOW)
    assert found["service"] == "benefit-appeals"
    assert (found["before"].days, found["after"].days) == (14, 10)
    assert found["before"].end == found["after"].start == NOW - timedelta(days=10)
    assert found["notes"] == ["The later period is not over: 10 days of it counted."]
    themes = found["themes"].set_index("theme")
    assert themes.loc["fault.upload", ["n_before", "n_after"]].tolist() == [28, 0]
    assert "about the release Upload v2." in compare_text(found)


def test_a_theme_on_few_comments_has_no_percentage(store: Store) -> None:
    request = CompareRequest(before=span(55, 50), after=span(20, 10), service="benefit-appeals")
    found = compare_in_store(store, request, now=NOW)
    assert found["themes"]["percent_change"].isna().all()
    assert all(row["percent_change"] is None for row in themes_for_json(found)["themes"])
    assert re.search(r"Too few comments before \(1\d\) for a percentage\.", compare_text(found))


def test_what_is_not_taken_in_yet_is_said(store: Store) -> None:
    request = CompareRequest(before=span(30, 20), after=span(19, 10))
    later = NOW + timedelta(days=9)
    ahead = CompareRequest(
        before=span(30, 20), after=f"{days_ago(19)}..{days_ago(-8)}", service="benefit-appeals"
    )
    assert compare_in_store(store, request, now=NOW)["notes"] == []
    (note,) = compare_in_store(store, ahead, now=later)["notes"]
    assert note.startswith("The newest comment here is of ")


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({}, "Give two periods, such as --before"),
        ({"before": "01/01/2026", "after": "02/01/2026"}, "Give two periods"),
        ({"before": "x..y", "after": "a..b"}, "--before is not a day"),
        ({"before": span(9, 5), "after": span(20, 10)}, "overlap"),
        ({"before": span(9, 5), "after": span(5, 2)}, "overlap"),
        ({"before": span(5, 9), "after": span(4, 2)}, "at least one day"),
        ({"before": span(9, 5), "after": span(-3, -9)}, "not a day of it is over"),
        ({"release": "nothing"}, "feedback releases list"),
        ({"release": "Upload v2", "service": "divorce"}, "feedback releases list"),
        ({"release": "Upload v2", "before": span(9, 5)}, "not both"),
        ({"release": "Upload v2", "page": EVIDENCE}, "--page needs --service"),
    ],
)
def test_periods_that_cannot_be_compared_are_refused(
    store: Store, given: dict[str, Any], says: str
) -> None:
    with pytest.raises((SettingsError, StoreError), match=re.escape(says)):
        compare_in_store(store, CompareRequest(**given), now=NOW)


FILTERS = Filters(date(2026, 5, 1), date(2026, 5, 28))


@pytest.mark.parametrize(
    ("chosen", "days"),
    [
        ((None, None), (14, 14)),
        ((date(2026, 5, 7), None), (7, 21)),
        ((None, date(2026, 5, 8)), (7, 21)),
        ((date(2026, 5, 5), date(2026, 5, 8)), (5, 21)),
    ],
)
def test_dates_on_a_page_make_two_periods(chosen: tuple[Any, Any], days: tuple[int, int]) -> None:
    found = periods_of(FILTERS, *chosen)
    assert found is not None
    assert tuple(period.days for period in found) == days
    assert (found[0].start, found[1].end) == (FILTERS.start, FILTERS.end)


@pytest.mark.parametrize(
    "chosen",
    [
        (date(2026, 5, 8), date(2026, 5, 8)),
        (date(2026, 5, 9), date(2026, 5, 8)),
        (date(2026, 5, 28), None),
        (None, date(2026, 5, 1)),
    ],
)
def test_no_day_on_one_side_is_no_comparison(chosen: tuple[Any, Any]) -> None:
    assert periods_of(FILTERS, *chosen) is None
    assert periods_of(Filters(date(2026, 5, 1), date(2026, 5, 1)), None, None) is None


def test_what_is_not_known_is_a_dash_in_the_table() -> None:
    periods = periods_of(FILTERS, None, None)
    assert periods is not None
    comments = pd.DataFrame(
        {
            "comment_id": ["a"],
            "service": "divorce",
            "page": None,
            "submitted_at": [pd.Timestamp("2026-05-20", tz="UTC")],
            "n_characters": 9,
            "duplicate_of": None,
            "is_empty": False,
        }
    )
    codings = comments[["comment_id"]].assign(
        code="praise", origin="model", decision="assigned", at=comments["submitted_at"]
    )
    table = compared_table(compare(comments, codings, before=periods[0], after=periods[1]))
    assert table["Theme"].tolist() == ["All comments", "Praise"]
    assert table["Change in points"].tolist() == ["–", "–"]
    assert table["Rate after over before"].tolist() == ["at least 0.0 times"] * 2
    assert table["What can be said"].tolist() == [
        "Under 30 comments before: no percentage",
        "May be chance.",
    ]


@pytest.fixture
def open_app(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., AppTest]]:
    url = f"sqlite:///{tmp_path / 'feedback.db'}"
    monkeypatch.setenv("FEEDBACK_HOME", str(tmp_path))
    monkeypatch.setenv("FEEDBACK_STORE", url)

    def opened(page: str, address: Mapping[str, str]) -> AppTest:
        app = AppTest.from_file(str(SCRIPT), default_timeout=60)
        app.switch_page(f"app_pages/{page}.py")
        for name, value in address.items():
            app.query_params[name] = value
        return app.run()

    st.cache_resource.clear()
    st.cache_data.clear()
    yield opened
    st.cache_resource.clear()
    st.cache_data.clear()


def said_by(app: AppTest) -> str:
    parts = [element.value for kind in ("title", "text") for element in app.get(kind)]
    parts += [re.sub(r"<[^>]+>", " ", element.proto.body) for element in app.get("html")]
    return html.unescape("\n".join(parts))


AT_EVIDENCE = {"service": "benefit-appeals", "page": EVIDENCE}


def test_a_page_shows_facts_and_fix_of_an_issue(
    store: Store, open_app: Callable[..., AppTest]
) -> None:
    mark_fixed(store, "ab12", days_ago(10))
    said = said_by(open_app("emerging", AT_EVIDENCE))
    assert "Photos refused" in said
    assert f"56 comments on {EVIDENCE} since" in said
    assert "Stopped (at most 0." in said
    assert "Share of the page:" in said
    assert SECRET not in said
    assert "Photos not taken" not in said, "it was merged"


def test_a_page_compares_before_and_after(store: Store, open_app: Callable[..., AppTest]) -> None:
    begin = (NOW - timedelta(days=38)).date()
    address = {**AT_EVIDENCE, "from": begin.isoformat(), "after": days_iso(9)}
    app = open_app("page_detail", address)
    assert not app.exception
    tables = [shown.value for shown in app.dataframe]
    table = next(one for one in tables if "Theme" in one).set_index("Theme")
    assert table.loc["All comments", "Share before"] == "–"
    upload = table.loc["Fault: upload"]
    assert upload["After"] == 0
    assert upload["What can be said"] == "Clearly fewer."
    assert re.fullmatch(r"−\d+ \(−\d+ to −\d+\)", upload["Change in points"])
    assert "comments before, " in said_by(app)

    app.date_input(key="before").set_value((NOW - timedelta(days=5)).date()).run()
    assert "must come before the first day after" in said_by(app)


def days_iso(days: float) -> str:
    return (NOW - timedelta(days=days)).date().isoformat()


def test_the_periods_of_a_page_have_all_that_its_filters_let_through(store: Store) -> None:
    last = NOW.date()
    filters = Filters(last - timedelta(days=37), last, "benefit-appeals", EVIDENCE)
    whole = one_page(store, filters)
    assert whole.issues["cluster_id"].tolist() == [PHOTOS]


def run(*arguments: str, home: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [FEEDBACK, *arguments],
        capture_output=True,
        text=True,
        env={"PATH": "/usr/bin:/bin", "HOME": str(home), "FEEDBACK_HOME": str(home)},
        cwd=home,
        timeout=120,
    )


@pytest.mark.parametrize(
    "arguments", [("issues", "list"), ("issues", "show", "a"), ("compare", "--release", "x")]
)
def test_without_a_store_each_command_says_so_in_one_line(
    arguments: tuple[str, ...], tmp_path: Path
) -> None:
    told = run(*arguments, home=tmp_path)
    assert (told.returncode, told.stdout) == (2, "")
    (line,) = told.stderr.splitlines()
    assert line.startswith("feedback: There is no store at")


def test_the_commands_work_from_a_terminal(store: Store, tmp_path: Path) -> None:
    listed = run("issues", "list", "--service", "benefit-appeals", "--json", home=tmp_path)
    assert (listed.returncode, listed.stderr) == (0, "")
    (one,) = json.loads(listed.stdout)
    assert one["cluster_id"] == PHOTOS
    assert one["sentence"].startswith("56 comments on ")
    fixed = run("issues", "fixed", "ab12", "--on", days_ago(10), home=tmp_path)
    assert (fixed.returncode, fixed.stderr) == (0, "")
    assert "Stopped (at most" in fixed.stdout
    kept = run("issues", "set", "ab12", "--owner", "web team", "--json", home=tmp_path)
    assert json.loads(kept.stdout)["owner"] == "web team"
    shown = run("issues", "show", "ab12", home=tmp_path)
    assert "Owner: web team" in shown.stdout
    told = run("compare", "--release", "Upload v2", "--json", home=tmp_path)
    assert (told.returncode, told.stderr) == (0, "")
    assert json.loads(told.stdout)["themes"][0]["theme"] == "all"
    refused = run("issues", "show", "nothing", home=tmp_path)
    assert (refused.returncode, refused.stdout) == (2, "")
    assert refused.stderr.startswith("feedback: No issue has an id that begins so")
