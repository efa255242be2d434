"""Help: what every figure of the dashboard means, in plain words; each with an address."""

from __future__ import annotations

import streamlit as st

from app import help_view
from app.evidence import heading
from app.filters import bind_text
from app.help_text import entries, entry_about, found, sections
from app.wording import counted

about = entry_about(st.query_params.get("about", ""))
if about is not None:
    help_view.show_entry(about, level=2)
    st.page_link(help_view.SCRIPT, label="All explanations", query_params={})
    help_view.show_near(about)
    st.stop()

words = bind_text("Words to look for", "figure", placeholder="interval")
chosen = found(words)
told = counted(len(chosen), "explanation") if words else f"What {len(entries())} figures mean"
heading(
    told, "In plain words. Each explanation has an address of its own, to send to somebody else."
)
if not chosen:
    st.text("No explanation has all these words. Try one of them, or fewer letters of it.")
for section, of_section in sections(chosen).items():
    help_view.show_section(section, of_section, has_links=len(chosen) <= help_view.MAX_LINKS)
