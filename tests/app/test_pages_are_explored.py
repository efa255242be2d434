"""The page explorer: pages in journey order with the figures of their comments; quiet pages."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta

import pandas as pd
import pytest
import sqlalchemy as sa

from app.filters import Filters
from app.queries_pages import Pages, one_page, pages
from app.tell_pages import page_answer, pages_answer, pages_table, quiet_points
from feedback.coding import winning_codings
from feedback.reference import load_reference
from feedback.schema import Decision, codings, comments
from feedback.store import Store
from tests.app.filling import EVIDENCE, NOW, code, fill, id_of, put, signal

ALL = Filters(first_day=date(2026, 1, 8), last_day=date(2026, 4, 1))
APPEALS = replace(ALL, service="benefit-appeals")
JOURNEY = [
    "/benefit-appeals/benefit-type",
    "/benefit-appeals/mandatory-reconsideration",
    "/benefit-appeals/reasons",
    "/benefit-appeals/evidence",
    "/benefit-appeals/hearing",
    "/benefit-appeals/track",
]


@pytest.fixture(scope="module")
def full() -> Iterator[Store]:
    with Store.open("sqlite://") as store:
        fill(store, n_comments=1_200)
        yield store


@pytest.fixture(scope="module")
def found(full: Store) -> Pages:
    return pages(full, ALL)


@pytest.fixture
def store() -> Iterator[Store]:
    with Store.open("sqlite://") as opened:
        yield opened


def test_steps_are_the_order_of_the_reference_data() -> None:
    reference = load_reference()
    assert [reference.page_step(page) for page in JOURNEY] == [1, 2, 3, 4, 5, 6]
    assert reference.page_step("/benefit-appeals/no-such-page") is None


def test_pages_have_the_figures_of_their_comments(full: Store, found: Pages) -> None:
    sent = full.read(
        sa.select(
            comments.c.comment_id, comments.c.service, comments.c.page, comments.c.submitted_at
        )
    )
    sent = sent[(sent["submitted_at"] >= ALL.start) & (sent["submitted_at"] < ALL.end)]
    winning = winning_codings(full.read(sa.select(codings)))
    given = winning[winning["decision"] == Decision.ASSIGNED.value].merge(sent, on="comment_id")
    mine = found.pages.set_index(["service", "page"])
    assert len(mine) == sent.dropna(subset="page").groupby(["service", "page"]).ngroups
    for key, rows in sent.dropna(subset="page").groupby(["service", "page"]):
        assert mine.loc[key, "n"] == len(rows)
        here = given[(given["service"] == key[0]) & (given["page"] == key[1])]
        faults = here[here["code"].str.startswith("fault.")]["comment_id"].nunique()
        assert mine.loc[key, "n_faults"] == faults
        codes = here[here["code"] != "none"].groupby("code")["comment_id"].nunique()
        assert mine.loc[key, "n_top"] == codes.max()
        assert codes[mine.loc[key, "top_code"]] == codes.max()
    burst = mine.loc[("benefit-appeals", EVIDENCE)]
    assert (burst["n_alerts"], burst["n_issues"], burst["n_quiet"]) == (1, 1, 0)


def test_weeks_of_a_page_add_up_to_its_comments(found: Pages) -> None:
    shown, table = pages_table(found, ALL)
    assert all(len(weeks) == 12 for weeks in table["A week"])
    assert [sum(weeks) for weeks in table["A week"]] == table["Comments"].tolist()
    assert [weeks[-1] for weeks in table["A week"]] == table["Last 7 days"].tolist()
    assert len(shown) == len(table)


def test_pages_come_in_journey_order_or_in_the_order_chosen(full: Store) -> None:
    here = pages(full, APPEALS)
    shown, table = pages_table(here, APPEALS)
    assert shown == [page for page in JOURNEY if page in shown]
    assert table["Step"].tolist() == [str(JOURNEY.index(page) + 1) for page in shown]
    assert "Service" not in table.columns, "one service is chosen"
    by_comments, table = pages_table(here, APPEALS, "comments")
    assert table["Comments"].is_monotonic_decreasing
    assert by_comments != shown
    for order in ("growth", "signals", "issues"):
        assert pages_table(here, APPEALS, order)[0][0] == EVIDENCE, order
    by_faults = here.pages.assign(share=here.pages["n_faults"] / here.pages["n"])
    assert (
        pages_table(here, APPEALS, "faults")[0][0]
        == by_faults.loc[by_faults["share"].idxmax(), "page"]
    )


def test_pages_that_nobody_listed_come_last_and_have_no_step(store: Store) -> None:
    put(
        store,
        [
            {"text": text, "page": page, "service": "divorce"}
            for text, page in [("a", "/divorce/aaa-new"), ("b", "/divorce/payment"), ("c", None)]
        ],
    )
    here = replace(ALL, service="divorce")
    shown, table = pages_table(pages(store, here), here)
    assert shown == ["/divorce/payment", "/divorce/aaa-new"]
    assert table["Step"].tolist() == ["5", "–"]


def quiet_store(store: Store) -> None:
    """One page that was heard of long before the period, and a signal that it is quiet."""
    at = NOW - timedelta(days=20)
    (old,) = put(store, [{"text": "ok", "page": "/divorce/your-details", "submitted_at": at}])
    code(store, {old: ["praise"]})
    sentence = "No reports on /divorce/your-details since 12 March; usually 3 a day."
    given = {"kind": "quiet", "service": "divorce", "page": "/divorce/your-details", "n": 0}
    store.replace_signals(
        NOW, pd.DataFrame([signal("quiet", theme="all", sentence=sentence, **given)])
    )


def test_a_quiet_page_is_listed_although_nothing_came_from_it(store: Store) -> None:
    quiet_store(store)
    week = Filters(date(2026, 3, 26), date(2026, 4, 1), "divorce")
    _, table = pages_table(pages(store, week), week)
    assert table["Quiet"].tolist() == ["quiet"]
    assert table["Comments"].tolist() == [0]
    assert "Gone quiet: 1 page." in pages_answer(pages(store, week))


def test_a_quiet_page_says_when_it_was_last_heard_of(store: Store) -> None:
    quiet_store(store)
    week = Filters(date(2026, 3, 26), date(2026, 4, 1), "divorce", "/divorce/your-details")
    ((sentence, note),) = quiet_points(one_page(store, week))
    assert sentence.startswith("No reports on /divorce/your-details")
    assert "Last comment 12/03/2026 11:00" in note


def test_one_page_has_its_own_days_themes_and_issues(full: Store, found: Pages) -> None:
    here = replace(APPEALS, page=EVIDENCE)
    mine = one_page(full, here)
    row = found.pages.set_index("page").loc[EVIDENCE]
    assert mine.n_comments == row["n"] == mine.days["n"].sum()
    assert len(mine.days) == 84
    assert mine.themes.iloc[0]["code"] == row["top_code"]
    assert mine.issues["title"].tolist() == ["Photos refused on Upload evidence"]
    assert set(mine.signals["page"]) == {EVIDENCE}
    assert mine.quiet.empty
    sent = full.read(sa.select(comments.c.submitted_at).where(comments.c.page == EVIDENCE))
    assert mine.last_at == sent["submitted_at"].max()
    assert page_answer(mine).startswith("1 alert; ")


def test_a_page_quotes_no_comment_about_safeguarding(store: Store) -> None:
    ids = put(store, [{"text": "he will hurt me"}, {"text": "too slow"}])
    code(store, {ids[0]: ["safeguarding"], ids[1]: ["fault.performance"]})
    here = replace(ALL, service="divorce", page="/divorce/payment")
    assert one_page(store, here).recent["text"].tolist() == ["too slow"]


def test_issue_ids_are_those_of_the_store(full: Store) -> None:
    here = replace(ALL, service="divorce", page="/divorce/payment")
    assert id_of("second") not in set(one_page(full, here).issues["cluster_id"]), "provisional"
