"""Coded comments, checked: what training and evaluation start from."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd

from classifiers.codebook import Codebook
from feedback.duplicates import NO_KEY, band_keys, is_near_duplicate, text_key
from feedback.errors import LabelsError
from feedback.schema import Language, Sentiment

__all__ = [
    "TONES",
    "Labels",
    "check_labels",
    "drop_repeats",
    "near_duplicate_groups",
    "read_labels",
    "split_development",
]

TONES = tuple(tone.value for tone in Sentiment)
SEPARATOR = ";"
TARGETED = "yes"

DEVELOPMENT_PARTS = 5
"""One part of so many is kept apart from training."""


@dataclass(frozen=True, eq=False)
class Labels:
    """Coded comments in columns.

    ``truth`` is an ndarray of shape (n_texts, n_codes) of bool in the codebook's order; ``tones``
    holds positions in `TONES`, or is None where the file has no sentiments; texts of one number in
    ``groups`` are near duplicates or come from one response. ``is_targeted``, of shape (n_texts,),
    marks comments written or chosen to teach a border: they are learnt from, and count for no
    share, threshold or figure.
    """

    texts: tuple[str, ...]
    truth: np.ndarray
    tones: np.ndarray | None
    languages: tuple[str, ...]
    groups: np.ndarray
    is_targeted: np.ndarray

    def __len__(self) -> int:
        return len(self.texts)

    def take(self, positions: np.ndarray) -> Labels:
        """Return the comments at ``positions``."""
        return replace(
            self,
            texts=tuple(self.texts[i] for i in positions),
            truth=self.truth[positions],
            tones=None if self.tones is None else self.tones[positions],
            languages=tuple(self.languages[i] for i in positions),
            groups=self.groups[positions],
            is_targeted=self.is_targeted[positions],
        )


def read_labels(paths: Iterable[Path]) -> pd.DataFrame:
    """Return the rows of CSV files, all columns as text, in the order of the paths.

    Raises
    ------
    LabelsError
        A file cannot be read as CSV in UTF-8.
    """
    frames = []
    for path in paths:
        try:
            frames.append(pd.read_csv(path, dtype=str, keep_default_na=False, encoding="utf-8-sig"))
        except (OSError, ValueError):  # pandas' parser and decoding errors are ValueErrors
            raise LabelsError(
                f"{path} cannot be read. Give a CSV file in UTF-8 with the columns id, text, codes."
            ) from None
    if not frames:
        raise LabelsError("There is no file of coded comments.")
    return pd.concat(frames, ignore_index=True)


def check_labels(frame: pd.DataFrame, codebook: Codebook) -> Labels:
    """Return the coded comments of a frame.

    Parameters
    ----------
    frame
        Columns ``text`` and ``codes`` (separated by ``;``); if it likes ``sentiment``,
        ``language``, ``response_id`` and ``targeted`` ("yes", or empty).
    codebook
        Whose codes may be used.

    Raises
    ------
    LabelsError
        A column is missing, a row has no text, no code or one that is unknown, or there is no row.
        The message names rows by number, never by their text.
    """
    missing = [column for column in ("text", "codes") if column not in frame]
    if missing:
        raise LabelsError(
            f"The labels have no column '{missing[0]}'. Columns found: "
            f"{', '.join(map(str, frame.columns)) or 'none'}. Needed: id, text, codes."
        )
    if frame.empty:
        raise LabelsError("The labels have no row. Code some comments first.")
    texts = tuple(frame["text"].astype(str))
    if empty := [row for row, text in enumerate(texts, start=1) if not text.strip()]:
        raise LabelsError(
            f"Row {empty[0]} of the labels has no text. Fill it in or remove the row."
        )
    return Labels(
        texts,
        _read_truth(frame["codes"].astype(str), codebook),
        _read_tones(frame["sentiment"].astype(str)) if "sentiment" in frame else None,
        _read_languages(frame),
        near_duplicate_groups(texts, frame.get("response_id")),
        (frame["targeted"] == TARGETED).to_numpy()
        if "targeted" in frame
        else np.zeros(len(frame), dtype=bool),
    )


def drop_repeats(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the rows without those whose words a row above already has.

    >>> drop_repeats(pd.DataFrame({"text": ["Slow!", "slow", "fast"]}))["text"].tolist()
    ['Slow!', 'fast']
    """
    return frame[~frame["text"].map(text_key).duplicated()].reset_index(drop=True)


