"""The page Settings, part by part: who looks, what alerts need, all settings, people."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pandas as pd
import streamlit as st

from app import queries_settings
from app.access import acting
from app.evidence import facts_list, heading, points
from app.live import load, settings
from app.names import service_name
from app.notices import tell_notice
from app.people_work import role_text, services_known, services_text
from app.print_view import show_table
from app.selection import selectable_table
from app.sign_in import read_sign_in
from app.tell_kept import KEPT_WIDTHS, kept_answer, kept_table
from app.tell_settings import SETTING_COLUMNS, about_me, implied, settings_table, sources_now
from app.tell_thresholds import KINDS, answer, budget_table, evidence_points
from app.wording import LONDON, counted, day
from feedback.errors import FeedbackError
from feedback.people import PersonChange, PersonKnown, put_person, remove_person
from feedback.schema import Role

if TYPE_CHECKING:
    from app.access import Viewer

__all__ = [
    "show_account",
    "show_alerts",
    "show_implied",
    "show_kept",
    "show_people",
    "show_settings",
]

ROLES = {
    Role.VIEWER: "Viewer: looks at everything but safeguarding",
    Role.TRIAGER: "Triager: works on issues and faults",
    Role.RESEARCHER: "Researcher: codes, corrects and exports",
    Role.SAFEGUARDING: "Safeguarding: reads the safeguarding queue, and nothing else by it",
    Role.ADMINISTRATOR: "Administrator: says who may sign in; sees all services",
}
NEW = "new"
ALERTS_NOW = (
    " Alerts now: how many of the signals that stand would be alerts, told from their q-values; "
    "where those do not settle it, at least and at most. What is weaker than a signal to watch is "
    "not on record, so above five times the budget in force there may be more."
)


def show_account(viewer: Viewer) -> None:
    """Show who looks, what they may do and see."""
    file = settings().sign_in_file
    told, figures = about_me(viewer, address=None if file is None else read_sign_in(file).address)
    if viewer.is_signed_in:
        note = "An administrator changes roles and services, below or with: feedback people add"
    else:
        note = (
            "No sign-in is configured, so the dashboard answers this machine alone, and whoever "
            "sits at it has the roles and services of the settings local_roles and "
            "local_services. How people sign in: docs/sign-in.md"
        )
    heading(told, note)
    facts_list(figures, alt="Who looks")


def show_alerts(viewer: Viewer) -> None:
    """Show what an alert needs, at the budget in force and at others."""
    budget = settings().false_alarms_per_week
    signals = load(queries_settings.signals_now)
    heading(
        answer(signals, budget),
        "Under the setting false_alarms_per_week, over all pages and themes together. A finding "
        "that would go five times over the budget is a signal to watch.",
    )
    points(evidence_points(budget))
    sees_all = viewer.services is None
    heading(
        "The same at other budgets",
        f"{', '.join(KINDS.values())}: how many findings as strong chance alone may give at one "
        f"look, at most.{ALERTS_NOW if sees_all else ''}",
        level=3,
    )
    show_table(
        budget_table(signals if sees_all else None, budget),
        height="content",
        alt="Evidence and alerts by budget of false alarms",
    )


def show_kept() -> None:
    """Show how long feedback is kept, since when, and when the next deletion is."""
    days = settings().retention_days
    found = load(queries_settings.kept, days, datetime.now(LONDON).date())
    heading(
        kept_answer(days, sum(one.is_own for one in found)),
        "Counted from the day on which it was sent. A worker deletes what is due once a day, but "
        "not what a legal hold covers; figures count what is kept. Change it with: feedback "
        "retention set SERVICE DAYS",
    )
    if found:
        show_table(
            kept_table(found),
            height="content",
            alt="How long feedback on each service is kept",
            column_config={
                name: st.column_config.Column(width=width) for name, width in KEPT_WIDTHS.items()
            },
        )


def show_implied() -> None:
    """Show what the other settings come to."""
    heading("What the other settings come to")
    points(implied(settings()))


def show_settings(viewer: Viewer) -> None:
    """Show all settings, where each comes from and how to change it."""
    sources = sources_now()
    is_administrator = viewer.may(Role.ADMINISTRATOR)
    table = settings_table(settings(), sources, with_machine=is_administrator)
    where = f"in {sources.file}" if is_administrator else "in feedback.toml"
    heading(
        "All settings",
        f"Read once, at the start: change one {where} or as a variable such as "
        "FEEDBACK_REFRESH_SECONDS, and start the dashboard again (and what runs beside it). A "
        "variable wins over the file. What the command line was given stands here as a variable."
        + ("" if is_administrator else " Those of the machine itself are for administrators."),
    )
    show_table(
        table,
        height="content",
        alt="Settings in force",
        column_config={
            name: st.column_config.Column(width=width, pinned=name == "Setting")
            for name, width in SETTING_COLUMNS.items()
        },
    )


def show_people(viewer: Viewer) -> None:
    """Show who may sign in, and let an administrator add, change and remove people."""
    if not (viewer.may(Role.ADMINISTRATOR) and viewer.sees(None)):
        return
    known = load(queries_settings.people)
    note = "Choose a row to change or remove somebody. Every change is a line in the audit log."
    if settings().sign_in_file is None:
        note = f"They count once sign-in is configured. {note}"
    n = counted(len(known), "person", "people") if known else "Nobody"
    heading(f"{n} may sign in", note)
    chosen = None
    if known:
        chosen = selectable_table(
            _people_table(known),
            ids=[one.email for one in known],
            key="people_table",
            alt="People who may sign in",
            column_config={"E-mail": st.column_config.Column(pinned=True)},
        )
    person = next((one for one in known if one.email == chosen), None)
    if person is not None:
        heading(f"Change {person.email}", level=3)
        _form(person)
    heading("Add a person", level=3)
    _form(None)


def _people_table(known: list[PersonKnown]) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "E-mail": [one.email for one in known],
            "Roles": [role_text(one.roles) for one in known],
            "Services": [services_text(one.services) for one in known],
            "Added": [day(one.added_at) for one in known],
            "By": [one.added_by for one in known],
        }
    )


def _form(person: PersonKnown | None) -> None:
    """Ask for roles and services of a person, and for the address of a new one."""
    name = NEW if person is None else person.email
    held = () if person is None else person.services or ()
    services = sorted({*load(services_known), *held}, key=service_name)
    with st.form(f"person_{name}", clear_on_submit=person is None):
        if person is None:
            st.text_input("E-mail, as the provider gives it", key="new_email", max_chars=120)
        for role, label in ROLES.items():
            st.checkbox(
                label,
                value=person is not None and role in person.roles,
                key=_role_key(name, role),
            )
        st.multiselect(
            "Services they see; none chosen: all services",
            services,
            default=list(held),
            format_func=service_name,
            key=f"services_{name}",
            filter_mode="contains",
        )
        with st.container(horizontal=True):
            st.form_submit_button(
                "Add" if person is None else "Save", type="primary", on_click=_save, args=(person,)
            )
            if person is not None:
                st.form_submit_button("Remove", on_click=_remove, args=(person,))


def _role_key(name: str, role: Role) -> str:
    return f"role_{role.value}_{name}"


def _save(person: PersonKnown | None) -> None:
    """Put a person into the store, unless somebody else changed them meanwhile."""
    name = NEW if person is None else person.email
    email = st.session_state["new_email"] if person is None else person.email
    chosen = st.session_state[f"services_{name}"] or None
    try:
        store, who = acting(Role.ADMINISTRATOR, None)
        with store.changing() as connection:
            change = put_person(
                connection,
                email,
                [role for role in Role if st.session_state[_role_key(name, role)]],
                chosen,
                who,
                datetime.now(UTC),
                seen=person,
            )
    except FeedbackError as error:
        tell_notice(f"Not saved: {error}")
        return
    told = "is as before" if change is PersonChange.UNCHANGED else f"is {change.value}"
    tell_notice(f"{email.strip()} {told}.")


def _remove(person: PersonKnown) -> None:
    try:
        store, who = acting(Role.ADMINISTRATOR, None)
        with store.changing() as connection:
            remove_person(connection, person.email, who, datetime.now(UTC))
    except FeedbackError as error:
        tell_notice(f"Not removed: {error}")
        return
    tell_notice(f"{person.email} may sign in no more.")
