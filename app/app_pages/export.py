"""Export: coded comments to take away, with what is needed to trust them."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from app import export_view, export_work, queries, tell
from app.access import require
from app.evidence import facts_or_stop, heading
from app.filters import bind_choice, choose
from app.live import load
from app.names import language_name
from app.wording import begun, code_label, counted
from feedback.schema import Language, Role

require(Role.RESEARCHER)
facts = facts_or_stop(load(queries.store_facts))
filters = choose(facts)
with st.container(horizontal=True, vertical_alignment="bottom", key="export_filters"):
    code = bind_choice("Code", "code", facts.codes, label_of=code_label, everything="All codes")
    language = bind_choice(
        "Language",
        "language",
        [one.value for one in Language],
        label_of=language_name,
        everything="All languages",
    )
filters = replace(filters, code=code, language=language)
found = load(export_work.contents, filters)

heading(
    f"{counted(found.n_comments, 'comment')} to take away",
    f"{begun(tell.place(filters))}, {tell.period(filters)}.",
)
file_format, with_safeguarding = export_view.choose_format()
export_view.show_contents(found, filters, with_safeguarding=with_safeguarding)
export_view.show_columns()
export_view.offer_file(found, file_format, filters, with_safeguarding=with_safeguarding)