def split_development(frame: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the rows to train on, and a fifth that is kept apart to measure on.

    A response stands wholly on one side, and so do near duplicates. Which side it is depends on
    the least id of these responses alone: not on the order of the rows, nor on any that are added
    later, with greater ids.
    """
    responses = frame["response_id"].astype(str)
    groups = near_duplicate_groups(frame["text"].tolist(), responses.tolist())
    first = responses.groupby(groups).transform("min")
    part = [
        int.from_bytes(hashlib.sha256(response.encode()).digest()[:8]) % DEVELOPMENT_PARTS
        for response in first
    ]
    is_development = np.array(part) == 0
    return (
        frame[~is_development].reset_index(drop=True),
        frame[is_development].reset_index(drop=True),
    )


def near_duplicate_groups(
    texts: Sequence[str], given: Iterable[object] | None = None
) -> np.ndarray:
    """Return a group number for each text; near duplicates share one, as do equal ``given`` values.

    >>> near_duplicate_groups(["Slow!", "fast", "slow"]).tolist()
    [0, 1, 0]
    >>> near_duplicate_groups(["a", "b", "c"], given=["r1", "r2", "r1"]).tolist()
    [0, 1, 0]
    """
    parent = list(range(len(texts)))

    def root(i: int) -> int:
        while parent[i] != i:
            parent[i] = parent[parent[i]]
            i = parent[i]
        return i

    def join(i: int, j: int) -> None:
        one, other = sorted((root(i), root(j)))
        parent[other] = one

    for column in band_keys(texts).T:
        first: dict[int, int] = {}
        for i, key in enumerate(column.tolist()):
            if key == NO_KEY:
                continue
            j = first.setdefault(key, i)
            if root(i) != root(j) and is_near_duplicate(texts[i], texts[j]):
                join(i, j)
    seen: dict[object, int] = {}
    for i, value in enumerate(() if given is None else given):
        if not _is_empty(value):
            join(i, seen.setdefault(value, i))
    return np.array([root(i) for i in range(len(texts))], dtype=int)


def _is_empty(value: object) -> bool:
    """Return whether a cell holds nothing: no text, None, or one of pandas' marks for it."""
    if value is None or value is pd.NA:
        return True
    return value == "" or value != value  # NaN is the one unequal to itself


def _read_truth(codes: pd.Series, codebook: Codebook) -> np.ndarray:
    truth = np.zeros((len(codes), len(codebook.code_ids)), dtype=bool)
    columns = {code: column for column, code in enumerate(codebook.code_ids)}
    for row, cell in enumerate(codes):
        names = [name.strip() for name in cell.split(SEPARATOR) if name.strip()]
        if not names:
            raise LabelsError(
                f"Row {row + 1} of the labels has no code. Give it one; for nothing to code there "
                "is 'none'."
            )
        for name in names:
            if name not in columns:
                raise LabelsError(
                    f"Row {row + 1} of the labels has a code that is not in {codebook.name}. "
                    f"Codes: {', '.join(codebook.code_ids)}."
                )
            truth[row, columns[name]] = True
    return truth


def _read_tones(sentiments: pd.Series) -> np.ndarray:
    unknown = np.flatnonzero(~sentiments.isin(TONES))
    if len(unknown):
        raise LabelsError(
            f"Row {unknown[0] + 1} of the labels has no known sentiment. "
            f"Known: {', '.join(TONES)}. Correct it, or leave the column out."
        )
    return np.array([TONES.index(tone) for tone in sentiments], dtype=int)


def _read_languages(frame: pd.DataFrame) -> tuple[str, ...]:
    if "language" not in frame:
        return (Language.ENGLISH.value,) * len(frame)
    known = {language.value for language in Language}
    return tuple(
        value if value in known else Language.UNKNOWN.value
        for value in frame["language"].astype(str)
    )
