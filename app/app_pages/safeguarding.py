"""Safeguarding: comments that may be about a risk of harm, for people trained to read them."""

from __future__ import annotations

import streamlit as st

from app import queries_safeguarding as queries
from app import safeguarding_view as view
from app.access import require
from app.evidence import heading, plain_text, secondary
from app.filters import bind_choice
from app.live import load
from app.names import service_name
from app.queries import store_facts
from app.queries_safeguarding import MAX_WAITING
from app.wording import counted
from feedback.schema import Role

require(Role.SAFEGUARDING)
with st.container(horizontal=True, vertical_alignment="bottom", key="safeguarding_filters"):
    services = sorted(load(store_facts).places["service"].unique(), key=service_name)
    service = bind_choice(
        "Service", "service", services, label_of=service_name, everything="All services"
    )
    show = bind_choice(
        "Show", "show", ["done"], label_of=lambda _: "Dealt with", everything="Waiting"
    )
waits = load(queries.waiting_comments, service)

heading(
    view.answer(waits.counts),
    "No text is shown until you press Read, and it is written down who read which comment and "
    "when. The machine finds many of these comments, not all. Somebody in danger now: call 999.",
)
done = load(queries.dealt_with, service)
chosen = None
if show is None and len(waits.comments):
    if waits.counts.n_waiting > MAX_WAITING:
        secondary(f"The first {MAX_WAITING} of {waits.counts.n_waiting:,} are listed.")
    chosen = view.choose_waiting(waits.comments)
elif show is None:
    plain_text("The queue is empty. What comes in is listed here within seconds of being coded.")
elif len(done):
    secondary(f"{counted(len(done), 'comment')} listed, the latest first.")
    chosen = view.choose_dealt_with(done)
else:
    plain_text("Nothing was dealt with here yet.")
if chosen is not None:
    view.show_comment(chosen)
view.show_record(tuple(sorted({*waits.comments["comment_id"], *done["comment_id"]})))
