"""Measure the shipped classifier on comments it never saw; writes results/classify.json.

``python -m tests.benchmarks.bench_classify``; with ``--card`` the figures go into the model's card,
too. No threshold, rule or example may be chosen by what this prints: see
fixtures/evaluation/README.md.
"""

import argparse
import hashlib
import json
import os
import platform
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from app.coding_texts import TextCoder
from app.wiring import quieten_libraries
from classifiers import persist
from classifiers.agreement import measure_agreement
from classifiers.classifier import CommentClassifier
from classifiers.codings import read_codings
from classifiers.evaluate import evaluate
from classifiers.labels import (
    TARGETED,
    drop_repeats,
    near_duplicate_groups,
    read_labels,
    split_development,
)
from classifiers.train import TRAINING_FOLDER
from feedback.embed import MiniLMEncoder
from feedback.settings import load_settings

ROOT = Path(__file__).parents[2]
EVALUATION = ROOT / "fixtures" / "evaluation"
UNSEEN = (EVALUATION / "unseen_1.csv", EVALUATION / "unseen_2.csv")
EARLIER = EVALUATION / "comments.csv"
OUT = Path(__file__).parent / "results" / "classify.json"
SEED = 20260401
NOTE = (
    "640 comments by two writers who saw no training comment, coded twice; measured on the first "
    "coding. {n_left_out} short ones whose words are also a training comment are left out. No "
    "threshold, rule or example was chosen by them."
)
TIMED_COMMENTS = 2_000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=OUT)
    parser.add_argument("--card", action="store_true")
    arguments = parser.parse_args()
    quieten_libraries()
    classifier, encoder = persist.load(), MiniLMEncoder()
    training, development = split_development(
        drop_repeats(read_labels(sorted(TRAINING_FOLDER.glob("*.csv"))))
    )
    is_targeted = development["targeted"] == TARGETED

    def figures(labels: pd.DataFrame) -> dict[str, Any]:
        return evaluate(classifier, labels, encoder, seed=SEED).as_dict()

    whole = read_labels(UNSEEN)
    labels = unseen(whole, training)
    headline_figures = figures(labels)
    headline_figures["note"] = NOTE.format(n_left_out=len(whole) - len(labels))
    result = {
        "commit": commit(),
        "machine": f"{platform.machine()}, {os.cpu_count()} cores, {platform.system()}",
        "model": classifier.version,
        "data_sha256": {
            path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in (*UNSEEN, EARLIER)
        },
        "seed": SEED,
        "unseen": headline_figures,
        "unseen_english": headline(figures(labels[labels["language"] == "en"])),
        "unseen_welsh": headline(figures(labels[labels["language"] == "cy"])),
        "earlier_held_out": headline(figures(unseen(read_labels([EARLIER]), training))),
        "development": headline(figures(development[~is_targeted])),
        "development_targeted": headline(figures(development[is_targeted])),
        "out_of_fold": headline(classifier.provenance.figures),
        "coders": coders(classifier),
        "speed": speed(classifier, development["text"].tolist(), encoder),
    }
    arguments.out.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")
    print(json.dumps({**result, "unseen": headline(headline_figures)}, indent=2))
    if arguments.card:
        persist.save(classifier, persist.SHIPPED, held_out=headline_figures)


def unseen(labels: pd.DataFrame, training: pd.DataFrame) -> pd.DataFrame:
    """The comments whose words are no training comment's, nor nearly."""
    known = training["text"].tolist()
    groups = near_duplicate_groups([*known, *labels["text"]])
    return labels[~np.isin(groups[len(known) :], groups[: len(known)])]


def headline(figures: dict[str, Any]) -> dict[str, Any]:
    """The figures without those of single codes and pairs."""
    left_out = {"codes", "confusions", "calibration", "apart", "parts"}
    return {name: figure for name, figure in figures.items() if name not in left_out}


def speed(
    classifier: CommentClassifier, texts: list[str], encoder: MiniLMEncoder
) -> dict[str, float]:
    """Comments a second: all that ``feedback classify`` does after its start, its parts, a peer."""
    texts = (texts * (TIMED_COMMENTS // len(texts) + 1))[:TIMED_COMMENTS]
    coder = TextCoder(load_settings())
    warm = texts[:64]

    def rate(work: Any) -> float:
        work(warm)
        begun = time.perf_counter()
        for start in range(0, len(texts), 512):
            work(texts[start : start + 512])
        return round(len(texts) / (time.perf_counter() - begun))

    empty = np.empty((0, 0), np.float32)
    peer = rate(encoder.embed)
    whole = rate(coder.code)
    return {
        "classify_command_per_second": whole,
        "codes_of_redacted_texts_per_second": rate(
            lambda some: classifier.classify(some, empty, ["en"] * len(some))
        ),
        "tuned_encoder_per_second": rate(classifier.tuned.scores if classifier.tuned else len),
        "sentence_transformers_per_second": peer,
        "classify_command_against_sentence_transformers": round(whole / peer, 2),
    }


def coders(classifier: CommentClassifier) -> dict[str, Any]:
    """How far the two coders of the unseen comments agree."""
    first = read_labels(UNSEEN)[["id", "codes"]].assign(coder="first")
    second = read_labels([EVALUATION / "second_coder.csv"])[["id", "codes"]].assign(coder="second")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "codings.csv")
        pd.concat([first, second]).to_csv(path, index=False)
        codings = read_codings([path], classifier.codebook)
    return measure_agreement(codings, seed=SEED).as_dict()


def commit() -> str:
    git = ["git", "rev-parse", "--short", "HEAD"]
    return subprocess.run(git, capture_output=True, text=True, check=False).stdout.strip()


if __name__ == "__main__":
    main()
