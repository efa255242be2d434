"""Exports asked for on a page: what would be in one, and the file, in a folder of its own.

The folder is private to this server's user and goes with the session, with the next export, after
an hour, or when the person removes it. What a server that was killed left behind goes with the next
export of any session.
"""

from __future__ import annotations

import os
import shutil
import tempfile
import time
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import sqlalchemy as sa

from app.queries import counts_in
from feedback.errors import SettingsError
from feedback.export import ExportFilters, count_comments
from feedback.safeguarding import is_flag
from feedback.schema import IS_ENRICHED, Measure, codings, comments

if TYPE_CHECKING:
    from datetime import date

    from app.filters import Filters
    from feedback.settings import Settings
    from feedback.store import Store

__all__ = [
    "MAX_DOWNLOAD",
    "ExportContents",
    "ExportFile",
    "command_line",
    "contents",
    "make_export",
    "of_filters",
]

MAX_DOWNLOAD = 100_000
"""Comments in a file made on a page: about 12 MB packed. It lies in the server's memory while it is
offered, and takes a minute or two to make; more is for the command line, which takes any number."""

MAX_AGE_SECONDS = 3_600
_PREFIX = "feedback-export-"
FORMATS = {"csv": "zip", "xlsx": "xlsx", "parquet": "zip"}
"""Formats and the ending of the one file each becomes."""

MIME_TYPES = {
    "zip": "application/zip",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


@dataclass(frozen=True)
class ExportContents:
    """How many comments an export would have, and the words of how many would be withheld."""

    n_comments: int
    n_withheld: int


@dataclass
class ExportFile:
    """A file made for one person; the folder is removed with it."""

    name: str
    n_comments: int
    run_id: str
    request: tuple[object, ...]
    folder: tempfile.TemporaryDirectory[str] = field(repr=False)
    made_at: float = field(default_factory=time.monotonic)

    @property
    def path(self) -> Path:
        """Where the file lies."""
        return Path(self.folder.name) / self.name

    @property
    def mime(self) -> str:
        """Type of the file, as browsers name it."""
        return MIME_TYPES[self.path.suffix.lstrip(".")]

    @property
    def is_there(self) -> bool:
        """Whether the file can be fetched still."""
        return time.monotonic() - self.made_at < MAX_AGE_SECONDS and self.path.is_file()

    def read(self) -> bytes:
        """Return what is in it."""
        return self.path.read_bytes()

    def remove(self) -> None:
        """Remove the file with its folder."""
        self.folder.cleanup()


def of_filters(filters: Filters) -> ExportFilters:
    """Return the filters of a page as those of an export."""
    return ExportFilters(
        service=filters.service,
        page=filters.page,
        start=filters.start,
        end=filters.end,
        code=filters.code,
        language=filters.language,
    )


def contents(store: Store, filters: Filters) -> ExportContents:
    """Return what an export with these filters would have, without reading it."""
    coding = codings.alias()
    of = of_filters(filters)
    # First the few that are withheld, by their indexes: SQLite would begin at the period.
    flagged = sa.select(coding.c.comment_id).where(is_flag(coding))
    waiting = sa.select(comments.c.comment_id).where(sa.not_(IS_ENRICHED))
    withheld = sa.union(flagged, waiting).cte("withheld").prefix_with("MATERIALIZED")
    n_withheld = store.read(
        sa.select(sa.func.count().label("n"))
        .join_from(withheld, comments, comments.c.comment_id == withheld.c.comment_id)
        .where(*of.conditions())
    )
    return ExportContents(_count(store, filters), int(n_withheld["n"].iloc[0]))


def _count(store: Store, filters: Filters) -> int:
    """Return how many comments pass; from the counts by day where they can tell."""
    if filters.code is not None and filters.language is not None:
        return count_comments(store, of_filters(filters))
    measure, value = Measure.COMMENTS, None
    if filters.code is not None:
        measure, value = Measure.CODE, filters.code
    elif filters.language is not None:
        measure, value = Measure.LANGUAGE, filters.language
    found = store.read(counts_in(filters, measure, by=["value"]))
    if value is not None:
        found = found[found["value"] == value]
    return int(found["n"].sum())


def make_export(
    settings: Settings,
    store: Store,
    file_format: str,
    filters: Filters,
    *,
    who: str,
    seen: Store,
    with_safeguarding: bool,
    today: date,
    progress: Callable[[int], None],
) -> ExportFile:
    """Make the file as ``feedback export`` does, and return it; CSV and Parquet are packed.

    Parameters
    ----------
    store, seen
        Where the run and the audit line are written, and what the person sees of it.

    Raises
    ------
    SettingsError
        More comments pass than a page may give away.
    """
    from app.exporting import export_to

    n = _count(seen, filters)
    if n > MAX_DOWNLOAD:
        raise SettingsError(
            f"{n:,} comments are too many for a page, which gives {MAX_DOWNLOAD:,}. Narrow the "
            "filters, or use: feedback export"
        )
    _remove_left_behind()
    folder = tempfile.TemporaryDirectory(prefix=_PREFIX)
    name = f"feedback-{today.isoformat()}"
    try:
        made = Path(folder.name) / f"{name}.{file_format}"
        summary = export_to(
            settings,
            store,
            made,
            file_format,
            of_filters(filters),
            with_safeguarding=with_safeguarding,
            who=who,
            seen=seen,
            progress=progress,
        )
        ending = FORMATS[file_format]
        if ending == "zip":
            _pack(Path(folder.name) / f"{name}.zip", summary["files"])
    except BaseException:
        folder.cleanup()
        raise
    request = (file_format, filters, with_safeguarding)
    return ExportFile(f"{name}.{ending}", summary["n_comments"], summary["run_id"], request, folder)


def _pack(path: Path, files: list[Path]) -> None:
    """Put files into one, and remove them."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as packed:
        for file in files:
            packed.write(file, file.name)
            file.unlink()


def _remove_left_behind() -> None:
    """Remove folders of exports that a server which was killed left behind."""
    for folder in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*"):
        try:
            told = folder.lstat()
            is_old = time.time() - told.st_mtime > 2 * MAX_AGE_SECONDS
            if is_old and told.st_uid == os.getuid() and not folder.is_symlink():
                shutil.rmtree(folder, ignore_errors=True)
        except OSError:
            continue  # another process was quicker


def command_line(file_format: str, filters: Filters, *, with_safeguarding: bool) -> str:
    """Return the command that makes the same export, of any size.

    >>> from datetime import date
    >>> from app.filters import Filters
    >>> asked = Filters(date(2026, 1, 1), date(2026, 3, 31), service="a b")
    >>> command_line("csv", asked, with_safeguarding=False)
    "feedback export --out feedback.csv --service 'a b' --from 01/01/2026 --to 31/03/2026 \
--withhold-safeguarding"
    """
    import shlex

    from app.wording import day

    given = {
        "--out": f"feedback.{file_format}",
        "--service": filters.service,
        "--page": filters.page,
        "--from": day(filters.first_day),
        "--to": day(filters.last_day),
        "--code": filters.code,
        "--language": filters.language,
    }
    parts = [f"{name} {shlex.quote(value)}" for name, value in given.items() if value is not None]
    if not with_safeguarding:
        parts.append("--withhold-safeguarding")
    return f"feedback export {' '.join(parts)}"
