"""A person's coding counts, also when a machine codes the comment again afterwards."""

import pandas as pd

from feedback.coding import winning_codings

AT = pd.to_datetime(["2026-01-01", "2026-01-02", "2026-01-03"], utc=True)


def codings(*rows):
    return pd.DataFrame(rows, columns=["comment_id", "code", "origin", "at"])


def told(frame):
    return winning_codings(frame)[["comment_id", "code"]].to_numpy().tolist()


def test_a_later_model_does_not_overrule_a_person():
    person = ("a", "staff", "person", AT[0])
    assert told(codings(person, ("a", "praise", "model", AT[2]))) == [["a", "staff"]]
    assert told(codings(person, ("a", "none", "rule", AT[1]))) == [["a", "staff"]]


def test_of_two_persons_codings_the_latest_counts():
    rows = codings(("a", "staff", "person", AT[0]), ("a", "praise", "person", AT[1]))
    assert told(rows) == [["a", "praise"]]


def test_of_two_models_the_latest_counts_with_all_its_codes():
    rows = codings(
        ("a", "complaint", "model", AT[0]),
        ("a", "fault.error", "rule", AT[1]),
        ("a", "fault.link", "model", AT[1]),
        ("b", "praise", "model", AT[0]),
    )
    assert told(rows) == [["a", "fault.error"], ["a", "fault.link"], ["b", "praise"]]


def test_nothing_coded_is_nothing_told():
    assert winning_codings(codings()).empty
