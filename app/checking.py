"""The parts of the page Redaction check: which comment is next, verdicts, words to remove."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from app.access import acting
from app.evidence import secondary
from app.leak_rate import LeakRate, rate_text, shown_version
from app.live import load
from app.notices import tell_notice
from app.queries_audit import AuditComment, next_comment, service_of
from app.wording import counted, day
from feedback.errors import FeedbackError, StoreError
from feedback.placeholders import MASKED, PLACEHOLDER
from feedback.schema import AuditVerdict, Entity, RedactionOperator, Role

if TYPE_CHECKING:
    from feedback.store import Store

__all__ = [
    "current",
    "figures",
    "give",
    "leak_form",
    "marked_count",
    "skip",
    "undo_button",
]

_SKIPPED = "audit_skipped"
_LAST = "audit_last"
_WORDS = "audit_words"
_ENTITY = "audit_entity"
MAX_SKIPPED = 500
"""Comments skipped in one session that are kept apart; then they come again."""
MAX_WORDS_CHARACTERS = 500
LABELS = {entity: entity.value.replace("_", " ").capitalize() for entity in Entity}
LABELS |= {Entity.NINO: "National Insurance number", Entity.NHS_NUMBER: "NHS number"}
LABELS |= {Entity.IBAN: "IBAN", Entity.URL: "Web address", Entity.IP_ADDRESS: "IP address"}


def current() -> AuditComment | None:
    """Return the comment to check now; skipped ones come again when nothing else is left."""
    skipped = st.session_state.setdefault(_SKIPPED, [])
    comment = load(next_comment, tuple(skipped))
    if comment is None and skipped:
        st.session_state[_SKIPPED] = []
        return load(next_comment, ())
    return comment


def _acting(comment_id: str) -> tuple[Store, str]:
    """Return the store to write to and who writes; the comment must be one that they see."""
    service = load(service_of, comment_id)
    if service is None:
        raise StoreError("The comment was not drawn for the leak meter, or you do not see it.")
    return acting(Role.RESEARCHER, service)


def marked_count(comment: AuditComment) -> str:
    """Return how many placeholders of a comment are marked, as words."""
    n = len(PLACEHOLDER.findall(comment.text))
    return f"{counted(n, 'placeholder')} marked" if n else "Nothing was taken out"


def figures(rates: list[LeakRate]) -> list[tuple[str, str]]:
    """Return leaks, bound and over-redaction for each version of the redactor and scope."""
    lines = []
    for rate in rates:
        age = "in use" if rate.is_current else "older"
        scope = f"{rate.service} alone" if rate.service else "all services"
        name = f"Redactor {shown_version(rate.redactor)} ({age}), {scope}"
        if rate.last_at is None:
            lines.append((f"None of {counted(rate.n_drawn, 'comment')} checked yet", name))
            continue
        kinds = ", ".join(f"{n} {LABELS[Entity(one)]}" for one, n in sorted(rate.entities.items()))
        told = (
            f"{rate.n_leaks:,} of {rate.n_checked:,} leaked{f' ({kinds})' if kinds else ''}, at "
            f"most {rate_text(rate.upper)} (95%); {rate.n_over:,} over-redacted; last checked "
            f"{day(rate.last_at)}"
        )
        lines.append((told, name))
    return lines


def give(comment: AuditComment, verdict: AuditVerdict, entity: Entity | None = None) -> None:
    """Keep a verdict; the next comment is shown then."""
    try:
        store, who = _acting(comment.comment_id)
        store.judge_redaction(comment.comment_id, verdict, who, entity=entity)
    except FeedbackError as error:
        tell_notice(f"Not kept: {error}")
        return
    st.session_state[_LAST] = comment.comment_id
    tell_notice(f"Kept: {verdict.value if verdict is not AuditVerdict.OVER else 'over-redacted'}.")


def skip(comment: AuditComment) -> None:
    """Leave a comment for later; it counts neither way until somebody has checked it."""
    skipped = st.session_state[_SKIPPED]
    st.session_state[_SKIPPED] = [*skipped, comment.comment_id][-MAX_SKIPPED:]
    tell_notice("Skipped: it comes again at the end.")


def leak_form(comment: AuditComment, operator: RedactionOperator) -> None:
    """Ask what leaked and, if they are to go at once, which words."""
    with st.form("leak", clear_on_submit=True):
        st.selectbox("What leaked?", list(Entity), format_func=lambda one: LABELS[one], key=_ENTITY)
        st.text_area(
            "Words to remove now (optional)",
            key=_WORDS,
            max_chars=MAX_WORDS_CHARACTERS,
            height=100,
        )
        secondary(
            "As they stand in the comment, each leak on a line of its own. All mentions in it, and "
            "in comments with the same text, are replaced. Without words the leak is only counted."
        )
        st.form_submit_button("Leak", on_click=_take_leak, args=(comment, operator))


def _take_leak(comment: AuditComment, operator: RedactionOperator) -> None:
    """Remove the words, if any, then keep the verdict; words that are not there keep nothing."""
    entity = Entity(st.session_state[_ENTITY])
    words = [line.strip() for line in st.session_state[_WORDS].splitlines() if line.strip()]
    if not words:
        give(comment, AuditVerdict.LEAK, entity)
        return
    put_in = MASKED if operator is RedactionOperator.MASK else entity.placeholder
    try:
        store, who = _acting(comment.comment_id)
        removed = store.remove_words(comment.comment_id, words, entity, who, put_in=put_in)
    except FeedbackError as error:
        tell_notice(f"Nothing was removed: {error}")
        return
    if not removed.n_mentions:
        tell_notice("Nothing was kept: these words do not stand in the comment. Copy them from it.")
        return
    give(comment, AuditVerdict.LEAK, entity)
    tell_notice(
        f"Kept: leak. {counted(removed.n_mentions, 'mention')} replaced in "
        f"{counted(removed.n_comments, 'comment')}; coded again by the next feedback run."
    )


def undo_button() -> None:
    """Offer to take the last verdict of this session back."""
    last = st.session_state.get(_LAST)
    if last is not None:
        st.button("Take the last verdict back", key="undo", on_click=_undo, args=(last,))


def _undo(comment_id: str) -> None:
    try:
        store, who = _acting(comment_id)
        store.judge_redaction(comment_id, None, who)
    except FeedbackError as error:
        tell_notice(f"Not taken back: {error}")
        return
    st.session_state.pop(_LAST, None)
    tell_notice("Taken back: the comment is to be checked again.")
