"""Who gets a digest, of which service, how often; and whose turn it is to send it.

Written inside a transaction of the store. A sender claims a digest before it sends, in a statement
that only one of several senders can win, and says afterwards how it went: so each goes out once a
period, a failure is kept and tried again, and a sender that died is taken over after a while.
"""

from __future__ import annotations

import ipaddress
import re
import secrets
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import pandas as pd
import sqlalchemy as sa

from feedback import schema
from feedback.days import LONDON, first_moment
from feedback.decisions import write_audit
from feedback.errors import StoreError
from feedback.people import clean_email
from feedback.schema import Channel, Frequency

__all__ = [
    "SENDING",
    "Period",
    "Subscription",
    "channel_of",
    "claim",
    "clean_target",
    "is_loopback",
    "last_period",
    "mark_failed",
    "mark_sent",
    "shown_target",
    "subscribe",
    "subscriptions_known",
    "subscriptions_of",
    "unsubscribe",
]

SENDING = "being sent"
"""Stands in ``failure`` from the claim until it is known how the sending went."""

TAKEN_OVER_MINUTES = 30
"""A claim older than this was left behind by a sender that died."""

MAX_SUBSCRIPTIONS = 1_000
ID_BYTES = 8
DAYS_IN_WEEK = 7

_MAILBOX = re.compile(r"[a-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[a-z0-9!#$%&'*+/=?^_`{|}~-]+)*")
"""What stands before the @ without quotes: RFC 5322, section 3.2.3."""

_table = schema.subscriptions


@dataclass(frozen=True)
class Subscription:
    """A digest that somebody gets; ``service`` None: of all services."""

    subscription_id: str
    channel: Channel
    target: str
    service: str | None
    frequency: Frequency
    who: str
    at: datetime
    last_sent_at: datetime | None
    failure: str | None


@dataclass(frozen=True)
class Period:
    """The days in London that a digest is about, and when it is due; times in UTC."""

    first_day: date
    last_day: date

    @property
    def start(self) -> datetime:
        """First moment of the period."""
        return first_moment(self.first_day)

    @property
    def end(self) -> datetime:
        """First moment after the period: its digest is due from then on."""
        return first_moment(self.last_day + timedelta(days=1))


def last_period(frequency: Frequency, now: datetime) -> Period:
    """Return the last whole day, or the last week from Monday to Sunday, in London.

    Examples
    --------
    >>> from datetime import UTC
    >>> last_period(Frequency.WEEK, datetime(2026, 4, 6, 23, 30, tzinfo=UTC))
    Period(first_day=datetime.date(2026, 3, 30), last_day=datetime.date(2026, 4, 5))
    >>> last_period(Frequency.DAY, datetime(2026, 4, 6, 23, 30, tzinfo=UTC)).last_day
    datetime.date(2026, 4, 6)
    """
    today = now.astimezone(LONDON).date()
    if frequency is Frequency.DAY:
        return Period(today - timedelta(days=1), today - timedelta(days=1))
    monday = today - timedelta(days=today.weekday())
    return Period(monday - timedelta(days=DAYS_IN_WEEK), monday - timedelta(days=1))


def channel_of(target: str) -> Channel:
    """Return how a target is reached: addresses with a scheme are webhooks."""
    return Channel.WEBHOOK if "://" in target else Channel.EMAIL


def clean_target(target: str) -> str:
    """Return an e-mail address or a webhook's URL as it is kept.

    Raises
    ------
    StoreError
        It is neither, or a URL that would send in the clear over a network.
    """
    if channel_of(target) is Channel.EMAIL:
        email = clean_email(target)
        # In a mail's heading, brackets and commas would make another or several addresses of it.
        if _MAILBOX.fullmatch(email.rpartition("@")[0]) is None:
            raise StoreError("That e-mail address has signs that no mailbox's name needs.")
        return email
    url = target.strip()
    longest = _table.c.target.type.length  # type: ignore[attr-defined]
    if not url.isascii() or not url.isprintable() or " " in url or len(url) > longest:
        raise StoreError(f"The URL must be plain ASCII of at most {longest} characters, no spaces.")
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        raise StoreError("That is no URL. Write it as https://example.gov.uk/hook.") from None
    if parts.scheme not in ("https", "http") or not host:
        raise StoreError("That is no URL. Write it as https://example.gov.uk/hook.")
    if parts.username is not None or parts.password is not None or parts.fragment:
        raise StoreError("The URL must have no user name, no password and nothing after a #.")
    if parts.scheme == "http" and not is_loopback(host):
        raise StoreError("A webhook is called by https; http is for this machine alone.")
    return url


def is_loopback(host: str) -> bool:
    """Say whether a host, by its name alone, is this machine."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def shown_target(target: str) -> str:
    """Return a target fit for lists and logs: a webhook's path may be the key to it.

    Examples
    --------
    >>> shown_target("https://hooks.example.org/T0/B1/s3cret"), shown_target("ann@example.gov.uk")
    ('https://hooks.example.org/…', 'ann@example.gov.uk')
    """
    if channel_of(target) is Channel.EMAIL:
        return target
    parts = urlsplit(target)
    return f"{parts.scheme}://{parts.netloc}/…"


def subscriptions_known(who: str | None = None) -> sa.Select[tuple[object, ...]]:
    """Return the query of all subscriptions, or of one person's own, oldest first."""
    query = sa.select(*_table.c).order_by(_table.c.at, _table.c.subscription_id)
    if who is not None:
        query = query.where(_table.c.who == who)
    return query.limit(MAX_SUBSCRIPTIONS)


