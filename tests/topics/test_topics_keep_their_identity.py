"""A topic keeps its number from fit to fit, and what became of the others is told."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import sqlalchemy as sa
from sklearn.metrics import adjusted_rand_score

from feedback import schema
from feedback.store import Store, utc_now
from feedback.topic_edits import write_fit, write_joined
from tests.app.filling import code, put
from tests.topics.subjects import (
    SETTINGS,
    WORDS,
    WideEmbedder,
    by_comment,
    names,
    said,
    say,
    table,
)
from topics import reading, refresh_topics
from topics.in_force import Topics, encoder_of
from topics.match import Grouping, changes_between, match_topics

AXES = np.eye(8)


def grouping(members: dict[int, list[int]], *, axes: dict[int, int] | None = None) -> Grouping:
    """Topics by their comments' numbers; each points along the axis of its id, or another."""
    ids = [key for key in members if key >= 0]
    rows = [AXES[(axes or {}).get(key, key % 8)] for key in ids]
    told = {f"c{n}": key for key, numbers in members.items() for n in numbers}
    return Grouping(
        ids=np.array(ids, dtype=int),
        centroids=np.array(rows).reshape(len(ids), 8),
        members=pd.Series(told, dtype=int),
    )


def span(start: int, stop: int) -> list[int]:
    return list(range(start, stop))


NOTHING = grouping({})
TWO = grouping({0: span(0, 10), 1: span(10, 20)})


def test_a_fit_that_numbers_topics_otherwise_changes_nothing() -> None:
    permuted = grouping({1: span(0, 10), 0: span(10, 20)}, axes={1: 0, 0: 1})
    match = match_topics(TWO, permuted, next_id=2)
    assert match.ids == {1: 0, 0: 1}
    assert all(match.is_kept.values())
    assert match.next_id == 2


@pytest.mark.parametrize("seed", range(5))
def test_many_permuted_topics_with_a_tenth_of_comments_moved_keep_their_numbers(seed: int) -> None:
    rng = np.random.default_rng(seed)
    of = rng.integers(0, 8, 400)
    moved = np.where(rng.random(400) < 0.1, rng.integers(0, 8, 400), of)
    order = rng.permutation(8)
    old = grouping({key: np.flatnonzero(of == key).tolist() for key in range(8)})
    new = grouping(
        {int(order[key]): np.flatnonzero(moved == key).tolist() for key in range(8)},
        axes={int(order[key]): key for key in range(8)},
    )
    assert match_topics(old, new, next_id=8).ids == {int(order[key]): key for key in range(8)}


def test_the_first_fit_gets_numbers_that_no_topic_had() -> None:
    match = match_topics(NOTHING, TWO, next_id=5)
    assert match.ids == {0: 5, 1: 6}
    assert not any(match.is_kept.values())
    assert match.next_id == 7
    changes = changes_between(NOTHING, TWO)
    assert (changes.new, changes.gone, changes.kept) == ([0, 1], [], {})


def test_without_a_topic_in_the_new_fit_all_are_gone() -> None:
    match = match_topics(TWO, NOTHING, next_id=2)
    assert (match.ids, match.next_id) == ({}, 2)
    changes = changes_between(TWO, NOTHING)
    assert (changes.gone, changes.new, changes.merged) == ([0, 1], [], {})


def test_a_pair_is_matched_as_all_pairs_together_are_best() -> None:
    # The first new topic is most like old 0; but then the second and old 1 would have nobody.
    axes = {0: 0, 1: 0}
    old = grouping({0: span(0, 20), 1: [*span(20, 30), *span(40, 48)], -1: span(60, 66)}, axes=axes)
    new = grouping(
        {0: [*span(0, 11), *span(20, 30)], 1: [*span(11, 20), *span(60, 66)], -1: span(40, 48)},
        axes=axes,
    )
    assert match_topics(old, new, next_id=2).ids == {0: 1, 1: 0}


@pytest.mark.parametrize(
    ("shared", "axis", "is_kept"),
    [
        (10, 0, True),
        (10, 1, True),  # a majority of comments, wherever the centroid points
        (6, 0, True),
        (6, 1, False),  # a third, and it points elsewhere
        (3, 0, False),
        (0, 0, False),  # as much like it as can be, and none of its comments
    ],
)
def test_comments_and_centroids_both_speak(shared: int, axis: int, is_kept: bool) -> None:
    old = grouping({0: span(0, 12)}, axes={0: 0})
    new = grouping({0: span(12 - shared, 24 - shared), -1: span(0, 12 - shared)}, axes={0: axis})
    everyone = pd.Series(-1, index=[f"c{n}" for n in range(24)])
    old = Grouping(old.ids, old.centroids, old.members.combine_first(everyone).astype(int))
    new = Grouping(new.ids, new.centroids, new.members.combine_first(everyone).astype(int))
    match = match_topics(old, new, next_id=1)
    assert match.ids == {0: 0 if is_kept else 1}


