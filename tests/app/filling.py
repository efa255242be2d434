"""A store as the pipeline leaves it, filled through `Store` with invented comments of the fixtures.

Codes are those written beside the comments; topics, issue clusters and signals are planted, so
that tests know what a page must show.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from classifiers.facets import FacetFinder
from classifiers.lexicon import Reader
from feedback.duplicates import band_keys, exact_hash
from feedback.runs import new_run
from feedback.schema import (
    PREPARED_COMMENT_COLUMNS,
    RESPONSE_COLUMNS,
    Classification,
    CodeDecision,
    Decision,
    Origin,
    Sentiment,
)
from feedback.settings import Settings
from feedback.store import Enriched, Store

COMMENTS = Path(__file__).parents[2] / "fixtures" / "comments"
NOW = datetime(2026, 4, 1, 11, tzinfo=UTC)
WORKER = "tests:1:0"
NO_SPANS = pd.DataFrame(columns=["comment_id", "entity", "start", "end", "recogniser", "score"])
EVIDENCE = "/benefit-appeals/evidence"
CLUSTER = "c" * 32


def id_of(*parts: object) -> str:
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:32]


def put(store: Store, rows: Sequence[dict[str, Any]], *, now: datetime = NOW) -> list[str]:
    """Append comments given by their text and whatever differs from the usual; return their ids."""
    usual = {
        "source": "test",
        "service": "divorce",
        "page": "/divorce/payment",
        "question": None,
        "submitted_at": now - timedelta(hours=1),
        "received_at": now,
        "is_empty": False,
        "language": "en",
        "duplicate_of": None,
        "extra": None,
    }
    answers = dict.fromkeys(RESPONSE_COLUMNS)
    full = []
    for number, row in enumerate(rows):
        key = row.get("comment_id") or id_of(number, row["text"], row.get("submitted_at"))
        full.append(
            {**answers, **usual, "response_id": id_of("response", key), "comment_id": key, **row}
        )
    frame = pd.DataFrame(full)
    frame["n_characters"] = frame["text"].str.len()
    frame["text_hash"] = frame["text"].map(exact_hash)
    for name in ("submitted_at", "received_at"):
        frame[name] = pd.to_datetime(frame[name], utc=True).astype("datetime64[us, UTC]")
    run = new_run("ingest", Settings(), now=now)
    store.append(
        run,
        frame[list(PREPARED_COMMENT_COLUMNS)],
        frame[list(RESPONSE_COLUMNS)],
        NO_SPANS,
        band_keys(frame["text"].tolist()),
        [],
    )
    return list(frame["comment_id"])


def code(
    store: Store,
    codes: dict[str, Sequence[str]],
    *,
    decision: Decision = Decision.ASSIGNED,
    sentiments: dict[str, str] | None = None,
    facets: dict[str, dict[str, Any]] | None = None,
    model_version: str = "test-1",
) -> None:
    """Claim what waits and complete it with the codes given; a comment without any gets none."""
    while True:
        claimed = store.claim(WORKER, 1_000)
        if claimed.empty:
            return
        enriched = []
        for comment_id in claimed["comment_id"]:
            decided = tuple(
                CodeDecision(one, 0.9, decision, Origin.MODEL)
                for one in codes.get(comment_id, ["none"])
            )
            tone = Sentiment((sentiments or {}).get(comment_id, "negative"))
            told = Classification(decided, tone, (facets or {}).get(comment_id, {}))
            enriched.append(Enriched(comment_id, told, model_version))
        store.complete(WORKER, enriched)


def fill(store: Store, *, now: datetime = NOW, n_comments: int = 3_000, seed: int = 7) -> None:
    """Twelve weeks on seven services, a burst of upload failures in the last three days."""
    rng = np.random.default_rng(seed)
    everyday = pd.read_csv(COMMENTS / "everyday.csv", keep_default_na=False)
    stories = pd.read_csv(COMMENTS / "stories.csv", keep_default_na=False)
    burst = stories[stories["story"] == "upload-release"]
    taken = everyday.sample(n_comments, replace=True, random_state=seed).to_dict("records")
    ages = rng.uniform(0.02, 84, n_comments)
    rows, codes, tones = [], {}, {}
    for number, (row, age) in enumerate(
        [
            *zip(taken, ages, strict=True),
            *zip(burst.to_dict("records"), np.linspace(0.05, 2.8, len(burst)), strict=True),
        ]
    ):
        key = id_of(number, row["id"])
        is_survey = row["page"] == ""
        rows.append(
            {
                "comment_id": key,
                "text": row["text"],
                "service": row["service"] or "probate",
                "page": row["page"] or None,
                "language": row["language"],
                "submitted_at": now - timedelta(days=float(age)),
                "satisfaction": int(rng.choice([1, 2, 3, 4, 5], p=[0.1, 0.1, 0.2, 0.3, 0.3]))
                if is_survey or number % 3 == 0
                else None,
                "effort": int(rng.integers(1, 6)) if number % 3 == 0 else None,
                "completed": bool(rng.random() < 0.8) if number % 3 == 0 else None,
            }
        )
        codes[key] = row["codes"].split(";")
        tones[key] = row["sentiment"]
    put(store, rows, now=now)
    code(store, codes, sentiments=tones, facets=facets_of(rows, codes))
    of_burst = [row["comment_id"] for row in rows[n_comments:]]
    _plant(store, rows, codes, of_burst, now)


def facets_of(
    rows: Sequence[dict[str, Any]], codes: dict[str, Sequence[str]]
) -> dict[str, dict[str, Any]]:
    """What the comments about faults say of browsers, devices and errors, by comment id."""
    reader = Reader()
    finder = FacetFinder(reader)
    faults = [
        row for row in rows if any(one.startswith("fault.") for one in codes[row["comment_id"]])
    ]
    docs = reader.read([row["text"] for row in faults])
    return {
        row["comment_id"]: finder.find(doc, row["text"])
        for row, doc in zip(faults, docs, strict=True)
    }


def _plant(
    store: Store,
    rows: list[dict[str, Any]],
    codes: dict[str, Sequence[str]],
    of_burst: list[str],
    now: datetime,
) -> None:
    vector = np.zeros(384, dtype="<f4").tobytes()
    by_theme: dict[str, list[str]] = {}
    for row in rows:
        by_theme.setdefault(codes[row["comment_id"]][0], []).append(row["comment_id"])
    largest = sorted(by_theme, key=lambda name: -len(by_theme[name]))[:10]
    topics = pd.DataFrame(
        {
            "topic_id": range(len(largest)),
            "name": [name.replace(".", ", ").replace("_", " ") for name in largest],
            "terms": [["upload", "photo", "file", "evidence", "refused"] for _ in largest],
            "quotes": [by_theme[name][:3] for name in largest],
            "n": [len(by_theme[name]) for name in largest],
            "centroid": vector,
        }
    )
    members = pd.DataFrame(
        [(key, number, 0.7) for number, name in enumerate(largest) for key in by_theme[name]],
        columns=["comment_id", "topic_id", "similarity"],
    )
    store.write_topics("topics-1", topics, members)
    safe = [key for key in of_burst if "safeguarding" not in codes[key]]
    issues = pd.DataFrame(
        [
            issue(
                CLUSTER,
                "Photos refused on Upload evidence",
                safe[:3],
                page=EVIDENCE,
                service="benefit-appeals",
                theme="fault.upload",
                n=len(of_burst),
                now=now,
            ),
            issue(
                id_of("second"),
                "Payment taken twice on Pay the application fee",
                by_theme["fault.payment"][:3],
                theme="fault.payment",
                status="provisional",
                n=5,
                now=now,
            ),
        ]
    )
    store.write_clusters(
        issues,
        pd.DataFrame({"comment_id": of_burst, "cluster_id": CLUSTER, "similarity": 0.8}),
    )
    store.replace_signals(
        now,
        pd.DataFrame(
            [
                signal(
                    "burst-1",
                    now=now,
                    n=len(of_burst),
                    sentence=f"{len(of_burst)} reports of upload failures on {EVIDENCE} since "
                    "Sunday; usually 1 in 3 days.",
                ),
                signal(
                    "drift-1",
                    now=now,
                    kind="drift",
                    level="watch",
                    service="probate",
                    page="/probate/track",
                    theme="process.delay",
                    days=28,
                    n=41,
                    expected=22.4,
                    rate_ratio=1.83,
                    low=1.1,
                    high=2.9,
                    q_value=0.03,
                    sentence="Reports of waiting on /probate/track have grown for four weeks.",
                ),
            ]
        ),
    )


def issue(key: str, title: str, quotes: list[str], *, now: datetime = NOW, **given: Any) -> dict:
    return {
        "cluster_id": key,
        "service": "divorce",
        "page": "/divorce/payment",
        "title": title,
        "theme": None,
        "status": "new",
        "first_seen": now - timedelta(days=3),
        "last_seen": now - timedelta(hours=2),
        "n": 4,
        "quotes": quotes,
        "owner": None,
        "ticket_url": None,
        "fixed_at": None,
        "centroid": np.zeros(384, dtype="<f4").tobytes(),
        **given,
    }


def signal(name: str, *, now: datetime = NOW, days: float = 3, **given: Any) -> dict:
    return {
        "signal_id": id_of(name),
        "kind": "burst",
        "level": "alert",
        "service": "benefit-appeals",
        "page": EVIDENCE,
        "theme": "fault.upload",
        "window": f"{days} days",
        "window_start": now - timedelta(days=days),
        "window_end": now,
        "n": 26,
        "expected": 1.4,
        "rate_ratio": 18.6,
        "low": 9.1,
        "high": 41.0,
        "q_value": 0.00002,
        "sentence": "26 reports of upload failures on /benefit-appeals/evidence since Sunday; "
        "usually 1 in 3 days.",
        **given,
    }
