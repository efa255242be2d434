"""Sources that are asked, as the command line adds, lists, pauses and removes them."""

from __future__ import annotations

import getpass
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from feedback.errors import PullError, SettingsError
from feedback.pull_locations import checked_database_url, checked_files_location
from feedback.pull_sources import (
    PullSource,
    add_source,
    remove_source,
    sources_known,
    sources_of,
    switch_source,
)
from feedback.schema import PullKind
from feedback.store import utc_now

if TYPE_CHECKING:
    from feedback.store import Store

__all__ = [
    "Common",
    "add_files",
    "add_folder",
    "add_query",
    "chosen_sources",
    "drop_source",
    "find_source",
    "list_sources",
    "set_on",
]


@dataclass(frozen=True)
class Common:
    """What every kind of source is told."""

    name: str
    every_minutes: int
    service: str | None = None
    source: str | None = None
    preset: str | None = None
    columns: Mapping[str, Sequence[str]] = field(default_factory=dict)
    month_first: bool = False


def add_folder(
    store: Store, common: Common, folder: Path, *, settle_seconds: float, delete_done: bool
) -> PullSource:
    """Watch a folder.

    Raises
    ------
    SettingsError
        It is no folder.
    """
    place = folder.expanduser().resolve()
    if not place.is_dir():
        raise SettingsError(f"There is no folder {place}. Make it first.")
    options = {"settle_seconds": settle_seconds, "delete_done": delete_done or None}
    return _add(store, common, PullKind.FOLDER, str(place), options)


def add_files(store: Store, common: Common, location: str, *, settle_seconds: float) -> PullSource:
    """Ask for the files at an address of fsspec's, such as ``s3://bucket/in/*.csv``."""
    options = {"settle_seconds": settle_seconds}
    return _add(store, common, PullKind.FILES, checked_files_location(location), options)


def add_query(
    store: Store,
    common: Common,
    url: str,
    *,
    query: str,
    column: str,
    since: str,
    password_file: Path | None,
    look_back_minutes: int,
    look_back_numbers: int,
) -> PullSource:
    """Ask a database."""
    from feedback.pull_query import check_query

    location = checked_database_url(url)
    if not column.strip():
        raise PullError("Name the column that rows are ordered by with --column.")
    options = {
        "query": check_query(query),
        "column": column.strip(),
        "since": since.strip(),
        "password_file": str(password_file.expanduser().resolve()) if password_file else None,
        "look_back_minutes": look_back_minutes,
        "look_back_numbers": look_back_numbers,
    }
    return _add(store, common, PullKind.QUERY, location, options)


def _add(
    store: Store, common: Common, kind: PullKind, location: str, options: Mapping[str, Any]
) -> PullSource:
    from app.wiring import make_reference
    from feedback.mapping import load_preset, preset_from_map

    preset = common.preset
    if preset and preset.endswith(".toml"):
        preset = str(Path(preset).expanduser().resolve())  # pulled from wherever that runs
    base = load_preset(preset) if preset else None
    if common.columns:
        preset_from_map(common.columns, base)  # says now what cannot be mapped
    given = {
        **options,
        "source": common.source or " ".join(common.name.split()),
        "preset": preset,
        "columns": {name: list(told) for name, told in common.columns.items()} or None,
        "month_first": common.month_first or None,
    }
    service = common.service
    with store.changing() as connection:
        add_source(
            connection,
            common.name,
            kind,
            location,
            service=(make_reference().service_id(service) or service) if service else None,
            options={name: value for name, value in given.items() if value is not None},
            every_minutes=common.every_minutes,
            who=getpass.getuser(),
            now=utc_now(),
        )
    return find_source(store, common.name)


def list_sources(store: Store) -> list[PullSource]:
    """Return all sources that are asked, by name."""
    return sources_of(store.read(sources_known()))


def find_source(store: Store, name: str) -> PullSource:
    """Return a source by its name.

    Raises
    ------
    SettingsError
        There is none.
    """
    wanted = " ".join(name.split())
    for one in list_sources(store):
        if one.name == wanted:
            return one
    raise SettingsError("There is no source of that name. See: feedback sources list")


def chosen_sources(
    store: Store, names: Sequence[str], *, is_strict: bool = True
) -> list[PullSource]:
    """Return the sources of these names, or all, without those that are paused.

    Parameters
    ----------
    is_strict
        A name that no source has, or a paused one, is an error; otherwise it is passed over.

    Raises
    ------
    SettingsError
        See ``is_strict``; or there is no source at all.
    """
    known = list_sources(store)
    if not names:
        if is_strict and not known:
            raise SettingsError("There is no source to ask. Add one with: feedback sources add")
        return [one for one in known if one.is_on]
    if is_strict:
        for name in names:
            if not find_source(store, name).is_on:
                raise SettingsError("That source is paused. First: feedback sources resume NAME")
    wanted = {" ".join(name.split()) for name in names}
    return [one for one in known if one.name in wanted and one.is_on]


def set_on(store: Store, name: str, *, is_on: bool) -> None:
    """Pause a source or let it be asked again."""
    with store.changing() as connection:
        switch_source(connection, " ".join(name.split()), getpass.getuser(), utc_now(), is_on=is_on)


def drop_source(store: Store, name: str) -> None:
    """Ask a source no more; its comments and its statement stay."""
    with store.changing() as connection:
        remove_source(connection, " ".join(name.split()), getpass.getuser(), utc_now())
