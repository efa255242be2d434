"""A backfill that is loaded leaves a store as an ingest of the same files with enrichment does."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from feedback import schema
from feedback.erasure import erase_response
from feedback.errors import SettingsError
from feedback.schema import RedactionOperator
from feedback.store import Store
from feedback.tallies import refresh_tallies
from tests import fakes
from tests.feedback.load_parts import held, load, load_and_die
from tests.feedback.machine_backfill import PSEUDONYM_KEY
from tests.feedback.mortal_backfill import backfill
from tests.feedback.pipeline_parts import NOW, ingest, row, rows_of, work, write_csv

LONG = "the payment page said something went wrong when I pressed continue"
NAMES = ("2024.csv", "2025.csv")


@pytest.fixture
def store(store_url: str) -> Iterator[Store]:
    with Store.open(store_url) as opened:
        yield opened


@pytest.fixture
def other(tmp_path: Path) -> Iterator[Store]:
    """A store that is fed the usual way, with the key of the one under test."""
    with Store.open(f"sqlite:///{tmp_path / 'other.db'}") as opened:
        yield opened


@pytest.fixture
def history(tmp_path: Path) -> Path:
    """Two files: repeats, duplicates over both, ratings alone, an answer on another day."""
    folder = tmp_path / "history"
    folder.mkdir()
    first = [
        row(1, "Upload is slow, write to ann@example.org", browser="Firefox 128", satisfaction="2"),
        row(2, "n/a", satisfaction="5"),
        row(3, LONG),
        row(4, "slow", date="never"),
        row(5, "Mae'r dudalen yn araf ar fy phone", extra_field="booth 7"),
        row(6, "", satisfaction="4", browser="Safari"),
        row(7, "", satisfaction="1", date="05/04/2026", question="Why?"),
        row(7, "It kept going round and round", date="06/04/2026", question="What then?"),
    ]
    second = [
        *first[4:6],
        row(8, LONG.upper() + "!", date="01/05/2025"),
        row(9, "Easy!"),
        row(10, "easy"),
    ]
    write_csv(folder / NAMES[0], first)
    write_csv(folder / NAMES[1], second)
    return folder


def with_key_of(store: Store, other: Store) -> None:
    key = store.id_key().hex()
    with other.changing() as connection:
        meta = schema.meta
        connection.execute(sa.update(meta).where(meta.c.name == "id_key").values(value=key))


def feed(history: Path, store: Store, **parts: object) -> None:
    for name in NAMES:
        ingest(history / name, store, **parts)
    work(store)
    refresh_tallies(store)


def coded(history: Path, tmp_path: Path, store: Store, **parts: object) -> Path:
    out = tmp_path / "out"
    backfill(history, out, id_key=store.id_key(), **parts)
    return out


def test_it_leaves_what_an_ingest_leaves(
    store: Store, other: Store, history: Path, tmp_path: Path
) -> None:
    with_key_of(store, other)
    feed(history, other)
    told: list[int] = []
    summary = load(store, coded(history, tmp_path, store), progress=told.append)
    found, expected = held(store), held(other)
    for name, rows in expected.items():
        assert found[name] == rows, name
        assert rows or name == "stale_days", f"{name} shows nothing here"
    assert len(expected["responses"]) == 9
    assert (summary.n_new, summary.n_known, summary.n_uncoded) == (8, 0, 0)
    assert sum(told) == 8


def test_codes_name_the_model_that_gave_them(store: Store, history: Path, tmp_path: Path) -> None:
    load(store, coded(history, tmp_path, store))
    codings = rows_of(store, schema.codings)
    assert set(codings["model_version"]) == {fakes.KeywordClassifier.version}
    runs = rows_of(store, schema.runs)
    assert set(runs["kind"]) == {"load"}
    assert len(runs) == 2  # one for each file, as rejected rows are numbered by file
    assert {models["classifier"] for models in runs["models"]} == {"keywords-1"}
    assert runs["finished_at"].notna().all()
    rejects = rows_of(store, schema.rejects)
    assert rejects[["row", "reason"]].to_numpy().tolist() == [[5, "the date cannot be read"]]


def test_older_comments_are_the_originals(
    store: Store, other: Store, history: Path, tmp_path: Path
) -> None:
    old = write_csv(tmp_path / "old.csv", [row(90, LONG), row(91, "easy")])
    with_key_of(store, other)
    for one in (store, other):
        ingest(old, one, now=NOW - timedelta(days=9))
        work(one)
    feed(history, other)
    load(store, coded(history, tmp_path, store))
    found, expected = held(store), held(other)
    for name, rows in expected.items():
        assert found[name] == rows, name
    marks = rows_of(store, schema.comments).set_index("text")["duplicate_of"]
    assert marks[LONG.upper() + "!"] is not None


@pytest.mark.parametrize("how", [load, None], ids=["loaded", "ingested"])
def test_what_is_there_is_passed_over(
    store: Store, history: Path, tmp_path: Path, how: Callable[..., object] | None
) -> None:
    out = coded(history, tmp_path, store)
    if how is None:
        feed(history, store)
    else:
        how(store, out)
    before = held(store)
    summary = load(store, out)
    assert (summary.n_new, summary.n_known) == (0, 8)
    assert held(store) == before


@pytest.mark.parametrize("is_within", [True, False], ids=["within a part", "between parts"])
@pytest.mark.parametrize("step", [1, 2, 3])
def test_killed_in_the_middle_it_is_finished_as_if_never_killed(
    store_url: str, other: Store, history: Path, tmp_path: Path, step: int, is_within: bool
) -> None:
    with Store.open(store_url) as store:
        with_key_of(store, other)
        out = coded(history, tmp_path, store)
    assert load_and_die(store_url, out, step, is_within=is_within) == -signal.SIGKILL
    load(other, out)
    with Store.open(store_url) as store:
        n_before = len(rows_of(store, schema.comments))
        assert n_before < 8
        summary = load(store, out)
        assert (summary.n_new, summary.n_known) == (8 - n_before, n_before)
        found, expected = held(store), held(other)
        for name, rows in expected.items():
            assert found[name] == rows, name


def test_a_comment_without_codes_waits_for_a_worker(
    store: Store, history: Path, tmp_path: Path
) -> None:
    def poison(text: str) -> None:
        if "phone" in text:
            raise ZeroDivisionError

    out = coded(history, tmp_path, store, classifier=fakes.KeywordClassifier(before=poison))
    assert load(store, out).n_uncoded == 1
    assert store.count_states() == {"enriched": 7, "received": 1}
    assert work(store).n_enriched == 1
    assert store.count_states() == {"enriched": 8}


def test_erased_responses_are_not_brought_back(store: Store, history: Path, tmp_path: Path) -> None:
    out = coded(history, tmp_path, store)
    load(store, out)
    comments = rows_of(store, schema.comments).set_index("text")
    response_id = comments["response_id"][LONG]
    erase_response(store, response_id, "ann", now=NOW)
    summary = load(store, out)
    assert (summary.n_new, summary.n_erased) == (0, 1)
    assert response_id not in set(rows_of(store, schema.responses)["response_id"])
    assert LONG not in set(rows_of(store, schema.comments)["text"])


def test_pseudonyms_keep_their_numbers(store: Store, tmp_path: Path) -> None:
    from feedback.redact import TextRedactor

    folder = tmp_path / "history"
    folder.mkdir()
    for name in NAMES:
        write_csv(
            folder / name, [row(name, "Mrs Sarah Okafor told me to ask Mr Tariq Aziz about it")]
        )
    redactor = TextRedactor(operator=RedactionOperator.PSEUDONYM, key=PSEUDONYM_KEY)
    load(store, coded(folder, tmp_path, store, redactor=redactor))
    assert rows_of(store, schema.spans)["number"].tolist() == [1, 2, 1, 2]


def test_what_was_made_for_another_store_is_refused(
    store: Store, history: Path, tmp_path: Path
) -> None:
    backfill(history, tmp_path / "out", id_key=b"another key of thirty-two bytes!")
    with pytest.raises(SettingsError, match="made for another store"):
        load(store, tmp_path / "out")
    assert store.count_states() == {}


def test_what_is_not_finished_is_refused(store: Store, history: Path, tmp_path: Path) -> None:
    out = coded(history, tmp_path, store)
    (out / "_SUCCESS").unlink()
    with pytest.raises(SettingsError, match="is not finished"):
        load(store, out)
    with pytest.raises(SettingsError, match="holds no backfill"):
        load(store, history)
