"""Releases noted in a store, as ``feedback releases`` gives them."""

from __future__ import annotations

import getpass
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from app.wording import LONDON
from feedback.errors import SettingsError

if TYPE_CHECKING:
    from feedback.store import Store

__all__ = ["list_releases", "note_release", "release_text", "releases_text", "take_back"]

MOMENTS = ("%d/%m/%Y %H:%M", "%d/%m/%Y", "%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M", "%Y-%m-%d")
COLUMNS = ("release_id", "at", "name", "service", "page", "who")


def note_release(
    store: Store, *, name: str, at: str, service: str | None, page: str | None, who: str = ""
) -> dict[str, Any]:
    """Note a release and return it; the service may be given by any name the store's is known by.

    Raises
    ------
    SettingsError
        The moment cannot be read, or the store has no comment on the service.
    StoreError
        See `feedback.releases.add_release`.
    """
    from app.ticketing import service_in
    from feedback.releases import add_release

    moment = _moment(at)
    place = {"service": service_in(store, service) if service else None, "page": page}
    who = who or getpass.getuser()
    with store.changing() as connection:
        release_id = add_release(connection, name, moment, who, datetime.now(UTC), **place)
    return next(one for one in list_releases(store) if one["release_id"] == release_id)


def take_back(store: Store, release_id: str, *, who: str = "") -> None:
    """Remove a release; see `feedback.releases.remove_release`."""
    from feedback.releases import remove_release

    with store.changing() as connection:
        remove_release(connection, release_id, who or getpass.getuser(), datetime.now(UTC))


def list_releases(store: Store) -> list[dict[str, Any]]:
    """Return the releases as plain values, newest first; times in ISO 8601, UTC."""
    from feedback.releases import releases_known

    frame = store.read(releases_known())
    rows = frame[list(COLUMNS)].astype(object).to_dict("records")
    return [
        {name: _plain(value) for name, value in row.items()} | {"at": row["at"].isoformat()}
        for row in rows
    ]


def _plain(value: Any) -> Any:
    return value if isinstance(value, str) else None


def release_text(release: dict[str, Any]) -> str:
    """Return a release as one line."""
    at = datetime.fromisoformat(release["at"]).astimezone(LONDON)
    place = release["page"] or release["service"] or "all services"
    return f"{release['release_id']}  {at:%d/%m/%Y %H:%M}  {release['name']} ({place})"


def releases_text(releases: Sequence[dict[str, Any]]) -> str:
    """Return releases as lines."""
    if not releases:
        return "No release is noted. Note one: feedback releases add --name NAME --at DD/MM/YYYY"
    return "\n".join(release_text(release) for release in releases)


def _moment(text: str) -> datetime:
    """Return a London moment in UTC; a day alone is its start."""
    for pattern in MOMENTS:
        try:
            naive = datetime.strptime(text.strip(), pattern)  # noqa: DTZ007 - London is set below
        except ValueError:
            continue
        return naive.replace(tzinfo=LONDON).astimezone(UTC)
    raise SettingsError("--at is no day or time. Write it as DD/MM/YYYY or 'DD/MM/YYYY HH:MM'.")
