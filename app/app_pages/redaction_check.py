"""Redaction check: a person reads one comment at a time for what redaction left in."""

from __future__ import annotations

import streamlit as st

from app import checking, queries
from app.access import require
from app.evidence import empty_state, facts_or_stop, heading, marked_text, points, secondary
from app.leak_rate import best_rate, leak_rates, meaning
from app.live import load, settings
from app.wording import counted
from feedback.schema import AuditVerdict, Role

require(Role.RESEARCHER)
facts = facts_or_stop(load(queries.store_facts))
rates = load(leak_rates)
n_drawn = sum(rate.n_drawn for rate in rates)
n_checked = sum(rate.n_checked for rate in rates)
if not n_drawn:
    empty_state(
        "Leak rate: not measured",
        "Read comments drawn at random, and say what redaction left in. Draw some with:",
        "feedback redact-audit --sample 100",
    )
    st.stop()

rate = best_rate(rates)
heading(
    f"{n_checked:,} of {counted(n_drawn, 'comment')} checked",
    meaning(rate) if rate is not None else meaning(rates[0]),
)

comment = checking.current()
if comment is None:
    heading(
        "Nothing left to check now",
        "Comments that wait to be coded again come back later. To be more certain, draw more:",
    )
    st.code("feedback redact-audit --sample 100", language=None)
else:
    heading(
        "Does this comment still hold personal data?",
        f"{checking.marked_count(comment)}. Look for names, addresses, numbers and "
        "anything that points to a person. Over-redacted: nothing is left, but a word is gone that "
        "says nothing of anybody.",
    )
    marked_text(comment.text, of="Comment to check")
    with st.container(horizontal=True, key="verdicts"):
        st.button(
            "Clean",
            key="clean",
            on_click=checking.give,
            args=(comment, AuditVerdict.CLEAN),
        )
        st.button(
            "Over-redacted",
            key="over",
            on_click=checking.give,
            args=(comment, AuditVerdict.OVER),
        )
        st.button("Skip", key="skip", on_click=checking.skip, args=(comment,))
    checking.leak_form(comment, settings().redaction_operator)
checking.undo_button()

heading("What the checks found", "By version of the redactor and by what was drawn from.")
points(checking.figures(rates))
secondary(
    "Verdicts are kept with your name, the time and the kind of what leaked, never with the words."
)
