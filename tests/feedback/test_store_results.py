"""Models renew what they found; what people decided stays."""

from datetime import timedelta

import pandas as pd
import pytest
import sqlalchemy as sa

from feedback import schema
from feedback.coding import winning_codings
from feedback.errors import StoreError
from feedback.schema import Classification, CodeDecision, Decision, Origin, Sentiment
from feedback.store import Enriched, Store
from tests.feedback.store_frames import NOON, comment_id, fill, prepared


@pytest.fixture
def store(store_url: str):
    with Store.open(store_url) as opened:
        fill(opened, prepared(["slow", "slow again", "error on the last page"]))
        yield opened


def rows(store: Store, table: sa.Table) -> pd.DataFrame:
    return store.read(sa.select(table).order_by(*table.primary_key.columns))


def topics(*names: str, n: int = 3) -> pd.DataFrame:
    return pd.DataFrame(
        [
            {
                "topic_id": topic_id,
                "name": name,
                "terms": name.split(),
                "quotes": [comment_id(topic_id)],
                "n": n,
                "centroid": b"\0" * 8,
            }
            for topic_id, name in enumerate(names)
        ]
    )


def members(column: str, *values: object, similarity: float = 0.5) -> pd.DataFrame:
    ids = [comment_id(number) for number in range(len(values))]
    return pd.DataFrame({"comment_id": ids, column: list(values), "similarity": similarity})


def issue(**changes: object) -> pd.DataFrame:
    row = {
        "cluster_id": "c" * 32,
        "service": "divorce",
        "page": "/divorce/payment",
        "title": "slow pages",
        "theme": "fault.performance",
        "status": "provisional",
        "first_seen": NOON,
        "last_seen": NOON,
        "n": 2,
        "quotes": [comment_id(0)],
        "centroid": b"\0" * 8,
    }
    return pd.DataFrame([row | changes])


def test_a_model_versions_topics_are_replaced_and_others_stay(store: Store) -> None:
    store.write_topics("v1", topics("slow pages", "errors"), members("topic_id", 0, 0, 1))
    store.write_topics("v1", topics("slow"), members("topic_id", 0, 0, -1))
    store.write_topics("v2", topics("speed", n=2), members("topic_id", 0))
    stored = rows(store, schema.topics)
    assert stored[["model_version", "name", "n"]].values.tolist() == [
        ["v1", "slow", 3],
        ["v2", "speed", 2],
    ]
    assert stored["terms"].tolist() == [["slow"], ["speed"]]
    given = rows(store, schema.assignments)
    assert given[["topic_id", "model_version"]].values.tolist() == [
        [0, "v2"],
        [0, "v1"],
        [-1, "v1"],
    ]


def test_topics_and_clusters_share_a_row_and_keep_out_of_each_others_way(store: Store) -> None:
    store.write_topics("v1", topics("slow"), members("topic_id", 0, 0, similarity=0.1))
    store.write_clusters(issue(), members("cluster_id", "c" * 32, similarity=0.9))
    store.write_topics("v2", topics("slow"), members("topic_id", 0, 0, similarity=0.2))
    given = rows(store, schema.assignments)
    assert given["topic_id"].tolist() == [0, 0]
    assert given["cluster_id"].fillna("").tolist() == ["c" * 32, ""]
    assert given["similarity"].tolist() == [0.9, 0.2]


def test_a_renewed_issue_keeps_what_people_decided(store: Store) -> None:
    store.write_clusters(issue(), members("cluster_id", "c" * 32))
    store.triage("c" * 32, "ann", status="fixed", owner="web team", fixed_at=NOON)
    store.triage("c" * 32, "ann", ticket_url="https://example.org/1")
    later = NOON + timedelta(days=1)
    renewed = issue(status="new", title="very slow", n=9, first_seen=later, last_seen=later)
    store.write_clusters(renewed, members("cluster_id", "c" * 32))
    row = rows(store, schema.issues).iloc[0]
    assert row[["status", "owner", "ticket_url", "fixed_at"]].tolist() == [
        "fixed",
        "web team",
        "https://example.org/1",
        NOON,
    ]
    assert row[["title", "n", "first_seen", "last_seen"]].tolist() == ["very slow", 9, NOON, later]


def test_an_earlier_first_report_counts(store: Store) -> None:
    store.write_clusters(issue(), members("cluster_id"))
    earlier = NOON - timedelta(days=2)
    store.write_clusters(issue(first_seen=earlier), members("cluster_id"))
    assert rows(store, schema.issues)["first_seen"].tolist() == [earlier]


@pytest.mark.parametrize(
    ("before", "machine", "after"),
    [
        ("provisional", "new", "new"),
        ("provisional", "provisional", "provisional"),
        ("new", "provisional", "new"),
        ("acknowledged", "new", "acknowledged"),
        ("closed", "new", "closed"),
        ("not_an_issue", "new", "not_an_issue"),
    ],
)
def test_a_machine_only_makes_provisional_issues_new(
    store: Store, before: str, machine: str, after: str
) -> None:
    store.write_clusters(issue(status=before), members("cluster_id"))
    store.write_clusters(issue(status=machine), members("cluster_id"))
    assert rows(store, schema.issues)["status"].tolist() == [after]


def test_an_assignment_to_a_comment_that_is_not_there_is_refused_whole(store: Store) -> None:
    gone = pd.DataFrame({"comment_id": ["f" * 32], "cluster_id": ["c" * 32], "similarity": [0.1]})
    with pytest.raises(StoreError):
        store.write_clusters(issue(), gone)
    assert rows(store, schema.issues).empty


