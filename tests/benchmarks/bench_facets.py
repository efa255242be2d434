"""Measure the facets of faults: precision and recall of each facet, and comments a CPU second.

The rules were made on development.csv; evaluation.csv was written before any of them, by the same
hand, and is measured once for a release. A value counts when it is equal to the one expected.
Writes results/facets.json.
"""

import argparse
import json
import os
import platform
import subprocess
import time
from collections import Counter
from pathlib import Path

from classifiers.classifier import RuleReader
from classifiers.codebook import load_codebook
from classifiers.facets import FACETS
from classifiers.rule_tables import load_rules
from tests.benchmarks.facet_cases import Case, found_in, read_cases

FIXTURES = Path(__file__).parents[2] / "fixtures" / "facets"
OUT = Path(__file__).parent / "results" / "facets.json"
REPEATS = 20


def shares(right: int, extra: int, missed: int) -> dict[str, float | int | None]:
    return {
        "n": right + missed,
        "n_found": right + extra,
        "precision": round(right / (right + extra), 3) if right + extra else None,
        "recall": round(right / (right + missed), 3) if right + missed else None,
    }


def quality(reader: RuleReader, cases: list[Case]) -> dict[str, object]:
    right, extra, missed = Counter(), Counter(), Counter()
    n_whole = 0
    for case in cases:
        found = found_in(reader, case.text)
        n_whole += found == case.expected
        right.update(facet for facet, _ in found & case.expected)
        extra.update(facet for facet, _ in found - case.expected)
        missed.update(facet for facet, _ in case.expected - found)
    return {
        "n_comments": len(cases),
        "n_wholly_right": n_whole,
        "all": shares(right.total(), extra.total(), missed.total()),
        "facets": {name: shares(right[name], extra[name], missed[name]) for name in FACETS},
    }


def speed(reader: RuleReader, cases: list[Case]) -> dict[str, int]:
    """Return comments a CPU second: facets alone, and with the reading that rules share."""
    texts = [case.text for case in cases] * REPEATS
    started = time.process_time()
    docs = reader._reader.read(texts)
    middle = time.process_time()
    for doc, text in zip(docs, texts, strict=True):
        reader.facets.find(doc, text)
    ended = time.process_time()
    return {
        "n_texts": len(texts),
        "comments_per_cpu_second": round(len(texts) / (ended - middle)),
        "with_reading_per_cpu_second": round(len(texts) / (ended - started)),
    }


def commit() -> str:
    command = ["git", "rev-parse", "--short", "HEAD"]
    return subprocess.run(command, capture_output=True, text=True, cwd=FIXTURES).stdout.strip()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=OUT)
    parser.add_argument(
        "--evaluate", action="store_true", help="also measure on evaluation.csv, once for a release"
    )
    arguments = parser.parse_args()
    codebook = load_codebook()
    reader = RuleReader(codebook, load_rules(codebook.id))
    names = ["development", *(["evaluation"] if arguments.evaluate else [])]
    sets = {name: read_cases(FIXTURES / f"{name}.csv") for name in names}
    figures = {
        "commit": commit(),
        "machine": f"{platform.machine()}, {os.cpu_count()} cores, {platform.system()}",
        "data": {name: f"fixtures/facets/{name}.csv" for name in sets},
        "quality": {name: quality(reader, cases) for name, cases in sets.items()},
        "speed": speed(reader, sets["development"]),
    }
    arguments.out.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")
    print(json.dumps(figures, indent=2))


if __name__ == "__main__":
    main()
