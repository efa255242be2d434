"""The parts of a workbook, read with a measure.

A workbook is an archive of XML. What an archive says of the size of its parts is not believed: it
is measured while a part is read, and the parser is given no more than it can hold.
"""

from __future__ import annotations

import struct
import zipfile
from pathlib import Path
from types import TracebackType
from typing import IO, Any

from feedback.remote import RemoteFile, opened

__all__ = ["Archive", "Part", "TooMuchError", "open_archive"]

MAX_DIRECTORY_BYTES = 4 << 20
"""Workbooks have some dozens of parts; those with thousands of pictures still have room here."""

MAX_PART_BYTES = 16 << 20
MAX_PART_TAGS = 400_000
"""Size of what is in memory at a time: a part such as the styles, or one row. A row of 2,000 cells
has 8,000 to 20,000 tags, and the styles of the largest workbooks 200,000."""

_HEAD_BYTES = 64
_DOCTYPES = (b"<!DOCTYPE", b"<\x00!\x00D\x00O\x00C\x00T\x00Y\x00P\x00E\x00")


class TooMuchError(Exception):
    """A part that is made to fill the memory; says what it has too much of."""


class Part:
    """A part of a workbook as a stream of which so much may be read at a time."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream
        self._last = b""
        self._n_bytes = 0
        self._n_tags = 0
        self._is_begun = False

    def read(self, n_bytes: int = -1) -> bytes:
        """Return the next bytes; all there are where no number is given.

        Raises
        ------
        TooMuchError
            More than fits into the memory, or a document type, of which no workbook has one: what
            it declares can grow without end, or stand in another file.
        """
        if n_bytes < 0:
            n_bytes = MAX_PART_BYTES + 1
        block = self._stream.read(n_bytes)
        self._n_bytes += len(block)
        self._n_tags += block.count(b"<")
        if self._n_bytes > MAX_PART_BYTES or self._n_tags > MAX_PART_TAGS:
            raise TooMuchError("a row or a part of it is too large")
        if not self._is_begun:
            seen = self._last + block
            if any(mark in seen for mark in _DOCTYPES):
                raise TooMuchError("it declares a document type")
            self._last = seen[-_HEAD_BYTES:]
        return block

    def forget(self) -> None:
        """Begin to measure anew: what was read so far is in memory no more."""
        self._n_bytes = self._n_tags = 0
        self._is_begun = True

    def close(self) -> None:
        """Close the stream."""
        self._stream.close()

    def __enter__(self) -> Part:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


class Archive(zipfile.ZipFile):
    """An archive whose parts are `Part`s."""

    def open(self, name: Any, mode: Any = "r", *rest: Any, **named: Any) -> Any:
        """Open a part.

        Raises
        ------
        TooMuchError
            It is compressed as no spreadsheet does: only what is deflated unpacks piece by piece.
        """
        found = name if isinstance(name, zipfile.ZipInfo) else self.getinfo(name)
        if found.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise TooMuchError("it is compressed as no spreadsheet does")
        return Part(super().open(name, mode, *rest, **named))


def open_archive(path: Path | RemoteFile) -> Archive:
    """Open a workbook's archive.

    Raises
    ------
    TooMuchError
        It has more parts than a workbook can have.
    BadZipFile, NotImplementedError, OSError, ValueError
        It is broken.
    """
    with path.open("rb") as file:
        if _directory_bytes(file) > MAX_DIRECTORY_BYTES:
            raise TooMuchError("it has more parts than a workbook has")
    return Archive(opened(path))


def _directory_bytes(file: IO[bytes]) -> int:
    """Return the size of an archive's directory, as `zipfile` finds it; 0 if there is none.

    `zipfile` reads the whole directory at once. See "End of central directory record" in the
    ZIP File Format Specification (PKWARE, APPNOTE.TXT), sections 4.3.14 to 4.3.16.
    """
    n_bytes = file.seek(0, 2)
    file.seek(max(0, n_bytes - (1 << 16) - 22 - 20 - 56))
    tail = file.read()
    end = tail.rfind(b"PK\x05\x06")
    if end < 0 or len(tail) < end + 22:
        return 0
    (size,) = struct.unpack_from("<I", tail, end + 12)
    large = end - 20 - 56
    is_large = tail[max(end - 20, 0) :].startswith(b"PK\x06\x07") and large >= 0
    if is_large and tail[large:].startswith(b"PK\x06\x06"):
        (size,) = struct.unpack_from("<Q", tail, large + 40)
    return int(size)
