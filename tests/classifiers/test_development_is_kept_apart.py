"""A fifth of the comments is kept apart: whole responses, and always the same ones."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from classifiers.labels import (
    drop_repeats,
    near_duplicate_groups,
    read_labels,
    split_development,
)
from classifiers.train import TRAINING_FOLDER

WORDS = [first + second for first in "bcdfgklmnprst" for second in ("ap", "en", "id", "on", "ux")]


def comments(n_responses: int) -> pd.DataFrame:
    """Some responses with two comments, and some comments that others nearly repeat."""
    generator = np.random.default_rng(3)
    rows = []
    for number in range(n_responses):
        for _ in range(1 + number % 2):
            rows.append((" ".join(generator.choice(WORDS, 10)), f"r{number:04}"))
        if number % 10 == 9:
            rows.append((rows[-15][0].upper() + "!", f"r{number:04}"))
    frame = pd.DataFrame(rows, columns=["text", "response_id"])
    return frame.assign(id=[f"c{n:04}" for n in range(len(frame))])


def kept(frame: pd.DataFrame) -> set[str]:
    """Return the ids that are kept apart, having looked that nothing is lost or doubled."""
    train, development = split_development(frame)
    assert sorted([*train["id"], *development["id"]]) == sorted(frame["id"])
    return set(development["id"])


def test_it_is_about_a_fifth() -> None:
    frame = comments(1500)
    assert len(kept(frame)) / len(frame) == pytest.approx(0.2, abs=0.03)


def test_responses_and_near_duplicates_stand_on_one_side() -> None:
    frame = comments(600)
    train, development = split_development(frame)
    assert set(train["response_id"]).isdisjoint(development["response_id"])
    groups = near_duplicate_groups([*train["text"], *development["text"]])
    assert set(groups[: len(train)]).isdisjoint(groups[len(train) :])
    assert len(set(groups)) < len(frame)  # there were some


def test_the_order_of_the_rows_does_not_matter() -> None:
    frame = comments(600)
    before = kept(frame)
    for seed in range(4):
        assert kept(frame.sample(frac=1, random_state=seed).reset_index(drop=True)) == before


def test_a_row_stays_where_it_is_when_others_are_added() -> None:
    frame = comments(600)
    first = frame[frame["response_id"] < "r0400"]
    assert kept(frame) & set(first["id"]) == kept(first)
    earlier = pd.concat([frame[frame["response_id"] >= "r0400"], first], ignore_index=True)
    assert kept(earlier) == kept(frame)


def test_of_the_training_comments_a_fifth_is_kept_apart_and_some_of_every_code() -> None:
    paths = sorted(TRAINING_FOLDER.glob("*.csv"))
    written = drop_repeats(read_labels(paths))
    train, development = split_development(written)
    assert len(development) / len(written) == pytest.approx(0.2, abs=0.02)
    assert set(train["response_id"]).isdisjoint(development["response_id"])
    n_with = development["codes"].str.split(";").explode().value_counts()
    assert len(n_with) == 27
    assert n_with.min() >= 20
    backwards = drop_repeats(read_labels(paths)).iloc[::-1].reset_index(drop=True)
    assert kept(backwards) == set(development["id"])
