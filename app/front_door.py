"""What stands before the pages: sign-in, a refusal, and who is signed in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st

from app.access import Admission, Viewer, admission
from app.evidence import plain_text
from app.pages import PAGES
from app.sign_in import MAX_SIGN_IN, Door
from app.way_back import keep_address, take_address

__all__ = ["enter", "go_on", "refuse_page", "show_account"]

CAME_IN = "came_in"
GOING_TO = "going_to"

REFUSALS = {
    Door.NO_EMAIL: "Your sign-in came without an e-mail address, so nobody can tell who you are. "
    "Whoever runs this dashboard can ask the provider for it: scope email.",
    Door.UNVERIFIED: "Your provider has not verified this address, so it counts for nobody. "
    "Verify it there, sign out here, and sign in again.",
    Door.UNKNOWN: "This address is not among the people who may look. Ask an administrator of "
    "this dashboard to add it, then reload the page.",
    Door.ELSEWHERE: "No sign-in is configured, so this dashboard answers the machine it runs on "
    "and no other. How to set sign-in up: docs/sign-in.md.",
}


def go_on(pages: Mapping[str, Any], first: str) -> None:
    """Lead who has just signed in to the page whose address was typed; scripts name the pages."""
    wanted = st.session_state.pop(GOING_TO, None)
    if wanted is not None:
        script, query = wanted
        st.switch_page(pages[script or first], query_params=query)


def enter() -> Viewer:
    """Return who looks; whoever may not meets a page with nothing else on it, which ends here."""
    admitted = admission()
    if admitted.door is not Door.OPEN:
        # The same at every address: which pages there are is for those who may look.
        _turn_away(admitted)
        st.stop()
    if admitted.viewer.is_signed_in and CAME_IN not in st.session_state:
        st.session_state[GOING_TO] = take_address()
    st.session_state[CAME_IN] = True
    return admitted.viewer


def _turn_away(admitted: Admission) -> None:
    """Draw the page of somebody who may not look, or may not look yet."""
    if st.session_state.get(CAME_IN):
        # They were in until now: the menus that stand above their page go with it.
        st.navigation([st.Page(one.script, title=one.title) for one in PAGES], position="hidden")
    if admitted.door in (Door.SIGNED_OUT, Door.EXPIRED):
        st.title("Feedback Toolkit", anchor=False)
        if admitted.door is Door.EXPIRED:
            hours = MAX_SIGN_IN.total_seconds() / 3_600
            st.text(f"You signed in more than {hours:.0f} hours ago. Sign in again to go on.")
        st.button("Sign in", key="sign_in", type="primary", on_click=_sign_in)
        return
    st.title("You cannot open this dashboard", anchor=False)
    if admitted.email:
        plain_text(f"You signed in as {admitted.email}.")
    st.text(REFUSALS[admitted.door])
    if admitted.door is not Door.ELSEWHERE:
        _sign_out()


def _sign_in() -> None:
    keep_address()
    st.login()


def show_account(viewer: Viewer) -> None:
    """Show who is signed in, and the way out; nothing where nobody signs in."""
    if viewer.is_signed_in:
        with st.container(
            horizontal=True,
            horizontal_alignment="right",
            vertical_alignment="center",
            key="account",
        ):
            plain_text(viewer.name)
            _sign_out()


def refuse_page(viewer: Viewer, role: str | None) -> None:
    """Say that a page takes a role that the viewer lacks."""
    st.text(f"This page is for people with the role {role}. Ask an administrator for it.")
    held = ", ".join(sorted(viewer.roles)) or "none"
    st.text(f"Your roles: {held}.")


def _sign_out() -> None:
    st.button("Sign out", key="sign_out", on_click=st.logout)
