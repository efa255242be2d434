"""Once a day clusters are looked at again: they merge, comments move, ids and decisions stay."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import sqlalchemy as sa

from feedback import schema
from feedback.errors import StoreError
from feedback.merging import MERGED, merge_by_person, merge_issues
from feedback.settings import Settings
from feedback.store import Store
from tests.app.filling import NOW, code, put
from tests.topics.cluster_vectors import N_DIMENSIONS, Subjects
from topics import refresh_clusters
from topics.cohesion import centre_of
from topics.consolidate import rearrange
from topics.places import Cluster, Place, cluster_id_of
from topics.refresh_clusters import consolidate

SETTINGS = Settings()
WORDS = ("upload", "refund", "password", "letter", "hearing", "signature")


class SubjectEmbedder:
    """Gives a text the vector of the subject that is its first word, with noise of its own."""

    name, revision, n_dimensions = "subjects", "1", N_DIMENSIONS

    def __init__(self) -> None:
        self._means = Subjects(len(WORDS), seed=11).means
        self.moved: dict[str, np.ndarray] = {}

    def embed(self, texts: Sequence[str]) -> np.ndarray:
        rows = [self.moved.get(text, self._vector(text)) for text in texts]
        return np.array(rows, dtype=np.float32).reshape(len(rows), N_DIMENSIONS)

    def _vector(self, text: str) -> np.ndarray:
        noise = np.random.default_rng(list(text.encode())).normal(size=N_DIMENSIONS)
        vector = self._means[WORDS.index(text.split()[0])] + 0.7 * noise / np.sqrt(N_DIMENSIONS)
        unit: np.ndarray = vector / np.linalg.norm(vector)
        return unit


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.open(f"sqlite:///{tmp_path / 'feedback.db'}") as opened:
        yield opened


def add(store: Store, word: str, n: int, *, start: float = 0, **same: object) -> list[str]:
    rows = [
        {
            "text": f"{word} trouble of kind {start + i:g} here",
            "submitted_at": NOW - timedelta(hours=3 * (start + i)),
            **same,
        }
        for i in range(n)
    ]
    keys = put(store, rows)
    code(store, {key: ["fault.upload"] for key in keys})
    return keys


def table(store: Store, name: str) -> pd.DataFrame:
    return store.read(sa.select(schema.metadata.tables[name]))


def cluster_of(store: Store) -> pd.Series:
    return table(store, "assignments").set_index("comment_id")["cluster_id"]


def live(store: Store) -> pd.DataFrame:
    issues = table(store, "issues")
    return issues[issues["merged_into"].isna()].set_index("cluster_id")


def mergers(store: Store) -> pd.DataFrame:
    audit = table(store, "audit")
    return audit[audit["action"] == MERGED]


def split_in_two(store: Store, keys: list[str]) -> tuple[str, str]:
    """Write half of a cluster's comments as another cluster, as one complaint often made two."""
    embedder = SubjectEmbedder()
    (row,) = table(store, "issues").to_dict("records")
    texts = table(store, "comments").set_index("comment_id")["text"]
    halves = keys[::2], keys[1::2]
    rows, members = [], []
    for half in halves:
        vectors = embedder.embed(texts.loc[half].tolist())
        cluster_id = row["cluster_id"] if half is halves[0] else cluster_id_of(half[0])
        mean = vectors.mean(axis=0).astype("<f4").tobytes()
        rows.append({**row, "cluster_id": cluster_id, "n": len(half), "centroid": mean})
        members += [(key, cluster_id, 0.8) for key in half]
    rows[1]["first_seen"] = rows[1]["first_seen"] + timedelta(minutes=1)
    store.write_clusters(
        pd.DataFrame(rows),
        pd.DataFrame(members, columns=["comment_id", "cluster_id", "similarity"]),
    )
    return str(rows[0]["cluster_id"]), str(rows[1]["cluster_id"])


def with_two_halves(store: Store) -> tuple[str, str, list[str]]:
    keys = add(store, "upload", 30)
    assert refresh_clusters(store, SubjectEmbedder(), settings=SETTINGS) == 1
    return *split_in_two(store, keys), keys


