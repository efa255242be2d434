"""Empty answers, repeats, tests, gibberish and spam are counted where a person can see them."""

from __future__ import annotations

from pathlib import Path

from app.doctor import examine
from app.nothing_counts import count_nothing, nothing_line
from feedback.settings import Settings
from feedback.store import Store
from tests.app.filling import code, put

TEXTS = ["slow", "n/a", "testing", "asdf", "asdfasdf", "Cheap pills [URL]", "well then", "slow"]


def fill_nothing(store: Store) -> None:
    rows = [{"text": text, "is_empty": text == "n/a"} for text in TEXTS]
    rows[0]["comment_id"] = rows[-1]["duplicate_of"] = "a" * 32
    ids = put(store, rows)
    code(store, {ids[0]: ["fault.performance"], ids[-1]: ["fault.performance"]})


def test_each_kind_is_counted_once(tmp_path: Path) -> None:
    with Store.open(f"sqlite:///{tmp_path / 'feedback.db'}") as store:
        assert nothing_line(store) == "no comments yet"
        fill_nothing(store)
        found = count_nothing(store)
        assert (found.n_comments, found.n_empty, found.n_repeats, found.n_none) == (8, 1, 1, 5)
        assert found.kinds == {"gibberish": 2, "spam": 1, "test": 1}
        assert found.n_other == 1
        assert nothing_line(store) == (
            "of 8 comments, 1 empty, 1 like an earlier one, 5 with nothing to code: "
            "2 gibberish, 1 spam, 1 test, 1 of no such kind"
        )


def test_the_doctor_tells_it(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'feedback.db'}"
    with Store.open(url) as store:
        fill_nothing(store)
    settings = Settings(home=tmp_path, store=url)
    (told,) = [finding for finding in examine(settings) if finding.name == "nothing to code"]
    assert told.is_ok
    assert "2 gibberish" in told.found
