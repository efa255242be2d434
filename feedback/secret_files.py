"""Read a secret from a file that only its owner can read."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from feedback.errors import SettingsError

__all__ = ["read_secret_file"]

_MAX_BYTES = 4_096


def read_secret_file(path: Path, what: str) -> str:
    """Return the text of a file without the space around it.

    Parameters
    ----------
    what
        What a message calls the file, such as ``"the file of 'smtp_password'"``.

    Raises
    ------
    SettingsError
        There is no such file, others can read it, or it is no text; nothing of it is repeated.
    """
    try:
        with path.open("rb") as stream:
            mode = os.fstat(stream.fileno()).st_mode
            content = stream.read(_MAX_BYTES)
    except OSError as error:
        reason = (error.strerror or "no").lower()
        raise SettingsError(f"{_first(what)} cannot be read ({reason}).") from None
    if os.name == "posix" and mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise SettingsError(f"Others can read {what}. Run: chmod 600 {path}")
    try:
        return content.decode("utf-8").strip()
    except UnicodeDecodeError:
        raise SettingsError(f"{_first(what)} is not text in UTF-8.") from None


def _first(what: str) -> str:
    return what[:1].upper() + what[1:]
