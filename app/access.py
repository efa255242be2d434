"""Who looks, what they may do and which services they see. Asked on the server, at every step.

Without sign-in the person at this machine looks: the dashboard is bound to this machine alone, and
its settings say what that person may do. With sign-in it is whom the provider names, with the roles
that an administrator gave (`feedback people`), looked up anew each time.
"""

from __future__ import annotations

import getpass
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import streamlit as st

from app import sign_in
from app.sign_in import Door
from feedback.errors import AccessError
from feedback.schema import Role

if TYPE_CHECKING:
    from feedback.people import PersonKnown
    from feedback.settings import Settings
    from feedback.store import Store

__all__ = ["Admission", "Viewer", "acting", "admission", "current_viewer", "require"]

MAX_PEOPLE = 2_000
"""People whose roles are kept in memory until the store changes."""


@dataclass(frozen=True)
class Viewer:
    """A person who looks at the dashboard.

    ``services`` are those they see; None: all of them.
    """

    name: str
    roles: frozenset[Role]
    services: tuple[str, ...] | None = None
    is_signed_in: bool = False

    def may(self, role: Role) -> bool:
        """Say whether they have a role; every role but safeguarding alone lets one look."""
        if role is Role.VIEWER:
            return bool(self.roles - {Role.SAFEGUARDING})
        return role in self.roles

    def sees(self, service: str | None) -> bool:
        """Say whether they see a service; None, all services, is seen by who sees all."""
        return self.services is None or (service is not None and service in self.services)


NOBODY = Viewer(name="", roles=frozenset(), services=())
"""Who may do nothing and sees no service."""


@dataclass(frozen=True)
class Admission:
    """Whether somebody may come in, as whom, and the address they signed in by."""

    door: Door
    viewer: Viewer = NOBODY
    email: str = ""


def local_viewer(settings: Settings) -> Viewer:
    """Return the person at this machine."""
    return Viewer(
        name=getpass.getuser(),
        roles=frozenset(settings.local_roles),
        services=tuple(sorted(settings.local_services)) or None,
    )


def admission() -> Admission:
    """Return whether who comes may come in, and as whom."""
    from app.live import settings

    chosen = settings()
    if chosen.sign_in_file is None:
        # Streamlit gives no address for this machine. The dashboard binds to this machine alone;
        # this holds where somebody serves the pages in another way.
        if st.context.ip_address is not None:
            return Admission(Door.ELSEWHERE)
        return Admission(Door.OPEN, local_viewer(chosen))
    door, email = sign_in.judge(sign_in.claims(), _sign_in(), datetime.now(UTC))
    if door is not Door.OPEN:
        return Admission(door, email=email)
    person = _person(email)
    if person is None:
        return Admission(Door.UNKNOWN, email=email)
    viewer = Viewer(email, person.roles, person.services, is_signed_in=True)
    return Admission(Door.OPEN, viewer, email)


def current_viewer() -> Viewer:
    """Return who looks now; nobody, who sees nothing, where they may not come in."""
    return admission().viewer


@st.cache_resource(show_spinner=False)
def _sign_in() -> sign_in.SignIn:
    """Return what the sign-in file says, read once."""
    from app.live import settings

    path = settings().sign_in_file
    if path is None:
        raise RuntimeError("unreachable: only asked where there is a sign-in file")
    return sign_in.read_sign_in(path)


def _person(email: str) -> PersonKnown | None:
    """Return a person as the store has them now."""
    from app.live import open_once, settings

    url = settings().store_url
    store = open_once(url)
    return _person_at(store, url, email, store.data_version())


@st.cache_data(show_spinner=False, max_entries=MAX_PEOPLE)
def _person_at(_store: Store, url: str, email: str, version: int) -> PersonKnown | None:
    from feedback.people import people_of, person_known

    found = people_of(_store.read(person_known(email)))
    return found[0] if found else None


def require(role: Role) -> Viewer:
    """Return who looks, if they have a role; else the page says so and ends."""
    viewer = current_viewer()
    if not viewer.may(role):
        st.error(f"This page is for people with the role {role.value}. Ask an administrator.")
        st.stop()
    return viewer


def acting(role: Role, service: str | None) -> tuple[Store, str]:
    """Return the store to write to and the name to write under, once that is allowed.

    Parameters
    ----------
    service
        Of what is changed, as the store has it, never as the page was told; None: all services.

    Raises
    ------
    AccessError
        Who looks lacks the role, or does not see the service.
    """
    from app.live import open_once, settings

    viewer = current_viewer()
    if not viewer.may(role):
        raise AccessError(f"This takes the role {role.value}. Ask an administrator for it.")
    if not viewer.sees(service):
        raise AccessError("This belongs to a service that you do not see.")
    return open_once(settings().store_url), viewer.name
