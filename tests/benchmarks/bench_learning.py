"""How a classifier learns: from definitions alone, from a few examples a code, from thousands.

``python -m tests.benchmarks.bench_learning`` writes results/learning.json: macro and micro F1 on
the development comments by the number of coded comments for each code (the encoder is not tuned),
and the minutes that 10,000 comments take to train on with vectors at hand.
"""

import json
import os
import platform
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from classifiers.codebook import Codebook, load_codebook
from classifiers.evaluate import evaluate
from classifiers.labels import TARGETED, drop_repeats, read_labels, split_development
from classifiers.train import TRAINING_FOLDER, train
from feedback.embed import CachedEmbedder, MiniLMEncoder

OUT = Path(__file__).parent / "results" / "learning.json"
SEEDS = (1, 2, 3)
N_EXAMPLES = (5, 10, 20, 40)
N_LARGE = 10_000


class Memory:
    """Vectors in memory."""

    def __init__(self) -> None:
        self.kept: dict[str, np.ndarray] = {}

    def get_vectors(self, _: str, __: str, hashes: list[str]) -> dict[str, np.ndarray]:
        return {one: self.kept[one] for one in hashes if one in self.kept}

    def put_vectors(self, _: str, __: str, vectors: dict[str, np.ndarray]) -> None:
        self.kept |= vectors


def main() -> None:
    encoder = CachedEmbedder(MiniLMEncoder(), Memory())
    codebook = load_codebook()
    bare = without_examples(codebook)
    labels, development = split_development(
        drop_repeats(read_labels(sorted(TRAINING_FOLDER.glob("*.csv"))))
    )
    labels = labels[labels["targeted"] != TARGETED]
    development = development[development["targeted"] != TARGETED]

    def figures(book: Codebook, some: pd.DataFrame | None, seed: int) -> dict[str, float]:
        found = evaluate(train(some, book, encoder, seed), development, encoder).as_dict()
        return {name: found[name]["value"] for name in ("micro_f1", "macro_f1")}

    rows = {
        "definitions alone": [figures(bare, None, 0)],
        "definitions and the codebook's examples": [figures(codebook, None, 0)],
    }
    for n in N_EXAMPLES:
        rows[f"{n} comments a code"] = [
            figures(bare, draw(labels, n, seed), seed) for seed in SEEDS
        ]
    rows["all"] = [figures(codebook, labels, 0)]
    print(json.dumps(rows, indent=1))
    many = large(labels)
    encoder.embed(many["text"].tolist())
    begun = time.perf_counter()
    train(many, codebook, encoder, 0)
    result: dict[str, Any] = {
        "machine": f"{platform.machine()}, {os.cpu_count()} cores, {platform.system()}",
        "n_development": len(development),
        "n_all": len(labels),
        "by_examples": rows,
        "training": {
            "n_comments": len(many),
            "minutes": round((time.perf_counter() - begun) / 60, 2),
        },
    }
    OUT.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")
    print(json.dumps(result["training"], indent=2))


def without_examples(codebook: Codebook) -> Codebook:
    return replace(codebook, codes=tuple(replace(code, examples=()) for code in codebook.codes))


def draw(labels: pd.DataFrame, n: int, seed: int) -> pd.DataFrame:
    """Comments in random order, each taken while one of its codes has fewer than ``n``."""
    counts: dict[str, int] = {}
    taken = []
    for position, cell in labels["codes"].sample(frac=1, random_state=seed).items():
        codes = cell.split(";")
        if any(counts.get(code, 0) < n for code in codes):
            taken.append(position)
            for code in codes:
                counts[code] = counts.get(code, 0) + 1
    return labels.loc[taken].reset_index(drop=True)


def large(labels: pd.DataFrame) -> pd.DataFrame:
    """As many comments as wanted: pairs of comments put together, with the codes of both."""
    rng = np.random.default_rng(0)
    one, other = rng.integers(len(labels), size=(2, 2 * N_LARGE))
    made = labels.iloc[one].reset_index(drop=True)
    beside = labels.iloc[other].reset_index(drop=True)
    made["text"] = made["text"] + " " + beside["text"]
    made["codes"] = [
        ";".join(sorted((set(a.split(";")) | set(b.split(";"))) - {"none"})) or "none"
        for a, b in zip(made["codes"], beside["codes"], strict=True)
    ]
    made["response_id"] = [f"r{number}" for number in range(len(made))]
    return pd.concat([labels, made]).drop_duplicates("text").head(N_LARGE)


if __name__ == "__main__":
    main()
