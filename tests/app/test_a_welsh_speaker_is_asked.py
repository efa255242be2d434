"""Welsh whose codes are unsure waits for somebody who reads it; nothing else does."""

from __future__ import annotations

import json
import stat
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest
import sqlalchemy as sa

from app import queries_comments
from app.correcting import DrawRequest, draw_text, take_in
from app.doctor import examine
from app.filters import Filters
from app.quality import measure_quality
from app.quality_text import quality_text
from app.queries_welsh import count_welsh, count_welsh_in, welsh_queue
from app.tell_welsh import welsh_line, welsh_note
from app.welsh_sheet import draw_welsh, draw_welsh_text
from feedback import schema
from feedback.coding import winning_codings
from feedback.errors import SettingsError, StoreError
from feedback.settings import Settings
from feedback.store import Store
from tests.app.coding_loop import SETTINGS, code_sheet, draw_to, fill, samples, sheet_rows
from tests.app.filling import NOW, put
from tests.app.leak_checks import store
from tests.app.welsh_store import (
    ASSIGNED,
    REVIEW,
    SECRET,
    WAITS,
    WAITS_NOT,
    Planted,
    plant,
    plant_all,
    recode,
)

__all__ = ["store"]

FEEDBACK = Path(sys.executable).with_name("feedback")
PERIOD = Filters(NOW.date() - timedelta(days=30), NOW.date())
QUEUE = Filters(PERIOD.first_day, PERIOD.last_day, language="cy", needs_welsh_speaker=True)


def queue(store: Store) -> list[str]:
    return welsh_queue(store, None, 10_000)


@pytest.mark.parametrize("kind", WAITS)
def test_unsure_welsh_waits(store: Store, kind: str) -> None:
    ids = plant(store, WAITS[kind])
    assert queue(store) == ids
    assert count_welsh(store).n_waiting == 1


@pytest.mark.parametrize("kind", WAITS_NOT)
def test_what_is_sure_or_no_welsh_or_safeguarding_does_not(store: Store, kind: str) -> None:
    plant(store, WAITS_NOT[kind])
    assert queue(store) == []
    found = count_welsh(store)
    assert (found.n_waiting, found.oldest_at) == (0, None)
    assert found.n_safeguarding == (kind in ("perhaps safeguarding", "safeguarding"))


def test_what_the_machine_has_not_coded_might_be_safeguarding(store: Store) -> None:
    (comment_id,) = put(store, [{"text": SECRET, "language": "cy"}])
    assert queue(store) == []
    store.claim("w:1:0", 1)
    assert store.fail("w:1:0", comment_id, "ValueError", max_attempts=1)
    assert queue(store) == []
    assert count_welsh(store).n_safeguarding == 0


def test_the_queue_is_that_of_a_count_by_hand(store: Store) -> None:
    """500 comments with codes by chance, some coded anew by a later model, some by people."""
    rng = np.random.default_rng(11)
    codes = ("praise", "complaint", "staff", "safeguarding")

    def by_chance() -> dict[str, schema.Decision]:
        given = rng.choice(codes, rng.integers(0, 3), replace=False, p=[0.3, 0.3, 0.3, 0.1])
        return {str(code): ASSIGNED if rng.random() < 0.6 else REVIEW for code in given}

    ids = plant(
        store,
        *(
            Planted(
                f"sylw rhif {n}",
                by_chance(),
                ["staff"] if rng.random() < 0.2 else [],
                {"language": "en" if rng.random() < 0.3 else "cy"},
            )
            for n in range(500)
        ),
    )
    again = set(rng.choice(ids, 150, replace=False))
    with store._engine.begin() as connection:
        connection.execute(
            sa.update(schema.comments)
            .where(schema.comments.c.comment_id.in_(again))
            .values(state="received", claimed_by=None, n_attempts=0)
        )
    recode(store, {key: by_chance() for key in again}, "test-2")

    texts = store.read(sa.select(schema.comments)).set_index("comment_id")
    told = store.read(sa.select(schema.codings))
    counting = winning_codings(told)
    people = set(told[told["origin"] == "person"]["comment_id"])
    flagged = set(told[told["code"] == "safeguarding"]["comment_id"])
    assert flagged - set(counting[counting["code"] == "safeguarding"]["comment_id"]) - people
    waiting, urgent = set(), set()
    for key in ids:
        mine = counting[counting["comment_id"] == key]
        if texts.loc[key, "language"] != "cy" or key in people:
            continue
        if key in flagged:  # by any model: a later one takes nothing back
            urgent.add(key)
        elif "review" in set(mine["decision"]) or "assigned" not in set(mine["decision"]):
            waiting.add(key)
    assert len(waiting) > 50
    assert len(urgent) > 10
    assert set(queue(store)) == waiting
    found = count_welsh(store)
    assert (found.n_waiting, found.n_safeguarding) == (len(waiting), len(urgent))
    assert found.oldest_at == texts.loc[sorted(waiting), "submitted_at"].min()


