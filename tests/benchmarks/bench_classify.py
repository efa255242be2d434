"""Measure the shipped classifier on the held-out comments; writes results/classify.json.

``python tests/benchmarks/bench_classify.py --card`` also writes the figures into the model's card.
No threshold, rule or example may be chosen by what this prints: see fixtures/evaluation/README.md.
"""

import argparse
import hashlib
import json
import os
import platform
import subprocess
import time
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from app.wiring import quieten_libraries
from classifiers import persist
from classifiers.classifier import CommentClassifier
from classifiers.evaluate import evaluate
from classifiers.labels import read_labels
from classifiers.train import TRAINING_FOLDER
from feedback.duplicates import text_key
from feedback.embed import MiniLMEncoder

ROOT = Path(__file__).parents[2]
HELD_OUT = ROOT / "fixtures" / "evaluation" / "comments.csv"
OUT = Path(__file__).parent / "results" / "classify.json"
SEED = 20260401
NOTE = (
    "Written without sight of the training comments; no threshold, rule or example was chosen by "
    "them. {n_left_out} short ones whose words are also a training comment are left out. One "
    "phrase of one comment was known to the writers of the rules: their README quotes it as an "
    "example of a figure of speech that is not safeguarding."
)
TIMED_COMMENTS = 2_000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--labels", type=Path, default=HELD_OUT)
    parser.add_argument("--out", type=Path, default=OUT)
    parser.add_argument("--card", action="store_true")
    arguments = parser.parse_args()
    quieten_libraries()
    start = time.perf_counter()
    classifier = persist.load()
    classifier.classify(["slow"], np.zeros((1, 384), np.float32), ["en"])
    load_seconds = time.perf_counter() - start
    whole, encoder = read_labels([arguments.labels]), MiniLMEncoder()
    labels = unseen(whole)
    figures = evaluate(classifier, labels, encoder, seed=SEED).as_dict()
    figures["note"] = NOTE.format(n_left_out=len(whole) - len(labels))
    result = {
        "commit": commit(),
        "machine": f"{platform.machine()}, {os.cpu_count()} cores, {platform.system()}",
        "model": classifier.version,
        "data": str(arguments.labels.resolve().relative_to(ROOT)),
        "data_sha256": hashlib.sha256(arguments.labels.read_bytes()).hexdigest(),
        "seed": SEED,
        "held_out": figures,
        "held_out_with_repeats": headline(
            evaluate(classifier, whole, encoder, seed=SEED).as_dict()
        ),
        "welsh": evaluate(
            classifier, labels[labels["language"] == "cy"], encoder, seed=SEED
        ).as_dict()["micro_f1"],
        "out_of_fold": headline(classifier.provenance.figures),
        "speed": {
            "load_and_first_comment_seconds": round(load_seconds, 2),
            **speed(classifier, labels, encoder),
        },
    }
    arguments.out.parent.mkdir(exist_ok=True)
    arguments.out.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")
    print(json.dumps({**result, "held_out": headline(figures)}, indent=2))
    if arguments.card:
        persist.save(classifier, persist.SHIPPED, held_out=figures)


def unseen(labels: pd.DataFrame) -> pd.DataFrame:
    """The comments whose words are no training comment's."""
    trained = read_labels(sorted(TRAINING_FOLDER.glob("*.csv")))["text"].map(text_key)
    return labels[~labels["text"].map(text_key).isin(set(trained))]


def headline(figures: dict[str, Any]) -> dict[str, Any]:
    """The figures without those of single codes and of pairs of codes."""
    left_out = {"codes", "confused", "parts"}
    kept = {name: figure for name, figure in figures.items() if name not in left_out}
    if found := kept.get("calibration"):
        kept["calibration"] = {name: found[name] for name in ("all_pairs", "told")}
    return kept


def speed(
    classifier: CommentClassifier, labels: pd.DataFrame, encoder: MiniLMEncoder
) -> dict[str, float]:
    """Comments a second, vectors given: by the clock, and by the processor's time."""
    texts = (labels["text"].tolist() * (TIMED_COMMENTS // len(labels) + 1))[:TIMED_COMMENTS]
    once = encoder.embed(labels["text"].tolist())
    vectors = np.vstack([once] * (TIMED_COMMENTS // len(labels) + 1))[:TIMED_COMMENTS]
    languages = ["en"] * len(texts)
    classifier.classify(texts, vectors, languages)
    clock, processor = time.perf_counter(), time.process_time()
    classifier.classify(texts, vectors, languages)
    return {
        "comments_per_second": round(len(texts) / (time.perf_counter() - clock)),
        "comments_per_cpu_second": round(len(texts) / (time.process_time() - processor)),
    }


def commit() -> str:
    git = ["git", "rev-parse", "--short", "HEAD"]
    return subprocess.run(git, capture_output=True, text=True, check=False).stdout.strip()


if __name__ == "__main__":
    main()
