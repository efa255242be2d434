"""The dashboard's frame: header, navigation, title, live status; then the page itself."""

from __future__ import annotations

import streamlit as st

from app import theme
from app.front_door import enter, go_on, refuse_page, show_account
from app.live import watch
from app.menus import show_menus
from app.notices import show_notice
from app.pages import PAGES, PageEntry, entries_for
from app.print_view import is_printing, page_layout, run_page

st.set_page_config(page_title="Feedback Toolkit", layout=page_layout())
st.html(theme.FOCUS_RULE)
st.logo(theme.WORDMARK, size="large")
viewer = enter()
opened = entries_for(viewer.roles)
menus: dict[str, list[st.Page]] = {}
entry_of: dict[st.Page, PageEntry] = {}
for entry in PAGES:
    # A page that takes another role keeps its address, which says so, and stands in no menu.
    is_open = entry in opened
    shown = st.Page(
        entry.script,
        title=entry.title,
        default=entry == opened[0],
        visibility="visible" if is_open else "hidden",
    )
    menus.setdefault(entry.menu if is_open else opened[0].menu, []).append(shown)
    entry_of[shown] = entry
page = st.navigation(menus, position="hidden")
go_on({entry.script: shown for shown, entry in entry_of.items()}, opened[0].script)
if not is_printing():
    show_menus(
        {name: [one for one in shown if entry_of[one] in opened] for name, shown in menus.items()},
        page,
    )
    show_account(viewer)
st.title(page.title, anchor=False)
if not is_printing():
    watch()
show_notice()
if entry_of[page] in opened:
    run_page(page)
else:
    refuse_page(viewer, entry_of[page].role)
