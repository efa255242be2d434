"""Who looks, what they may do and which services they see. Asked on the server, at every step.

Without sign-in the person at this machine looks: the dashboard is bound to this machine alone, and
its settings say what that person may do. With sign-in it is whom the provider names, with the roles
that an administrator gave (`feedback people`).
"""

from __future__ import annotations

import getpass
from dataclasses import dataclass
from typing import TYPE_CHECKING

import streamlit as st

from feedback.errors import AccessError
from feedback.schema import Role

if TYPE_CHECKING:
    from feedback.settings import Settings
    from feedback.store import Store

__all__ = ["Viewer", "acting", "current_viewer", "require"]

ROLE_NAMES = {role: role.value.capitalize() for role in Role}


@dataclass(frozen=True)
class Viewer:
    """A person who looks at the dashboard.

    ``services`` are those they see; None: all of them.
    """

    name: str
    roles: frozenset[Role]
    services: tuple[str, ...] | None = None

    def may(self, role: Role) -> bool:
        """Say whether they have a role; every role but safeguarding alone lets one look."""
        if role is Role.VIEWER:
            return bool(self.roles - {Role.SAFEGUARDING})
        return role in self.roles

    def sees(self, service: str | None) -> bool:
        """Say whether they see a service; None, all services, is seen by who sees all."""
        return self.services is None or (service is not None and service in self.services)


def local_viewer(settings: Settings) -> Viewer:
    """Return the person at this machine."""
    return Viewer(
        name=getpass.getuser(),
        roles=frozenset(settings.local_roles),
        services=tuple(sorted(settings.local_services)) or None,
    )


def current_viewer() -> Viewer:
    """Return who looks now."""
    from app.live import settings

    return local_viewer(settings())


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
