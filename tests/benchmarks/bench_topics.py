"""Measure topics beside BERTopic as it comes; writes results/topics.json.

``python tests/benchmarks/bench_topics.py --data DIR`` where DIR holds ``banking77`` and
``nhs_fft``. Two labelled sets: 5,000 questions of Banking77, and a mixture of all of Banking77,
the NHS comments that have exactly one theme and the fixtures' training comments that have exactly
one code; a label of the mixture is its source and its theme. Every fit runs in a process of its
own (topic_runs.py) that is timed from its start, imports included. Neighbours, resolution and
components were chosen on the half of Banking77 that is not in the 5,000 and on the other parts of
the mixture, so the mixture's figures are not of unseen data.
"""

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from sklearn.metrics import adjusted_rand_score, v_measure_score

from tests.benchmarks.topic_quality import coherence, counted, diversity
from topics.model import fit_topics

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
OUT = HERE / "results" / "topics.json"
N_BANKING = 5_000
SEEDS = (1, 2)
SUBSET_SHARE = 0.9
N_SUBSET_PAIRS = 2
MIN_NHS_CHARACTERS = 5
NO_THEME = ("Not assigned", "Labelling not possible")


def read_banking(data: Path) -> pd.DataFrame:
    rows = pd.read_csv(data / "banking77" / "train.csv").drop_duplicates("text")
    return rows.rename(columns={"category": "label"})[["text", "label"]]


def read_nhs(data: Path) -> pd.DataFrame:
    rows = pd.read_csv(data / "nhs_fft" / "fft_v6_development.csv", dtype=str)
    themes = rows.iloc[:, 11:].notna()
    texts = rows["FFT answer"].fillna("")
    is_kept = (themes.sum(axis=1) == 1) & (texts.str.strip().str.len() >= MIN_NHS_CHARACTERS)
    label = themes[is_kept].idxmax(axis=1)
    frame = pd.DataFrame({"text": texts[is_kept], "label": "nhs: " + label})
    return frame[~label.isin(NO_THEME)]


def read_court() -> pd.DataFrame:
    files = sorted((ROOT / "fixtures" / "training").glob("*.csv"))
    rows = pd.concat([pd.read_csv(file, dtype=str) for file in files])
    is_kept = rows["codes"].notna() & ~rows["codes"].fillna("").str.contains(";")
    rows = rows[is_kept & (rows["codes"] != "none")]
    return pd.DataFrame({"text": rows["text"], "label": "court: " + rows["codes"]})


def run(who: str, texts: list[str], folder: Path, vectors: Path | None = None) -> dict[str, Any]:
    """Return what a process measured of itself, with the labels it found."""
    source, out = folder / "texts.json", folder / f"{who}.npz"
    source.write_text(json.dumps(texts))
    command = [sys.executable, str(HERE / "topic_runs.py"), who, str(source), str(out)]
    command += [str(time.time()), *([] if vectors is None else [str(vectors)])]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "HF_HUB_OFFLINE": "1"}
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=environment)
    return {**json.loads(done.stdout.splitlines()[-1]), **np.load(out)}


def quality(found: Any, truth: np.ndarray, labels: np.ndarray) -> dict[str, float]:
    return {
        "n_topics": len(set(labels.tolist()) - {-1}),
        "outlier_share": round(float((labels < 0).mean()), 4),
        "v_measure": round(float(v_measure_score(truth, labels)), 3),
        "ari": round(float(adjusted_rand_score(truth, labels)), 3),
        "npmi": round(coherence(found, labels), 3),
        "diversity": round(diversity(found, labels), 3),
    }


def stability(texts: list[str], vectors: np.ndarray, first: np.ndarray) -> dict[str, Any]:
    """Agreement (ARI) of two seeds, and of two random nine tenths on the texts they share."""
    second = fit_topics(texts, vectors, seed=SEEDS[1]).topic_ids
    pairs = []
    for pair in range(N_SUBSET_PAIRS):
        rng = np.random.default_rng(pair)
        fits = []
        for seed in SEEDS:
            kept = np.sort(rng.permutation(len(texts))[: int(SUBSET_SHARE * len(texts))])
            fit = fit_topics([texts[i] for i in kept], vectors[kept], seed=seed)
            fits.append(pd.Series(fit.topic_ids, index=kept))
        both = fits[0].index.intersection(fits[1].index)
        pairs.append(round(float(adjusted_rand_score(fits[0][both], fits[1][both])), 3))
    return {
        "ari_between_seeds": round(float(adjusted_rand_score(first, second)), 3),
        "ari_between_subsets": pairs,
    }


def measure(rows: pd.DataFrame) -> dict[str, Any]:
    texts, truth = rows["text"].tolist(), rows["label"].to_numpy()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        theirs = run("bertopic", texts, folder)
        ours = run("ours", texts, folder)
        np.save(folder / "vectors.npy", ours["vectors"])
        cached = run("ours", texts, folder, folder / "vectors.npy")
    found = counted(texts)
    bare = {k: theirs[k] - theirs[k + "_embedding"] for k in ("wall_seconds", "cpu_seconds")}
    told = {"ours": ours, "ours_cached_vectors": cached, "bertopic": theirs}
    return {
        "n_texts": len(texts),
        "n_labels": len(set(truth)),
        "processes": {
            who: {
                name: round(float(value), 1) for name, value in one.items() if np.ndim(value) == 0
            }
            for who, one in told.items()
        },
        "times_faster": {
            "cold_wall": round(theirs["wall_seconds"] / ours["wall_seconds"], 1),
            "cold_cpu": round(theirs["cpu_seconds"] / ours["cpu_seconds"], 1),
            "cached_wall": round(bare["wall_seconds"] / cached["wall_seconds"], 1),
            "cached_cpu": round(bare["cpu_seconds"] / cached["cpu_seconds"], 1),
        },
        "peak_memory_share": {
            "cold": round(ours["peak_mb"] / theirs["peak_mb"], 2),
            "cached": round(cached["peak_mb"] / theirs["peak_mb"], 2),
        },
        "quality": {
            "ours": quality(found, truth, ours["labels"]),
            "bertopic": quality(found, truth, theirs["labels"]),
            "bertopic_outliers_reduced": quality(found, truth, theirs["reduced"]),
        },
        "stability_of_ours": stability(texts, ours["vectors"], ours["labels"]),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--out", type=Path, default=OUT)
    arguments = parser.parse_args()
    banking = read_banking(arguments.data)
    mixed = pd.concat([banking, read_nhs(arguments.data), read_court()]).drop_duplicates("text")
    sets = {
        "banking77_5000": banking.sample(N_BANKING, random_state=0),
        "banking77_nhs_court": mixed,
    }
    git = ["git", "rev-parse", "--short", "HEAD"]
    figures: dict[str, Any] = {
        "what": "topics beside BERTopic as it comes, same texts, same weights of the encoder",
        "data": "banking77 train; nhs_fft development, one theme; fixtures/training, one code",
        "machine": f"{platform.machine()}, {platform.system()}, {os.cpu_count()} cores",
        "load_at_start": round(os.getloadavg()[0], 1),
        "seeds": list(SEEDS),
        "commit": subprocess.run(git, capture_output=True, text=True, check=False).stdout.strip(),
    }
    arguments.out.parent.mkdir(exist_ok=True)
    for name, rows in sets.items():
        figures[name] = measure(rows)
        arguments.out.write_text(json.dumps(figures, indent=2) + "\n")
    print(json.dumps(figures, indent=2))


if __name__ == "__main__":
    main()
