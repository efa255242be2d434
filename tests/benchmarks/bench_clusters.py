"""Measure issue clusters online; writes results/clusters.json.

``python tests/benchmarks/bench_clusters.py --data FOLDER`` where the folder has the train.csv of
Banking77 (columns ``text`` and ``category``).

Thresholds were chosen on one half of the intents (`DEVELOPMENT`); bursts are measured on the other.
In a trial one intent is new: a page has forty comments of each of some known intents, taken in by
twenties, and then thirty of the new one, each with two more of known ones. It is *found* at the
first comment after which a cluster exists of which more than half of the members carry the new
label and which holds at least half of the label's comments so far. Trials are run on pages of six
known intents and on one page with all that are known.

Beside it, in the same trials of six intents: topics fitted again from the start after every fifth
new comment, and BERTopic's ``partial_fit`` (incremental PCA, mini-batch k-means) in batches of
fifteen comments, five of them new.
"""

import argparse
import json
import os
import platform
import subprocess
import time
from collections import Counter, deque
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.metrics import adjusted_rand_score, v_measure_score

from app.wiring import quieten_libraries
from feedback.embed import MiniLMEncoder
from topics.cluster_text import MAX_MEMBERS, Background, Describer, is_due
from topics.cohesion import centre_of
from topics.places import Place

OUT = Path(__file__).parent / "results" / "clusters.json"
N_DEVELOPMENT = 38
SPLIT_SEED = 77
N_HISTORY = 40
N_BURST = 30
PEER_STEP = 5
BATCH = 200
MAX_PLACES = 60
NOISE = 0.1
"""Length of the noise added to a resampled unit vector: a cosine of about .995 to it."""


class Data:
    """Labelled texts with vectors; ``known`` and ``unseen`` halves of the intents."""

    def __init__(self, path: Path, vectors: Path | None) -> None:
        frame = pd.read_csv(path).drop_duplicates("text").reset_index(drop=True)
        self.texts, self.labels = frame["text"].to_numpy(), frame["category"].to_numpy()
        if vectors is not None and vectors.exists():
            self.vectors = np.load(vectors).astype(np.float32)
        else:
            self.vectors = MiniLMEncoder().embed(self.texts.tolist())
        names = np.array(sorted(set(self.labels)))
        order = np.random.default_rng(SPLIT_SEED).permutation(len(names))
        self.development = names[order[:N_DEVELOPMENT]]
        self.test = names[order[N_DEVELOPMENT:]]

    def rows_of(self, name: str) -> np.ndarray:
        return np.flatnonzero(self.labels == name)


class Stream:
    """One place and which cluster each comment is in."""

    def __init__(self, vectors: np.ndarray, centre: np.ndarray) -> None:
        self.place, self.owner, self._vectors, self._n = Place(centre), {}, vectors, 0

    def take(self, rows: np.ndarray) -> None:
        times = list(range(self._n, self._n + len(rows)))
        self._n += len(rows)
        joined = self.place.take([str(row) for row in rows], times, self._vectors[rows])
        into = joined.survivors()
        if into:
            self.owner = {row: into.get(one, one) for row, one in self.owner.items()}
        self.owner |= {int(row): one for row, one, _ in joined.surviving()}


def is_found(owner: dict[int, object], new: set[int]) -> bool:
    sizes = Counter(owner.values())
    inside = Counter(owner[row] for row in new if row in owner)
    return any(2 * n > sizes[one] and 2 * n >= len(new) for one, n in inside.items())


