"""What every command shares: settings, streams, progress."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, is_dataclass
from datetime import date, datetime
from enum import StrEnum
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from feedback.errors import SettingsError

if TYPE_CHECKING:
    from feedback.settings import Settings
    from feedback.store import Store

__all__ = [
    "Context",
    "column_pairs",
    "progress_bar",
    "read_json_lines",
    "write_json",
    "write_json_line",
]


@dataclass
class Context:
    """Global options, and the settings they lead to."""

    home: Path | None = None
    store: str | None = None
    debug: bool = False

    @cached_property
    def settings(self) -> Settings:
        """All settings, with the global options on top."""
        from app.wiring import quieten_libraries
        from feedback.settings import load_settings

        quieten_libraries()
        _refuse_password(self.store)
        return load_settings(home=self.home, store=self.store)

    def redacting(self, mode: str | None, operator: str | None) -> Settings:
        """Return the settings with the choices of one command on top.

        Raises
        ------
        SettingsError
            A choice is none of those there are.
        """
        from feedback.schema import RedactionMode, RedactionOperator

        update = {
            name: _choice(option, kind, value)
            for name, option, kind, value in (
                ("redaction_mode", "--mode", RedactionMode, mode),
                ("redaction_operator", "--operator", RedactionOperator, operator),
            )
            if value is not None
        }
        return self.settings.model_copy(update=update)

    @contextmanager
    def open_store(self, *, create: bool = False) -> Iterator[Store]:
        """Give the store, and close it afterwards; one that is not there is an error."""
        from app.wiring import open_store

        store = open_store(self.settings, create=create)
        try:
            yield store
        finally:
            store.close()


def _refuse_password(store: str | None) -> None:
    """Refuse a password on the command line, where everybody on this machine can read it."""
    from feedback.database import as_url, shown

    if store and shown(as_url(store)) != as_url(store).render_as_string(hide_password=False):
        raise SettingsError(
            "--store holds a password, which everybody on this machine could read. Set "
            "FEEDBACK_STORE, or keep the password in ~/.pgpass."
        )


def _choice(option: str, kind: type[StrEnum], value: str) -> StrEnum:
    try:
        return kind(value)
    except ValueError:
        choices = ", ".join(kind)
        raise SettingsError(f"{option} is none of the choices. Choose one of {choices}.") from None


@contextmanager
def progress_bar(description: str, total: int | None = None) -> Iterator[Callable[[int], None]]:
    """Give a function that moves a bar on standard error; silent where that is no terminal."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    console = Console(stderr=True)
    columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn()
    with Progress(
        *columns,
        TimeElapsedColumn(),
        console=console,
        transient=True,
        disable=not console.is_terminal,
    ) as display:
        task = display.add_task(description, total=total)
        yield lambda n: display.advance(task, n)


def _plain(value: Any) -> Any:
    """Turn what JSON lacks into what it has."""
    if is_dataclass(value) and not isinstance(value, type):
        return asdict(value)
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, Path):
        return str(value)
    if hasattr(value, "item"):
        return value.item()
    raise TypeError(type(value).__name__)


def write_json(value: Any) -> None:
    """Write one indented JSON value to standard output."""
    sys.stdout.write(json.dumps(value, default=_plain, ensure_ascii=False, indent=2) + "\n")


def write_json_line(value: Mapping[str, Any]) -> None:
    """Write one JSON value as a line to standard output."""
    sys.stdout.write(json.dumps(value, default=_plain, ensure_ascii=False) + "\n")


def column_pairs(given: list[str]) -> dict[str, list[str]]:
    """Return the columns of each field; a field may have several, such as several comments."""
    pairs: dict[str, list[str]] = {}
    for text in given:
        field, equals, column = text.partition("=")
        if not equals or not field.strip() or not column.strip():
            raise SettingsError("--map takes FIELD=COLUMN, such as --map comment=text.")
        pairs.setdefault(field.strip(), []).append(column.strip())
    return pairs


def read_json_lines(path: Path | None) -> Iterator[dict[str, Any]]:
    """Read ``{"id", "text"}`` lines from a file, or from standard input without one.

    Raises
    ------
    SettingsError
        A line is not a JSON object with both fields; names the line, never its text.
    """
    if path is not None and not path.is_file():
        raise SettingsError(f"{path} is not a file. Give a JSON Lines file, or use standard input.")
    return _records(sys.stdin.buffer if path is None else path.open("rb"))


def _records(stream: BinaryIO) -> Iterator[dict[str, Any]]:
    """Yield the records of a stream, and close it."""
    with stream:
        for number, raw in enumerate(stream, start=1):
            if not raw.strip():
                continue
            try:
                record = json.loads(raw.decode("utf-8-sig"))
            except ValueError:
                record = None
            if not isinstance(record, dict) or not isinstance(record.get("text"), str):
                raise SettingsError(
                    f"Line {number} is not a JSON object with a text: expected "
                    '{"id": "...", "text": "..."} on each line, in UTF-8.'
                )
            yield {"id": record.get("id", number), "text": record["text"]}
