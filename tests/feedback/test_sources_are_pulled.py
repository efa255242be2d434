"""A watched folder: each file is taken once, whole, by one machine; what is wrong is told."""

from __future__ import annotations

import shutil
import signal
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from feedback import schema
from feedback.pull_lease import lease, lease_name
from feedback.pull_record import files_known
from feedback.pull_sources import PullState, remove_source
from feedback.schema import PullKind, PullOutcome
from feedback.store import Store, utc_now
from tests.feedback.pipeline_parts import rows_of
from tests.feedback.pull_parts import (
    NOW,
    add,
    die,
    ids,
    source,
    texts,
    turn,
    write_export,
)


@pytest.fixture
def store(store_url: str) -> Iterator[Store]:
    with Store.open(store_url) as opened:
        yield opened


@pytest.fixture
def inbox(tmp_path: Path) -> Path:
    folder = tmp_path / "inbox"
    folder.mkdir()
    return folder


def watched(store: Store, inbox: Path, **options) -> None:
    add(store, "letters", PullKind.FOLDER, str(inbox), **options)


def files(folder: Path) -> list[str]:
    return sorted(str(p.relative_to(folder)) for p in folder.rglob("*") if p.is_file())


def test_a_file_is_stored_and_moved_to_done(store: Store, inbox: Path) -> None:
    watched(store, inbox, service="divorce")
    write_export(inbox / "april.csv", range(12))
    found = turn(store, "letters")
    assert (found.outcome, found.tally.n_files, found.tally.n_new) == (PullOutcome.DONE, 1, 12)
    assert texts(store) == sorted(f"the page is slow {n}" for n in range(12))
    comments = rows_of(store, schema.comments)
    assert set(comments["service"]) == {"divorce"}
    assert set(comments["source"]) == {"letters"}
    assert files(inbox) == ["done/april.csv"]
    told = source(store, "letters")
    assert told.n_comments == 12
    assert told.finished_at >= told.started_at
    assert told.state(utc_now()) is PullState.DONE
    assert list(store.read(files_known(told.source_id))["name"]) == ["april.csv"]


def test_a_bad_file_says_why_and_does_not_stop_the_others(store: Store, inbox: Path) -> None:
    watched(store, inbox)
    (inbox / "a.csv").write_text("colour,size\nsecret-7781,2\n")
    (inbox / "b.csv").write_text("id,comment,date\nR1,secret-7781,31/31/2026\n")
    write_export(inbox / "c.csv", range(3))
    found = turn(store, "letters")
    assert found.outcome is PullOutcome.PARTLY
    assert sorted(found.tally.failures) == ["a.csv", "b.csv"]
    assert len(texts(store)) == 3
    assert files(inbox) == ["done/c.csv"] + [
        f"failed/{name}" for name in ("a.csv", "a.csv.txt", "b.csv", "b.csv.txt")
    ]
    assert "a.csv has no 'comment' column" in (inbox / "failed" / "a.csv.txt").read_text()
    assert "1 read, 1 rejected" in (inbox / "failed" / "b.csv.txt").read_text()
    for note in (inbox / "failed").glob("*.txt"):
        assert "7781" not in note.read_text()
    told = source(store, "letters")
    assert told.problem.startswith("2 files were not taken. The first: a.csv has no 'comment'")
    # Put right and moved back, it is taken like any other.
    write_export(inbox / "a.csv", [7, 8])
    (inbox / "failed" / "a.csv").unlink()
    assert turn(store, "letters").outcome is PullOutcome.DONE
    assert len(texts(store)) == 5
    assert source(store, "letters").problem is None


@pytest.mark.parametrize("name", ["a.csv.part", ".a.csv", "~$a.xlsx", "a.csv.tmp", "A.FILEPART"])
def test_what_is_called_unfinished_is_left_alone(inbox: Path, tmp_path: Path, name: str) -> None:
    with Store.open(f"sqlite:///{tmp_path / 'feedback.db'}") as store:
        watched(store, inbox)
        write_export(inbox / name, range(3))
        assert turn(store, "letters").tally.n_files == 0
        assert files(inbox) == [name]
        (inbox / name).rename(inbox / "whole.csv")
        assert turn(store, "letters").tally.n_new == 3


def test_links_folders_and_empty_files_are_left_alone(inbox: Path, tmp_path: Path) -> None:
    with Store.open(f"sqlite:///{tmp_path / 'feedback.db'}") as store:
        watched(store, inbox)
        outside = write_export(tmp_path / "outside.csv", range(3))
        (inbox / "link.csv").symlink_to(outside)
        (inbox / "more").mkdir()
        write_export(inbox / "more" / "below.csv", range(3))
        (inbox / "empty.csv").touch()
        assert turn(store, "letters").tally.n_files == 0
        assert texts(store) == []
        assert outside.exists()
        assert (inbox / "link.csv").is_symlink()


