"""Codes that coders missed in the codebook: a form for one, what was proposed, the way out."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import streamlit as st

from app import rounds_work
from app.access import current_viewer
from app.evidence import heading, plain_text, secondary
from app.wording import counted, day
from classifiers.codebook import Code
from feedback.schema import CodeProposal, Role

if TYPE_CHECKING:
    from collections.abc import Sequence

    from app.queries_rounds import Proposal
    from classifiers.codebook import Codebook

__all__ = ["show_proposal_form", "show_proposals", "with_accepted"]

_ID, _LABEL, _DEFINITION = "proposal_id", "proposal_label", "proposal_definition"
STATES = {
    CodeProposal.PROPOSED: "waits for a decision",
    CodeProposal.ACCEPTED: "accepted",
    CodeProposal.DECLINED: "declined",
}


def show_proposal_form(codebook: Codebook) -> None:
    """Show the form that proposes a code."""
    told = "Propose a code that the codebook lacks"
    with st.expander(told), st.form("propose_code", border=False):
        st.text_input("Id of the code", key=_ID, max_chars=80, placeholder="fault.signature")
        st.text_input("Name of the code", key=_LABEL, max_chars=rounds_work.MAX_NAME)
        st.text_area(
            "What it means, and what it does not",
            key=_DEFINITION,
            max_chars=rounds_work.MAX_DEFINITION,
            height=100,
        )
        secondary(
            "It can be given at once, by everybody. Personal data is taken out of your words. "
            "Classifiers learn the code once it is in the codebook; comments that carry it are "
            "left out of training until then."
        )
        st.form_submit_button("Propose", on_click=_propose, args=(codebook,))


def _propose(codebook: Codebook) -> None:
    held = st.session_state
    if rounds_work.propose(codebook, held[_ID], held[_LABEL], held[_DEFINITION]):
        held[_ID] = held[_LABEL] = held[_DEFINITION] = ""


def show_proposals(found: Sequence[Proposal], codebook: Codebook) -> None:
    """Show what was proposed; who may decide gets the buttons, and the file with what is in."""
    n_open = sum(one.status is CodeProposal.PROPOSED for one in found)
    heading(
        f"{counted(n_open, 'proposed code')} to decide on" if n_open else "Proposed codes",
        "Codes that coders missed. A declined code cannot be given any more; comments that carry "
        "it keep it until somebody codes them again.",
    )
    if not found:
        secondary("Nobody has proposed a code.")
        return
    viewer = current_viewer()
    may_decide = viewer.may(Role.RESEARCHER) and viewer.services is None
    for one in found:
        with st.container(border=True, key=f"proposal_{one.code}"):
            note = f"{one.code} · {STATES[one.status]} · {one.who}, {day(one.at)}"
            heading(one.label, f"{note} · on {counted(one.n_comments, 'comment')}", level=3)
            plain_text(one.definition)
            if may_decide:
                _decide(one)
    if viewer.may(Role.RESEARCHER):
        _download(found, codebook)


def _decide(one: Proposal) -> None:
    with st.container(horizontal=True):
        for label, status in (
            ("Accept", CodeProposal.ACCEPTED),
            ("Decline", CodeProposal.DECLINED),
        ):
            st.button(
                label,
                key=f"{label.lower()}_{one.code}",
                disabled=one.status is status,
                on_click=rounds_work.decide_on,
                args=(one.code, status, one.status),
            )


def with_accepted(codebook: Codebook, found: Sequence[Proposal]) -> Codebook:
    """Return the codebook's next version, with the codes accepted."""
    accepted = tuple(
        Code(one.code, one.label, one.definition)
        for one in found
        if one.status is CodeProposal.ACCEPTED and one.code not in codebook
    )
    return replace(codebook, version=codebook.version + 1, codes=(*codebook.codes, *accepted))


def _download(found: Sequence[Proposal], codebook: Codebook) -> None:
    from classifiers.codebook_toml import to_toml

    whole = with_accepted(codebook, found)
    n = len(whole.codes) - len(codebook.codes)
    if not n:
        secondary("The codes that are accepted can be taken away as a codebook from here.")
        return
    notes = [f"{counted(n, 'accepted code')} at the end. Then: feedback codebook check FILE"]
    st.download_button(
        f"Download the codebook with {counted(n, 'accepted code')} (TOML)",
        to_toml(whole, notes=notes).encode(),
        file_name=f"{whole.id}-{whole.version}.toml",
        mime="application/toml",
        key="download_accepted",
        on_click="ignore",
    )
