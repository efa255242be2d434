"""The comments of a page as arrays, with what their responses say of satisfaction and browser."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from topics.skew import known_values

__all__ = ["KINDS", "PageComments", "facet_values", "known_of_responses"]


KINDS = ("browser", "device")
"""What is known of a response, and looked at for what stands out."""


@dataclass(frozen=True)
class PageComments:
    """Comments of one page, one entry each; ``at`` in microseconds since 1970.

    ``values`` has, for browser and device, each comment's number in a list of names, -1 unknown.
    """

    at: np.ndarray
    cluster: np.ndarray
    response: np.ndarray
    satisfaction: np.ndarray
    facets: np.ndarray
    values: dict[str, tuple[np.ndarray, list[str]]]

    @classmethod
    def of(cls, rows: pd.DataFrame, known: pd.DataFrame, withheld: Collection[str]) -> PageComments:
        """Return the arrays of one page's rows; nothing of what ``withheld`` ones say."""
        of_response = known.reindex(rows["response_id"])
        return cls(
            at=pd.DatetimeIndex(rows["submitted_at"]).as_unit("us").asi8,
            cluster=rows["cluster"].to_numpy(object),
            response=pd.factorize(rows["response_id"])[0],
            satisfaction=of_response["satisfaction"].to_numpy("float64"),
            facets=rows["facets"].where(~rows["comment_id"].isin(list(withheld))).to_numpy(object),
            values={kind: _numbered(of_response[kind]) for kind in KINDS},
        )

    def answered(self, is_in: np.ndarray) -> np.ndarray:
        """Return the positions of one comment of each response among these."""
        positions = np.flatnonzero(is_in)
        _, first = np.unique(self.response[positions], return_index=True)
        one_each: np.ndarray = positions[first]
        return one_each

    def counts(self, one_each: np.ndarray) -> dict[str, dict[str, int]]:
        """Return how many of these responses have each browser and device."""
        told = {}
        for kind, (numbers, names) in self.values.items():
            known = numbers[one_each]
            n = np.bincount(known[known >= 0], minlength=len(names)).tolist()
            told[kind] = {name: count for name, count in zip(names, n, strict=True) if count}
        return told


def _numbered(values: pd.Series[Any]) -> tuple[np.ndarray, list[str]]:
    numbers, names = pd.factorize(values.to_numpy(object))
    return numbers, [str(name) for name in names]


def known_of_responses(
    rows: pd.DataFrame, responses: pd.DataFrame, withheld: Collection[str]
) -> pd.DataFrame:
    """Return satisfaction, browser and device by response id."""
    answers = responses.drop_duplicates("response_id").set_index("response_id")
    named: dict[str, dict[str, set[str]]] = {kind: {} for kind in KINDS}
    told = rows[rows["facets"].notna() & ~rows["comment_id"].isin(list(withheld))]
    for response_id, facets in zip(told["response_id"], told["facets"], strict=True):
        for kind, by_response in named.items():
            by_response.setdefault(response_id, set()).update(facet_values(facets.get(kind)))
    known = answers.reindex(rows["response_id"].unique())[["satisfaction", *KINDS]]
    return known.assign(
        **{kind: known_values(kind, known[kind], names) for kind, names in named.items()}
    )


def facet_values(told: Any) -> Iterator[str]:
    """Yield the values of a facet as texts, whether it has one or several."""
    if told is not None:
        yield from (str(one) for one in (told if isinstance(told, list) else [told]))
