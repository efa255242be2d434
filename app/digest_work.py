"""Digests as ``feedback digest``, the worker and the page Digests handle them."""

from __future__ import annotations

import getpass
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from app.names import service_name
from app.wording import counted, moment
from feedback.errors import AccessError, DeliveryError, FeedbackError, SettingsError
from feedback.schema import Channel, Frequency, Role

if TYPE_CHECKING:
    from email.message import EmailMessage

    from app.access import Viewer
    from app.digest import Digest
    from feedback.settings import Settings
    from feedback.store import Store
    from feedback.subscriptions import Subscription

__all__ = [
    "DigestRound",
    "Sent",
    "add_subscription",
    "allow",
    "as_plain",
    "digest_line",
    "drop_subscription",
    "is_configured",
    "known_frequency",
    "list_subscriptions",
    "mail_of",
    "preview",
    "send_digests",
    "sent_text",
    "state_text",
    "subscriptions_text",
    "trouble",
]

LOOK_SECONDS = 900.0
"""How often a worker looks for digests that are due, and tries again what failed."""

EVERY = {Frequency.DAY: "every day", Frequency.WEEK: "every Monday"}
"""How often a digest goes out, in words."""


@dataclass(frozen=True)
class Sent:
    """What a round of sending did: how many went out, and what was wrong with the others."""

    n_sent: int
    failures: tuple[tuple[Subscription, str], ...]


def known_frequency(name: str) -> Frequency:
    """Return a frequency by its name on the command line.

    Raises
    ------
    SettingsError
        There is none by that name.
    """
    try:
        return Frequency(name.strip().lower())
    except ValueError:
        raise SettingsError("--every is day or week.") from None


def add_subscription(
    store: Store, target: str, frequency: Frequency, *, service: str | None, who: str = ""
) -> Subscription:
    """Subscribe a target and return the subscription; see `feedback.subscriptions.subscribe`."""
    from feedback.subscriptions import subscribe

    by = who or getpass.getuser()
    with store.changing() as connection:
        key = subscribe(connection, target, frequency, by, datetime.now(UTC), service=service)
    return next(one for one in list_subscriptions(store) if one.subscription_id == key)


def drop_subscription(store: Store, subscription_id: str, *, who: str = "") -> None:
    """Remove a subscription; see `feedback.subscriptions.unsubscribe`."""
    from feedback.subscriptions import unsubscribe

    with store.changing() as connection:
        unsubscribe(connection, subscription_id, who or getpass.getuser(), datetime.now(UTC))


def list_subscriptions(store: Store, who: str | None = None) -> list[Subscription]:
    """Return all subscriptions, or those that one person made, oldest first."""
    from feedback.subscriptions import subscriptions_known, subscriptions_of

    return subscriptions_of(store.read(subscriptions_known(who)))


def allow(viewer: Viewer, target: str, service: str | None) -> None:
    """Refuse a subscription that somebody may not make.

    An administrator may send any digest anywhere; everybody else may get those of the services that
    they see, at the address they signed in by. A webhook is called by the server, so that only who
    may set the server up may name one.

    Raises
    ------
    AccessError
        They may not.
    """
    from feedback.subscriptions import clean_target

    if not viewer.sees(service):
        raise AccessError("This belongs to a service that you do not see.")
    if viewer.may(Role.ADMINISTRATOR):
        return
    if not viewer.may(Role.VIEWER) or clean_target(target) != viewer.name:
        raise AccessError("You can have digests sent to your own address. Ask an administrator.")


def preview(
    store: Store, *, service: str | None, frequency: Frequency, now: datetime | None = None
) -> Digest:
    """Return the digest of the last whole day or week, as it would be sent now."""
    from app.digest import compose
    from feedback.subscriptions import last_period

    at = now or datetime.now(UTC)
    period = last_period(frequency, at)
    return compose(store, service=service, frequency=frequency, period=period, now=at)


def is_configured(settings: Settings, channel: Channel) -> bool:
    """Say whether the settings have what a channel needs."""
    if channel is Channel.WEBHOOK:
        return True
    return bool(settings.smtp_host and settings.digest_from)


def send_digests(
    settings: Settings,
    store: Store,
    *,
    now: datetime | None = None,
    whenever: bool = False,
    skip_unset: bool = False,
) -> Sent:
    """Send the digests that are due, each once, and return what became of them.

    Parameters
    ----------
    whenever
        Send all there are, due or not.
    skip_unset
        Leave e-mails alone where no mail server is set, in place of telling that they failed.
    """
    from feedback.subscriptions import claim, mark_failed

    failures: list[tuple[Subscription, str]] = []
    n_sent = 0
    for one in list_subscriptions(store):
        if skip_unset and not is_configured(settings, one.channel):
            continue
        at = now or datetime.now(UTC)
        with store.quietly_changing() as connection:
            is_ours = claim(connection, one, at, whenever=whenever)
        if not is_ours:
            continue
        try:
            _send(settings, store, one, at)
        except FeedbackError as error:
            reason = str(error)
        except Exception as error:  # noqa: BLE001 - its message could hold anything; the others go on
            reason = f"An unexpected {type(error).__name__} stopped it."
        else:
            n_sent += 1
            continue
        failures.append((one, reason))
        with store.changing() as connection:
            mark_failed(connection, one, reason)
    return Sent(n_sent, tuple(failures))


