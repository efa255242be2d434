"""People's codings in the store, as training takes them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from feedback.errors import LabelsError
from feedback.placeholders import without_numbers
from feedback.schema import Decision, Language

if TYPE_CHECKING:
    from classifiers.codebook import Codebook
    from feedback.store import Store

__all__ = ["Corrections", "agreed_codes", "coded_sets", "join_labels", "read_corrections"]


@dataclass(frozen=True)
class Corrections:
    """Comments that people coded, as labels.

    ``labels`` has id, response_id, text, codes, language, sentiment (the machine's: people are not
    asked for one). Left out and counted: ``n_disputed``, whose coders have to be reconciled, and
    ``n_unknown``, with codes that the codebook lacks.
    """

    labels: pd.DataFrame
    coders: tuple[str, ...]
    n_disputed: int
    n_unknown: int
    last_day: str


def coded_sets(codings: pd.DataFrame) -> dict[str, dict[str, frozenset[str]]]:
    """Return what each coder gave each comment: codes by coder by comment id.

    ``codings`` are people's, with comment_id, coder, code and decision.
    """
    given: dict[str, dict[str, set[str]]] = {}
    told = codings[codings["decision"] == Decision.ASSIGNED.value]
    for comment_id, coder, code in zip(
        told["comment_id"], told["coder"], told["code"], strict=True
    ):
        given.setdefault(comment_id, {}).setdefault(coder, set()).add(code)
    return {
        comment_id: {coder: frozenset(codes) for coder, codes in by_coder.items()}
        for comment_id, by_coder in given.items()
    }


def agreed_codes(sets: Iterable[Collection[str]]) -> frozenset[str] | None:
    """Return the codes that more than half of the coders gave; None where they must be reconciled.

    That is where half of them, and no more, gave a code, or where no code has more than half.

    Examples
    --------
    >>> sorted(agreed_codes([{"praise", "staff"}, {"praise"}, {"praise", "staff"}]))
    ['praise', 'staff']
    >>> agreed_codes([{"praise"}, {"staff"}]), agreed_codes([{"a"}, {"b"}, {"c"}])
    (None, None)
    """
    votes = [set(one) for one in sets]
    counts = Counter(code for one in votes for code in one)
    if any(2 * n == len(votes) for n in counts.values()):
        return None
    agreed = frozenset(code for code, n in counts.items() if 2 * n > len(votes))
    return agreed or None


def read_corrections(store: Store, codebook: Codebook) -> Corrections:
    """Return what people coded, the text from the store.

    Each coder's latest coding counts once. Comments chosen at random and for uncertainty count
    alike, without weights.
    """
    from app.queries_coding import read_codings, read_comments

    codings = read_codings(store, None, by_person=True)
    sets = coded_sets(codings)
    agreed = {comment_id: agreed_codes(by.values()) for comment_id, by in sorted(sets.items())}
    usable = {
        comment_id: codes
        for comment_id, codes in agreed.items()
        if codes is not None and codes <= set(codebook.code_ids)
    }
    n_disputed = sum(codes is None for codes in agreed.values())
    comments = read_comments(store, list(usable))
    labels = pd.DataFrame(
        {
            "id": comments["comment_id"],
            "response_id": comments["response_id"],
            "text": comments["text"].map(without_numbers),
            "codes": [";".join(sorted(usable[key])) for key in comments["comment_id"]],
            "language": comments["language"],
            "sentiment": comments["sentiment"],
        }
    )
    return Corrections(
        labels,
        tuple(sorted(set(codings["coder"]))),
        n_disputed,
        len(agreed) - n_disputed - len(usable),
        "" if codings.empty else codings["at"].max().date().isoformat(),
    )


def join_labels(corrections: Corrections, labels: pd.DataFrame | None) -> pd.DataFrame:
    """Return corrections, then the labels of a file: of two codings of one text, the first counts.

    Without sentiments in the file there are none: the machine's alone would teach it nothing.

    Raises
    ------
    LabelsError
        There is no correction.
    """
    found = corrections.labels
    if found.empty:
        raise LabelsError(
            "Nobody's codes are in the store that could be learnt from "
            f"({corrections.n_disputed} comments are disputed, {corrections.n_unknown} have codes "
            "that the codebook lacks). Draw comments with: feedback code-next --out SHEET.csv"
        )
    if labels is None or "sentiment" not in labels:
        found = found.drop(columns="sentiment")
    if labels is None:
        return found
    for column in ("text", "codes"):
        if column not in labels:
            raise LabelsError(
                f"The labels have no column '{column}'. Columns found: "
                f"{', '.join(map(str, labels.columns)) or 'none'}. Needed: id, text, codes."
            )
    if "sentiment" in labels:
        found = found[found["sentiment"].notna()]  # what waits to be coded again has none
    usual = {"response_id": "", "language": Language.ENGLISH.value}
    given = labels.assign(**{name: value for name, value in usual.items() if name not in labels})
    return pd.concat([found, given], ignore_index=True)[[*found.columns]]
