"""A wall clock that jumps, for the programs that look at it through a small library.

The library is compiled where the tests run. `faketime` was tried first: version 0.9.10 either moves
the machine's monotonic time too, which no step of a clock does, or lets Python's `time.sleep` fail.
"""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

__all__ = ["ABSENT", "JumpingClock", "can_jump"]

ABSENT = "no C compiler is installed: as root, apt-get install gcc"
SOURCE = Path(__file__).with_suffix(".c")


def can_jump() -> bool:
    """Say whether the library can be made here."""
    return shutil.which("cc") is not None


class JumpingClock:
    """The wall clock of programs that are started with `env`."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / "clock"
        library = folder / "clock.so"
        command = ["cc", "-O2", "-Wall", "-shared", "-fPIC", "-o", library, SOURCE, "-ldl"]
        subprocess.run(command, check=True, capture_output=True)
        self.env = {"LD_PRELOAD": str(library), "JUMPING_CLOCK_FILE": str(self._file)}
        self.jump(0)

    def jump(self, seconds: int) -> None:
        """Let the clock be so far from the true time, at once."""
        new = self._file.with_suffix(".new")
        new.write_text(f"{seconds}\n")
        new.replace(self._file)  # nobody reads half of it
