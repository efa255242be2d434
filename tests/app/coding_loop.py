"""Stores and sheets for tests of the correction loop."""

from __future__ import annotations

import csv
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np
import sqlalchemy as sa

from app.correcting import Doubts, DrawRequest, draw
from feedback import schema
from feedback.settings import Settings
from feedback.store import Store
from tests.app.filling import code, put

SETTINGS = Settings()
HEADINGS = ["id", "text", "service", "page", "codes"]


def doubts(score: Callable[[str], float] = lambda _: 1.0) -> Doubts:
    """A classifier as unsure of a text as ``score`` says, to which all texts are far apart."""

    def ask(texts: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
        return np.array([score(text) for text in texts]), np.eye(len(texts))

    return Doubts("test-1", "digital_service/1", ask)


def sentence(number: int) -> str:
    """Texts of which no two are near duplicates."""
    words = np.random.default_rng(number).permutation(
        "page form letter court upload payment fee appeal evidence date phone staff wait".split()
    )
    return f"number {number} " + " ".join(words[:7])


def fill(
    store: Store, codes: Sequence[str], *, service: str = "divorce", version: str = "test-1"
) -> list[str]:
    """Put one comment for each entry, coded by the machine as that says; return the ids."""
    first = int(store.read(sa.select(sa.func.count()).select_from(schema.comments)).iloc[0, 0])
    rows = [{"text": sentence(first + n), "service": service} for n in range(len(codes))]
    ids = put(store, rows)
    code(
        store,
        {key: given.split(";") for key, given in zip(ids, codes, strict=True)},
        model_version=version,
    )
    return ids


def draw_to(store: Store, out: Path, n: int = 20, **asked) -> dict:
    score = asked.pop("score", lambda _: 1.0)
    return draw(SETTINGS, store, out, DrawRequest(n, **asked), doubts(score))


def sheet_rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def write_rows(path: Path, rows: Sequence[Mapping[str, str]], encoding: str = "utf-8") -> Path:
    with path.open("w", encoding=encoding, newline="") as file:
        writer = csv.DictWriter(file, HEADINGS, extrasaction="ignore")
        writer.writeheader()
        writer.writerows(rows)
    return path


def code_sheet(path: Path, of: Callable[[dict[str, str]], str]) -> Path:
    """Write codes into a sheet as a coder would."""
    return write_rows(path, [{**row, "codes": of(row)} for row in sheet_rows(path)])


def samples(store: Store):
    return store.read(sa.select(schema.coding_samples))


def codings_by(store: Store, coder: str) -> dict[str, set[str]]:
    """What a coder gave, by comment."""
    frame = store.read(sa.select(schema.codings))
    mine = frame[(frame["coder"] == coder) & (frame["decision"] == "assigned")]
    return {key: set(group) for key, group in mine.groupby("comment_id")["code"]}