def test_two_that_are_one_become_the_earlier_and_nobody_is_lost(store: Store) -> None:
    early, late, keys = with_two_halves(store)
    assert consolidate(store, SubjectEmbedder(), settings=SETTINGS) > 0
    left = live(store)
    assert left.index.tolist() == [early]
    assert left["n"].tolist() == [30]
    assert set(cluster_of(store).loc[keys]) == {early}
    gone = table(store, "issues").set_index("cluster_id").loc[late]
    assert (gone["merged_into"], gone["status"]) == (early, "closed")
    line = mergers(store).iloc[-1]
    assert (line["who"], line["object"], line["detail"]["into"]) == (
        "toolkit",
        f"issue {late}",
        early,
    )


def test_a_decision_about_the_later_one_survives_on_the_earlier(store: Store) -> None:
    early, late, _ = with_two_halves(store)
    store.triage(late, "ann", status="investigating", owner="team a", ticket_url="https://t/1")
    store.triage(early, "ben", owner="team b")
    consolidate(store, SubjectEmbedder(), settings=SETTINGS)
    row = live(store).loc[early]
    assert (row["status"], row["owner"], row["ticket_url"]) == (
        "investigating",
        "team b",
        "https://t/1",
    )
    detail = mergers(store).iloc[-1]["detail"]
    assert detail["moved"] == {"ticket_url": "https://t/1", "status": "investigating"}
    assert detail["gave_way"] == {"owner": "team a"}


def test_two_that_people_took_up_stay_two(store: Store) -> None:
    early, late, _ = with_two_halves(store)
    store.triage(early, "ann", status="acknowledged")
    store.triage(late, "ann", status="investigating")
    consolidate(store, SubjectEmbedder(), settings=SETTINGS)
    assert set(live(store).index) == {early, late}


def test_a_second_consolidation_changes_nothing(store: Store) -> None:
    for word in WORDS[:4]:
        add(store, word, 25)
    add(store, "refund", 2, start=90, page="/divorce/other")
    refresh_clusters(store, SubjectEmbedder(), settings=SETTINGS)
    consolidate(store, SubjectEmbedder(), settings=SETTINGS)
    before = {name: table(store, name) for name in ("issues", "assignments", "audit", "meta")}
    version = store.data_version()
    assert consolidate(store, SubjectEmbedder(), settings=SETTINGS) == 0
    assert store.data_version() == version
    for name, frame in before.items():
        pd.testing.assert_frame_equal(table(store, name), frame)


def test_it_runs_on_the_first_refresh_of_a_day(store: Store) -> None:
    uploads, refunds = add(store, "upload", 20), add(store, "refund", 20)
    assert refresh_clusters(store, SubjectEmbedder(), settings=SETTINGS) == 2
    told = cluster_of(store)
    misled = pd.DataFrame([(refunds[3], told[uploads[0]], 0.5)])
    misled.columns = ["comment_id", "cluster_id", "similarity"]
    store.write_clusters(table(store, "issues"), misled)
    add(store, "upload", 1, start=-0.1)
    refresh_clusters(store, SubjectEmbedder(), settings=SETTINGS)
    assert cluster_of(store)[refunds[3]] == told[uploads[0]]
    add(store, "upload", 1, start=-10)
    refresh_clusters(store, SubjectEmbedder(), settings=SETTINGS)
    assert cluster_of(store)[refunds[3]] == told[refunds[0]]


def drawn(n: int, label: int, subjects: Subjects) -> np.ndarray:
    return subjects.draw(np.full(n, label))


def place_of(*groups: tuple[str, np.ndarray]) -> Place:
    every = np.concatenate([vectors for _, vectors in groups])
    clusters = [
        Cluster(one, vectors.mean(axis=0), len(vectors), i, "new", is_stored=True)
        for i, (one, vectors) in enumerate(groups)
    ]
    return Place(centre_of(every), clusters)


