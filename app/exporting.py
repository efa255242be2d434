"""Export as the command line and the dashboard ask for it: days become times, a run is recorded."""

from __future__ import annotations

import getpass
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from feedback.days import LONDON
from feedback.errors import SettingsError

if TYPE_CHECKING:
    from classifiers.codebook import Codebook
    from feedback.export import ExportFilters
    from feedback.settings import Settings
    from feedback.store import Store

__all__ = ["ExportRequest", "day_start", "export_to"]


WITH_SAFEGUARDING = "words of comments that may be about safeguarding are in it"
WITHOUT_SAFEGUARDING = (
    "words of comments that may be about safeguarding, or are not coded yet, are withheld"
)


@dataclass(frozen=True)
class ExportRequest:
    """What a person asked for; days are DD/MM/YYYY or ISO, both ends included."""

    file_format: str
    service: str | None = None
    page: str | None = None
    start: str | None = None
    end: str | None = None
    code: str | None = None
    language: str | None = None

    def filters(self) -> ExportFilters:
        """Return the filters, days turned into times.

        Raises
        ------
        SettingsError
            A day cannot be read.
        """
        from feedback.export import ExportFilters

        end = day_start(self.end, "--to", n_days_later=1)
        return ExportFilters(
            service=self.service,
            page=self.page,
            start=day_start(self.start, "--from"),
            end=end,
            code=self.code,
            language=self.language,
        )


def day_start(text: str | None, option: str, *, n_days_later: int = 0) -> datetime | None:
    """Return the start of a London day in UTC, or of the day some days later.

    Raises
    ------
    SettingsError
        It cannot be read; the message names the option.
    """
    if text is None:
        return None
    for pattern in ("%d/%m/%Y", "%Y-%m-%d"):
        try:
            naive = datetime.strptime(text, pattern)  # noqa: DTZ007 - London is set below
        except ValueError:
            continue
        later = naive + timedelta(days=n_days_later)
        return later.replace(tzinfo=LONDON).astimezone(UTC)
    raise SettingsError(f"{option} is not a day. Write it as DD/MM/YYYY, such as 01/04/2026.")


def export_to(
    settings: Settings,
    store: Store,
    out: Path,
    file_format: str,
    filters: ExportFilters,
    *,
    with_safeguarding: bool = True,
    who: str | None = None,
    seen: Store | None = None,
    progress: Callable[[int], None] | None = None,
) -> dict[str, Any]:
    """Write the export and return run id, number of comments and the files made.

    Parameters
    ----------
    with_safeguarding
        Give the words of comments that may be about safeguarding; else they are withheld.
    who
        Who exports, for the audit log; by default the person logged in to this machine.
    seen
        What that person sees of the store, where it is not all of it.
    """
    from app.leak_rate import leak_line
    from app.redaction import redaction_line
    from classifiers.codebook import load_codebook
    from feedback.export import export_comments

    started = time.perf_counter()
    seen = seen or store
    codebook = load_codebook()
    run_id = store.start_run("export", settings, codebook=codebook.name)
    about = {
        "run id": run_id,
        "exported at (UTC)": datetime.now(UTC).isoformat(timespec="seconds"),
        "codebook": codebook.name,
        **{f"filter {name}": value for name, value in filters.describe().items()},
        "personal data": "replaced before storage; see the leak rate",
        "redaction": redaction_line(store),
        "leak rate": leak_line(seen, filters.service),
        "safeguarding": WITH_SAFEGUARDING if with_safeguarding else WITHOUT_SAFEGUARDING,
        "formulas": "cells that a spreadsheet could run begin with an apostrophe",
    }
    summary = export_comments(
        seen,
        out,
        file_format=file_format,
        filters=filters,
        about=about,
        codebook=_codebook_rows(codebook),
        with_safeguarding=with_safeguarding,
        progress=progress,
    )
    seconds = {"export": time.perf_counter() - started}
    store.finish_run(run_id, n_in=summary.n_comments, seconds=seconds)
    detail = {
        "run_id": run_id,
        "n_comments": summary.n_comments,
        "format": file_format,
        "filters": filters.describe(),
        "with_safeguarding": with_safeguarding,
    }
    store.audit(who or getpass.getuser(), "export", out.name, detail)
    return {"run_id": run_id, "n_comments": summary.n_comments, "files": list(summary.files)}


def _codebook_rows(codebook: Codebook) -> list[dict[str, str]]:
    """Return the codebook as a table."""
    return [
        {
            "code": code.id,
            "label": code.label,
            "definition": code.definition,
            "include": code.include,
            "exclude": code.exclude,
            "parent": code.parent,
        }
        for code in codebook.codes
        if code.codable
    ]
