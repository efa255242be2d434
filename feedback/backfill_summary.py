"""What became of a backfill: counted part by part, told at the end. See `feedback.backfill`."""

from __future__ import annotations

import csv
import json
from dataclasses import asdict, dataclass, field
from pathlib import Path

from feedback.errors import NoUsableRowError
from feedback.intake import count_reasons
from feedback.parts import Part, read_part, replacing

__all__ = ["CODING", "BackfillSummary", "finish", "finished"]

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


def finished(out: Path) -> BackfillSummary | None:
    """Return the summary of a backfill that is finished and whole."""
    path = out / SUCCESS
    if not path.exists():
        return None
    summary = BackfillSummary(**json.loads(path.read_text(encoding="utf-8")))
    n_parts = len(list(out.glob("part-*.parquet")))
    if n_parts == summary.n_parts:
        summary.n_finished_before = n_parts
        return summary
    path.unlink()
    return None


def finish(out: Path, summary: BackfillSummary) -> None:
    """Write the list of rejects, then say that all is there."""
    with (
        replacing(out / REJECTS) as unfinished,
        unfinished.open("w", newline="", encoding="utf-8") as stream,
    ):
        writer = csv.writer(stream)
        writer.writerow(["file", "row", "stage", "reason"])
        for path in sorted(out.glob("part-*.parquet")):
            part = read_part(path)
            writer.writerows([part.file, r.row, r.stage, r.reason] for r in part.rejects)
    if not summary.n_comments:
        reasons = ", ".join(f"{n:,} {reason}" for reason, n in summary.reasons.items())
        raise NoUsableRowError(
            f"The input has no usable row: {summary.n_rows:,} read, {summary.n_rejected:,} "
            f"rejected ({reasons or 'no comment in any of them'}). See {out / REJECTS}."
        )
    with replacing(out / SUCCESS) as unfinished:
        unfinished.write_text(json.dumps(asdict(summary), indent=2) + "\n", encoding="utf-8")
