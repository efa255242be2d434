"""Who may post feedback: keys, the web pages that may use them, and how much they may send."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from feedback.errors import StoreError
from feedback.receive import Sender
from feedback.sender_keys import SenderKey, keys_known, keys_of, matching

if TYPE_CHECKING:
    from collections.abc import Mapping

    from feedback.store import Store

__all__ = ["Admitted", "Gate", "RefusedError"]

LOOK_SECONDS = 2.0
"""How old the list of keys may be: a key that was revoked is refused after this long."""
AWAY_SECONDS = 0.5
"""How long nobody asks again after the store did not answer: those who wait for their turn to ask
would each wait until it does not answer them either."""

STALE_SECONDS = 60.0
"""How old the list may be when a request is let in: the body of a form may take a while."""

MINUTE = 60.0
HOUR = 3_600.0


class RefusedError(Exception):
    """A request that is not let in: status, what is told, seconds after which to come again."""

    def __init__(self, status: int, message: str, retry_seconds: float | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.retry_seconds = retry_seconds


@dataclass(frozen=True, slots=True)
class Admitted:
    """Who sends, as far as it is known; ``key`` is None for programs on this machine."""

    sender: Sender
    key: SenderKey | None


class Bucket:
    """Lets so many messages through in a minute, and as many at once.

    Time is the machine's own, which no change of the clock moves.
    """

    def __init__(self, per_minute: int, now: float) -> None:
        self._per_second = per_minute / MINUTE
        self._most = self._left = float(per_minute)
        self._at = now

    def wait_for_one(self, now: float) -> float:
        """Take one message and return 0, or return the seconds until there is one to take."""
        self._left = min(self._most, self._left + (now - self._at) * self._per_second)
        self._at = now
        if self._left >= 1.0:
            self._left -= 1.0
            return 0.0
        return (1.0 - self._left) / self._per_second


class Gate:
    """Knows the keys of a store, and lets those who have one in, up to their limit.

    Parameters
    ----------
    per_minute
        Limit of keys that have none of their own.
    is_local
        Whether only programs on this machine can reach the server: they need no key until the
        first one is made.
    monotonic
        The machine's own time, in seconds.
    """

    def __init__(
        self,
        store: Store,
        *,
        per_minute: int,
        is_local: bool,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._store = store
        self._per_minute = per_minute
        self._is_local = is_local
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._keys: Sequence[SenderKey] = ()
        self._looked_at: float | None = None
        self._failed_at: float | None = None
        self._buckets: dict[str, tuple[int, Bucket]] = {}
        self._told_at: dict[str, float] = {}

    @property
    def has_looked(self) -> bool:
        """Whether the keys were read just now."""
        at = self._looked_at
        return at is not None and self._monotonic() - at < LOOK_SECONDS

    def look(self) -> None:
        """Read the keys, unless that was done just now; asks the store, so not for a busy loop.

        Raises
        ------
        StoreError
            The store does not answer.
        """
        with self._lock:
            if self.has_looked:
                return
            now = self._monotonic()
            if self._failed_at is not None and now - self._failed_at < AWAY_SECONDS:
                raise StoreError("The store did not answer a moment ago.")
            try:
                self._keys = keys_of(self._store.read(keys_known()))
            except StoreError:
                self._failed_at = self._monotonic()
                raise
            self._looked_at = self._monotonic()

    def is_origin(self, origin: str) -> bool:
        """Say whether a web page of this origin may send at all."""
        return any(origin in key.origins for key in self._keys if key.revoked_at is None)

    def admit(self, headers: Mapping[str, str], given: str | None = None) -> Admitted:
        """Let a request in; `look` comes first.

        Parameters
        ----------
        headers
            Of the request, names in lower case.
        given
            The key where it does not stand in the headers: a form without scripts cannot set one.

        Raises
        ------
        RefusedError
            No key, not this key, not from this page, or too many messages.
        StoreError
            The store did not answer when its keys were to be read.
        """
        at = self._looked_at
        if at is None or self._monotonic() - at > STALE_SECONDS:
            raise StoreError("The keys could not be read.")
        if given == "":  # forms come from browsers, and any page can send one to this machine
            raise RefusedError(401, "A key is needed: a field called key.")
        origin = headers.get("origin")
        key = self._key(_given_key(headers) if given is None else given, origin)
        if key is None:
            return Admitted(Sender(), None)
        if origin is not None and origin not in key.origins:
            raise RefusedError(403, "Web pages of this origin may not send with this key.")
        self._count(key)
        return Admitted(Sender(key.key_id, key.services), key)

    def is_news(self, key: SenderKey) -> bool:
        """Say whether it is an hour since this was asked of a key, or the first time."""
        now = self._monotonic()
        with self._lock:
            is_news = now - self._told_at.get(key.key_id, -math.inf) >= HOUR
            if is_news:
                self._told_at[key.key_id] = now
        return is_news

    def _key(self, given: str, origin: str | None) -> SenderKey | None:
        if not given:
            # A browser names the page that sends: any page a person visits could post to this
            # machine.
            if self._is_local and not self._keys and origin is None:
                return None
            raise RefusedError(401, "A key is needed: Authorization: Bearer KEY.")
        key = matching(self._keys, given)
        if key is None:
            raise RefusedError(401, "This key is not known, or was revoked.")
        return key

    def _count(self, key: SenderKey) -> None:
        limit = key.per_minute or self._per_minute
        now = self._monotonic()
        with self._lock:
            known, bucket = self._buckets.get(key.key_id, (0, None))
            if bucket is None or known != limit:
                bucket = Bucket(limit, now)
                self._buckets[key.key_id] = limit, bucket
            seconds = bucket.wait_for_one(now)
        if seconds:
            raise RefusedError(429, f"This key may send {limit:,} messages a minute.", seconds)


def _given_key(headers: Mapping[str, str]) -> str:
    scheme, _, given = headers.get("authorization", "").partition(" ")
    return given.strip() if scheme.lower() == "bearer" else ""
