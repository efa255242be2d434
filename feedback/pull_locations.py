"""Where sources are: addresses without a secret in them, and the secrets that they refer to.

An address is kept in the store and shown, so it holds no password. In its place stands a reference,
``${NAME}``, to a variable of the environment of whoever pulls; or the password is in a file, of
which the path is kept. Keys to cloud storage come by the usual ways of its library, such as
``AWS_PROFILE``.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import parse_qsl, quote, urlsplit

import sqlalchemy as sa
from sqlalchemy.exc import ArgumentError

from feedback.database import shown
from feedback.errors import PullError, SettingsError
from feedback.secret_files import read_secret_file

__all__ = [
    "checked_database_url",
    "checked_files_location",
    "database_url",
    "files_location",
    "is_reference",
    "protocol_of",
    "shown_database",
]

MAX_CHARACTERS = 1_000
"""Of an address, as the column has them."""

_SECRET_WORDS = ("pass", "pwd", "secret", "token", "key", "sig", "credential", "auth")
_REFERENCE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")
_IS_PATH = re.compile(r"[A-Za-z]:[\\/]|[^:]*$")
_ADVICE = (
    "Write a reference to a variable of the environment in its place, such as ${SOURCE_PASSWORD}"
)


def is_reference(text: str) -> bool:
    """Say whether a text is a reference to a variable and nothing else.

    >>> is_reference("${DB_PASSWORD}"), is_reference("hunter2${X}"), is_reference("")
    (True, False, False)
    """
    return _REFERENCE.fullmatch(text) is not None


def protocol_of(location: str) -> str:
    """Return the first part of an address of files; a plain path is a ``file``.

    >>> protocol_of("s3://bucket/in/*.csv"), protocol_of("/srv/in/*.csv")
    ('s3', 'file')
    """
    return "file" if _IS_PATH.match(location) else location.partition(":")[0].lower()


def checked_files_location(location: str) -> str:
    """Return an address of files as it is kept.

    Raises
    ------
    PullError
        It holds a secret, would keep raw feedback in a cache, or is too long or empty. The message
        does not repeat it.
    """
    location = location.strip()
    _check_length(location, "address")
    if "::" in location:
        raise PullError(
            "Addresses joined by '::' are not taken: they keep copies of raw feedback. "
            "Name the files themselves, such as s3://bucket/in/*.csv."
        )
    if protocol_of(location) == "file":
        return location
    try:
        parts = urlsplit(location)
        password, query = parts.password, parse_qsl(parts.query, keep_blank_values=True)
    except ValueError:
        raise PullError("The address cannot be read. Write it as s3://bucket/in/*.csv.") from None
    if password is not None and not is_reference(password):
        raise PullError(f"The address holds a password. {_ADVICE}.")
    _check_query(dict(query))
    return location


def files_location(location: str, environment: Mapping[str, str] = os.environ) -> str:
    """Return an address of files with its references resolved.

    Raises
    ------
    PullError
        A variable is not set.
    """
    if protocol_of(location) == "file":
        return location
    return _REFERENCE.sub(lambda found: quote(_value(found[1], environment), safe=""), location)


def checked_database_url(text: str) -> str:
    """Return the URL of a database as it is kept.

    Raises
    ------
    PullError
        It is none, or holds a secret. The message does not repeat it.
    """
    text = text.strip()
    _check_length(text, "URL")
    url = _parsed(text)
    password = _password(url)
    if password and not is_reference(password):
        raise PullError(
            f"The URL holds a password. {_ADVICE}, or name a file with --password-file."
        )
    _check_query({name: str(value) for name, value in url.query.items()})
    return text


def database_url(
    text: str, password_file: str | None = None, environment: Mapping[str, str] = os.environ
) -> sa.URL:
    """Return the URL of a database with its references resolved and the password of its file.

    Raises
    ------
    PullError
        A variable is not set, or the file cannot be read or is open to others.
    """
    url = _parsed(text)

    def resolved(value: str) -> str:
        return _REFERENCE.sub(lambda found: _value(found[1], environment), value)

    given: dict[str, str] = {}
    for name, value in (
        ("username", url.username),
        ("password", _password(url)),
        ("host", url.host),
        ("database", url.database),
    ):
        if value:
            given[name] = resolved(value)
    if password_file:
        given["password"] = _read_secret(Path(password_file))
    query = {name: resolved(str(value)) for name, value in url.query.items()}
    found: sa.URL = url.set(**given, query=query)  # type: ignore[arg-type]
    return found


def shown_database(text: str) -> str:
    """Return a kept URL as it may be shown: host and database, no user and no parameters.

    >>> shown_database("postgresql://reader:${PW}@db.example.gov.uk/survey?sslmode=require")
    'postgresql://db.example.gov.uk/survey'
    """
    url = _parsed(text)
    bare = sa.URL.create(url.drivername, host=url.host, port=url.port, database=url.database)
    return shown(bare)


def _parsed(text: str) -> sa.URL:
    try:
        return sa.make_url(text)
    except ArgumentError:
        raise PullError(
            "The URL of the database cannot be read. Write it as "
            "postgresql://USER@HOST/DATABASE or sqlite:////PATH/file.db."
        ) from None


def _password(url: sa.URL) -> str:
    return str(url.password) if url.password is not None else ""


def _check_length(text: str, what: str) -> None:
    if not text or len(text) > MAX_CHARACTERS or not text.isprintable():
        raise PullError(
            f"The {what} must have 1 to {MAX_CHARACTERS:,} characters, none of them invisible."
        )


def _check_query(query: Mapping[str, str]) -> None:
    for name, value in query.items():
        is_secret = any(word in name.lower() for word in _SECRET_WORDS)
        if is_secret and value and not is_reference(value):
            raise PullError(f"A parameter of the address holds a secret. {_ADVICE}.")


def _value(name: str, environment: Mapping[str, str]) -> str:
    value = environment.get(name)
    if not value:
        raise PullError(
            f"The variable {name}, to which the address refers, is not set where this runs."
        )
    return value


def _read_secret(path: Path) -> str:
    try:
        return read_secret_file(path, f"the password file {path}")
    except SettingsError as error:
        raise PullError(str(error)) from None
