"""The comments of a page as arrays, with what their responses say of satisfaction and browser."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from topics.skew import known_values

__all__ = ["PageComments", "facet_values", "known_of_responses"]


@dataclass(frozen=True)
class PageComments:
    """Comments of one page, one entry each; ``at`` in microseconds since 1970."""

    at: np.ndarray
    cluster: np.ndarray
    response: np.ndarray
    satisfaction: np.ndarray
    browser: np.ndarray
    device: np.ndarray
    facets: np.ndarray

    @classmethod
    def of(cls, rows: pd.DataFrame, known: pd.DataFrame, withheld: Collection[str]) -> PageComments:
        """Return the arrays of one page's rows; nothing of what ``withheld`` ones say."""
        of_response = known.reindex(rows["response_id"])
        return cls(
            at=pd.DatetimeIndex(rows["submitted_at"]).as_unit("us").asi8,
            cluster=rows["cluster"].to_numpy(object),
            response=pd.factorize(rows["response_id"])[0],
            satisfaction=of_response["satisfaction"].to_numpy("float64"),
            browser=of_response["browser"].to_numpy(object),
            device=of_response["device"].to_numpy(object),
            facets=rows["facets"].where(~rows["comment_id"].isin(list(withheld))).to_numpy(object),
        )

    def answered(self, is_in: np.ndarray) -> np.ndarray:
        """Return the positions of one comment of each response among these."""
        positions = np.flatnonzero(is_in)
        _, first = np.unique(self.response[positions], return_index=True)
        one_each: np.ndarray = positions[first]
        return one_each


def known_of_responses(
    rows: pd.DataFrame, responses: pd.DataFrame, withheld: Collection[str]
) -> pd.DataFrame:
    """Return satisfaction, browser and device by response id."""
    answers = responses.drop_duplicates("response_id").set_index("response_id")
    named: dict[str, dict[str, set[str]]] = {"browser": {}, "device": {}}
    told = rows[rows["facets"].notna() & ~rows["comment_id"].isin(list(withheld))]
    for response_id, facets in zip(told["response_id"], told["facets"], strict=True):
        for kind, by_response in named.items():
            by_response.setdefault(response_id, set()).update(facet_values(facets.get(kind)))
    known = answers.reindex(rows["response_id"].unique())[["satisfaction", "browser", "device"]]
    return known.assign(
        **{kind: known_values(kind, known[kind], names) for kind, names in named.items()}
    )


def facet_values(told: Any) -> Iterator[str]:
    """Yield the values of a facet as texts, whether it has one or several."""
    if told is not None:
        yield from (str(one) for one in (told if isinstance(told, list) else [told]))
