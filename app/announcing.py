"""Say what changed to people who hear the page: the focus stays where it is (WCAG 4.1.3).

A piece of Streamlit's HTML is put in anew when it changes, which screen readers do not tell. This
region stays in the page, and only its words change.
"""

from __future__ import annotations

import streamlit as st

__all__ = ["announce"]

_HTML = (
    '<p role="status" style="position:absolute;width:1px;height:1px;margin:0;overflow:hidden;'
    'clip-path:inset(50%);white-space:nowrap;"></p>'
)
_JS = """
export default function ({ data, parentElement }) {
    const region = parentElement.querySelector("[role=status]");
    if (region && region.textContent !== data.text) { region.textContent = data.text; }
}
"""


def announce(text: str, *, key: str) -> None:
    """Say a sentence, which may hold text out of the data: it is set as text, never as markup.

    Parameters
    ----------
    key
        Of the region; one that is on the page already says what is new.
    """
    region = st.components.v2.component("announce", html=_HTML, js=_JS, isolate_styles=False)
    region(key=key, data={"text": text}, height="content")
