"""Topics, issue clusters and signals of a store: written once, kept, and only added to."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import sqlalchemy as sa

from feedback import schema
from feedback.settings import Settings
from feedback.store import Store
from tests.app.filling import NOW, code, put
from tests.fakes import BagOfWordsEmbedder
from topics import (
    cluster_reading,
    refresh_clusters,
    refresh_signals,
    refresh_topics,
    store_counts,
    theme_phrases,
)
from topics.emerging import find_signals

SUBJECTS = {
    "fault.upload": ("upload", "photo", "refused", "large", "scanner", "file"),
    "fault.payment": ("card", "payment", "charged", "refund", "bank", "money"),
    "fault.sign_in": ("password", "locked", "account", "signing", "email", "reset"),
}
SETTINGS = Settings(topics_min_comments=60)


class WideEmbedder(BagOfWordsEmbedder):
    n_dimensions = 256


def written(subject: str, n: int, seed: int) -> list[str]:
    rng = np.random.default_rng(seed)
    return [
        " ".join(rng.choice(SUBJECTS[subject], size=4, replace=False)) + f" number {seed} {i}"
        for i in range(n)
    ]


def add(
    store: Store, subject: str, n: int, *, seed: int, hours: float = 24 * 60, **same: object
) -> list[str]:
    """Comments on a subject, spread evenly over the last hours, coded."""
    rows = [
        {"text": text, "submitted_at": NOW - timedelta(hours=hours * (i + 0.5) / n), **same}
        for i, text in enumerate(written(subject, n, seed))
    ]
    keys = put(store, rows)
    code(store, {key: [subject] for key in keys})
    return keys


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.open(f"sqlite:///{tmp_path / 'feedback.db'}") as opened:
        yield opened


def table(store: Store, name: str) -> pd.DataFrame:
    return store.read(sa.select(schema.metadata.tables[name]))


def test_an_empty_store_has_nothing_to_find(store: Store) -> None:
    embedder = WideEmbedder()
    assert refresh_topics(store, embedder, settings=SETTINGS) == 0
    assert refresh_clusters(store, embedder, settings=SETTINGS) == 0
    assert refresh_signals(store, now=NOW, settings=SETTINGS) == 0
    assert store_counts(store).empty
    assert theme_phrases(store) == {}
    assert store.data_version() == 0


def test_topics_are_fitted_once_joined_by_what_is_new_and_refitted_after_growth(
    store: Store,
) -> None:
    first, *_ = [add(store, subject, 40, seed=seed)[0] for seed, subject in enumerate(SUBJECTS)]
    duplicate = put(store, [{"text": written("fault.upload", 1, 0)[0], "duplicate_of": first}])
    polish = put(store, [{"text": "upload photo refused large zdjęcie", "language": "other"}])
    empty = put(store, [{"text": "n/a", "is_empty": True}])
    code(store, {})
    embedder = WideEmbedder()
    n_topics = refresh_topics(store, embedder, settings=SETTINGS)
    first = table(store, "topics")
    assert n_topics == 3
    assert first["n"].sum() == 120
    assigned = table(store, "assignments").set_index("comment_id")
    assert {*duplicate, *polish} <= set(assigned.index)
    assert not set(empty) & set(assigned.index)
    assert all(len(quotes) == 3 for quotes in first.loc[first["topic_id"] >= 0, "quotes"])

    version = store.data_version()
    assert refresh_topics(store, embedder, settings=SETTINGS) == n_topics
    assert store.data_version() == version

    new = add(store, "fault.upload", 10, seed=9)
    assert refresh_topics(store, embedder, settings=SETTINGS) == n_topics
    pd.testing.assert_frame_equal(table(store, "topics"), first)
    assigned = table(store, "assignments").set_index("comment_id")
    assert assigned.loc[new, "topic_id"].nunique() == 1
    assert set(assigned.loc[new, "model_version"]) == set(first["model_version"])

    add(store, "fault.payment", 25, seed=10)
    assert refresh_topics(store, embedder, settings=SETTINGS) >= 3
    versions = table(store, "assignments")["model_version"].unique().tolist()
    assert len(versions) == 1
    assert versions != first["model_version"].unique().tolist()


def test_too_few_comments_have_no_topics(store: Store) -> None:
    add(store, "fault.upload", 30, seed=1)
    assert refresh_topics(store, WideEmbedder(), settings=SETTINGS) == 0
    assert table(store, "topics").empty
    assert table(store, "assignments").empty


def test_clusters_form_grow_and_stay(store: Store) -> None:
    early = add(store, "fault.upload", 6, seed=1)
    embedder = WideEmbedder()
    assert refresh_clusters(store, embedder, settings=SETTINGS) == 1
    issue = table(store, "issues").iloc[0]
    assert (issue["n"], issue["status"], issue["title"][-21:]) == (
        6,
        "provisional",
        "(Pay the application fee)"[-21:],
    )
    version = store.data_version()
    assert refresh_clusters(store, embedder, settings=SETTINGS) == 1
    assert store.data_version() == version

    late = add(store, "fault.upload", 6, seed=2)
    add(store, "fault.upload", 3, seed=3, page="/divorce/your-details")
    assert refresh_clusters(store, embedder, settings=SETTINGS) == 1
    grown = table(store, "issues").iloc[0]
    assert (grown["cluster_id"], grown["n"], grown["status"]) == (issue["cluster_id"], 12, "new")
    assigned = table(store, "assignments")
    assert set(assigned.loc[assigned["cluster_id"].notna(), "comment_id"]) == {*early, *late}
    assert set(theme_phrases(store)) == {f"cluster:{issue['cluster_id']}"}


def test_a_look_at_some_places_leaves_the_others_for_a_look_at_all(store: Store) -> None:
    other = "/divorce/your-details"
    add(store, "fault.upload", 6, seed=1)
    add(store, "fault.upload", 6, seed=2, page=other)
    embedder = WideEmbedder()
    service = str(table(store, "comments")["service"].iloc[0])
    refresh_clusters(store, embedder, settings=SETTINGS, places=[(service, other)])
    assert table(store, "issues")["page"].tolist() == [other]
    refresh_clusters(store, embedder, settings=SETTINGS, places=[])
    assert len(table(store, "issues")) == 1
    assert refresh_clusters(store, embedder, settings=SETTINGS) == 2
    assert table(store, "issues")["n"].tolist() == [6, 6]


def test_a_look_at_some_places_reads_the_latest_that_wait_and_all_that_are_new(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cluster_reading, "NEAR_WAITING", 2)
    same = {"service": "divorce", "page": "/divorce/payment"}
    old = add(store, "fault.upload", 5, seed=1, received_at=NOW - timedelta(days=1), **same)
    elsewhere = add(store, "fault.upload", 1, seed=4, page="/divorce/your-details")
    new = add(store, "fault.payment", 4, seed=2, hours=24 * 70, received_at=NOW, **same)
    places, since = [("divorce", "/divorce/payment")], NOW - timedelta(days=84)
    found = cluster_reading.waiting_comments(
        store, since, seen_until=NOW - timedelta(hours=12), places=places
    )
    # The latest two of the page are one of each; the others of ``new`` came in since.
    assert set(found["comment_id"]) == {old[0], *new}
    assert found["submitted_at"].is_monotonic_increasing
    every = cluster_reading.waiting_comments(store, since, seen_until=None)
    assert set(every["comment_id"]) == {*old, *new, *elsewhere}


def test_of_two_that_group_at_once_one_writes(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    add(store, "fault.upload", 6, seed=1)
    embedder = WideEmbedder()
    refresh_clusters(store, embedder, settings=SETTINGS)
    add(store, "fault.upload", 3, seed=2)
    write = store.write_clusters

    def write_late(*given: object, **more: object) -> None:
        monkeypatch.undo()
        add(store, "fault.upload", 2, seed=3)
        refresh_clusters(store, embedder, settings=SETTINGS)  # another worker, meanwhile
        write(*given, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(store, "write_clusters", write_late)
    refresh_clusters(store, embedder, settings=SETTINGS)
    assert table(store, "issues")["n"].tolist() == [11]
    assigned = table(store, "assignments")
    assert assigned["cluster_id"].notna().sum() == 11


def test_a_double_submission_is_no_second_report(store: Store) -> None:
    keys = add(store, "fault.upload", 4, seed=1, hours=4)
    text = "upload photo refused large scanner file upload photo refused"
    first = put(store, [{"text": text}])
    second = put(store, [{"text": text + " ", "duplicate_of": first[0]}])
    code(store, {key: ["fault.upload"] for key in [*first, *second]})
    refresh_clusters(store, WideEmbedder(), settings=SETTINGS)
    assigned = set(table(store, "assignments")["comment_id"])
    assert assigned == {*keys, *first}
    counts = store_counts(store)
    assert counts.loc[counts["theme"] == "all", "n"].sum() == 5


def test_clusters_and_topics_do_not_disturb_each_other(store: Store) -> None:
    for seed, subject in enumerate(SUBJECTS):
        add(store, subject, 30, seed=seed)
    embedder = WideEmbedder()
    refresh_clusters(store, embedder, settings=SETTINGS)
    clusters = table(store, "assignments").set_index("comment_id")["cluster_id"]
    refresh_topics(store, embedder, settings=SETTINGS)
    both = table(store, "assignments").set_index("comment_id")
    assert clusters.notna().all()
    assert both.loc[clusters.index, "cluster_id"].tolist() == clusters.tolist()
    assert both["topic_id"].notna().all()


def test_a_burst_in_the_store_is_a_signal_until_it_is_over(store: Store) -> None:
    for seed, subject in enumerate(SUBJECTS):
        add(store, subject, 50, seed=seed, hours=24 * 70)
    settings = Settings(false_alarms_per_week=0.5)
    assert refresh_signals(store, now=NOW, settings=settings) == 0
    add(store, "fault.upload", 14, seed=7, hours=30)
    found = refresh_signals(store, now=NOW, settings=settings)
    signals = table(store, "signals")
    assert found == len(signals)
    burst = signals[signals["level"] == "alert"].iloc[0]
    assert (burst["kind"], burst["theme"], burst["page"]) == (
        "burst",
        "fault.upload",
        "/divorce/payment",
    )
    assert burst["n"] >= 11  # those of the last day, or all
    assert "upload failures on /divorce/payment since" in burst["sentence"]

    version = store.data_version()
    assert refresh_signals(store, now=NOW + timedelta(minutes=5), settings=settings) == found
    assert store.data_version() == version

    for seed, subject in enumerate(SUBJECTS):
        add(store, subject, 1, seed=50 + seed, hours=0.2)
    put(store, [{"text": "slow", "submitted_at": NOW + timedelta(days=40)}])
    code(store, {})
    after = NOW + timedelta(days=40)
    refresh_signals(store, now=after, settings=settings)
    left = table(store, "signals")
    assert "fault.upload" not in left.loc[left["kind"] == "burst", "theme"].tolist()
    assert left["as_of"].nunique() <= 1


def test_an_old_export_is_looked_at_as_of_its_newest_comment(store: Store) -> None:
    for seed, subject in enumerate(SUBJECTS):
        add(store, subject, 50, seed=seed, hours=24 * 70)
    add(store, "fault.upload", 14, seed=7, hours=30)
    years_later = NOW + timedelta(days=700)
    assert refresh_signals(store, now=years_later, settings=SETTINGS) > 0
    signals = table(store, "signals")
    assert signals["as_of"].unique().tolist() == [table(store, "comments")["submitted_at"].max()]


def test_counts_of_the_store_by_day_lead_to_the_same_burst(store: Store) -> None:
    for seed, subject in enumerate(SUBJECTS):
        add(store, subject, 50, seed=seed, hours=24 * 70)
    add(store, "fault.upload", 14, seed=7, hours=30)
    found = find_signals(store_counts(store), with_watch=False)
    assert "fault.upload" in found["theme"].tolist()


def test_a_refresh_that_is_killed_before_it_writes_changes_nothing(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    add(store, "fault.upload", 12, seed=1)
    version = store.data_version()

    def die(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(store, "write_clusters", die)
    with pytest.raises(KeyboardInterrupt):
        refresh_clusters(store, WideEmbedder(), settings=SETTINGS)
    assert store.data_version() == version
    monkeypatch.undo()
    assert refresh_clusters(store, WideEmbedder(), settings=SETTINGS) == 1
    assert table(store, "issues")["n"].tolist() == [12]
