"""Regions keep their names, though some of them look like a person's; nothing else does."""

from __future__ import annotations

from pathlib import Path

import pytest

from feedback import schema
from feedback.regions import known_region
from feedback.store import Store
from tests.feedback.pipeline_parts import ingest, row, rows_of, write_csv


@pytest.mark.parametrize(
    ("told", "name"),
    [
        ("Yorkshire and the Humber", "Yorkshire and The Humber"),
        ("YORKSHIRE & THE HUMBER", "Yorkshire and The Humber"),
        ("  north west ", "North West"),
        ("North West England", "North West"),
        ("South-East", "South East"),
        ("England", "England"),
        ("wales", "Wales"),
        ("Humber", None),
        ("Wales, John", None),
        ("London 07700 900123", None),
        ("", None),
        (None, None),
    ],
)
def test_only_whole_names_of_regions_are_known(told: str | None, name: str | None) -> None:
    assert known_region(told) == name


def test_a_region_goes_in_under_its_name_and_a_person_does_not(tmp_path: Path) -> None:
    path = write_csv(
        tmp_path / "a.csv",
        [
            row(1, "slow page", region="Yorkshire and the Humber"),
            row(2, "slow too", region="Wales mary@example.org"),
        ],
    )
    with Store.open(f"sqlite:///{tmp_path / 'feedback.db'}") as store:
        ingest(path, store)
        regions = set(rows_of(store, schema.responses)["region"])
    assert "Yorkshire and The Humber" in regions
    (other,) = regions - {"Yorkshire and The Humber"}
    assert "mary" not in other
