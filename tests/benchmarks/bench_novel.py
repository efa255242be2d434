"""Measure how many novel complaints are found in text, and after how many reports.

``python tests/benchmarks/bench_novel.py --data FOLDER`` where the folder has
``banking77/train.csv``; writes results/novel.json.

A page has eight intents of everyday questions (0.54 a day each in the mean, Gamma distributed, by
weekday, on every second page overdispersed by the day), 84 days of history and 84 more days. On
other pages a ninth intent, which the page never had, comes three times a day for three days. It is
found when in these days something alarms of whose comments at least half are of that intent.

Thresholds are set to equal false alarms per 100 page-weeks on pages of other seeds where nothing
changes; alarms that overlap are one. The intents are split: everything about the scan was chosen on
one half (``--development``), the figures are of the other. Beside it, under the same test of
shares: the topics that `fit_topics` finds in the history of ten pages, the scan that is told these
topics, the true intents, and the scan at the one radius of .6.
"""

from __future__ import annotations

import argparse
import json
import platform
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from feedback.embed import MiniLMEncoder
from topics import scan_likeness
from topics.model import assign_topics, fit_topics
from topics.scan import false_alarms, find_novel, merge_overlapping
from topics.scan_likeness import neighbours_of, novelty_of

OUT = Path(__file__).parent / "results" / "novel.json"
WEEKDAYS = np.array([1.25, 1.2, 1.15, 1.1, 1.0, 0.65, 0.65])
N_EVERYDAY, MEAN = 8, 0.54
HISTORY_DAYS, WATCHED_DAYS = 84, 84
PAGES_OF_A_FIT = 10
START = pd.Timestamp("2026-01-05", tz="UTC")
TARGETS = (1, 5)
SEED_NULL, SEED_CHANGE, SEED_SURGE = 101, 102, 103
CANDIDATE_P = 0.02


@dataclass
class Corpus:
    texts: list[str]
    labels: np.ndarray
    vectors: np.ndarray
    intents: np.ndarray


@dataclass
class Page:
    """Comments of one page in order of time: rows of the corpus, days, and whether novel."""

    rows: np.ndarray
    days: np.ndarray
    is_novel: np.ndarray
    change: float


@dataclass
class Watched:
    """What alarmed or could have on one page: positions, p-values and neighbourhoods."""

    at: np.ndarray
    p: np.ndarray
    near: list[np.ndarray]


def read_corpus(folder: Path, cache: Path, *, development: bool) -> Corpus:
    """Return the texts with vectors, kept in ``cache``, and one half of the intents."""
    frame = pd.read_csv(folder / "banking77" / "train.csv").drop_duplicates("text")
    texts = frame["text"].tolist()
    if not cache.exists():
        cache.parent.mkdir(parents=True, exist_ok=True)
        np.save(cache, MiniLMEncoder().embed(texts))
    labels = pd.factorize(frame["category"])[0]
    order = np.random.default_rng(77).permutation(labels.max() + 1)
    half = len(order) // 2
    return Corpus(texts, labels, np.load(cache), order[:half] if development else order[half:])


