"""What goes wrong between two messages must not end the thread that stores them."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import Future
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from feedback import receive, schema
from feedback.errors import StoreError
from feedback.posted import MessageRefused
from feedback.receive import Receiver, Stored
from feedback.reference import load_reference
from feedback.schema import Language
from feedback.settings import Settings
from feedback.store import Store
from tests import fakes
from tests.feedback.pipeline_parts import rows_of

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
SECONDS = 10
SLOW = {"comment": "the upload was slow", "service": "Divorce"}
LOST = {"comment": "my draft was lost", "service": "Probate"}


class GoesAway(Store):
    """A store that does not answer while a test says so."""

    is_away = False

    def known_ids(self, comment_ids: Sequence[str]) -> set[str]:
        self._answer()
        return super().known_ids(comment_ids)

    def finish_run(self, run_id: str, **told) -> None:
        self._answer()
        super().finish_run(run_id, **told)

    def _answer(self) -> None:
        if self.is_away:
            raise StoreError("The store is away.")


class Held(fakes.WelshWordIdentifier):
    """A receiver that stops at the language of the first comment until it may go on."""

    def __init__(self, url: str, home: Path) -> None:
        self.store = GoesAway.open(url)
        self.now = NOW
        self.n_breaks = 0
        self.sizes: list[int] = []
        self.may_go_on = threading.Event()
        self.may_go_on.set()
        self.receiver = Receiver(
            self.store,
            redactor=fakes.EmailRedactor(),
            language=self,
            reference=load_reference(),
            settings=Settings(home=home),
            clock=lambda: self.now,
            tell=self.told,
        )

    def identify(self, texts: Sequence[str]) -> list[Language]:
        assert self.may_go_on.wait(SECONDS)
        return super().identify(texts)

    def told(self, stored: Stored) -> None:
        self.sizes.append(stored.n_messages)
        if self.n_breaks:
            self.n_breaks -= 1
            raise ZeroDivisionError

    def busy(self) -> Future:
        """Submit a message and return when the receiver is at work on it, and held."""
        self.may_go_on.clear()
        promise = self.receiver.submit({"comment": "something else", "service": "Divorce"})
        while not promise.running():
            time.sleep(0.001)
        return promise

    def stored(self):
        return rows_of(self.store, schema.comments)


@pytest.fixture
def held(store_url: str, tmp_path: Path) -> Iterator[Held]:
    made = Held(store_url, tmp_path)
    try:
        yield made
    finally:
        made.may_go_on.set()
        made.receiver.close()
        made.store.close()


def test_the_store_goes_away_behind_a_message_that_was_answered_before(held: Held) -> None:
    before = held.receiver.take(SLOW, idempotency_key="one")
    first = held.busy()
    again = held.receiver.submit(SLOW, idempotency_key="one")
    new = held.receiver.submit(LOST, idempotency_key="two")
    held.may_go_on.set()
    first.result(SECONDS)
    assert again.result(SECONDS) == before
    assert new.result(SECONDS).n_new == 1
    first = held.busy()
    again = held.receiver.submit(SLOW, idempotency_key="one")
    other = held.receiver.submit({**LOST, "comment": "no answer"}, idempotency_key="three")
    held.store.is_away = True
    held.may_go_on.set()
    first.exception(SECONDS)
    assert again.result(SECONDS) == before
    with pytest.raises(StoreError):
        other.result(SECONDS)
    held.store.is_away = False
    assert held.receiver.submit(LOST, idempotency_key="four").result(SECONDS).n_new == 1


def test_what_counts_may_break_when_all_is_stored(held: Held) -> None:
    held.n_breaks = 1
    assert held.receiver.submit(SLOW).result(SECONDS).n_new == 1
    assert held.receiver.submit(LOST).result(SECONDS).n_new == 1
    assert len(held.stored()) == 2


def test_a_clock_that_is_set_back_refuses_nobody_who_waits(held: Held) -> None:
    first = held.busy()
    waits = held.receiver.submit(LOST)
    held.now = NOW - HOUR
    held.may_go_on.set()
    assert [first.result(SECONDS).n_new, waits.result(SECONDS).n_new] == [1, 1]
    assert (held.stored()["submitted_at"] == NOW).all()
    assert (held.stored()["received_at"] >= held.stored()["submitted_at"]).all()


@pytest.mark.parametrize("ahead", [timedelta(seconds=1), HOUR, timedelta(hours=24)])
def test_what_a_clock_that_is_ahead_says_was_sent_now(held: Held, ahead: timedelta) -> None:
    held.receiver.take({**SLOW, "submitted_at": (NOW + ahead).isoformat()})
    assert list(held.stored()["submitted_at"]) == [NOW]


@pytest.mark.parametrize("behind", [timedelta(0), HOUR, timedelta(days=400)])
def test_a_time_that_has_been_stays(held: Held, behind: timedelta) -> None:
    held.receiver.take({**SLOW, "submitted_at": (NOW - behind).isoformat()})
    assert list(held.stored()["submitted_at"]) == [NOW - behind]


def test_a_time_of_another_day_to_come_is_refused(held: Held) -> None:
    with pytest.raises(MessageRefused):
        held.receiver.take({**SLOW, "submitted_at": (NOW + timedelta(hours=25)).isoformat()})
    assert held.stored().empty


def test_the_receiver_closes_when_the_store_is_away(held: Held) -> None:
    held.receiver.take(SLOW)
    held.store.is_away = True
    held.receiver.close()
    held.store.is_away = False
    assert rows_of(held.store, schema.runs)["finished_at"].isna().all()


def test_a_message_alone_waits_for_nobody_and_those_that_keep_coming_go_together(
    held: Held, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(receive, "PACE_SECONDS", 1.5)
    begun = time.monotonic()
    held.receiver.take(SLOW)
    assert time.monotonic() - begun < 1.5
    promises = []
    for number in range(5):
        promises.append(held.receiver.submit({**LOST, "comment": f"draft {number} was lost"}))
        time.sleep(0.02)
    assert all(one.result(SECONDS).n_new == 1 for one in promises)
    assert held.sizes == [1, 5]
