"""A small disk that can be filled to the last byte, and emptied again."""

from __future__ import annotations

import contextlib
import errno
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

__all__ = ["ABSENT", "SmallDisk", "can_mount", "small_disk"]

ABSENT = "a small disk cannot be mounted here: that takes root (CAP_SYS_ADMIN)"
BLOCK = 4_096


class SmallDisk:
    """A file system in memory of its own, with a limit."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._ballast = folder / "ballast"

    def fill(self) -> None:
        """Take all room that is left; may be called again while others make room."""
        with self._ballast.open("ab") as file:
            for size in (2**20, BLOCK, 1):
                try:
                    while True:
                        os.write(file.fileno(), b"\0" * size)
                except OSError as error:
                    if error.errno != errno.ENOSPC:
                        raise

    def make_room(self) -> None:
        """Give it back."""
        self._ballast.unlink()


def can_mount() -> bool:
    """Say whether this process may mount a disk."""
    return os.geteuid() == 0 and subprocess.run(
        ["unshare", "--mount", "true"], capture_output=True, check=False
    ).returncode == 0  # fmt: skip


@contextmanager
def small_disk(folder: Path, megabytes: int) -> Iterator[SmallDisk]:
    """Mount one at a folder, and take it away at the end of the block."""
    folder.mkdir()
    options = f"size={megabytes}m,mode=0755"
    subprocess.run(["mount", "-t", "tmpfs", "-o", options, "feedback-faults", folder], check=True)
    try:
        yield SmallDisk(folder)
    finally:
        subprocess.run(["umount", "--lazy", folder], check=True)
        with contextlib.suppress(OSError):
            folder.rmdir()
