"""Sign-in by OpenID Connect: the file that sets it up, and what a provider's word lets one do.

Streamlit talks with the provider (``st.login``) and keeps what it said in a signed cookie. Nothing
here draws; `app.front_door` does.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from feedback.errors import SettingsError, StoreError
from feedback.people import clean_email

__all__ = [
    "HERE",
    "MAX_SIGN_IN",
    "SETTING",
    "Door",
    "SignIn",
    "claims",
    "judge",
    "read_sign_in",
]

SETTING = "sign_in_file"
CALLBACK = "/oauth2callback"
"""Where Streamlit takes the provider's answer."""

NEEDED = ("redirect_uri", "cookie_secret", "client_id", "client_secret", "server_metadata_url")
MIN_SECRET_CHARACTERS = 32
"""Whoever guesses the secret of the cookie can be anybody; 32 random characters are not guessed."""

HERE = frozenset(("localhost", "127.0.0.1", "::1"))
"""Hosts that are this machine, which needs no TLS to talk with itself."""

MAX_SIGN_IN = timedelta(hours=12)
"""How long the provider's word counts: a working day. The cookie itself would last 30 days."""

CLOCK_SLACK = timedelta(minutes=5)
"""How far ahead of ours the provider's clock may be."""


@dataclass(frozen=True)
class SignIn:
    """What the toolkit itself needs of the sign-in file; no secret is kept.

    ``address`` is what people type, such as ``https://feedback.example.gov.uk``;
    ``trusts_emails``: the provider's addresses count as verified though it does not say so.
    """

    path: Path
    address: str
    trusts_emails: bool


class Door(StrEnum):
    """What a person meets who comes to the dashboard."""

    SIGNED_OUT = "signed_out"
    EXPIRED = "expired"
    NO_EMAIL = "no_email"
    UNVERIFIED = "unverified"
    UNKNOWN = "unknown"
    ELSEWHERE = "elsewhere"
    OPEN = "open"


def read_sign_in(path: Path) -> SignIn:
    """Return what a sign-in file says, once it is whole; messages never repeat a value of it.

    Raises
    ------
    SettingsError
        It cannot be read, is no TOML, lacks something, or has something that would not be safe.
    """
    told = _toml(path)
    auth = told.get("auth")
    if not isinstance(auth, dict):
        raise SettingsError(f"The sign-in file {path} has no section [auth]. See docs/sign-in.md.")
    missing = [name for name in NEEDED if not _is_text(auth.get(name))]
    if missing:
        raise SettingsError(
            f"The sign-in file {path} lacks in [auth]: {', '.join(missing)}. See docs/sign-in.md."
        )
    if len(auth["cookie_secret"]) < MIN_SECRET_CHARACTERS:
        raise SettingsError(
            f"cookie_secret in {path} has less than {MIN_SECRET_CHARACTERS} characters. Make one: "
            "python -c 'import secrets; print(secrets.token_urlsafe(48))'"
        )
    _check_address(path, "server_metadata_url", auth["server_metadata_url"])
    _check_address(path, "redirect_uri", auth["redirect_uri"])
    redirect = urlsplit(auth["redirect_uri"])
    if redirect.path != CALLBACK:
        raise SettingsError(
            f"redirect_uri in {path} must be the dashboard's address and {CALLBACK}, such as "
            f"https://feedback.example.gov.uk{CALLBACK}."
        )
    own = told.get("feedback")
    return SignIn(
        path=path,
        address=f"{redirect.scheme}://{redirect.netloc}",
        trusts_emails=isinstance(own, dict) and own.get("emails_are_verified") is True,
    )


def _toml(path: Path) -> dict[str, Any]:
    """Return the contents of a TOML file."""
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise SettingsError(
            f"The sign-in file {path} cannot be read ({error.strerror}). Set {SETTING} to the "
            "file with the OpenID provider, or leave it out. See docs/sign-in.md."
        ) from None
    except UnicodeDecodeError:
        raise SettingsError(f"The sign-in file {path} is not UTF-8.") from None
    except tomllib.TOMLDecodeError as error:
        # The error may quote a character of a secret; the line alone says enough.
        line = re.search(r"line (\d+)", str(error))
        where = f"line {line[1]}" if line else "its end"
        raise SettingsError(f"The sign-in file {path} is not TOML: look at {where}.") from None


def _is_text(value: object) -> bool:
    return isinstance(value, str) and bool(value.strip())


def _check_address(path: Path, name: str, value: str) -> None:
    """Refuse what is no address, or would send tokens over a network without TLS."""
    try:
        parts = urlsplit(value)
        host = parts.hostname
    except ValueError:
        host = None
    if host is None or parts.scheme not in ("http", "https"):
        raise SettingsError(f"{name} in {path} is no address that begins with https://.")
    if parts.scheme == "http" and host not in HERE:
        raise SettingsError(
            f"{name} in {path} begins with http://: sign-in over a network takes https://."
        )


def claims() -> Mapping[str, Any]:
    """Return what the provider said of who is here; empty where nobody signed in.

    The only place that asks Streamlit.
    """
    import streamlit as st

    told = st.user.to_dict()
    return told if told.get("is_logged_in") is True else {}


def judge(told: Mapping[str, Any], sign_in: SignIn, now: datetime) -> tuple[Door, str]:
    """Return what a provider's word comes to, and the address it speaks of.

    Whether that address is among the people is for the store to say: the best answer here is
    `Door.OPEN`, and one that is not to be trusted gives an address for the refusal to name.

    Parameters
    ----------
    told
        Claims of a checked ID token, as `claims` gives them.
    """
    if not told:
        return Door.SIGNED_OUT, ""
    raw = told.get("email")
    shown = raw if isinstance(raw, str) else ""
    if not _is_fresh(told.get("iat"), now):
        return Door.EXPIRED, shown
    if not shown:
        return Door.NO_EMAIL, ""
    if not _is_verified(told.get("email_verified"), sign_in):
        return Door.UNVERIFIED, shown
    try:
        return Door.OPEN, clean_email(shown)
    except StoreError:
        return Door.UNKNOWN, shown


def _is_fresh(issued_at: object, now: datetime) -> bool:
    """Say whether a token is of today; one without a time is of no day."""
    if isinstance(issued_at, bool) or not isinstance(issued_at, int | float):
        return False
    age = now - datetime.fromtimestamp(issued_at, UTC)
    return -CLOCK_SLACK <= age <= MAX_SIGN_IN


def _is_verified(value: object, sign_in: SignIn) -> bool:
    """Say whether the provider stands for the address; some providers say so in words."""
    if value is None:
        return sign_in.trusts_emails
    return value is True or (isinstance(value, str) and value.lower() == "true")
