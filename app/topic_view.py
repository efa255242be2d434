"""What researchers do to topics on their page, and the groups of topics as a list."""

from __future__ import annotations

import html
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import streamlit as st

from app import tell_topic_page, topic_edit_work
from app.access import acting, current_viewer
from app.evidence import secondary
from app.live import load, settings
from app.notices import tell_notice
from app.print_view import show_table
from feedback.errors import FeedbackError
from feedback.schema import Role

if TYPE_CHECKING:
    import pandas as pd

    from feedback.store import Store

__all__ = ["TABLE", "offer_edits", "put_in_address", "show_groups", "take_from_address"]

MAX_PARTS = 6
MAX_EDITS = 30
"""Edits shown, the latest; undone ones too."""

TABLE = "topics_table"
"""Key of the table in which a topic is chosen."""

_ADDRESS, _WRITTEN = "topic", "_address_topic"

Work = Callable[["Store", str], dict[str, Any]]


def take_from_address(topic_ids: Sequence[int]) -> None:
    """Choose the topic that the address names, where that is not what we wrote there ourselves."""
    raw = st.query_params.get(_ADDRESS)
    if raw is None or raw == st.session_state.get(_WRITTEN):
        return
    if raw in {str(key) for key in topic_ids}:
        st.session_state[f"{TABLE}_chosen"] = int(raw)


def put_in_address(topic_id: int) -> None:
    """Let the address name the chosen topic."""
    st.session_state[_WRITTEN] = str(topic_id)
    st.query_params[_ADDRESS] = str(topic_id)


def show_groups(groups: Sequence[tuple[str, Sequence[tuple[str, str]]]]) -> None:
    """Show broader groups with their topics as a list in a list."""
    parts = []
    for name, topics in groups:
        below = "".join(
            f"<li>{html.escape(topic)} <small>{html.escape(n)}</small></li>" for topic, n in topics
        )
        parts.append(f"<li><strong>{html.escape(name)}</strong><ul>{below}</ul></li>")
    st.html(f'<ul aria-label="Broader groups and their topics">{"".join(parts)}</ul>')


def offer_edits(topics: pd.DataFrame, topic_id: int) -> None:
    """Offer what a researcher can do to the chosen topic, and what was done to any.

    Topics are made of the comments of all services, so changing one is for people who see all.
    """
    if not _may_change():
        return
    with st.expander("Change this topic", key="topic_changes", icon=":material/edit:"):
        _offer_name(topic_id)
        _offer_merge(topics, topic_id)
        _offer_split(topic_id)
        _offer_pin(topic_id)
    with st.expander("What people did to topics, and undo", key="topic_edits"):
        _offer_undo()


def _may_change() -> bool:
    """Say whether the viewer may change topics, and on the page why not."""
    viewer = current_viewer()
    if not viewer.may(Role.RESEARCHER):
        secondary("To name, merge, split or pin topics takes the role researcher.")
        return False
    if not viewer.sees(None):
        secondary("Topics belong to all services; only who sees all of them can change topics.")
        return False
    return True


def _offer_name(topic_id: int) -> None:
    with st.form(f"rename_{topic_id}", border=False, clear_on_submit=True):
        name = st.text_input(
            "New name", max_chars=topic_edit_work.MAX_NAME, key=f"new_name_{topic_id}"
        )
        if st.form_submit_button("Rename"):
            _do(
                "Renamed.",
                lambda store, who: topic_edit_work.rename(
                    settings(), store, topic_id, name, who=who
                ),
            )


def _offer_merge(topics: pd.DataFrame, topic_id: int) -> None:
    names = dict(zip(topics["topic_id"].tolist(), topics["name"], strict=True))
    others = [key for key in names if key != topic_id]
    if not others:
        return
    with st.form(f"merge_{topic_id}", border=False):
        into = st.selectbox(
            "Merge into", others, format_func=lambda key: names[key], key=f"into_{topic_id}"
        )
        if st.form_submit_button("Merge"):
            _do(
                "Merged.",
                lambda store, who: topic_edit_work.merge(
                    settings(), store, topic_id, into, who=who
                ),
            )


def _offer_split(topic_id: int) -> None:
    with st.form(f"split_{topic_id}", border=False):
        n_parts = st.number_input(
            "Split into parts", min_value=2, max_value=MAX_PARTS, key=f"parts_{topic_id}"
        )
        if st.form_submit_button("Split"):
            _do(
                "Split.",
                lambda store, who: topic_edit_work.split(
                    settings(), store, topic_id, int(n_parts), who=who
                ),
            )


def _offer_pin(topic_id: int) -> None:
    secondary("A pinned topic stays through every fit, also one that finds nothing of it.")
    if st.button("Pin", key=f"pin_{topic_id}"):
        _do("Pinned.", lambda store, who: topic_edit_work.pin(store, topic_id, who=who))


def _offer_undo() -> None:
    records = load(topic_edit_work.list_edits)
    if not records:
        secondary("Nobody has changed a topic yet.")
        return
    show_table(
        tell_topic_page.edits_table(records[-MAX_EDITS:]),
        alt="What people did to topics, latest first",
    )
    standing = [
        one["edit"] for one in reversed(records) if not one["undone_by"] and "undone" not in one
    ][:MAX_EDITS]
    if not standing:
        return
    with st.form("undo_edit", border=False):
        edit = st.selectbox("Edit to undo", standing, key="edit_to_undo")
        if st.form_submit_button("Undo"):
            _do(
                f"Edit {edit} is undone.",
                lambda store, who: topic_edit_work.undo(settings(), store, edit, who=who),
            )


def _do(done: str, work: Work) -> None:
    """Do what was asked for, if it is allowed; the page that follows says what became of it."""
    try:
        store, who = acting(Role.RESEARCHER, None)
        with st.spinner("Under way. With many comments this takes a while."):
            outcome = work(store, who)
    except FeedbackError as error:
        tell_notice(f"Nothing was changed. {error}")
    else:
        tell_notice(f"{done} It is edit {outcome['edit']}, and can be undone below.")
    st.rerun()
