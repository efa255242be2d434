"""The work on a chunk of history, whoever does it: prepare, code, write the part.

See `feedback.backfill` for one process and `feedback.backfill_machines` for many.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from feedback.backfill_summary import CODING
from feedback.coder import Coder
from feedback.parts import Part, part_name, part_rows, untold, write_part
from feedback.prepare import Prepared, prepare
from feedback.runs import described, redaction_facts
from feedback.schema import RedactionOperator, Reject
from feedback.stages import Stopwatch

if TYPE_CHECKING:
    import pandas as pd

    from feedback.backfill_places import PartFolder
    from feedback.backfill_rows import Plan, Reading
    from feedback.duplicates import Lookup
    from feedback.ingest import Chunk
    from feedback.prepare import KnownNumbers
    from feedback.protocols import Classifier, Embedder, LanguageIdentifier, Redactor
    from feedback.store import Enriched

__all__ = ["Coded", "Station", "finish_part"]


@dataclass
class Coded:
    """A chunk that was worked on: all of its part but the marks of duplicates across chunks.

    Holds redacted text alone.
    """

    prepared: Prepared
    enriched: dict[str, Enriched]
    failures: dict[str, str]
    row_of: dict[str, int]
    n_rows: int


class Station:
    """The parts that work on comments, loaded once, and how rows are read for them."""

    def __init__(
        self,
        *,
        reading: Reading,
        redactor: Redactor,
        language: LanguageIdentifier,
        embedder: Embedder,
        classifier: Classifier,
        batch_comments: int,
    ) -> None:
        self.reading = reading
        self.watch = Stopwatch()
        self._redactor = redactor
        self._language = language
        self._coder = Coder(embedder, classifier, self.watch)
        self._codebook = classifier.codebook_version
        self._batch_comments = batch_comments

    @property
    def is_numbering(self) -> bool:
        """Whether values get pseudonyms, which are numbered throughout a response."""
        return getattr(self._redactor, "operator", None) is RedactionOperator.PSEUDONYM

    def models(self) -> dict[str, str]:
        """Return the models that the results depend on."""
        return {
            **redaction_facts(self._redactor),
            "language": described(self._language),
            "codebook": self._codebook,
            **self._coder.models(),
        }

    def work(
        self,
        chunk: Chunk,
        *,
        known_ids: Callable[[Sequence[str]], set[str]],
        known_numbers: KnownNumbers,
        near_candidates: Lookup,
        is_coded: bool = True,
    ) -> Coded:
        """Return what comes of a chunk; see `feedback.prepare.prepare`.

        Parameters
        ----------
        is_coded
            Otherwise the comments are only made fit to be stored.
        """
        prepared = prepare(
            chunk,
            redactor=self._redactor,
            language=self._language,
            known_ids=known_ids,
            known_numbers=known_numbers,
            near_candidates=near_candidates,
            received_at=self.reading.now,
            watch=self.watch,
        )
        enriched, failures = self._code(prepared.comments) if is_coded else ({}, {})
        row_of = dict(zip(chunk.comments["comment_id"], chunk.comments["row"], strict=True))
        return Coded(prepared, enriched, failures, row_of, chunk.n_rows)

    def _code(self, comments: pd.DataFrame) -> tuple[dict[str, Enriched], dict[str, str]]:
        """Return what was found of each comment, and why nothing was found of the others."""
        enriched: dict[str, Enriched] = {}
        failures: dict[str, str] = {}
        step = self._batch_comments
        comments = comments.assign(n_attempts=0)  # as a worker claims them
        for start in range(0, len(comments), step):
            coded, failed = self._coder.code(comments.iloc[start : start + step])
            enriched |= {one.comment_id: one for one in coded}
            failures |= failed
        return enriched, failures


def finish_part(
    out: PartFolder,
    plan: Plan,
    coded: Coded,
    *,
    duplicates: Mapping[int, str] | None = None,
) -> Part:
    """Write the part of a chunk and return what it tells of itself.

    Parameters
    ----------
    duplicates
        The original by the place of the comment that repeats it; by default as they were marked.
    """
    prepared = coded.prepared
    comments = prepared.comments
    if duplicates is not None:
        marks: list[Any] = [duplicates.get(place) for place in range(len(comments))]
        comments = comments.assign(duplicate_of=_objects(comments, marks))
    uncoded = [
        Reject(int(coded.row_of[comment_id]), CODING, why)
        for comment_id, why in coded.failures.items()
    ]
    part = Part(
        file=str(plan.file.path),
        n_rows=coded.n_rows,
        n_comments=len(comments),
        n_known=prepared.n_known,
        n_empty=int(comments["is_empty"].sum()),
        n_duplicates=int(comments["duplicate_of"].notna().sum()),
        rejects=[*prepared.rejects, *uncoded],
        notes=plan.notes,
    )
    rows = part_rows(comments, prepared.responses, prepared.spans, coded.enriched)
    write_part(out, part_name(plan.number), part, rows, untold(prepared.responses, rows))
    return part


def _objects(comments: pd.DataFrame, values: list[Any]) -> pd.Series[Any]:
    import pandas as pd

    return pd.Series(values, index=comments.index, dtype=object)
