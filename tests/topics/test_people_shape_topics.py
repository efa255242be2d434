"""What people do to topics holds at once, and after every fit; and it can be taken back."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import sqlalchemy as sa

from feedback import schema
from feedback.errors import StoreError
from feedback.store import Store
from tests.app.filling import code, put
from tests.topics.subjects import (
    SETTINGS,
    WORDS,
    WideEmbedder,
    by_comment,
    names,
    say,
    table,
    topic_of,
)
from topics import reading, refresh_topics
from topics.edit_topics import merge_topics, pin_topic, rename_topic, split_topic, undo_edit
from topics.edits import centroids_from, standing_edits
from topics.in_force import own_cosines


class OtherEmbedder(WideEmbedder):
    """Another model: the same texts, other vectors."""

    name = "other-bag-of-words"
    n_dimensions = 200


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.open(f"sqlite:///{tmp_path / 'feedback.db'}") as opened:
        yield opened


@pytest.fixture
def fitted(store: Store) -> dict[str, list[str]]:
    """The comments of each subject, of which each is a topic."""
    ids = {subject: say(store, subject, 40, 1) for subject in WORDS}
    refit(store)
    assert len({topic_of(store, keys) for keys in ids.values()}) == len(WORDS)
    return ids


def refit(store: Store, embedder: WideEmbedder | None = None) -> None:
    refresh_topics(store, embedder or WideEmbedder(), settings=SETTINGS, is_forced=True)


def grow(store: Store, seed: int = 2, n: int = 14) -> dict[str, list[str]]:
    """New comments on all subjects, and a fit on all there are."""
    new = {subject: say(store, subject, n, seed) for subject in WORDS}
    refit(store)
    return new


def row_of(store: Store, topic_id: int) -> pd.Series:
    rows = reading.read_topics(store, reading.topic_state(store).version)
    return rows.set_index("topic_id").loc[topic_id]


def audit_lines(store: Store) -> pd.DataFrame:
    lines = table(store, "audit")
    return lines[lines["action"].str.startswith("topic ")]


# Names


def test_a_name_holds_at_once_and_after_every_fit(store: Store, fitted: dict) -> None:
    topic = topic_of(store, fitted["upload"])
    rename_topic(store, topic, "Photos that are refused", who="ann")
    assert names(store)[topic] == "Photos that are refused"
    assert row_of(store, topic)["named_by"] == "ann"
    grow(store)
    assert topic_of(store, fitted["upload"]) == topic
    assert names(store)[topic] == "Photos that are refused"
    assert row_of(store, topic)["named_by"] == "ann"
    others = table(store, "topics").query("topic_id not in (@topic, -1)")
    assert others["named_by"].isna().all()


def test_the_last_name_counts_and_taking_it_back_brings_the_one_before(
    store: Store, fitted: dict
) -> None:
    topic = topic_of(store, fitted["upload"])
    by_machine = names(store)[topic]
    first = rename_topic(store, topic, "One", who="ann")
    second = rename_topic(store, topic, "Two", who="bob")
    assert names(store)[topic] == "Two"
    undo_edit(store, WideEmbedder(), second.edit_id, who="ann")
    assert (names(store)[topic], row_of(store, topic)["named_by"]) == ("One", "ann")
    undo_edit(store, WideEmbedder(), first.edit_id, who="ann")
    assert names(store)[topic] == by_machine
    assert pd.isna(row_of(store, topic)["named_by"])
    refit(store)
    assert names(store)[topic] == by_machine


def test_two_topics_cannot_have_one_name(store: Store, fitted: dict) -> None:
    one, other = topic_of(store, fitted["upload"]), topic_of(store, fitted["phone"])
    with pytest.raises(StoreError, match="Another topic has that name"):
        rename_topic(store, one, names(store)[other], who="ann")
    assert table(store, "topic_edits").empty


# Merges


def test_merged_topics_are_one_at_once(store: Store, fitted: dict) -> None:
    one, into = topic_of(store, fitted["upload"]), topic_of(store, fitted["phone"])
    both = [*fitted["upload"], *fitted["phone"]]
    done = merge_topics(store, WideEmbedder(), one, into, who="ann")
    assert done.topic_ids == (into,)
    assert topic_of(store, both) == into
    assert one not in names(store)
    row = row_of(store, into)
    assert row["n"] == by_comment(store).eq(into).sum()
    assert set(row["quotes"]) <= set(by_comment(store)[lambda t: t == into].index)
    assert {"upload", "phone"} <= {word for term in row["terms"] for word in term.split()}
    members = by_comment(store)[lambda t: t == into].index
    texts = table(store, "comments").set_index("comment_id")["text"]
    vectors = WideEmbedder().embed(texts[members].tolist())
    centroid = np.frombuffer(row["centroid"], dtype="<f4")
    np.testing.assert_allclose(centroid, vectors.mean(axis=0), atol=1e-6)
    told = table(store, "assignments").set_index("comment_id").loc[members, "similarity"]
    np.testing.assert_allclose(told, own_cosines(vectors, vectors.mean(axis=0)), atol=1e-5)


def test_merged_topics_are_one_after_every_fit(store: Store, fitted: dict) -> None:
    one, into = topic_of(store, fitted["upload"]), topic_of(store, fitted["phone"])
    merge_topics(store, WideEmbedder(), one, into, who="ann")
    for seed in (2, 3):
        new = grow(store, seed)
        both = [*fitted["upload"], *fitted["phone"], *new["upload"], *new["phone"]]
        assert topic_of(store, both) == into
        assert one not in names(store)
        assert len(names(store)) == len(WORDS) - 1
        changes = latest_changes(store)
        assert set(changes["kind"]) == {"kept"}, "what people did is no change of the fit"


def latest_changes(store: Store) -> pd.DataFrame:
    changes = table(store, "topic_changes")
    return changes[changes["model_version"] == reading.topic_state(store).version]


def test_a_side_of_a_merge_is_followed_where_it_goes(store: Store, fitted: dict) -> None:
    one, into = topic_of(store, fitted["upload"]), topic_of(store, fitted["phone"])
    merge_topics(store, WideEmbedder(), one, into, who="ann")
    (first,) = table(store, "topic_edits")["detail"]
    new = grow(store, n=30)
    (now,) = table(store, "topic_edits")["detail"]
    texts = table(store, "comments").set_index("comment_id")["text"]
    for key, subject in ((one, "upload"), (into, "phone")):
        everyone = texts[[*fitted[subject], *new[subject]]].tolist()
        mean = WideEmbedder().embed(everyone).mean(axis=0)
        before, after = (
            own_cosines(centroids_from(told)[key][None], mean)[0] for told in (first, now)
        )
        lengths = [np.linalg.norm(centroids_from(told)[key]) for told in (first, now)]
        assert before / lengths[0] < 0.9995 < after / lengths[1]


def test_new_comments_join_a_merged_topic_by_the_nearest_side(store: Store, fitted: dict) -> None:
    into = topic_of(store, fitted["welsh"])
    for subject in ("upload", "phone", "hearing"):
        topic = topic_of(store, fitted[subject])
        merge_topics(store, WideEmbedder(), topic, into, who="ann")
    # Nearer to payments than to the middle of all four, and nearer still to uploads.
    texts = [f"upload photo refused large card payment {n}" for n in range(6)]
    new = put(store, [{"text": text} for text in texts])
    code(store, {key: ["complaint"] for key in new})
    payment = centroid_of(store, topic_of(store, fitted["payment"]))
    vectors = WideEmbedder().embed(texts)
    assert (own_cosines(vectors, payment) > own_cosines(vectors, centroid_of(store, into))).all()
    version = reading.topic_state(store).version
    refresh_topics(store, WideEmbedder(), settings=SETTINGS)
    assert reading.topic_state(store).version == version, "else a fit would have done it"
    assert topic_of(store, new) == into


def centroid_of(store: Store, topic_id: int) -> np.ndarray:
    return np.frombuffer(row_of(store, topic_id)["centroid"], dtype="<f4")


def test_a_chain_of_merges_holds_and_comes_apart_again(store: Store, fitted: dict) -> None:
    ids = {subject: topic_of(store, keys) for subject, keys in fitted.items()}
    before = by_comment(store)
    embedder = WideEmbedder()
    first = merge_topics(store, embedder, ids["upload"], ids["phone"], who="ann")
    second = merge_topics(store, embedder, ids["phone"], ids["hearing"], who="ann")
    three = [*fitted["upload"], *fitted["phone"], *fitted["hearing"]]
    assert topic_of(store, three) == ids["hearing"]
    new = grow(store)
    three += [*new["upload"], *new["phone"], *new["hearing"]]
    assert topic_of(store, three) == ids["hearing"]
    with pytest.raises(StoreError, match=f"Undo it first: feedback topics undo {second.edit_id}"):
        undo_edit(store, embedder, first.edit_id, who="ann")
    undo_edit(store, embedder, second.edit_id, who="ann")
    assert topic_of(store, [*fitted["upload"], *fitted["phone"]]) == ids["phone"]
    assert topic_of(store, fitted["hearing"]) == ids["hearing"]
    undo_edit(store, embedder, first.edit_id, who="ann")
    after = by_comment(store)[before.index]
    assert (after == before).mean() > 0.97
    assert set(names(store)) == set(ids.values())


def test_a_name_a_person_gave_goes_into_the_merge(store: Store, fitted: dict) -> None:
    one, into = topic_of(store, fitted["upload"]), topic_of(store, fitted["phone"])
    rename_topic(store, one, "Getting through", who="ann")
    done = merge_topics(store, WideEmbedder(), one, into, who="bob")
    assert names(store)[into] == "Getting through"
    grow(store)
    assert names(store)[into] == "Getting through"
    undo_edit(store, WideEmbedder(), done.edit_id, who="bob")
    assert names(store)[one] == "Getting through"
    assert names(store)[into] != "Getting through"


def test_a_topic_cannot_be_merged_with_itself_or_with_none(store: Store, fitted: dict) -> None:
    topic = topic_of(store, fitted["upload"])
    for into, said in ((topic, "with itself"), (99, "There is no topic 99"), (-1, "no topic -1")):
        with pytest.raises(StoreError, match=said):
            merge_topics(store, WideEmbedder(), topic, into, who="ann")
    assert table(store, "topic_edits").empty
    assert audit_lines(store).empty


# Splits


@pytest.fixture
def halved(store: Store) -> dict[str, list[str]]:
    """Six subjects; one topic has two halves that share half of their words."""
    ids = {subject: say(store, subject, 40, 1) for subject in WORDS if subject != "upload"}
    ids["left"] = say(store, "upload", 30, 1, of=slice(0, 8))
    ids["right"] = say(store, "upload", 20, 2, of=slice(4, 12))
    refit(store)
    return ids


def share_apart(store: Store, ids: dict[str, list[str]]) -> float:
    """How far the two halves are in topics of their own: 1 is wholly."""
    told = by_comment(store)
    left, right = told[ids["left"]], told[ids["right"]]
    at = left.value_counts().index[0]
    return float(min((left == at).mean(), (right != at).mean()))


def one_topic(store: Store, ids: dict[str, list[str]]) -> int:
    """Make the halves one topic, if the fit did not."""
    told = by_comment(store)
    left, right = (int(told[ids[side]].mode()[0]) for side in ("left", "right"))
    if left != right:
        merge_topics(store, WideEmbedder(), right, left, who="ann")
    return left


def test_a_topic_is_split_at_once_and_after_every_fit(store: Store, halved: dict) -> None:
    topic = one_topic(store, halved)
    assert share_apart(store, halved) < 0.2
    before = set(names(store))
    done = split_topic(store, WideEmbedder(), topic, n_parts=2, seed=1, who="ann")
    assert done.topic_ids[0] == topic, "the largest part keeps the number"
    assert set(done.topic_ids) - before == {done.topic_ids[1]}
    assert share_apart(store, halved) > 0.8
    rows = [row_of(store, key) for key in done.topic_ids]
    assert rows[0]["n"] >= rows[1]["n"] >= 10
    assert rows[0]["name"] != rows[1]["name"]
    apart = by_comment(store)[[*halved["left"], *halved["right"]]]
    for seed in (5, 6):
        for subject in set(WORDS) - {"upload"}:
            say(store, subject, 12, seed)
        refit(store)
        now = by_comment(store)[apart.index]
        assert set(done.topic_ids) <= set(names(store))
        assert (now == apart).mean() > 0.9


def test_parts_that_a_fit_finds_together_are_cut_apart_again(store: Store, fitted: dict) -> None:
    """Nothing tells these parts apart but the person's word, so every fit joins them."""
    topic = topic_of(store, fitted["upload"])
    embedder = WideEmbedder()
    done = split_topic(store, embedder, topic, n_parts=2, seed=3, who="ann")
    apart = by_comment(store)[fitted["upload"]]
    refit(store)
    pd.testing.assert_series_equal(by_comment(store)[fitted["upload"]], apart, check_dtype=False)
    grow(store)
    now = by_comment(store)[fitted["upload"]]
    assert set(now) == set(done.topic_ids)
    assert (now == apart).mean() > 0.9
    undo_edit(store, embedder, done.edit_id, who="ann")
    assert topic_of(store, fitted["upload"]) == topic
    assert done.topic_ids[1] not in names(store)
    refit(store)
    assert topic_of(store, fitted["upload"]) == topic, "else the fit had told the parts apart"


