"""Each comment is worked on by one worker at a time, and a crash costs a try, not a comment."""

import os
import signal
import subprocess
import sys
import threading
from collections import Counter
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from feedback import schema
from feedback.claims import DEATHS_ALONE
from feedback.schema import Classification, CodeDecision, Decision, Origin, Sentiment
from feedback.store import Enriched, Store
from feedback.workers import is_dead, worker_name
from tests.feedback.store_frames import NOON, comment_id, fill, prepared

ROOT = Path(__file__).parents[2]


class Clock:
    def __init__(self) -> None:
        self.now = NOON

    def __call__(self):
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def store(store_url: str, clock: Clock):
    with Store.open(store_url, clock=clock) as opened:
        yield opened


def coded(number: int, *codes: str, version: str = "v1", **facets: str) -> Enriched:
    decisions = tuple(CodeDecision(code, 0.9, Decision.ASSIGNED, Origin.MODEL) for code in codes)
    classification = Classification(decisions, Sentiment.NEGATIVE, dict(facets))
    return Enriched(comment_id(number), classification, version)


def state(store: Store, number: int = 0):
    table = schema.comments
    return store.read(sa.select(table).where(table.c.comment_id == comment_id(number))).iloc[0]


def numbers(claimed) -> list[int]:
    return [int(one, 16) for one in claimed["comment_id"]]


def test_the_newest_comments_are_claimed_first(store: Store) -> None:
    fill(store, prepared(["a", "b", "c"]))
    fill(store, prepared(["d"], first=3, submitted_at=NOON - timedelta(days=365)))
    assert numbers(store.claim("one", 2)) == [2, 1]
    assert numbers(store.claim("two", 2)) == [0, 3]
    assert store.claim("three", 2).empty


def test_a_claim_brings_what_a_worker_needs(store: Store) -> None:
    fill(store, prepared(["Dim byd"], language="cy"))
    row = store.claim("one", 1).iloc[0]
    assert row[["text", "language", "service", "page"]].tolist() == [
        "Dim byd",
        "cy",
        "divorce",
        "/divorce/payment",
    ]
    assert row["submitted_at"] == NOON


