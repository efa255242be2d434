"""Backups, as the command line asks for them."""

from __future__ import annotations

import getpass
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from app.wording import counted, moment
from feedback.store import utc_now

if TYPE_CHECKING:
    from feedback.manifests import Manifest
    from feedback.restore import Restored
    from feedback.settings import Settings
    from feedback.store import Store

__all__ = ["BackedUp", "back_up", "backup_text", "restore", "restored_text", "write_list"]


@dataclass(frozen=True)
class BackedUp:
    """Where a backup is, and what its manifest says."""

    path: str
    manifest: Manifest

    def as_dict(self) -> dict[str, object]:
        """Return it for JSON."""
        return {"path": self.path, **asdict(self.manifest)}


def back_up(store: Store, settings: Settings, out: Path) -> BackedUp:
    """Copy the store of the settings; it was opened before, and so is of this version."""
    from feedback import backup

    store.close()
    path, manifest = backup.back_up(settings.store_url, out, now=utc_now())
    return BackedUp(str(path), manifest)


def backup_text(done: BackedUp) -> str:
    """Return what was backed up, for a person."""
    told = done.manifest
    n = counted(told.counts.get("comments", 0), "comment")
    return f"{done.path}: {n}, {told.n_bytes:,} bytes, SHA-256 {told.sha256}"


def write_list(settings: Settings, out: Path) -> str:
    """Write the list of erased responses alone; return what is said of it."""
    from feedback import backup

    path, n = backup.write_erasures(settings.store_url, out)
    return f"{path}: {counted(n, 'erased response')}"


def restore(backup: Path, url: str, *, replace: bool, erasures: Path | None) -> Restored:
    """Put a backup in the place of the store at a URL."""
    from feedback import restore as restoring

    return restoring.restore(
        backup, url, who=getpass.getuser(), now=utc_now(), replace=replace, erasures=erasures
    )


def restored_text(done: Restored) -> str:
    """Return what was restored, for a person."""
    from datetime import datetime

    told = done.manifest
    n = counted(told.counts.get("comments", 0), "comment")
    made = moment(datetime.fromisoformat(told.made_at))
    lines = [f"Restored: {n} of the backup of {made}."]
    if done.n_erasures:
        again = counted(done.n_comments_erased, "comment")
        lines.append(f"{counted(done.n_erasures, 'erasure')} looked at, {again} erased again.")
    if done.set_aside is not None:
        lines.append(
            f"The damaged store is {done.set_aside}; what was erased from it since its last backup "
            "it could not tell. Give a newer list with --erasures if there is one."
        )
    return "\n".join(lines)
