"""What a view is narrowed to. Each filter stands in the address, so that a link reproduces a view.

The address wins over the widget when it changed by a link; the widget wins when a person changed
it. Filters stay when a person goes to another page.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import streamlit as st

from app.evidence import secondary
from app.names import language_name, page_name, service_name
from app.tell_kept import period_note
from app.wording import LONDON, code_label, day
from feedback.days import first_moment
from feedback.retention import rules_of
from feedback.schema import Language

if TYPE_CHECKING:
    from app.queries import StoreFacts

__all__ = [
    "DEFAULT_DAYS",
    "NEEDS_WELSH_SPEAKER",
    "Filters",
    "bind_all",
    "bind_choice",
    "bind_day",
    "choose",
    "choose_fault",
]

DEFAULT_DAYS = 84
"""Days shown when no dates are chosen: twelve weeks, a baseline and a season's start."""

MAX_SEARCH_CHARACTERS = 100

NEEDS_WELSH_SPEAKER = "needs-welsh-speaker"
"""The choice of a language that shows Welsh comments whose codes are unsure."""

EVERYTHING = ""
"""The option that filters nothing."""

ALL = "all"
"""What the address says where all of something is shown."""


@dataclass(frozen=True)
class Filters:
    """What a view is narrowed to; None and the empty string let everything through.

    ``first_day`` and ``last_day`` are days in London, both included. ``needs_welsh_speaker`` lets
    only those through that `feedback.welsh.needs_welsh_speaker` tells. ``outcome`` is how a
    technical fault ended for the person, as the facet ``impact`` has it.
    """

    first_day: date
    last_day: date
    service: str | None = None
    page: str | None = None
    code: str | None = None
    language: str | None = None
    search: str = ""
    needs_welsh_speaker: bool = False
    sentiment: str | None = None
    has_redactions: bool = False
    outcome: str | None = None

    @property
    def start(self) -> datetime:
        """First moment included, UTC."""
        return first_moment(self.first_day)

    @property
    def end(self) -> datetime:
        """First moment after the last day, UTC."""
        return first_moment(self.last_day + timedelta(days=1))


def choose(facts: StoreFacts, *, has_page: bool = True, has_search: bool = False) -> Filters:
    """Show the filters of a page and return what was chosen.

    Parameters
    ----------
    facts
        Of a store with at least one comment or response.
    has_page, has_search
        Offer the page; offer search, code and language.
    """
    places = facts.places
    with st.container(horizontal=True, vertical_alignment="bottom", key="filters"):
        service = bind_choice(
            "Service",
            "service",
            sorted(places["service"].unique(), key=service_name),
            label_of=service_name,
            everything="All services",
        )
        page = None
        if has_page:
            at_service = places if service is None else places[places["service"] == service]
            page = bind_choice(
                "Page",
                "page",
                list(at_service["page"].dropna().unique()),
                label_of=page_name,
                everything="All pages",
            )
        first_day, last_day = _bind_period(facts)
    shown = sorted(places["service"].unique()) if service is None else [service]
    place = st.empty()  # kept free, so that what is below stays what it is
    if note := _kept_note(first_day, shown):
        with place:
            secondary(note)
    code, language, search = _bind_search(facts) if has_search else (None, None, "")
    needs_welsh = language == NEEDS_WELSH_SPEAKER
    if needs_welsh:
        language = Language.WELSH.value
    return Filters(first_day, last_day, service, page, code, language, search, needs_welsh)


def choose_fault(filters: Filters, codes: Sequence[str]) -> Filters:
    """Show a choice of these codes, and return the filters with what was chosen."""
    code = bind_choice("Fault", "code", codes, label_of=code_label, everything="All faults")
    return replace(filters, code=code)


def _bind_period(facts: StoreFacts) -> tuple[date, date]:
    """Return the period; without dates, the last twelve weeks that the store knows."""
    earliest, latest = (at.astimezone(LONDON).date() for at in (facts.first_at, facts.last_at))
    first = bind_day("From", "from", earliest=earliest, latest=latest)
    last = bind_day("To", "to", earliest=earliest, latest=latest) or latest
    if first is None:
        first = last - timedelta(days=DEFAULT_DAYS - 1)
    if first > last:
        st.warning(f"From is after To. Shown: {day(last)} alone.")
        first = last
    return first, last