def test_a_file_that_grows_between_two_looks_waits(store: Store, inbox: Path) -> None:
    watched(store, inbox)
    path = write_export(inbox / "growing.csv", range(3))
    write_export(inbox / "whole.csv", range(10, 12))

    def grow(_seconds: float) -> None:
        with path.open("a") as file:
            file.write("R3,the page is sl")

    assert turn(store, "letters", wait=grow).tally.n_files == 1
    assert path.exists()
    assert len(texts(store)) == 2
    with path.open("a") as file:
        file.write("ow 3,03/04/2026\n")
    assert turn(store, "letters").tally.n_new == 4
    assert "the page is slow 3" in texts(store)
    assert files(inbox) == ["done/growing.csv", "done/whole.csv"]


def test_a_file_written_to_while_it_is_read_is_taken_again(store: Store, inbox: Path) -> None:
    watched(store, inbox)
    path = write_export(inbox / "open.csv", range(7))
    with path.open("a") as writer:
        n_chunks = 0

        def write_on(_n: int) -> None:
            nonlocal n_chunks
            n_chunks += 1
            if n_chunks == 2:
                writer.write("R7,the page is slow 7,03/04/2026\n")
                writer.flush()

        turn(store, "letters", progress=write_on)
    assert files(inbox) == ["open.csv"], "it is back where it was"
    turn(store, "letters")
    assert texts(store) == [f"the page is slow {n}" for n in range(8)]
    assert files(inbox) == ["done/open.csv"]
    assert source(store, "letters").n_comments == 8


def test_files_of_one_name_are_all_kept(store: Store, inbox: Path) -> None:
    watched(store, inbox)
    for first in (0, 10, 20):
        write_export(inbox / "daily.csv", range(first, first + 2))
        turn(store, "letters")
    assert files(inbox) == ["done/daily (2).csv", "done/daily (3).csv", "done/daily.csv"]
    assert len(texts(store)) == 6


def test_files_are_deleted_once_stored_where_the_source_says_so(store: Store, inbox: Path) -> None:
    watched(store, inbox, delete_done=True)
    write_export(inbox / "a.csv", range(3))
    (inbox / "bad.csv").write_text("colour\n1\n")
    turn(store, "letters")
    assert files(inbox) == ["failed/bad.csv", "failed/bad.csv.txt"]
    assert len(texts(store)) == 3


def test_a_folder_that_is_gone_is_one_line_and_comes_back(store: Store, inbox: Path) -> None:
    watched(store, inbox)
    inbox.rmdir()
    found = turn(store, "letters")
    assert found.outcome is PullOutcome.FAILED
    assert source(store, "letters").problem == f"The folder {inbox} is not there."
    inbox.mkdir()
    write_export(inbox / "a.csv", range(2))
    assert turn(store, "letters").outcome is PullOutcome.DONE
    assert source(store, "letters").problem is None


# Several at once


def test_two_processes_do_not_ask_one_source_at_once(store: Store, inbox: Path) -> None:
    watched(store, inbox)
    write_export(inbox / "a.csv", range(3))
    with lease(store, source(store, "letters").source_id) as held:
        assert held is not None
        assert source(store, "letters").state(utc_now()) is PullState.RUNNING
        found = turn(store, "letters")
        assert found.outcome is None
        assert files(inbox) == ["a.csv"]
    assert turn(store, "letters").tally.n_new == 3


def test_who_lost_the_lease_writes_nothing_more(store: Store, inbox: Path) -> None:
    watched(store, inbox)
    write_export(inbox / "a.csv", range(12))
    name = lease_name(source(store, "letters").source_id)

    def another_takes_over(_n: int) -> None:
        with store.quietly_changing() as connection:
            taken = sa.update(schema.leases).where(schema.leases.c.name == name)
            connection.execute(taken.values(holder="elsewhere:7:7:x"))

    found = turn(store, "letters", progress=another_takes_over)
    assert found.outcome is None
    assert "Another process took it over" in found.problem
    assert len(texts(store)) == 5, "the chunk before, and none after"
    assert rows_of(store, schema.leases)["holder"].tolist() == ["elsewhere:7:7:x"]


@pytest.mark.parametrize(
    ("seconds", "is_free"),
    [(60, False), (-1, True), (86_400, True)],
    ids=["in force", "ended", "given before the clock was put back"],
)
def test_a_lease_of_another_machine_ends_by_itself(
    store: Store, inbox: Path, seconds: float, is_free: bool
) -> None:
    watched(store, inbox)
    row = {
        "name": lease_name(source(store, "letters").source_id),
        "holder": "another-machine:7:7:x",
        "until": utc_now() + timedelta(seconds=seconds),
    }
    with store.quietly_changing() as connection:
        connection.execute(sa.insert(schema.leases), [row])
    assert (turn(store, "letters").outcome is PullOutcome.DONE) == is_free


