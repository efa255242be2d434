"""For whom an issue is: the browser and device that stand out among its responses."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from feedback.intervals import MIN_RESPONSES
from topics.intervals import fisher_p, holm, share_difference

__all__ = ["browser_family", "known_values", "strongest_skews"]

SIGNIFICANT = 0.05
"""Chance of one wrong claim among all browsers and devices of an issue."""

_FAMILIES = (
    ("Edge", r"\bedg(?:e|a|ios)?\b"),
    ("Opera", r"\b(?:opera|opr)\b"),
    ("Samsung Internet", r"samsung"),
    ("DuckDuckGo", r"duck ?duck ?go"),
    ("Firefox", r"firefox|fxios"),
    ("Chrome", r"chrom(?:e|ium)|crios"),
    ("Safari", r"safari"),
    ("Internet Explorer", r"internet explorer|\bmsie\b|trident|\bie ?\d*\b"),
)
"""In this order, since most browsers claim to be older ones: Edge's own name for itself (the user
agent, RFC 9110 section 10.1.5) also says Chrome and Safari."""
_FAMILY = tuple((name, re.compile(pattern, re.IGNORECASE)) for name, pattern in _FAMILIES)


def browser_family(told: str) -> str:
    """Return the browser that a name, a name with a version or a user agent is of.

    Examples
    --------
    >>> [browser_family(told) for told in ("Mobile Safari 17.4", "chrome 126.0", "Brave")]
    ['Safari', 'Chrome', 'Brave']
    """
    for name, pattern in _FAMILY:
        if pattern.search(told):
            return name
    return " ".join(told.split())


def known_values(kind: str, given: pd.Series[Any], named: Mapping[str, set[str]]) -> pd.Series[Any]:
    """Return the browser (or device) of each response, None where it is not known.

    Parameters
    ----------
    kind
        ``browser`` or ``device``.
    given
        What the responses' own column says, by response id.
    named
        What the comments of a response name, by response id; used where the column is empty and
        they name but one.
    """
    read = browser_family if kind == "browser" else _spelt
    texts = given.dropna().unique()
    known = given.map({text: read(text) for text in texts if text.strip()}).astype(object)
    missing = known.isna()
    known[missing] = [
        read(next(iter(names))) if len(names := named.get(str(key), set())) == 1 else None
        for key in known.index[missing]
    ]
    return known


def _spelt(told: str) -> str:
    """Return a device in one spelling: "iPhone" stays, "MOBILE" and "mobile" are the same."""
    words = " ".join(told.split())
    return words if re.search(r"[a-z][A-Z]", words) else words.casefold()


def strongest_skews(
    here: Mapping[str, Mapping[str, int]], others: Mapping[str, Mapping[str, int]]
) -> list[dict[str, Any]]:
    """Return the browser and the device that an issue's responses have far more than others.

    Parameters
    ----------
    here, others
        How many responses have each known value, by kind: the issue's, and the page's others.

    Returns
    -------
    list of dict
        At most one of each kind: the value with the highest lift among those with at least five
        responses here and a significant difference: Fisher's exact test, two-sided, Holm's
        correction over all values of all kinds. With shares here and elsewhere, their bases, and
        Newcombe's 95% interval of the difference.
    """
    tested = []
    for kind, counts in here.items():
        elsewhere = others[kind]
        n, n_others = sum(counts.values()), sum(elsewhere.values())
        if n and n_others:
            tested += [
                _tested(kind, value, counts.get(value, 0), n, elsewhere.get(value, 0), n_others)
                for value in sorted(counts.keys() | elsewhere.keys())
            ]
    adjusted = holm(np.array([one["p_value"] for one in tested]))
    found: dict[str, dict[str, Any]] = {}
    for one, p_value in zip(tested, adjusted, strict=True):
        is_told = p_value < SIGNIFICANT and one["n"] >= MIN_RESPONSES and one["difference"] > 0
        best = found.get(one["kind"])
        if is_told and (best is None or _lift(one) > _lift(best)):
            found[one["kind"]] = one | {"p_value": float(p_value)}
    return list(found.values())


def _lift(one: Mapping[str, Any]) -> float:
    """Return share here over share elsewhere; one that is nowhere else counts for half there."""
    return float(one["share"] / max(one["share_elsewhere"], 0.5 / one["base_elsewhere"]))


def _tested(
    kind: str, value: str, n: int, base: int, other: int, other_base: int
) -> dict[str, Any]:
    difference, low, high = share_difference(n, base, other, other_base)
    return {
        "kind": kind,
        "value": value,
        "n": n,
        "base": base,
        "share": round(n / base, 4),
        "base_elsewhere": other_base,
        "share_elsewhere": round(other / other_base, 4),
        "difference": round(difference, 4),
        "low": round(low, 4),
        "high": round(high, 4),
        "p_value": fisher_p(n, base, other, other_base),
    }