def test_new_comments_join_the_nearer_part(store: Store, fitted: dict) -> None:
    topic = topic_of(store, fitted["upload"])
    done = split_topic(store, WideEmbedder(), topic, n_parts=2, seed=3, who="ann")
    texts = table(store, "comments").set_index("comment_id")["text"]
    old = by_comment(store)[fitted["upload"]]
    new = say(store, "upload", 12, 8)
    refresh_topics(store, WideEmbedder(), settings=SETTINGS)
    texts = table(store, "comments").set_index("comment_id")["text"]
    centroids = {
        part: WideEmbedder().embed(texts[old.index[old == part]].tolist()).mean(axis=0)
        for part in done.topic_ids
    }
    vectors = WideEmbedder().embed(texts[new].tolist())
    cosines = np.stack([own_cosines(vectors, centroids[part]) for part in done.topic_ids])
    nearer = np.array(done.topic_ids)[cosines.argmax(axis=0)]
    assert by_comment(store)[new].tolist() == nearer.tolist()
    assert len(set(nearer)) == 2


def test_a_small_topic_cannot_be_split(store: Store, fitted: dict) -> None:
    topic = topic_of(store, fitted["upload"])
    with pytest.raises(StoreError, match="5 parts need 50"):
        split_topic(store, WideEmbedder(), topic, n_parts=5, seed=1, who="ann")
    assert table(store, "topic_edits").empty


