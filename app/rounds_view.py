"""Rounds of coding on the page: which there are, a new one, comparing and reconciling."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from app import queries_rounds, queries_to_code, rounds_work
from app.access import current_viewer
from app.coding_choices import choices_of, label_of, labels_of
from app.coding_view import comment_text, look_up
from app.evidence import facts_list, heading, plain_text, secondary
from app.filters import EVERYTHING
from app.live import load, settings
from app.names import service_name
from app.print_view import show_table
from app.round_agreement import agreement_figures, agreement_of, agreement_table, answer
from app.shortcuts import ask_for_shortcuts, key_if_on, shortcut_switch
from app.wording import counted, day, moment
from feedback.coding_rounds import MAX_CODERS, reconciled_name

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from app.queries_rounds import CodingRound, Compared
    from classifiers.codebook import Code, Codebook

__all__ = ["coder_in", "show_comparison", "show_new_round", "show_rounds"]

LETTERS = "ABCD"
_PAGE = "app_pages/coding.py"
_AT, _CODES = "compare_at", "compare_codes"
_NAME, _SERVICE, _CODERS, _N = "round_name", "round_service", "round_coders", "round_n"
USUAL_COMMENTS = 50
KEYS_TOLD = [
    ("1, 2, …", "take the codes of coder A, B, …"),
    ("B", "take all that anybody gave"),
    ("S", "save the codes chosen in the field"),
    ("J", "next difference"),
    ("K", "previous difference"),
    ("?", "this list"),
]


def coder_in(found: CodingRound, name: str) -> str | None:
    """Return under which name a person codes in a round; None where they do not."""
    return next((one for one in found.coders if one.casefold() == name.casefold()), None)


def show_rounds(found: Sequence[CodingRound]) -> None:
    """Show each round: who coded how much, what is compared, and the way in."""
    viewer = current_viewer().name
    for one in found:
        with st.container(border=True, key=f"round_{one.round_id}"):
            state = "closed " + day(one.closed_at) if one.closed_at else "open"
            where = service_name(one.service) if one.service else "all services"
            heading(one.name, f"{state} · {where} · opened {day(one.opened_at)}", level=3)
            facts_list(_progress(one), alt="How far the round is")
            with st.container(horizontal=True):
                coder = coder_in(one, viewer)
                if coder and one.closed_at is None and one.n_coded[coder] < one.n_comments:
                    _link("Code in this round", one)
                _link("Compare and reconcile", one, step="compare")


def _progress(one: CodingRound) -> list[tuple[str, str]]:
    told = [(who, f"{n:,} of {one.n_comments:,} coded") for who, n in one.n_coded.items()]
    return [
        *told,
        ("Coded by all", f"{one.n_complete:,}"),
        ("Reconciled", f"{one.n_settled:,} of {one.n_complete:,}"),
    ]


def _link(label: str, one: CodingRound, **more: str) -> None:
    st.page_link(
        _PAGE,
        label=label,
        icon=":material/arrow_forward:",
        query_params={"queue": f"round:{one.round_id}", **more},
    )


def show_new_round(services: Sequence[str], people: Sequence[str], codebook: Codebook) -> None:
    """Show the form that opens a round."""
    viewer = current_viewer()
    everywhere = [EVERYTHING] if viewer.services is None else []
    names = list(dict.fromkeys([viewer.name, *people]))
    told = "Open a round: two or more people code the same comments"
    with st.expander(told), st.form("new_round", border=False):
        st.text_input("Name of the round", key=_NAME, max_chars=rounds_work.MAX_NAME)
        st.selectbox(
            "Service to draw from",
            [*everywhere, *services],
            format_func=lambda one: service_name(one) if one else "All services",
            key=_SERVICE,
        )
        st.number_input(
            "Comments drawn at random",
            min_value=1,
            max_value=rounds_work.MAX_COMMENTS,
            value=USUAL_COMMENTS,
            key=_N,
        )
        st.multiselect(
            "Coders, by the name or e-mail address they sign in with",
            names,
            key=_CODERS,
            accept_new_options=True,
            max_selections=MAX_CODERS,
            placeholder="Type a name, then Enter",
        )
        secondary(
            "Under 30 comments nothing can be said of agreement on a code. Safeguarding "
            "comments are never drawn."
        )
        st.form_submit_button("Open the round", on_click=_open, args=(codebook,))


def _open(codebook: Codebook) -> None:
    held = st.session_state
    opened = rounds_work.open_new(
        held[_NAME], held[_SERVICE] or None, held[_CODERS], int(held[_N]), codebook
    )
    if opened is not None:
        held[_NAME], held[_CODERS] = "", []


def show_comparison(found: CodingRound, codebook: Codebook) -> None:
    """Show how far the coders agree, the differences one by one, and what is reconciled."""
    viewer = current_viewer().name
    coder = coder_in(found, viewer)
    rows = load(queries_rounds.compared, found.round_id, coder or viewer)
    if not rows:
        _nothing_yet(found, coder)
        return
    choices = choices_of(codebook, load(queries_rounds.proposals))
    names = f"{', '.join(found.coders[:-1])} and {found.coders[-1]}"
    heading(
        answer(rows),
        f"{found.n_complete:,} of the round's {counted(found.n_comments, 'comment')} are coded by "
        f"{names}.",
    )
    _show_agreement(found, rows, choices)
    is_open = found.closed_at is None
    waiting = [one for one in rows if one.reconciled_at is None and not one.is_agreed]
    agreed = [one for one in rows if one.reconciled_at is None and one.is_agreed]
    settled = [one for one in rows if one.reconciled_at is not None]
    if is_open and agreed:
        heading(f"{counted(len(agreed), 'comment')} to which all gave the same codes")
        st.button(
            "Accept what all agree on",
            key="accept_agreed",
            on_click=rounds_work.accept_agreed,
            args=(found.round_id,),
        )
    if is_open:
        _differences(found, [*waiting, *[one for one in settled if not one.is_agreed]], choices)
    _show_settled(settled, choices)
    if is_open and not waiting and not agreed:
        _offer_to_close(found)


def _nothing_yet(found: CodingRound, coder: str | None) -> None:
    if coder is not None and found.n_coded[coder] < found.n_comments and found.closed_at is None:
        left = found.n_comments - found.n_coded[coder]
        heading(
            f"{counted(left, 'comment')} left for you to code",
            "You see what the others gave when you have coded all of them yourself.",
        )
        _link("Code in this round", found)
        return
    heading("Nothing to compare yet", "No comment is coded by all coders so far.")
    facts_list(_progress(found), alt="How far the round is")


def _show_agreement(
    found: CodingRound, rows: Sequence[Compared], choices: Mapping[str, Code]
) -> None:
    measured = agreement_of(found.coders, rows, settings().seed)
    if measured is None:
        return
    facts_list(agreement_figures(measured), alt="Agreement on whole comments")
    show_table(
        agreement_table(measured, choices),
        alt="Agreement on each code",
        column_config={"Code": st.column_config.Column(pinned=True)},
    )
    secondary(
        "As the coders gave them, before anything was reconciled. In brackets: 95% intervals. Of a "
        "code given to under 30 comments there is too little to say. Alpha and kappa: 1 is "
        "agreement, 0 what chance would give."
    )


def _differences(found: CodingRound, rows: Sequence[Compared], choices: Mapping[str, Code]) -> None:
    """Show one difference at a time; those that are settled come last and can be changed."""
    n_open = sum(one.reconciled_at is None for one in rows)
    heading(
        f"{counted(n_open, 'difference')} to reconcile" if n_open else "No difference is left",
        "What is chosen here is what counts; what each coder gave stays as it was.",
    )
    if not rows:
        return
    ids = [one.comment_id for one in rows]
    held = st.session_state.get(_AT)
    at = ids.index(held) if held in ids else 0
    one = rows[at]
    comment = load(queries_to_code.coded_comment, one.comment_id)
    if comment is None:
        return
    left, right = st.columns([3, 2], gap="large")
    with left:
        comment_text(comment)
        given = [
            (f"{letter}: {who}", labels_of(codes, choices))
            for letter, who, codes in zip(LETTERS, found.coders, one.codes, strict=False)
        ]
        if one.reconciled_at is not None:
            by = f"{one.reconciled_by}, {moment(one.reconciled_at)}"
            name = reconciled_name(found.coders, str(one.reconciled_by))
            given.append((f"Reconciled by {by}", labels_of(comment.people.get(name, ()), choices)))
        facts_list(given, alt="Codes that each coder gave")
        _choose(found, one, choices)
        _moves(ids, at)
    with right:
        differs = set.union(*map(set, one.codes)) - set.intersection(*map(set, one.codes))
        look_up(choices, min(differs) if differs else None)


def _choose(found: CodingRound, one: Compared, choices: Mapping[str, Code]) -> None:
    union = tuple(dict.fromkeys(code for codes in one.codes for code in codes))
    with st.container(horizontal=True, key="compare_takes"):
        for number, (letter, codes) in enumerate(zip(LETTERS, one.codes, strict=False), start=1):
            st.button(
                f"Take {letter}’s codes",
                key=f"take_{letter}",
                shortcut=key_if_on(str(number)),
                on_click=_settle,
                args=(found, one, codes),
            )
        st.button(
            "Take all of them",
            key="take_all",
            shortcut=key_if_on("b"),
            on_click=_settle,
            args=(found, one, union),
        )
    key = f"{_CODES}_{one.comment_id}"
    st.multiselect(
        "Or other codes",
        list(dict.fromkeys([*choices, *union])),
        format_func=lambda code: label_of(code, choices),
        key=key,
        placeholder="Type part of a code's name",
    )
    st.button(
        "Save these codes",
        key="save_chosen",
        shortcut=key_if_on("s"),
        on_click=_settle_chosen,
        args=(found, one, key),
    )


def _moves(ids: Sequence[str], at: int) -> None:
    with st.container(horizontal=True, vertical_alignment="center", key="compare_moves"):
        for label, key, to in (("Next", "j", at + 1), ("Previous", "k", at - 1)):
            st.button(
                label,
                key=f"compare_{label.lower()}",
                disabled=not 0 <= to < len(ids),
                shortcut=key_if_on(key),
                on_click=_go,
                args=(ids[max(0, min(to, len(ids) - 1))],),
            )
        secondary(f"{at + 1} of {len(ids)}")
        shortcut_switch()
        ask_for_shortcuts(KEYS_TOLD)


def _go(comment_id: str) -> None:
    st.session_state[_AT] = comment_id


def _settle(found: CodingRound, one: Compared, codes: Sequence[str]) -> None:
    if rounds_work.settle(found, one.comment_id, codes, one.reconciled_at):
        st.session_state.pop(_AT, None)


def _settle_chosen(found: CodingRound, one: Compared, key: str) -> None:
    _settle(found, one, st.session_state[key])


def _show_settled(rows: Sequence[Compared], choices: Mapping[str, Code]) -> None:
    if not rows:
        return
    by: dict[str, int] = {}
    for one in rows:
        by[str(one.reconciled_by)] = by.get(str(one.reconciled_by), 0) + 1
    told = ", ".join(f"{n:,} by {who}" for who, n in by.items())
    heading(f"{counted(len(rows), 'comment')} reconciled", f"{told}.")


def _offer_to_close(found: CodingRound) -> None:
    n_open = found.n_comments - found.n_complete
    heading("Everything that all have coded is reconciled")
    if n_open:
        plain_text(f"{counted(n_open, 'comment')} are not coded by all, and stay without codes.")
    secondary(
        "The round counts in the live figures of quality once it is closed: before that its easy "
        "comments would be in and its hard ones out."
    )
    st.button("Close the round", key="close_round", on_click=rounds_work.close,
              args=(found.round_id,))  # fmt: skip
