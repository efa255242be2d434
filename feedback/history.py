"""Find the files of a backfill, and see that each can be read before work of hours begins."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from feedback.errors import SettingsError
from feedback.mapping import Preset, choose_preset, map_columns
from feedback.readers import SUFFIXES, open_table
from feedback.remote import RemoteFile, is_remote, problem, reach

__all__ = ["HistoryFile", "find_history"]


@dataclass(frozen=True)
class HistoryFile:
    """A file of history and how to read it."""

    path: Path | RemoteFile
    preset: Preset


def find_history(
    inputs: Sequence[Path | str],
    *,
    out: Path | str,
    preset: str | None = None,
    columns: Mapping[str, str | Sequence[str]] | None = None,
) -> list[HistoryFile]:
    """Return the files to work on, in order, each once.

    Parameters
    ----------
    inputs
        Files and folders, or URLs of either: of folders every file below whose ending is one that
        is read, by name. Names that begin with a point or _ are passed over, as is all below
        ``out``.
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
    paths: dict[Path | RemoteFile, None] = {}
    for given in inputs:
        if is_remote(given):
            paths |= dict.fromkeys(_remote_files(str(given), str(out).rstrip("/")))
        else:
            local = Path(str(given).removeprefix("file://"))
            paths |= dict.fromkeys(_files(local, _local(out)))
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


def _local(out: Path | str) -> Path | None:
    return None if is_remote(out) else Path(str(out).removeprefix("file://")).resolve()


def _files(given: Path, out: Path | None) -> Iterator[Path]:
    """Yield a file, or the readable files of a folder, by their full names."""
    if given.is_file():
        yield given.resolve()
        return
    if not given.is_dir():
        raise SettingsError(f"{given} is neither a file nor a folder.")
    folder = given.resolve()
    for path in sorted(folder.rglob("*")):
        is_out = out is not None and path.is_relative_to(out)
        if _is_wanted(path.relative_to(folder).parts) and not is_out and path.is_file():
            yield path


def _remote_files(url: str, out: str) -> list[RemoteFile]:
    """Return a file, or the readable files below a URL, by name."""
    fs, root = reach(url)
    scheme = url.partition("://")[0]
    try:
        fs.invalidate_cache()
        if fs.isfile(root):
            return [RemoteFile(url)]
        found = sorted(fs.find(root))
    except FileNotFoundError:
        found = []
    except Exception as error:  # noqa: BLE001 - each driver has errors of its own
        raise SettingsError(f"{url} cannot be read: {problem(error)}.") from None
    if not found:
        raise SettingsError(f"{url} is neither a file nor a folder with files.")
    files = []
    for path in map(str, found):
        file = RemoteFile(f"{scheme}://{path.lstrip('/')}")
        below = path.removeprefix(str(root)).strip("/").split("/")
        if _is_wanted(below) and not file.url.startswith(f"{out}/"):
            files.append(file)
    return files


def _is_wanted(parts: Sequence[str]) -> bool:
    """Return whether a file below a folder is read, by the parts of its name."""
    is_hidden = any(part.startswith((".", "_")) for part in parts)
    return PurePosixPath(parts[-1]).suffix.casefold() in SUFFIXES and not is_hidden