def test_growth_is_no_change() -> None:
    grown = grouping({0: [*span(0, 10), *span(100, 190)], 1: span(10, 20)})
    assert match_topics(TWO, grown, next_id=2).ids == {0: 0, 1: 1}
    changes = changes_between(TWO, grown)
    assert changes.kept == {0: (1.0, 1.0), 1: (1.0, 1.0)}
    assert (changes.new, changes.gone, changes.split, changes.merged) == ([], [], {}, {})


@pytest.mark.parametrize(("axis", "is_kept"), [(0, True), (1, False)])
def test_without_a_common_comment_only_the_same_direction_will_do(axis: int, is_kept: bool) -> None:
    old, new = grouping({0: span(0, 10)}), grouping({0: span(50, 60)}, axes={0: axis})
    assert match_topics(old, new, next_id=4).is_kept == {0: is_kept}


def test_topics_of_another_encoder_are_known_by_their_comments() -> None:
    wide = Grouping(np.array([7]), np.ones((1, 3)), TWO.members[TWO.members == 1] * 0 + 7)
    assert match_topics(TWO, wide, next_id=9).ids == {7: 1}
    assert np.isnan(changes_between(TWO, wide).kept.get(7, (np.nan, 0))[0])


def test_two_topics_that_became_one_are_told_as_merged() -> None:
    new = grouping({0: span(0, 20)})
    match = match_topics(TWO, new, next_id=2)
    assert match.ids == {0: 0}, "of two halves the one that it points like"
    changes = changes_between(TWO, new)
    assert changes.merged == {1: 0}
    assert (changes.new, changes.gone, changes.split) == ([], [], {})


def test_a_topic_that_fell_apart_is_told_as_split() -> None:
    whole = grouping({0: span(0, 20)})
    halves = grouping({0: span(0, 12), 3: [*span(12, 20), *span(30, 50)]})
    changes = changes_between(whole, halves)
    assert changes.split == {0: [0, 3]}
    assert (changes.new, changes.gone, changes.merged) == ([], [], {})


def test_a_new_topic_with_a_few_of_anothers_comments_is_new() -> None:
    new = grouping({0: span(0, 10), 1: span(10, 17), 2: [*span(17, 20), *span(20, 40)]})
    old = Grouping(
        TWO.ids,
        TWO.centroids,
        pd.concat([TWO.members, pd.Series(-1, index=[f"c{n}" for n in range(20, 40)])]),
    )
    changes = changes_between(old, new)
    assert (changes.new, changes.split) == ([2], {})


def test_a_topic_whose_comments_went_everywhere_is_gone() -> None:
    new = grouping({0: [*span(0, 10), *span(10, 13)], 2: span(13, 15), -1: span(15, 20)})
    changes = changes_between(TWO, new)
    assert changes.gone == [1]


# Real fits in a store


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.open(f"sqlite:///{tmp_path / 'feedback.db'}") as opened:
        yield opened


def grown(store: Store, n: int, *, seed: int) -> None:
    for subject in WORDS:
        say(store, subject, n, seed)


def test_topics_keep_their_numbers_when_comments_grow_by_a_third(store: Store) -> None:
    embedder = WideEmbedder()
    for n, subject in enumerate(WORDS):
        say(store, subject, 40 + 4 * n, 1)
    refresh_topics(store, embedder, settings=SETTINGS)
    before = by_comment(store)
    for subject in list(WORDS)[:3]:  # the smallest three outgrow the others
        say(store, subject, 32, 2)
    refresh_topics(store, embedder, settings=SETTINGS)
    after = by_comment(store)
    assert len(table(store, "topics")["model_version"].unique()) == 2, "else nothing was fitted"
    assert set(after) == set(before) == set(range(6))
    assert adjusted_rand_score(before, after[before.index]) > 0.95
    assert (before == after[before.index]).mean() > 0.95
    # A fit numbers its topics by size, so of itself it would have called these 0, 1 and 2.
    assert set(after.value_counts().index[:3]) == {3, 4, 5}


def test_a_number_is_never_given_twice(store: Store) -> None:
    embedder = WideEmbedder()
    grown(store, 40, seed=1)
    refresh_topics(store, embedder, settings=SETTINGS)
    first = set(by_comment(store)) - {-1}
    with store.changing() as connection:  # the topics of these comments are forgotten
        connection.execute(sa.delete(schema.topics))
        connection.execute(sa.delete(schema.assignments))
    refresh_topics(store, embedder, settings=SETTINGS)
    assert len(first) == 6
    assert not first & set(by_comment(store))


def test_a_new_subject_is_told_as_new_and_the_others_as_kept(store: Store) -> None:
    embedder = WideEmbedder()
    for subject in set(WORDS) - {"hearing"}:
        say(store, subject, 40, 1)
    refresh_topics(store, embedder, settings=SETTINGS)
    first = table(store, "topic_changes")
    assert set(first["kind"]) == {"new"}
    say(store, "hearing", 60, 2)
    refresh_topics(store, embedder, settings=SETTINGS)
    changes = table(store, "topic_changes")
    latest = changes[changes["model_version"] == reading.topic_state(store).version]
    kinds = latest.groupby("kind")["topic_id"].apply(set).to_dict()
    assert kinds["kept"] == set(first["topic_id"])
    assert len(kinds["new"]) == 1
    assert kinds["new"].isdisjoint(kinds["kept"])
    assert all(
        0.9 < row["similarity"] <= 1 for row in latest.loc[latest["kind"] == "kept", "detail"]
    )


