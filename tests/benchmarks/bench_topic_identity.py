"""Measure whether topics keep their numbers; writes results/topic_identity.json.

``python tests/benchmarks/bench_topic_identity.py --data DIR`` where DIR holds ``banking77``. Topics
are fitted on 3,850 of its questions without 8 of the 77 intents, then on 5,000 (30% more) with
them, for several seeds of the draw. Three ways of numbering the second fit stand beside each other:

- ours, `topics.reapply`: comments and centroids, all pairs together as well as can be;
- the rule of BERTopic's ``merge_models``: each new topic is the old one whose centroid is nearest,
  if the cosine is 0.7 or more, so several new topics can become one (version 0.17, applied here to
  the same two fits, without BERTopic's own topics);
- the fit's own numbers, by size.

The most that numbering could keep is what the best one-to-one renaming keeps (`best`): what is
missing to 1 there is the fits' own difference. A rule that lets several new topics be one old one
keeps more, and loses topics (`topics_lost`). An intent is told as new where most of its questions
are in a topic whose number is fresh; that can only be where the fit made a topic mostly of new
intents for it (`new_intents_with_a_topic`).
"""

from __future__ import annotations

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
from scipy.optimize import linear_sum_assignment
from sklearn.metrics import adjusted_rand_score

from app.wiring import make_embedder, quieten_libraries
from feedback.settings import load_settings
from tests.benchmarks.bench_topics import read_banking
from topics.edits import Shape
from topics.match import Grouping
from topics.model import TopicFit, fit_topics
from topics.reapply import reapply

HERE = Path(__file__).parent
OUT = HERE / "results" / "topic_identity.json"
N_SECOND, GROWTH = 5_000, 1.3
N_NEW_INTENTS = 8
SEEDS = (0, 1, 2, 3, 4)
MERGE_MODELS_COSINE = 0.7


def by_merge_models(first: TopicFit, second: TopicFit) -> np.ndarray:
    """Number each new topic as the old one nearest to it, or afresh."""
    old, new = (np.stack([topic.centroid for topic in fit.topics]) for fit in (first, second))
    cosines = unit(new) @ unit(old).T
    fresh = len(first.topics) + np.arange(len(new))
    ids = np.where(cosines.max(axis=1) >= MERGE_MODELS_COSINE, cosines.argmax(axis=1), fresh)
    numbered: np.ndarray = np.append(ids, -1)[second.topic_ids]
    return numbered


def unit(rows: np.ndarray) -> np.ndarray:
    lengths: np.ndarray = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    return lengths


def best_share(before: np.ndarray, after: np.ndarray) -> float:
    shared = pd.crosstab(before, after).to_numpy()
    rows, columns = linear_sum_assignment(shared, maximize=True)
    return float(shared[rows, columns].sum() / len(before))


def told(
    before: np.ndarray,
    after: np.ndarray,
    is_old: np.ndarray,
    labels: np.ndarray,
    new: set[str],
    n_topics: int,
) -> dict[str, float]:
    """Return how well numbers were kept, and whether what is new was told as new."""
    known = set(before.tolist())
    kept = after[is_old]
    member = before >= 0
    main = {
        label: int(pd.Series(after[labels == label]).mode()[0]) for label in set(labels.tolist())
    }
    fresh = set(after.tolist()) - known - {-1}
    of_new = {main[label] for label in new}
    return {
        "same_number": round(float((kept[member] == before[member]).mean()), 3),
        "old_numbers_kept": round(len(known & set(after.tolist()) - {-1}) / len(known - {-1}), 3),
        "topics_lost": n_topics - len(set(after.tolist()) - {-1}),
        "new_intents_told": round(np.mean([main[label] in fresh for label in new]), 3),
        "fresh_numbers": len(fresh),
        "fresh_numbers_of_a_new_intent": len(fresh & of_new),
    }


def with_a_topic(topic_ids: np.ndarray, labels: np.ndarray, new: set[str]) -> float:
    """Return the share of new intents whose main topic is mostly of new intents."""
    is_new = np.isin(labels, list(new))
    main = [int(pd.Series(topic_ids[labels == label]).mode()[0]) for label in new]
    return float(
        np.mean([topic >= 0 and is_new[topic_ids == topic].mean() > 0.5 for topic in main])
    )


