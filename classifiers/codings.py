"""Who gave which comment which codes: what agreement between coders starts from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from classifiers.codebook import Codebook
from classifiers.labels import SEPARATOR
from feedback.errors import LabelsError

__all__ = ["Codings", "read_codings"]


@dataclass(frozen=True, eq=False)
class Codings:
    """Codings of comments by coders, in the order of the codebook's codes.

    ``is_coded`` is an ndarray of shape (n_coders, n_comments) of bool, ``given`` one of shape
    (n_coders, n_comments, n_codes) of bool, all False where there is no coding. ``n_uncoded`` rows
    had no code, so nobody had coded them yet.
    """

    coders: tuple[str, ...]
    code_ids: tuple[str, ...]
    is_coded: np.ndarray
    given: np.ndarray
    n_uncoded: int = 0


def read_codings(paths: Sequence[Path], codebook: Codebook) -> Codings:
    """Return the codings in CSV files with the columns ``id``, ``codes`` and ``coder``.

    Without a column ``coder`` a file is one coder's, who has the file's name. Codes are separated
    by ``;``; a row without one has not been coded yet.

    Raises
    ------
    LabelsError
        A file cannot be read or has no such column; a row has no id or coder, an unknown code, or
        a coder who already coded that comment. Rows are named by number, never by their text.
    """
    whole = pd.concat([_read(path, paths) for path in paths], ignore_index=True)
    frame = whole[whole["codes"].str.strip(f"{SEPARATOR} ") != ""]
    columns = {code: column for column, code in enumerate(codebook.code_ids)}
    coders, comments = (tuple(dict.fromkeys(frame[name])) for name in ("coder", "id"))
    coder_at, comment_at = (
        {value: position for position, value in enumerate(values)} for values in (coders, comments)
    )
    is_coded = np.zeros((len(coders), len(comments)), dtype=bool)
    given = np.zeros((*is_coded.shape, len(columns)), dtype=bool)
    for row in frame.itertuples(index=False):
        names = [name.strip() for name in str(row.codes).split(SEPARATOR) if name.strip()]
        if any(name not in columns for name in names):
            raise LabelsError(
                f"{row.where} has a code that is not in {codebook.name}. Correct it, or name "
                f"another codebook. Codes: {', '.join(columns)}."
            )
        place = coder_at[row.coder], comment_at[row.id]
        if is_coded[place]:
            raise LabelsError(
                f"{row.where} is a second coding of one comment by one coder. Keep one of the two."
            )
        is_coded[place] = True
        given[place][[columns[name] for name in names]] = True
    return Codings(coders, codebook.code_ids, is_coded, given, len(whole) - len(frame))


def _read(path: Path, paths: Sequence[Path]) -> pd.DataFrame:
    """Return the columns id, coder, codes and where (file and row, for messages)."""
    try:
        frame = pd.read_csv(path, dtype=str, keep_default_na=False, encoding="utf-8-sig")
    except (OSError, ValueError):  # pandas' parser and decoding errors are ValueErrors
        raise LabelsError(
            f"{path} cannot be read. Give a CSV file in UTF-8 with the columns id, coder, codes."
        ) from None
    needed = ("id", "coder", "codes") if len(paths) == 1 else ("id", "codes")
    missing = [column for column in needed if column not in frame]
    if missing:
        raise LabelsError(
            f"{path} has no column '{missing[0]}'. Columns found: "
            f"{', '.join(map(str, frame.columns)) or 'none'}. Needed: id, coder, codes in one file,"
            " or id, codes in one file for each coder."
        )
    if "coder" not in frame:
        is_one_of_several = sum(other.stem == path.stem for other in paths) > 1
        frame["coder"] = str(path) if is_one_of_several else path.stem
    for column in ("id", "coder"):
        frame[column] = frame[column].str.strip()
        if empty := np.flatnonzero(frame[column] == "").tolist():
            raise LabelsError(f"Row {empty[0] + 1} of {path} has no {column}. Fill it in.")
    frame["where"] = [f"Row {row} of {path}" for row in range(1, len(frame) + 1)]
    return frame[["id", "coder", "codes", "where"]]