def test_a_split_of_a_merged_topic_stands_in_its_place(store: Store, fitted: dict) -> None:
    one, into = topic_of(store, fitted["upload"]), topic_of(store, fitted["phone"])
    embedder = WideEmbedder()
    merge_topics(store, embedder, one, into, who="ann")
    done = split_topic(store, embedder, into, n_parts=2, seed=1, who="ann")
    assert {topic_of(store, fitted[name]) for name in ("upload", "phone")} == set(done.topic_ids)
    assert one not in done.topic_ids
    grow(store)
    assert {topic_of(store, fitted[name]) for name in ("upload", "phone")} == set(done.topic_ids)


# Pins


def leave_out(store: Store, comment_ids: list[str]) -> None:
    """Let comments be empty, so that no topic is fitted on them."""
    with store.changing() as connection:
        gone = schema.comments.c.comment_id.in_(comment_ids)
        connection.execute(sa.update(schema.comments).where(gone).values(is_empty=True))


def test_a_pinned_topic_stays_where_a_fit_finds_nothing_of_it(store: Store) -> None:
    few = say(store, "upload", 14, 1)
    for subject in set(WORDS) - {"upload"}:
        say(store, subject, 40, 1)
    refit(store)
    topic = topic_of(store, few)
    done = pin_topic(store, topic, who="ann")
    # Too few comments of it are left for a topic of a fit, so it could only be pinned.
    leave_out(store, few[8:])
    refit(store)
    assert topic_of(store, few[:8]) == topic
    assert topic in names(store)
    new = say(store, "upload", 8, 9)
    refresh_topics(store, WideEmbedder(), settings=SETTINGS)
    assert by_comment(store)[new].mode().tolist() == [topic]
    leave_out(store, new)
    undo_edit(store, WideEmbedder(), done.edit_id, who="ann")
    refit(store)
    assert topic not in names(store), "else this would show nothing"