def draw_trial(
    data: Data, new: str, pool: np.ndarray, n_known: int, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return rows: history, the new intent's burst, and what comes in between."""
    others = [name for name in pool if name != new]
    known = rng.choice(others, min(n_known, len(others)), replace=False)
    shuffled = [rng.permutation(data.rows_of(name)) for name in known]
    history = rng.permutation(np.concatenate([rows[:N_HISTORY] for rows in shuffled]))
    between = np.concatenate([rows[N_HISTORY : N_HISTORY + 20] for rows in shuffled])
    return history, rng.permutation(data.rows_of(new))[:N_BURST], rng.permutation(between)


def our_trial(vectors, centre, history, burst, between):
    stream = Stream(vectors, centre)
    for start in range(0, len(history), 20):
        stream.take(history[start : start + 20])
    n_clusters = len(stream.place.clusters)
    found = None
    for i, row in enumerate(burst):
        stream.take(np.array([row, *between[2 * i : 2 * i + 2]]))
        if found is None and is_found(stream.owner, set(burst[: i + 1].tolist())):
            found = i + 1
    return found, is_found(stream.owner, set(burst.tolist())), n_clusters


def refit_trial(data, history, burst, between):
    from topics.model import fit_topics

    for i in range(PEER_STEP, len(burst) + 1, PEER_STEP):
        rows = np.concatenate([history, burst[:i], between[: 2 * i]])
        fit = fit_topics(data.texts[rows].tolist(), data.vectors[rows], seed=1)
        told = zip(rows.tolist(), np.asarray(fit.topic_ids).tolist(), strict=True)
        owner = {row: topic for row, topic in told if topic >= 0}
        if is_found(owner, set(burst[:i].tolist())):
            return i
    return None


def partial_fit_trial(data, history, burst, between, n_clusters):
    from bertopic import BERTopic
    from bertopic.vectorizers import OnlineCountVectorizer
    from sklearn.cluster import MiniBatchKMeans
    from sklearn.decomposition import IncrementalPCA

    model = BERTopic(
        umap_model=IncrementalPCA(n_components=5),
        hdbscan_model=MiniBatchKMeans(n_clusters=n_clusters, random_state=0, n_init=3),
        vectorizer_model=OnlineCountVectorizer(stop_words="english"),
    )
    owner: dict[int, object] = {}

    def take(rows: np.ndarray) -> None:
        model.partial_fit(data.texts[rows].tolist(), data.vectors[rows].astype(np.float64))
        owner.update(zip(rows.tolist(), np.asarray(model.topics_).tolist(), strict=True))

    take(history)
    for i in range(PEER_STEP, len(burst) + 1, PEER_STEP):
        part = slice(2 * (i - PEER_STEP), 2 * i)
        take(np.concatenate([burst[i - PEER_STEP : i], between[part]]))
        if is_found(owner, set(burst[:i].tolist())):
            return i
    return None


def told(founds: list[int | None]) -> dict[str, object]:
    after = [one for one in founds if one is not None]
    whole = [one if one is not None else N_BURST + 1 for one in founds]
    return {
        "n_bursts": len(founds),
        "n_found": len(after),
        "found_share": round(len(after) / len(founds), 3),
        "comments_median_of_found": float(np.median(after)) if after else None,
        "comments_median_of_all": float(np.median(whole)),
    }


def draw_trials(data: Data, pool: np.ndarray, n_known: int, *, seed: int) -> list[tuple]:
    rng = np.random.default_rng([seed, n_known])
    return [draw_trial(data, name, pool, n_known, rng) for name in pool]


def measure_bursts(data: Data, pool: np.ndarray, *, seed: int) -> dict:
    rng = np.random.default_rng(seed)
    is_pool = np.isin(data.labels, pool)
    centre = centre_of(data.vectors[is_pool][:2000])
    noise = rng.normal(size=data.vectors.shape).astype(np.float32)
    noise *= 0.1425 / np.linalg.norm(noise, axis=1, keepdims=True)
    noisy = data.vectors + noise
    noisy /= np.linalg.norm(noisy, axis=1, keepdims=True)
    figures: dict[str, object] = {}
    trials = {
        "six_known_intents": draw_trials(data, pool, 6, seed=seed),
        "all_known_intents": draw_trials(data, pool, len(pool), seed=seed),
    }
    for name, drawn in trials.items():
        ours = [our_trial(data.vectors, centre, *one) for one in drawn]
        figures[name] = told([found for found, _, _ in ours]) | {
            "found_and_whole_at_the_end": round(float(np.mean([last for _, last, _ in ours])), 3),
            "clusters_before_the_burst": round(float(np.mean([n for _, _, n in ours])), 1),
        }
        print(name, figures[name], flush=True)
    other = [our_trial(noisy, centre, *one) for one in trials["six_known_intents"]]
    figures["six_known_intents_vectors_at_cosine_.99"] = told([found for found, _, _ in other])
    return figures


def measure_peers(data: Data, pool: np.ndarray, *, seed: int) -> dict:
    """The same trials of six known intents, looked at after every fifth new comment."""
    trials = draw_trials(data, pool, 6, seed=seed)
    figures = {"full_refit_every_5": told([refit_trial(data, *one) for one in trials])}
    for n_clusters in (8, 20):
        found = [partial_fit_trial(data, *one, n_clusters) for one in trials]
        figures[f"bertopic_partial_fit_{n_clusters}_clusters"] = told(found)
    return figures


def resident_megabytes() -> float:
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmRSS"):
            return round(int(line.split()[1]) / 1024, 1)
    return float("nan")


def measure_volume(data: Data, n: int, *, seed: int, with_texts: bool, batch: int = BATCH) -> dict:
    """Take in resampled vectors with noise, dealt to sixty pages of six intents each."""
    rng = np.random.default_rng(seed)
    names = np.concatenate([data.development, data.test])
    pages = [rng.choice(names, 6, replace=False) for _ in range(MAX_PLACES)]
    rows_of = [np.concatenate([data.rows_of(name) for name in page]) for page in pages]
    centre = centre_of(data.vectors[:2000])
    places = [Place(centre) for _ in pages]
    latest: dict[str, deque[tuple[int, str, np.ndarray]]] = {}
    described: dict[str, int] = {}
    describer = Describer(Background(data.texts[:2000].tolist()), {})
    seconds, cpu, marks, n_described = 0.0, 0.0, {}, 0
    start_megabytes = resident_megabytes()
    day = 86_400_000_000
    per_day = n / 168
    for start in range(0, n, batch):
        at_page = rng.integers(0, MAX_PLACES, batch)
        rows = np.array([rng.choice(rows_of[page]) for page in at_page])
        noise = rng.normal(size=(batch, data.vectors.shape[1]))
        vectors = data.vectors[rows] + NOISE * noise / np.sqrt(noise.shape[1])
        vectors = (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)
        times = [int((start + i) / per_day * day) for i in range(batch)]
        started, used = time.perf_counter(), time.process_time()
        due: list[str] = []
        for page in np.unique(at_page):
            here = np.flatnonzero(at_page == page)
            ids = [f"{start + i}" for i in here]
            place = places[page]
            joined = place.take(
                ids, [times[i] for i in here], vectors[here], since=times[-1] - 84 * day
            )
            if not with_texts:
                continue
            into = joined.survivors()
            for gone, kept in into.items():
                latest.setdefault(kept, deque(maxlen=MAX_MEMBERS)).extend(latest.pop(gone, ()))
            for comment, cluster, _ in joined.surviving():
                i = int(comment) - start
                if 0 <= i < batch:
                    kept = latest.setdefault(cluster, deque(maxlen=MAX_MEMBERS))
                    kept.append((times[i], str(data.texts[rows[i]]), vectors[i]))
            sizes = {one.cluster_id: one.n for one in place.clusters}
            changed = {cluster for _, cluster, _ in joined.surviving()} | set(into.values())
            due += [one for one in changed if is_due(described.get(one, 0), sizes[one])]
            described |= {one: sizes[one] for one in changed}
        for cluster in sorted(set(due)):
            kept = list(latest.get(cluster, ()))
            if kept:
                frame = pd.DataFrame({"comment_id": [f"{i}" for i in range(len(kept))]})
                frame["submitted_at"] = [at for at, _, _ in kept]
                frame["text"] = [text for _, text, _ in kept]
                frame["codes"] = [[] for _ in kept]
                describer.describe(frame, np.stack([one for _, _, one in kept]), "bank", "/page")
                n_described += 1
        seconds += time.perf_counter() - started
        cpu += time.process_time() - used
        done = start + batch
        if done in (n // 4, n // 2, n):
            marks[str(done)] = {
                "megabytes_resident": resident_megabytes(),
                "clusters": sum(len(place.clusters) for place in places),
                "waiting": sum(len(place.waiting) for place in places),
                "most_waiting_on_a_page": max(len(place.waiting) for place in places),
                "comments_a_second": round(done / seconds),
                "comments_a_processor_second": round(done / cpu),
            }
            print(done, marks[str(done)], flush=True)
    return {
        "n_comments": n,
        "batch": batch,
        "comments_a_second": round(n / seconds),
        "comments_a_processor_second": round(n / cpu),
        "megabytes_at_start": start_megabytes,
        "descriptions": n_described,
        "after": marks,
    }


def measure_stability(data: Data, pool: np.ndarray, *, seed: int) -> dict:
    """Compare what comes of one stream cut into batches of 1, 20 and 200, and shuffled batches."""
    rng = np.random.default_rng(seed)
    centre = centre_of(data.vectors[np.isin(data.labels, pool)][:2000])
    agreements: dict[str, list[float]] = {}
    for _ in range(10):
        page = rng.choice(pool, 6, replace=False)
        rows = rng.permutation(np.concatenate([data.rows_of(name)[:100] for name in page]))
        cut = {}
        for batch in (1, 20, 200):
            stream = Stream(data.vectors, centre)
            for start in range(0, len(rows), batch):
                stream.take(rows[start : start + batch])
            cut[batch] = np.array([str(stream.owner.get(int(row), "waits")) for row in rows])
        for one, other in ((1, 20), (1, 200), (20, 200)):
            score = adjusted_rand_score(cut[one], cut[other])
            agreements.setdefault(f"ari_{one}_{other}", []).append(score)
        for batch, owners in cut.items():
            is_in = owners != "waits"
            labels = data.labels[rows][is_in]
            for name, score in (
                (f"labels_ari_{batch}", adjusted_rand_score(labels, owners[is_in])),
                (f"labels_v_{batch}", v_measure_score(labels, owners[is_in])),
                (f"in_a_cluster_{batch}", is_in.mean()),
            ):
                agreements.setdefault(name, []).append(float(score))
    return {name: round(float(np.mean(scores)), 3) for name, scores in agreements.items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument(
        "--vectors", type=Path, help="vectors of the texts, kept from an earlier run"
    )
    parser.add_argument("--rows", type=int, default=200_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", type=Path, default=OUT)
    arguments = parser.parse_args()
    quieten_libraries()
    data = Data(arguments.data / "train.csv", arguments.vectors)
    git = ["git", "rev-parse", "--short", "HEAD"]
    figures: dict[str, object] = {
        "what": "issue clusters online, vectors given",
        "data": "banking77; volume: its vectors resampled, with noise, dealt to 60 pages",
        "machine": f"{platform.machine()}, {platform.system()}, {os.cpu_count()} cores",
        "seed": arguments.seed,
        "commit": subprocess.run(git, capture_output=True, text=True, check=False).stdout.strip(),
    }
    seed, rows = arguments.seed, arguments.rows
    parts = {
        "stability": lambda: measure_stability(data, data.test, seed=seed),
        "bursts_on_test_intents": lambda: measure_bursts(data, data.test, seed=seed),
        "volume": lambda: measure_volume(data, rows, seed=seed, with_texts=False),
        "volume_with_descriptions": lambda: measure_volume(
            data, rows // 20, seed=seed, with_texts=True
        ),
        "peers": lambda: measure_peers(data, data.test, seed=seed),
    }
    for name, measure in parts.items():
        figures[name] = {**measure(), "load_average": round(os.getloadavg()[0], 1)}
        arguments.out.parent.mkdir(exist_ok=True)
        arguments.out.write_text(json.dumps(figures, indent=2) + "\n")
        print(name, json.dumps(figures[name]), flush=True)


if __name__ == "__main__":
    main()
