"""The next comments to code: half by chance, half by doubt, nothing that tells what to think."""

from __future__ import annotations

import csv
import stat

import numpy as np
import pytest
import sqlalchemy as sa

from app.correcting import draw_text
from feedback import schema
from feedback.errors import SettingsError, StoreError
from feedback.store import Store
from tests.app.coding_loop import (
    HEADINGS,
    code_sheet,
    draw_to,
    fill,
    samples,
    sentence,
    sheet_rows,
)
from tests.app.filling import code, put
from tests.app.leak_checks import store

__all__ = ["store"]


def test_half_is_by_chance_and_half_is_what_the_classifier_doubts(store, tmp_path):
    ids = fill(store, ["praise"] * 200)
    hard = {sentence(n) for n in range(150, 200)}
    told = draw_to(store, tmp_path / "a.csv", 40, score=lambda text: 1.0 + (text in hard))
    kept = samples(store).set_index("comment_id")
    random, uncertain = (kept[kept["kind"] == kind] for kind in ("random", "uncertain"))
    assert (len(random), len(uncertain)) == (20, 20)
    assert set(uncertain.index) <= set(ids[150:])
    assert len(set(random.index) & set(ids[150:])) < 15
    assert random["inclusion_probability"].tolist() == [20 / 200] * 20
    assert random["weight"].tolist() == [10.0] * 20
    assert uncertain["inclusion_probability"].isna().all()
    assert (uncertain["weight"] == 0).all()
    assert (told["n_random"], told["n_uncertain"], told["n_eligible"]) == (20, 20, 200)
    assert "20 at random from 200" in draw_text(told)


def test_every_comment_is_as_likely_to_be_drawn(tmp_path):
    """Over 120 seeds; how often one is drawn is binomial, so chi-square tells if that is so."""
    from scipy.stats import chi2

    with Store.open("sqlite://") as memory:
        ids = fill(memory, ["praise"] * 30)
        n_drawn = dict.fromkeys(ids, 0)
        for seed in range(120):
            draw_to(memory, tmp_path / f"{seed}.csv", 20, seed=seed)
            kept = samples(memory)
            for key in kept[kept["kind"] == "random"]["comment_id"]:
                n_drawn[key] += 1
            with memory._engine.begin() as connection:
                connection.execute(sa.delete(schema.coding_samples))
    expected = 120 * 10 / 30
    statistic = sum((n - expected) ** 2 for n in n_drawn.values()) / (expected * (1 - 1 / 3))
    assert chi2.ppf(0.0005, 29) < statistic < chi2.ppf(0.9995, 29)


def test_the_sheet_shows_the_comment_and_not_the_machines_opinion(store, tmp_path):
    fill(store, ["fault.upload"] * 30)
    draw_to(store, tmp_path / "a.csv", 20)
    text = (tmp_path / "a.csv").read_text(encoding="utf-8-sig")
    rows = sheet_rows(tmp_path / "a.csv")
    assert list(rows[0]) == HEADINGS
    assert {row["codes"] for row in rows} == {""}
    assert not any(word in text for word in ("fault", "random", "uncertain", "0.9", "test-1"))
    assert (rows[0]["service"], rows[0]["page"]) == ("divorce", "/divorce/payment")
    assert stat.S_IMODE((tmp_path / "a.csv").stat().st_mode) == 0o600


def test_the_halves_are_mixed_on_the_sheet(store, tmp_path):
    fill(store, ["praise"] * 300)
    draw_to(store, tmp_path / "a.csv", 100)
    kinds = samples(store).set_index("comment_id")["kind"]
    is_random = np.array([kinds[row["id"]] == "random" for row in sheet_rows(tmp_path / "a.csv")])
    assert 12 < is_random[:50].sum() < 38


def test_the_same_seed_draws_the_same_and_another_seed_another(tmp_path):
    drawn = []
    for number, seed in enumerate((1, 1, 2)):
        with Store.open("sqlite://") as memory:
            fill(memory, ["praise"] * 100)
            draw_to(memory, tmp_path / f"{number}.csv", 20, seed=seed)
        drawn.append((tmp_path / f"{number}.csv").read_bytes())
    assert drawn[0] == drawn[1] != drawn[2]


def test_nothing_is_put_on_a_sheet_twice_by_chance_and_once_all_are_there_it_says_so(
    store, tmp_path
):
    fill(store, ["praise"] * 50)
    seen: list[str] = []
    for number in range(3):
        draw_to(store, tmp_path / f"{number}.csv", 20)
        kept = samples(store)
        by_chance = kept[kept["kind"] == "random"]["comment_id"].tolist()
        assert len(set(by_chance)) == len(by_chance) == 10 * (number + 1)
        code_sheet(tmp_path / f"{number}.csv", lambda _: "praise")
        rows = [row["id"] for row in sheet_rows(tmp_path / f"{number}.csv")]
        for key in rows:
            store.correct(key, ["praise"], "ann")
        seen += rows
    assert len(set(seen)) == len(seen) == 50
    with pytest.raises(StoreError, match="is left for a person"):
        draw_to(store, tmp_path / "last.csv", 20)
    assert not (tmp_path / "last.csv").exists()


