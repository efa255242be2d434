"""A process can be killed at any moment: afterwards all is there once, as if never killed."""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import sqlalchemy as sa

from feedback import schema
from feedback.store import Store
from tests.feedback.pipeline_parts import row, write_csv

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
SEED = 20260401
N_KILLS = 20
N_ROWS = 240

# What differs from run to run without meaning anything.
IGNORED = {"claimed_by", "claimed_at", "n_attempts", "failure", "at"}
COMPARED = (
    schema.comments,
    schema.responses,
    schema.spans,
    schema.fingerprints,
    schema.embeddings,
    schema.codings,
)


class Nursery:
    """Starts workers quickly and reports their end."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.feedback.mortal_worker"],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def start(self, work: str, store: Path, path: Path, **die_at: int) -> int:
        task = {
            "work": work,
            "url": f"sqlite:///{store}",
            "path": str(path),
            "die_at": die_at,
        }
        self._process.stdin.write(json.dumps(task) + "\n")
        self._process.stdin.flush()
        return int(self._process.stdout.readline())

    def end(self) -> dict[str, Any]:
        self._process.stdin.write("\n")
        self._process.stdin.flush()
        return json.loads(self._process.stdout.readline())

    def run(self, work: str, store: Path, path: Path, **die_at: int) -> dict[str, Any]:
        self.start(work, store, path, **die_at)
        return self.end()

    def close(self) -> None:
        self._process.stdin.close()
        assert self._process.wait(timeout=30) == 0


@pytest.fixture(scope="module")
def nursery() -> Iterator[Nursery]:
    nursery = Nursery()
    yield nursery
    nursery.close()


def contents(store: Path) -> dict[str, pd.DataFrame]:
    with Store.open(f"sqlite:///{store}", create=False) as opened:
        assert opened.check() == ""
        return {
            table.name: opened.read(
                sa.select(*(column for column in table.c if column.name not in IGNORED)).order_by(
                    *table.primary_key.columns
                )
            )
            for table in COMPARED
        }


class Undisturbed:
    """Stores before the work, and after it when nobody kills it; and how long it took."""

    def __init__(self, nursery: Nursery, folder: Path) -> None:
        texts = [
            f"the page is slow, write to me{i % 7}@example.org, attempt {i % 90} of many"
            if i % 5
            else ("n/a" if i % 10 else f"easy {i}")
            for i in range(N_ROWS)
        ]
        rows = [row(i, text) for i, text in enumerate(texts)]
        rows[100]["date"] = "never"
        self.path = write_csv(folder / "feedback.csv", rows)
        self.before = {"ingest": folder / "new.db", "enrich": folder / "ingested.db"}
        self.seconds: dict[str, float] = {}
        self.counts: dict[str, dict[str, int]] = {}
        self.after: dict[str, dict[str, pd.DataFrame]] = {}
        current = folder / "current.db"
        nursery.run("open", current, self.path)  # so that every copy makes the same ids
        for work, before in self.before.items():
            shutil.copy(current, before)
            started = time.monotonic()
            end = nursery.run(work, current, self.path)
            self.seconds[work] = time.monotonic() - started
            assert end["exit"] == 0
            self.counts[work] = end["counts"]
            self.after[work] = contents(current)

    def check(self, work: str, store: Path) -> None:
        found = contents(store)
        for name, expected in self.after[work].items():
            pd.testing.assert_frame_equal(found[name], expected)
        with Store.open(f"sqlite:///{store}") as opened:
            held = sa.select(schema.comments.c.comment_id).where(schema.IS_CLAIMED)
            assert opened.read(held).empty
            finished = sa.select(schema.runs).where(schema.runs.c.finished_at.is_not(None))
            assert len(opened.read(finished)) >= 1


@pytest.fixture(scope="module")
def undisturbed(nursery: Nursery, tmp_path_factory: pytest.TempPathFactory) -> Undisturbed:
    return Undisturbed(nursery, tmp_path_factory.mktemp("undisturbed"))


def test_the_work_to_be_killed_is_real(undisturbed: Undisturbed) -> None:
    ingested, enriched = undisturbed.after["ingest"], undisturbed.after["enrich"]
    assert len(ingested["comments"]) == N_ROWS - 1
    assert ingested["comments"]["duplicate_of"].notna().sum() > 20
    assert len(ingested["spans"]) > 100
    assert ingested["codings"].empty
    assert set(enriched["comments"]["state"]) == {"enriched"}
    assert set(enriched["codings"]["comment_id"]) == set(enriched["comments"]["comment_id"])
    assert len(enriched["embeddings"]) > 20
    assert min(counts["looks"] for counts in undisturbed.counts.values()) > 2 * N_KILLS
    assert min(counts["transactions"] for counts in undisturbed.counts.values()) > 10


@pytest.mark.parametrize("work", ["ingest", "enrich"])
def test_killed_in_the_middle_of_a_transaction(
    work: str, nursery: Nursery, undisturbed: Undisturbed, tmp_path: Path
) -> None:
    rng = random.Random(SEED)
    step = undisturbed.counts[work]["looks"] / N_KILLS
    for place in range(N_KILLS):
        store = tmp_path / f"{place}.db"
        shutil.copy(undisturbed.before[work], store)
        die_at = 1 + int((place + rng.random()) * step * 0.99)
        killed = nursery.run(work, store, undisturbed.path, looks=die_at)
        assert killed["exit"] == -signal.SIGKILL
        assert nursery.run(work, store, undisturbed.path)["exit"] == 0
        undisturbed.check(work, store)


@pytest.mark.parametrize("work", ["ingest", "enrich"])
def test_killed_between_two_transactions(
    work: str, nursery: Nursery, undisturbed: Undisturbed, tmp_path: Path
) -> None:
    n_transactions = undisturbed.counts[work]["transactions"]
    for die_at in range(1, n_transactions + 1):
        store = tmp_path / f"{die_at}.db"
        shutil.copy(undisturbed.before[work], store)
        killed = nursery.run(work, store, undisturbed.path, transactions=die_at)
        assert killed["exit"] == -signal.SIGKILL
        assert nursery.run(work, store, undisturbed.path)["exit"] == 0
        undisturbed.check(work, store)


@pytest.mark.parametrize("work", ["ingest", "enrich"])
def test_killed_again_and_again_by_the_clock(
    work: str, nursery: Nursery, undisturbed: Undisturbed, tmp_path: Path
) -> None:
    rng = random.Random(SEED)
    n_kills = n_stores = 0
    while n_kills < N_KILLS:
        store = tmp_path / f"{n_stores}.db"
        n_stores += 1
        shutil.copy(undisturbed.before[work], store)
        is_done = False
        while not is_done:
            process = nursery.start(work, store, undisturbed.path)
            if n_kills < N_KILLS:
                time.sleep(rng.uniform(0, undisturbed.seconds[work]))
                os.kill(process, signal.SIGKILL)
            end = nursery.end()
            is_done = end["exit"] == 0
            n_kills += not is_done
        undisturbed.check(work, store)


def test_killed_while_it_makes_a_new_store(nursery: Nursery, tmp_path: Path) -> None:
    n_looks = nursery.run("open", tmp_path / "whole.db", tmp_path)["counts"]["looks"]
    for die_at in range(1, n_looks, max(1, n_looks // N_KILLS)):
        store = tmp_path / f"{die_at}.db"
        assert nursery.run("open", store, tmp_path, looks=die_at)["exit"] == -signal.SIGKILL
        with Store.open(f"sqlite:///{store}") as opened:
            assert opened.check() == ""
            key = opened.id_key()
        with Store.open(f"sqlite:///{store}") as opened:
            assert opened.id_key() == key
