"""Who works is told by beats: no clock kills a worker, and a dead one holds nothing for long."""

import threading
from datetime import timedelta

import pytest
import sqlalchemy as sa

from feedback import schema
from feedback.alive import Beats, Listener
from feedback.store import Store
from tests.feedback.store_frames import comment_id, fill, prepared
from tests.feedback.test_store_claims import Clock, coded

ELSEWHERE, OTHER = "elsewhere:1:77:abc", "elsewhere:2:78:def"
SILENCE = 60.0


class Monotonic:
    """Seconds that pass when a test says so."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def store(store_url: str, clock: Clock):
    with Store.open(store_url, clock=clock) as opened:
        yield opened


@pytest.fixture
def monotonic() -> Monotonic:
    return Monotonic()


@pytest.fixture
def listener(monotonic: Monotonic) -> Listener:
    return Listener(SILENCE, monotonic)


def workers(store: Store) -> list[str]:
    table = schema.workers
    return store.read(sa.select(table.c.worker).order_by(table.c.started_at))["worker"].tolist()


def reclaim(store: Store, listener: Listener) -> tuple[int, int]:
    return store.reclaim(SILENCE, listener=listener)


def test_a_worker_elsewhere_that_fell_silent_loses_its_claims(
    store: Store, listener: Listener, monotonic: Monotonic
) -> None:
    fill(store, prepared(["a", "b"]))
    store.beat(ELSEWHERE)
    store.claim(ELSEWHERE, 2)
    assert reclaim(store, listener) == (0, 0)
    monotonic.now += SILENCE - 1
    assert reclaim(store, listener) == (0, 0)
    monotonic.now += 2
    assert reclaim(store, listener) == (2, 0)
    assert workers(store) == []


def test_a_worker_that_beats_keeps_its_claim_however_old(
    store: Store, clock: Clock, listener: Listener, monotonic: Monotonic
) -> None:
    fill(store, prepared(["a"]))
    store.beat(ELSEWHERE)
    store.claim(ELSEWHERE, 1)
    for _ in range(5):
        assert reclaim(store, listener) == (0, 0)
        monotonic.now += SILENCE - 1
        clock.now += timedelta(hours=1)
        store.beat(ELSEWHERE)
    assert reclaim(store, listener) == (0, 0)
    assert store.complete(ELSEWHERE, [coded(0, "none")]) == 1


@pytest.mark.parametrize("step", [timedelta(hours=1), timedelta(hours=-1)])
def test_a_clock_that_is_set_kills_nobody(
    store: Store, clock: Clock, listener: Listener, monotonic: Monotonic, step: timedelta
) -> None:
    fill(store, prepared(["a"]))
    store.beat(ELSEWHERE)
    store.claim(ELSEWHERE, 1)
    reclaim(store, listener)
    clock.now += step
    monotonic.now += 1
    assert reclaim(store, listener) == (0, 0)
    assert workers(store) == [ELSEWHERE]


def test_who_was_taken_for_dead_and_wakes_writes_nothing_twice(
    store: Store, listener: Listener, monotonic: Monotonic
) -> None:
    fill(store, prepared(["a"]))
    store.beat(ELSEWHERE)
    store.claim(ELSEWHERE, 1)
    reclaim(store, listener)
    monotonic.now += SILENCE + 1
    assert reclaim(store, listener) == (1, 0)
    store.claim(OTHER, 1)
    assert store.complete(ELSEWHERE, [coded(0, "fault.upload")]) == 0
    assert store.complete(OTHER, [coded(0, "none")]) == 1
    codings = store.read(sa.select(schema.codings.c.code))
    assert codings["code"].tolist() == ["none"]


def test_the_one_longest_on_the_list_leads_until_it_is_gone(
    store: Store, clock: Clock, listener: Listener, monotonic: Monotonic
) -> None:
    assert store.leader() is None
    store.beat(ELSEWHERE)
    clock.now += timedelta(seconds=1)
    store.beat(OTHER)
    assert store.leader() == ELSEWHERE
    reclaim(store, listener)
    monotonic.now += SILENCE + 1
    store.beat(OTHER)
    reclaim(store, listener)
    assert store.leader() == OTHER
    clock.now += timedelta(seconds=60)
    store.beat(ELSEWHERE)  # it was only asleep, and goes to the end of the list
    assert store.leader() == OTHER


def test_a_worker_beats_until_it_signs_off(store: Store) -> None:
    beaten = threading.Event()
    before = store.beat

    def beat(worker: str) -> None:
        before(worker)
        if store.read(sa.select(schema.workers.c.n_beats))["n_beats"].max() >= 3:
            beaten.set()

    store.beat = beat  # type: ignore[method-assign]
    with Beats(store, ELSEWHERE, silence_seconds=0.06):
        assert beaten.wait(20)
        assert workers(store) == [ELSEWHERE]
    assert workers(store) == []


def test_beats_wake_no_reader(store: Store) -> None:
    before = store.data_version()
    store.beat(ELSEWHERE)
    store.sign_off(ELSEWHERE)
    assert store.data_version() == before


def test_a_silent_worker_without_claims_goes_too(
    store: Store, listener: Listener, monotonic: Monotonic
) -> None:
    store.beat(ELSEWHERE)
    reclaim(store, listener)
    monotonic.now += SILENCE + 1
    reclaim(store, listener)
    assert workers(store) == []
    assert comment_id(0) not in store.known_ids([comment_id(0)])
