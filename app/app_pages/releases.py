"""Releases: what was released when, as people noted it. Timelines mark them."""

from __future__ import annotations

import streamlit as st

from app import queries, release_view
from app.evidence import facts_or_stop, heading, secondary
from app.filters import bind_choice
from app.live import load
from app.names import service_name
from app.wording import begun, counted

facts = facts_or_stop(load(queries.store_facts))
service = bind_choice(
    "Service",
    "service",
    sorted(facts.places["service"].unique(), key=service_name),
    label_of=service_name,
    everything="All services",
)
found = release_view.releases_for(service)
where = service_name(service) if service else "all services"
heading(
    counted(len(found), "release") + " noted" if len(found) else "No release is noted",
    f"{begun(where)}, the latest first. Charts and signals say what was released "
    "just before something changed.",
)
if len(found) == release_view.MAX_RELEASES:
    secondary(f"The latest {release_view.MAX_RELEASES} are listed.")
if len(found):
    chosen = release_view.choose_release(found)
    if chosen is not None:
        name = found.loc[found["release_id"] == chosen, "name"].iloc[0]
        release_view.offer_removal(chosen, name)
release_view.note_form(facts, service)
st.text("At the command line: feedback releases add, list and remove.")
