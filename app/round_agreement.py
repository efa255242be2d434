"""How far the coders of a round agree, with intervals and the base. Pure, but for the cache."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import streamlit as st

from app.coding_choices import label_of
from app.wording import TOO_FEW, counted, percent
from classifiers.agreement import Agreement, measure_agreement
from classifiers.codings import Codings

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from app.queries_rounds import Compared
    from classifiers.codebook import Code
    from classifiers.metrics import Figure

__all__ = ["agreement_figures", "agreement_of", "agreement_table", "answer"]

CACHED = 32


def agreement_of(coders: Sequence[str], found: Sequence[Compared], seed: int) -> Agreement | None:
    """Return how far coders agree on the comments that all of them coded; None without any."""
    if not found:
        return None
    return _measured(tuple(coders), tuple(one.codes for one in found), seed)


@st.cache_data(show_spinner=False, max_entries=CACHED)
def _measured(
    coders: tuple[str, ...], given: tuple[tuple[tuple[str, ...], ...], ...], seed: int
) -> Agreement:
    codes = tuple(sorted({code for comment in given for one in comment for code in one}))
    table = np.array(
        [
            [[code in comment[coder] for code in codes] for comment in given]
            for coder in range(len(coders))
        ],
        dtype=bool,
    )
    is_coded = np.ones((len(coders), len(given)), dtype=bool)
    return measure_agreement(Codings(coders, codes, is_coded, table), seed=seed)


def answer(found: Sequence[Compared]) -> str:
    """Return on how many comments the coders agree wholly."""
    n = sum(one.is_agreed for one in found)
    return f"The same codes on {n:,} of {counted(len(found), 'comment')}"


def agreement_figures(found: Agreement) -> list[tuple[str, str]]:
    """Return the figures of whole sets of codes, each with its interval and its base."""
    base = f"on {counted(found.n_comments, 'comment')}"
    return [
        ("Exactly the same codes", f"{_share(found.exact_match)}, {base}"),
        (
            "Krippendorff's alpha of whole sets (MASI)",
            f"{_figure(found.alpha_masi, is_too_few=found.is_too_few)}, {base}",
        ),
    ]


def agreement_table(found: Agreement, choices: Mapping[str, Code]) -> pd.DataFrame:
    """Return a row for each code that anybody gave, those given most first."""
    rows: list[dict[str, Any]] = []
    for one in sorted(found.codes, key=lambda code: (-code.n, code.code)):
        row = {
            "Code": label_of(one.code, choices),
            "Given to": one.n,
            "Agreed": _share(one.agreement),
        }
        if one.kappa is not None:
            row["Cohen's kappa"] = _figure(one.kappa, is_too_few=one.is_too_few)
        row["Krippendorff's alpha"] = _figure(one.alpha, is_too_few=one.is_too_few)
        rows.append(row)
    return pd.DataFrame(rows)


def _share(figure: Figure) -> str:
    return f"{percent(figure.value)} ({percent(figure.low)} to {percent(figure.high)})"


def _figure(figure: Figure, *, is_too_few: bool) -> str:
    """Return a coefficient with its 95% interval, or that there are too few to say."""
    if is_too_few or math.isnan(figure.value):
        return TOO_FEW
    if math.isnan(figure.low):
        return f"{figure.value:.2f}"
    return f"{figure.value:.2f} ({figure.low:.2f} to {figure.high:.2f})"