def test_chance_draws_comments_that_were_coded_as_hard_but_nobody_codes_them_again(store, tmp_path):
    ids = fill(store, ["praise"] * 40)
    for key in ids[:30]:
        store.correct(key, ["staff"], "ann")
    told = draw_to(store, tmp_path / "a.csv", 20)
    kept = samples(store)
    by_chance = kept[kept["kind"] == "random"]
    assert len(by_chance) == 10
    assert told["n_coded_before"] == len(set(by_chance["comment_id"]) & set(ids[:30])) > 3
    assert by_chance["coded_at"].notna().sum() == told["n_coded_before"]
    on_sheet = {row["id"] for row in sheet_rows(tmp_path / "a.csv")}
    assert on_sheet == set(ids[30:])


def test_near_duplicates_are_not_both_chosen_for_doubt(store, tmp_path):
    text = "The payment page showed an error after I had entered my card number"
    ids = put(store, [{"text": f"{text}{'!' * n}"} for n in range(30)])
    code(store, {key: ["fault.payment"] for key in ids})
    told = draw_to(store, tmp_path / "a.csv", 20)
    assert (told["n_random"], told["n_uncertain"]) == (10, 0)


def test_safeguarding_is_on_a_sheet_only_where_asked_for(store, tmp_path):
    for number in range(3):
        fill(store, ["safeguarding"] * 10 + ["praise"] * 10, service=f"s{number}")
    told = draw_to(store, tmp_path / "a.csv", 60)
    assert told["n_eligible"] == 30
    kept = samples(store)
    assert not kept["is_flagged"].any()
    assert "safeguarding is left out" in draw_text(told)
    told = draw_to(store, tmp_path / "b.csv", 60, with_safeguarding=True)
    later = samples(store)
    later = later[later["sample_id"] == told["run_id"]]
    assert later["is_flagged"].any()
    assert later["with_safeguarding"].all()
    assert "left out" not in draw_text(told)


def test_comments_that_say_nothing_or_are_not_coded_yet_are_not_drawn(store, tmp_path):
    fill(store, ["praise"] * 5)
    code_later = put(store, [{"text": "n/a", "is_empty": True}, {"text": "who knows yet"}])
    with pytest.raises(StoreError, match="feedback run"):
        draw_to(store, tmp_path / "a.csv", service="probate")
    code(store, {code_later[0]: ["none"], code_later[1]: ["praise"]})
    put(store, [{"text": "another that waits"}])
    assert draw_to(store, tmp_path / "b.csv", 20)["n_eligible"] == 6


def test_only_the_service_asked_for_is_drawn(store, tmp_path):
    fill(store, ["praise"] * 30)
    probate = fill(store, ["praise"] * 30, service="probate")
    draw_to(store, tmp_path / "a.csv", 20, service="probate")
    assert {row["id"] for row in sheet_rows(tmp_path / "a.csv")} <= set(probate)
    assert set(samples(store)["service"]) == {"probate"}


def test_a_sheet_that_is_there_is_not_written_over(store, tmp_path):
    fill(store, ["praise"] * 5)
    (tmp_path / "a.csv").write_text("a morning's work")
    with pytest.raises(SettingsError, match="is there already"):
        draw_to(store, tmp_path / "a.csv")
    assert (tmp_path / "a.csv").read_text() == "a morning's work"
    with pytest.raises(SettingsError, match="cannot be written"):
        draw_to(store, tmp_path / "no" / "a.csv")
    assert samples(store).empty


def test_a_draw_is_recorded(store, tmp_path):
    fill(store, ["praise"] * 30)
    told = draw_to(store, tmp_path / "a.csv", 10, seed=5)
    (run,) = store.read(sa.select(schema.runs).where(schema.runs.c.kind == "code-next")).to_dict(
        "records"
    )
    assert (run["run_id"], run["n_in"], run["models"]["seed"]) == (told["run_id"], 30, 5)
    log = store.read(sa.select(schema.audit))
    assert log["action"].tolist() == ["draw for coding"]


def test_a_formula_in_a_comment_is_no_formula_on_the_sheet(store, tmp_path):
    put(store, [{"text": '=HYPERLINK("x")'}, {"text": "'=1 is what I typed"}])
    code(store, {})
    draw_to(store, tmp_path / "a.csv")
    with (tmp_path / "a.csv").open(encoding="utf-8-sig", newline="") as file:
        texts = {row[1] for row in csv.reader(file)}
    assert texts == {"text", '\'=HYPERLINK("x")', "'=1 is what I typed"}


def test_two_who_draw_at_the_same_time_do_not_get_the_same_comments(store, tmp_path):
    """The second one draws while the first one's classifier is still asked."""
    fill(store, ["praise"] * 20)

    def slow(text: str) -> float:
        if samples(store).empty:
            draw_to(store, tmp_path / "first.csv", 20)
        return 1.0

    with pytest.raises(StoreError, match="Draw again"):
        draw_to(store, tmp_path / "second.csv", 20, score=slow)
    assert not (tmp_path / "second.csv").exists()
    assert not samples(store).query("kind == 'random'")["comment_id"].duplicated().any()
