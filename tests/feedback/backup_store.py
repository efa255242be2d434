"""Short ways to copy a store, put it back, and compare."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from pathlib import Path

from feedback.backup import back_up
from feedback.restore import Restored, restore
from feedback.store import Store
from tests.feedback.erasure_store import everything
from tests.feedback.store_frames import NOON

LATER = NOON + timedelta(hours=3)


def hashes(url: str) -> dict[str, str]:
    """A hash of every row of every table, whatever order they are in."""
    with Store.open(url) as store:
        tables = everything(store)
    return {
        name: hashlib.sha256("\n".join(sorted(rows)).encode()).hexdigest()
        for name, rows in tables.items()
    }


def copy_of(url: str, folder: Path) -> Path:
    path, _ = back_up(url, folder, now=NOON)
    return path


def put_back(
    copy: Path, url: str, *, replace: bool = False, erasures: Path | None = None
) -> Restored:
    return restore(copy, url, who="ann", now=LATER, replace=replace, erasures=erasures)


def without(told: dict[str, str], names: set[str]) -> dict[str, str]:
    return {name: value for name, value in told.items() if name not in names}
