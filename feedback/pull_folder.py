"""Take the files that people or programs put into a folder, each once, and say what became of it.

::

    inbox/                  files are put here
    inbox/working/ID/       being read; ID is the source's
    inbox/done/             taken (or deleted at once, if the source says so)
    inbox/failed/           not taken; beside each a .txt that says why

A file that is still being written is left alone: one that changes between two looks, that is empty,
or that is called as programs call what they have not finished. One that stays is moved to
``working``, which of several machines one can do, before it is read. What a process that died left
in ``working`` is taken up by the next. All is on one file system, so that to move is to rename.
"""

from __future__ import annotations

import os
from pathlib import Path

from feedback.days import LONDON
from feedback.errors import PullError
from feedback.pull_errors import files_problem
from feedback.pull_work import PullWork, told_name

__all__ = ["DONE", "FAILED", "SETTLE_SECONDS", "WORKING", "is_unfinished", "pull_folder"]

WORKING, DONE, FAILED = "working", "done", "failed"

SETTLE_SECONDS = 5.0
"""Between two looks at a file; what writes it may pause so long only if the source says so."""

_UNFINISHED_ENDS = (
    ".part", ".partial", ".tmp", ".temp", ".crdownload", ".download", ".filepart", ".swp", "~",
)  # fmt: skip
_UNFINISHED_STARTS = (".", "~$")

Stamp = tuple[int, int, int]
"""Size, time of change and number of a file; another of these is another file."""


def is_unfinished(name: str) -> bool:
    """Say whether a program called a file so because it has not finished it.

    >>> [is_unfinished(n) for n in ("a.csv", "a.csv.part", ".a.csv", "~$a.xlsx", "A.CSV.TMP")]
    [False, True, True, True, True]
    """
    lower = name.lower()
    return lower.startswith(_UNFINISHED_STARTS) or lower.endswith(_UNFINISHED_ENDS)


def pull_folder(work: PullWork) -> None:
    """Take what is in the folder.

    Raises
    ------
    PullError
        The folder is not there, or cannot be read or written.
    """
    folder = Path(work.source.location)
    try:
        if not folder.is_dir():
            raise PullError(f"The folder {folder} is not there.")
        own = folder / WORKING / work.source.source_id
        for place in (own, folder / DONE, folder / FAILED):
            place.mkdir(parents=True, exist_ok=True)
        # What a process that died left comes first: it was claimed, and nobody else takes it.
        for path in sorted(own.iterdir()):
            _take(work, folder, path)
        for name, stamp in _steady(work, folder).items():
            claimed = _claim(folder / name, own / name, stamp)
            if claimed is not None:
                _take(work, folder, claimed)
    except OSError as error:
        raise files_problem(error, f"The folder {folder}") from None


def _steady(work: PullWork, folder: Path) -> dict[str, Stamp]:
    """Return the files that are the same at two looks, by name."""
    first = _look(folder)
    if not first:
        return {}
    work.wait(float(work.source.options.get("settle_seconds", SETTLE_SECONDS)))
    second = _look(folder)
    return {name: stamp for name, stamp in sorted(first.items()) if second.get(name) == stamp}


def _look(folder: Path) -> dict[str, Stamp]:
    """Return the files that may be whole; folders, links and other such things are none."""
    found: dict[str, Stamp] = {}
    with os.scandir(folder) as entries:
        for entry in entries:
            if is_unfinished(entry.name) or not entry.is_file(follow_symlinks=False):
                continue
            try:
                stamp = _stamp(Path(entry.path))
            except FileNotFoundError:
                continue  # another machine took it
            if stamp[0]:
                found[entry.name] = stamp
    return found


def _stamp(path: Path) -> Stamp:
    told = path.stat(follow_symlinks=False)
    return told.st_size, told.st_mtime_ns, told.st_ino


def _claim(path: Path, target: Path, stamp: Stamp) -> Path | None:
    """Move a file to where this source alone takes it; None if it is not to be had now."""
    if target.exists():
        return None  # of the same name, from a turn that failed: that one first
    try:
        path.rename(target)
    except FileNotFoundError:
        return None  # another machine took it
    if _stamp(target) != stamp:
        _put_back(target, path)
        return None
    return target


def _put_back(path: Path, place: Path) -> None:
    """Move a file back that is still being written, unless another has its name by now."""
    if not place.exists():
        path.rename(place)


def _take(work: PullWork, folder: Path, path: Path) -> None:
    """Bring a claimed file into the store and put it where it belongs."""
    stamp = _stamp(path)
    mark = work.mark(path.name, stamp[0], stamp[1])
    before = work.known_marks([mark])
    is_taken = before[mark] is None if mark in before else work.take_file(path, path.name, mark)
    if not path.exists():
        return  # another process took over meanwhile; it was stored once
    if _stamp(path) != stamp:
        _put_back(path, folder / path.name)  # written to while it was read: once more
        return
    if is_taken and work.source.options.get("delete_done"):
        path.unlink()
        return
    place = _free_place(folder / (DONE if is_taken else FAILED) / path.name)
    if not is_taken:
        told = work.tally.failures.get(told_name(path.name)) or before.get(mark) or ""
        _write_reason(work, place, told)
    path.rename(place)


def _free_place(place: Path) -> Path:
    """Return a place of this name, or with a number behind it, where nothing is yet."""
    n, free = 1, place
    while free.exists():
        n += 1
        free = place.with_name(f"{place.stem} ({n}){place.suffix}")
    return free


def _write_reason(work: PullWork, place: Path, reason: str) -> None:
    """Write beside a file why it was not taken: whole or not at all."""
    at = work.clock().astimezone(LONDON).strftime("%d/%m/%Y %H:%M")
    text = (
        f"Not taken on {at}.\n\n{reason}\n\n"
        "Put it right and move it back to where it was; no row is stored twice.\n"
    )
    note = place.with_name(f"{place.name}.txt")
    unfinished = place.with_name(f".{place.name}.part")
    unfinished.write_text(text, encoding="utf-8")
    unfinished.replace(note)