class DigestRound:
    """Sends what is due every so often, beside other work that goes on."""

    def __init__(self, settings: Settings, store: Store) -> None:
        self._settings = settings
        self._store = store
        self._looked: float | None = None

    def send_when_due(self) -> str:
        """Look for digests that are due, if it is time to look, and return what was done.

        Without a mail server in the settings a worker sends no e-mail: ``feedback doctor`` says so,
        and a failure every few minutes would say no more.
        """
        at = time.monotonic()
        if self._looked is not None and at - self._looked < LOOK_SECONDS:
            return ""
        self._looked = at
        try:
            sent = send_digests(self._settings, self._store, skip_unset=True)
        except FeedbackError as error:
            return f"Digests could not be sent: {error}"
        return sent_text(sent) if sent.n_sent or sent.failures else ""


def _send(settings: Settings, store: Store, one: Subscription, at: datetime) -> None:
    from app import sending
    from app.digest_text import as_json
    from feedback.subscriptions import mark_sent

    if not _may_still(store, one):
        raise DeliveryError("Who asked for it does not see this service any more.")
    digest = preview(store, service=one.service, frequency=one.frequency, now=at)
    if one.channel is Channel.EMAIL:
        sending.send_mail(settings, mail_of(settings, one, digest))
    else:
        record = as_json(digest, settings.dashboard_url, digest_id=_digest_id(one, digest))
        sending.post_webhook(settings, one.target, record)
    with store.changing() as connection:
        mark_sent(connection, one, digest.period, at)


def _may_still(store: Store, one: Subscription) -> bool:
    """Say whether who asked for a digest may see it today; people who sign in have an address."""
    from feedback.people import people_of, person_known

    if "@" not in one.who:
        return True
    found = people_of(store.read(person_known(one.who)))
    if not found:
        return False
    roles, services = found[0].roles, found[0].services
    sees = services is None or (one.service is not None and one.service in services)
    return sees and bool(roles - {Role.SAFEGUARDING})


def _digest_id(one: Subscription, digest: Digest) -> str:
    """Return what stays the same when a digest is sent again."""
    return f"digest.{one.subscription_id}.{digest.period.first_day.isoformat()}"


def mail_of(settings: Settings, one: Subscription, digest: Digest) -> EmailMessage:
    """Return the mail of a subscription."""
    from app import sending
    from app.digest_text import as_html, as_text, one_line

    url = settings.dashboard_url
    return sending.make_mail(
        sender=settings.digest_from,
        recipient=one.target,
        subject=one_line(digest.subject),
        text=as_text(digest, url),
        html=as_html(digest, url),
        mail_id=_digest_id(one, digest),
        at=digest.made_at,
        stop_url=f"{url.rstrip('/')}/digests" if url else "",
    )


def as_plain(one: Subscription) -> dict[str, Any]:
    """Return a subscription as plain values for JSON; of a webhook only its host."""
    from feedback.subscriptions import shown_target

    return {
        "subscription_id": one.subscription_id,
        "channel": one.channel.value,
        "target": shown_target(one.target),
        "service": one.service,
        "frequency": one.frequency.value,
        "who": one.who,
        "at": one.at,
        "last_sent_at": one.last_sent_at,
        "failure": one.failure,
    }


def digest_line(one: Subscription) -> str:
    """Return what is sent to whom, in words."""
    from feedback.subscriptions import shown_target

    place = "All services" if one.service is None else service_name(one.service)
    return f"{place}, {EVERY[one.frequency]}, to {shown_target(one.target)}"


def state_text(one: Subscription) -> str:
    """Return when a digest was last sent, and what was wrong since."""
    from feedback.subscriptions import SENDING

    if one.failure == SENDING:
        return "Being sent."
    sent = f"Last sent {moment(one.last_sent_at)}." if one.last_sent_at else "Not sent yet."
    return f"{sent} Failed since: {one.failure}" if one.failure else sent


def subscriptions_text(found: Sequence[Subscription]) -> str:
    """Return subscriptions as lines."""
    if not found:
        return "No digest is subscribed to. Subscribe: feedback digest subscribe EMAIL --every week"
    return "\n".join(
        f"{one.subscription_id}  {digest_line(one)}\n  {state_text(one)}" for one in found
    )


def sent_text(sent: Sent) -> str:
    """Return what a round of sending did as a sentence."""
    failed = f", {len(sent.failures)} failed" if sent.failures else ""
    return f"{counted(sent.n_sent, 'digest')} sent{failed}."


def trouble(settings: Settings, store: Store) -> tuple[str, str]:
    """Return how the digests stand, and how to mend what is wrong, for ``feedback doctor``."""
    from feedback.subscriptions import SENDING

    found = list_subscriptions(store)
    if not found:
        return "none subscribed to", ""
    by_mail = any(one.channel is Channel.EMAIL for one in found)
    if by_mail and not is_configured(settings, Channel.EMAIL):
        mend = "Set smtp_host and digest_from, so that they can go out by e-mail."
        return f"{counted(len(found), 'digest')} subscribed to", mend
    failed = [one for one in found if one.failure not in (None, SENDING)]
    told = f"{counted(len(found), 'digest')} subscribed to"
    if not failed:
        return told, ""
    return f"{told}, {len(failed)} failed", f"{failed[0].failure} See: feedback digest list"
