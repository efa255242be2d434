"""The parts of the page Sources: a statement as it is read, as a table, and as a form."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from itertools import groupby
from typing import TYPE_CHECKING

import streamlit as st

from app.access import acting, current_viewer
from app.chart_files import MIME_CSV, csv_of, file_name
from app.evidence import facts_list, heading, plain_text, points, secondary
from app.live import load, open_once, settings
from app.notices import tell_notice
from app.print_view import is_printing, show_table
from app.pull_tell import pulled_answer, pulled_table, source_facts
from app.source_work import statement_table, tell_about_source
from app.tell_sources import NOT_TOLD, completeness
from app.wording import LONDON, counted, day
from feedback.errors import FeedbackError
from feedback.schema import PullKind, Role
from feedback.source_statements import FIELDS, MAX_CHARACTERS

if TYPE_CHECKING:
    from app.queries_sources import SourceFacts
    from feedback.source_statements import Statement
    from feedback.store import Store

__all__ = ["edit_form", "offer_table", "show_pulled", "show_told"]

_SHOWN = "statement_shown"
_TROUBLE = "statement_trouble"


def offer_table(facts: SourceFacts, statement: Statement) -> None:
    """Offer the whole statement as a CSV file."""
    if is_printing():
        return
    now = datetime.now(LONDON)
    about = {"Source": facts.source, "Made": day(now), "Told": completeness(statement)}
    st.download_button(
        "Download the statement (CSV)",
        csv_of(statement_table(facts, statement), about),  # at once: see app.export_view
        file_name("source statement", now.date(), "csv"),
        MIME_CSV,
        key="statement_csv",
        on_click="ignore",
    )


def show_pulled(source: str | None = None) -> None:
    """Show how it goes with the places that are asked for feedback, or with those of a source.

    To researchers, who must know why figures may be low, and administrators, who mend it; where
    such a place is, to administrators alone.
    """
    from app import queries_sources

    viewer = current_viewer()
    if not (viewer.may(Role.RESEARCHER) or viewer.may(Role.ADMINISTRATOR)):
        return
    now, with_place = datetime.now(UTC), viewer.may(Role.ADMINISTRATOR)
    found = load(queries_sources.pulled)
    if source is None:
        if found:
            heading(
                pulled_answer(found, now),
                "Folders, files and databases that are asked on a schedule. More and changes: "
                "feedback sources",
            )
            told = pulled_table(found, now, with_place=with_place)
            show_table(told, alt="Sources that are asked for feedback, and how that goes")
        return
    for one in (one for one in found if one.source == source):
        heading(f"How it gets here: {one.name}", level=3)
        facts = [pair for pair in source_facts(one, now) if with_place or pair[0] != "Place"]
        facts_list(facts, alt="How it goes with asking for this feedback")
        if one.kind is not PullKind.QUERY:
            secondary(f"Its latest files: feedback sources show '{one.name}'")


def show_told(statement: Statement) -> None:
    """Show what people told, part by part, and what nobody has told yet."""
    for area, group in groupby(FIELDS, key=lambda one: one.area):
        heading(area)
        fields = list(group)
        for one in fields:
            if told := statement.told.get(one.name):
                heading(one.label, level=3)
                plain_text(told)
        if untold := [one for one in fields if not statement.told.get(one.name)]:
            points([(f"{one.label}: {NOT_TOLD.lower()}", one.hint) for one in untold])


def edit_form(statement: Statement) -> None:
    """Show the form to those who may tell about sources, and others who may."""
    if is_printing():
        return
    if not current_viewer().may(Role.RESEARCHER):
        secondary("People with the role researcher can add to this statement.")
        return
    source = statement.source
    shown = st.session_state.setdefault(_SHOWN, {})
    # What was shown stays as it is while somebody types, or what they type would be lost.
    held = shown.setdefault(source, dict(statement.told))
    if trouble := st.session_state.pop(_TROUBLE, None):
        st.error(trouble)
    heading("Tell what you know", "Saved with your name. Personal data is taken out.")
    number = known_number(source)
    with (
        st.expander("Add to this statement", key=f"statement_box_{number}"),
        st.form(f"statement_form_{number}", border=False),
    ):
        for one in FIELDS:
            key = _key(one.name, source)
            st.session_state.setdefault(key, held.get(one.name, ""))
            st.text_area(one.label, key=key, help=one.hint, max_chars=MAX_CHARACTERS, height=100)
        st.form_submit_button("Save", on_click=_save, args=(source,))


def known_number(source: str) -> int:
    """Return a number for a source in this session: its name may be anything, a key may not."""
    numbers: dict[str, int] = st.session_state.setdefault("statement_numbers", {})
    return numbers.setdefault(source, len(numbers))


def _key(name: str, source: str) -> str:
    return f"statement_{known_number(source)}_{name}"


def _save(source: str) -> None:
    """Save what was typed; on trouble everything typed stays where it is."""
    shown: dict[str, str] = st.session_state[_SHOWN][source]
    typed = {one.name: str(st.session_state[_key(one.name, source)] or "") for one in FIELDS}
    try:
        store, who = _acting_for(source)
        saved = tell_about_source(settings(), store, source, shown, typed, who)
    except FeedbackError as error:
        st.session_state[_TROUBLE] = str(error)
        _show_anew(source)
        return
    tell_notice(
        f"Saved: {counted(len(saved), 'field')} of the statement." if saved else "Nothing changed."
    )
    del st.session_state[_SHOWN][source]
    for one in FIELDS:
        st.session_state.pop(_key(one.name, source), None)


def _acting_for(source: str) -> tuple[Store, str]:
    """Return the store and the name, for somebody who sees every service of the source."""
    from app.queries_sources import services_of

    services = services_of(open_once(settings().store_url), source)
    store, who = acting(Role.RESEARCHER, services[0] if services else None)
    for service in services[1:]:
        acting(Role.RESEARCHER, service)
    return store, who


def _show_anew(source: str) -> None:
    """Take what others wrote meanwhile as shown: who saves now has been told of it.

    What this person did not touch becomes what it is now, so that it is not put back.
    """
    from app.queries_sources import statement

    before: dict[str, str] = st.session_state[_SHOWN][source]
    now: Mapping[str, str] = statement(open_once(settings().store_url), source).told
    for one in FIELDS:
        key = _key(one.name, source)
        if str(st.session_state[key] or "").strip() == before.get(one.name, "").strip():
            st.session_state[key] = now.get(one.name, "")
    st.session_state[_SHOWN][source] = dict(now)
