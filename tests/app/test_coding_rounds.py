"""Several people code the same comments: nobody leans on the others, nobody's work is lost."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
import sqlalchemy as sa

from app.coding_choices import choices_of
from app.corrections import read_corrections
from app.quality import measure_quality
from app.queries import is_quotable
from app.queries_rounds import Compared, compared, my_codes, round_comments, rounds
from app.queries_safeguarding import waiting_comments
from app.queries_to_code import coded_comment, waiting_drawn
from app.round_agreement import agreement_figures, agreement_of, agreement_table
from app.rounds_work import draw_round
from classifiers.codebook import load_codebook
from feedback import schema
from feedback.coding_rounds import (
    accept_agreed,
    close_round,
    code_in_round,
    reconcile,
    reconciled_name,
    take_back_in_round,
)
from feedback.coding_undo import TAKEN_BACK, take_back_coding
from feedback.errors import StoreError
from feedback.store import Store
from tests.app.coding_loop import SETTINGS, codings_by, draw_to, fill, samples
from tests.app.leak_checks import store

__all__ = ["store"]

NOW = datetime(2026, 4, 2, 9, tzinfo=UTC)
CODEBOOK = load_codebook()
BOTH = "ann and bob, reconciled by cy"


def open_on(store: Store, n: int = 4, coders: Sequence[str] = ("ann", "bob")) -> str:
    """Put comments and open a round on them."""
    fill(store, ["complaint"] * n)
    round_id, n_to_code = draw_round(
        SETTINGS, store, name="April", service=None, coders=coders, n=n,
        codebook=CODEBOOK.name, who="cy",
    )  # fmt: skip
    assert n_to_code == n
    return round_id


def give(store: Store, round_id: str, coder: str, *codes: str, at: int | None = None) -> None:
    """Give codes to the comments of a round in their order: all of them, or one."""
    ids = round_comments(store, round_id)
    chosen = ids if at is None else [ids[at]]
    for number, comment_id in enumerate(chosen):
        with store.changing() as connection:
            given = codes[number % len(codes)].split(";")
            code_in_round(connection, round_id, comment_id, coder, given, NOW)


def settle(store: Store, round_id: str, comment_id: str, codes: str, **more: object) -> None:
    with store.changing() as connection:
        given = {"who": "cy", "now": NOW, "seen_at": None, **more}
        reconcile(connection, round_id, comment_id, codes.split(";"), **given)


def only(store: Store):
    (found,) = rounds(store)
    return found


# Nobody sees the others' codes


def test_what_one_gave_is_read_for_that_one_alone(store: Store) -> None:
    round_id = open_on(store)
    give(store, round_id, "ann", "praise")
    assert set(my_codes(store, round_id, "ann").values()) == {("praise",)}
    assert my_codes(store, round_id, "bob") == {}
    assert compared(store, round_id, "bob") == compared(store, round_id, "cy") == ()
    give(store, round_id, "bob", "staff", at=0)
    assert compared(store, round_id, "bob") == (), "bob has three left to code"
    (seen,) = compared(store, round_id, "cy")
    assert (seen.comment_id, seen.codes) == (
        round_comments(store, round_id)[0],
        (("praise",), ("staff",)),
    )
    assert len(compared(store, round_id, "ann")) == 1, "ann has coded all of it"


def test_codes_of_a_round_are_in_no_coding_until_reconciled(store: Store) -> None:
    round_id = open_on(store)
    give(store, round_id, "ann", "praise")
    for comment_id in round_comments(store, round_id):
        found = coded_comment(store, comment_id)
        assert found is not None
        assert found.people == {}
        assert found.round_id == round_id
    detail = store.read(sa.select(schema.audit.c.detail))["detail"].dropna().tolist()
    assert not [one for one in detail if "praise" in str(one)]


def test_who_has_coded_everything_changes_nothing_more(store: Store) -> None:
    round_id = open_on(store)
    for at in range(3):
        give(store, round_id, "ann", "praise", at=at)
    give(store, round_id, "ann", "staff", at=0)
    give(store, round_id, "ann", "praise", at=3)
    with pytest.raises(StoreError, match="your codes are fixed"):
        give(store, round_id, "ann", "complaint", at=3)
    ids = round_comments(store, round_id)
    with pytest.raises(StoreError, match="fixed"), store.changing() as connection:
        take_back_in_round(connection, round_id, ids[3], "ann", (), NOW)
    assert my_codes(store, round_id, "ann")[ids[0]] == ("staff",)


def test_a_coding_of_a_round_is_taken_back(store: Store) -> None:
    round_id = open_on(store)
    give(store, round_id, "ann", "praise", at=0)
    give(store, round_id, "ann", "staff", at=0)
    first = round_comments(store, round_id)[0]
    with store.changing() as connection:
        take_back_in_round(connection, round_id, first, "ann", ("praise",), NOW)
    assert my_codes(store, round_id, "ann") == {first: ("praise",)}
    with store.changing() as connection:
        take_back_in_round(connection, round_id, first, "ann", (), NOW)
    assert my_codes(store, round_id, "ann") == {}


@pytest.mark.parametrize(
    ("coder", "codes", "says"),
    [
        ("dee", ["praise"], "not a coder of this round"),
        ("ann", [], "at least one code"),
        ("ann", ["none", "praise"], "nothing to code, alone"),
    ],
)
def test_what_cannot_be_given_is_refused(
    store: Store, coder: str, codes: list[str], says: str
) -> None:
    round_id = open_on(store)
    first = round_comments(store, round_id)[0]
    with pytest.raises(StoreError, match=says), store.changing() as connection:
        code_in_round(connection, round_id, first, coder, codes, NOW)
    with pytest.raises(StoreError, match="not in this round"), store.changing() as connection:
        code_in_round(connection, round_id, "f" * 32, "ann", ["praise"], NOW)
    assert my_codes(store, round_id, "ann") == {}


@pytest.mark.parametrize("coders", [["ann"], ["ann", "Ann"], ["a", "b", "c", "d", "e"], []])
def test_a_round_takes_two_to_four_people(store: Store, coders: list[str]) -> None:
    fill(store, ["complaint"] * 2)
    with pytest.raises(StoreError, match="from two to 4 different coders"):
        draw_round(SETTINGS, store, name="x", service=None, coders=coders, n=2,
                   codebook="c/1", who="cy")  # fmt: skip
    assert rounds(store) == ()
    assert samples(store).empty


# Two people at once


def test_two_people_at_once_lose_nothing(store: Store, tmp_path: Path) -> None:
    round_id = open_on(store, n=12)
    ids = round_comments(store, round_id)
    gate = threading.Barrier(2)
    failed: list[str] = []

    def code_all(coder: str, code: str) -> None:
        with Store.open(f"sqlite:///{tmp_path / 'a.db'}") as own:
            gate.wait()
            for comment_id in ids:
                try:
                    with own.changing() as connection:
                        code_in_round(connection, round_id, comment_id, coder, [code], NOW)
                except StoreError as error:
                    failed.append(str(error))

    threads = [
        threading.Thread(target=code_all, args=args)
        for args in (("ann", "praise"), ("bob", "staff"))
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    assert my_codes(store, round_id, "ann") == dict.fromkeys(ids, ("praise",))
    assert my_codes(store, round_id, "bob") == dict.fromkeys(ids, ("staff",))


def test_two_who_correct_one_comment_keep_both_codings(store: Store, tmp_path: Path) -> None:
    (key,) = fill(store, ["complaint"])
    gate = threading.Barrier(2)

    def correct_as(coder: str, code: str) -> None:
        with Store.open(f"sqlite:///{tmp_path / 'a.db'}") as own:
            gate.wait()
            own.correct(key, [code], coder)

    threads = [
        threading.Thread(target=correct_as, args=args)
        for args in (("ann", "praise"), ("bob", "staff"))
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    found = coded_comment(store, key)
    assert found is not None
    assert dict(found.people) == {"ann": ("praise",), "bob": ("staff",)}
    assert [code for code, *_ in found.machine] == ["complaint"]


def test_of_two_who_reconcile_at_once_the_second_is_told(store: Store, tmp_path: Path) -> None:
    round_id = open_on(store, n=1)
    for coder, code in (("ann", "praise"), ("bob", "staff")):
        give(store, round_id, coder, code)
    (key,) = round_comments(store, round_id)
    gate, refused = threading.Barrier(2), []

    def settle_as(who: str, code: str) -> None:
        with Store.open(f"sqlite:///{tmp_path / 'a.db'}") as own:
            gate.wait()
            try:
                settle(own, round_id, key, code, who=who, now=datetime.now(UTC))
            except StoreError as error:
                refused.append((who, str(error)))

    threads = [
        threading.Thread(target=settle_as, args=args)
        for args in (("cy", "praise"), ("dee", "staff"))
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    ((late, message),) = refused
    found = coded_comment(store, key)
    assert found is not None
    (by,) = found.people
    assert not by.endswith(late)
    assert "has settled it meanwhile" in message


# Compare and reconcile


def test_what_is_reconciled_counts_under_a_name_of_its_own(store: Store) -> None:
    round_id = open_on(store)
    give(store, round_id, "ann", "praise;staff", "praise")
    give(store, round_id, "bob", "staff", "praise")
    ids = round_comments(store, round_id)
    with store.changing() as connection:
        assert accept_agreed(connection, round_id, "cy", NOW) == 2
    settle(store, round_id, ids[0], "staff")
    assert codings_by(store, BOTH) == {
        ids[0]: {"staff"},
        ids[1]: {"praise"},
        ids[3]: {"praise"},
    }
    found = coded_comment(store, ids[0])
    assert found is not None
    assert [code for code, *_ in found.machine] == ["complaint"], "the machine's coding stays"
    assert my_codes(store, round_id, "ann")[ids[0]] == ("praise", "staff"), "and each coder's"
    assert (only(store).n_complete, only(store).n_settled) == (4, 3)
    log = store.read(sa.select(schema.audit).where(schema.audit.c.action == "reconcile"))
    assert set(log["who"]) == {"cy"}
    assert len(log) == 3


def test_another_reconciling_takes_the_earlier_ones_place(store: Store) -> None:
    round_id = open_on(store, n=1)
    give(store, round_id, "ann", "praise")
    give(store, round_id, "bob", "staff")
    (key,) = round_comments(store, round_id)
    settle(store, round_id, key, "staff")
    later = NOW + timedelta(hours=1)
    with pytest.raises(StoreError, match="cy has settled it meanwhile"):
        settle(store, round_id, key, "praise", who="dee", now=later)
    settle(store, round_id, key, "praise;staff", who="dee", now=later, seen_at=NOW)
    assert codings_by(store, BOTH) == {}
    assert codings_by(store, "ann and bob, reconciled by dee") == {key: {"praise", "staff"}}
    assert read_corrections(store, CODEBOOK).n_disputed == 0


def test_what_not_all_have_coded_is_not_reconciled(store: Store) -> None:
    round_id = open_on(store)
    give(store, round_id, "ann", "praise")
    with pytest.raises(StoreError, match="Not all coders"):
        settle(store, round_id, round_comments(store, round_id)[0], "praise")
    with store.changing() as connection:
        assert accept_agreed(connection, round_id, "cy", NOW) == 0


def test_a_round_is_closed_when_all_that_was_coded_is_reconciled(store: Store) -> None:
    round_id = open_on(store)
    give(store, round_id, "ann", "praise")
    give(store, round_id, "bob", "staff", at=0)
    with pytest.raises(StoreError, match="1 comment is coded"), store.changing() as connection:
        close_round(connection, round_id, "cy", NOW)
    settle(store, round_id, round_comments(store, round_id)[0], "praise")
    with store.changing() as connection:
        close_round(connection, round_id, "cy", NOW)
    assert only(store).closed_at == NOW
    with pytest.raises(StoreError, match="closed"):
        give(store, round_id, "bob", "staff", at=1)


def test_long_names_fit() -> None:
    long = "x" * 60
    assert reconciled_name(["ann", "bob", "cy"], "dee") == "ann, bob and cy, reconciled by dee"
    assert reconciled_name([long, long + "y"], "dee") == "2 coders, reconciled by dee"
    assert len(reconciled_name([long, long + "y"], "z" * 120)) == 120


# Safeguarding, queues and figures


def test_what_a_coder_takes_for_safeguarding_waits_there_at_once(store: Store) -> None:
    round_id = open_on(store)
    ids = round_comments(store, round_id)
    give(store, round_id, "ann", "complaint;safeguarding", at=0)
    assert list(waiting_comments(store, None).comments["comment_id"]) == [ids[0]]
    assert round_comments(store, round_id) == ids[1:]
    assert coded_comment(store, ids[0]) is None
    with pytest.raises(StoreError, match="has left the round"), store.changing() as connection:
        code_in_round(connection, round_id, ids[0], "bob", ["praise"], NOW)
    give(store, round_id, "ann", "praise")
    give(store, round_id, "bob", "praise")
    assert [one.comment_id for one in compared(store, round_id, "bob")] == list(ids[1:])
    assert only(store).n_comments == 3
    with store.changing() as connection:
        accept_agreed(connection, round_id, "cy", NOW)
        close_round(connection, round_id, "cy", NOW)


def test_what_is_safeguarding_is_never_drawn(store: Store) -> None:
    fill(store, ["safeguarding", "complaint"])
    round_id, n = draw_round(SETTINGS, store, name="x", service=None, coders=["a", "b"], n=9,
                             codebook="c/1", who="cy")  # fmt: skip
    assert n == len(round_comments(store, round_id)) == 1


def test_comments_of_an_open_round_wait_in_no_other_queue(store: Store, tmp_path: Path) -> None:
    round_id = open_on(store)
    assert waiting_drawn(store) == ()
    fill(store, ["praise"] * 3)
    draw_to(store, tmp_path / "sheet.csv", n=2)
    ids = waiting_drawn(store)
    assert len(ids) == 2
    assert not set(ids) & set(round_comments(store, round_id))
    store.correct(ids[0], ["staff"], "ann")
    assert waiting_drawn(store) == ids[1:]
    with store.changing() as connection:
        assert take_back_coding(connection, ids[0], "ann", NOW)
    assert waiting_drawn(store) == ids


def test_a_round_counts_in_the_live_figures_once_it_is_closed(store: Store) -> None:
    round_id = open_on(store, n=6)
    give(store, round_id, "ann", "complaint", "praise")
    give(store, round_id, "bob", "complaint", "staff")
    with store.changing() as connection:
        assert accept_agreed(connection, round_id, "cy", datetime.now(UTC)) == 3
    figures = measure_quality(SETTINGS, store)
    assert (figures["n_drawn"], figures["n_coded"]) == (6, 0), "the easy half alone is coded"
    for one in compared(store, round_id, "cy"):
        if not one.is_agreed:
            settle(store, round_id, one.comment_id, "praise", now=datetime.now(UTC))
    with store.changing() as connection:
        close_round(connection, round_id, "cy", NOW)
    figures = measure_quality(SETTINGS, store)
    assert (figures["n_drawn"], figures["n_coded"]) == (6, 6)
    assert figures["coders"] == {BOTH: 6}
    assert figures["model"]["figures"]["micro_recall"]["value"] == pytest.approx(0.5)


def test_a_coding_taken_back_leaves_the_machines(store: Store) -> None:
    (key,) = fill(store, ["complaint"])
    store.correct(key, ["praise"], "ann")
    store.correct(key, ["staff"], "bob")
    with store.changing() as connection:
        assert take_back_coding(connection, key, "ann", NOW)
        assert not take_back_coding(connection, key, "ann", NOW)
    assert codings_by(store, "bob") == {key: {"staff"}}
    with store.changing() as connection:
        take_back_coding(connection, key, "bob", NOW)
    standing = store.read(sa.select(schema.standing_codes.c.code))["code"].tolist()
    assert standing == ["complaint"]
    log = store.read(sa.select(schema.audit).where(schema.audit.c.action == TAKEN_BACK))
    assert log["who"].tolist() == ["ann", "bob"]


# Agreement


def test_agreement_is_that_of_a_count_by_hand() -> None:
    pairs = [("praise", "praise")] * 20 + [("praise", "staff")] * 5 + [("staff", "praise")] * 10
    pairs += [("staff", "staff")] * 15
    found = [
        Compared(str(n), ((one,), (other,)), None, None) for n, (one, other) in enumerate(pairs)
    ]
    measured = agreement_of(("ann", "bob"), found, 1)
    assert measured is not None
    table = agreement_table(measured, choices_of(CODEBOOK, ())).set_index("Code")
    kappa = (0.7 - 0.5) / (1 - 0.5)  # 25 of 50 yes by ann and 30 by bob: chance gives a half
    assert table.loc["Praise", "Agreed"].startswith("70% (")
    assert table.loc["Praise", "Cohen's kappa"].startswith(f"{kappa:.2f} (")
    assert table.loc["Praise", "Given to"] == 35
    figures = dict(agreement_figures(measured))
    assert figures["Exactly the same codes"].startswith("70% (")
    assert figures["Exactly the same codes"].endswith("on 50 comments")


def test_under_thirty_comments_too_few_to_say() -> None:
    found = [Compared(str(n), (("praise",), ("staff",)), None, None) for n in range(29)]
    measured = agreement_of(("ann", "bob"), found, 1)
    assert measured is not None
    table = agreement_table(measured, {})
    assert set(table["Krippendorff's alpha"]) == set(table["Cohen's kappa"]) == {"too few to say"}
    assert "too few to say, on 29 comments" in dict(agreement_figures(measured)).values()
    assert agreement_of(("ann", "bob"), [], 1) is None


def test_rounds_of_other_services_are_not_seen(store: Store) -> None:
    round_id = open_on(store)
    limited = store.scoped(["probate"])
    assert rounds(limited) == ()
    assert round_comments(limited, round_id) == ()
    assert compared(limited, round_id, "cy") == ()
    limited.close()


def test_a_draw_is_a_random_sample_that_is_kept(store: Store) -> None:
    round_id = open_on(store, n=5)
    kept = samples(store)
    assert set(kept["kind"]) == {"random"}
    assert np.allclose(kept["inclusion_probability"], 1.0)
    assert set(kept["comment_id"]) == set(round_comments(store, round_id))
    shown = store.read(sa.select(schema.comments.c.comment_id).where(is_quotable()))
    assert set(kept["comment_id"]) <= set(shown["comment_id"])
