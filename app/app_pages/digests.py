"""Digests: what a day or a week brought, sent to whoever asked for it."""

from __future__ import annotations

import streamlit as st

from app import digest_view, queries
from app.access import require
from app.evidence import facts_or_stop, heading
from app.filters import bind_choice
from app.live import load
from app.names import service_name
from feedback.schema import Frequency, Role

viewer = require(Role.VIEWER)
facts = facts_or_stop(load(queries.store_facts))
digest_view.show_subscriptions(viewer)

heading("Have a digest sent", "Choose one; below it stands as it would be sent now.")
with st.container(horizontal=True, vertical_alignment="bottom", key="filters"):
    service = bind_choice(
        "Service",
        "service",
        sorted(facts.places["service"].unique(), key=service_name),
        label_of=service_name,
        everything="All services",
    )
    is_daily = bind_choice(
        "How often",
        "every",
        [Frequency.DAY.value],
        label_of=digest_view.EVERY.__getitem__,
        everything=digest_view.EVERY[Frequency.WEEK.value],
    )
frequency = Frequency.DAY if is_daily else Frequency.WEEK
digest_view.offer(service, frequency)
digest_view.show_digest(service, frequency)
