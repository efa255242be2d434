"""The audit log, as the command line asks for it: its head, whether it is sound, a copy."""

from __future__ import annotations

import csv
import getpass
import json
import os
import re
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from app.wording import counted, moment
from feedback import schema
from feedback.audit_log import Checked, Head
from feedback.errors import SettingsError, StoreError
from feedback.export.tables import neutralise

if TYPE_CHECKING:
    from feedback.store import Store

__all__ = ["as_plain", "checked_text", "export_log", "head_plain", "head_text", "trouble", "verify"]

COLUMNS = ("entry_id", "at", "who", "action", "object", "detail", "digest")
BLOCK = 5_000
"""Lines read from the store at a time."""

_DIGEST = re.compile(r"[0-9a-f]{64}")
_table = schema.audit


def head_plain(head: Head) -> dict[str, Any]:
    """Return a head, ready for JSON."""
    at = head.at.isoformat() if head.at else None
    return {"line": head.entry_id, "digest": head.digest, "at": at}


def head_text(head: Head) -> str:
    """Return a head, for a person to note."""
    told = f"line {head.entry_id}, of {moment(head.at)}" if head.at else "no line yet"
    return f"{head.digest}\n{told}. Note the digest where this store's keepers cannot write."


def verify(store: Store, noted: str) -> Checked:
    """Go through the whole log.

    Raises
    ------
    SettingsError
        What was noted is no digest.
    """
    if noted and not _DIGEST.fullmatch(noted):
        raise SettingsError("--head takes the 64 digits that 'feedback audit head' printed.")
    return store.verify_audit(noted)


def as_plain(checked: Checked) -> dict[str, Any]:
    """Return what a look at the log found, ready for JSON."""
    return {
        "is_sound": checked.is_sound,
        "n_lines": checked.n_lines,
        "wrong_line": checked.wrong_id,
        "wrong_at": checked.wrong_at.isoformat() if checked.wrong_at else None,
        "is_cut_short": checked.is_cut_short,
        "is_noted_head_there": checked.is_noted_there,
        "head": head_plain(checked.head),
    }


def checked_text(checked: Checked, *, with_noted: bool = False) -> str:
    """Return what a look at the log found, for a person."""
    if problem := _problem(checked):
        return problem
    there = ", and the head that was noted is on it" if with_noted else ""
    return f"The audit log is whole: {counted(checked.n_lines, 'line')}{there}."


def _problem(checked: Checked) -> str:
    """Return what is wrong with the log, or nothing: number and time, never what a line says."""
    if checked.wrong_id is not None:
        at = f" ({moment(checked.wrong_at)})" if checked.wrong_at else ""
        fit = counted(checked.n_lines, "line before it fits", "lines before it fit")
        return f"Line {checked.wrong_id}{at} of the audit log does not fit; {fit}."
    if checked.is_cut_short:
        return f"The audit log ends after {counted(checked.n_lines, 'line')}; the last are gone."
    if not checked.is_noted_there:
        return "The head that was noted is not in the audit log: it was cut, or written anew."
    return ""


def trouble(store: Store) -> tuple[str, str]:
    """Return what was found, and what to do about it (nothing where all is well)."""
    try:
        checked = store.verify_audit()
    except StoreError as error:
        return "has no head", str(error)
    problem = _problem(checked)
    mend = "Somebody changed the store by hand: see docs/security.md, 'When something happened'."
    return problem or f"{counted(checked.n_lines, 'line')}, each fits", mend if problem else ""


def export_log(store: Store, out: Path, *, start: datetime | None, end: datetime | None) -> int:
    """Write the log, or that of a period, as CSV; that it was taken is a line of it, too.

    Returns
    -------
    int
        How many lines were written.

    Raises
    ------
    SettingsError
        The file cannot be written.
    """
    days = {"from": start.isoformat() if start else None, "to": end.isoformat() if end else None}
    partial = out.with_name(f".{out.name}.part")
    try:
        with partial.open("w", encoding="utf-8", newline="") as stream:
            writer = csv.writer(stream)
            writer.writerow(COLUMNS)
            n_lines = 0
            for row in _rows(store, start, end):
                writer.writerow([neutralise(cell) for cell in row])
                n_lines += 1
        store.audit(getpass.getuser(), "export audit log", "audit log", {**days, "n": n_lines})
        os.replace(partial, out)
    except OSError as error:
        raise SettingsError(f"{out} cannot be written ({error.strerror}).") from None
    finally:
        partial.unlink(missing_ok=True)
    return n_lines


def _rows(store: Store, start: datetime | None, end: datetime | None) -> Iterator[list[Any]]:
    chosen = [_table.c.at >= start] if start else []
    chosen += [_table.c.at < end] if end else []
    last = 0
    while True:
        query = sa.select(_table).where(_table.c.entry_id > last, *chosen)
        frame = store.read(query.order_by(_table.c.entry_id).limit(BLOCK))
        if frame.empty:
            return
        for row in frame.itertuples(index=False):
            detail = json.dumps(row.detail, ensure_ascii=False) if row.detail else ""
            told = row.who, row.action, row.object
            yield [row.entry_id, row.at.isoformat(), *told, detail, row.digest]
        last = int(frame["entry_id"].iloc[-1])
