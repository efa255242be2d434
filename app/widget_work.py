"""The question for a service's pages, as the command line asks for it."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from app import widget
from app.keys_work import list_keys, new_key
from feedback.errors import SettingsError
from feedback.sender_keys import matching

if TYPE_CHECKING:
    from feedback.store import Store

__all__ = ["printed", "told_of_key"]

PER_MINUTE = 120
"""Messages a minute of a key made here: two people a second, and no more of a prankster."""


def printed(
    store: Store,
    *,
    service: str,
    server: str,
    key: str | None = None,
    origins: tuple[str, ...] = (),
    page: str = "",
    language: str = "en",
) -> tuple[str, str]:
    """Return the HTML to paste, and the id of the key that stands in it.

    Parameters
    ----------
    key
        One that was made before, whole; without it one is made, for these origins.

    Raises
    ------
    SettingsError
        The server's address or the language is none, the key would not let the pages send, or
        neither key nor origins are given.
    StoreError
        A key cannot be made: its name is taken, or an origin is none.
    """
    _check(server, language)
    chosen = _service(service)
    if key is None:
        if not origins:
            raise SettingsError(
                "Say which web pages will show it, such as --origin https://www.example.gov.uk, "
                "and a key is made for them; or give one that was made before with --key."
            )
        name = f"widget {chosen}"
        key = new_key(store, name, services=[chosen], origins=origins, per_minute=PER_MINUTE)
    key_id = _usable(store, key, chosen)
    drawn = widget.snippet(url=server, key=key, service=chosen, page=page, language=language)
    return str(drawn), key_id


def told_of_key(key_id: str) -> str:
    """Return what is said of a key that stands in pages."""
    return (
        f"Key {key_id} stands in the page: everybody can read it there. It lets nobody read "
        "anything; it only sends, for its service, from its pages, up to its limit. Out of force: "
        f"feedback keys revoke {key_id}"
    )


def _service(named: str) -> str:
    from app.wiring import make_reference

    return make_reference().service_id(named) or named


def _check(server: str, language: str) -> None:
    parts = urlsplit(server)
    if parts.scheme not in ("http", "https") or not parts.netloc or parts.query or parts.fragment:
        raise SettingsError(
            "--server is the address at which browsers reach 'feedback serve', such as "
            "https://feedback.example.gov.uk."
        )
    if language not in widget.LANGUAGES:
        told = " and ".join(widget.LANGUAGES)
        raise SettingsError(f"It speaks {told}, not '{language[:20]}'.")


def _usable(store: Store, key: str, service: str) -> str:
    """Return the key's id, or say why pages could not send with it."""
    found = matching(list_keys(store), key)
    if found is None:
        raise SettingsError(
            "This key is not known to the store, or was revoked. 'feedback keys make' prints the "
            "whole key, fb_..., this once; the id alone is not enough."
        )
    if not found.origins:
        raise SettingsError(
            f"Key {found.key_id} is for programs: no web page may use it. Leave --key out and give "
            "--origin, and one for pages is made."
        )
    if found.services is not None and service not in found.services:
        told = ", ".join(found.services)
        raise SettingsError(f"Key {found.key_id} is for {told}, not for {service}.")
    return found.key_id
