"""Name what redacts: a hash over everything that decides what is found."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

__all__ = ["rules_hash"]

_FOLDER = Path(__file__).parent
_PUT_IN = frozenset(
    ("keys.py", "operators.py", "pseudonyms.py", "redactor.py", "version.py", "__init__.py")
)
"""Decide what is put in and not what is found."""
_TRAINING = frozenset(
    f"{name}.py" for name in "augment corpus examples export make network train".split()
)
"""Make the name model; what they made is hashed itself."""
_NO_RULES = frozenset((".md", ".pyc"))
_NUMBER_PLANS = ("phonenumbers", "python-stdnum")
"""Libraries whose tables decide, too."""
_VERSION_CHARACTERS = 12


@cache
def rules_hash() -> str:
    """Return 12 hex characters that change with every rule, word list and model file.

    The source of the rules is hashed whole, since a check is code: a change of a comment there
    makes another version too, and an older leak rate is then said to be of an older redactor,
    which errs on the safe side.
    """
    digest = hashlib.sha256()
    for path in _files():
        content = hashlib.sha256(path.read_bytes()).hexdigest()
        digest.update(f"{path.relative_to(_FOLDER).as_posix()} {content}\n".encode())
    for name in _NUMBER_PLANS:
        digest.update(f"{name} {_version(name)}\n".encode())
    return digest.hexdigest()[:_VERSION_CHARACTERS]


def _files() -> Iterator[Path]:
    for path in sorted(_FOLDER.rglob("*")):
        is_rule = path.is_file() and path.suffix not in _NO_RULES
        is_other = path.name in (_PUT_IN if path.parent == _FOLDER else _TRAINING)
        if is_rule and not is_other:
            yield path


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "missing"
