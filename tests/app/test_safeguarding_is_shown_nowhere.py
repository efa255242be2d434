"""Through all that is made of comments, no word of what may be about safeguarding comes out."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from streamlit.testing.v1 import AppTest

from app import queries_triage
from app.filters import Filters
from app.queries_safeguarding import count_safeguarding, safeguarding_queue
from app.running import run_once
from app.ticketing import ticket_from_store
from app.topic_work import list_topics, show_topic
from feedback import schema
from feedback.settings import Settings
from feedback.store import Store
from tests.app.filling import NOW, put
from tests.app.leak_checks import store
from tests.app.test_pages_show_the_store import PAGES, open_app, text_of
from tests.app.welsh_store import ASSIGNED, REVIEW, Planted, plant
from tests.topics.test_a_store_is_brought_up_to_date import SETTINGS, WideEmbedder, add, table
from topics import refresh_clusters, refresh_signals, refresh_topics

__all__ = ["open_app", "store"]

ROOT = Path(__file__).parents[2]
MARK = "zorblax"
"""In every flagged comment and no other."""
N_FLAGGED = 40
FAULT = {"fault.upload": ASSIGNED, "complaint": ASSIGNED}


def flagged(n: int, **row: object) -> Planted:
    """One of many alike, enough for a topic and a cluster: for sure or for review, by turns."""
    text = f"{MARK} upload photo refused large file he hurts me {MARK} number {n}"
    decision = ASSIGNED if n % 4 == 0 else REVIEW
    at = NOW - timedelta(hours=n + 1)
    language = ("en", "cy", "other")[n % 3]
    duplicate_of = "f" * 32 if n % 5 == 4 else None
    given = {"submitted_at": at, "language": language, "duplicate_of": duplicate_of, **row}
    return Planted(text, {**FAULT, "safeguarding": decision}, row=given)


def filled(store: Store, *more: Planted) -> list[str]:
    """A store with topics, clusters and signals, made by what makes them."""
    for seed, subject in enumerate(("fault.upload", "fault.payment", "fault.sign_in")):
        add(store, subject, 60, seed=seed)
    add(store, "fault.payment", 20, seed=9, hours=20)
    ids = plant(store, *(flagged(n) for n in range(N_FLAGGED)), *more)
    refresh(store)
    return ids


def refresh(store: Store) -> None:
    embedder = WideEmbedder()
    refresh_topics(store, embedder, settings=SETTINGS, is_forced=True)
    refresh_clusters(store, embedder, settings=SETTINGS)
    refresh_signals(store, now=NOW, settings=SETTINGS)


def ids_in(store: Store) -> list[str]:
    return list(safeguarding_queue(store, None, 10_000)["comment_id"])


def made_of_comments(store: Store) -> str:
    tables = ("topics", "issues", "signals", "audit")
    frames = [table(store, name).drop(columns="centroid", errors="ignore") for name in tables]
    return json.dumps([frame.astype(str).to_dict("records") for frame in frames])


def test_no_topic_or_issue_is_made_of_its_words(store: Store) -> None:
    ids = filled(store)
    made = made_of_comments(store)
    assert "payment" in made
    assert MARK not in made
    assert not [key for key in ids if key in made], "quotes are ids"
    told = table(store, "assignments").set_index("comment_id")
    assert told.loc[ids, "topic_id"].notna().all(), "it joins a topic and is counted there"
    assert told.loc[ids, "cluster_id"].isna().all()
    assert sorted(ids_in(store)) == sorted(ids)


def issues_of(store: Store, page: str) -> list[dict]:
    issues = table(store, "issues")
    return issues[issues["page"] == page].to_dict("records")


def test_a_cluster_that_grows_forgets_what_turned_out_to_be_safeguarding(store: Store) -> None:
    for seed, subject in enumerate(("fault.upload", "fault.payment", "fault.sign_in")):
        add(store, subject, 60, seed=seed)
    texts = [f"{MARK} voucher code will not print number {n}" for n in range(6)]
    rows = [{"text": text, "page": "/voucher", "language": "en"} for text in texts]
    ids = plant(store, *(Planted(row["text"], {"fault.error": ASSIGNED}, row=row) for row in rows))
    refresh(store)
    (before,) = issues_of(store, "/voucher")
    assert MARK in before["title"].lower(), "else this would show nothing"
    for key in ids:
        store.correct(key, ["fault.error", "safeguarding"], "ann")
    later = [f"voucher code will not print at all {n}" for n in range(6)]
    rows = [{"text": text, "page": "/voucher", "language": "en"} for text in later]
    plant(store, *(Planted(row["text"], {"fault.error": ASSIGNED}, row=row) for row in rows))
    refresh(store)
    (issue,) = issues_of(store, "/voucher")
    assert issue["n"] == 12
    assert MARK not in issue["title"].lower()
    assert not set(issue["quotes"]) & set(ids)


def test_topics_show_quotes_no_comment_flagged_since(store: Store) -> None:
    filled(store)
    topic = list_topics(store)[0]["topic_id"]
    quotes = show_topic(store, topic)["quotes"]
    assert len(quotes) == 3
    comments = table(store, "comments")
    for key in comments[comments["text"].isin(quotes)]["comment_id"]:
        store.correct(key, ["safeguarding"], "ann")
    assert show_topic(store, topic)["quotes"] == []


def test_no_ticket_and_no_fault_is_of_it(store: Store) -> None:
    ids = filled(store)
    period = Filters(NOW.date() - timedelta(days=90), NOW.date())
    found = queries_triage.faults(store, period, ("fault.upload", "fault.payment"))
    assert len(found.comments) == 140
    assert not set(found.comments["comment_id"]) & set(ids)
    assert queries_triage.fault_texts(store, tuple(ids)) == {}
    told = ticket_from_store(Settings(), store, service="divorce", page=None, code=None, since=None)
    assert "200 comments about this fault" in told
    assert MARK not in told


@pytest.mark.parametrize("page", PAGES)
def test_no_page_has_its_words(open_app: Callable[..., AppTest], page: str) -> None:
    def prepare(store: Store) -> None:
        filled(store)
        assert len(ids_in(store)) == N_FLAGGED

    app = open_app(prepare, page)
    assert not app.exception
    shown = text_of(app) + "".join(frame.value.to_json() for frame in app.dataframe)
    assert len(shown) > 200
    assert MARK not in shown
    assert MARK not in str(app)


KILLED = """
import os, signal, sys
import topics
topics.refresh_topics = lambda *_, **__: os.kill(os.getpid(), signal.SIGKILL)
from app.cli import main
sys.argv = ["feedback", "run"]
main()
"""
"""``feedback run``, and a power cut when it has coded and begins with topics."""


def test_a_run_killed_before_topics_has_the_queue_already(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'feedback.db'}"
    texts = [
        "the upload page is slow and gives me error 500",
        "he said he will kill me if I go to the hearing and I am scared to go home",
        "mae o wedi bygwth fy lladd a dwi ofn mynd adref",
    ]
    with Store.open(url) as store:
        rows = zip(texts, ("en", "en", "cy"), strict=True)
        ids = put(store, [{"text": text, "language": told} for text, told in rows])
    ended = subprocess.run(
        [sys.executable, "-c", KILLED],
        cwd=ROOT, capture_output=True, text=True, timeout=300,
        env={**os.environ, "FEEDBACK_HOME": str(tmp_path), "FEEDBACK_STORE": url},
    )  # fmt: skip
    assert ended.returncode == -signal.SIGKILL, ended.stderr
    with Store.open(url) as store:
        assert store.read(sa.select(schema.topics)).empty
        assert sorted(ids_in(store)) == sorted(ids[1:])
        run_once(Settings(home=tmp_path, store=url), store)
        assert sorted(ids_in(store)) == sorted(ids[1:])
        assert count_safeguarding(store).n_waiting == 2
