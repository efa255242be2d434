"""What a backfill set out to do, kept beside its parts, so that it is finished the same way."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from feedback.errors import SettingsError
from feedback.remote import RemoteFile, problem, reach

if TYPE_CHECKING:
    from feedback.backfill_places import PartFolder

__all__ = ["MANIFEST", "Manifest", "file_facts", "keep_or_check", "key_mark", "read_manifest"]

MANIFEST = "_manifest.json"
"""Like all names here that begin with _ or a point, readers of Parquet folders pass it over."""


@dataclass(frozen=True)
class Manifest:
    """The input, the settings and the models of a backfill.

    ``started_at`` is the time that all of it goes by: when the comments were received, and what
    lies in the future.
    """

    started_at: str
    files: list[dict[str, Any]]
    settings: dict[str, Any]
    models: dict[str, str]
    versions: dict[str, str]
    id_key: str


def file_facts(paths: Sequence[Path | RemoteFile]) -> list[dict[str, Any]]:
    """Return of each file its name, its size and what tells that it is still the same."""
    return [{"file": str(path), **_facts(path)} for path in paths]


def _facts(path: Path | RemoteFile) -> dict[str, Any]:
    if isinstance(path, Path):
        known = path.stat()
        return {"n_bytes": known.st_size, "changed_ns": known.st_mtime_ns}
    fs, place = reach(path.url)
    try:
        fs.invalidate_cache()
        told = fs.info(place)
    except Exception as error:  # noqa: BLE001 - each driver has errors of its own
        raise SettingsError(f"{path} cannot be read: {problem(error)}.") from None
    # What tells a version: a store of objects has a tag of the contents, else there is a date.
    version = next((told[name] for name in _VERSIONS if told.get(name)), "")
    return {"n_bytes": told.get("size"), "version": str(version)}


_VERSIONS = ("ETag", "etag", "md5Hash", "content_md5", "LastModified", "last_modified", "mtime")


def key_mark(id_key: bytes) -> str:
    """Return what tells keys of ids apart without giving one away."""
    return hashlib.sha256(b"feedback backfill" + id_key).hexdigest()[:16]


def keep_or_check(out: PartFolder, manifest: Manifest) -> datetime:
    """Write the manifest of a new backfill, or check that this one goes on with the one begun.

    Returns
    -------
    datetime
        The time that the backfill goes by.

    Raises
    ------
    SettingsError
        The folder holds something else, or a backfill of other input or with other settings.
    """
    names = out.names()
    if MANIFEST in names:
        begun = read_manifest(out)
        _check(out, begun, manifest)
        return datetime.fromisoformat(begun.started_at)
    if any(not name.startswith((".", "_lock")) for name in names):
        raise SettingsError(f"{out} is not empty and holds no backfill. Give another --out folder.")
    out.put_new(MANIFEST, (json.dumps(asdict(manifest), indent=2) + "\n").encode())
    begun = read_manifest(out)  # of another who began at the same moment, where there is no lock
    _check(out, begun, manifest)
    return datetime.fromisoformat(begun.started_at)


def read_manifest(out: PartFolder) -> Manifest:
    """Return what a backfill set out to do.

    Raises
    ------
    SettingsError
        The folder holds no manifest that can be read.
    """
    try:
        with out.open(MANIFEST) as file:
            return Manifest(**json.loads(file.read().decode("utf-8")))
    except FileNotFoundError:
        raise SettingsError(f"{out} holds no backfill.") from None
    except (OSError, ValueError, TypeError):
        path = out.path_of(MANIFEST)
        raise SettingsError(f"{path} cannot be read. Give another --out folder.") from None


def _check(out: PartFolder, begun: Manifest, now: Manifest) -> None:
    advice = "Give another --out folder, or go on as it was begun."
    before = {facts["file"]: facts for facts in begun.files}
    for facts in now.files:
        if facts["file"] in before and facts != before[facts["file"]]:
            raise SettingsError(
                f"{facts['file']} has changed since the backfill in {out} began. {advice}"
            )
    if now.files != begun.files:
        raise SettingsError(f"The backfill in {out} was begun with other files. {advice}")
    if now.id_key != begun.id_key:
        raise SettingsError(f"The backfill in {out} was begun with another store. {advice}")
    for name in ("settings", "models", "versions"):
        old, new = getattr(begun, name), getattr(now, name)
        if differing := sorted(key for key in {*old, *new} if old.get(key) != new.get(key)):
            raise SettingsError(
                f"The backfill in {out} was begun with other {name}: {', '.join(differing)}. "
                f"{advice}"
            )
