"""Find the files of a backfill, and see that each can be read before work of hours begins."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from feedback.errors import SettingsError
from feedback.mapping import Preset, choose_preset, map_columns
from feedback.readers import SUFFIXES, open_table

__all__ = ["HistoryFile", "find_history"]


@dataclass(frozen=True)
class HistoryFile:
    """A file of history and how to read it."""

    path: Path
    preset: Preset


def find_history(
    inputs: Sequence[Path],
    *,
    out: Path,
    preset: str | None = None,
    columns: Mapping[str, str | Sequence[str]] | None = None,
) -> list[HistoryFile]:
    """Return the files to work on, in order, each once.

    Parameters
    ----------
    inputs
        Files, and folders: of these every file below whose ending is one that is read, by name.
        Names that begin with a point or _ are passed over, as is all below ``out``.
    out
        Where the results go.
    preset, columns
        As for `feedback.mapping.choose_preset`.

    Raises
    ------
    SettingsError
        An input is not there, or there is no file in any of them.
    IngestError
        A file cannot be read, or no column of it holds comments.
    """
    paths = dict.fromkeys(path for given in inputs for path in _files(given, out.resolve()))
    if not paths:
        shown = ", ".join(str(given) for given in inputs)
        raise SettingsError(
            f"There is no file to read in {shown}. Endings that are read: "
            f"{', '.join(sorted(SUFFIXES))}."
        )
    history = []
    for path in paths:
        chosen = choose_preset(path, preset=preset, columns=columns)
        with open_table(path) as table:
            map_columns(chosen, table.headings, path.name)
        history.append(HistoryFile(path, chosen))
    return history


def _files(given: Path, out: Path) -> Iterator[Path]:
    """Yield a file, or the readable files of a folder, by their full names."""
    if given.is_file():
        yield given.resolve()
        return
    if not given.is_dir():
        raise SettingsError(f"{given} is neither a file nor a folder.")
    folder = given.resolve()
    for path in sorted(folder.rglob("*")):
        is_hidden = any(part.startswith((".", "_")) for part in path.relative_to(folder).parts)
        if (
            path.suffix.casefold() in SUFFIXES
            and not is_hidden
            and not path.is_relative_to(out)
            and path.is_file()
        ):
            yield path
