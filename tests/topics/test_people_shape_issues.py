"""People split, merge and rename issues; no later round takes that back, and one undo does."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import sqlalchemy as sa

from feedback import schema
from feedback.errors import ChangedMeanwhileError, StoreError
from feedback.issue_changes import (
    add_note,
    change_issue,
    history_of_issue,
    last_change,
    rename_issue,
)
from feedback.merging import arrangement, merge_by_person
from feedback.removal import remove_words
from feedback.schema import Entity
from feedback.settings import Settings
from feedback.store import Store
from feedback.undoing import undo_change
from tests.app.filling import NOW, code, put
from tests.topics.test_clusters_are_consolidated import (
    SubjectEmbedder,
    add,
    cluster_of,
    live,
    table,
)
from topics import refresh_clusters, refresh_issue_facts
from topics.consolidate import rearrange
from topics.places import Cluster, Place
from topics.refresh_clusters import consolidate
from topics.split_issue import split_issue

SETTINGS = Settings()
LATER = NOW + timedelta(minutes=5)
"""After the comments were received."""


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.open(f"sqlite:///{tmp_path / 'feedback.db'}") as opened:
        yield opened


def one_issue(store: Store, n: int = 20) -> tuple[str, list[str]]:
    keys = add(store, "upload", n)
    assert refresh_clusters(store, SubjectEmbedder(), settings=SETTINGS) == 1
    return str(live(store).index[0]), keys


def split(
    store: Store, cluster_id: str, picked: list[str], title: str = "Photos turned", **given: int
) -> str:
    return split_issue(
        store, SubjectEmbedder(), cluster_id, picked, title, who="ann", now=LATER, **given
    )


def a_round_later(store: Store, *, days: int = 1) -> None:
    """Do what a worker does with the first comments of another day."""
    add(store, "upload", 2, start=-9 * days)
    refresh_clusters(store, SubjectEmbedder(), settings=SETTINGS)
    consolidate(store, SubjectEmbedder(), settings=SETTINGS)
    refresh_issue_facts(store, now=LATER + timedelta(days=days))


def actions(store: Store, cluster_id: str) -> list[str]:
    return store.read(history_of_issue(cluster_id))["action"].tolist()


def test_what_a_person_split_stays_split_through_later_rounds(store: Store) -> None:
    whole, keys = one_issue(store)
    part = split(store, whole, keys[:9])
    assert set(live(store).index) == {whole, part}
    for days in (1, 2, 3):
        a_round_later(store, days=days)
    now = cluster_of(store)
    assert set(now.loc[keys[:9]]) == {part}
    assert set(now.loc[keys[9:]]) == {whole}
    assert live(store)["n"].sum() == 26, "the new ones joined one of the two"
    assert live(store)["merged_into"].isna().all()


def test_the_machine_would_put_the_two_together_if_no_person_had_split_them(store: Store) -> None:
    whole, keys = one_issue(store)
    split(store, whole, keys[:9])
    with store.changing() as connection:
        connection.execute(sa.update(schema.issues).values(arranged_at=None))
    a_round_later(store)
    assert len(live(store)) == 1


def test_both_issues_are_described_by_their_own_comments(store: Store) -> None:
    whole, keys = one_issue(store)
    before = live(store).loc[whole]
    part = split(store, whole, keys[:3])
    now = live(store)
    assert now.loc[part, ["title", "titled_by", "status", "theme"]].tolist() == [
        "Photos turned",
        "ann",
        "new",
        "fault.upload",
    ]
    assert now.loc[whole, "title"] == before["title"]
    assert (now.loc[part, "n"], now.loc[whole, "n"]) == (3, 17)
    assert set(now.loc[part, "quotes"]) <= set(keys[:3])
    assert not set(now.loc[whole, "quotes"]) & set(keys[:3])
    times = table(store, "comments").set_index("comment_id")["submitted_at"]
    for cluster_id, own in ((part, keys[:3]), (whole, keys[3:])):
        assert now.loc[cluster_id, "first_seen"] == times.loc[own].min()
        assert now.loc[cluster_id, "last_seen"] == times.loc[own].max()
        texts = table(store, "comments").set_index("comment_id")["text"].loc[own]
        mean = SubjectEmbedder().embed(texts.tolist()).mean(axis=0)
        stored = np.frombuffer(now.loc[cluster_id, "centroid"], "<f4")
        np.testing.assert_allclose(stored, mean, atol=1e-5)


def test_a_safeguarding_comment_is_never_a_quote_of_the_part(store: Store) -> None:
    whole, keys = one_issue(store)
    store.correct(keys[0], ["safeguarding"], "ann")
    part = split(store, whole, keys[:3])
    assert keys[0] not in live(store).loc[part, "quotes"]


def test_a_title_by_a_person_survives_later_rounds(store: Store) -> None:
    whole, _ = one_issue(store)
    with store.changing() as connection:
        rename_issue(connection, whole, "  Photos of\nletters refused ", "ann", LATER)
    add(store, "upload", 30, start=-40)
    refresh_clusters(store, SubjectEmbedder(), settings=SETTINGS)
    row = live(store).loc[whole]
    assert (row["title"], row["titled_by"], row["n"]) == ("Photos of letters refused", "ann", 50)
    assert "Photos" not in str(table(store, "audit")["detail"].tolist()), (
        "words stay out of the log"
    )


def test_what_a_person_merged_stays_merged(store: Store) -> None:
    uploads, refunds = add(store, "upload", 12), add(store, "refund", 12)
    refresh_clusters(store, SubjectEmbedder(), settings=SETTINGS)
    owner = cluster_of(store)
    gone, into = owner[refunds[0]], owner[uploads[0]]
    with store.changing() as connection:
        merge_by_person(connection, gone, into, LATER, who="ann")
    for days in (1, 2):
        a_round_later(store, days=days)
    assert set(cluster_of(store).loc[uploads + refunds]) == {into}


def test_a_round_that_began_before_a_split_writes_nothing(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole, keys = one_issue(store)
    add(store, "upload", 2, start=-2)  # of the same day: nothing is consolidated
    parts: list[str] = []

    class SplittingEmbedder(SubjectEmbedder):
        """A person splits while the machine is at work."""

        def embed(self, texts: list[str]) -> np.ndarray:  # type: ignore[override]
            if not parts:
                parts.append("")
                parts[0] = split(store, whole, keys[:9])
            return super().embed(texts)

    refresh_clusters(store, SplittingEmbedder(), settings=SETTINGS)
    now = cluster_of(store)
    assert set(now.loc[keys[:9]]) == set(parts)
    assert live(store).loc[whole, "n"] == 11, "the sizes are those after the split"
    refresh_clusters(store, SubjectEmbedder(), settings=SETTINGS)
    assert live(store)["n"].sum() == 22, "the next round does the work"


@pytest.mark.parametrize(
    ("pick", "says"),
    [
        (lambda keys: [], "Pick at least one"),
        (lambda keys: keys, "Leave at least one"),
        (lambda keys: ["f" * 32], "not in this issue"),
    ],
)
def test_a_split_that_makes_no_sense_changes_nothing(store: Store, pick, says: str) -> None:  # type: ignore[no-untyped-def]
    whole, keys = one_issue(store)
    version = store.data_version()
    with pytest.raises(StoreError, match=says):
        split(store, whole, pick(keys))
    with pytest.raises(StoreError, match="1 to 200 letters"):
        split(store, whole, keys[:2], title="  ")
    assert store.data_version() == version


def test_comments_that_a_person_put_somewhere_neither_move_nor_leave() -> None:
    rng = np.random.default_rng(3)
    one, other = (
        (axis + 0.1 * rng.normal(size=(12, 8))).astype(np.float32) for axis in np.eye(8)[:2]
    )
    vectors = np.concatenate([one, other])
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    ids = [f"{i:03d}" for i in range(24)]
    owners = ["a" * 32] * 6 + ["b" * 32] * 18

    def place() -> Place:
        clusters = [
            Cluster(key, vectors[rows].mean(axis=0), len(rows), 0, "new", is_stored=True)
            for key, rows in (("a" * 32, list(range(6))), ("b" * 32, list(range(6, 24))))
        ]
        return Place(np.zeros(8, dtype=np.float32), clusters)

    moved = rearrange(place(), ids, range(24), vectors, owners)
    assert {key for key, owner, _ in moved.joined.members if owner == "a" * 32} > set(ids[:7])
    kept = rearrange(place(), ids, range(24), vectors, owners, kept=ids)
    assert (kept.joined.members, kept.released) == ([], [])


def test_somebody_elses_change_is_not_overwritten(store: Store) -> None:
    whole, keys = one_issue(store)
    with store.changing() as connection:
        seen = last_change(connection, whole)
        change_issue(connection, whole, "ben", {"status": "investigating"}, LATER, expected=seen)
    version = store.data_version()
    for change in (
        lambda c: change_issue(c, whole, "ann", {"status": "closed"}, LATER, expected=seen),
        lambda c: rename_issue(c, whole, "Mine", "ann", LATER, expected=seen),
        lambda c: undo_change(c, whole, "ann", LATER, expected=seen),
    ):
        with pytest.raises(ChangedMeanwhileError, match="ben changed"), store.changing() as c:
            change(c)
    with pytest.raises(ChangedMeanwhileError):
        split(store, whole, keys[:3], expected=seen)
    assert store.data_version() == version
    assert live(store).loc[whole, "status"] == "investigating"


UNDONE = ("status", "owner", "ticket_url", "fixed_at", "reopened_at", "title", "titled_by", "n")


def state(store: Store) -> pd.DataFrame:
    columns = [*UNDONE, "theme", "quotes", "first_seen", "last_seen", "merged_into"]
    return table(store, "issues").set_index("cluster_id")[columns]


def test_triage_and_titles_are_taken_back_once(store: Store) -> None:
    whole, _ = one_issue(store)
    with store.changing() as c:
        change_issue(c, whole, "ann", {"status": "acknowledged", "owner": "web"}, LATER)
    before = state(store)
    fixed: dict[str, str | datetime] = {"status": "fixed", "fixed_at": LATER}
    for change in (
        lambda c: change_issue(c, whole, "ann", fixed, LATER),
        lambda c: rename_issue(c, whole, "Photos", "ann", LATER),
    ):
        with store.changing() as c:
            change(c)
        assert not state(store).equals(before)
        with store.changing() as c:
            add_note(c, whole, "asked the vendor", "ben", LATER)
            undo_change(c, whole, "ann", LATER)
        pd.testing.assert_frame_equal(state(store), before)
        with pytest.raises(StoreError, match="no change of this issue"), store.changing() as c:
            undo_change(c, whole, "ann", LATER)
    assert actions(store, whole)[:2] == ["undo on issue", "note on issue"]


def test_a_split_is_taken_back_whole(store: Store) -> None:
    whole, keys = one_issue(store)
    before, mean = state(store), live(store).loc[whole, "centroid"]
    part = split(store, whole, keys[:9])
    with store.changing() as c:
        undo_change(c, whole, "ann", LATER)
    pd.testing.assert_frame_equal(state(store).loc[[whole]], before)
    np.testing.assert_allclose(
        np.frombuffer(live(store).loc[whole, "centroid"], "<f4"),
        np.frombuffer(mean, "<f4"),
        atol=1e-5,
    )
    assert set(cluster_of(store).loc[keys]) == {whole}
    assert state(store).loc[part, "merged_into"] == whole


def test_a_part_that_somebody_took_up_is_not_taken_back(store: Store) -> None:
    whole, keys = one_issue(store)
    part = split(store, whole, keys[:9])
    with store.changing() as c:
        change_issue(c, part, "ben", {"owner": "ben"}, LATER)
    with pytest.raises(StoreError, match="Merge it into this one"), store.changing() as c:
        undo_change(c, whole, "ann", LATER)
    assert live(store).loc[part, "owner"] == "ben"


def test_a_merge_is_taken_back_whole_and_stays_so(store: Store) -> None:
    uploads, refunds = add(store, "upload", 12), add(store, "refund", 12)
    refresh_clusters(store, SubjectEmbedder(), settings=SETTINGS)
    owner = cluster_of(store)
    gone, into = owner[refunds[0]], owner[uploads[0]]
    with store.changing() as c:
        change_issue(c, gone, "ben", {"owner": "ben", "status": "investigating"}, LATER)
    before = state(store)
    with store.changing() as c:
        merge_by_person(c, gone, into, LATER, who="ann")
    assert live(store).loc[into, "owner"] == "ben"
    with store.changing() as c:
        n_before = arrangement(c)
        undo_change(c, into, "ann", LATER)
        assert arrangement(c) == n_before + 1
    pd.testing.assert_frame_equal(state(store), before)
    a_round_later(store)
    assert set(cluster_of(store).loc[refunds]) == {gone}
    assert set(cluster_of(store).loc[uploads]) == {into}


def test_one_issue_is_told_as_all_are(store: Store) -> None:
    keys = add(store, "upload", 12)
    add(store, "refund", 14, page="/divorce/other")
    old = put(store, [{"text": "letter slow", "submitted_at": NOW - timedelta(60), "page": "/x"}])
    code(store, {key: ["use.slow"] for key in old})
    refresh_clusters(store, SubjectEmbedder(), settings=SETTINGS)
    refresh_issue_facts(store, now=NOW)
    every = table(store, "issues").set_index("cluster_id")["facts"]
    whole = cluster_of(store)[keys[0]]
    with store.changing() as c:
        c.execute(sa.update(schema.issues).values(facts=None))
    assert refresh_issue_facts(store, now=NOW, only=[whole]) == 1
    now = table(store, "issues").set_index("cluster_id")["facts"]
    assert now[whole] == every[whole]
    assert now.drop(whole).isna().all(), "the others wait for the next round"


def test_words_that_leaked_are_not_kept_to_take_a_title_back(store: Store) -> None:
    whole, keys = one_issue(store)
    words = table(store, "comments").set_index("comment_id").loc[keys[0], "text"].split()
    with store.changing() as c:
        rename_issue(c, whole, f"Of {words[1]}", "ann", LATER)
        rename_issue(c, whole, "Photos", "ann", LATER)
        remove_words(c, keys[0], [words[1]], Entity.PERSON, "[PERSON]", "ann", LATER)
    row = live(store).loc[whole]
    assert words[1] not in str(row[["title", "undo"]].tolist())
    with pytest.raises(StoreError, match="no change of this issue"), store.changing() as c:
        undo_change(c, whole, "ann", LATER)
