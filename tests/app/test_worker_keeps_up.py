"""A worker codes and groups what arrives, gives way to what takes long, and stops well."""

import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
import sqlalchemy as sa

from app.renewal import Cadence
from app.worker import Worker
from feedback import schema
from feedback.errors import ModelError, StoreError
from feedback.recent_vectors import RecentVectors
from feedback.results import put_fact
from feedback.retention import LAST
from feedback.settings import Settings
from feedback.store import Store
from tests import fakes
from tests.app.filling import put
from tests.feedback.test_workers_are_heard import Monotonic

ROOT = Path(__file__).parents[2]
SETTINGS = Settings(topics_min_comments=10_000, poll_seconds=0.05)
HERE = {"service": "benefit-appeals", "page": "/appeal/evidence"}
UPLOADS = (
    "upload of my photo failed",
    "photo upload failed again today",
    "the upload failed with my photo",
    "my photo failed to upload",
    "upload failed, photo too large it says",
)
SECONDS = 60.0


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.open(f"sqlite:///{tmp_path / 'feedback.db'}") as opened:
        yield opened


def wait_for(is_so: Callable[[], bool], seconds: float = SECONDS) -> None:
    deadline = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.02)


class Working:
    """A worker with fakes for models, in a thread."""

    def __init__(
        self, store: Store, settings: Settings = SETTINGS, *, deletes: bool = False
    ) -> None:
        self.told: list[str] = []
        self.stop = threading.Event()
        models = fakes.BagOfWordsEmbedder(), fakes.KeywordClassifier()
        self.worker = Worker(settings, store, *models, self.told.append, deletes=deletes)
        self.error: Exception | None = None
        self._thread = threading.Thread(target=self._run)

    def _run(self) -> None:
        try:
            self.worker.run(self.stop)
        except Exception as error:  # noqa: BLE001 - looked at by the test
            self.error = error

    def __enter__(self) -> "Working":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop.set()
        self._thread.join(SECONDS)
        assert not self._thread.is_alive()


def arrive(store: Store, texts: tuple[str, ...] = UPLOADS) -> None:
    now = datetime.now(UTC)
    rows = [
        {"text": text, "submitted_at": now - timedelta(minutes=n), **HERE}
        for n, text in enumerate(texts)
    ]
    put(store, rows, now=now)


def n_waiting(store: Store) -> int:
    return store.queue().n_waiting


def test_what_arrives_is_coded_and_counted_while_it_runs(store: Store) -> None:
    with Working(store) as working:
        arrive(store)
        wait_for(lambda: n_waiting(store) == 0)
        arrive(store, ("sign in is broken", "thank you"))
        wait_for(lambda: n_waiting(store) == 0)
        wait_for(lambda: store.read(sa.select(schema.stale_days)).empty)
    assert working.error is None
    assert store.count_states() == {"enriched": len(UPLOADS) + 2}
    assert sum(int(line.split()[0]) for line in working.told) == len(UPLOADS) + 2


class Pauses(threading.Event):
    """Notes how often the thread that codes paused."""

    n = 0

    def wait(self, timeout: float | None = None) -> bool:
        if timeout and threading.current_thread().name != "renewal":
            self.n += 1
        return super().wait(timeout)


def test_what_failed_before_is_tried_again_one_by_one_without_a_pause(store: Store) -> None:
    arrive(store, tuple(f"the upload failed, number {n}" for n in range(30)))
    with store.changing() as connection:
        connection.execute(sa.update(schema.comments).values(n_attempts=2))
    working = Working(store)
    pauses = working.stop = Pauses()
    with working:
        wait_for(lambda: n_waiting(store) == 0)
        assert pauses.n <= 1
    assert store.count_states() == {"enriched": 30}


def test_a_stopped_worker_leaves_nothing_claimed_and_no_name(store: Store) -> None:
    arrive(store)
    with Working(store):
        wait_for(lambda: n_waiting(store) == 0)
        assert len(store.read(sa.select(schema.workers))) == 1
    assert store.read(sa.select(schema.workers)).empty
    assert store.read(sa.select(schema.comments.c.claimed_by))["claimed_by"].isna().all()
    runs = store.read(sa.select(schema.runs).where(schema.runs.c.kind == "enrich"))
    assert runs["n_in"].tolist() == [len(UPLOADS)]
    assert runs["finished_at"].notna().all()


def test_a_worker_waits_for_a_store_that_is_away(store: Store) -> None:
    claim, fails = store.claim, threading.Event()
    fails.set()

    def claim_or_fail(*given: object, **more: object) -> object:
        if fails.is_set():
            raise StoreError("The store is away.")
        return claim(*given, **more)  # type: ignore[arg-type]

    store.claim = claim_or_fail  # type: ignore[method-assign,assignment]
    arrive(store)
    with Working(store) as working:
        wait_for(lambda: any("tries again" in line for line in working.told))
        assert n_waiting(store) == len(UPLOADS)
        fails.clear()
        wait_for(lambda: n_waiting(store) == 0)
    assert working.error is None
    assert sum("tries again" in line for line in working.told) == 1


