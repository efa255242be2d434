"""A store where one response has left its mark in every table that can hold one.

Its words stand nowhere else, nor do its ids; the others' comments share groups with it.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import numpy as np
import pandas as pd
import sqlalchemy as sa

from feedback import schema
from feedback.schema import Classification, CodeDecision, Decision, Origin, Sentiment
from feedback.store import Enriched, Store
from feedback.tallies import refresh_tallies
from tests.feedback.store_frames import NOON, a_run, comment_id, fill, prepared

WORD = "zanzibarqux"
SECRET = comment_id(901)
REPEAT, THIRD = comment_id(902), comment_id(903)
"""Of another person, who said the very same as the secret's second comment; and a third one."""
SECOND = comment_id(904)
RESPONSE = comment_id(1_000_901)
N_OTHERS = 30
SHARED, OWN, HUSK = "a" * 32, "b" * 32, "d" * 32
"""Issue clusters: one with others, one of the secret alone, one merged into the first."""
COMMON = "the button to go on does nothing"
MARKS = (WORD, SECRET, SECOND, RESPONSE)


def vector(number: int) -> np.ndarray:
    return np.random.default_rng(number).normal(size=8).astype("<f4")


def plant(store: Store) -> None:
    """Fill the store."""
    run = a_run()
    others = prepared([f"my form was lost at step {n}" for n in range(N_OTHERS)])
    fill(store, others, run=run)
    secret = prepared([f"the {WORD} form lost my statement"], first=901)
    same = prepared([COMMON], first=904, response_id=RESPONSE)
    secret["extra"] = [{"Wave": WORD}]
    fill(store, pd.concat([secret, same], ignore_index=True), run=run, spans=_spans())
    fill(store, prepared([COMMON] * 2, first=902, duplicate_of=SECOND), run=run)
    _code(store)
    hashes = store.read(sa.select(schema.comments.c.comment_id, schema.comments.c.text_hash))
    for row in hashes.itertuples():
        store.put_vectors("m", "1", {row.text_hash: vector(int(row.comment_id, 16))})
    _groups(store)
    _decisions(store, run.run_id)
    refresh_tallies(store)


def _spans() -> pd.DataFrame:
    told = {"comment_id": SECRET, "entity": "PERSON", "start": 4, "end": 15, "recogniser": WORD}
    return pd.DataFrame([{**told, "score": 0.9}])


def _code(store: Store) -> None:
    given = (CodeDecision("fault.upload", 0.9, Decision.ASSIGNED, Origin.MODEL),)
    told = Classification(given, Sentiment.NEGATIVE, {"error": ["lost"]})
    batch = store.claim("w", 1_000)
    store.complete("w", [Enriched(one, told, "m1") for one in batch["comment_id"]])


def mean(ids: list[str]) -> bytes:
    total = np.sum([vector(int(one, 16)) for one in ids], axis=0)
    return (total / len(ids)).astype("<f4").tobytes()


def members() -> list[str]:
    """Comments of the shared cluster."""
    return [*(comment_id(n) for n in range(8)), SECRET]


def _issue(cluster_id: str, title: str, ids: list[str], **other: Any) -> dict[str, Any]:
    return {
        "cluster_id": cluster_id,
        "service": "divorce",
        "page": "/divorce/payment",
        "title": title,
        "theme": "fault.upload",
        "status": "new",
        "first_seen": NOON,
        "last_seen": NOON + timedelta(minutes=901),
        "n": len(ids),
        "quotes": ids[-2:],
        "centroid": mean(ids),
        **other,
    }


def _groups(store: Store) -> None:
    shared = members()
    title = f"Upload fails: {WORD}, form (Payment)"
    issues = [
        _issue(SHARED, title, shared),
        _issue(OWN, f"Upload fails: {WORD} (Payment)", [SECOND]),
        _issue(HUSK, f"{WORD} again", [SECRET]),
    ]
    told = [(one, SHARED, 0.8) for one in shared] + [(SECOND, OWN, 0.9)]
    names = ["comment_id", "cluster_id", "similarity"]
    merged = {HUSK: SHARED}
    store.write_clusters(pd.DataFrame(issues), pd.DataFrame(told, columns=names), merged=merged)
    topic = {"topic_id": 1, "name": f"Form, {WORD}", "terms": ["form", WORD, f"{WORD} form"]}
    topic |= {"quotes": shared[-3:], "n": len(shared), "centroid": mean(shared), "parent_id": None}
    found = pd.DataFrame(
        [(one, 1, 0.7) for one in shared], columns=["comment_id", "topic_id", "similarity"]
    )
    store.write_topics("t1", pd.DataFrame([{**topic, "named_by": None}]), found)
    store.replace_signals(NOON, pd.DataFrame([_signal(*one) for one in SIGNALS]))