def subscriptions_of(frame: pd.DataFrame) -> list[Subscription]:
    """Return the subscriptions of a frame that `subscriptions_known` gave."""
    return [
        Subscription(
            subscription_id=row["subscription_id"],
            channel=Channel(row["channel"]),
            target=row["target"],
            service=None if pd.isna(row["service"]) else row["service"],
            frequency=Frequency(row["frequency"]),
            who=row["who"],
            at=row["at"].to_pydatetime(),
            last_sent_at=(
                None if pd.isna(row["last_sent_at"]) else row["last_sent_at"].to_pydatetime()
            ),
            failure=None if pd.isna(row["failure"]) else row["failure"],
        )
        for row in frame.to_dict("records")
    ]


def subscribe(
    connection: sa.Connection,
    target: str,
    frequency: Frequency,
    who: str,
    now: datetime,
    *,
    service: str | None = None,
) -> str:
    """Add a subscription and return its id; the first digest is of the period that runs now.

    Raises
    ------
    StoreError
        The target cannot be used, gets this digest already, or there are too many.
    """
    target = clean_target(target)
    same = sa.and_(
        _table.c.target == target,
        _table.c.frequency == frequency.value,
        _table.c.service.is_(None) if service is None else _table.c.service == service,
    )
    if connection.scalar(sa.select(sa.exists().where(same))):
        raise StoreError(f"{shown_target(target)} gets this digest already.")
    n = connection.scalar(sa.select(sa.func.count()).select_from(_table)) or 0
    if n >= MAX_SUBSCRIPTIONS:
        raise StoreError(f"There are {n:,} subscriptions, the most there can be. Remove some.")
    subscription_id = secrets.token_hex(ID_BYTES)
    channel = channel_of(target)
    row = {"channel": channel.value, "service": service, "frequency": frequency.value}
    added = {"subscription_id": subscription_id, "target": target, "who": who, "at": now}
    connection.execute(sa.insert(_table), {**row, **added})
    detail = {**row, "target": shown_target(target)}
    write_audit(connection, now, who, "subscribe", f"subscription {subscription_id}", detail)
    return subscription_id


def unsubscribe(connection: sa.Connection, subscription_id: str, who: str, now: datetime) -> None:
    """Remove a subscription; the audit log keeps that it was there.

    Raises
    ------
    StoreError
        There is no such subscription.
    """
    statement = sa.delete(_table).where(_table.c.subscription_id == subscription_id)
    if not connection.execute(statement).rowcount:
        raise StoreError("There is no subscription with that id. See: feedback digest list")
    write_audit(connection, now, who, "unsubscribe", f"subscription {subscription_id}", None)


def claim(
    connection: sa.Connection, one: Subscription, now: datetime, *, whenever: bool = False
) -> bool:
    """Take the sending of a digest upon oneself; return whether that was to be had.

    It is when the digest is due: not sent yet for its last period, failed the last time, or left
    by a sender that died. Of several that claim at once one wins.

    Parameters
    ----------
    whenever
        Also when it is not due; never while another sender is at it.
    """
    table = _table
    is_idle = sa.or_(
        table.c.failure.is_(None),
        table.c.failure != SENDING,
        table.c.last_sent_at < now - timedelta(minutes=TAKEN_OVER_MINUTES),
    )
    sent = sa.func.coalesce(table.c.last_sent_at, table.c.at, type_=schema.UtcDateTime)
    is_due = sa.or_(sent < last_period(one.frequency, now).end, table.c.failure.is_not(None))
    found = [table.c.subscription_id == one.subscription_id, is_idle]
    statement = sa.update(table).where(*found, *([] if whenever else [is_due]))
    claimed: Any = connection.execute(statement.values(last_sent_at=now, failure=SENDING))
    return bool(claimed.rowcount)


def mark_sent(connection: sa.Connection, one: Subscription, period: Period, now: datetime) -> None:
    """Say that a claimed digest went out."""
    _mark(connection, one, last_sent_at=now, failure=None)
    detail = {"from": period.first_day.isoformat(), "to": period.last_day.isoformat()}
    object_ = f"subscription {one.subscription_id}"
    write_audit(connection, now, one.who, "send digest", object_, detail)


def mark_failed(connection: sa.Connection, one: Subscription, reason: str) -> None:
    """Say that a claimed digest did not go out, and why; it stays due."""
    # What a sender that died left is no moment at which anything is known to have been sent.
    before = None if one.failure == SENDING else one.last_sent_at
    longest = _table.c.failure.type.length  # type: ignore[attr-defined]
    _mark(connection, one, last_sent_at=before, failure=reason[:longest])


def _mark(connection: sa.Connection, one: Subscription, **values: Any) -> None:
    chosen = _table.c.subscription_id == one.subscription_id
    connection.execute(sa.update(_table).where(chosen).values(**values))
