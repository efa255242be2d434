"""The key of pseudonyms: made once, kept in a file that only its owner can read.

Whoever has the key and the store can test a guess ("is PERSON_1 Ann Lee?"); without it nobody can.
It is therefore never written to the store, a run, a log or a message: a fingerprint stands for it.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
from pathlib import Path

from feedback.errors import SettingsError
from feedback.secret_files import read_secret_file

__all__ = ["MIN_KEY_CHARACTERS", "check_key", "key_fingerprint", "make_key_file", "read_key_file"]

MIN_KEY_CHARACTERS = 32
"""Of random letters and digits: more than anybody can try out."""
_KEY_BYTES = 32
_FINGERPRINT_CHARACTERS = 8
_MAKE_ONE = "Make one: feedback redact-key --out FILE."


def check_key(text: str) -> bytes:
    """Return a key as bytes.

    Raises
    ------
    SettingsError
        It is too short; the message does not repeat it.
    """
    key = text.strip()
    if len(key) < MIN_KEY_CHARACTERS:
        raise SettingsError(
            f"The redaction key is too short: {len(key)} characters, at least "
            f"{MIN_KEY_CHARACTERS} are needed. {_MAKE_ONE}"
        )
    return key.encode("utf-8", "surrogatepass")


def read_key_file(path: Path) -> bytes:
    """Return the key in a file.

    Raises
    ------
    SettingsError
        There is no such file, others can read it, or it holds no key.
    """
    return check_key(read_secret_file(path, f"the redaction key file {path}"))


def make_key_file(path: Path) -> str:
    """Write a new random key to a file that only its owner can read; return its fingerprint.

    Raises
    ------
    SettingsError
        The file is there already (a key that is lost cannot be had again), or cannot be made.
    """
    key = secrets.token_hex(_KEY_BYTES)
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise SettingsError(
            f"{path} is there already. A key that is overwritten is lost: give another --out."
        ) from None
    except OSError as error:
        reason = (error.strerror or "no").lower()
        raise SettingsError(f"The key file {path} cannot be made ({reason}).") from None
    with os.fdopen(handle, "w", encoding="utf-8") as stream:
        stream.write(key + "\n")
    return key_fingerprint(check_key(key))


def key_fingerprint(key: bytes) -> str:
    """Return a few characters that tell keys apart without giving one away."""
    digest = hmac.digest(key, b"fingerprint of a redaction key", hashlib.sha256)
    return digest.hex()[:_FINGERPRINT_CHARACTERS]