def _kept_note(first_day: date, services: Sequence[str]) -> str:
    """Return what is to be said where the period begins before what is kept of these services."""
    from app.live import load, settings  # commands use `Filters` and have no dashboard's caches

    today = datetime.now(LONDON).date()
    return period_note(first_day, services, load(rules_of), settings().retention_days, today)


_LANGUAGES = [language.value for language in Language]
_LANGUAGES.insert(_LANGUAGES.index(Language.WELSH.value) + 1, NEEDS_WELSH_SPEAKER)


def _bind_search(facts: StoreFacts) -> tuple[str | None, str | None, str]:
    with st.container(horizontal=True, vertical_alignment="bottom", key="search_filters"):
        search = bind_text("Words in the comment", "search", placeholder="upload photo")
        code = bind_choice("Code", "code", facts.codes, label_of=code_label, everything="All codes")
        language = bind_choice(
            "Language",
            "language",
            _LANGUAGES,
            label_of=lambda chosen: (
                f"{language_name(Language.WELSH.value)}: needs a Welsh speaker"
                if chosen == NEEDS_WELSH_SPEAKER
                else language_name(chosen)
            ),
            everything="All languages",
        )
    return code, language, search


def bind_choice(
    label: str,
    name: str,
    options: Sequence[str],
    *,
    label_of: Callable[[str], str],
    everything: str,
) -> str | None:
    """Show a choice bound to the address; None is ``everything``.

    A value in the address that is no option is dropped.
    """
    _take_from_address(name, lambda raw: raw if raw in options else None)
    if st.session_state.get(name) not in options:
        st.session_state[name] = EVERYTHING
    chosen: str = st.selectbox(
        label,
        [EVERYTHING, *options],
        format_func=lambda option: label_of(option) if option else everything,
        key=name,
        filter_mode="contains",
        persist_state="session",
    )
    _put_in_address(name, chosen or None)
    return chosen or None


def bind_all(label: str, name: str) -> bool:
    """Show a switch bound to the address, from the first of many to all of them."""
    _take_from_address(name, lambda raw: True if raw == ALL else None)
    is_on = st.toggle(label, key=name, persist_state="session")
    _put_in_address(name, ALL if is_on else None)
    return is_on


def bind_day(label: str, name: str, *, earliest: date, latest: date) -> date | None:
    """Show a day bound to the address, as DD/MM/YYYY on the page and ISO in the address."""

    def read(raw: str) -> date | None:
        try:
            value = date.fromisoformat(raw)
        except ValueError:
            return None
        return value if earliest <= value <= latest else None

    _take_from_address(name, read)
    held = st.session_state.setdefault(name, None)
    if held is not None and not earliest <= held <= latest:
        st.session_state[name] = None
    chosen: date | None = st.date_input(
        label,
        value=None,
        min_value=earliest,
        max_value=latest,
        format="DD/MM/YYYY",
        key=name,
        persist_state="session",
    )
    _put_in_address(name, chosen.isoformat() if chosen else None)
    return chosen


def bind_text(label: str, name: str, *, placeholder: str) -> str:
    """Show a search box bound to the address."""
    _take_from_address(name, lambda raw: raw[:MAX_SEARCH_CHARACTERS])
    st.session_state.setdefault(name, "")
    typed: str = st.text_input(
        label,
        key=name,
        max_chars=MAX_SEARCH_CHARACTERS,
        placeholder=placeholder,
        type="search",
        persist_state="session",
    )
    _put_in_address(name, typed.strip() or None)
    return typed.strip()


def _take_from_address(name: str, read: Callable[[str], Any]) -> None:
    """Set the widget from the address where the address is not what we wrote there ourselves."""
    raw = st.query_params.get(name)
    if raw is None or raw == st.session_state.get(_written(name)):
        return
    value = read(raw)
    if value is not None:
        st.session_state[name] = value


def _put_in_address(name: str, value: str | None) -> None:
    """Write the widget's value into the address, or take it out."""
    st.session_state[_written(name)] = value
    if value is None:
        st.query_params.pop(name, None)
    elif st.query_params.get(name) != value:
        st.query_params[name] = value


def _written(name: str) -> str:
    return f"_address_{name}"
