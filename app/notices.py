"""What became of the last press of a button, said once on the page that follows."""

from __future__ import annotations

import streamlit as st

from app.evidence import secondary

__all__ = ["show_notice", "tell_notice"]

_NOTICE = "notice"


def tell_notice(text: str) -> None:
    """Keep a sentence for the page that is drawn next; it may hold text out of the data."""
    st.session_state[_NOTICE] = text


def show_notice() -> None:
    """Show the sentence kept, if any; a screen reader hears it."""
    text = st.session_state.pop(_NOTICE, None)
    if text is not None:
        with st.container(key="notice_box"):
            secondary(text)
