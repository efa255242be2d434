"""One fit of topics in a process of its own, so that its time and memory are its own.

``python topic_runs.py WHO TEXTS OUT STARTED [VECTORS]``: ``WHO`` is ``ours`` or ``bertopic``,
``TEXTS`` a JSON list, ``STARTED`` the wall clock when the process was asked for; labels go to
``OUT`` (.npz) beside what was measured. With ``VECTORS`` (.npy) nothing is embedded.
"""

from __future__ import annotations

import json
import resource
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np


def cpu_seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def measured(started: float, embedding: tuple[float, float]) -> dict[str, float]:
    """Wall clock, processor time and peak memory of this process so far."""
    return {
        "wall_seconds": time.time() - started,
        "cpu_seconds": cpu_seconds(),
        "wall_seconds_embedding": embedding[0],
        "cpu_seconds_embedding": embedding[1],
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }


def run_ours(
    texts: Sequence[str], vectors: np.ndarray | None, started: float
) -> tuple[dict[str, np.ndarray], dict[str, float]]:
    before, used = time.time(), cpu_seconds()
    if vectors is None:
        from app.wiring import make_embedder, quieten_libraries
        from feedback.settings import load_settings

        quieten_libraries()
        vectors = make_embedder(load_settings()).embed(texts)
    embedding = time.time() - before, cpu_seconds() - used
    from topics.model import fit_topics

    fit = fit_topics(texts, vectors, seed=1)
    return {"labels": fit.topic_ids, "vectors": vectors}, measured(started, embedding)


def run_bertopic(
    texts: Sequence[str], vectors: np.ndarray | None, started: float
) -> tuple[dict[str, np.ndarray], dict[str, float]]:
    """BERTopic as it comes, with the same encoder; then its outlier reduction, off the clock."""
    before, used, model = time.time(), cpu_seconds(), None
    if vectors is None:
        from sentence_transformers import SentenceTransformer

        from feedback.embed import MiniLMEncoder

        model = SentenceTransformer(str(MiniLMEncoder().folder), device="cpu")
        vectors = model.encode(list(texts), show_progress_bar=False)
    embedding = time.time() - before, cpu_seconds() - used
    from bertopic import BERTopic

    bertopic = BERTopic(embedding_model=model)
    labels, _ = bertopic.fit_transform(list(texts), embeddings=vectors)
    told = measured(started, embedding)
    reduced = bertopic.reduce_outliers(list(texts), labels, strategy="c-tf-idf")
    return {"labels": np.array(labels), "reduced": np.array(reduced)}, told


def main() -> None:
    who, texts_path, out, started = sys.argv[1:5]
    texts = json.loads(Path(texts_path).read_text())
    vectors = np.load(sys.argv[5]) if len(sys.argv) > 5 else None
    run = {"ours": run_ours, "bertopic": run_bertopic}[who]
    labels, told = run(texts, vectors, float(started))
    np.savez(out, **labels)
    print(json.dumps(told))


if __name__ == "__main__":
    main()
