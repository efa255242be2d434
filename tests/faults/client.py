"""A sender under load: each message under a key of its own, sent until it is accepted.

It does what the documentation asks of senders: after a connection that was lost, ``429`` or ``503``
it sends the same message again under the same key, not before ``Retry-After`` has passed. What it
was told is kept in its own memory, beside whatever the store says.
"""

from __future__ import annotations

import asyncio
import random
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import httpx

from tests.faults.texts import Message, Texts

__all__ = ["NEVER_WHOLE", "Load", "Sent"]

LONGEST_PAUSE_SECONDS = 1.0
"""Senders are told to wait for seconds; so that a round is short, they wait for no more than this.
It makes more load after a fault, not less."""
FIRST_PAUSE_SECONDS = 0.1
ANSWER_SECONDS = 8.0
"""When a sender stops waiting for an answer, as a proxy does, and sends again."""
IMPATIENT_SECONDS = (0.0, 0.06)
"""When an impatient one stops at its first try: before, while and after it is stored."""


NEVER_WHOLE = "never sent whole"


@dataclass(eq=False)
class Sent:
    """What became of one message."""

    message: Message
    n_tries: int = 0
    answers: Counter[int] = field(default_factory=Counter)
    cut: Counter[str] = field(default_factory=Counter)
    comment_ids: tuple[str, ...] = ()
    accepted_at: float | None = None
    refused: str = ""
    """What was answered for good although the message is sound."""


