"""Measure the fast encoder beside sentence-transformers; writes results/encoder.json.

``python tests/benchmarks/bench_encoder.py --data train.csv``: a CSV with the column ``text``; the
invented comments of the fixtures are read beside it. The two encoders take turns, block by block,
so that both meet the same other work of the machine. ``feedback encoder --export`` comes first.
"""

import argparse
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
from classifiers.labels import read_labels
from classifiers.train import TRAINING_FOLDER
from feedback.embed import MiniLMEncoder
from feedback.fast_encoder import FastEncoder

OUT = Path(__file__).parent / "results" / "encoder.json"
BLOCK = 500
SEED = 1


def compare(texts: list[str]) -> dict[str, Any]:
    """Return texts a second of both, and how near their vectors are."""
    encoders = {"fast": FastEncoder(), "sentence_transformers": MiniLMEncoder()}
    seconds, cpu = dict.fromkeys(encoders, 0.0), dict.fromkeys(encoders, 0.0)
    for encoder in encoders.values():
        encoder.embed(texts[:8])  # loads it
    cosines = []
    for start in range(0, len(texts), BLOCK):
        block = texts[start : start + BLOCK]
        vectors = {}
        for name, encoder in encoders.items():
            begun, begun_cpu = time.perf_counter(), time.process_time()
            vectors[name] = encoder.embed(block)
            seconds[name] += time.perf_counter() - begun
            cpu[name] += time.process_time() - begun_cpu
        cosines.append((vectors["fast"] * vectors["sentence_transformers"]).sum(axis=1))
    cosine = np.concatenate(cosines)
    rates = {name: round(len(texts) / value) for name, value in seconds.items()}
    return {
        "n_texts": len(texts),
        "words_a_text": round(float(np.mean([len(text.split()) for text in texts])), 1),
        "texts_a_second": rates,
        "texts_a_cpu_second": {name: round(len(texts) / value) for name, value in cpu.items()},
        "ratio": round(seconds["sentence_transformers"] / seconds["fast"], 2),
        "ratio_cpu": round(cpu["sentence_transformers"] / cpu["fast"], 2),
        "mean_cosine": round(float(cosine.mean()), 4),
        "least_cosine": round(float(cosine.min()), 4),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--rows", type=int, default=3_000)
    arguments = parser.parse_args()
    quieten_libraries()
    fixtures = read_labels(sorted(TRAINING_FOLDER.glob("*.csv")))["text"].astype(str)
    given = pd.read_csv(arguments.data)["text"].drop_duplicates()
    figures = {
        name: compare(texts.sample(arguments.rows, random_state=SEED).tolist())
        for name, texts in (("fixtures", fixtures), (arguments.data.parent.name, given))
    }
    report = {
        "machine": f"{platform.machine()}, {os.cpu_count()} cores",
        "commit": subprocess.run(
            ["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=True
        ).stdout.strip(),
        "seed": SEED,
        "load_at_start": round(os.getloadavg()[0], 1),
        "data": figures,
    }
    OUT.write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")
    print(json.dumps(report, indent=2))


if __name__ == "__main__":
    main()
