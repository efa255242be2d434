"""A short way to pull sources in tests, with fakes for redaction and language."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import sqlalchemy as sa

from feedback import schema
from feedback.pull_sources import PullSource, add_source, sources_known, sources_of
from feedback.pull_turn import Turn, take_turn
from feedback.reference import load_reference
from feedback.schema import PullKind
from feedback.settings import Settings
from feedback.store import Store, utc_now
from tests import fakes

ROOT = Path(__file__).parents[2]
NOW = datetime(2026, 5, 1, tzinfo=UTC)
CHUNK_ROWS = 5
QUERY = "SELECT id, comment, changed FROM answers WHERE id >= :since ORDER BY id"
BY_ID = {"query": QUERY, "column": "id", "since": "0", "columns": {"response_id": ["id"]}}


def parts() -> Any:
    return SimpleNamespace(
        redactor=fakes.EmailRedactor(),
        language=fakes.WelshWordIdentifier(),
        reference=load_reference(),
    )


def add(store: Store, name: str, kind: PullKind, location: str, **options: Any) -> PullSource:
    with store.changing() as connection:
        add_source(
            connection,
            name,
            kind,
            location,
            service=options.pop("service", None),
            options={"source": options.pop("source", name), **options},
            every_minutes=15,
            who="ann",
            now=utc_now(),
        )
    return source(store, name)


def source(store: Store, name: str) -> PullSource:
    return next(one for one in sources_of(store.read(sources_known())) if one.name == name)


def turn(store: Store, name: str, *, chunk_rows: int = CHUNK_ROWS, **given: Any) -> Turn:
    usual: dict[str, Any] = {"clock": utc_now, "wait": lambda _seconds: None}
    settings = Settings(chunk_rows=chunk_rows)
    return take_turn(store, source(store, name), parts(), settings, **{**usual, **given})


def texts(store: Store) -> list[str]:
    """The comments in the store, each as often as it is there."""
    return sorted(store.read(sa.select(schema.comments.c.text))["text"])


def ids(store: Store) -> list[str]:
    return sorted(store.read(sa.select(schema.comments.c.comment_id))["comment_id"])


def write_export(path: Path, numbers: Sequence[int], words: str = "the page is slow") -> Path:
    """Write an export with a comment for each number; its rows say who they are."""
    lines = ["id,comment,date", *(f"R{n},{words} {n},03/04/2026" for n in numbers)]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def die(tasks: Sequence[dict[str, Any]]) -> list[int]:
    """Do each task in a process of its own that may be killed; see `tests.feedback.mortal_pull`."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.feedback.mortal_pull"],
        cwd=ROOT,
        input=json.dumps(tasks),
        capture_output=True,
        text=True,
        timeout=500,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)
