"""Shortcuts of a single key. They can be turned off, and are silent while somebody types.

The browser's part is Streamlit's own, which leaves keys alone in fields, lists and dates. WCAG
2.1.4 asks for the switch: a voice or a slip must not decide about a comment.
"""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st
from streamlit.elements.lib import shortcut_utils

from app.evidence import facts_list

__all__ = ["QUESTION_MARK", "ask_for_shortcuts", "key_if_on", "shortcut_switch"]

QUESTION_MARK = "?"
# The browser's part knows the key, the server's table of names leaves it out.
shortcut_utils._KEY_ALIASES.setdefault(QUESTION_MARK, "shift+/")

_SWITCH, _ASKED = "shortcuts_on", "shortcuts_asked"


def shortcut_switch() -> None:
    """Show the switch; it stays as it is until the session ends."""
    st.session_state.setdefault(_SWITCH, True)
    st.toggle("Single-key shortcuts", key=_SWITCH, persist_state="session")


def key_if_on(key: str, *, is_quiet: bool = False) -> str | None:
    """Return the key for a button's shortcut; none while they are off or their list is open.

    Parameters
    ----------
    is_quiet
        Another dialog is open: keys must not act behind it.
    """
    is_on = st.session_state.get(_SWITCH, True) and not st.session_state.get(_ASKED)
    return key if is_on and not is_quiet else None


def ask_for_shortcuts(keys: Sequence[tuple[str, str]], *, is_quiet: bool = False) -> None:
    """Show the button that lists the shortcuts, and the list while it is asked for.

    Parameters
    ----------
    keys
        Each key and what it does.
    is_quiet
        Another dialog is open.
    """
    st.button(
        "Shortcuts",
        key="list_shortcuts",
        shortcut=key_if_on(QUESTION_MARK, is_quiet=is_quiet),
        on_click=_ask,
    )
    if st.session_state.get(_ASKED):
        _show_list(keys)


def _ask() -> None:
    st.session_state[_ASKED] = True


def _forget() -> None:
    st.session_state[_ASKED] = False


@st.dialog("Shortcuts", on_dismiss=_forget)
def _show_list(keys: Sequence[tuple[str, str]]) -> None:
    facts_list([(f"Key {key}", told) for key, told in keys], alt="Shortcuts of this page")
    st.text("They do nothing while you type in a field. The switch beside them turns them off.")
    if st.button("Close", key="close_shortcuts", on_click=_forget):
        st.rerun()