def signal(number: int, **changes: object) -> dict[str, object]:
    return {
        "signal_id": f"{number:032x}",
        "kind": "burst",
        "level": "alert",
        "service": "divorce",
        "page": None,
        "theme": "fault",
        "window": "day",
        "window_start": NOON,
        "window_end": NOON,
        "n": 12,
        "expected": 2.5,
        "rate_ratio": 4.8,
        "low": 2.1,
        "high": 9.0,
        "q_value": 0.001,
        "sentence": "12 reports where 2.5 were expected",
    } | changes


def test_a_second_look_at_a_moment_replaces_the_first(store: Store) -> None:
    store.replace_signals(NOON, pd.DataFrame([signal(1), signal(2)]))
    store.replace_signals(NOON + timedelta(hours=1), pd.DataFrame([signal(3)]))
    store.replace_signals(NOON, pd.DataFrame([signal(4, n=15)]))
    stored = rows(store, schema.signals)
    assert stored["signal_id"].tolist() == [f"{3:032x}", f"{4:032x}"]
    assert stored["as_of"].tolist() == [NOON + timedelta(hours=1), NOON]
    assert stored["n"].tolist() == [12, 15]
    store.replace_signals(NOON, pd.DataFrame())
    assert rows(store, schema.signals)["signal_id"].tolist() == [f"{3:032x}"]


def enrich(store: Store, *codes: str) -> None:
    decisions = tuple(CodeDecision(code, 0.9, Decision.ASSIGNED, Origin.MODEL) for code in codes)
    claimed = store.claim("one", 9)
    result = Classification(decisions, Sentiment.NEGATIVE)
    store.complete("one", [Enriched(key, result, "v1") for key in claimed["comment_id"]])


def decisions_of(store: Store, number: int = 0) -> dict[tuple[str, str], str]:
    frame = rows(store, schema.codings)
    frame = frame[frame["comment_id"] == comment_id(number)]
    keys = zip(frame["coder"], frame["code"], strict=True)
    return dict(zip(keys, frame["decision"], strict=True))


def test_a_correction_stands_beside_the_machines_coding(store: Store) -> None:
    enrich(store, "complaint", "fault.error")
    before = store.data_version()
    store.correct(comment_id(0), ["fault.error", "fault.payment"], "ann")
    assert decisions_of(store) == {
        ("", "complaint"): "assigned",
        ("", "fault.error"): "assigned",
        ("ann", "complaint"): "rejected",
        ("ann", "fault.error"): "assigned",
        ("ann", "fault.payment"): "assigned",
    }
    assert store.data_version() == before + 1
    counted = winning_codings(rows(store, schema.codings))
    counted = counted[
        (counted["comment_id"] == comment_id(0)) & (counted["decision"] != "rejected")
    ]
    assert sorted(counted["code"]) == ["fault.error", "fault.payment"]


def test_a_second_correction_replaces_that_persons_first(store: Store) -> None:
    enrich(store, "complaint")
    store.correct(comment_id(0), ["praise"], "ann")
    store.correct(comment_id(0), ["staff"], "bob")
    store.correct(comment_id(0), ["complaint"], "ann")
    assert decisions_of(store) == {
        ("", "complaint"): "assigned",
        ("ann", "complaint"): "assigned",
        ("bob", "complaint"): "rejected",
        ("bob", "staff"): "assigned",
    }


def test_codings_of_several_comments_go_in_together_or_not_at_all(store: Store) -> None:
    enrich(store, "complaint")
    with pytest.raises(StoreError, match="is not in the store"):
        store.correct_all({comment_id(0): ["praise"], "f" * 32: ["praise"]}, "ann")
    with pytest.raises(StoreError, match="at least one code"):
        store.correct_all({comment_id(0): ["praise"], comment_id(1): []}, "ann")
    assert decisions_of(store) == {("", "complaint"): "assigned"}
    assert rows(store, schema.audit).empty
    store.correct(comment_id(0), ["praise"], "ann")
    given = {comment_id(0): ["praise"], comment_id(1): ["staff"]}
    assert store.correct_all(given, "ann") == 1
    assert decisions_of(store, 1)[("ann", "staff")] == "assigned"


def test_decisions_are_in_the_audit_log(store: Store) -> None:
    store.correct(comment_id(0), ["praise", "praise"], "ann")
    store.write_clusters(issue(), members("cluster_id"))
    store.triage("c" * 32, "bob", status="closed")
    log = rows(store, schema.audit)
    assert log[["who", "action", "object", "detail"]].values.tolist() == [
        ["ann", "correct", f"comment {comment_id(0)}", {"codes": ["praise"]}],
        ["bob", "triage", f"issue {'c' * 32}", {"status": "closed"}],
    ]


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda store: store.correct("f" * 32, ["praise"], "ann"), "is not in the store"),
        (lambda store: store.correct(comment_id(0), [], "ann"), "at least one code"),
        (lambda store: store.triage("f" * 32, "ann", status="closed"), "There is no issue"),
        (lambda store: store.triage("f" * 32, "ann", title="x"), "found title"),
        (lambda store: store.triage("f" * 32, "ann"), "found no change"),
        (lambda store: store.triage("f" * 32, "ann", status="gone"), "no status of an issue"),
    ],
)
def test_a_decision_about_nothing_is_refused_and_not_logged(store: Store, call, message) -> None:
    with pytest.raises(StoreError, match=message):
        call(store)
    assert rows(store, schema.audit).empty
    assert rows(store, schema.codings).empty
