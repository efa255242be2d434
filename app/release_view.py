"""The parts of the page Releases: the list, noting one, taking one back."""

from __future__ import annotations

from datetime import datetime, time
from typing import TYPE_CHECKING, Any

import pandas as pd
import streamlit as st

from app.access import acting, current_viewer
from app.evidence import heading, plain_text, secondary
from app.live import load, open_once, settings
from app.names import page_name, service_name
from app.notices import tell_notice
from app.print_view import is_printing
from app.queries import missing_as_none
from app.release_work import note_release, take_back
from app.selection import selectable_table
from app.wording import LONDON, moment
from feedback.errors import FeedbackError, StoreError
from feedback.releases import releases_known
from feedback.schema import Role, releases

if TYPE_CHECKING:
    from app.queries import StoreFacts
    from feedback.store import Store

__all__ = ["MAX_RELEASES", "choose_release", "note_form", "offer_removal", "releases_of"]

MAX_RELEASES = 500
ALL = ""
_TROUBLE = "release_trouble"
_MIDNIGHT = time(0, 0)


def releases_of(store: Store, service: str | None) -> pd.DataFrame:
    """Return the newest releases: of a service also those of every service."""
    query = releases_known().limit(MAX_RELEASES)
    if service is not None:
        query = query.where((releases.c.service == service) | releases.c.service.is_(None))
    return missing_as_none(store.read(query))


def _place(row: Any) -> str:
    if row.page:
        return page_name(row.page)
    return "–"


def choose_release(found: pd.DataFrame) -> str | None:
    """Show the releases and return the id of the chosen one."""
    table = pd.DataFrame(
        {
            "When": [moment(at.to_pydatetime()) for at in found["at"]],
            "Release": found["name"],
            "Service": [service_name(one) if one else "All services" for one in found["service"]],
            "Page": [_place(row) for row in found.itertuples()],
            "Noted by": found["who"],
        }
    )
    return selectable_table(
        table,
        ids=list(found["release_id"]),
        key="releases_table",
        alt="Releases, the latest first",
        column_config={"Release": st.column_config.TextColumn(width="large")},
    )


def offer_removal(release_id: str, name: str) -> None:
    """Offer to take the chosen release back, to those who may."""
    if is_printing() or not current_viewer().may(Role.TRIAGER):
        return
    heading("Chosen release", level=3)
    plain_text(name)
    st.button(
        "Remove this release", key="remove_release", on_click=_remove, args=(release_id, name)
    )
    secondary("The audit log keeps that it was noted, and that you removed it.")


def _remove(release_id: str, name: str) -> None:
    """Take a release back; whose it is, is read from the store."""
    try:
        row = open_once(settings().store_url).read(
            releases_known().where(releases.c.release_id == release_id)
        )
        if row.empty:
            raise StoreError("Somebody else removed this release already.")
        store, who = acting(Role.TRIAGER, missing_as_none(row)["service"].iloc[0])
        take_back(store, release_id, who=who)
    except FeedbackError as error:
        st.session_state[_TROUBLE] = str(error)
        return
    tell_notice(f"Removed: {name}.")


def note_form(facts: StoreFacts, service: str | None) -> None:
    """Show the form that notes a release, to those who may."""
    if trouble := st.session_state.pop(_TROUBLE, None):
        st.error(trouble)
    if is_printing():
        return
    viewer = current_viewer()
    if not viewer.may(Role.TRIAGER):
        secondary("People with the role triager can note releases.")
        return
    heading("Note a release", "Timelines mark it, and a signal just after it says so.")
    everything = [ALL] if viewer.services is None else []
    services = [*everything, *sorted(facts.places["service"].unique(), key=service_name)]
    if service in services and "release_service" not in st.session_state:
        st.session_state["release_service"] = service
    chosen: str = st.selectbox(
        "Of the service",
        services,
        format_func=lambda one: service_name(one) if one else "All services",
        key="release_service",
    )
    at_service = facts.places[facts.places["service"] == chosen]
    pages = [ALL, *at_service["page"].dropna().unique()]
    with st.form("release_form", border=False):
        st.text_input("What was released", key="release_name", max_chars=200)
        with st.container(horizontal=True, vertical_alignment="bottom", key="release_when"):
            st.date_input("Day", key="release_day", format="DD/MM/YYYY", value=None)
            st.time_input("Time in London (optional)", key="release_time", value=None)
        st.selectbox(
            "Page (optional)",
            pages,
            format_func=lambda one: page_name(one) if one else "The whole service",
            key=f"release_page_{services.index(chosen)}",
        )
        st.form_submit_button("Note it", on_click=_note, args=(services.index(chosen), chosen))


def _note(number: int, service: str) -> None:
    """Note what was typed; on trouble it stays where it is."""
    state = st.session_state
    name, on = str(state["release_name"] or "").strip(), state["release_day"]
    page = state[f"release_page_{number}"] or None
    if not name or on is None:
        missing = "its name" if not name else "its day"
        state[_TROUBLE] = f"Not noted: {missing} is missing."
        return
    at = datetime.combine(on, state["release_time"] or _MIDNIGHT, tzinfo=LONDON)
    try:
        store, who = acting(Role.TRIAGER, service or None)
        note_release(
            store,
            name=name,
            at=f"{at:%d/%m/%Y %H:%M}",
            service=service or None,
            page=page if service else None,
            who=who,
        )
    except FeedbackError as error:
        state[_TROUBLE] = str(error)
        return
    tell_notice(f"Noted: {name}, {moment(at)}.")
    state["release_name"], state["release_day"], state["release_time"] = "", None, None


def releases_for(service: str | None) -> pd.DataFrame:
    """Return the releases as the viewer sees them."""
    return load(releases_of, service)
