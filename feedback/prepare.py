"""Make raw rows fit to be stored: clean, redact, find the language, mark duplicates.

This is the one place where raw text is handled. It comes in with a chunk and does not leave: not in
what is returned, not in a log, a warning or an exception.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import sqlalchemy as sa

from feedback import schema
from feedback.clean import clean_text, is_empty_answer
from feedback.duplicates import N_BANDS, Lookup, band_keys, exact_hash, mark
from feedback.protocols import NumberingRedactor
from feedback.regions import put_known_regions
from feedback.schema import Language, Redaction, Reject
from feedback.stages import Stages, Stopwatch

if TYPE_CHECKING:
    from feedback.ingest import Chunk
    from feedback.protocols import LanguageIdentifier, Redactor
    from feedback.redact.pseudonyms import KnownNumber, ResponseNumbers

    KnownNumbers = Callable[[Sequence[str]], dict[str, list[KnownNumber]]]

__all__ = ["Prepared", "prepare"]

SPAN_COLUMNS = (
    "comment_id",
    "start",
    "end",
    "entity",
    "recogniser",
    "score",
    "number",
    "marks",
)

NO_ROW = 0
"""Row number of a rejected response that has no comment and so no known row."""

N_REMEMBERED = 4_096
"""Different short values (services, pages, devices) whose redaction is remembered in a chunk."""


@dataclass(frozen=True)
class Prepared:
    """What may be stored of a chunk, and what may not.

    ``bands`` is an ndarray of shape (n_comments, N_BANDS), int64, aligned to ``comments``.
    ``n_erased`` comments were left out because their responses were erased.
    """

    comments: pd.DataFrame
    responses: pd.DataFrame
    spans: pd.DataFrame
    bands: np.ndarray
    rejects: list[Reject]
    n_known: int
    n_erased: int = 0


def prepare(
    chunk: Chunk,
    *,
    redactor: Redactor,
    language: LanguageIdentifier,
    known_ids: Callable[[Sequence[str]], set[str]],
    known_numbers: KnownNumbers,
    near_candidates: Lookup,
    received_at: datetime,
    erased_ids: Callable[[Sequence[str]], set[str]] = lambda _: set(),
    watch: Stopwatch | None = None,
) -> Prepared:
    """Return what may be stored of a chunk of raw rows.

    Comments that the store knows already are not worked on again, nor those of erased responses. A
    row that raises in any stage is rejected whole, with its response and its other comments, so
    that it goes in whole once the fault is mended.

    Parameters
    ----------
    known_ids, known_numbers, near_candidates
        As of `feedback.store.Store`.
    erased_ids
        Given ids of responses, returns those that were erased; see `feedback.erased`.
    watch
        Where the seconds of each stage are added up.
    """
    watch = watch or Stopwatch()
    chunk, n_erased = _without_erased(chunk, erased_ids)
    known = known_ids(chunk.comments["comment_id"].tolist())
    is_known = chunk.comments["comment_id"].isin(list(known)).to_numpy(dtype=bool)
    raw = chunk.comments[~is_known].reset_index(drop=True)
    rows = raw["row"].tolist()
    stages = Stages(watch)

    texts = stages.each("clean", _clean, rows, raw["text"], raw["question"])
    is_empty = stages.each("clean", is_empty_answer, rows, texts)
    redactions = _redact(stages, redactor, raw, texts, known_numbers)
    values = _Values(redactor)
    hidden = {
        name: stages.each("redact", values.hide, rows, raw[name])
        for name in ("service", "page", "question")
    }
    hidden["extra"] = stages.each("redact", values.hide_all, rows, raw["extra"])
    responses = _hide_responses(stages, values, raw, chunk)
    redacted = [done.text if done else "" for done in redactions]
    languages = stages.together("language", language.identify, rows, redacted)
    bands = stages.together("duplicates", band_keys, rows, redacted)

    comments = raw.drop(columns=["row"]).assign(
        text=redacted,
        is_empty=is_empty,
        language=languages,
        received_at=pd.Timestamp(received_at).as_unit("us"),
        **{name: _fitted(schema.comments, name, column) for name, column in hidden.items()},
    )
    is_in = np.array([row not in stages.rejects for row in rows], dtype=bool)
    comments = _complete(comments[is_in])
    keys = np.array([band for band, good in zip(bands, is_in, strict=True) if good], np.int64)
    keys = keys.reshape(len(comments), N_BANDS)
    with watch.time("duplicates"):
        comments["duplicate_of"] = mark(comments, keys, near_candidates)
    done = [one for one, good in zip(redactions, is_in, strict=True) if good]
    return Prepared(
        comments=comments[list(schema.PREPARED_COMMENT_COLUMNS)].reset_index(drop=True),
        responses=responses[
            responses["response_id"].isin(comments["response_id"])
            | ~responses["response_id"].isin(chunk.comments["response_id"])
        ],
        spans=_spans(comments["comment_id"].tolist(), done),
        bands=keys,
        rejects=[
            *chunk.rejects,
            *(replace(one, row=max(one.row, NO_ROW)) for one in stages.rejects.values()),
        ],
        n_known=int(is_known.sum()),
        n_erased=n_erased,
    )


def _without_erased(
    chunk: Chunk, erased_ids: Callable[[Sequence[str]], set[str]]
) -> tuple[Chunk, int]:
    """Return a chunk without what belongs to erased responses, and how many comments that was."""
    ids = [*chunk.responses["response_id"], *chunk.comments["response_id"]]
    erased = list(erased_ids(ids))
    if not erased:
        return chunk, 0
    is_erased = chunk.comments["response_id"].isin(erased)
    stays = replace(
        chunk,
        comments=chunk.comments[~is_erased],
        responses=chunk.responses[~chunk.responses["response_id"].isin(erased)],
    )
    return stays, int(is_erased.sum())


def _clean(text: str, question: str | None) -> str:
    return clean_text(text, question=question)


def _redact(
    stages: Stages,
    redactor: Redactor,
    raw: pd.DataFrame,
    texts: Sequence[str],
    known_numbers: KnownNumbers,
) -> list[Redaction]:
    """Return the redacted comments; what is numbered has one number throughout a response."""
    rows = raw["row"].tolist()
    ids = list(dict.fromkeys(raw["response_id"]))
    if not ids or not isinstance(redactor, NumberingRedactor) or redactor.numbers(ids[0]) is None:
        return stages.each("redact", redactor.redact, rows, texts)
    known = known_numbers(ids)
    numbers: dict[str, ResponseNumbers | None] = {
        response_id: redactor.numbers(response_id, known.get(response_id, ()))
        for response_id in ids
    }
    of_rows = [numbers[response_id] for response_id in raw["response_id"]]
    return stages.each("redact", redactor.redact, rows, texts, of_rows)


class _Values:
    """Redacts short values, of which many are the same; remembers them for one chunk.

    They are not numbered: a page or a question belongs to many responses.
    """

    def __init__(self, redactor: Redactor) -> None:
        self._redactor = redactor
        self.hide = lru_cache(maxsize=N_REMEMBERED)(self._hide)

    def _hide(self, value: str | None) -> str | None:
        return None if value is None else self._redactor.redact(value).text

    def hide_all(self, extra: dict[str, str]) -> dict[str, str] | None:
        """Redact left-over fields, names and values; names that become the same are numbered."""
        hidden: dict[str, str] = {}
        for name, value in extra.items():
            shown = base = self.hide(clean_text(name)) or ""
            n_same = 1
            while shown in hidden:
                n_same += 1
                shown = f"{base} ({n_same})"
            hidden[shown] = self.hide(clean_text(value)) or ""
        return hidden or None


def _hide_responses(
    stages: Stages, values: _Values, raw: pd.DataFrame, chunk: Chunk
) -> pd.DataFrame:
    """Return the redacted responses of new comments, and those that have no comment.

    A response may stand in several rows; one without a comment has no row number any more.
    """
    alive = raw[~raw["row"].isin(list(stages.rejects))]
    row_of = dict(zip(alive["response_id"][::-1], alive["row"][::-1], strict=True))
    ids = chunk.responses["response_id"]
    is_wanted = ids.isin(list(row_of)) | ~ids.isin(chunk.comments["response_id"])
    responses = chunk.responses[is_wanted]
    responses = responses.reset_index(drop=True)
    # Numbers below `NO_ROW` keep those without a row apart, so that one takes no other with it.
    rows = [
        row_of.get(response_id, NO_ROW - position)
        for position, response_id in enumerate(responses["response_id"], start=1)
    ]
    hidden = {
        name: stages.each("redact", values.hide, rows, responses[name])
        for name in ("service", "device", "browser", "region")
    }
    hidden["region"] = put_known_regions(responses["region"], hidden["region"])
    fitted = {name: _fitted(schema.responses, name, column) for name, column in hidden.items()}
    is_in = np.array([row not in stages.rejects for row in rows], dtype=bool)
    return responses.assign(**fitted)[is_in]


def _fitted(table: sa.Table, name: str, values: list[Any]) -> pd.Series[Any]:
    """Return values cut to the length of their column: a placeholder can be longer than a name."""
    length = getattr(table.columns[name].type, "length", None)
    cut = [value[:length] if length and isinstance(value, str) else value for value in values]
    return pd.Series(cut, dtype=object)


def _complete(comments: pd.DataFrame) -> pd.DataFrame:
    """Add the columns that follow from the redacted text."""
    comments = comments.assign(
        n_characters=comments["text"].map(len).astype("int64"),
        text_hash=comments["text"].map(exact_hash),
        is_empty=comments["is_empty"].astype(bool),
    )
    # An empty answer has no language to speak of: "no" is not evidence of English.
    comments["language"] = comments["language"].where(~comments["is_empty"], Language.UNKNOWN)
    return comments


def _spans(comment_ids: Sequence[str], redactions: Sequence[Redaction]) -> pd.DataFrame:
    """Return one row for each placeholder in each text."""
    found = [
        (
            comment_id,
            span.start,
            span.end,
            span.entity,
            span.recogniser,
            span.score,
            span.number,
            span.marks or None,
        )
        for comment_id, redaction in zip(comment_ids, redactions, strict=True)
        for span in redaction.spans
    ]
    return pd.DataFrame(found, columns=list(SPAN_COLUMNS))
