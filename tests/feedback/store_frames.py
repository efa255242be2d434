"""Frames for tests of the store: short ways to comments that are ready to be stored."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pandas as pd

from feedback.duplicates import band_keys, exact_hash
from feedback.runs import Run, new_run
from feedback.schema import PREPARED_COMMENT_COLUMNS, RESPONSE_COLUMNS, Reject
from feedback.settings import Settings
from feedback.store import Store

NOON = datetime(2026, 4, 1, 12, tzinfo=UTC)


def comment_id(number: int) -> str:
    return f"{number:032x}"


def prepared(texts: Sequence[str], *, first: int = 0, **same: Any) -> pd.DataFrame:
    """Comments numbered from ``first``, each a minute later than the one before."""
    rows = [
        {
            "comment_id": comment_id(number),
            "response_id": comment_id(number + 1_000_000),
            "source": "test",
            "service": "divorce",
            "page": "/divorce/payment",
            "question": None,
            "submitted_at": NOON + timedelta(minutes=number),
            "received_at": NOON,
            "text": text,
            "is_empty": False,
            "language": "en",
            "n_characters": len(text),
            "text_hash": exact_hash(text),
            "duplicate_of": None,
            "extra": {"Wave": "2"},
            **same,
        }
        for number, text in enumerate(texts, start=first)
    ]
    frame = pd.DataFrame(rows, columns=list(PREPARED_COMMENT_COLUMNS))
    for name in ("submitted_at", "received_at"):
        frame[name] = pd.to_datetime(frame[name], utc=True).astype("datetime64[us, UTC]")
    return frame


def responses_of(comments: pd.DataFrame) -> pd.DataFrame:
    frame = pd.DataFrame(dict.fromkeys(RESPONSE_COLUMNS), index=comments.index)
    for name in ("response_id", "service", "submitted_at"):
        frame[name] = comments[name]
    frame["satisfaction"] = 4
    frame["help_needed"] = True
    frame["device"] = "phone"
    return frame.drop_duplicates("response_id")


NO_SPANS = pd.DataFrame(columns=["comment_id", "entity", "start", "end", "recogniser", "score"])


def a_run(**overrides: Any) -> Run:
    return new_run("ingest", Settings(**overrides), now=NOON)


def fill(
    store: Store,
    comments: pd.DataFrame,
    *,
    run: Run | None = None,
    spans: pd.DataFrame = NO_SPANS,
    rejects: Sequence[Reject] = (),
    bands: np.ndarray | None = None,
) -> int:
    """Append comments as the pipeline would."""
    keys = band_keys(comments["text"].tolist()) if bands is None else bands
    return store.append(run or a_run(), comments, responses_of(comments), spans, keys, rejects)