def test_scopes_count_their_own(store: Store) -> None:
    probate = {"service": "probate", "submitted_at": NOW - timedelta(days=40)}
    plant(store, *WAITS.values(), Planted("araf", row=probate))
    plant(store, Planted(SECRET, {"safeguarding": REVIEW}, row=probate))
    assert count_welsh(store).n_waiting == 4
    assert count_welsh(store, "probate").n_waiting == 1
    assert count_welsh(store, since=NOW - timedelta(days=5)).n_waiting == 3
    assert count_welsh(store, "probate", NOW - timedelta(days=5)).n_safeguarding == 0
    here, everywhere = count_welsh_in(store, PERIOD), count_welsh(store)
    assert (here.n_waiting, here.n_safeguarding, everywhere.n_safeguarding) == (3, 0, 1)
    assert "1 more at other dates or places." in welsh_note(here, everywhere)


def test_no_question_reads_all_comments(store: Store) -> None:
    fill(store, ["praise"] * 50)
    plant_all(store)
    asked: list[tuple[str, object]] = []

    def remember(_c, _cursor, statement, parameters, *_) -> None:
        asked.append((statement, parameters))

    sa.event.listen(store._engine, "before_cursor_execute", remember)
    count_welsh(store)
    count_welsh(store, "divorce", NOW)
    count_welsh_in(store, QUEUE)
    queries_comments.find_comments(store, QUEUE)
    queue(store)
    welsh_queue(store, "divorce", 5)
    sa.event.remove(store._engine, "before_cursor_execute", remember)
    by_words = 0
    for statement, parameters in asked:
        if not statement.lstrip().startswith("SELECT"):
            continue
        with store._engine.connect() as connection:
            rows = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)
            plan = [detail for *_, detail in rows]
        by_words += any("search_words VIRTUAL TABLE INDEX" in step for step in plan)
        scanned = [step for step in plan if step.startswith(("SCAN comments", "SCAN coding"))]
        assert not [step for step in scanned if "INDEX" not in step], plan
    assert by_words == 7


# The page


def test_the_page_shows_the_queue_and_no_words_of_safeguarding(store: Store) -> None:
    ids = plant_all(store)
    found = queries_comments.find_comments(store, QUEUE)
    assert set(found.comments["comment_id"]) == {ids[kind] for kind in WAITS}
    assert set(found.comments["text"]) == {one.text for one in WAITS.values()}
    assert found.n_found == count_welsh_in(store, QUEUE).n_waiting == 3


def test_a_search_does_not_tell_how_many_withheld_comments_have_a_word(store: Store) -> None:
    plant_all(store)
    searched = Filters(
        PERIOD.first_day, PERIOD.last_day, language="cy", search="nilyn", needs_welsh_speaker=True
    )
    assert queries_comments.find_comments(store, searched).n_found == 0
    assert count_welsh_in(store, searched) == count_welsh_in(store, QUEUE)


# The sheet