def test_a_model_that_cannot_be_used_ends_the_worker(store: Store) -> None:
    arrive(store)
    with Working(store) as working:

        def refuse(*_: object) -> None:
            raise ModelError("The model is gone.")

        working.worker._classifier.classify = refuse  # type: ignore[method-assign,assignment]
        arrive(store, ("one more",))
        wait_for(lambda: working.error is not None or n_waiting(store) == 0)
        if working.error is None:
            arrive(store, ("and another",))
            wait_for(lambda: working.error is not None)
    assert isinstance(working.error, ModelError)
    assert store.read(sa.select(schema.comments.c.claimed_by))["claimed_by"].isna().all()


def test_only_one_of_two_workers_groups(store: Store) -> None:
    with Working(store) as first:
        wait_for(lambda: first.worker._renewal.is_ours)
        with Working(store) as second:
            wait_for(lambda: len(store.read(sa.select(schema.workers))) == 2)
            arrive(store)
            wait_for(lambda: n_waiting(store) == 0)
            assert not second.worker._renewal.is_ours
            first.stop.set()
            wait_for(lambda: second.worker._renewal.is_ours)


@pytest.mark.slow
@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_the_command_well(tmp_path: Path, how: signal.Signals) -> None:
    with Store.open(f"sqlite:///{tmp_path / 'feedback.db'}") as store:
        arrive(store)
        command = [sys.executable, "-m", "app.cli", "--home", str(tmp_path), "worker"]
        process = subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, text=True)
        with process:
            wait_for(lambda: n_waiting(store) == 0, 120)
            process.send_signal(how)
            told = process.communicate(timeout=90)[1]
        assert process.returncode == 0
        assert "Nothing is left half done." in told
        assert "Traceback" not in told
        assert store.read(sa.select(schema.workers)).empty


def test_what_takes_long_gets_its_share_of_the_time() -> None:
    monotonic = Monotonic()
    cadence = Cadence(1.0, share=0.25, monotonic=monotonic)
    assert cadence.is_due()

    def take(seconds: float) -> None:
        monotonic.now += seconds

    cadence.time(take, 10.0)
    monotonic.now += 29.0
    assert not cadence.is_due()
    monotonic.now += 1.0
    assert cadence.is_due()
    cadence.time(take, 0.01)
    monotonic.now += 0.9
    assert not cadence.is_due()
    assert cadence.idle_seconds() == pytest.approx(0.9)


def test_what_failed_is_tried_again_soon() -> None:
    monotonic = Monotonic()
    cadence = Cadence(86_400.0, share=1.0, monotonic=monotonic)

    def fail() -> None:
        raise StoreError("The store is away.")

    with pytest.raises(StoreError):
        cadence.time(fail)
    monotonic.now += 61.0
    assert cadence.is_due()


def test_vectors_asked_for_lately_are_not_read_again() -> None:
    reads: list[list[str]] = []

    class Kept:
        def get_vectors(self, model: str, revision: str, hashes: list[str]) -> dict:
            del model, revision
            reads.append(list(hashes))
            return {one: np.ones(2, np.float32) for one in hashes if one != "unknown"}

        def put_vectors(self, *given: object) -> None:
            reads.append(["put"])

    recent = RecentVectors(Kept(), max_vectors=2)
    assert set(recent.get_vectors("m", "1", ["a", "unknown"])) == {"a"}
    assert set(recent.get_vectors("m", "1", ["a", "b"])) == {"a", "b"}
    assert reads == [["a", "unknown"], ["b"]]
    assert set(recent.get_vectors("m", "2", ["a"])) == {"a"}  # another model's are others
    recent.get_vectors("m", "1", ["a"])
    assert reads[2:] == [["a"], ["a"]], "the one asked for longest ago went first"


@pytest.mark.parametrize(("days", "is_doubted"), [(1, False), (100, True)])
def test_a_worker_deletes_what_is_due_unless_the_clock_jumped(
    store: Store, days: int, is_doubted: bool
) -> None:
    now = datetime.now(UTC)
    put(store, [{"text": "long ago", "submitted_at": now - timedelta(days=400)}], now=now)
    with store.changing() as connection:
        put_fact(connection, LAST, (now - timedelta(days=days)).isoformat())
    with Working(store, deletes=True) as working:
        wait_for(lambda: any("deleted" in line for line in working.told))
    n = len(store.read(sa.select(schema.comments.c.comment_id)))
    assert n == (1 if is_doubted else 0)
    told = "Nothing was deleted: the clock says" if is_doubted else "1 comments deleted"
    assert any(told in line for line in working.told)