# What is kept of it


def test_every_edit_is_audited_without_a_word_of_anyone(store: Store, fitted: dict) -> None:
    one, into = topic_of(store, fitted["upload"]), topic_of(store, fitted["phone"])
    embedder = WideEmbedder()
    rename_topic(store, one, "Quibble", who="ann")
    merged = merge_topics(store, embedder, one, into, who="bob")
    undo_edit(store, embedder, merged.edit_id, who="cat")
    split_topic(store, embedder, into, n_parts=2, seed=1, who="dan")
    pin_topic(store, one, who="eve")
    lines = audit_lines(store)
    assert lines[["who", "action", "object"]].to_numpy().tolist() == [
        ["ann", "topic name", f"topic {one}"],
        ["bob", "topic merge", f"topic {one}"],
        ["cat", "topic undo", f"topic {one}"],
        ["dan", "topic split", f"topic {into}"],
        ["eve", "topic pin", f"topic {one}"],
    ]
    assert [detail["edit"] for detail in lines["detail"]] == [1, 2, 3, 4, 5]
    assert "Quibble" not in json.dumps(lines["detail"].tolist())


def test_edits_keep_no_words_of_comments(store: Store, fitted: dict) -> None:
    one, into = topic_of(store, fitted["upload"]), topic_of(store, fitted["phone"])
    embedder = WideEmbedder()
    merge_topics(store, embedder, one, into, who="bob")
    split_topic(store, embedder, into, n_parts=2, seed=1, who="dan")
    grow(store)
    kept = json.dumps(
        [*table(store, "topic_edits")["detail"], *table(store, "topic_changes")["detail"]]
    )
    words = {word for told in WORDS.values() for word in told if len(word) > 5}
    assert not [word for word in words if word in kept.lower()]


