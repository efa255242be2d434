"""Measure language identification beside langdetect as it comes, on half of the development texts.

The other half chose the limit in `feedback.language`. Writes results/language.json.
"""

import argparse
import json
import sys
import time
from collections import Counter
from pathlib import Path

import langdetect

from feedback.language import SeededLanguageIdentifier

OUT = Path(__file__).parent / "results" / "language.json"


def peer(text: str) -> str:
    try:
        return langdetect.detect(text)
    except langdetect.LangDetectException:
        return "unknown"


def shares(told: list[str], rows: list[dict[str, str]]) -> dict[str, dict[str, float]]:
    """Return accuracy and share of unknown by class and length."""
    n, right, unknown = Counter(), Counter(), Counter()
    for answer, row in zip(told, rows, strict=True):
        kind = row["language"] if row["language"] in ("en", "cy") else "other"
        told_kind = answer if answer in ("en", "cy", "unknown") else "other"
        key = f"{kind} {row['words']}"
        n[key] += 1
        right[key] += told_kind == kind
        unknown[key] += told_kind == "unknown"
    return {
        key: {
            "n": n[key],
            "accuracy": round(right[key] / n[key], 3),
            "unknown": round(unknown[key] / n[key], 3),
        }
        for key in sorted(n)
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder of evaluation data")
    parser.add_argument("--out", type=Path, default=OUT)
    arguments = parser.parse_args()
    source = arguments.data / "language" / "development.jsonl"
    if not source.is_file():
        sys.exit(f"There is no {source}; name the folder of evaluation data with --data.")
    rows = [json.loads(line) for line in source.read_text(encoding="utf-8").splitlines()][1::2]
    texts = [row["text"] for row in rows]
    langdetect.DetectorFactory.seed = 0
    ours = SeededLanguageIdentifier()
    runs = {"ours": lambda: [t.value for t in ours.identify(texts)]}
    runs["langdetect as it comes, seeded"] = lambda: [peer(text) for text in texts]
    figures = {}
    for name, run in runs.items():
        ours.identify(["warm"]), peer("warm")
        started = time.process_time()
        told = run()
        seconds = time.process_time() - started
        per_second = round(len(texts) / seconds)
        figures[name] = {"texts_per_cpu_second": per_second, "shares": shares(told, rows)}
    arguments.out.parent.mkdir(exist_ok=True)
    arguments.out.write_text(json.dumps(figures, indent=2) + "\n")
    print(json.dumps(figures, indent=2))


if __name__ == "__main__":
    main()
