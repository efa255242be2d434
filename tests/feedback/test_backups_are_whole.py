"""A backup is the store at one moment; what is restored is that, less what was erased since."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import sqlite3
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from feedback import postgresql_tools, schema
from feedback.backup import back_up, write_erasures
from feedback.erasure import erase_response
from feedback.errors import BackupError
from feedback.legal_holds import lift_hold, place_hold
from feedback.manifests import ERASURES, manifest_path, read_list
from feedback.store import Store
from tests.feedback.backup_store import copy_of, hashes, put_back, without
from tests.feedback.erasure_store import MARKS, RESPONSE, WORD, everything, plant
from tests.feedback.pipeline_parts import rows_of
from tests.feedback.store_frames import NOON, comment_id, fill, prepared

LATER = NOON + timedelta(hours=3)
OWN = {"meta", "audit", "alembic_version"}
"""Tables that tell of the restore itself."""


@pytest.fixture
def url(store_url: str) -> str:
    with Store.open(store_url, clock=lambda: NOON) as store:
        plant(store)
    return store_url


@pytest.fixture
def other_url(request: pytest.FixtureRequest, store_url: str, tmp_path: Path) -> Iterator[str]:
    """Another empty store of the same database."""
    if store_url.startswith("sqlite"):
        yield f"sqlite:///{tmp_path / 'other' / 'feedback.db'}"
        return
    with request.getfixturevalue("postgres_server").database() as name:
        yield name


def test_what_is_restored_is_row_for_row_what_there_was(
    url: str, other_url: str, tmp_path: Path
) -> None:
    put_back(copy_of(url, tmp_path / "copies"), other_url)
    assert without(hashes(other_url), OWN) == without(hashes(url), OWN)
    with Store.open(url) as one, Store.open(other_url) as other:
        assert one.id_key() == other.id_key()
        assert other.check() == ""
        assert other.data_version() > one.data_version()
        audit = rows_of(other, schema.audit)
        assert audit["action"].tolist()[-1] == "restore"
        assert audit.iloc[:-1].to_dict() == rows_of(one, schema.audit).to_dict()


def test_the_manifest_tells_what_the_copy_is(url: str, tmp_path: Path) -> None:
    path, _ = back_up(url, tmp_path / "copies", now=NOON)
    told = json.loads(manifest_path(path).read_text())
    assert path.name.startswith("feedback-20260401-120000.")
    assert told["sha256"] == hashlib.sha256(path.read_bytes()).hexdigest()
    assert told["n_bytes"] == path.stat().st_size
    assert told["made_at"] == "2026-04-01T12:00:00+00:00"
    with Store.open(url) as store:
        assert told["counts"]["comments"] == len(rows_of(store, schema.comments)) == 34
        assert set(told["counts"]) == set(schema.metadata.tables)
        head = store.read(sa.select(schema.meta.c.value).where(schema.meta.c.name == "audit_head"))
        assert [told["audit_head"]] == head["value"].tolist()
    modes = {stat.S_IMODE(one.stat().st_mode) for one in path.parent.iterdir()}
    assert modes == {0o600}
    assert len(list(path.parent.iterdir())) == 3  # nothing else is left behind


def test_a_copy_is_never_written_over(url: str, tmp_path: Path) -> None:
    copy = copy_of(url, tmp_path / "copy.bak")
    with pytest.raises(BackupError, match="is there already"):
        back_up(url, copy, now=LATER)


def test_a_copy_taken_while_others_write_is_one_moment(
    store_url: str, other_url: str, tmp_path: Path
) -> None:
    """Each transaction of the writer brings two comments: a copy with an odd number is torn."""
    stop = threading.Event()
    written = [0]

    def write() -> None:
        with Store.open(store_url) as store:
            while not stop.is_set():
                first = 2 * written[0]
                fill(
                    store, prepared([f"{first} {'word ' * 300}", f"{first + 1} other"], first=first)
                )
                written[0] += 1

    with Store.open(store_url) as store:
        fill(store, prepared([f"{n} {'before ' * 300}" for n in range(2_000)], first=500_000))
    thread = threading.Thread(target=write)
    thread.start()
    try:
        while written[0] < 3:
            time.sleep(0.01)
        before = written[0]
        copy, manifest = back_up(store_url, tmp_path / "copies", now=NOON)
        after = written[0]
    finally:
        stop.set()
        thread.join()
    n = manifest.counts["comments"] - 2_000
    assert n % 2 == 0
    assert before <= n // 2 <= after + 1
    put_back(copy, other_url)
    with Store.open(other_url) as store:
        numbers = sorted(int(one, 16) for one in rows_of(store, schema.comments)["comment_id"])
        assert numbers == [*range(n), *range(500_000, 502_000)]
        assert store.check() == ""
    assert written[0] >= after


@pytest.mark.parametrize("at", [100, -100])
def test_a_flipped_byte_is_refused(url: str, other_url: str, tmp_path: Path, at: int) -> None:
    copy = copy_of(url, tmp_path / "copies")
    data = bytearray(copy.read_bytes())
    data[at] ^= 1
    copy.write_bytes(data)
    before = hashes(url)
    with pytest.raises(BackupError, match="checksum"):
        put_back(copy, other_url)
    with pytest.raises(BackupError, match="checksum"):
        put_back(copy, url, replace=True)
    assert hashes(url) == before


def test_half_a_copy_or_one_without_its_manifest_is_refused(
    url: str, other_url: str, tmp_path: Path
) -> None:
    copy = copy_of(url, tmp_path / "copies")
    whole = copy.read_bytes()
    copy.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(BackupError, match="It is not the whole backup"):
        put_back(copy, other_url)
    copy.write_bytes(whole)
    manifest_path(copy).write_text("{}")
    with pytest.raises(BackupError, match="is no manifest"):
        put_back(copy, other_url)
    manifest_path(copy).unlink()
    with pytest.raises(BackupError, match="is not there"):
        put_back(copy, other_url)


def test_a_manifest_with_other_counts_is_refused(url: str, other_url: str, tmp_path: Path) -> None:
    copy = copy_of(url, tmp_path / "copies")
    told = json.loads(manifest_path(copy).read_text())
    told["counts"]["comments"] += 1
    manifest_path(copy).write_text(json.dumps(told))
    with pytest.raises(BackupError, match="other numbers of rows than its manifest says: comments"):
        put_back(copy, other_url)


def test_a_store_with_comments_is_replaced_only_when_that_is_said(url: str, tmp_path: Path) -> None:
    copy = copy_of(url, tmp_path / "copies")
    with Store.open(url) as store:
        fill(store, prepared(["came after the backup"], first=77_000))
    before = hashes(url)
    with pytest.raises(BackupError, match=r"has comments \(35\)\. .*--replace"):
        put_back(copy, url)
    assert hashes(url) == before
    put_back(copy, url, replace=True)
    with Store.open(url) as store:
        assert len(rows_of(store, schema.comments)) == 34


def test_who_has_the_store_open_sees_the_restored_one(url: str, tmp_path: Path) -> None:
    with Store.open(url) as reader:
        copy = copy_of(url, tmp_path / "copies")
        fill(reader, prepared(["came after the backup"], first=77_000))
        version = reader.data_version()
        put_back(copy, url, replace=True)
        assert len(rows_of(reader, schema.comments)) == 34
        assert reader.data_version() > version
        fill(reader, prepared(["and goes on"], first=78_000))
    with Store.open(url) as store:
        assert len(rows_of(store, schema.comments)) == 35
        assert store.check() == ""


# What was erased since


def test_what_the_replaced_store_had_erased_is_erased_again(url: str, tmp_path: Path) -> None:
    copy = copy_of(url, tmp_path / "copies")
    with Store.open(url) as store:
        erase_response(store, RESPONSE, "ann", now=NOON)
    done = put_back(copy, url, replace=True)
    assert (done.n_erasures, done.n_comments_erased) == (1, 2)
    _assert_gone(url, tmp_path)


def test_a_newer_list_beside_the_backup_is_enough(url: str, other_url: str, tmp_path: Path) -> None:
    """The store is lost; a later backup to the same folder, or only its list, is not."""
    copy = copy_of(url, tmp_path / "copies")
    assert read_list(copy.parent / ERASURES) == []
    with Store.open(url) as store:
        erase_response(store, RESPONSE, "ann", now=NOON)
    path, n = write_erasures(url, copy.parent)
    assert (path.name, n) == (ERASURES, 1)
    done = put_back(copy, other_url)
    assert done.n_comments_erased == 2
    _assert_gone(other_url, tmp_path)


def test_a_list_from_elsewhere_counts_too(url: str, other_url: str, tmp_path: Path) -> None:
    copy = copy_of(url, tmp_path / "copies")
    with Store.open(url) as store:
        erase_response(store, RESPONSE, "ann", now=NOON)
    path, _ = write_erasures(url, tmp_path / "elsewhere.json")
    with pytest.raises(BackupError, match="is not there"):
        put_back(copy, other_url, erasures=tmp_path / "typo.json")
    with pytest.raises(BackupError, match="is no list of erased responses"):
        put_back(copy, other_url, erasures=manifest_path(copy))
    put_back(copy, other_url, erasures=path)
    _assert_gone(other_url, tmp_path)


def _assert_gone(url: str, folder: Path) -> None:
    with Store.open(url) as store:
        told = everything(store)
        kept_out = told.pop("erased_responses")
        assert len(kept_out) == 1
        assert RESPONSE in kept_out[0]
        told.pop("audit")
        assert [mark for mark in MARKS if mark in str(told)] == []
    if url.startswith("sqlite"):
        place = Path(url.removeprefix("sqlite:///")).parent
        for path in (one for one in place.iterdir() if one.is_file()):
            assert WORD.encode() not in path.read_bytes(), path.name


def test_a_list_grows_and_forgets_nothing(url: str, tmp_path: Path) -> None:
    folder = tmp_path / "copies"
    with Store.open(url) as store:
        erase_response(store, comment_id(1_000_001), "ann", now=NOON)
        back_up(url, folder / "one.bak", now=NOON)
        with store.changing() as connection:
            connection.execute(sa.delete(schema.erased_responses))
        erase_response(store, comment_id(1_000_002), "ann", now=LATER)
    back_up(url, folder / "two.bak", now=NOON)
    expected = [(comment_id(1_000_001), NOON), (comment_id(1_000_002), LATER)]
    assert read_list(folder / ERASURES) == expected


def test_holds_are_as_they_are_now_not_as_they_were_then(url: str, tmp_path: Path) -> None:
    with Store.open(url) as store:
        with store.changing() as connection:
            lifted = place_hold(connection, "ann", "settled since", NOON, service="divorce")
        copy = copy_of(url, tmp_path / "copies")
        with store.changing() as connection:
            lift_hold(connection, lifted, "ann", "settled", NOON)
            placed = place_hold(connection, "ann", "a new claim", NOON)
    put_back(copy, url, replace=True)
    with Store.open(url) as store:
        holds = rows_of(store, schema.legal_holds).set_index("hold_id")["lifted_by"]
    assert holds[lifted] == "ann"
    assert holds.isna()[placed]


# Other databases, damage


def test_a_damaged_store_is_put_aside(tmp_path: Path) -> None:
    place = tmp_path / "home" / "feedback.db"
    url = f"sqlite:///{place}"
    with Store.open(url, clock=lambda: NOON) as store:
        plant(store)
    copy = copy_of(url, tmp_path / "copies")
    place.write_bytes(b"no database at all" * 1_000)
    with pytest.raises(BackupError, match="is damaged"):
        put_back(copy, url)
    done = put_back(copy, url, replace=True)
    assert done.set_aside is not None
    assert done.set_aside.read_bytes().startswith(b"no database")
    with Store.open(url) as store:
        assert len(rows_of(store, schema.comments)) == 34


def test_a_backup_of_another_database_is_refused(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'feedback.db'}"
    Store.open(url).close()
    copy = copy_of(url, tmp_path / "copies")
    with pytest.raises(BackupError, match="is a backup of sqlite"):
        put_back(copy, "postgresql://nobody@nowhere/none")


def test_a_store_in_memory_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BackupError, match="in memory"):
        back_up("sqlite://", tmp_path, now=NOON)
    assert list(tmp_path.iterdir()) == []


def test_a_missing_program_is_named(
    postgres_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgresql_tools, "SEARCHED", tmp_path)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(BackupError, match="The program pg_dump is not installed"):
        back_up(postgres_url, tmp_path / "copies", now=NOON)
    assert not list((tmp_path / "copies").iterdir())


def test_the_password_is_in_no_argument(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    told = tmp_path / "told"
    program = tmp_path / "pg_dump"
    program.write_text(f'#!/bin/sh\necho "$@" > {told}\necho "$PGPASSWORD" >> {told}\n')
    program.chmod(0o700)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    url = sa.make_url("postgresql+psycopg://ann:hunter2@db.example/feedback?sslmode=verify-full")
    postgresql_tools.dump(url, tmp_path / "copy", snapshot="1-1")
    arguments, password = told.read_text().splitlines()
    assert "hunter2" not in arguments
    assert password == "hunter2"


def test_a_full_disk_leaves_nothing_half_done(url: str) -> None:
    if not url.startswith("sqlite"):
        pytest.skip("the program of PostgreSQL writes that file")
    if os.geteuid() or shutil.which("mount") is None:
        pytest.skip("making a small disk takes the rights of root")
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run(
            ["mount", "-t", "tmpfs", "-o", "size=128k", "tmpfs", folder], capture_output=True
        )
        if done.returncode:
            pytest.skip("no small disk can be made here")
        try:
            with pytest.raises(BackupError):
                back_up(url, Path(folder) / "copy.bak", now=NOON)
            assert list(Path(folder).iterdir()) == []
        finally:
            subprocess.run(["umount", folder], check=True)


CUT = """
import os, signal, sys
from datetime import datetime, UTC
from pathlib import Path
from feedback import restore

