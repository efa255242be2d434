"""Kinds of feedback are counted as their codes say, and small counts by region stay hidden."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

import pandas as pd
import pytest
import sqlalchemy as sa

from app.excellence import KINDS, LEAST_SHOWN, NOT_SHOWN, hidden_cells, kind_of
from app.filters import Filters
from app.queries_excellence import Excellence, excellence
from app.tell_excellence import (
    Choice,
    about_categories,
    about_services,
    categories_of,
    excellence_answer,
    export_table,
    kinds_table,
    regions_of,
    regions_table,
    services_table,
)
from classifiers.codebook import load_codebook
from feedback.coding import winning_codings
from feedback.intervals import share_interval
from feedback.schema import Decision, codings, comments, responses
from feedback.store import Store
from tests.app.filling import NOW, code, fill, put

ALL = Filters(first_day=date(2026, 1, 8), last_day=date(2026, 4, 1))
REGIONS = ("London", "North East", "Wales")
PREFIXES = {
    "praise": ("praise",),
    "complaints": ("complaint",),
    "adjustments": ("access.",),
    "faults": ("fault.",),
    "data-incidents": ("fault.lost_data", "fault.validation"),
}
"""Told again, so that a change of the table is seen."""


@pytest.fixture(scope="module")
def full() -> Iterator[Store]:
    """Twelve weeks; responses in regions, those of one region few."""
    with Store.open("sqlite://") as store:
        fill(store, n_comments=1_500)
        ids = store.read(sa.select(responses.c.response_id).order_by(responses.c.response_id))
        with store.changing() as connection:
            for number, response_id in enumerate(ids["response_id"]):
                # One response in forty is from Wales: too few for most codes.
                region = REGIONS[2] if number % 40 == 1 else REGIONS[number % 2]
                connection.execute(
                    sa.update(responses)
                    .where(responses.c.response_id == response_id)
                    .values(region=region if number % 10 else None)
                )
        yield store


@pytest.fixture(scope="module")
def found(full: Store) -> Excellence:
    return excellence(full, ALL, ALL.first_day)


@pytest.fixture(scope="module")
def coded(full: Store) -> pd.DataFrame:
    """Every coding that counts, of the period, with service and region."""
    winning = winning_codings(full.read(sa.select(codings)))
    given = winning[winning["decision"] == Decision.ASSIGNED.value]
    sent = full.read(
        sa.select(
            comments.c.comment_id,
            comments.c.service,
            comments.c.submitted_at,
            responses.c.region,
        ).join(responses, responses.c.response_id == comments.c.response_id)
    )
    sent = sent[(sent["submitted_at"] >= ALL.start) & (sent["submitted_at"] < ALL.end)]
    return given.merge(sent, on="comment_id")


@pytest.mark.parametrize("name", PREFIXES)
def test_a_kind_counts_each_comment_once(found: Excellence, coded: pd.DataFrame, name: str) -> None:
    of_kind = coded[coded["code"].str.startswith(PREFIXES[name])]
    told = of_kind.groupby("service")["comment_id"].nunique()
    mine = Choice(kind_of(name)).rows(found.now).set_index("service")["n"]
    assert mine[mine > 0].sort_index().to_dict() == told.to_dict()
    assert told.sum() > 10


def test_a_comment_with_two_codes_of_a_kind_counts_once() -> None:
    with Store.open("sqlite://") as store:
        (comment_id,) = put(store, [{"text": "lost my answers and refused my date"}])
        code(store, {comment_id: ["fault.lost_data", "fault.validation"]})
        found = excellence(store, ALL, ALL.first_day)
    for name in ("faults", "data-incidents"):
        assert Choice(kind_of(name)).rows(found.now)["n"].tolist() == [1], name
    assert Choice(None, "fault.validation").rows(found.now)["n"].tolist() == [1]


def test_every_code_of_a_kind_is_in_the_codebook() -> None:
    known = {one.id for one in load_codebook("digital_service").codes}
    for kind in KINDS:
        assert any(kind.has(one) for one in known), kind.name
        assert set(kind.codes) <= known, kind.name


def test_shares_have_their_interval_and_base(found: Excellence) -> None:
    services, table = services_table(found, Choice(kind_of("faults")))
    n, base = (
        frame.set_index("service")["n"]
        for frame in (Choice(kind_of("faults")).rows(found.now), found.now.bases)
    )
    at = services.index("probate")
    share, low, high = (100 * one for one in share_interval(n["probate"], base["probate"]))
    assert table["Share of comments"][at] == f"{share:.0f}% ({low:.0f}% to {high:.0f}%)"
    assert table["Comments"][at] == base["probate"]


def test_regions_count_codes_against_responses(
    full: Store, found: Excellence, coded: pd.DataFrame
) -> None:
    answers = full.read(sa.select(responses))
    answers = answers[(answers["submitted_at"] >= ALL.start) & (answers["submitted_at"] < ALL.end)]
    regions, table = regions_table(found, Choice(kind_of("faults")))
    assert regions == ["London", "North East", "Wales", ""], "not told comes last"
    for row, region in zip(table.to_dict("records"), regions, strict=True):
        here = answers["region"].fillna("") == region
        assert row["Responses"] == here.sum()
        mine = coded[
            (coded["region"].fillna("") == region) & coded["code"].str.startswith("fault.")
        ]
        told = row["Count"]
        assert told == (f"{len(mine):,}" if len(mine) >= LEAST_SHOWN else NOT_SHOWN)


def test_no_count_under_five_is_told_by_region(found: Excellence, coded: pd.DataFrame) -> None:
    small = 0
    for one in categories_of(found, None):
        _, table = regions_table(found, Choice(None, one))
        for told, region in zip(table["Count"], regions_of(found), strict=True):
            n = int(((coded["region"].fillna("") == region) & (coded["code"] == one)).sum())
            small += n < LEAST_SHOWN
            assert told == NOT_SHOWN or int(told.replace(",", "")) == n >= LEAST_SHOWN
    assert small > 5, "there are small counts to hide"


def test_one_hidden_count_takes_another_along() -> None:
    cells = pd.DataFrame({"n": [3, 9, 40, 12]})
    assert hidden_cells(cells)["n"].tolist() == [True, True, False, False]
    two = pd.DataFrame({"n": [3, 2, 40]})
    assert hidden_cells(two)["n"].tolist() == [True, True, False]
    none = pd.DataFrame({"n": [30, 20, 40]})
    assert not hidden_cells(none)["n"].any()
    square = pd.DataFrame({"a": [3, 20, 30], "b": [15, 25, 35], "c": [50, 60, 70]})
    hidden = hidden_cells(square)
    assert (hidden.sum(axis=0)[hidden.any()] >= 2).all()
    assert (hidden.sum(axis=1)[hidden.any(axis=1)] >= 2).all()


def test_a_region_chosen_narrows_everything_and_hides_what_is_small(
    full: Store, coded: pd.DataFrame
) -> None:
    wales = excellence(full, ALL, ALL.first_day, "Wales")
    _, table = services_table(wales, Choice(kind_of("praise")))
    shown = [one for one in table["Count"] if one != NOT_SHOWN]
    assert all(int(one) >= LEAST_SHOWN for one in shown)
    assert NOT_SHOWN in set(table["Count"])
    london = excellence(full, ALL, ALL.first_day, "London")
    n = int(((coded["region"] == "London") & (coded["code"] == "praise")).sum())
    assert f"Praise: {n:,} of " in excellence_answer(london, Choice(kind_of("praise")))
    assert "per 100 responses" in excellence_answer(london, Choice(kind_of("praise")))
    assert "Change" not in kinds_table(london).columns


def test_small_counts_of_a_region_are_in_no_file_and_no_chart(full: Store) -> None:
    wales = excellence(full, ALL, ALL.first_day, "Wales")
    categories = about_categories(wales, None, "Wales")
    assert categories is None or (categories[0]["n"] >= LEAST_SHOWN).all()
    for found in (wales, excellence(full, ALL, ALL.first_day)):
        rows = export_table(found)
        by_region = rows[rows["Base counts"] == "responses"]
        assert len(by_region) > 5
        hidden = by_region["Count"] == NOT_SHOWN
        assert (by_region.loc[~hidden, "Count"].astype(int) >= LEAST_SHOWN).all()
        assert by_region.loc[hidden, ["Share", "Low (95%)", "High (95%)"]].isna().all().all()
        assert hidden.any()


def test_answer_is_a_sentence_with_its_base(found: Excellence) -> None:
    base = int(found.now.bases["n"].sum())
    said = excellence_answer(found, Choice())
    assert said.startswith(f"Of {base:,} comments, ")
    assert "report a fault" in said
    assert excellence_answer(found, Choice(kind_of("faults"))).startswith("Faults: ")


def test_services_are_drawn_for_one_kind_largest_first(found: Excellence) -> None:
    assert about_services(found, Choice()) is None
    drawn = about_services(found, Choice(kind_of("faults")))
    assert drawn is not None
    assert drawn[0]["mean"].is_monotonic_decreasing
    assert (drawn[0]["low"] <= drawn[0]["mean"]).all()


def test_a_service_chosen_is_the_only_one(full: Store) -> None:
    one = excellence(full, Filters(ALL.first_day, ALL.last_day, "probate"), ALL.first_day)
    assert set(one.now.bases["service"]) == {"probate"}
    assert set(one.now.kinds["service"]) == {"probate"}


def test_nothing_in_a_period_is_said(full: Store) -> None:
    later = Filters(date(2027, 1, 1), date(2027, 1, 7))
    found = excellence(full, later, ALL.first_day)
    assert excellence_answer(found, Choice()) == "No comment in this period."
    assert about_categories(found, None, "here") is None
    assert NOW + timedelta(days=1) < later.start
