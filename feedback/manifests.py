"""What lies beside a backup: its manifest, and the list of responses that were erased.

The manifest tells what the copy must be, to the byte and to the row. The list grows with each
backup to the same folder, so that an older copy, restored, can be brought up to date.
"""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from feedback.errors import BackupError

__all__ = [
    "ERASURES",
    "Erased",
    "Manifest",
    "add_to_list",
    "checked",
    "digest_of",
    "manifest_path",
    "new_file",
    "read_list",
]

FORMAT = 1
SUFFIX = ".json"
ERASURES = "erasures.json"
"""Name of the list of erased responses, in the folder of the backups."""
MODE = 0o600
AT_ONCE = 2**20

Erased = tuple[str, datetime]
"""Id of an erased response, and when it was erased."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a backup holds.

    Attributes
    ----------
    database
        ``sqlite`` or ``postgresql``.
    file, n_bytes, sha256
        The copy.
    made_at, toolkit, schema
        When, and by which version of the toolkit and of the tables.
    counts
        Rows by table.
    audit_head
        Number of the audit log's last line and its digest, as one text; empty without a line.
    """

    database: str
    file: str
    n_bytes: int
    sha256: str
    made_at: str
    toolkit: str
    schema: str
    counts: dict[str, int]
    audit_head: str
    format: int = FORMAT

    def write(self, folder: Path) -> None:
        """Write it beside the copy."""
        with new_file(manifest_path(folder / self.file)) as path:
            path.write_text(json.dumps(asdict(self), indent=2) + "\n", encoding="utf-8")


def manifest_path(copy: Path) -> Path:
    """Return where the manifest of a copy lies."""
    return copy.with_name(copy.name + SUFFIX)


@contextmanager
def new_file(path: Path) -> Iterator[Path]:
    """Give a place to write a file to, for its owner alone; it gets its name when it is whole.

    Raises
    ------
    BackupError
        Nothing can be written there.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        number, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    except OSError as error:
        raise BackupError(f"Nothing can be written to {path.parent} ({error.strerror}).") from None
    os.close(number)
    place = Path(name)
    try:
        yield place
        place.chmod(MODE)
        with place.open("rb") as file:
            os.fsync(file.fileno())
        place.replace(path)
        _sync_folder(path.parent)
    except OSError as error:
        raise BackupError(f"{path} cannot be written ({error.strerror}).") from None
    finally:
        place.unlink(missing_ok=True)


def _sync_folder(folder: Path) -> None:
    """Have the new name on the disk as well; not every system can."""
    if os.name != "posix":
        return
    number = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(number)
    finally:
        os.close(number)


def digest_of(path: Path) -> str:
    """Return the SHA-256 of a file."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while part := file.read(AT_ONCE):
            digest.update(part)
    return digest.hexdigest()


def checked(backup: Path) -> tuple[Path, Manifest]:
    """Return a copy and its manifest, once the copy is what the manifest says, to the byte.

    Parameters
    ----------
    backup
        The copy or its manifest.

    Raises
    ------
    BackupError
        One is missing, or the copy was changed.
    """
    copy = backup.with_name(backup.name.removesuffix(SUFFIX))
    for path in (copy, manifest_path(copy)):
        if not path.is_file():
            raise BackupError(
                f"{path} is not there. A backup is a copy and its manifest beside it."
            )
    manifest = _read_manifest(manifest_path(copy))
    n_bytes = copy.stat().st_size
    if n_bytes != manifest.n_bytes:
        raise BackupError(
            f"{copy} has {n_bytes:,} bytes, and its manifest says {manifest.n_bytes:,}. It is not "
            "the whole backup; take another. Nothing was changed."
        )
    if digest_of(copy) != manifest.sha256:
        raise BackupError(
            f"The checksum of {copy} is not the one in its manifest: it was damaged or changed. "
            "Take another backup. Nothing was changed."
        )
    return copy, manifest


def _read_manifest(path: Path) -> Manifest:
    try:
        told: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        manifest = Manifest(**told)
    except (OSError, ValueError, TypeError):
        raise BackupError(f"{path} is no manifest of a backup.") from None
    if manifest.format != FORMAT:
        raise BackupError(f"{path} was written by another version of the toolkit. Use that one.")
    return manifest


def read_list(path: Path) -> list[Erased]:
    """Return the erased responses that a list tells.

    Raises
    ------
    BackupError
        It is no such list.
    """
    try:
        told = json.loads(path.read_text(encoding="utf-8"))
        return [(str(one["response_id"]), datetime.fromisoformat(one["at"])) for one in told]
    except (OSError, ValueError, TypeError, KeyError):
        raise BackupError(f"{path} is no list of erased responses.") from None


def add_to_list(path: Path, erased: Sequence[Erased]) -> int:
    """Add erased responses to a list, which is made where there is none; return how many it has."""
    known = dict(read_list(path)) if path.is_file() else {}
    known |= dict(erased)
    rows = [{"response_id": one, "at": at.isoformat()} for one, at in sorted(known.items())]
    with new_file(path) as place:
        place.write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")
    return len(rows)
