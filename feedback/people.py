"""Who may sign in, what they may do and which services they see, as the store has it.

Written inside a transaction of the store (``store.changing()``), each change with a line in the
audit log; read with ``store.read(people_known())``.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from types import EllipsisType
from typing import Any

import pandas as pd
import sqlalchemy as sa

from feedback import schema
from feedback.decisions import write_audit
from feedback.errors import StoreError
from feedback.schema import Role

__all__ = [
    "PersonChange",
    "PersonKnown",
    "clean_email",
    "people_known",
    "people_of",
    "person_known",
    "put_person",
    "remove_person",
]

MAX_EMAIL_CHARACTERS = 120
"""As long as a name in the audit log may be."""

_EMAIL = re.compile(r"[!-~]+@[a-z0-9-]+(?:\.[a-z0-9-]+)*")
"""Printable ASCII alone: letters that merely look alike, or that lower case makes alike (the Kelvin
sign and k), must not stand for somebody else."""


class PersonChange(StrEnum):
    """What became of a person that was put into the store."""

    ADDED = "added"
    CHANGED = "changed"
    UNCHANGED = "unchanged"


@dataclass(frozen=True)
class PersonKnown:
    """A person who may sign in; ``services`` None: all of them."""

    email: str
    roles: frozenset[Role]
    services: tuple[str, ...] | None
    added_by: str
    added_at: datetime


def clean_email(text: str) -> str:
    """Return an e-mail address as it is kept and compared: without spaces around it, lower case.

    Raises
    ------
    StoreError
        It is no address, too long, or has letters beyond ASCII.

    Examples
    --------
    >>> clean_email(" Ann.Other@Example.GOV.UK ")
    'ann.other@example.gov.uk'
    """
    stripped = text.strip()
    email = stripped.lower()
    if (
        not stripped.isascii()
        or len(email) > MAX_EMAIL_CHARACTERS
        or email.count("@") != 1
        or _EMAIL.fullmatch(email) is None
    ):
        raise StoreError(
            "That is no e-mail address. Write it as name@example.gov.uk, in plain letters, at most "
            f"{MAX_EMAIL_CHARACTERS} characters."
        )
    return email


def people_known() -> sa.Select[tuple[object, ...]]:
    """Return the query of all people, by address."""
    return sa.select(*schema.people.c).order_by(schema.people.c.email)


def person_known(email: str) -> sa.Select[tuple[object, ...]]:
    """Return the query of one person, by an address as `clean_email` gives it."""
    return sa.select(*schema.people.c).where(schema.people.c.email == email)


def people_of(frame: pd.DataFrame) -> list[PersonKnown]:
    """Return the people of a frame that `people_known` or `person_known` gave.

    A role that this version does not know gives nothing.
    """
    return [
        PersonKnown(
            email=row["email"],
            roles=frozenset(Role(name) for name in row["roles"] if name in set(Role)),
            services=tuple(row["services"]) if isinstance(row["services"], list) else None,
            added_by=row["added_by"],
            added_at=row["added_at"].to_pydatetime(),
        )
        for row in frame.to_dict("records")
    ]


def put_person(
    connection: sa.Connection,
    email: str,
    roles: Iterable[Role],
    services: Collection[str] | None,
    who: str,
    now: datetime,
    *,
    seen: PersonKnown | EllipsisType | None = ...,
) -> PersonChange:
    """Add a person, or give one who is there these roles and services in place of theirs.

    Parameters
    ----------
    services
        Those they see; None: all of them.
    seen
        The person as whoever changes them saw them, None where nobody had the address: what
        somebody else changed meanwhile is not written over. Left out, whatever stands gives way.

    Raises
    ------
    StoreError
        No address, no role, no service, an administrator of some services only, somebody else
        changed the person meanwhile, or the last administrator would be one no more.
    """
    email = clean_email(email)
    given = set(roles)
    if not given:
        raise StoreError(f"Choose at least one role: {', '.join(Role)}.")
    if services is not None and not services:
        raise StoreError("Choose at least one service, or leave services out for all of them.")
    if Role.ADMINISTRATOR in given and services is not None:
        raise StoreError("An administrator sees all services. Leave services or that role out.")
    values: dict[str, Any] = {
        "roles": [role.value for role in Role if role in given],
        "services": None if services is None else sorted(set(services)),
    }
    people = _locked(connection)
    before = people.get(email)
    if not isinstance(seen, EllipsisType) and before != _values(seen):
        is_new = "is there already" if seen is None else "was changed by somebody else meanwhile"
        raise StoreError(f"{email} {is_new}. Look at what stands now, and change that.")
    if before == values:
        return PersonChange.UNCHANGED
    table = schema.people
    if before is None:
        row = {"email": email, "added_by": who, "added_at": now, **values}
        connection.execute(sa.insert(table), row)
        write_audit(connection, now, who, "add person", f"person {email}", values)
        return PersonChange.ADDED
    if Role.ADMINISTRATOR not in given:
        _keep_an_administrator(people, email)
    connection.execute(sa.update(table).where(table.c.email == email).values(**values))
    detail = {**values, "before": before}
    write_audit(connection, now, who, "change person", f"person {email}", detail)
    return PersonChange.CHANGED


def remove_person(connection: sa.Connection, email: str, who: str, now: datetime) -> None:
    """Take a person out: they see nothing from their next click, or the next look for changes, on.

    Raises
    ------
    StoreError
        They are not there, or they are the last administrator.
    """
    email = clean_email(email)
    people = _locked(connection)
    before = people.get(email)
    if before is None:
        raise StoreError(f"{email} is not among the people. See: feedback people list")
    _keep_an_administrator(people, email)
    connection.execute(sa.delete(schema.people).where(schema.people.c.email == email))
    write_audit(connection, now, who, "remove person", f"person {email}", {"before": before})


def _values(person: PersonKnown | None) -> dict[str, Any] | None:
    """Return what the table has of a person."""
    if person is None:
        return None
    return {
        "roles": [role.value for role in Role if role in person.roles],
        "services": None if person.services is None else list(person.services),
    }


def _locked(connection: sa.Connection) -> dict[str, dict[str, Any]]:
    """Return roles and services by address, which nobody else changes before this transaction ends.

    Two administrators who take each other out at one moment must not both succeed. SQLite has one
    writer at a time anyway, and knows no FOR UPDATE.
    """
    rows = connection.execute(people_known().with_for_update()).mappings()
    return {row["email"]: {"roles": row["roles"], "services": row["services"]} for row in rows}


def _keep_an_administrator(people: Mapping[str, dict[str, Any]], email: str) -> None:
    """Refuse to go on without this person if they are the last administrator."""
    those = {one for one, row in people.items() if Role.ADMINISTRATOR.value in row["roles"]}
    if those == {email}:
        raise StoreError(
            f"{email} is the last administrator. Make somebody else one first, or nobody could "
            "change who may sign in."
        )
