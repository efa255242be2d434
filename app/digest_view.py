"""The parts of the page Digests: what goes out to whom, having one sent, the next in advance."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

import streamlit as st

from app import digest_work
from app.access import Viewer, acting, current_viewer
from app.digest_text import NO_QUOTES, address_of
from app.evidence import heading, plain_text, points, secondary
from app.live import load, settings
from app.notices import tell_notice
from app.print_view import show_table
from app.wording import counted
from feedback.errors import FeedbackError
from feedback.schema import Channel, Frequency, Role

if TYPE_CHECKING:
    from app.digest import Digest, Line
    from feedback.store import Store
    from feedback.subscriptions import Subscription

__all__ = ["EVERY", "digest_of", "offer", "show_digest", "show_subscriptions"]

EVERY = {Frequency.WEEK.value: "Every Monday", Frequency.DAY.value: "Every day"}
MAX_TARGET_CHARACTERS = 500
MAX_SHOWN = 100
"""Subscriptions on the page; ``feedback digest list`` has all."""

_TARGET = "digest_target"


def digest_of(store: Store, service: str | None, frequency: Frequency, _day: date) -> Digest:
    """Return the digest that would be sent now; another one each day."""
    return digest_work.preview(store, service=service, frequency=frequency)


def show_subscriptions(viewer: Viewer) -> None:
    """Show the digests that go out, each with a button that ends it: all, or one's own."""
    sees_all = viewer.may(Role.ADMINISTRATOR)
    found = load(digest_work.list_subscriptions, None if sees_all else viewer.name)
    whose = "" if sees_all else " that you asked for"
    heading(
        f"{counted(len(found), 'digest')}{whose}" if found else f"No digest{whose} is sent yet",
        "A digest tells what a day or a week brought, by e-mail or to a webhook. " + NO_QUOTES,
    )
    mail_is_set = digest_work.is_configured(settings(), Channel.EMAIL)
    if not mail_is_set:
        plain_text(
            "E-mail is not set up yet: whoever runs the server sets smtp_host and digest_from."
        )
    for number, one in enumerate(found[:MAX_SHOWN], start=1):
        with st.container(
            horizontal=True, vertical_alignment="center", key=f"digest_{one.subscription_id}"
        ):
            line = f"Digest {number}: {digest_work.digest_line(one)}"
            points([(line, _note(one, viewer))])
            st.button(
                f"Remove digest {number}",
                key=f"remove_{one.subscription_id}",
                on_click=_remove,
                args=(one,),
            )
    if len(found) > MAX_SHOWN:
        secondary(f"The first {MAX_SHOWN} are shown; feedback digest list has all.")


def _note(one: Subscription, viewer: Viewer) -> str:
    by = "" if one.who == viewer.name else f" Asked for by {one.who}."
    return digest_work.state_text(one) + by


def offer(service: str | None, frequency: Frequency) -> None:
    """Show what it takes to have the chosen digest sent."""
    viewer = current_viewer()
    if not viewer.sees(service):
        plain_text("Choose one of your services to have its digest sent.")
        return
    if viewer.may(Role.ADMINISTRATOR):
        with st.form("subscribe", border=False):
            st.text_input(
                "Send it to an e-mail address or a webhook",
                key=_TARGET,
                max_chars=MAX_TARGET_CHARACTERS,
                placeholder="name@example.gov.uk",
            )
            st.form_submit_button("Have it sent", on_click=_add, args=(service, frequency, None))
    elif viewer.is_signed_in:
        st.button("Have it sent to me", on_click=_add, args=(service, frequency, viewer.name))
    else:
        plain_text("An administrator can have it sent.")


def _add(service: str | None, frequency: Frequency, target: str | None) -> None:
    """Subscribe, if who presses the button may."""
    wanted = st.session_state.get(_TARGET, "") if target is None else target
    try:
        store, who = acting(Role.VIEWER, service)
        digest_work.allow(current_viewer(), wanted, service)
        one = digest_work.add_subscription(store, wanted, frequency, service=service, who=who)
    except FeedbackError as error:
        tell_notice(str(error))
        return
    st.session_state[_TARGET] = ""
    tell_notice(f"From now on: {digest_work.digest_line(one)}.")


def _remove(one: Subscription) -> None:
    """End a subscription, if who presses the button may."""
    try:
        store, who = acting(Role.VIEWER, one.service)
        if one.who != who:
            acting(Role.ADMINISTRATOR, one.service)
        digest_work.drop_subscription(store, one.subscription_id, who=who)
    except FeedbackError as error:
        tell_notice(str(error))
        return
    tell_notice(f"No more: {digest_work.digest_line(one)}.")


def show_digest(service: str | None, frequency: Frequency) -> None:
    """Show the digest of the last whole day or week, as it would be sent now."""
    digest = load(digest_of, service, frequency, datetime.now(UTC).date())
    heading(digest.subject, "The digest as it would be sent now.")
    plain_text(digest.answer)
    if len(digest.figures):
        show_table(digest.figures, height="content", alt="Figures of each service")
    for section in digest.sections:
        heading(section.heading, level=3)
        points([(line.text, _link(line)) for line in section.lines])


def _link(line: Line) -> str:
    """Return what the line leads to in the digest; without the dashboard's address, to nothing."""
    address = address_of(settings().dashboard_url, line.path)
    return f"{line.link}: {address}" if address else ""
