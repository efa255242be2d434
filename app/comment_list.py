"""Which comments the list shows: what was chosen, which page of it, and what came meanwhile.

A list that somebody reads stays where it is. What comes in meanwhile is counted, and shown when it
is asked for.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import streamlit as st

from app import queries_comments
from app.filters import Filters, bind_choice, choose
from app.live import load
from app.wording import counted
from feedback.schema import Sentiment

if TYPE_CHECKING:
    from collections.abc import Sequence

    from app.queries import StoreFacts
    from app.queries_comments import FoundComments

__all__ = [
    "Listed",
    "beside",
    "choose_comments",
    "listed",
    "offer_beside",
    "offer_newer",
    "offer_older",
    "remember",
]

OUTCOMES = ("blocked", "worked around")
WITH_REDACTIONS = "yes"

_TOP, _TOP_OF, _WAY = "comments_top", "comments_top_of", "comments_way"
_IDS = "comments_listed"


@dataclass(frozen=True)
class Listed:
    """One page of the list; ``n_newer`` came in since it was opened."""

    found: FoundComments
    n_newer: int


def choose_comments(facts: StoreFacts) -> Filters:
    """Show the filters of the page and return what was chosen."""
    filters = choose(facts, has_search=True)
    with st.container(horizontal=True, vertical_alignment="bottom", key="comment_filters"):
        sentiment = bind_choice(
            "Sentiment",
            "sentiment",
            [tone.value for tone in Sentiment],
            label_of=str.capitalize,
            everything="All sentiments",
        )
        redacted = bind_choice(
            "Personal data",
            "redacted",
            [WITH_REDACTIONS],
            label_of=lambda _: "Something was taken out",
            everything="With and without",
        )
        outcome = bind_choice(
            "Outcome",
            "impact",
            OUTCOMES,
            label_of=str.capitalize,
            everything="All outcomes",
        )
    return replace(
        filters, sentiment=sentiment, has_redactions=redacted is not None, outcome=outcome
    )


def listed(filters: Filters) -> Listed:
    """Return the page of the list that the address names; the newest stay as they were opened."""
    if st.session_state.get(_TOP_OF, filters) != filters:
        st.query_params.pop("before", None)  # other filters begin at their newest
    before = st.query_params.get("before")
    newest = load(queries_comments.find_comments, filters)
    if before is not None:
        st.session_state[_TOP_OF] = filters
        older = load(queries_comments.find_comments, filters, before)
        return Listed(replace(older, n_found=newest.n_found, is_capped=newest.is_capped), 0)
    st.session_state.pop(_WAY, None)
    ids = list(newest.comments["comment_id"])
    top = st.session_state.get(_TOP) if st.session_state.get(_TOP_OF) == filters else None
    if top not in ids:
        top = ids[0] if ids else None
    st.session_state[_TOP], st.session_state[_TOP_OF] = top, filters
    n_newer = ids.index(top) if top is not None else 0
    if not n_newer:
        return Listed(newest, 0)
    held = load(queries_comments.find_comments, filters, ids[n_newer - 1])
    return Listed(replace(held, n_found=newest.n_found, is_capped=newest.is_capped), n_newer)


def offer_newer(n_newer: int) -> None:
    """Say how many comments came in since the list was opened, with a button that shows them."""
    with st.container(key="newer_comments"):  # what comes and goes in here moves nothing below
        if n_newer:
            label = f"Show {counted(n_newer, 'newer comment')}"
            st.button(label, key="show_newer", on_click=_show_newest)


def offer_older(found: FoundComments) -> None:
    """Offer the pages before and after this one."""
    way: list[str] = st.session_state.get(_WAY, [])
    with st.container(horizontal=True, key="comment_pages"):
        if st.query_params.get("before") is not None:
            st.button("Newest comments", key="show_newest", on_click=_show_newest)
            if len(way) > 1:
                st.button("Newer comments", key="show_back", on_click=_go_back)
        if found.older is not None:
            st.button("Older comments", key="show_older", on_click=_go_on, args=(found.older,))


def _show_newest() -> None:
    st.query_params.pop("before", None)
    st.session_state.pop(_TOP, None)


def _go_on(older: str) -> None:
    st.session_state.setdefault(_WAY, []).append(older)
    st.query_params["before"] = older


def _go_back() -> None:
    st.session_state[_WAY].pop()
    st.query_params["before"] = st.session_state[_WAY][-1]


def remember(found: FoundComments) -> None:
    """Keep which comments the list shows, so that one goes on to the next."""
    st.session_state[_IDS] = list(found.comments["comment_id"])


def offer_beside(comment_id: str) -> None:
    """Offer the way back to the list, and the comments before and after this one in it."""
    earlier, later = beside(st.session_state.get(_IDS, []), comment_id)
    with st.container(horizontal=True, vertical_alignment="center", key="beside_comment"):
        st.button("Back to the list", key="back_to_list", on_click=_open, args=(None,))
        for label, key, other in (("Previous", "k", earlier), ("Next", "j", later)):
            if earlier is not None or later is not None:
                st.button(
                    label,
                    key=f"show_{label.lower()}",
                    shortcut=key,
                    on_click=_open,
                    args=(other,),
                    disabled=other is None,
                )


def _open(comment_id: str | None) -> None:
    if comment_id is None:
        st.query_params.pop("comment", None)
    else:
        st.query_params["comment"] = comment_id


def beside(ids: Sequence[str], comment_id: str) -> tuple[str | None, str | None]:
    """Return what stands before and after a comment in a list; None where nothing does.

    Examples
    --------
    >>> beside(["a", "b"], "a"), beside(["a", "b"], "z")
    ((None, 'b'), (None, None))
    """
    if comment_id not in ids:
        return None, None
    at = list(ids).index(comment_id)
    return (ids[at - 1] if at else None, ids[at + 1] if at + 1 < len(ids) else None)