def test_workers_at_once_never_share_a_comment(store_url: str) -> None:
    with Store.open(store_url) as store:
        fill(store, prepared([f"comment {i}" for i in range(400)]))
    claimed: list[int] = []
    gate = threading.Barrier(4)

    def work(name: str) -> None:
        with Store.open(store_url) as own:
            gate.wait()
            while len(batch := own.claim(name, 7)):
                claimed.extend(numbers(batch))

    threads = [threading.Thread(target=work, args=(f"worker {i}",)) for i in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(claimed) == list(range(400))


def test_results_are_written_with_the_state(store: Store, clock: Clock) -> None:
    fill(store, prepared(["slow"]))
    store.claim("one", 1)
    before = store.data_version()
    assert store.complete("one", [coded(0, "fault.performance", "complaint", device="phone")]) == 1
    row = state(store)
    assert (row["state"], row["sentiment"], row["facets"]) == (
        "enriched",
        "negative",
        {"device": "phone"},
    )
    assert row[["claimed_by", "claimed_at"]].isna().all()
    codes = store.read(sa.select(schema.codings).order_by(schema.codings.c.code))
    assert codes["code"].tolist() == ["complaint", "fault.performance"]
    assert codes["probability"].tolist() == [0.9, 0.9]
    assert codes.iloc[0][["origin", "coder", "model_version", "decision"]].tolist() == [
        "model",
        "",
        "v1",
        "assigned",
    ]
    assert codes["at"].tolist() == [clock.now] * 2
    assert store.data_version() == before + 1


def test_a_late_worker_writes_nothing(store: Store, clock: Clock) -> None:
    fill(store, prepared(["slow"]))
    store.claim("late", 1)
    clock.now += timedelta(seconds=601)
    assert store.reclaim(600) == (1, 0)
    store.claim("quick", 1)
    assert store.complete("late", [coded(0, "praise")]) == 0
    assert store.complete("quick", [coded(0, "complaint")]) == 1
    assert store.complete("late", [coded(0, "praise")]) == 0
    assert store.complete("quick", [coded(0, "praise")]) == 0
    assert not store.fail("late", comment_id(0), "ValueError")
    assert store.read(sa.select(schema.codings))["code"].tolist() == ["complaint"]
    assert state(store)["state"] == "enriched"


def test_only_what_is_still_held_is_written(store: Store) -> None:
    fill(store, prepared(["a", "b"]))
    store.claim("one", 1)  # the newer: 1
    assert store.complete("one", [coded(0, "praise"), coded(1, "praise")]) == 1
    assert store.count_states() == {"received": 1, "enriched": 1}


def test_a_result_that_cannot_be_written_leaves_the_claim(store: Store) -> None:
    fill(store, prepared(["a", "b"]))
    store.claim("one", 2)
    broken = Enriched(comment_id(1), Classification((), None), "v1")  # type: ignore[arg-type]
    with pytest.raises(AttributeError):
        store.complete("one", [coded(0, "praise"), broken])
    assert store.read(sa.select(schema.codings)).empty
    assert store.count_states() == {"received": 2}
    assert store.complete("one", [coded(0, "praise"), coded(1, "none")]) == 2


def test_a_comment_coded_again_by_the_same_model_has_one_set_of_codes(store: Store) -> None:
    fill(store, prepared(["a"]))
    for version, codes in (("v1", ["praise", "staff"]), ("v1", ["complaint"]), ("v2", ["none"])):
        with store._engine.begin() as connection:  # as a command that codes anew would
            connection.execute(sa.update(schema.comments).values(state="received"))
        store.claim("one", 1)
        store.complete("one", [coded(0, *codes, version=version)])
    stored = store.read(sa.select(schema.codings).order_by(schema.codings.c.model_version))
    assert stored[["model_version", "code"]].values.tolist() == [
        ["v1", "complaint"],
        ["v2", "none"],
    ]


def test_a_stopped_worker_gives_back_without_a_failed_try(store: Store) -> None:
    fill(store, prepared(["a", "b"]))
    store.claim("one", 1)
    store.claim("two", 1)
    assert store.release("one") == 1
    assert state(store, 1)["n_attempts"] == 0
    assert state(store, 0)["claimed_by"] == "two"
    assert numbers(store.claim("three", 9)) == [1]


def test_a_poison_comment_is_set_aside_after_its_tries(store: Store) -> None:
    fill(store, prepared(["a"]))
    told = []
    for _ in range(3):
        store.claim("one", 1, max_attempts=3)
        told.append(store.fail("one", comment_id(0), "ValueError", max_attempts=3))
    assert told == [False, False, True]
    row = state(store)
    assert (row["state"], row["failure"], row["n_attempts"]) == ("failed", "ValueError", 3)
    assert store.claim("one", 1).empty


def test_failed_tries_wait_behind_fresh_comments(store: Store) -> None:
    fill(store, prepared(["old", "newest"]))
    store.claim("one", 1)
    store.fail("one", comment_id(1), "ValueError")
    assert numbers(store.claim("one", 5)) == [0]
    assert numbers(store.claim("one", 5)) == [1]


def test_after_each_crash_batches_shrink_until_the_comment_is_alone(
    store: Store, clock: Clock
) -> None:
    fill(store, prepared([f"comment {i}" for i in range(64)]))
    sizes = []
    while len(batch := store.claim("one", 64, max_attempts=3)):
        sizes.append(len(batch))
        clock.now += timedelta(hours=1)
        store.reclaim(600, max_attempts=3)
        # Leave only those that the crash has touched, so that they are claimed next.
        with store._engine.begin() as connection:
            table = schema.comments
            most = sa.select(sa.func.max(table.c.n_attempts)).scalar_subquery()
            connection.execute(
                sa.update(table).where(table.c.n_attempts < most).values(state="enriched")
            )
    assert sizes == [64, 4, *[1] * DEATHS_ALONE]
    assert store.count_states()["failed"] == 1


def test_a_comment_that_kills_its_worker_costs_its_neighbours_nothing(
    store: Store, clock: Clock
) -> None:
    fill(store, prepared([f"comment {i}" for i in range(100)]))
    poison = comment_id(37)
    n_deaths = 0
    while len(batch := store.claim("one", 50, max_attempts=3)):
        if poison in set(batch["comment_id"]):
            n_deaths += 1
            clock.now += timedelta(hours=1)
            store.reclaim(600, max_attempts=3)
        else:
            store.complete("one", [coded(number, "none") for number in numbers(batch)])
    assert n_deaths == 2 + DEATHS_ALONE
    assert store.count_states() == {"enriched": 99, "failed": 1}
    assert state(store, 37)["failure"] == "the worker ended while it worked on this comment"


@pytest.mark.parametrize("max_attempts", [1, 2, 3, 5])
def test_nobody_is_set_aside_for_a_neighbour(store: Store, clock: Clock, max_attempts: int) -> None:
    fill(store, prepared([f"comment {i}" for i in range(40)]))
    while len(batch := store.claim("one", 20, max_attempts=max_attempts)):
        if comment_id(7) in set(batch["comment_id"]):
            clock.now += timedelta(hours=1)
            store.reclaim(600, max_attempts=max_attempts)
        else:
            store.complete("one", [coded(number, "none") for number in numbers(batch)])
    assert store.count_states() == {"enriched": 39, "failed": 1}


def test_claims_of_other_hosts_are_taken_back_when_they_are_old(store: Store, clock: Clock) -> None:
    fill(store, prepared(["a"]))
    store.claim("elsewhere:1:77:abc", 1)
    clock.now += timedelta(seconds=599)
    assert store.reclaim(600) == (0, 0)
    clock.now += timedelta(seconds=2)
    assert store.reclaim(600) == (1, 0)
    assert state(store)["n_attempts"] == 1


def test_a_living_worker_keeps_its_claim(store: Store) -> None:
    fill(store, prepared(["a"]))
    store.claim(worker_name(), 1)
    assert store.reclaim(600) == (0, 0)


def test_nothing_to_take_back_changes_nothing(store: Store) -> None:
    fill(store, prepared(["a"]))
    before = store.data_version()
    assert store.reclaim(600) == (0, 0)
    assert store.data_version() == before


_WORKER = """
import sys
from feedback.store import Store
from feedback.workers import worker_name
name = worker_name()
store = Store.open(sys.argv[1])
store.claim(name, 2)
print(name, flush=True)
sys.stdin.readline()
"""


def test_claims_of_a_killed_process_are_taken_back_at_once(store: Store, store_url: str) -> None:
    fill(store, prepared(["a", "b", "c"]))
    process = subprocess.Popen(
        [sys.executable, "-c", _WORKER, store_url],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with process:
        name = process.stdout.readline().strip()
        assert not is_dead(name)
        assert store.reclaim(600) == (0, 0)
        process.send_signal(signal.SIGKILL)
        os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)  # dead, and still a zombie
        assert is_dead(name)
    assert is_dead(name)
    assert store.reclaim(600) == (2, 0)
    assert Counter(store.read(sa.select(schema.comments))["n_attempts"]) == {1: 2, 0: 1}


def _renamed(**parts: str) -> str:
    host, pid, started, rest = worker_name().split(":")
    mine = {"host": host, "pid": pid, "started": started, "rest": rest} | parts
    return ":".join(mine.values())


@pytest.mark.parametrize(
    ("parts", "dead"),
    [
        ({}, False),
        ({"started": "1"}, True),  # the number was used again
        ({"pid": "4194999"}, True),  # beyond the largest number Linux gives
        ({"host": "elsewhere", "pid": "4194999"}, False),
        ({"started": ""}, False),
    ],
)
def test_only_what_is_known_to_be_gone_is_dead(parts: dict[str, str], dead: bool) -> None:
    assert is_dead(_renamed(**parts)) is dead


@pytest.mark.parametrize("name", ["", "worker", "a:b:c", "host:12", "host:-1:5"])
def test_a_name_of_another_form_is_never_dead(name: str) -> None:
    assert not is_dead(name)


def test_workers_of_one_process_differ() -> None:
    assert worker_name() != worker_name()
    assert len(worker_name()) <= schema.comments.c.claimed_by.type.length
