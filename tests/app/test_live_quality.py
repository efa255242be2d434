"""Live figures: from what chance drew alone, weighted, one model at a time, with their base."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import pandas as pd
import pytest
import sqlalchemy as sa

from app.correcting import take_in
from app.quality import comment_weights, measure_quality
from app.quality_text import quality_text
from app.queries_coding import read_codings
from feedback import schema
from feedback.errors import StoreError
from feedback.store import Store
from tests.app.coding_loop import (
    SETTINGS,
    code_sheet,
    draw_to,
    fill,
    samples,
    sentence,
    sheet_rows,
)
from tests.app.filling import NOW, code, put
from tests.app.leak_checks import store

__all__ = ["store"]


def judge(store: Store, path, of, coder: str = "ann") -> None:
    code_sheet(path, of)
    take_in(SETTINGS, store, path, coder)


def quality(store: Store, **asked):
    return measure_quality(SETTINGS, store, **asked)


def code_of(found, name):
    (code,) = [each for each in found["model"]["figures"]["codes"] if each["code"] == name]
    return code


def weights(store: Store):
    """Weights of the random rows, by comment."""
    frame = samples(store)
    drawn = frame[frame["kind"] == "random"].reset_index(drop=True)
    service = store.read(sa.select(schema.comments.c.comment_id, schema.comments.c.service))
    drawn["comment_service"] = drawn["comment_id"].map(service.set_index("comment_id")["service"])
    drawn["service"] = drawn["service"].astype(object).where(drawn["service"].notna(), None)
    machine = read_codings(store, list(drawn["comment_id"]), by_person=False)
    return drawn.assign(weight=comment_weights(drawn, machine))


def test_figures_are_those_of_counting_by_hand(store, tmp_path):
    fill(store, ["praise"] * 40 + ["staff"] * 40)
    draw_to(store, tmp_path / "a.csv", 160)
    said_praise = {sentence(n) for n in (*range(36), *range(40, 50))}
    judge(
        store, tmp_path / "a.csv", lambda row: "praise" if row["text"] in said_praise else "staff"
    )
    found = quality(store)
    praise = code_of(found, "praise")
    assert (praise["n"], praise["n_assigned"]) == (46, 40)
    assert praise["precision"]["value"] == 36 / 40
    assert praise["recall"]["value"] == round(36 / 46, 4)
    assert praise["f1"]["value"] == round(2 * 36 / (46 + 40), 4)
    assert praise["precision"]["low"] < 0.9 < praise["precision"]["high"]
    figures = found["model"]["figures"]
    assert figures["micro_f1"]["value"] == round(66 / 80, 4)
    assert figures["macro_f1"]["value"] == pytest.approx((72 / 86 + 60 / 74) / 2, abs=1e-4)
    assert (found["n_drawn"], found["n_coded"], found["coders"]) == (80, 80, {"ann": 80})
    assert found["model"]["version"] == "test-1"


def test_what_was_chosen_for_doubt_does_not_move_the_figures(store, tmp_path):
    fill(store, ["praise"] * 100 + ["staff"] * 100)
    draw_to(store, tmp_path / "a.csv", 80, score=lambda text: float(text.split()[1]))
    kinds = samples(store).set_index("comment_id")["kind"]
    machine = store.read(sa.select(schema.codings)).set_index("comment_id")["code"]

    def right(row):
        return machine[row["id"]]

    judge(store, tmp_path / "a.csv", lambda row: right(row) if kinds[row["id"]] == "random" else "")
    before = quality(store)
    judge(store, tmp_path / "a.csv", lambda row: right(row) if kinds[row["id"]] == "random" else "complaint")  # fmt: skip  # noqa: E501
    after = quality(store)
    assert after.pop("n_outside") == before.pop("n_outside") + 40 == 40
    assert after == before
    assert after["model"]["figures"]["micro_f1"]["value"] == 1.0
    assert after["n_coded"] == 40
    assert "40 more comments coded because the machine was unsure: in no figure." in quality_text(
        quality(store)
    )


def draws_of(is_hard: np.ndarray, rng: np.random.Generator, shares_coded) -> pd.DataFrame:
    """Rows of draws of 30 at random and 30 hard ones, as far coded as that says."""
    first, last = np.full(len(is_hard), np.nan), np.full(len(is_hard), np.nan)
    by_chance, rows = np.zeros(len(is_hard), dtype=bool), []
    for number, share in enumerate(shares_coded):
        eligible = np.flatnonzero(~by_chance)
        drawn = rng.choice(eligible, 30, replace=False)
        by_chance[drawn] = True
        rest = rng.permutation(np.flatnonzero(~by_chance & np.isnan(first) & np.isnan(last)))
        unsure = rest[np.argsort(~is_hard[rest], kind="stable")][:30]
        last[unsure] = number  # on a sheet
        rows += [(key, number, 30 / len(eligible)) for key in drawn]
        to_code = [key for key in (*drawn, *unsure) if np.isnan(first[key])]
        for key in to_code:
            if rng.random() < share:
                first[key] = number + 0.5
    frame = pd.DataFrame(rows, columns=["key", "number", "inclusion_probability"])
    begin, hour = pd.Timestamp(NOW), pd.Timedelta(hours=1)
    return frame.assign(
        comment_id=frame["key"].astype(str),
        sample_id=frame["number"].astype(str),
        service=None,
        comment_service="divorce",
        with_safeguarding=True,
        is_flagged=False,
        drawn_at=begin + frame["number"] * hour,
        coded_at=begin + pd.Series(first[frame["key"]]) * hour,
    )


@pytest.mark.parametrize("shares_coded", [(1, 1, 1), (1, 1, 0.3), (1, 0.5, 0)])
def test_hard_comments_neither_leave_nor_flood_what_later_draws_are_about(shares_coded):
    """Doubt takes the hard ones first; the share of hard ones by chance must stay theirs."""
    rng = np.random.default_rng(4)
    is_hard = np.arange(400) < 100
    machine = pd.DataFrame(
        {
            "comment_id": np.arange(400).astype(str),
            "at": pd.to_datetime([NOW - timedelta(days=1)] * 400, utc=True),
        }
    )
    totals = []
    for _ in range(400):
        drawn = draws_of(is_hard, rng, shares_coded)
        found = comment_weights(drawn, machine)
        totals.append([found[is_hard[drawn["key"]]].sum(), found.sum()])
    error = np.std(totals, axis=0) / np.sqrt(len(totals))
    off = np.mean(totals, axis=0) - [100, 400]
    assert (np.abs(off) < 4 * error + 1e-6).all(), (off, error)


def test_in_the_end_every_comment_was_drawn_or_coded_and_all_are_stood_for(store, tmp_path):
    fill(store, ["praise"] * 100)
    hard = {sentence(n) for n in range(40)}
    for number in range(5):
        path = tmp_path / f"{number}.csv"
        draw_to(store, path, 20, score=lambda text: 1.0 + 9 * (text in hard))
        judge(store, path, lambda row: "staff" if row["text"] in hard else "praise")
    with pytest.raises(StoreError, match="is left for a person"):
        draw_to(store, tmp_path / "last.csv", 20)
    assert samples(store)["comment_id"].nunique() == 100
    assert weights(store)["weight"].sum() == pytest.approx(100)
    precision = code_of(quality(store), "praise")["precision"]
    assert precision["low"] < 0.6 < precision["high"]


def test_services_drawn_at_different_rates_count_by_their_size(store, tmp_path):
    fill(store, ["praise"] * 300)
    fill(store, ["praise"] * 60, service="probate")
    draw_to(store, tmp_path / "a.csv", 60, service="divorce")
    draw_to(store, tmp_path / "b.csv", 60, service="probate")
    for name in ("a", "b"):
        judge(
            store,
            tmp_path / f"{name}.csv",
            lambda row: "praise" if row["service"] == "divorce" else "staff",
        )
    praise = code_of(quality(store), "praise")
    assert praise["precision"]["value"] == round(300 / 360, 4)
    assert (praise["n_assigned"], praise["n"]) == (60, 30)
    only = quality(store, service="probate")
    assert code_of(only, "praise")["precision"]["value"] == 0.0
    assert (only["n_drawn"], only["n_draws"]) == (30, 1)


def test_draws_that_overlap_stand_for_each_comment_once(store, tmp_path):
    fill(store, ["praise"] * 300)
    fill(store, ["praise"] * 100, service="probate")
    for number, (n, service) in enumerate(((80, None), (60, "probate"), (30, "probate"))):
        draw_to(store, tmp_path / f"{number}.csv", n, service=service)
        judge(store, tmp_path / f"{number}.csv", lambda _: "praise")
    total = weights(store).groupby("comment_service")["weight"].sum()
    assert total["divorce"] == pytest.approx(300, rel=0.15)  # how many chance took of 40
    assert total["probate"] == pytest.approx(100, rel=0.1)
    assert set(samples(store)["weight"]) > {0.0, 10.0}


def test_what_is_not_coded_yet_is_stood_for_by_what_is(store, tmp_path):
    fill(store, ["praise"] * 100)
    draw_to(store, tmp_path / "a.csv", 40)
    some = {row["id"] for row in sheet_rows(tmp_path / "a.csv")[:25]}
    judge(store, tmp_path / "a.csv", lambda row: "praise" if row["id"] in some else "")
    frame = weights(store)
    assert frame[frame["coded_at"].isna()]["weight"].sum() == 0
    assert frame["weight"].sum() == pytest.approx(100)
    found = quality(store)
    assert found["n_coded"] < found["n_drawn"] == 20


def test_a_sheet_that_nobody_coded_changes_nothing(store, tmp_path):
    fill(store, ["praise"] * 100)
    fill(store, ["staff"] * 100, service="probate")
    draw_to(store, tmp_path / "a.csv", 100)
    judge(store, tmp_path / "a.csv", lambda row: "praise")
    before = weights(store).set_index("comment_id")["weight"]
    draw_to(store, tmp_path / "b.csv", 40, service="probate")
    after = weights(store).set_index("comment_id")["weight"]
    assert after[before.index].equals(before)
    assert len(after) == 70
    assert (after.drop(before.index) == 0).all()


def test_only_one_models_codings_are_pooled_and_others_stand_apart(store, tmp_path):
    fill(store, ["praise"] * 40, version="old-1")
    draw_to(store, tmp_path / "a.csv", 80)
    judge(store, tmp_path / "a.csv", lambda _: "staff")
    fill(store, ["praise"] * 50, version="new-2")
    draw_to(store, tmp_path / "b.csv", 100)
    judge(store, tmp_path / "b.csv", lambda _: "praise")
    found = quality(store)
    assert (found["model"]["version"], found["model"]["n_comments"]) == ("new-2", 50)
    assert code_of(found, "praise")["precision"]["value"] == 1.0
    (old,) = found["earlier_models"]
    assert (old["version"], old["n_comments"]) == ("old-1", 40)
    assert old["figures"]["micro_f1"]["value"] == 0.0
    assert "Apart: Model old-1, on 40 comments" in quality_text(found)


def test_a_model_is_not_measured_on_what_it_may_have_learnt(store, tmp_path):
    ids = fill(store, ["praise"] * 40, version="old-1")
    draw_to(store, tmp_path / "a.csv", 80)
    judge(store, tmp_path / "a.csv", lambda _: "staff")
    with store._engine.begin() as connection:
        connection.execute(
            sa.update(schema.comments).values(state="received", claimed_by=None, n_attempts=0)
        )
    code(store, {key: ["staff"] for key in ids}, model_version="learnt-2")
    judge(store, tmp_path / "a.csv", lambda _: "staff;praise")  # coded anew later: learnt still
    found = quality(store)
    assert found["model"] == {
        "version": "learnt-2",
        "n_learnt": 40,
        "n_comments": 0,
        "figures": None,
        "calibration": None,
    }
    assert "may have learnt them" in quality_text(found)
    assert [model["version"] for model in found["earlier_models"]] == ["old-1"]


def test_safeguarding_left_out_of_the_draws_has_no_figures_and_that_is_said(store, tmp_path):
    fill(store, ["safeguarding"] * 40 + ["praise"] * 40)
    draw_to(store, tmp_path / "a.csv", 80)
    rows = sheet_rows(tmp_path / "a.csv")
    missed = {row["id"] for row in rows[:5]}
    judge(store, tmp_path / "a.csv", lambda row: "safeguarding;praise" if row["id"] in missed else "praise")  # fmt: skip  # noqa: E501
    found = quality(store)
    urgent = code_of(found, "safeguarding")
    assert (urgent["n"], urgent["is_left_out"]) == (5, True)
    assert urgent["recall"]["value"] is None
    assert found["model"]["figures"]["micro_f1"]["value"] == 1.0
    told = quality_text(found)
    assert "was left out of every draw" in told
    assert "left out of the draws" in told
    draw_to(store, tmp_path / "b.csv", 80, with_safeguarding=True)
    judge(store, tmp_path / "b.csv", lambda _: "safeguarding")
    found = quality(store)
    urgent = code_of(found, "safeguarding")
    assert (found["n_draws"], found["n_draws_with_safeguarding"]) == (2, 1)
    assert urgent["n_assigned"] == 40
    assert urgent["precision"]["value"] == 1.0
    assert urgent["recall"]["value"] == round(40 / 45, 4)
    assert "could be drawn in 1 of 2 draws" in quality_text(found)


def test_under_thirty_a_code_says_too_few(store, tmp_path):
    fill(store, ["praise"] * 29 + ["staff"] * 30)
    draw_to(store, tmp_path / "a.csv", 118)
    machine = store.read(sa.select(schema.codings)).set_index("comment_id")["code"]
    judge(store, tmp_path / "a.csv", lambda row: machine[row["id"]])
    told = quality_text(quality(store))
    (praise,) = [line for line in told.splitlines() if line.startswith("praise")]
    (staff,) = [line for line in told.splitlines() if line.startswith("staff")]
    assert praise.split() == ["praise", "29", "29", *["too", "few", "to", "say"] * 3]
    assert staff.split() == [
        "staff",
        "30",
        "30",
        *["1.00", "(0.88-1.00)"] * 2,
        "1.00",
        "(0.94-1.00)",
    ]


def test_since_a_day_only_comments_sent_from_then_on_count(store, tmp_path):
    rows = [
        {"text": sentence(n), "submitted_at": NOW - timedelta(days=10 if n < 40 else 1)}
        for n in range(80)
    ]
    ids = put(store, rows)
    code(store, {key: ["praise"] for key in ids})
    draw_to(store, tmp_path / "a.csv", 160)
    early = set(ids[:40])
    judge(store, tmp_path / "a.csv", lambda row: "staff" if row["id"] in early else "praise")
    found = quality(store, since=NOW - timedelta(days=5))
    assert (found["n_drawn"], found["model"]["n_comments"]) == (40, 40)
    assert found["model"]["figures"]["micro_f1"]["value"] == 1.0
    assert quality(store)["model"]["figures"]["micro_precision"]["value"] == 0.5


def test_two_coders_share_a_comment_and_their_agreement_is_told(store, tmp_path):
    fill(store, ["praise"] * 40)
    draw_to(store, tmp_path / "a.csv", 80)
    judge(store, tmp_path / "a.csv", lambda _: "praise")
    assert quality(store)["agreement"] is None
    ids = [row["id"] for row in sheet_rows(tmp_path / "a.csv")]
    second = dict.fromkeys(ids[:10], "staff") | dict.fromkeys(ids[10:20], "praise")
    judge(store, tmp_path / "a.csv", lambda row: second.get(row["id"], ""), "bob")
    found = quality(store)
    assert found["coders"] == {"ann": 40, "bob": 20}
    assert found["model"]["n_comments"] == 40
    assert code_of(found, "praise")["precision"]["value"] == (30 + 10 / 2) / 40
    assert found["agreement"]["n_comments"] == 20
    assert found["agreement"]["exact_match"]["value"] == 0.5
    told = quality_text(found)
    assert (
        "Coders on 20 comments that two or more coded: alpha of whole sets (MASI) too few" in told
    )


def test_without_a_draw_it_says_how_to_begin(store):
    assert "feedback code-next" in quality_text(quality(store))
    fill(store, ["praise"])
    store.correct(store.read(sa.select(schema.comments))["comment_id"][0], ["staff"], "ann")
    found = quality(store)
    assert (found["n_drawn"], found["n_coded"], found["model"]["figures"]) == (0, 0, None)