class Load:
    """Sends messages from a thread of its own, so many a second, whatever becomes of them.

    Parameters
    ----------
    url
        Where messages are posted.
    sender_key
        The key they come with.
    per_second
        Messages begun in a second.
    seed
        Of texts, keys and pauses.
    impatient_share
        Of messages whose first connection is cut while the answer is waited for.
    """

    def __init__(
        self, url: str, sender_key: str, *, per_second: float, seed: int, impatient_share: float = 0
    ) -> None:
        self.url = url
        self.sender_key = sender_key
        self.sent: list[Sent] = []
        self.longest_answer_seconds = 0.0
        self.n_without_retry_after = 0
        self._per_second = per_second
        self._impatient_share = impatient_share
        self._texts = Texts(seed)
        self._random = random.Random(seed + 1)
        self._lock = threading.Lock()
        self._accepted: list[tuple[float, Sent]] = []
        self._is_sending = threading.Event()
        self._is_over = threading.Event()
        self._failure: BaseException | None = None
        self._thread = threading.Thread(target=self._run, name="load", daemon=True)

    def start(self) -> None:
        """Begin to send."""
        self._is_sending.set()
        self._thread.start()

    def drain(self, seconds: float) -> None:
        """Begin no new message, and wait until every one is answered; then end.

        Raises
        ------
        RuntimeError
            The thread failed, or messages are left: the service did not recover.
        """
        self._is_sending.clear()
        try:
            self.wait(lambda: all(one.accepted_at or one.refused for one in self.all()), seconds)
        finally:
            self._is_over.set()
            self._thread.join()

    def all(self) -> list[Sent]:
        """Return all that was sent so far."""
        with self._lock:
            return list(self.sent)

    def new_message(self) -> Message:
        """Return a message that is not sent by the load; for those who send in other ways."""
        with self._lock:
            return self._texts.message(self._time_of_its_own())

    def add(self, message: Message) -> Sent:
        """Count a message in that is sent in another way."""
        one = Sent(message)
        with self._lock:
            self.sent.append(one)
        return one

    def accept(self, one: Sent, comment_ids: tuple[str, ...], begun: float) -> None:
        """Write down that a message was accepted by a try that began at a moment."""
        if one.comment_ids and one.comment_ids != comment_ids:
            one.refused = "answered otherwise the second time"
        one.comment_ids = comment_ids
        with self._lock:
            one.accepted_at = one.accepted_at or time.monotonic()
            self._accepted.append((begun, one))

    @property
    def n_accepted(self) -> int:
        """How many ``202`` were seen."""
        return len(self._accepted)

    def accepted_ids(self, first: int = 0) -> list[str]:
        """Return the ids of comments that were accepted, leaving the first answers out."""
        with self._lock:
            return [name for _, one in self._accepted[first:] for name in one.comment_ids]

    def wait_until_taken(self, since: float, seconds: float) -> float:
        """Wait until a try that began after a moment was accepted; return how long that took."""

        def is_taken() -> bool:
            with self._lock:
                return any(begun >= since for begun, _ in self._accepted[-200:])

        self.wait(is_taken, seconds)
        return time.monotonic() - since

    def count(self, status: int) -> int:
        """Return how often a status was answered so far."""
        return sum(one.answers[status] for one in self.all())

    def wait(self, is_so: Callable[[], bool], seconds: float) -> None:
        """Wait until something is so.

        Raises
        ------
        RuntimeError
            It is not so in time, or the load itself failed.
        """
        deadline = time.monotonic() + seconds
        while not is_so():
            if self._failure is not None:
                raise RuntimeError("the load failed") from self._failure
            if time.monotonic() > deadline:
                open_ = [one for one in self.all() if not (one.accepted_at or one.refused)]
                answers = sum((one.answers for one in open_), Counter[int]())
                cut = sum((one.cut for one in open_), Counter[str]())
                raise RuntimeError(
                    f"not within {seconds} seconds; {len(open_)} messages are open, answers to "
                    f"them {dict(answers)}, connections {dict(cut)}"
                )
            time.sleep(0.01)

    def _time_of_its_own(self) -> str | None:
        """Return the right time, a little ahead as clocks are, for some messages."""
        if self._random.random() < 0.8:
            return None
        ahead = timedelta(seconds=self._random.uniform(-5, 2))
        return (datetime.now(UTC) + ahead).isoformat()

    def _run(self) -> None:
        try:
            asyncio.run(self._send_all())
        except BaseException as error:  # noqa: BLE001 - told to whoever waits
            self._failure = error

    async def _send_all(self) -> None:
        limits = httpx.Limits(max_connections=60, max_keepalive_connections=20)
        timeout = httpx.Timeout(ANSWER_SECONDS, pool=None)
        tasks: set[asyncio.Task[None]] = set()
        async with httpx.AsyncClient(limits=limits, timeout=timeout, trust_env=False) as client:
            due = time.monotonic()
            while not self._is_over.is_set():
                if self._is_sending.is_set() and time.monotonic() >= due:
                    due += 1 / self._per_second
                    one = self.add(self.new_message())
                    tasks.add(asyncio.create_task(self._send(client, one)))
                for task in [task for task in tasks if task.done()]:
                    tasks.discard(task)
                    task.result()
                await asyncio.sleep(min(0.02, max(0.0, due - time.monotonic())) or 0.005)
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _send(self, client: httpx.AsyncClient, one: Sent) -> None:
        pause = FIRST_PAUSE_SECONDS
        headers = {
            "authorization": f"Bearer {self.sender_key}",
            "content-type": "application/json",
            "idempotency-key": one.message.key,
        }
        while not self._is_over.is_set():
            begun = time.monotonic()
            one.n_tries += 1
            try:
                answer = await self._ask(client, one, headers)
            except (httpx.TransportError, TimeoutError) as error:
                one.cut[type(error).__name__] += 1
                wait = pause
            else:
                took = time.monotonic() - begun
                self.longest_answer_seconds = max(self.longest_answer_seconds, took)
                one.answers[answer.status_code] += 1
                if answer.status_code == 202:
                    self.accept(one, tuple(answer.json()["comment_ids"]), begun)
                    return
                if answer.status_code not in (429, 503):
                    one.refused = f"{answer.status_code}: {answer.text[:200]}"
                    return
                told = answer.headers.get("retry-after", "")
                self.n_without_retry_after += not told.isdigit()
                wait = min(float(told or pause), LONGEST_PAUSE_SECONDS)
            pause = min(pause * 2, LONGEST_PAUSE_SECONDS)
            await asyncio.sleep(wait * self._random.uniform(0.5, 1.0))

    async def _ask(
        self, client: httpx.AsyncClient, one: Sent, headers: dict[str, str]
    ) -> httpx.Response:
        asked = client.post(self.url, content=one.message.body, headers=headers)
        if one.n_tries == 1 and self._random.random() < self._impatient_share:
            return await asyncio.wait_for(asked, self._random.uniform(*IMPATIENT_SECONDS))
        return await asked