def make_page(corpus: Corpus, seed: int, number: int, kind: str) -> Page:
    """Return a page: of kind null, change or surge (five times the traffic for a week)."""
    rng = np.random.default_rng([seed, number])
    n_days = HISTORY_DAYS + {"null": WATCHED_DAYS, "change": 12, "surge": 14}[kind]
    *everyday, novel = rng.permutation(corpus.intents)[: N_EVERYDAY + 1]
    means = rng.gamma(0.6, MEAN / 0.6, N_EVERYDAY)[:, None] * WEEKDAYS[np.arange(n_days) % 7]
    if number % 2 == 0:
        means = means * rng.gamma(2.0, 0.5, means.shape)
    if kind == "surge":
        means[:, HISTORY_DAYS + 3 : HISTORY_DAYS + 10] *= 5.0
    rows, days = [], []
    for intent, counts in zip(everyday, rng.poisson(means), strict=True):
        own, n = np.flatnonzero(corpus.labels == intent), int(counts.sum())
        deals = [rng.permutation(own) for _ in range(n // len(own) + 1)]
        rows.append(np.concatenate(deals)[:n])
        days.append(np.repeat(np.arange(n_days), counts) + rng.random(n))
    change = float(HISTORY_DAYS + rng.integers(7))
    if kind == "change":
        rows.append(rng.permutation(np.flatnonzero(corpus.labels == novel))[:9])
        days.append(change + np.repeat(np.arange(3), 3) + rng.random(9))
    all_rows, all_days = np.concatenate(rows), np.concatenate(days)
    order = np.argsort(all_days)
    is_novel = (
        (corpus.labels[all_rows] == novel) if kind == "change" else np.zeros(len(order), bool)
    )
    return Page(all_rows[order], all_days[order], is_novel[order], change)


def one_hot(labels: np.ndarray) -> np.ndarray:
    """Return vectors of cosine 1 where labels agree, else 0."""
    return np.eye(int(labels.max()) + 1, dtype=np.float32)[labels]


def watch(vectors: np.ndarray, page: Page, topics: np.ndarray | None = None) -> Watched:
    """Look at every comment after the history."""
    looked_at = np.flatnonzero(page.days >= HISTORY_DAYS)
    found = novelty_of(vectors, page.days, np.arange(len(page.days)), looked_at, topics)
    chosen = np.flatnonzero(found.p < CANDIDATE_P)
    near = [
        neighbours_of(vectors, page.days, topics, int(looked_at[i]), found.days[i], found.radius[i])
        for i in chosen
    ]
    return Watched(looked_at[chosen], found.p[chosen], near)


def n_alarms(pages: list[Watched], threshold: float) -> int:
    """Count alarms; those whose comments overlap are one."""
    picked = ([page.near[i] for i in np.flatnonzero(page.p <= threshold)] for page in pages)
    return sum(len(merge_overlapping(near)) for near in picked)


def threshold_for(pages: list[Watched], per_100_page_weeks: float, n_weeks: float) -> float:
    """Return the largest p-value with no more alarms than asked for."""
    levels = np.sort(np.concatenate([page.p for page in pages]))
    low, high = 0, len(levels) - 1
    while low < high:
        middle = (low + high + 1) // 2
        few = n_alarms(pages, levels[middle]) <= per_100_page_weeks * n_weeks / 100
        low, high = (middle, high) if few else (low, middle - 1)
    return float(levels[low])


def detection(
    pages: list[Page], watched: list[Watched], threshold: float
) -> tuple[list[int | None], list[int]]:
    """Return reports until each page's novel complaint was found, and the alarms' positions."""
    reports: list[int | None] = []
    positions = []
    for page, seen in zip(pages, watched, strict=True):
        hits = [
            int(at)
            for at, p, near in zip(seen.at, seen.p, seen.near, strict=True)
            if p <= threshold
            and page.change <= page.days[at] < page.change + 3
            and page.is_novel[near].mean() >= 0.5
        ]
        reports.append(int(page.is_novel[: hits[0] + 1].sum()) if hits else None)
        positions.append(hits[0] if hits else -1)
    return reports, positions


def topics_of(corpus: Corpus, pages: list[Page]) -> list[np.ndarray]:
    """Return topic ids from 0 (outliers) on, of topics fitted on the histories of some pages."""
    history = np.concatenate([page.rows[page.days < HISTORY_DAYS] for page in pages])
    fit = fit_topics([corpus.texts[i] for i in history], corpus.vectors[history])
    centroids = np.stack([topic.centroid for topic in fit.topics])
    return [assign_topics(corpus.vectors[page.rows], centroids)[0] + 1 for page in pages]


def at_one_radius(vectors: np.ndarray, page: Page) -> Watched:
    """Return the scan with the radius of .6 alone."""
    radii = scan_likeness.RADII
    try:
        scan_likeness.RADII = (0.6,)  # type: ignore[assignment]
        return watch(vectors, page)
    finally:
        scan_likeness.RADII = radii


def watch_all(corpus: Corpus, pages: list[Page]) -> dict[str, list[Watched]]:
    """Watch pages by every method."""
    result: dict[str, list[Watched]] = {}
    result["scan"] = [watch(corpus.vectors[page.rows], page) for page in pages]
    result["one_radius"] = [at_one_radius(corpus.vectors[page.rows], page) for page in pages]
    result["topics"], result["scan_and_topics"] = [], []
    for start in range(0, len(pages), PAGES_OF_A_FIT):
        some = pages[start : start + PAGES_OF_A_FIT]
        for page, ids in zip(some, topics_of(corpus, some), strict=True):
            result["topics"].append(watch(one_hot(ids), page))
            result["scan_and_topics"].append(watch(corpus.vectors[page.rows], page, ids))
    result["true_labels"] = [watch(one_hot(corpus.labels[page.rows]), page) for page in pages]
    return result


def figures_of(reports: list[int | None]) -> dict[str, object]:
    """Return the share found with its 95% Wilson interval, and reports until then."""
    found = [n for n in reports if n is not None]
    n, share, z = len(reports), len(found) / len(reports), 1.96
    centre = (share + z**2 / (2 * n)) / (1 + z**2 / n)
    half = z * (share * (1 - share) / n + z**2 / (4 * n**2)) ** 0.5 / (1 + z**2 / n)
    return {
        "found": round(share, 4),
        "interval": [round(centre - half, 4), round(centre + half, 4)],
        "reports_until_median": float(np.median(found)) if found else None,
        "reports_until_mean": round(float(np.mean(found)), 2) if found else None,
    }


def told_by_the_product(
    corpus: Corpus, pages: list[Page], positions: list[int], threshold: float
) -> dict[str, object]:
    """Call `find_novel` when the scan alarmed: is it told, and are its comments of the intent?"""
    told, shares, seconds, n_looks = 0, [], 0.0, 0
    for number, (page, at) in enumerate(zip(pages, positions, strict=True)):
        if at < 0:
            continue
        frame = pd.DataFrame(
            {
                "comment_id": [f"{number}-{i}" for i in range(len(page.rows))],
                "response_id": np.arange(len(page.rows)),
                "service": "bank",
                "page": f"/page-{number}",
                "submitted_at": START + pd.to_timedelta(page.days, unit="D"),
                "text": [corpus.texts[i] for i in page.rows],
                "may_quote": True,
            }
        )
        as_of = frame["submitted_at"].iloc[at]
        per_week = ((page.days <= page.days[at]) & (page.days > page.days[at] - 28)).sum() / 4
        budget = float(false_alarms(np.array([threshold]), float(per_week))[0]) * 1.001
        started = time.perf_counter()
        found = find_novel(
            frame,
            corpus.vectors[page.rows],
            as_of=as_of,
            false_alarms_per_week=budget,
            with_watch=False,
        )
        seconds += time.perf_counter() - started
        n_looks += 1
        listed = [
            [page.is_novel[int(one.rpartition("-")[2])] for one in ids] for ids in found["comments"]
        ]
        best = max((float(np.mean(one)) for one in listed), default=0.0)
        told += best >= 0.5
        shares += [best] if best >= 0.5 else []
    return {
        "alarms_looked_at": n_looks,
        "told_by_find_novel": round(told / n_looks, 4),
        "share_of_listed_comments_of_the_intent": round(float(np.mean(shares)), 3),
        "seconds_a_look_a_page": round(seconds / n_looks, 4),
    }


def shipped(scan: list[Watched], n_weeks: float, comments_a_week: float) -> dict[str, object]:
    """Return the false alarms that the shipped calibration raises for two budgets."""
    levels = np.geomspace(1e-9, CANDIDATE_P, 2000)
    result: dict[str, object] = {}
    for target in TARGETS:
        within = false_alarms(levels, comments_a_week) <= target / 100
        threshold = float(levels[within].max())
        result[f"asked_{target}_per_100_page_weeks"] = {
            "raised": round(100 * n_alarms(scan, threshold) / n_weeks, 2)
        }
    return result


def measure(corpus: Corpus, n_null: int, n_change: int, say: Callable[[str], None]) -> dict:
    nulls = [make_page(corpus, SEED_NULL, i, "null") for i in range(n_null)]
    changes = [make_page(corpus, SEED_CHANGE, i, "change") for i in range(n_change)]
    surges = [make_page(corpus, SEED_SURGE, i, "surge") for i in range(n_null)]
    say("watching pages without a change")
    quiet = watch_all(corpus, nulls)
    say("watching pages with a change")
    changed = watch_all(corpus, changes)
    surged = [watch(corpus.vectors[page.rows], page) for page in surges]
    n_weeks = n_null * WATCHED_DAYS / 7
    n_watched = sum(int((page.days >= HISTORY_DAYS).sum()) for page in nulls)
    figures: dict[str, dict] = {}
    for method, pages in quiet.items():
        figures[method] = {}
        for target in TARGETS:
            threshold = threshold_for(pages, target, n_weeks)
            reports, positions = detection(changes, changed[method], threshold)
            figures[method][f"at_{target}_per_100_page_weeks"] = {
                "threshold_p": float(f"{threshold:.3g}"),
                **figures_of(reports),
            }
            if method == "scan":
                surge = n_alarms(surged, threshold) / (2 * n_null)
                figures[method][f"at_{target}_per_100_page_weeks"] |= {
                    "alarms_per_100_page_weeks_around_a_fivefold_surge": round(100 * surge, 2),
                    **told_by_the_product(corpus, changes[:100], positions[:100], threshold),
                }
    return {
        "pages_without_change": n_null,
        "page_weeks_without_change": n_weeks,
        "pages_with_change": n_change,
        "comments_a_page_week": round(n_watched / n_weeks, 1),
        "shipped_calibration": shipped(quiet["scan"], n_weeks, n_watched / n_weeks),
        "methods": figures,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--pages", type=int, default=400, help="pages without a change")
    parser.add_argument("--changes", type=int, default=1_000, help="pages with a novel complaint")
    parser.add_argument("--development", action="store_true", help="use the other half of intents")
    parser.add_argument("--cache", type=Path, default=Path("build/banking77_vectors.npy"))
    parser.add_argument("--out", type=Path, default=OUT)
    arguments = parser.parse_args()
    corpus = read_corpus(arguments.data, arguments.cache, development=arguments.development)
    started = time.perf_counter()
    figures = measure(
        corpus, arguments.pages, arguments.changes, lambda text: print(text, flush=True)
    )
    git = ["git", "rev-parse", "--short", "HEAD"]
    result = {
        "what": "complaints new to a page, three a day for three days",
        "data": "banking77, MiniLM vectors",
        "intents": "development half" if arguments.development else "the half not developed on",
        "seeds": {"null": SEED_NULL, "change": SEED_CHANGE, "surge": SEED_SURGE},
        "machine": f"{platform.machine()}, {platform.system()}",
        "commit": subprocess.run(git, capture_output=True, text=True, check=False).stdout.strip(),
        "seconds": round(time.perf_counter() - started),
        **figures,
    }
    arguments.out.parent.mkdir(exist_ok=True)
    arguments.out.write_text(json.dumps(result, indent=2) + "\n")
    print(json.dumps(result, indent=2))


if __name__ == "__main__":
    main()
