"""Who may sign in, as ``feedback people`` and the page Settings change it."""

from __future__ import annotations

import getpass
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from app.names import service_name
from feedback.errors import SettingsError

if TYPE_CHECKING:
    from feedback.people import PersonKnown
    from feedback.schema import Role
    from feedback.store import Store

__all__ = [
    "add_person",
    "as_plain",
    "change_text",
    "drop_person",
    "list_people",
    "people_text",
    "role_text",
    "services_known",
    "services_text",
]


def add_person(
    store: Store, email: str, *, roles: Sequence[str], services: Sequence[str]
) -> dict[str, Any]:
    """Put a person into the store and return what became of it, as plain values.

    Services may be given by any name the reference data know; without any, the person sees all.

    Raises
    ------
    SettingsError
        A role or service that there is not.
    StoreError
        See `feedback.people.put_person`.
    """
    from feedback.people import clean_email, put_person

    given = [_role(name) for name in roles]
    seen = [_service(store, name) for name in services] or None
    with store.changing() as connection:
        change = put_person(connection, email, given, seen, getpass.getuser(), datetime.now(UTC))
    (person,) = [one for one in list_people(store) if one.email == clean_email(email)]
    return {"change": change.value, **as_plain(person)}


def drop_person(store: Store, email: str) -> str:
    """Take a person out and return their address; see `feedback.people.remove_person`."""
    from feedback.people import clean_email, remove_person

    with store.changing() as connection:
        remove_person(connection, email, getpass.getuser(), datetime.now(UTC))
    return clean_email(email)


def list_people(store: Store) -> list[PersonKnown]:
    """Return who may sign in, by address."""
    from feedback.people import people_known, people_of

    return people_of(store.read(people_known()))


def services_known(store: Store) -> list[str]:
    """Return the services that a person can be limited to: of the reference data and the store."""
    from app.queries import store_facts
    from app.wiring import make_reference

    found = store_facts(store).places["service"]
    return sorted({*found, *make_reference().service_ids()}, key=service_name)


def _role(name: str) -> Role:
    from feedback.schema import Role

    try:
        return Role(name.strip().lower())
    except ValueError:
        raise SettingsError(
            f"--role is none of the roles. Choose from {', '.join(Role)}."
        ) from None


def _service(store: Store, name: str) -> str:
    """Return the id of a service by any of its names; a typing error would hide all that is."""
    from app.wiring import make_reference

    known = services_known(store)
    found = make_reference().service_id(name) or name.strip()
    if found not in known:
        raise SettingsError(f"--service is none that is known: {', '.join(known)}.")
    return found


def as_plain(person: PersonKnown) -> dict[str, Any]:
    """Return a person as plain values for JSON."""
    return {
        "email": person.email,
        "roles": [role.value for role in _in_order(person.roles)],
        "services": None if person.services is None else list(person.services),
        "added_by": person.added_by,
        "added_at": person.added_at.isoformat(),
    }


def change_text(person: dict[str, Any]) -> str:
    """Return what became of a person as a sentence."""
    scope = services_text(person["services"])
    return f"{person['email']} is {person['change']}: {', '.join(person['roles'])}; sees {scope}."


def people_text(people: Sequence[PersonKnown]) -> str:
    """Return people as lines."""
    if not people:
        return (
            "Nobody may sign in yet. Make the first administrator: "
            "feedback people add EMAIL --role administrator"
        )
    return "\n".join(
        f"{one.email}  {role_text(one.roles)}; sees {services_text(one.services)}" for one in people
    )


def role_text(roles: frozenset[Role]) -> str:
    """Return roles as a list in words, in the order of the data model."""
    return ", ".join(role.value for role in _in_order(roles)) or "no role"


def services_text(services: Sequence[str] | None) -> str:
    """Return services by name, as a list in words."""
    return "all services" if services is None else ", ".join(map(service_name, services))


def _in_order(roles: frozenset[Role]) -> list[Role]:
    from feedback.schema import Role

    return [role for role in Role if role in roles]
