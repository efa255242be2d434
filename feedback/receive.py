"""Take feedback in while its sender waits: the stages of ingest, in memory, for what came together.

Messages that come while others are worked on are worked on as one: one chunk, one transaction, one
sync of the disk. So fifty a second cost little more than one, and a message alone waits for nobody.
"""

from __future__ import annotations

import logging
import queue
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import asdict
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING

import sqlalchemy as sa

from feedback import ingest, posted_once
from feedback.erased import erased_ids
from feedback.errors import (
    StoreError,
    TooManyWaitingError,
    UnexpectedError,
)
from feedback.messages import (
    Message,
    Receipt,
    Sender,
    Stored,
    answer_again,
    not_theirs,
    refused,
    rows_of,
)
from feedback.posted import SOURCE, posted_preset, posted_rows
from feedback.prepare import Prepared, prepare
from feedback.runs import described, new_run, redaction_facts
from feedback.store import Store, utc_now

if TYPE_CHECKING:
    from feedback.ingest import Chunk
    from feedback.protocols import LanguageIdentifier, Redactor
    from feedback.reference import Reference
    from feedback.settings import Settings

__all__ = ["MAX_WAITING", "Receipt", "Receiver", "Sender", "Stored"]

logger = logging.getLogger(__name__)

MAX_TOGETHER = 64
"""Messages worked on at a time; with `MAX_ROWS_TOGETHER`, what takes a fraction of a second."""
MAX_ROWS_TOGETHER = 200
PACE_SECONDS = 0.12
"""While messages keep coming, work begins so often: a message alone costs as much as several."""
MAX_WAITING = 256
"""Messages that may wait; who comes then is asked to come again before anything is taken."""


