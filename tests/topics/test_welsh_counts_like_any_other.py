"""Two stores that differ in nothing but that half of one is Welsh have the same findings."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pandas as pd
import pytest
import sqlalchemy as sa

from feedback import schema
from feedback.schema import Decision
from feedback.store import Store
from tests.app.filling import NOW, code, put
from tests.topics.test_a_store_is_brought_up_to_date import (
    SETTINGS,
    SUBJECTS,
    WideEmbedder,
    table,
    written,
)
from topics import refresh_clusters, refresh_signals, refresh_topics, store_counts

PAGE = "/divorce/payment"


def filled(path: Path, language: str) -> Store:
    """Twelve weeks, a burst of payments on the last day, and comments without a sure code."""
    store = Store.open(f"sqlite:///{path}")
    subjects = {}
    rows = []

    def say(subject: str, n: int, seed: int, days: float) -> None:
        for number, text in enumerate(written(subject, n, seed)):
            key = f"{seed:02d}{number:030d}"
            subjects[key] = [subject]
            rows.append(
                {
                    "comment_id": key,
                    "text": text,
                    "submitted_at": NOW - timedelta(days=days * (number + 0.5) / n),
                    "language": language if number % 2 else "en",
                }
            )

    for seed, subject in enumerate(SUBJECTS):
        say(subject, 60, seed, 84)
    say("fault.payment", 30, 9, 1)
    put(store, rows)
    code(store, subjects)
    unsure = [
        {"comment_id": f"u{n:031d}", "text": f"zzz {n}", "language": language, "page": "/unsure"}
        for n in range(7)
    ]
    put(store, unsure)
    code(store, {row["comment_id"]: ["complaint"] for row in unsure}, decision=Decision.REVIEW)
    embedder = WideEmbedder()
    refresh_topics(store, embedder, settings=SETTINGS)
    refresh_clusters(store, embedder, settings=SETTINGS)
    with store._engine.begin() as connection:
        connection.execute(sa.update(schema.issues).values(status="new"))
    refresh_signals(store, now=NOW, settings=SETTINGS)
    return store


@pytest.fixture(scope="module")
def stores(tmp_path_factory: pytest.TempPathFactory):
    folder = tmp_path_factory.mktemp("twins")
    with filled(folder / "cy.db", "cy") as welsh, filled(folder / "en.db", "en") as english:
        yield welsh, english


def test_the_stores_differ_in_language(stores: tuple[Store, Store]) -> None:
    languages = [table(store, "comments")["language"].value_counts() for store in stores]
    assert languages[0]["cy"] == 3 * 30 + 15 + 7
    assert "cy" not in languages[1]


@pytest.mark.parametrize("name", ["topics", "assignments", "issues", "signals"])
def test_findings_are_the_same(stores: tuple[Store, Store], name: str) -> None:
    welsh, english = (table(store, name) for store in stores)
    assert len(english) > 0
    pd.testing.assert_frame_equal(welsh, english)


def test_counts_by_page_and_theme_are_the_same(stores: tuple[Store, Store]) -> None:
    welsh, english = (store_counts(store) for store in stores)
    pd.testing.assert_frame_equal(welsh, english)
    by_theme = welsh[welsh["page"] == PAGE].groupby("theme")["n"].sum()
    assert by_theme["all"] == 210
    assert by_theme["fault.payment"] == 90


def test_welsh_is_in_topics_clusters_and_signals(stores: tuple[Store, Store]) -> None:
    welsh = stores[0]
    told = table(welsh, "assignments").merge(table(welsh, "comments"), on="comment_id")
    of = told[told["language"] == "cy"]
    topics = table(welsh, "topics")
    assert topics["n"].sum() == 217, "unsure ones have a topic or are told as having none"
    assert (of["topic_id"] >= 0).sum() >= 100
    assert of["cluster_id"].notna().sum() >= 10
    assert "fault.payment" in set(table(welsh, "signals")["theme"])


def test_welsh_that_needs_a_speaker_counts_as_a_report(stores: tuple[Store, Store]) -> None:
    """Its theme is not known, but that somebody wrote is, and what is alike forms a cluster."""
    counts = store_counts(stores[0])
    here = counts[counts["page"] == "/unsure"].groupby("theme")["n"].sum()
    (cluster,) = set(here.index) - {"all"}
    assert cluster.startswith("cluster:")
    assert here.tolist() == [7, 7]
