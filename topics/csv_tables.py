"""CSV files that people hand over, as text, with every refusal in one line."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from feedback.errors import MissingColumnError, UnreadableFileError

__all__ = ["read_text_columns"]


def read_text_columns(
    path: Path, what: str, needed: Sequence[str], *, also: str = ""
) -> pd.DataFrame:
    """Return the columns of a CSV file in UTF-8 as text; what is empty is the empty text.

    Parameters
    ----------
    what
        What the file is of, such as "counts".
    needed
        Columns that it must have.
    also
        Said behind the columns that are needed.

    Raises
    ------
    UnreadableFileError
        It is not there, or no CSV file in UTF-8.
    MissingColumnError
        A column is missing.
    """
    try:
        frame = pd.read_csv(path, dtype=str, encoding="utf-8-sig", keep_default_na=False)
    except FileNotFoundError:
        raise UnreadableFileError(f"{path} is not there. Give a CSV file of {what}.") from None
    except (OSError, UnicodeDecodeError, pd.errors.ParserError, pd.errors.EmptyDataError):
        raise UnreadableFileError(
            f"{path} cannot be read as a CSV file in UTF-8 with the columns {', '.join(needed)}."
        ) from None
    missing = [name for name in needed if name not in frame.columns]
    if missing:
        raise MissingColumnError(
            f"{path} has no column {', '.join(missing)}. Columns found: "
            f"{', '.join(map(str, frame.columns))}. Needed: {', '.join(needed)}{also}."
        )
    return frame
