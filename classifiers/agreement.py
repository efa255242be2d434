"""How far coders agree: Krippendorff's alpha, Cohen's kappa and shares, with 95% intervals.

- Alpha takes any number of coders and missing codings. Each code is a question of yes or no; whole
  sets of codes are compared by Jaccard and by MASI distance, which forgive a set that is nearly the
  same.
- Kappa needs two coders.
- Agreement is the share of pairs of codings that are equal; positive agreement, that share among
  pairs where one says yes (Cicchetti and Feinstein 1990): a rare code can agree by its absence.

Intervals are those of `classifiers.metrics`; a comment is drawn with all its codings.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from itertools import combinations
from typing import Any

import numpy as np

from classifiers.codings import Codings
from classifiers.coefficients import (
    alpha_of,
    cohen_kappa,
    disagreement,
    jaccard_distance,
    masi_distance,
)
from classifiers.metrics import (
    N_RESAMPLES,
    TOO_FEW,
    Figure,
    Resamples,
    figure_of,
    rounded,
    shares,
)
from feedback.errors import LabelsError

__all__ = [
    "Agreement",
    "CodeAgreement",
    "DisputedPair",
    "measure_agreement",
]

_NOMINAL = np.array([[0.0, 1.0], [1.0, 0.0]])


@dataclass(frozen=True, slots=True)
class CodeAgreement:
    """How far coders agree on one code, which at least one of them gave ``n`` comments.

    Figures are NaN for a code that nobody used; ``kappa`` is None unless there are two coders.
    """

    code: str
    n: int
    alpha: Figure
    kappa: Figure | None
    agreement: Figure
    positive_agreement: Figure

    @property
    def is_too_few(self) -> bool:
        """Whether too few comments were given the code to say how far coders agree on it."""
        return self.n < TOO_FEW


@dataclass(frozen=True, slots=True)
class DisputedPair:
    """On ``n`` comments one coder gave ``one`` and not ``other``, and another the reverse."""

    one: str
    other: str
    n: int


@dataclass(frozen=True)
class Agreement:
    """How far coders agree.

    ``n_codings`` counts the comments of each coder; ``n_comments`` were coded by two or more, and
    the figures are about these alone. ``exact_match`` is the share of pairs of codings whose sets
    of codes are the same.
    """

    n_codings: dict[str, int]
    n_comments: int
    n_uncoded: int
    alpha_masi: Figure
    alpha_jaccard: Figure
    exact_match: Figure
    codes: tuple[CodeAgreement, ...]
    disputed: tuple[DisputedPair, ...]

    @property
    def is_too_few(self) -> bool:
        """Whether too few comments were coded twice to say anything."""
        return self.n_comments < TOO_FEW

    def as_dict(self) -> dict[str, Any]:
        """Return plain values for JSON, rounded to four places; NaN becomes None."""
        plain: dict[str, Any] = rounded(asdict(self))
        for code, found in zip(plain["codes"], self.codes, strict=True):
            code["is_too_few"] = found.is_too_few
        return {**plain, "is_too_few": self.is_too_few}


def measure_agreement(
    codings: Codings, *, n_resamples: int = N_RESAMPLES, seed: int = 0
) -> Agreement:
    """Return how far the coders agree.

    Parameters
    ----------
    codings
        As `classifiers.codings.read_codings` gives them.
    n_resamples, seed
        Of the bootstrap.

    Raises
    ------
    LabelsError
        There is one coder, or no comment that two of them coded.
    """
    coders = codings.coders
    if len(coders) < 2:
        raise LabelsError(
            f"Agreement needs two coders; found {len(coders)}. Give a file with the columns "
            "id, coder, codes, or one file of id, codes for each coder."
        )
    is_shared = codings.is_coded.sum(axis=0) >= 2
    if not is_shared.any():
        raise LabelsError(
            f"The coders ({', '.join(coders)}) have no comment in common. Have them code the same "
            "comments, and check that the ids are the same in both."
        )
    is_coded, given = codings.is_coded[:, is_shared], codings.given[:, is_shared]
    resamples = Resamples.draw(int(is_shared.sum()), n_resamples=n_resamples, seed=seed)
    counts, sets = _set_counts(is_coded, given)
    return Agreement(
        dict(zip(coders, codings.is_coded.sum(axis=1).tolist(), strict=True)),
        int(is_shared.sum()),
        codings.n_uncoded,
        figure_of(alpha_of(counts, _distances(sets, masi_distance), resamples.weights)),
        figure_of(alpha_of(counts, _distances(sets, jaccard_distance), resamples.weights)),
        _agreement(counts, 1 - np.eye(len(sets)), resamples),
        tuple(
            _code_agreement(code, is_coded, given[:, :, column], resamples)
            for column, code in enumerate(codings.code_ids)
        ),
        _disputed(given, codings.code_ids),
    )


def _set_counts(is_coded: np.ndarray, given: np.ndarray) -> tuple[np.ndarray, list[frozenset[int]]]:
    """Return how often each unit was given each set of codes, and the sets."""
    coder, unit = np.nonzero(is_coded)
    rows, which = np.unique(given[coder, unit], axis=0, return_inverse=True)
    counts = np.zeros((is_coded.shape[1], len(rows)))
    np.add.at(counts, (unit, which.ravel()), 1)
    return counts, [frozenset(np.flatnonzero(row).tolist()) for row in rows]


def _distances(
    sets: Sequence[frozenset[int]], distance: Callable[[frozenset[int], frozenset[int]], float]
) -> np.ndarray:
    return np.array([[distance(one, other) for other in sets] for one in sets])


def _code_agreement(
    code: str, is_coded: np.ndarray, says_yes: np.ndarray, resamples: Resamples
) -> CodeAgreement:
    weights = resamples.weights
    yes, n_coders = (says_yes & is_coded).sum(axis=0), is_coded.sum(axis=0)
    counts = np.column_stack([n_coders - yes, yes])
    kappa = None
    if len(is_coded) == 2:
        kappa = figure_of(cohen_kappa(says_yes[0], says_yes[1], weights))
    both_yes = yes * (yes - 1) / np.maximum(n_coders - 1, 1)
    return CodeAgreement(
        code,
        int((yes > 0).sum()),
        figure_of(alpha_of(counts, _NOMINAL, weights)),
        kappa,
        _agreement(counts, _NOMINAL, resamples),
        shares(resamples, both_yes, yes)[0],
    )


def _agreement(counts: np.ndarray, distances: np.ndarray, resamples: Resamples) -> Figure:
    """Return the share of pairs of codings that are equal."""
    n_coders = counts.sum(axis=1)
    return shares(resamples, n_coders - disagreement(counts, distances), n_coders)[0]


def _disputed(given: np.ndarray, code_ids: Sequence[str]) -> tuple[DisputedPair, ...]:
    """Return pairs of codes that coders gave instead of each other, the most frequent first.

    A comment that one of two coders has not coded adds nothing: there is no code of theirs.
    """
    n = np.zeros((len(code_ids), len(code_ids)), dtype=int)
    for one, other in combinations(range(len(given)), 2):
        here, there = given[one], given[other]
        swaps = (here & ~there).astype(int).T @ (there & ~here).astype(int)
        n += swaps + swaps.T
    rows, columns = np.nonzero(np.triu(n))
    found = [
        DisputedPair(code_ids[row], code_ids[column], int(n[row, column]))
        for row, column in zip(rows.tolist(), columns.tolist(), strict=True)
    ]
    return tuple(sorted(found, key=lambda pair: (-pair.n, pair.one, pair.other)))