def test_an_edit_can_be_taken_back_once(store: Store, fitted: dict) -> None:
    topic = topic_of(store, fitted["upload"])
    done = rename_topic(store, topic, "One", who="ann")
    undone = undo_edit(store, WideEmbedder(), done.edit_id, who="ann")
    for number in (done.edit_id, undone.edit_id, 77):
        with pytest.raises(StoreError, match=f"There is no edit {number}"):
            undo_edit(store, WideEmbedder(), number, who="ann")
    assert standing_edits(reading.read_edits(store)) == []


def test_an_edit_is_refused_where_the_topics_changed_meanwhile(
    store: Store, fitted: dict, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, into = topic_of(store, fitted["upload"]), topic_of(store, fitted["phone"])

    class Overtaken(WideEmbedder):
        def embed(self, texts: list[str]) -> np.ndarray:
            if table(store, "topic_edits").empty:
                rename_topic(store, one, "Sooner", who="bob")
            return super().embed(texts)

    before = by_comment(store)
    with pytest.raises(StoreError, match="have just changed"):
        merge_topics(store, Overtaken(), one, into, who="ann")
    pd.testing.assert_series_equal(by_comment(store), before)
    assert names(store)[one] == "Sooner"
    assert table(store, "topic_edits")["action"].tolist() == ["name"]


def test_words_taken_out_of_comments_do_not_come_back_with_a_name(
    store: Store, fitted: dict
) -> None:
    topic = topic_of(store, fitted["upload"])
    (key,) = say(store, "upload", 1, 12)
    with store.changing() as connection:
        leak = sa.update(schema.comments).where(schema.comments.c.comment_id == key)
        connection.execute(leak.values(text="upload photo refused large scanner Quorndonia"))
    refresh_topics(store, WideEmbedder(), settings=SETTINGS)
    assert topic_of(store, [key]) == topic
    rename_topic(store, topic, "Photos of Quorndonia", who="ann")
    with store.changing() as connection:  # as if the machine had called it so
        edits = schema.topic_edits
        detail = {"name": "Photos of Quorndonia", "by_machine": "Photo, Quorndonia"}
        connection.execute(sa.update(edits).values(detail=detail))
    store.remove_words(key, ["Quorndonia"], schema.Entity.PERSON, "ann", put_in="[PERSON]")
    grow(store)
    assert names(store)[topic] == "Photos of [PERSON]"
    for name in schema.metadata.tables:
        assert "quorndonia" not in repr(table(store, name).to_dict("records")).lower()


def test_what_may_be_about_safeguarding_describes_no_edited_topic(
    store: Store, fitted: dict
) -> None:
    one, into = topic_of(store, fitted["upload"]), topic_of(store, fitted["phone"])
    flagged = say(store, "upload", 6, 20)
    with store.changing() as connection:
        for n, key in enumerate(flagged):
            text = f"upload photo refused large scanner zorblax hurts {n}"
            of_comment = sa.update(schema.comments).where(schema.comments.c.comment_id == key)
            connection.execute(of_comment.values(text=text))
    store.correct_all({key: ["safeguarding"] for key in flagged}, "ann")
    refresh_topics(store, WideEmbedder(), settings=SETTINGS)
    assert topic_of(store, flagged) == one
    merge_topics(store, WideEmbedder(), one, into, who="ann")
    split_topic(store, WideEmbedder(), into, n_parts=2, seed=1, who="ann")
    refit(store)
    topics = table(store, "topics").drop(columns="centroid")
    assert "zorblax" not in topics.astype(str).to_csv()
    assert not [key for key in flagged if key in topics.astype(str).to_csv()]
    assert by_comment(store)[flagged].notna().all(), "they are counted"


def test_after_a_change_of_encoder_merges_and_splits_hold(store: Store, fitted: dict) -> None:
    one, into = topic_of(store, fitted["upload"]), topic_of(store, fitted["phone"])
    cut = topic_of(store, fitted["hearing"])
    merged = merge_topics(store, WideEmbedder(), one, into, who="ann")
    parts = split_topic(store, WideEmbedder(), cut, n_parts=2, seed=3, who="ann").topic_ids
    apart = by_comment(store)[fitted["hearing"]]
    refit(store, OtherEmbedder())
    assert topic_of(store, [*fitted["upload"], *fitted["phone"]]) == into
    assert one not in names(store)
    now = by_comment(store)[fitted["hearing"]]
    assert set(now) == set(parts)
    assert (now == apart).mean() > 0.8
    with pytest.raises(StoreError, match="Another encoder"):
        undo_edit(store, OtherEmbedder(), merged.edit_id, who="ann")
