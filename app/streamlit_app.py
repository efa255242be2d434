"""The dashboard's frame: header, navigation, title, live status; then the page itself."""

from __future__ import annotations

import streamlit as st

from app import theme
from app.live import watch

PAGES = [
    st.Page("app_pages/overview.py", title="Overview", default=True),
    st.Page("app_pages/emerging.py", title="Emerging issues"),
    st.Page("app_pages/triage.py", title="Triage"),
    st.Page("app_pages/page_detail.py", title="Page detail"),
    st.Page("app_pages/topics.py", title="Topics"),
    st.Page("app_pages/comments.py", title="Comments"),
    st.Page("app_pages/codebook.py", title="Codebook"),
    st.Page("app_pages/redaction_check.py", title="Redaction check"),
]

st.set_page_config(page_title="Feedback Toolkit", layout="wide")
st.html(theme.FOCUS_RULE)
st.logo(theme.WORDMARK, size="large")
page = st.navigation(PAGES, position="top")
st.title(page.title, anchor=False)
watch()
page.run()