def measure(rows: pd.DataFrame, vectors: np.ndarray, seed: int) -> dict[str, Any]:
    rng = np.random.default_rng(seed)
    drawn = rng.permutation(len(rows))[:N_SECOND]
    texts = rows["text"].to_numpy()[drawn].tolist()
    labels, own = rows["label"].to_numpy()[drawn], vectors[drawn]
    new = set(rng.choice(np.unique(labels), N_NEW_INTENTS, replace=False).tolist())
    candidates = np.flatnonzero(~np.isin(labels, list(new)))
    is_old = np.zeros(N_SECOND, dtype=bool)
    is_old[candidates[: round(N_SECOND / GROWTH)]] = True
    first = fit_topics([t for t, old in zip(texts, is_old, strict=True) if old], own[is_old])
    second = fit_topics(texts, own)
    ids = np.array([f"c{i}" for i in range(N_SECOND)])
    before = Grouping(
        ids=np.arange(len(first.topics)),
        centroids=np.stack([topic.centroid for topic in first.topics]),
        members=pd.Series(first.topic_ids, index=ids[is_old]),
    )
    started = time.perf_counter()
    again = reapply(second.topic_ids, own, ids.tolist(), before, Shape(), next_id=len(first.topics))
    seconds = time.perf_counter() - started
    ways = {
        "ours": again.topic_ids,
        "merge_models_rule": by_merge_models(first, second),
        "own_numbers": second.topic_ids,
    }
    old_ids, n_topics = first.topic_ids, len(second.topics)
    member = old_ids >= 0
    return {
        "seed": seed,
        "n_topics": [len(first.topics), len(second.topics)],
        "ari_of_the_fits": round(float(adjusted_rand_score(old_ids, second.topic_ids[is_old])), 3),
        "best_same_number": round(best_share(old_ids[member], second.topic_ids[is_old][member]), 3),
        "new_intents_with_a_topic": with_a_topic(second.topic_ids, labels, new),
        "seconds_to_number": round(seconds, 3),
        **{who: told(old_ids, after, is_old, labels, new, n_topics) for who, after in ways.items()},
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--out", type=Path, default=OUT)
    arguments = parser.parse_args()
    quieten_libraries()
    rows = read_banking(arguments.data)
    vectors = make_embedder(load_settings()).embed(rows["text"].tolist())
    git = ["git", "rev-parse", "--short", "HEAD"]
    runs = [measure(rows, vectors, seed) for seed in SEEDS]
    ways = ("ours", "merge_models_rule", "own_numbers")
    figures = {
        "what": "numbers of topics kept when comments grow by 30% with 8 new intents",
        "data": "banking77 train, 3,846 and 5,000 questions",
        "machine": f"{platform.machine()}, {platform.system()}, {os.cpu_count()} cores",
        "load_at_start": round(os.getloadavg()[0], 1),
        "seeds": list(SEEDS),
        "commit": subprocess.run(git, capture_output=True, text=True, check=False).stdout.strip(),
        "mean": {
            "ari_of_the_fits": mean_of(runs, "ari_of_the_fits"),
            "best_same_number": mean_of(runs, "best_same_number"),
            "new_intents_with_a_topic": mean_of(runs, "new_intents_with_a_topic"),
            "seconds_to_number": mean_of(runs, "seconds_to_number"),
            **{way: means([run[way] for run in runs]) for way in ways},
        },
        "runs": runs,
    }
    arguments.out.parent.mkdir(exist_ok=True)
    arguments.out.write_text(json.dumps(figures, indent=2) + "\n")
    print(json.dumps(figures["mean"], indent=2))


def mean_of(runs: list[dict[str, Any]], name: str) -> float:
    return round(float(np.mean([run[name] for run in runs])), 3)


def means(runs: list[dict[str, Any]]) -> dict[str, float]:
    return {name: mean_of(runs, name) for name in runs[0]}


if __name__ == "__main__":
    main()
