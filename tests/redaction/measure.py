"""Prints the figures of the redaction exam: ``python -m tests.redaction.measure --seed 7``."""

from __future__ import annotations

import argparse
import json
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any

from feedback.redact import TextRedactor
from feedback.schema import Span
from tests.redaction.exam import SEED, Case, Half
from tests.redaction.marking import Mark, Marks, is_open, mark_exam, wilson_interval

__all__ = ["main", "redactor"]


def redactor() -> Callable[[str], Sequence[Span]]:
    """Return the product's redactor as a function from a comment to the spans found in it."""
    return partial(_found, TextRedactor())


def main() -> None:
    """Run the exam and print a table, or JSON with ``--json``."""
    arguments = _arguments()
    began = time.perf_counter()
    marks = mark_exam(redactor(), arguments.seed, arguments.half)
    seconds = time.perf_counter() - began
    if arguments.json:
        figures = {"seed": arguments.seed, "half": arguments.half, "seconds": round(seconds, 1)}
        print(json.dumps(figures | _as_json(marks), indent=2))
        return
    print(f"seed {arguments.seed}, half {arguments.half}, {seconds:.1f} s\n")
    print(_table(marks))
    if arguments.failures:
        print("\n" + _failures(marks, arguments.half))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=SEED, help="another seed, other values")
    parser.add_argument("--half", choices=("even", "odd", "all"), default="all")
    parser.add_argument("--json", action="store_true", help="figures as JSON")
    parser.add_argument(
        "--failures",
        action="store_true",
        help="list what failed (all invented), of the even half unless --half odd",
    )
    return parser.parse_args()


def _found(text_redactor: TextRedactor, text: str) -> Sequence[Span]:
    return text_redactor.redact(text).found


def _row(mark: Mark) -> dict[str, Any]:
    n_found = mark.n_values - len(mark.misses)
    low, high = wilson_interval(n_found, mark.n_values)
    return {
        "n": mark.n_values,
        "recall": round(mark.recall, 4),
        "low": round(low, 4),
        "high": round(high, 4),
        "n_labelled": mark.n_labelled,
        "label_accuracy": round(mark.label_accuracy, 4),
        "n_look_alikes": mark.n_look_alikes,
        "n_false": len(mark.false_redactions),
    }


def _as_json(marks: Marks) -> dict[str, Any]:
    return {
        "types": {entity.value: _row(mark) for entity, mark in marks.of.items()},
        "false_per_1000_look_alikes": round(marks.false_per_thousand, 2),
        "spare_per_1000_must_find": round(1000 * len(marks.spare) / marks.n_comments, 2),
    }


def _table(marks: Marks) -> str:
    lines = [
        f"{'type':22}{'n':>6}{'recall':>8}{'95% interval':>16}{'labels':>8}{'look-alikes':>13}"
        f"{'false':>7}"
    ]
    for entity, mark in marks.of.items():
        row = _row(mark)
        interval = f"{row['low']:.3f}–{row['high']:.3f}"
        lines.append(
            f"{entity.value:22}{row['n']:>6}{row['recall']:>8.3f}{interval:>16}"
            f"{row['label_accuracy']:>8.3f}{row['n_look_alikes']:>13}{row['n_false']:>7}"
        )
    lines.append(
        f"\nfalse redactions per 1,000 look-alike comments: {marks.false_per_thousand:.2f}"
        f"\nspans on no value per 1,000 must-find comments:"
        f" {1000 * len(marks.spare) / marks.n_comments:.2f}"
    )
    return "\n".join(lines)


def _failures(marks: Marks, half: Half) -> str:
    """Return what failed, grouped, an example each; the odd half's only where it was asked for."""
    lines: Counter[str] = Counter()
    examples: dict[str, str] = {}
    for group, case in _failed(marks):
        if half == "odd" or is_open(case):
            lines[group] += 1
            examples.setdefault(group, case.text)
    return "\n".join(f"{group} x{n}: {examples[group]!r}" for group, n in sorted(lines.items()))


def _failed(marks: Marks) -> Iterator[tuple[str, Case]]:
    for entity, mark in marks.of.items():
        for miss in mark.misses:
            yield f"miss {entity} {miss.value.maker}", miss.case
        for false in mark.false_redactions:
            yield f"false {entity} carrier {false.case.carrier} as {false.entity}", false.case
        for wrong in mark.wrong_labels:
            yield f"label {entity} {wrong.value.maker} as {wrong.label}", wrong.case
    for spare in marks.spare:
        yield f"spare {spare.entity} {spare.text!r}", spare.case


if __name__ == "__main__":
    main()
