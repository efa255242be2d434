"""What nobody said on a page before is told once, whatever the traffic, and in safe words."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import sqlalchemy as sa
from scipy.stats import betabinom

from feedback import schema
from feedback.results import upsert_members
from feedback.schema import TEXT_PREFIX
from feedback.settings import Settings
from feedback.store import Store
from tests.app.filling import NOW as FILLED
from tests.app.filling import code, put
from tests.fakes import BagOfWordsEmbedder
from topics import scan_store
from topics.scan import false_alarms, find_novel
from topics.scan_likeness import MAX_WEIGHT, PRIOR_COMMENTS, PRIOR_LIKE, novelty_of, share_tail
from topics.scan_store import find_in_store

_C = schema.comments.c

NOW = pd.Timestamp("2026-05-04T12:00Z")
N_DIMENSIONS = 256
THEMES = ("slow page", "cannot sign in", "card payment declined", "unclear letter wording")
NOVEL = "photo upload refused"


def direction(theme: str) -> np.ndarray:
    seed = [ord(letter) for letter in theme]
    vector = np.random.default_rng(seed).normal(size=N_DIMENSIONS)
    return vector / np.linalg.norm(vector)


def make_comments(
    rows: list[tuple[str, float]], *, seed: int = 1, page: str | None = "/evidence"
) -> tuple[pd.DataFrame, np.ndarray]:
    """Return comments of themes and ages in days, and vectors of cosine about .7 to their theme."""
    rng = np.random.default_rng(seed)
    noise = rng.normal(size=(len(rows), N_DIMENSIONS)) / N_DIMENSIONS**0.5
    vectors = np.array([direction(theme) for theme, _ in rows]) + 0.6 * noise
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    frame = pd.DataFrame(
        {
            "comment_id": [f"c{seed}-{i}" for i in range(len(rows))],
            "response_id": [f"r{seed}-{i}" for i in range(len(rows))],
            "service": "appeals",
            "page": page,
            "submitted_at": [(NOW - pd.Timedelta(days=age)).floor("s") for _, age in rows],
            "text": [f"{theme} again" for theme, _ in rows],
            "may_quote": True,
        }
    )
    return frame, vectors.astype(np.float32)


def alerts(comments: pd.DataFrame, vectors: Any, *, as_of: pd.Timestamp, **options: Any) -> Any:
    return find_novel(comments, vectors, as_of=as_of, **{"with_watch": False, **options})


def by_time(
    frame: pd.DataFrame, vectors: np.ndarray
) -> tuple[pd.DataFrame, np.ndarray, np.ndarray]:
    order = frame["submitted_at"].argsort().to_numpy()
    frame = frame.iloc[order]
    return frame, vectors[order], -((NOW - frame["submitted_at"]) / timedelta(days=1)).to_numpy()


def everyday(n_per_day: int = 4, n_days: int = 100) -> list[tuple[str, float]]:
    rng = np.random.default_rng(0)
    ages = np.sort(rng.uniform(0.01, n_days, n_per_day * n_days))
    return [(THEMES[i], age) for i, age in zip(rng.integers(0, 4, len(ages)), ages, strict=True)]


def with_novel(n: int = 5, since: float = 0.3) -> list[tuple[str, float]]:
    return [*everyday(), *((NOVEL, since * (i + 1) / n) for i in range(n))]


def test_a_complaint_nobody_made_before_is_found_and_the_everyday_is_not() -> None:
    assert alerts(*make_comments(everyday()), as_of=NOW).empty
    frame, vectors = make_comments(with_novel())
    found = alerts(frame, vectors, as_of=NOW)
    assert len(found) == 1
    row = found.iloc[0]
    novel = frame[frame["text"].str.startswith(NOVEL)].sort_values("submitted_at")
    assert row["comments"] == novel["comment_id"].tolist()
    assert row["theme"] == TEXT_PREFIX + novel["comment_id"].iloc[2]
    assert (row["kind"], row["level"], row["n"], row["page"]) == ("burst", "alert", 5, "/evidence")
    assert row["window_start"] == novel["submitted_at"].iloc[0]
    assert row["low"] <= row["rate_ratio"] <= row["high"]
    assert row["low"] > 1
    assert "5 comments that say much the same (“Photo upload, refused”) on /" in row["sentence"]
    assert "since 05:48 today" in row["sentence"]
    assert "like them before: none of" in row["sentence"]


def test_what_the_page_always_says_is_not_novel_at_any_amount() -> None:
    rows = [*everyday(), *((THEMES[0], 0.05 * (i + 1)) for i in range(6))]
    assert alerts(*make_comments(rows), as_of=NOW).empty


@pytest.mark.parametrize("times", [3, 10])
def test_a_surge_of_traffic_raises_nothing(times: int) -> None:
    rng = np.random.default_rng(5)
    surge = [
        (THEMES[i], age)
        for i, age in zip(
            rng.integers(0, 4, 8 * times), rng.uniform(0.01, 2, 8 * times), strict=True
        )
    ]
    assert alerts(*make_comments([*everyday(), *surge]), as_of=NOW).empty


def test_two_comments_are_no_signal_and_neither_are_three_of_one_response() -> None:
    frame, vectors, days = by_time(*make_comments(with_novel(2)))
    assert alerts(frame, vectors, as_of=NOW).empty
    at = np.flatnonzero(frame["text"].str.startswith(NOVEL))
    assert novelty_of(vectors, days, np.arange(len(days)), at).p.tolist() == [1.0, 1.0]
    frame, vectors = make_comments(with_novel(3))
    assert len(alerts(frame, vectors, as_of=NOW)) == 1
    is_novel = frame["text"].str.startswith(NOVEL)
    one_sender = frame.assign(response_id=frame["response_id"].mask(is_novel, "same"))
    assert alerts(one_sender, vectors, as_of=NOW).empty


def test_one_complaint_is_one_signal_with_the_same_theme_from_look_to_look() -> None:
    frame, vectors = make_comments(with_novel(12, since=4.0))
    themes = set()
    for hours in (72, 48, 24, 12, 0):
        found = alerts(frame, vectors, as_of=NOW - pd.Timedelta(hours=hours))
        assert len(found) == 1
        themes.add(found["theme"].iloc[0])
    assert len(themes) == 1


def test_two_complaints_are_two_signals() -> None:
    other = [("video will not play", 0.1 * (i + 1)) for i in range(5)]
    found = alerts(*make_comments([*with_novel(), *other]), as_of=NOW)
    assert len(found) == 2
    assert not set(found["comments"].iloc[0]) & set(found["comments"].iloc[1])


def test_a_signal_ends_when_the_complaint_does_and_what_goes_on_is_no_longer_novel() -> None:
    frame, vectors = make_comments([*everyday(), *((NOVEL, 10 + i / 5) for i in range(5))])
    at_its_time = alerts(frame, vectors, as_of=NOW - pd.Timedelta(days=10))
    assert len(at_its_time) == 1
    assert alerts(frame, vectors, as_of=NOW).empty
    lasting = [*everyday(), *((NOVEL, i / 3) for i in range(3 * 40))]
    assert alerts(*make_comments(lasting), as_of=NOW).empty


def test_a_look_knows_nothing_of_what_comes_later_nor_of_the_order_of_rows() -> None:
    frame, vectors = make_comments(with_novel())
    earlier = NOW - pd.Timedelta(hours=2)
    known = (frame["submitted_at"] <= earlier).to_numpy()
    before = alerts(frame, vectors, as_of=earlier)
    pd.testing.assert_frame_equal(before, alerts(frame[known], vectors[known], as_of=earlier))
    order = np.random.default_rng(3).permutation(len(frame))
    shuffled = alerts(frame.iloc[order], vectors[order], as_of=earlier)
    pd.testing.assert_frame_equal(before, shuffled)


def test_safeguarding_counts_but_is_neither_listed_nor_named() -> None:
    frame, vectors = make_comments(with_novel(6))
    frame["text"] = frame["text"].replace(f"{NOVEL} again", "zebra quagga upload refused")
    is_novel = frame["text"].str.startswith("zebra")
    hidden = frame[is_novel].sort_values("submitted_at")["comment_id"].iloc[[0, 3]].tolist()
    is_hidden = frame["comment_id"].isin(hidden)
    frame.loc[is_novel & ~is_hidden, "text"] = "photo upload refused"
    found = alerts(frame.assign(may_quote=~is_hidden), vectors, as_of=NOW).iloc[0]
    assert found["n"] == 6
    assert len(found["comments"]) == 4
    assert not set(found["comments"]) & set(hidden)
    assert found["theme"] not in [TEXT_PREFIX + one for one in hidden]
    assert "zebra" not in found["sentence"].lower()
    assert "quagga" not in found["sentence"].lower()
    nothing_to_list = alerts(frame.assign(may_quote=~is_novel), vectors, as_of=NOW)
    assert nothing_to_list.empty


def test_a_page_without_history_is_not_looked_at() -> None:
    rows = [*[(theme, 10.0 + i) for i, theme in enumerate(THEMES)], *with_novel()[-5:]]
    assert alerts(*make_comments(rows), as_of=NOW).empty


def test_pages_do_not_mix_and_no_page_is_a_place_too() -> None:
    here, here_vectors = make_comments(with_novel(2), page="/one")
    there, there_vectors = make_comments(with_novel(2), seed=2, page="/two")
    both = pd.concat([here, there]), np.concatenate([here_vectors, there_vectors])
    assert alerts(*both, as_of=NOW).empty
    assert len(alerts(both[0].assign(page="/one"), both[1], as_of=NOW)) == 1
    nowhere = alerts(*make_comments(with_novel(), page=None), as_of=NOW)
    assert nowhere["page"].tolist() == [None]
    assert "about appeals, no page given," in nowhere["sentence"].iloc[0]


def test_nothing_given_is_nothing_found() -> None:
    frame, vectors = make_comments(with_novel())
    assert alerts(frame.iloc[:0], vectors[:0], as_of=NOW).empty
    with pytest.raises(ValueError, match="405 comments but 404 vectors"):
        alerts(frame, vectors[:-1], as_of=NOW)


def test_vectors_are_asked_for_one_page_at_a_time() -> None:
    frame, vectors = make_comments(with_novel())
    other, other_vectors = make_comments(with_novel(), seed=2, page="/other")
    both, all_vectors = pd.concat([frame, other]), np.concatenate([vectors, other_vectors])
    asked: list[int] = []

    def vectors_of(positions: np.ndarray) -> np.ndarray:
        asked.append(len(positions))
        return all_vectors[positions]

    pd.testing.assert_frame_equal(
        alerts(both, vectors_of, as_of=NOW), alerts(both, all_vectors, as_of=NOW)
    )
    assert asked == [405, 405]


def test_the_p_value_is_that_of_a_beta_binomial_share_recounted_by_hand() -> None:
    frame, vectors = make_comments(with_novel())
    frame, vectors, days = by_time(frame, vectors)
    at = int(np.flatnonzero(frame["text"].str.startswith(NOVEL))[-1])
    found = novelty_of(vectors, days, np.arange(len(days)), np.array([at]))
    near = vectors @ vectors[at] >= found.radius[0]
    is_before = days < days[at] - 7
    is_recent = (days > days[at] - found.days[0]) & (days <= days[at])
    like, n = int((near & is_before).sum()), int(is_before.sum())
    weight = 1 / (1 / (PRIOR_COMMENTS + n) + 1 / MAX_WEIGHT)
    share = (PRIOR_LIKE + like) / (PRIOR_COMMENTS + n)
    count = int((near & is_recent).sum()) - 1
    spread = betabinom(int(is_recent.sum()) - 1, weight * share, weight * (1 - share))
    assert found.p[0] == pytest.approx(spread.sf(count) + spread.pmf(count) / 2, rel=1e-6)
    assert (found.like_before[0], found.n_before[0]) == (like, n)


@pytest.mark.parametrize("n", [3, 40, 512, 600, 20_000])
def test_the_tail_of_a_share_is_the_beta_binomial_one(n: int) -> None:
    share, weight = np.array([0.0005, 0.02, 0.2, 0.2]), np.array([90.0, 30.0, 60.0, 99.0])
    count = np.minimum(np.array([2, 0.1 * n, 0.35 * n, n], dtype=int), n)
    spread = betabinom(n, weight * share, weight * (1 - share))
    exact = spread.sf(count) + spread.pmf(count) / 2
    told = share_tail(count, np.full(4, n), share, weight)
    np.testing.assert_allclose(told, exact, rtol=1e-6 if n <= 512 else 0.3, atol=1e-9)


def test_a_response_counts_once_in_window_and_history() -> None:
    frame, vectors = make_comments(with_novel())
    frame, vectors, days = by_time(frame, vectors)
    responses = np.arange(len(days))
    once = novelty_of(vectors, days, responses, np.arange(len(days))[-5:])
    twice = novelty_of(
        np.repeat(vectors, 2, axis=0),
        np.repeat(days, 2),
        np.repeat(responses, 2),
        np.arange(2 * len(days))[-10::2] + 1,
    )
    np.testing.assert_allclose(once.p, twice.p)
    np.testing.assert_array_equal(once.n_before, twice.n_before)


def test_a_complaint_worded_in_many_ways_is_found_by_its_topic() -> None:
    ways = [(f"way {i}", 0.1 * (i + 1)) for i in range(6)]
    frame, vectors = make_comments([*everyday(), *ways])
    assert alerts(frame, vectors, as_of=NOW).empty
    themes = frame["text"].str.replace(r"way \d", "one topic", regex=True)
    topics = pd.factorize(themes)[0]
    found = alerts(frame.assign(topic_id=topics), vectors, as_of=NOW)
    assert len(found) == 1
    told = frame[frame["comment_id"].isin(found["comments"].iloc[0])]
    assert told["text"].str.startswith("way").all()
    assert len(told) == 6
    steady = alerts(frame.assign(topic_id=0), vectors, as_of=NOW)
    assert steady.empty


def test_a_smaller_budget_asks_for_more_evidence() -> None:
    frame, vectors = make_comments(with_novel(3))
    _, sorted_vectors, days = by_time(frame, vectors)
    everyone = np.arange(len(days))
    p = novelty_of(sorted_vectors, days, everyone, everyone[-3:]).p.min()
    per_week = (frame["submitted_at"] > NOW - pd.Timedelta(days=28)).sum() / 4
    needed = float(false_alarms(np.array([p]), per_week)[0])
    options = {"as_of": NOW}
    assert len(alerts(frame, vectors, false_alarms_per_week=needed * 1.01, **options)) == 1
    assert alerts(frame, vectors, false_alarms_per_week=needed * 0.99, **options).empty
    watched = find_novel(frame, vectors, false_alarms_per_week=needed * 0.99, as_of=NOW)
    assert watched["level"].tolist() == ["watch"]


class WideEmbedder(BagOfWordsEmbedder):
    n_dimensions = 256


WORDS = {
    "delay": ["waiting", "weeks", "answer", "letter", "court", "silence", "reply", "late"],
    "payment": ["card", "declined", "bank", "charged", "refund", "money", "twice", "fee"],
    "sign_in": ["password", "locked", "account", "reset", "code", "signing", "phone", "expired"],
}
UPLOAD = ["photo", "upload", "refused", "large"]


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """Twelve weeks of everyday comments on a page, then six uploads refused within a day."""
    rng = np.random.default_rng(2)
    rows = []
    for number in range(240):
        words = rng.choice(WORDS[list(WORDS)[number % 3]], size=5, replace=False)
        age = timedelta(days=84 * (number + 0.5) / 240)
        rows.append({"text": " ".join(words), "submitted_at": FILLED - age})
    with Store.open(f"sqlite:///{tmp_path / 'feedback.db'}") as opened:
        put(opened, rows)
        put(opened, upload_rows(6))
        code(opened, {})
        yield opened


def upload_rows(n: int, **same: object) -> list[dict[str, Any]]:
    return [
        {
            "comment_id": f"{number:032x}",
            "text": " ".join([*UPLOAD, f"again{number}"]),
            "submitted_at": FILLED - timedelta(hours=20 - number),
            **same,
        }
        for number in range(n)
    ]


def in_store(store: Store, embedder: BagOfWordsEmbedder) -> pd.DataFrame:
    found = find_in_store(store, embedder, as_of=FILLED, settings=Settings())
    return found[found["level"] == "alert"]


def test_a_store_tells_its_novel_complaints(store: Store) -> None:
    found = in_store(store, WideEmbedder())
    assert len(found) == 1
    assert found["comments"].iloc[0] == [f"{number:032x}" for number in range(6)]
    assert (found["service"].iloc[0], found["page"].iloc[0]) == ("divorce", "/divorce/payment")
    assert "hoto" in found["sentence"].iloc[0]
    store.replace_signals(FILLED, found)
    written = store.read(sa.select(schema.signals))
    assert written["comments"].iloc[0] == found["comments"].iloc[0]
    assert written["theme"].iloc[0] == found["theme"].iloc[0]


def test_safeguarding_of_a_store_is_not_listed_and_names_nothing(store: Store) -> None:
    hidden = f"{6:032x}"
    text = " ".join([*UPLOAD, "zebra"])
    rows = [{"comment_id": hidden, "text": text, "submitted_at": FILLED - timedelta(hours=1)}]
    put(store, rows)
    code(store, {hidden: ["safeguarding"]})
    found = in_store(store, WideEmbedder()).iloc[0]
    assert found["n"] == 7
    assert hidden not in found["comments"]
    assert "zebra" not in found["sentence"].lower()


def test_empty_comments_double_submissions_and_pages_gone_quiet_are_left_out(
    tmp_path: Path, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    given: list[pd.DataFrame] = []

    def remember(comments: pd.DataFrame, *rest: Any, **options: Any) -> pd.DataFrame:
        given.append(comments)
        return find_novel(comments, *rest, **options)

    monkeypatch.setattr(scan_store, "find_novel", remember)
    with Store.open(f"sqlite:///{tmp_path / 'other.db'}") as other:
        everyday = store.read(sa.select(schema.comments).where(_C.text.not_like("photo%")))
        put(other, everyday[["comment_id", "text", "submitted_at"]].to_dict("records"))
        text = " ".join([*UPLOAD, "because of its size and of nothing else"])
        first = upload_rows(1, text=text)
        again = [
            {**row, "duplicate_of": first[0]["comment_id"]} for row in upload_rows(6, text=text)[1:]
        ]
        put(other, [*first, *again])
        put(other, old_page())
        code(other, {})
        embedder = WideEmbedder()
        assert in_store(other, embedder).empty
        assert embedder.n_embedded == len(everyday) + 1
        assert set(given[0]["page"]) == {"/divorce/payment"}


def old_page() -> list[dict[str, Any]]:
    """Return a page's comments of which the last is four days old, and an empty one of today."""
    old = [
        {"text": f"old {number}", "submitted_at": FILLED - timedelta(days=4 + number)}
        for number in range(60)
    ]
    empty = {"text": "n/a", "is_empty": True, "submitted_at": FILLED - timedelta(hours=1)}
    return [{**row, "page": "/old"} for row in [*old, empty]]


def test_topics_of_a_store_are_told_to_the_scan(store: Store) -> None:
    odd = ["zebra", "quagga", "okapi", "tapir", "gnu", "eland", "kudu"]
    rows = [
        {"text": f"{word} {word}s", "submitted_at": FILLED - timedelta(hours=number + 1)}
        for number, word in enumerate(odd)
    ]
    ids = put(store, [{**row, "page": "/divorce/payment"} for row in rows])
    code(store, {})
    assert not set(ids) & set(in_store(store, WideEmbedder())["comments"].explode())
    everyone = store.read(sa.select(_C.comment_id))["comment_id"]
    topic = [7 if one in ids else n % 3 for n, one in enumerate(everyone)]
    members = pd.DataFrame({"comment_id": everyone, "topic_id": topic, "similarity": 0.5})
    with store.changing() as connection:
        upsert_members(connection, "topics-1", members)
    assert set(ids) <= set(in_store(store, WideEmbedder())["comments"].explode())


def test_an_empty_store_has_nothing_novel(tmp_path: Path) -> None:
    with Store.open(f"sqlite:///{tmp_path / 'empty.db'}") as empty:
        assert in_store(empty, WideEmbedder()).empty
