"""The dashboard's frame: header, navigation, title, live status; then the page itself."""

from __future__ import annotations

import streamlit as st

from app import theme
from app.access import current_viewer
from app.live import watch
from app.notices import show_notice
from app.pages import entries_for

st.set_page_config(page_title="Feedback Toolkit", layout="wide")
st.html(theme.FOCUS_RULE)
st.logo(theme.WORDMARK, size="large")
menus: dict[str, list[st.Page]] = {}
for number, entry in enumerate(entries_for(current_viewer().roles)):
    shown = st.Page(entry.script, title=entry.title, default=number == 0)
    menus.setdefault(entry.menu, []).append(shown)
page = st.navigation(menus, position="top")
st.title(page.title, anchor=False)
watch()
show_notice()
page.run()
