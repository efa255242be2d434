"""Measure topics on labelled short texts; writes results/topics.json.

``python tests/benchmarks/bench_topics.py --data train.csv`` where the CSV has the columns ``text``
and ``category``. The figures are of the fit with vectors given: V-measure and adjusted Rand index
against the labels, agreement of two seeds, share of outliers, seconds with and without the import
of BERTopic.
"""

import argparse
import json
import platform
import subprocess
import time
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.metrics import adjusted_rand_score, v_measure_score

from app.wiring import make_embedder, quieten_libraries
from feedback.settings import load_settings
from topics.model import TopicFit, fit_topics

OUT = Path(__file__).parent / "results" / "topics.json"
SEEDS = (1, 2)


def timed_fit(texts: list[str], vectors: np.ndarray, **options: float) -> tuple[TopicFit, float]:
    started = time.perf_counter()
    fit = fit_topics(texts, vectors, **options)  # type: ignore[arg-type]
    return fit, round(time.perf_counter() - started, 2)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--rows", type=int, default=5_000)
    parser.add_argument("--sample-seed", type=int, default=0)
    parser.add_argument("--out", type=Path, default=OUT)
    arguments = parser.parse_args()
    quieten_libraries()
    labelled = pd.read_csv(arguments.data).drop_duplicates("text")
    labelled = labelled.sample(
        min(arguments.rows, len(labelled)), random_state=arguments.sample_seed
    )
    texts, labels = labelled["text"].tolist(), labelled["category"]
    started = time.perf_counter()
    vectors = make_embedder(load_settings()).embed(texts)
    seconds_embedding = round(time.perf_counter() - started, 1)
    _, seconds_first = timed_fit(texts, vectors, seed=SEEDS[0])
    rows = []
    for resolution in (1.0, 2.0, 4.0):
        one, seconds = timed_fit(texts, vectors, seed=SEEDS[0], resolution=resolution)
        two, _ = timed_fit(texts, vectors, seed=SEEDS[1], resolution=resolution)
        rows.append(
            {
                "resolution": resolution,
                "n_topics": len(one.topics),
                "v_measure": round(float(v_measure_score(labels, one.topic_ids)), 3),
                "ari": round(float(adjusted_rand_score(labels, one.topic_ids)), 3),
                "ari_between_seeds": round(
                    float(adjusted_rand_score(one.topic_ids, two.topic_ids)), 3
                ),
                "outlier_share": round(float((one.topic_ids < 0).mean()), 4),
                "seconds": seconds,
            }
        )
    git = ["git", "rev-parse", "--short", "HEAD"]
    figures = {
        "what": "topics through BERTopic with PCA, shared neighbours and Leiden, vectors given",
        "data": arguments.data.parent.name,
        "n_texts": len(texts),
        "sample_seed": arguments.sample_seed,
        "machine": f"{platform.machine()}, {platform.system()}",
        "commit": subprocess.run(git, capture_output=True, text=True, check=False).stdout.strip(),
        "seconds_embedding": seconds_embedding,
        "seconds_first_fit_with_import": seconds_first,
        "fits": rows,
    }
    arguments.out.parent.mkdir(exist_ok=True)
    arguments.out.write_text(json.dumps(figures, indent=2) + "\n")
    print(json.dumps(figures, indent=2))


if __name__ == "__main__":
    main()