def drawn(store: Store, out: Path, n: int = 50, **asked) -> dict:
    return draw_welsh(SETTINGS, store, out, DrawRequest(n, **asked))


def on(path: Path) -> list[str]:
    return [row["id"] for row in sheet_rows(path)]


def test_the_sheet_is_the_queue_the_oldest_first(store: Store, tmp_path: Path) -> None:
    ids = plant_all(store)
    fill(store, ["praise"] * 30)
    told = drawn(store, tmp_path / "a.csv")
    assert on(tmp_path / "a.csv") == [ids[kind] for kind in WAITS] == queue(store)
    assert [row["text"] for row in sheet_rows(tmp_path / "a.csv")] == [
        one.text for one in WAITS.values()
    ]
    assert {row["codes"] for row in sheet_rows(tmp_path / "a.csv")} == {""}
    assert stat.S_IMODE((tmp_path / "a.csv").stat().st_mode) == 0o600
    assert (told["n_drawn"], told["n_waiting"], told["n_safeguarding"]) == (3, 3, 2)
    said = draw_welsh_text(told)
    assert "3 comments to code" in said
    assert "2 more in Welsh may be about safeguarding and are left out" in said
    kept = samples(store)
    assert set(kept["kind"]) == {"welsh"}
    assert set(kept["weight"]) == {0.0}
    assert kept["inclusion_probability"].isna().all()
    (run,) = store.read(sa.select(schema.runs).where(schema.runs.c.kind == "code-next")).to_dict(
        "records"
    )
    assert (run["run_id"], run["n_in"], run["models"]["kind"]) == (told["run_id"], 3, "welsh")
    assert store.read(sa.select(schema.audit))["action"].tolist().count("draw for coding") == 1


def test_what_is_on_a_sheet_comes_again_only_behind_the_others(
    store: Store, tmp_path: Path
) -> None:
    ids = plant(store, *(Planted(f"sylw rhif {n}") for n in range(5)))
    drawn(store, tmp_path / "a.csv", 2)
    assert on(tmp_path / "a.csv") == ids[:2]
    assert count_welsh(store).n_on_sheet == 2
    assert "2 on a sheet that has not come back" in welsh_line(count_welsh(store))
    told = drawn(store, tmp_path / "b.csv", 4)
    assert on(tmp_path / "b.csv") == [*ids[2:], ids[0]]
    assert told["n_drawn_again"] == 1
    assert "1 of them are on an earlier sheet" in draw_welsh_text(told)


def test_a_sheet_that_comes_back_empties_the_queue(store: Store, tmp_path: Path) -> None:
    plant_all(store)
    drawn(store, tmp_path / "a.csv")
    take_in(SETTINGS, store, code_sheet(tmp_path / "a.csv", lambda _: "complaint"), "ann")
    assert queue(store) == []
    assert samples(store)["coded_at"].notna().all()
    with pytest.raises(StoreError, match="2 in Welsh may be about safeguarding"):
        drawn(store, tmp_path / "b.csv")
    assert not (tmp_path / "b.csv").exists()


def test_only_the_service_asked_for_is_drawn(store: Store, tmp_path: Path) -> None:
    plant(store, *WAITS.values())
    here = plant(store, Planted("araf", row={"service": "probate"}))
    assert drawn(store, tmp_path / "a.csv", service="probate")["n_waiting"] == 1
    assert on(tmp_path / "a.csv") == here
    with pytest.raises(StoreError, match="of 'zoo' needs a Welsh speaker"):
        drawn(store, tmp_path / "b.csv", service="zoo")


def test_what_cannot_be_is_refused(store: Store, tmp_path: Path) -> None:
    plant_all(store)
    with pytest.raises(SettingsError, match="exclude each other"):
        drawn(store, tmp_path / "a.csv", with_safeguarding=True)
    with pytest.raises(SettingsError, match="--seed has no meaning"):
        drawn(store, tmp_path / "a.csv", seed=1)
    assert samples(store).empty
    assert not (tmp_path / "a.csv").exists()


