"""The menus at the head of every page: pages under a few words, the present one marked.

Streamlit's own menus become, on a narrow screen, a list whose headings stand where only entries may
(axe: list); these are the same at every width.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

__all__ = ["show_menus"]


def show_menus(menus: Mapping[str, Sequence[Any]], current: Any) -> None:
    """Show one menu for each name with links to its pages.

    Parameters
    ----------
    current
        The page that is shown.
    """
    with st.container(horizontal=True, key="menus", gap="small"):
        for name, pages in menus.items():
            with st.popover(name, type="tertiary", key=f"menu_{name.lower()}"):
                for page in pages:
                    st.page_link(page, label=page.title, disabled=page == current)
