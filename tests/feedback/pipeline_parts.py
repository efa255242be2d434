"""A short way to run the pipeline in tests, with fakes for the models."""

from __future__ import annotations

import csv
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pandas as pd
import sqlalchemy as sa

from feedback.mapping import load_preset
from feedback.pipeline import EnrichSummary, IngestSummary, enrich, ingest_file
from feedback.reference import load_reference
from feedback.settings import Settings
from feedback.store import Store
from tests import fakes

NOW = datetime(2026, 5, 1, tzinfo=UTC)
HEADINGS = ("id", "comment", "page", "date", "service", "browser")


def write_csv(path: Path, rows: list[dict[str, Any]]) -> Path:
    """Write rows under the headings of the generic preset and whatever else they bring."""
    names = list(dict.fromkeys([*HEADINGS, *(name for row in rows for name in row)]))
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, names, restval="")
        writer.writeheader()
        writer.writerows(rows)
    return path


def row(number: int, comment: str, **fields: Any) -> dict[str, Any]:
    return {
        "id": f"R{number}",
        "comment": comment,
        "page": "/divorce/payment",
        "date": "03/04/2026",
        "service": "Divorce",
        **fields,
    }


def ingest(path: Path, store: Store, **changes: Any) -> IngestSummary:
    given: dict[str, Any] = {
        "store": store,
        "redactor": fakes.EmailRedactor(),
        "language": fakes.WelshWordIdentifier(),
        "reference": load_reference(),
        "settings": Settings(home=path.parent),
        "now": NOW,
    }
    return ingest_file(path, load_preset("generic"), **(given | changes))


def work(
    store: Store, classifier: Any = None, embedder: Any = None, **settings: Any
) -> EnrichSummary:
    return enrich(
        store,
        embedder or fakes.BagOfWordsEmbedder(),
        classifier or fakes.KeywordClassifier(),
        settings=Settings(**settings),
    )


def rows_of(store: Store, table: sa.Table) -> pd.DataFrame:
    return store.read(sa.select(table).order_by(*table.primary_key.columns))
