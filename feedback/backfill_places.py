"""Where the parts of a backfill lie: a folder of this machine, or one in an object store.

A file is there whole or not at all: here it is written under another name and renamed; in an object
store a put is one step. Two processes that write the same part write the same bytes, so it does not
matter which of them is last.
"""

from __future__ import annotations

import fcntl
import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any, Protocol

from feedback.errors import SettingsError
from feedback.remote import is_remote, problem, reach

__all__ = ["LocalFolder", "PartFolder", "RemoteFolder", "folder_at"]

UNFINISHED = ".unfinished"
_ATOMIC = frozenset(("s3", "s3a", "gs", "gcs", "abfs", "abfss", "az", "memory"))
"""Kinds of places where a put is one step."""


class PartFolder(Protocol):
    """What a backfill asks of the place of its parts."""

    def __str__(self) -> str:
        """Return what people call it."""
        ...

    def path_of(self, name: str) -> str:
        """Return what people call a file in it."""
        ...

    def names(self) -> list[str]:
        """Return the names of the files in it, sorted."""
        ...

    def exists(self, name: str) -> bool:
        """Return whether there is such a file."""
        ...

    def open(self, name: str) -> IO[bytes]:
        """Open a file for reading."""
        ...

    def put(self, name: str, content: bytes) -> None:
        """Write a file, whole or not at all."""
        ...

    def put_new(self, name: str, content: bytes) -> None:
        """Write a file unless somebody else has just done so."""
        ...

    def remove(self, name: str) -> None:
        """Delete a file."""
        ...

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Make the place if need be, and keep other backfills out where that can be done."""
        ...


def folder_at(place: str | Path) -> PartFolder:
    """Return the folder at a path or an fsspec URL; nothing is made or read yet.

    Raises
    ------
    SettingsError
        A file cannot be written in one step there.
    MissingExtraError
        The driver of its kind is not installed.
    """
    text = str(place)
    if is_remote(text):
        return RemoteFolder(text.rstrip("/"))
    return LocalFolder(Path(text.removeprefix("file://").removeprefix("local://")))


class LocalFolder:
    """A folder of this machine."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def __str__(self) -> str:
        return str(self._path)

    def path_of(self, name: str) -> str:
        """Return what people call a file in it."""
        return str(self._path / name)

    def names(self) -> list[str]:
        """Return the names of all in it, sorted."""
        return sorted(entry.name for entry in self._path.iterdir()) if self._path.is_dir() else []

    def exists(self, name: str) -> bool:
        """Return whether there is such a file."""
        return (self._path / name).exists()

    def open(self, name: str) -> IO[bytes]:
        """Open a file for reading."""
        return (self._path / name).open("rb")

    def put(self, name: str, content: bytes) -> None:
        """Write a file under another name, see it on the disk, and rename it."""
        unfinished = self._path / f".{name}.{uuid.uuid4().hex[:8]}{UNFINISHED}"
        with unfinished.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        unfinished.replace(self._path / name)
        folder = os.open(self._path, os.O_RDONLY)
        try:
            os.fsync(folder)  # else a power cut could take the new name back
        finally:
            os.close(folder)

    def put_new(self, name: str, content: bytes) -> None:
        """Write a file; the lock keeps everybody else out."""
        self.put(name, content)

    def remove(self, name: str) -> None:
        """Delete a file."""
        (self._path / name).unlink()

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Keep other processes out; the lock ends with the process, however it ends.

        Raises
        ------
        SettingsError
            The folder cannot be made or written, or another process works in it.
        """
        try:
            self._path.mkdir(parents=True, exist_ok=True, mode=0o700)
            lock = os.open(self._path / "_lock", os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            raise SettingsError(
                f"The folder {self} cannot be written ({problem(error)})."
            ) from None
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(lock)
            raise SettingsError(
                f"Another backfill is writing to {self}. Wait until it ends."
            ) from None
        try:
            yield
        finally:
            os.close(lock)


class RemoteFolder:
    """A prefix of an object store. It has no lock: the first manifest there wins."""

    def __init__(self, url: str) -> None:
        scheme = url.partition("://")[0]
        if scheme not in _ATOMIC:
            raise SettingsError(
                f"Parts cannot be written to {scheme}://, where a file is not put in one step. "
                f"Give a folder or one of {', '.join(sorted(_ATOMIC - {'memory'}))}."
            )
        self._url = url
        self._fs, self._root = reach(url)

    def __str__(self) -> str:
        return self._url

    def path_of(self, name: str) -> str:
        """Return what people call a file in it."""
        return f"{self._url}/{name}"

    def names(self) -> list[str]:
        """Return the names of the objects under it, sorted."""
        self._fs.invalidate_cache()
        found: list[Any] = []
        with suppress(FileNotFoundError), _told(self._url, FileNotFoundError):
            found = self._fs.ls(self._root, detail=False)
        return sorted(str(path).rstrip("/").rpartition("/")[2] for path in found)

    def exists(self, name: str) -> bool:
        """Return whether there is such an object."""
        self._fs.invalidate_cache()
        with _told(self._url):
            return bool(self._fs.exists(self._at(name)))

    def open(self, name: str) -> IO[bytes]:
        """Open an object for reading."""
        with _told(self._url, FileNotFoundError):
            file: IO[bytes] = self._fs.open(self._at(name), "rb")
        return file

    def put(self, name: str, content: bytes) -> None:
        """Put an object."""
        with _told(self._url):
            self._fs.pipe_file(self._at(name), content)

    def put_new(self, name: str, content: bytes) -> None:
        """Put an object unless there is one."""
        with suppress(FileExistsError), _told(self._url, FileExistsError):
            self._fs.pipe_file(self._at(name), content, mode="create")

    def remove(self, name: str) -> None:
        """Delete an object."""
        with _told(self._url):
            self._fs.rm_file(self._at(name))

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Give the place; there is nothing to make, and no lock."""
        yield

    def _at(self, name: str) -> str:
        return f"{self._root}/{name}"

    def __reduce__(self) -> tuple[Any, ...]:
        return RemoteFolder, (self._url,)


@contextmanager
def _told(url: str, *but: type[Exception]) -> Iterator[None]:
    """Tell a failure by its class: a driver's words may hold a key."""
    try:
        yield
    except Exception as error:
        if isinstance(error, (SettingsError, *but)):
            raise
        raise SettingsError(f"{url} cannot be used: {problem(error)}.") from None