def test_machines_with_stores_of_their_own_share_a_folder(inbox: Path, tmp_path: Path) -> None:
    n_files, n_rows = 24, 3
    with ExitStack() as stack:
        stores = [
            stack.enter_context(Store.open(f"sqlite:///{tmp_path / f'{n}.db'}")) for n in range(2)
        ]
        for one in stores:
            watched(one, inbox)
        for n in range(n_files):
            write_export(inbox / f"{n:02}.csv", range(n * n_rows, (n + 1) * n_rows))
        together = threading.Barrier(2)
        with ThreadPoolExecutor(2) as threads:
            turns = list(
                threads.map(
                    lambda one: turn(one, "letters", wait=lambda _seconds: together.wait(30)),
                    stores,
                )
            )
        taken = [texts(one) for one in stores]
    assert sum(one.tally.n_files for one in turns) == n_files
    assert sorted(taken[0] + taken[1]) == sorted(
        f"the page is slow {n}" for n in range(n_files * n_rows)
    )
    assert len(files(inbox)) == n_files
    assert all(name.startswith("done/") for name in files(inbox))


# Killed


STEPS = [(kind, n) for kind in ("begin", "commit") for n in range(1, 40, 3)] + [
    (kind, n) for kind in ("rename", "renamed") for n in range(1, 7)
]


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["begin", "commit", "rename", "renamed"])
def test_killed_in_the_middle_of_a_folder(tmp_path: Path, kind: str) -> None:
    base = tmp_path / "base"
    (base / "inbox").mkdir(parents=True)
    for n in range(3):
        write_export(base / "inbox" / f"{n}.csv", range(n * 12, n * 12 + 12))
    with Store.open(f"sqlite:///{base / 'feedback.db'}") as store:
        watched(store, base / "inbox")
        store.id_key()
    steps = [n for of, n in STEPS if of == kind]
    folders = [tmp_path / str(n) for n in (0, *steps)]
    for folder in folders:
        shutil.copytree(base, folder)
        with Store.open(f"sqlite:///{folder / 'feedback.db'}") as store:
            moved = sa.update(schema.pull_sources).values(location=str(folder / "inbox"))
            with store.changing() as connection:
                connection.execute(moved)
    task = [{"url": f"sqlite:///{f / 'feedback.db'}", "name": "letters"} for f in folders]
    ends = die([{**one, "at": {kind: n}} for one, n in zip(task[1:], steps, strict=True)])
    n_killed = ends.count(-signal.SIGKILL)
    assert n_killed >= 6
    assert set(ends) <= {0, -signal.SIGKILL}, "the others were done before that step"
    assert set(die(task)) == {0}
    with Store.open(task[0]["url"]) as undisturbed:
        expected = ids(undisturbed)
    assert len(expected) == 36
    for folder in folders:
        with Store.open(f"sqlite:///{folder / 'feedback.db'}") as store:
            assert ids(store) == expected
            told = source(store, "letters")
            assert told.n_comments == 36, "the count is as if nobody had been killed"
            assert told.state(utc_now()) is PullState.DONE
        assert files(folder / "inbox") == [f"done/{n}.csv" for n in range(3)]


def test_a_turn_that_was_killed_is_told(tmp_path: Path, inbox: Path) -> None:
    url = f"sqlite:///{tmp_path / 'feedback.db'}"
    with Store.open(url) as store:
        watched(store, inbox)
        write_export(inbox / "a.csv", range(12))
    assert die([{"url": url, "name": "letters", "at": {"rename": 2}}]) == [-signal.SIGKILL]
    with Store.open(url) as store:
        told = source(store, "letters")
        assert told.state(utc_now()) is PullState.BROKEN_OFF
        assert told.held_by is not None, "its lease is there still, and counts no more"


def test_who_is_told_to_stop_ends_between_chunks(store: Store, inbox: Path) -> None:
    watched(store, inbox)
    write_export(inbox / "a.csv", range(12))
    stop = threading.Event()
    found = turn(store, "letters", progress=lambda _n: stop.set(), is_stopped=stop.is_set)
    assert found.outcome is PullOutcome.PARTLY
    assert "the next turn goes on" in source(store, "letters").problem
    assert len(texts(store)) == 5
    assert turn(store, "letters").outcome is PullOutcome.DONE
    assert len(texts(store)) == 12
    assert source(store, "letters").n_comments == 12


def test_who_asks_a_source_that_is_removed_writes_nothing_more(store: Store, inbox: Path) -> None:
    watched(store, inbox)
    write_export(inbox / "a.csv", range(12))

    def remove(_n: int) -> None:
        with store.changing() as connection:
            remove_source(connection, "letters", "bob", NOW)

    assert turn(store, "letters", progress=remove).outcome is None
    assert len(texts(store)) == 5
    assert rows_of(store, schema.pulled_files).empty
    assert rows_of(store, schema.leases).empty