def die(*_, **__):
    os.kill(os.getpid(), signal.SIGKILL)

setattr(restore, sys.argv[3], die)
restore.restore(Path(sys.argv[1]), sys.argv[2], who="a", now=datetime.now(UTC), replace=True)
"""


@pytest.mark.parametrize("where", ["_compare", "erase_again", "_keep_holds"])
def test_a_restore_that_is_killed_leaves_the_store_as_it_was(tmp_path: Path, where: str) -> None:
    url = f"sqlite:///{tmp_path / 'home' / 'feedback.db'}"
    with Store.open(url, clock=lambda: NOON) as store:
        plant(store)
        copy = copy_of(url, tmp_path / "copies")
        erase_response(store, RESPONSE, "ann", now=NOON)
    before = hashes(url)
    root = Path(__file__).parents[2]
    killed = subprocess.run([sys.executable, "-c", CUT, str(copy), url, where], cwd=root)
    assert killed.returncode < 0
    assert hashes(url) == before
    put_back(copy, url, replace=True)
    _assert_gone(url, tmp_path)


def test_a_copy_opens_by_itself(tmp_path: Path) -> None:
    """Without the toolkit: it is a plain SQLite file with no log beside it."""
    url = f"sqlite:///{tmp_path / 'feedback.db'}"
    with Store.open(url, clock=lambda: NOON) as store:
        plant(store)
        copy = copy_of(url, tmp_path / "copies")
    found = sqlite3.connect(f"file:{copy}?mode=ro&immutable=1", uri=True)
    assert found.execute("SELECT count(*) FROM comments").fetchone() == (34,)
    found.close()
    assert datetime.fromisoformat(json.loads(manifest_path(copy).read_text())["made_at"]) == NOON
