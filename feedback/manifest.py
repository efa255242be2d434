"""What a backfill set out to do, kept beside its parts, so that it is finished the same way."""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from feedback.errors import SettingsError
from feedback.parts import replacing

__all__ = ["MANIFEST", "Manifest", "file_facts", "keep_or_check", "key_mark", "only_one"]

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


def file_facts(paths: Sequence[Path]) -> list[dict[str, Any]]:
    """Return name, size and date of change of each file: what tells that it is still the same."""
    facts = []
    for path in paths:
        known = path.stat()
        facts.append({"file": str(path), "n_bytes": known.st_size, "changed_ns": known.st_mtime_ns})
    return facts


def key_mark(id_key: bytes) -> str:
    """Return what tells keys of ids apart without giving one away."""
    return hashlib.sha256(b"feedback backfill" + id_key).hexdigest()[:16]


def keep_or_check(out: Path, manifest: Manifest) -> datetime:
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
    path = out / MANIFEST
    if path.exists():
        begun = _read(path)
        _check(out, begun, manifest)
        return datetime.fromisoformat(begun.started_at)
    if any(not entry.name.startswith((".", "_lock")) for entry in out.iterdir()):
        raise SettingsError(f"{out} is not empty and holds no backfill. Give another --out folder.")
    with replacing(path) as unfinished:
        unfinished.write_text(json.dumps(asdict(manifest), indent=2) + "\n", encoding="utf-8")
    return datetime.fromisoformat(manifest.started_at)


def _read(path: Path) -> Manifest:
    try:
        return Manifest(**json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        raise SettingsError(f"{path} cannot be read. Give another --out folder.") from None


def _check(out: Path, begun: Manifest, now: Manifest) -> None:
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


@contextmanager
def only_one(out: Path) -> Iterator[None]:
    """Keep other processes out of a folder; the lock ends with the process, however it ends.

    Raises
    ------
    SettingsError
        The folder cannot be made or written, or another process works in it.
    """
    try:
        out.mkdir(parents=True, exist_ok=True, mode=0o700)
        lock = os.open(out / "_lock", os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        reason = (error.strerror or "no").lower()
        raise SettingsError(f"The folder {out} cannot be written ({reason}).") from None
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(lock)
        raise SettingsError(f"Another backfill is writing to {out}. Wait until it ends.") from None
    try:
        yield
    finally:
        os.close(lock)