def test_the_two_latest_fits_are_kept(store: Store) -> None:
    embedder = WideEmbedder()
    versions = []
    for seed in (1, 2, 3, 4):
        grown(store, 60, seed=seed)
        refresh_topics(store, embedder, settings=SETTINGS, is_forced=True)
        versions.append(reading.topic_state(store).version)
    assert len(set(versions)) == 4
    assert set(table(store, "topics")["model_version"]) == set(versions[-2:])
    assert set(table(store, "topic_changes")["model_version"]) == set(versions[-2:])
    assert set(table(store, "assignments")["model_version"]) == {versions[-1]}


def test_a_name_stays_while_the_topic_does(store: Store) -> None:
    embedder = WideEmbedder()
    grown(store, 40, seed=1)
    refresh_topics(store, embedder, settings=SETTINGS)
    before = names(store)
    grown(store, 25, seed=4)
    refresh_topics(store, embedder, settings=SETTINGS, is_forced=True)
    assert names(store) == before
    assert len(before) == 6


# What is in force


@pytest.fixture
def counting(tmp_path: Path) -> Iterator[tuple[Store, list[int]]]:
    """A store that counts the steps of its database engine."""
    steps = [0]
    with Store.open(f"sqlite:///{tmp_path / 'counted.db'}") as opened:

        def count() -> int:
            steps[0] += 1
            return 0

        @sa.event.listens_for(opened._engine, "checkout")
        def watch(connection: object, *_: object) -> None:
            connection.set_progress_handler(count, 10)  # type: ignore[attr-defined]

        yield opened, steps


def test_asking_for_the_topics_in_force_reads_no_comment(
    counting: tuple[Store, list[int]],
) -> None:
    store, steps = counting
    counted = []
    for n in (60, 3_000):
        ids = put(store, [{"text": text} for text in said("upload", n, n)])
        code(store, {})
        members = pd.DataFrame({"comment_id": ids, "topic_id": 0, "similarity": 0.5})
        topic = {"topic_id": 0, "name": "t", "terms": [], "quotes": [], "n": n}
        store.write_topics("v1", pd.DataFrame([{**topic, "centroid": b"\0" * 8}]), members)
        steps[0] = 0
        assert reading.topic_state(store).version == "v1"
        counted.append(steps[0])
    assert counted[0] > 0
    assert counted[1] <= counted[0] + 2


def test_a_store_without_the_fact_counts_assignments(store: Store) -> None:
    ids = put(store, [{"text": text} for text in said("upload", 5, 1)])
    topic = {"topic_id": 3, "name": "t", "terms": [], "quotes": [], "n": 1, "centroid": b""}
    members = pd.DataFrame({"comment_id": ids, "topic_id": 3, "similarity": 0.5})
    store.write_topics("older", pd.DataFrame([topic]), members)
    with store.changing() as connection:
        facts = schema.meta.c.name.like("topics_%")
        assert connection.execute(sa.delete(schema.meta).where(facts)).rowcount
    state = reading.topic_state(store)
    assert (state.version, state.next_id, state.last_edit) == ("older", 4, 0)


def test_nothing_is_written_over_topics_that_changed_meanwhile(store: Store) -> None:
    grown(store, 40, seed=1)
    refresh_topics(store, WideEmbedder(), settings=SETTINGS)
    stale = reading.topic_state(store)
    grown(store, 40, seed=5)
    refresh_topics(store, WideEmbedder(), settings=SETTINGS, is_forced=True)
    rows = [table(store, name) for name in ("topics", "assignments", "topic_changes", "meta")]
    nobody = table(store, "assignments")[["comment_id", "topic_id", "similarity"]].assign(
        topic_id=9
    )
    with store.changing() as connection:
        assert not write_fit(
            connection,
            stale,
            "late",
            rows[0].head(1),
            nobody,
            [],
            next_id=1,
            details={},
            now=utc_now(),
        )
        assert not write_joined(connection, stale, nobody)
    after = [table(store, name) for name in ("topics", "assignments", "topic_changes")]
    for one, other in zip(rows, after, strict=False):
        pd.testing.assert_frame_equal(one, other)


def test_a_refresh_that_was_overtaken_begins_anew(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    embedder = WideEmbedder()
    grown(store, 40, seed=1)
    read = Topics.read
    overtaken: list[str] = []

    def overtake(store: Store, encoder: str, **which: bool) -> Topics:
        found = read(store, encoder, **which)
        if not overtaken and not which:  # what it will fit is read
            overtaken.append(encoder)
            refresh_topics(store, embedder, settings=SETTINGS)
        return found

    monkeypatch.setattr(Topics, "read", overtake)
    assert refresh_topics(store, embedder, settings=SETTINGS) == 6
    assert overtaken == [encoder_of(embedder)]
    assert set(table(store, "topic_changes")["kind"]) == {"new"}
    assert set(by_comment(store)) == set(range(6)), "the topics of the first to finish stand"