def test_a_comment_moves_to_what_it_is_nearer_to_and_a_stranger_waits_again() -> None:
    subjects = Subjects(3, seed=12)
    one, two, stranger = drawn(12, 0, subjects), drawn(12, 1, subjects), drawn(1, 2, subjects)
    first = np.concatenate([one, two[:1], stranger])
    place = place_of(("a" * 32, first), ("b" * 32, two[1:]))
    vectors = np.concatenate([first, two[1:]])
    owners = ["a" * 32] * 14 + ["b" * 32] * 11
    ids = [f"{i:03d}" for i in range(25)]
    told = rearrange(place, ids, list(range(25)), vectors, owners)
    assert told.released == ["013"]
    now = {comment: owner for comment, owner, _ in told.joined.members}
    assert now["012"] == "b" * 32
    assert {now[one] for one in ids[:12]} == {"a" * 32}
    sizes = {one.cluster_id: one.n for one in place.clusters}
    assert sizes == {"a" * 32: 12, "b" * 32: 12}
    np.testing.assert_allclose(place.clusters[0].mean, one.mean(axis=0), atol=1e-5)

    settled = [now.get(one) for one in ids]
    again = rearrange(place_of(("a" * 32, one), ("b" * 32, two)), ids, range(25), vectors, settled)
    assert again.released == []
    assert again.joined.members == []


def test_the_comment_that_a_cluster_is_named_after_is_not_released() -> None:
    subjects = Subjects(3, seed=12)
    one, stranger = drawn(12, 0, subjects), drawn(1, 2, subjects)
    own = cluster_id_of("000")
    vectors = np.concatenate([stranger, one])
    ids = [f"{i:03d}" for i in range(13)]
    for used, released in (((own,), []), ((), ["000"])):
        place = place_of((own, vectors))
        told = rearrange(place, ids, list(range(13)), vectors, [own] * 13, used_ids=used)
        assert told.released == released


def test_a_cluster_is_not_emptied() -> None:
    subjects = Subjects(2, seed=13)
    vectors = drawn(24, 0, subjects)
    strangers = drawn(4, 1, subjects)
    place = place_of(("a" * 32, vectors), ("b" * 32, strangers))
    moved = np.concatenate([vectors, vectors[:4] * 0.999])
    owners = ["a" * 32] * 24 + ["b" * 32] * 4
    rearrange(place, [f"{i:03d}" for i in range(28)], list(range(28)), moved, owners)
    assert min(one.n for one in place.clusters) >= 4


def test_a_person_can_merge_and_is_told_when_it_cannot_be(store: Store) -> None:
    early, late, keys = with_two_halves(store)
    store.triage(early, "ann", status="acknowledged")
    store.triage(late, "ann", status="investigating")
    texts = table(store, "comments").set_index("comment_id")["text"].loc[keys]
    with store.changing() as connection:
        merge_by_person(connection, early, late, NOW, who="ann")
    assert live(store).index.tolist() == [late]
    row = live(store).loc[late]
    assert (row["n"], row["status"]) == (30, "investigating")
    mean = SubjectEmbedder().embed(texts.tolist()).mean(axis=0)
    np.testing.assert_allclose(np.frombuffer(row["centroid"], "<f4"), mean, atol=1e-6)
    assert set(cluster_of(store).loc[keys]) == {late}
    assert mergers(store)["who"].tolist() == ["ann"]
    add(store, "refund", 8, page="/divorce/other")
    refresh_clusters(store, SubjectEmbedder(), settings=SETTINGS)
    (elsewhere,) = set(live(store).index) - {late}
    for gone, into in (
        ("f" * 32, late),
        (late, "f" * 32),
        (late, late),
        (early, late),
        (late, elsewhere),
    ):
        with pytest.raises(StoreError), store.changing() as connection:
            merge_by_person(connection, gone, into, NOW, who="ann")


def test_a_link_to_what_was_merged_twice_leads_to_the_last(store: Store) -> None:
    early, late, _ = with_two_halves(store)
    add(store, "refund", 8, page="/divorce/other")
    refresh_clusters(store, SubjectEmbedder(), settings=SETTINGS)
    (third,) = set(live(store).index) - {early, late}
    with store.changing() as connection:
        merge_issues(connection, {late: early}, NOW)
        merge_issues(connection, {early: third}, NOW)
    into = table(store, "issues").set_index("cluster_id")["merged_into"]
    assert (into[late], into[early]) == (third, third)
