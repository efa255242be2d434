"""What became of a backfill: counted part by part, told at the end. See `feedback.backfill`."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING

from feedback.errors import NoUsableRowError
from feedback.intake import count_reasons
from feedback.parts import Part, is_part, read_part

if TYPE_CHECKING:
    from feedback.backfill_places import PartFolder

__all__ = ["CODING", "REJECTS", "SUCCESS", "BackfillSummary", "finish", "finished"]

SUCCESS = "_SUCCESS"
REJECTS = "rejects.csv"

CODING = "classify"
"""Stage of rejects that are comments without codes, and not rows left out."""


@dataclass
class BackfillSummary:
    """What became of the input, in this start and the ones before.

    ``n_repeated`` counts comments that came before in the input; ``n_uncoded`` comments kept
    without codes because coding them failed; ``n_finished_before`` parts that were there.
    """

    n_files: int = 0
    n_parts: int = 0
    n_finished_before: int = 0
    n_rows: int = 0
    n_comments: int = 0
    n_repeated: int = 0
    n_empty: int = 0
    n_duplicates: int = 0
    n_rejected: int = 0
    n_uncoded: int = 0
    reasons: dict[str, int] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    seconds: dict[str, float] = field(default_factory=dict)

    def count(self, part: Part) -> None:
        """Count a part in."""
        self.n_parts += 1
        self.n_rows += part.n_rows
        self.n_comments += part.n_comments
        self.n_repeated += part.n_known
        self.n_empty += part.n_empty
        self.n_duplicates += part.n_duplicates
        n_uncoded = sum(reject.stage == CODING for reject in part.rejects)
        self.n_uncoded += n_uncoded
        self.n_rejected += len({r.row for r in part.rejects if r.stage != CODING})
        count_reasons(self.reasons, part.rejects)
        self.notes += [note for note in part.notes if note not in self.notes]


def finished(out: PartFolder) -> BackfillSummary | None:
    """Return the summary of a backfill that is finished and whole."""
    names = out.names()
    if SUCCESS not in names:
        return None
    with out.open(SUCCESS) as file:
        summary = BackfillSummary(**json.loads(file.read()))
    n_parts = sum(map(is_part, names))
    if n_parts == summary.n_parts:
        summary.n_finished_before = n_parts
        return summary
    out.remove(SUCCESS)
    return None


def finish(out: PartFolder, summary: BackfillSummary) -> None:
    """Write the list of rejects, then say that all is there."""
    stream = io.StringIO(newline="")
    writer = csv.writer(stream)
    writer.writerow(["file", "row", "stage", "reason"])
    for name in filter(is_part, out.names()):
        part = read_part(out, name)
        writer.writerows([part.file, r.row, r.stage, r.reason] for r in part.rejects)
    out.put(REJECTS, stream.getvalue().encode())
    if not summary.n_comments:
        reasons = ", ".join(f"{n:,} {reason}" for reason, n in summary.reasons.items())
        raise NoUsableRowError(
            f"The input has no usable row: {summary.n_rows:,} read, {summary.n_rejected:,} "
            f"rejected ({reasons or 'no comment in any of them'}). See {out.path_of(REJECTS)}."
        )
    out.put(SUCCESS, (json.dumps(asdict(summary), indent=2) + "\n").encode())
