"""Take files from wherever fsspec reaches: a bucket, a server, a folder; each state of each once.

A file that was taken, or refused, is remembered by a mark of its name and what tells one state of
it from another. One that changes is taken again; ids are stable, so nothing is there twice.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import Any

from feedback.errors import FeedbackError, PullError
from feedback.pull_errors import files_problem
from feedback.pull_folder import SETTLE_SECONDS, is_unfinished
from feedback.pull_locations import files_location, protocol_of
from feedback.pull_work import PullWork, told_name
from feedback.readers import SUFFIXES

__all__ = ["pull_files"]

_WHOLE = frozenset(
    ("s3", "s3a", "gs", "gcs", "abfs", "abfss", "az", "adl", "memory", "http", "https")
)
"""Places where a file is there whole or not at all; elsewhere it can be seen half written."""

_LOCAL = frozenset(("file", "local"))
_STATES = (
    "ETag",
    "etag",
    "md5Hash",
    "checksum",
    "mtime",
    "LastModified",
    "last_modified",
    "created",
)
"""What tells one state of a file from another, the best first."""

_OPTIONS: Mapping[str, dict[str, Any]] = {
    "s3": {
        "config_kwargs": {
            "connect_timeout": 10,
            "read_timeout": 60,
            "retries": {"max_attempts": 3},
        }
    }
}
"""What keeps a place that does not answer from holding the others up."""

BLOCK_BYTES = 8 << 20
MAX_NAME = 60
"""Letters of a name here, at most four bytes each: a file system takes 255 bytes."""

Found = dict[str, dict[str, Any]]
"""What a place tells of its files, by name."""


def pull_files(work: PullWork) -> None:
    """Take what is at the address and was not taken yet.

    Raises
    ------
    PullError
        The place cannot be reached, or lets us not in.
    """
    shown = work.source.location
    fs, path = _open(shown)
    found = _settled(work, fs, path, shown)
    marks = {_mark(work, name, told): name for name, told in found.items()}
    known = work.known_marks(list(marks))
    for mark, name in marks.items():
        if mark not in known:
            _take(work, fs, name, found[name], mark)


def _open(location: str) -> tuple[Any, str]:
    from fsspec.core import url_to_fs

    protocol = protocol_of(location)
    options = _OPTIONS.get({"s3a": "s3"}.get(protocol, protocol), {})
    try:
        fs, path = url_to_fs(files_location(location), **options)
    except FeedbackError:
        raise
    except Exception as error:  # noqa: BLE001 - what it says could quote a secret
        raise files_problem(error, location) from None
    return fs, path


def _settled(work: PullWork, fs: Any, path: str, shown: str) -> Found:
    """Return the files that are whole."""
    first = _look(fs, path, shown)
    if not first or protocol_of(shown) in _WHOLE:
        return first
    work.wait(float(work.source.options.get("settle_seconds", SETTLE_SECONDS)))
    second = _look(fs, path, shown)
    return {
        name: told
        for name, told in first.items()
        if name in second and _state(second[name]) == _state(told)
    }


def _look(fs: Any, path: str, shown: str) -> Found:
    """Return what there is now: of a folder, the files of kinds that can be read."""
    from fsspec.utils import stringify_path

    path = stringify_path(path)
    try:
        fs.invalidate_cache()
        if any(sign in path for sign in "*?["):
            found = fs.glob(path, detail=True)
            if not found:
                _check_root(fs, path)
        else:
            told = fs.info(path)
            found = {told["name"]: told}
            if told["type"] == "directory":
                listed = {one["name"]: one for one in fs.ls(path, detail=True)}
                found = {n: t for n, t in listed.items() if _suffix(n) in SUFFIXES}
    except Exception as error:  # noqa: BLE001 - what it says could quote a secret
        raise files_problem(error, shown) from None
    return {
        name: told
        for name, told in sorted(found.items())
        if told.get("type") == "file" and not is_unfinished(PurePosixPath(name).name)
    }


def _check_root(fs: Any, path: str) -> None:
    """Raise what looking at the plain part of a pattern raises.

    A bucket that is not there has no files either, and should be told.
    """
    plain = path[: min(path.find(sign) for sign in "*?[" if sign in path)]
    root = plain.rpartition("/")[0]
    if "s3" in fs.protocol or "gs" in fs.protocol or "abfs" in fs.protocol:
        root = root.partition("/")[0]
    if root:
        fs.ls(root)


def _suffix(name: str) -> str:
    return PurePosixPath(name).suffix.casefold()


def _state(told: Mapping[str, Any]) -> tuple[object, ...]:
    best = next((name for name in _STATES if told.get(name) is not None), "")
    return told.get("size"), best, told.get(best)


def _mark(work: PullWork, name: str, told: Mapping[str, Any]) -> str:
    return work.mark(name, *_state(told))


def _take(work: PullWork, fs: Any, name: str, told: Mapping[str, Any], mark: str) -> None:
    """Bring one file in; what is wrong with it alone does not keep the others out."""
    try:
        with _at_hand(work, fs, name, told) as path:
            work.take_file(path, PurePosixPath(name).name, mark)
    except FileNotFoundError:
        return  # deleted since we looked
    except PermissionError:
        # Not remembered: it may be opened to us.
        problem = f"{PurePosixPath(name).name} denies access: look at what the keys may read."
        work.tally.failures[told_name(name)] = problem
    except FeedbackError:
        raise
    except Exception as error:  # noqa: BLE001 - what it says could quote a secret
        if type(error).__name__ == "FileExpired":  # replaced while it was read
            return
        raise files_problem(error, work.source.location) from None


@contextmanager
def _at_hand(work: PullWork, fs: Any, name: str, told: Mapping[str, Any]) -> Iterator[Path]:
    """Give a path under which a file can be read here, until the end of the block."""
    if protocol_of(work.source.location) in _LOCAL:
        yield Path(name)
        return
    size, room = told.get("size") or 0, shutil.disk_usage(tempfile.gettempdir()).free
    if size > room:
        raise PullError(
            f"{PurePosixPath(name).name} has {size:,} bytes, more than there is room for in "
            f"{tempfile.gettempdir()}. Name another folder with TMPDIR."
        )
    with tempfile.TemporaryDirectory(prefix="feedback-pull-") as folder:
        place = Path(folder) / PurePosixPath(name).name[-MAX_NAME:]
        with _nameless(place) as copy:
            with fs.open(name, "rb", block_size=BLOCK_BYTES) as stream:
                shutil.copyfileobj(stream, copy, BLOCK_BYTES)
            copy.flush()
            yield place


@contextmanager
def _nameless(place: Path) -> Iterator[Any]:
    """Give a file for raw feedback that is gone with this process, however that ends.

    On Linux it has no name on the disk: ``place`` is a link to it among the process's open files.
    """
    if sys.platform == "linux":
        with tempfile.TemporaryFile() as copy:
            place.symlink_to(f"/proc/self/fd/{copy.fileno()}")
            yield copy
    else:
        with place.open("w+b") as copy:
            yield copy