SIGNALS: tuple[tuple[str, str, str, list[str] | None], ...] = (
    ("1" * 32, f"cluster:{SHARED}", f"9 reports of '{WORD}, form' in a day.", None),
    ("2" * 32, f"cluster:{OWN}", f"1 report of '{WORD}' in a day.", None),
    ("3" * 32, f"text:{SECRET}", "3 comments say what is new.", [SECRET, comment_id(1)]),
    ("4" * 32, f"text:{comment_id(2)}", f"3 comments about {WORD}.", [comment_id(2), SECOND]),
    ("5" * 32, "fault.upload", "34 reports of upload failures.", None),
)
"""Id, theme, sentence and the comments behind each; the last two rows differ: one quotes."""


def _signal(key: str, theme: str, sentence: str, ids: list[str] | None) -> dict[str, Any]:
    figures = dict.fromkeys(("expected", "rate_ratio", "low", "high", "q_value"), 1.0)
    return {
        "signal_id": key,
        "kind": "burst",
        "level": "alert",
        "service": "divorce",
        "page": "/divorce/payment",
        "theme": theme,
        "window": "24h",
        "window_start": NOON,
        "window_end": NOON + timedelta(days=1),
        "n": 3,
        "sentence": sentence,
        "comments": ids,
        **figures,
    }


def _decisions(store: Store, run_id: str) -> None:
    """What people did, and what was answered to a sender."""
    one = {"comment_id": SECRET, "at": NOON, "who": "ann"}
    undo = {"kind": "merge issues", "comments": [SECRET], "before": {"title": f"{WORD} lost"}}
    alarm = {"kind": "burst", "service": "divorce", "page": "", "level": "alert"}
    rows: dict[sa.Table, list[dict[str, Any]]] = {
        schema.fault_triage: [{**one, "status": "open", "owner": None}],
        schema.safeguarding_outcomes: [{**one, "outcome": "other", "note": WORD}],
        schema.audit_samples: [
            {"comment_id": SECRET, "sample_id": run_id, "position": 1, "drawn_at": NOON}
        ],
        schema.coding_samples: [
            {
                "comment_id": SECRET,
                "sample_id": run_id,
                "kind": "random",
                "with_safeguarding": False,
                "is_flagged": False,
                "position": 1,
                "drawn_at": NOON,
                "weight": 1.0,
            }
        ],
        schema.coding_rounds: [
            {
                "round_id": "r" * 32,
                "name": "First",
                "coders": ["ann"],
                "codebook": "c 1",
                "opened_by": "ann",
                "opened_at": NOON,
            }
        ],
        schema.coding_round_comments: [{"round_id": "r" * 32, "comment_id": SECRET, "position": 1}],
        schema.round_codings: [
            {"round_id": "r" * 32, "comment_id": SECRET, "coder": "a", "codes": [], "at": NOON}
        ],
        schema.posted_once: [
            {
                "key_id": "k",
                "mark": mark,
                "content": "c",
                "receipt": {"comment_ids": ids, "n_new": 1, "n_known": 0},
                "at": NOON,
            }
            for mark, ids in (("1", [SECRET]), ("2", [comment_id(3)]))
        ],
        schema.topic_edits: [
            {
                "at": NOON,
                "who": "ann",
                "action": "name",
                "topic_id": 1,
                "detail": {"name": f"{WORD} forms", "before": None},
            }
        ],
        schema.alarms: [
            {**alarm, "theme": theme, "raised_at": NOON, "last_at": NOON}
            for theme in (f"text:{SECRET}", f"cluster:{OWN}", "fault.upload")
        ],
    }
    with store.changing() as connection:
        for table, given in rows.items():
            connection.execute(sa.insert(table), given)
        of_shared = schema.issues.c.cluster_id.in_([SHARED, HUSK])
        facts = {"n": 9, "first_seen": NOON.isoformat(), "facets": {"quote": {WORD: 3}}}
        connection.execute(sa.update(schema.issues).where(of_shared).values(undo=undo, facts=facts))


def everything(store: Store) -> dict[str, list[str]]:
    """Every row of every table of the database, as text; also of tables that are no model's."""
    found: dict[str, list[str]] = {}
    with store.quietly_changing() as connection:
        names = sa.inspect(connection).get_table_names()
        for name in names:
            rows = connection.exec_driver_sql(f'SELECT * FROM "{name}"').all()
            found[name] = [repr(tuple(row)) for row in rows]
    return found