def test_welsh_sheets_are_in_no_live_figure(store: Store, tmp_path: Path) -> None:
    fill(store, ["praise"] * 40)
    draw_to(store, tmp_path / "a.csv", 80)
    take_in(SETTINGS, store, code_sheet(tmp_path / "a.csv", lambda _: "praise"), "ann")
    before = measure_quality(SETTINGS, store)
    plant(store, *(Planted(f"sylw rhif {n}", {"praise": REVIEW}) for n in range(40)))
    drawn(store, tmp_path / "b.csv")
    take_in(SETTINGS, store, code_sheet(tmp_path / "b.csv", lambda _: "complaint"), "ann")
    after = measure_quality(SETTINGS, store)
    assert (before.pop("n_outside"), after.pop("n_outside")) == (0, 40)
    assert after == before
    assert after["model"]["figures"]["micro_f1"]["value"] == 1.0
    assert (after["n_draws"], after["coders"]) == (1, {"ann": 40})


def test_chance_draws_welsh_like_any_other(store: Store, tmp_path: Path) -> None:
    """On a sheet for a Welsh speaker first, in a random draw later: neither loses a comment."""
    ids = plant(store, *(Planted(f"sylw rhif {n}", {"praise": REVIEW}) for n in range(10)))
    drawn(store, tmp_path / "a.csv")
    told = draw_to(store, tmp_path / "b.csv", 20)
    assert told["n_eligible"] == 10
    assert set(on(tmp_path / "b.csv")) == set(ids)
    assert "10 at random from 10" in draw_text(told)


# What is told


def test_quality_and_doctor_tell_the_queue(store: Store, tmp_path: Path) -> None:
    said = quality_text(measure_quality(SETTINGS, store))
    assert "Needs a Welsh speaker: 0 comments" in said
    plant_all(store)
    found = measure_quality(SETTINGS, store)
    assert found["needs_welsh_speaker"] == {
        "n_waiting": 3,
        "n_on_sheet": 0,
        "n_safeguarding": 2,
        "oldest_at": (NOW - timedelta(hours=len(WAITS) + len(WAITS_NOT))).isoformat(),
    }
    said = quality_text(found)
    assert "Needs a Welsh speaker: 3 comments with unsure codes that nobody has coded yet" in said
    assert "2 more in Welsh may be about safeguarding" in said
    elsewhere = measure_quality(SETTINGS, store, service="probate")
    assert elsewhere["needs_welsh_speaker"]["n_waiting"] == 0

    settings = Settings(home=tmp_path, store=f"sqlite:///{tmp_path / 'a.db'}")
    (told,) = [each for each in examine(settings) if each.name == "needs a Welsh speaker"]
    assert told.is_ok
    assert told.found.startswith("3 comments in Welsh with codes that are unsure, the oldest of 01")
    assert "2 more in Welsh may be about safeguarding, so not among these" in told.found
    assert SECRET not in told.found


def test_the_commands_draw_and_tell(store: Store, tmp_path: Path) -> None:
    ids = plant_all(store)

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [FEEDBACK, "--store", f"sqlite:///{tmp_path / 'a.db'}", *arguments],
            capture_output=True, text=True, cwd=tmp_path, timeout=120,
            env={"PATH": "/usr/bin:/bin", "HOME": str(tmp_path), "FEEDBACK_HOME": str(tmp_path)},
        )  # fmt: skip

    told = run("code-next", "--welsh", "--out", "a.csv", "--n", "2", "--json")
    assert told.returncode == 0, told.stderr
    assert json.loads(told.stdout)["kind"] == "welsh"
    assert on(tmp_path / "a.csv") == [ids[kind] for kind in WAITS][:2]
    again = run("code-next", "--welsh", "--with-safeguarding", "--out", "b.csv")
    assert again.returncode == 2
    assert "exclude each other" in again.stderr
    quality = json.loads(run("quality", "--json").stdout)
    assert quality["needs_welsh_speaker"]["n_on_sheet"] == 2
