"""Coding: one comment at a time by keyboard, alone or with others; compare and reconcile."""

from __future__ import annotations

import streamlit as st

from app import queries, queries_rounds, queries_to_code, rounds_view
from app.access import require
from app.codebook_at_hand import codebook_at_hand
from app.coding_view import DRAWN, WELSH, show_task
from app.coding_work import Task
from app.evidence import facts_or_stop, heading, secondary
from app.filters import bind_choice
from app.live import load, settings
from app.names import service_name
from app.proposals_view import show_proposal_form, show_proposals
from app.wording import counted
from feedback.schema import Role

viewer = require(Role.RESEARCHER)
facts = facts_or_stop(load(queries.store_facts))
codebook = codebook_at_hand(settings()).codebook
rounds = load(queries_rounds.rounds)
by_option = {f"round:{one.round_id}": one for one in rounds}
names = {DRAWN: "Comments drawn to be coded", WELSH: "Comments that need a Welsh speaker"}
names |= {option: f"Round: {one.name}" for option, one in by_option.items()}

with st.container(horizontal=True, vertical_alignment="bottom", key="coding_choice"):
    queue = bind_choice(
        "What to code",
        "queue",
        list(names),
        label_of=names.__getitem__,
        everything="Overview of what there is",
    )
    chosen = by_option.get(queue or "")
    coder = rounds_view.coder_in(chosen, viewer.name) if chosen else None
    step = None
    if coder is not None:
        step = bind_choice(
            "What to do",
            "step",
            ["compare"],
            label_of=lambda _: "Compare and reconcile",
            everything="Code",
        )

one_comment = st.query_params.get("comment") if queue is None else None
if chosen is not None and (coder is None or step is not None or chosen.closed_at is not None):
    rounds_view.show_comparison(chosen, codebook)
elif chosen is not None:
    show_task(Task(chosen.name, chosen.round_id, str(coder), chosen.service), codebook)
elif queue is not None:
    show_task(Task(queue), codebook)
elif one_comment is not None:
    show_task(Task(one_comment), codebook)
else:
    n_drawn = len(load(queries_to_code.waiting_drawn))
    n_welsh = len(load(queries_to_code.waiting_welsh))
    n_open = sum(one.closed_at is None for one in rounds)
    most = queries_to_code.MAX_QUEUE
    heading(
        f"{counted(n_open, 'round')} open, {counted(n_drawn, 'drawn comment')} to code",
        f"{counted(n_welsh, 'comment')} need a Welsh speaker. Queues are told up to {most}. "
        "Choose above what to code, or open a comment from another page.",
    )
    rounds_view.show_rounds(rounds)
    services = sorted(facts.places["service"].unique(), key=service_name)
    rounds_view.show_new_round(services, load(queries_rounds.researchers), codebook)
if queue is None and one_comment is None:
    show_proposals(load(queries_rounds.proposals), codebook)
else:
    secondary("A code is missing? Propose it here; it can be given at once.")
show_proposal_form(codebook)