class Receiver:
    """Takes messages into a store. Threads may share it; one of its own does the work.

    Parameters
    ----------
    clock
        Tells the time, in UTC.
    tell
        Called after each transaction, in the receiver's own thread.
    """

    def __init__(
        self,
        store: Store,
        *,
        redactor: Redactor,
        language: LanguageIdentifier,
        reference: Reference,
        settings: Settings,
        clock: Callable[[], datetime] = utc_now,
        tell: Callable[[Stored], None] = lambda _: None,
    ) -> None:
        self._store = store
        self._redactor = redactor
        self._language = language
        self._reference = reference
        self._clock = clock
        self._tell = tell
        self._key = store.id_key()
        self._n_in = self._n_rejected = 0
        models = {**redaction_facts(redactor), "language": described(language)}
        self._run = new_run("serve", settings, now=clock(), models=models, source=SOURCE)
        self._is_begun = self._is_over = False
        self._last_turn = -PACE_SECONDS
        self._waiting: queue.Queue[Message | None] = queue.Queue(MAX_WAITING)
        self._thread = threading.Thread(target=self._serve, name="receiver", daemon=True)
        self._thread.start()

    @property
    def n_waiting(self) -> int:
        """How many messages wait now."""
        return self._waiting.qsize()

    def take(
        self, message: object, sender: Sender | None = None, *, idempotency_key: str = ""
    ) -> Receipt:
        """Store a message's comments, redacted, and return when they are safe; see `submit`."""
        return self.submit(message, sender, idempotency_key=idempotency_key).result()

    def submit(
        self, message: object, sender: Sender | None = None, *, idempotency_key: str = ""
    ) -> Future[Receipt]:
        """Check a message, let it wait for its turn, and return the promise of its receipt.

        Parameters
        ----------
        message
            Decoded JSON; see `feedback.posted`.
        idempotency_key
            The same message under the same key of one sender is stored once and answered alike.

        Returns
        -------
        Future
            Done when the comments are safe on the disk. What it may raise: `MessageRefused`,
            `NotYoursError` (the key is for other services), `IdempotencyKeyError` (it came with
            another message before), `StoreError` (nothing was stored; send it again),
            `UnexpectedError`.

        Raises
        ------
        MessageRefused
            Something is wrong with it.
        TooManyWaitingError
            Nothing of it was taken; send it again later.
        """
        sender = sender or Sender()
        posting = None
        if idempotency_key:
            posting = posted_once.posting(self._key, sender.key_id, idempotency_key, message)
        only = sender.services[0] if sender.services and len(sender.services) == 1 else None
        mark = f"{sender.key_id} {posting.mark}" if posting else ""
        now = self._clock()
        rows = posted_rows(message, now=now, service=only, mark=mark)
        waiting = Message(rows, now, sender, posting, Future())
        try:
            self._waiting.put_nowait(waiting)
        except queue.Full:
            raise TooManyWaitingError(f"{MAX_WAITING} messages wait already.") from None
        return waiting.promise

    def close(self) -> None:
        """Finish what waits and write how the run ended; call it when no message comes any more.

        A store that does not answer any more is no reason not to stop.
        """
        self._waiting.put(None)
        self._thread.join()
        if self._is_begun:
            n_in, n_rejected = self._n_in, self._n_rejected
            try:
                self._store.finish_run(self._run.run_id, n_in=n_in, n_rejected=n_rejected)
            except StoreError as error:
                logger.error("%s", error)

    def _serve(self) -> None:
        while messages := self._gather():
            self._work(messages)

    def _gather(self) -> list[Message]:
        """Wait for a message and return it with those behind it; none when all is over."""
        messages: list[Message] = []
        n_rows = 0
        pause = self._last_turn + PACE_SECONDS - time.monotonic()
        if pause > 0 and self._waiting.qsize() < MAX_TOGETHER:
            time.sleep(pause)
        while not self._is_over and len(messages) < MAX_TOGETHER and n_rows < MAX_ROWS_TOGETHER:
            try:
                one = self._waiting.get(block=not messages)
            except queue.Empty:
                break
            if one is None:
                self._is_over = True
            elif one.promise.set_running_or_notify_cancel():  # else nobody waits for it any more
                messages.append(one)
                n_rows += len(one.rows)
        self._last_turn = time.monotonic()
        return messages

    def _work(self, messages: list[Message]) -> None:
        """Work on messages until each has its receipt, or is told what is wrong."""
        left = messages
        while left:
            try:
                left = self._take_together(left)
                continue
            except StoreError as error:
                problem: Exception = StoreError(str(error))
            except Exception as error:  # noqa: BLE001 - what it says could quote a comment
                problem = UnexpectedError(type(error).__name__)
            # Those who were answered before it went wrong have their answer.
            left = [one for one in left if not one.promise.done()]
            if len(left) > 1 and isinstance(problem, UnexpectedError):
                for one in left:  # the fault of one must not be the others'
                    self._work([one])
                return
            logger.error("%d messages could not be stored: %s", len(left), problem)
            for one in left:
                one.promise.set_exception(problem)
            return

    def _take_together(self, messages: list[Message]) -> list[Message]:
        """Store messages in one transaction; return those that must be looked at once more."""
        started = time.perf_counter()
        # The clock may be set back while messages wait: what was then is no moment of the future.
        now = max(self._clock(), *(one.at for one in messages))
        messages, left = self._without_answered(messages)
        if not messages:
            return left
        chunk, ranges = ingest.read_each(
            [one.table() for one in messages],
            posted_preset(),
            name="the message",
            id_key=self._key,
            now=now,
            reference=self._reference,
        )
        messages, left = messages[: len(ranges)], [*messages[len(ranges) :], *left]
        whose = rows_of(ranges)
        if strangers := not_theirs(chunk, whose, messages):
            return [*self._refuse_all(strangers, messages), *left]
        prepared = prepare(
            chunk,
            redactor=self._redactor,
            language=self._language,
            known_ids=self._store.known_ids,
            known_numbers=self._store.known_numbers,
            near_candidates=self._store.near_candidates,
            received_at=now,
            erased_ids=partial(erased_ids, self._store),
        )
        if prepared.rejects:
            told = refused(prepared.rejects, whose, ranges)
            return [*self._refuse_all(told, messages), *left]
        receipts = self._store_them(chunk, prepared, messages, whose, now)
        self._n_in += chunk.n_rows
        took = time.perf_counter() - started
        entities = Counter(prepared.spans["entity"])
        self._count(Stored(len(messages), len(prepared.comments), took, entities))
        for one, receipt in zip(messages, receipts, strict=True):
            one.promise.set_result(receipt)
        return left

    def _count(self, stored: Stored) -> None:
        """Tell what was stored before its senders hear of it: safe, whatever becomes of this."""
        try:
            self._tell(stored)
        except Exception as error:  # noqa: BLE001 - what is stored must be answered as stored
            logger.error("What was stored could not be counted (%s).", type(error).__name__)

    def _without_answered(self, messages: list[Message]) -> tuple[list[Message], list[Message]]:
        """Answer what was answered before; return the new messages, and those that repeat one."""
        if not any(one.posting for one in messages):
            return messages, []
        before = posted_once.answers(self._store, [one.posting for one in messages if one.posting])
        fresh: dict[object, Message] = {}
        left = []
        for one in messages:
            name = (one.posting.key_id, one.posting.mark) if one.posting else id(one)
            if (known := before.get(name)) is not None and one.posting is not None:
                answer_again(one, known)
            elif name in fresh:
                left.append(one)
            else:
                fresh[name] = one
        return list(fresh.values()), left

    def _refuse_all(
        self, refused: Mapping[int, Exception], messages: Sequence[Message]
    ) -> list[Message]:
        """Tell the senders of some messages, by position, why nothing was stored; return the rest.

        They are worked on once more without these: a duplicate must not point to what is not there.
        """
        for at, problem in refused.items():
            self._n_in += len(messages[at].rows)
            self._n_rejected += len(messages[at].rows)
            messages[at].promise.set_exception(problem)
        return [one for at, one in enumerate(messages) if at not in refused]

    def _store_them(
        self,
        chunk: Chunk,
        prepared: Prepared,
        messages: Sequence[Message],
        whose: Mapping[int, int],
        now: datetime,
    ) -> list[Receipt]:
        """Write comments and receipts in one transaction, and return the receipts."""
        new = set(prepared.comments["comment_id"])
        ids: list[list[str]] = [[] for _ in messages]
        for row, comment_id in zip(
            chunk.comments["row"], chunk.comments["comment_id"], strict=True
        ):
            ids[whose[row]].append(comment_id)
        n_new = [sum(one in new for one in its) for its in ids]
        receipts = [Receipt(tuple(its), n, len(its) - n) for its, n in zip(ids, n_new, strict=True)]
        answered = [
            (one.posting, asdict(receipt))
            for one, receipt in zip(messages, receipts, strict=True)
            if one.posting is not None
        ]

        def keep(connection: sa.Connection) -> None:
            posted_once.keep(connection, answered, now=now)

        if new:
            self._store.append(
                self._run,
                prepared.comments,
                prepared.responses,
                prepared.spans,
                prepared.bands,
                [],
                also=keep,
            )
            self._is_begun = True
        elif answered:
            with self._store.quietly_changing() as connection:
                keep(connection)
        return receipts
