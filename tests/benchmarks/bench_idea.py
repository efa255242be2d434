"""Measure emerging issues in real app reviews as IDEA's paper does; writes results/idea.json.

``python tests/benchmarks/bench_idea.py --data FOLDER`` where the folder has ``idea_youtube/``.

The measure is that of C. Gao, J. Zeng, M. Lyu and I. King, "Online App Review Analysis for
Identifying Emerging Issues" (ICSE 2018), read from the evaluation in the authors' code
(armor-ai/IDEA, ``validation`` in src/main.py). Versions are the periods. The changelog lists issues
as keywords for each version; those of a version and the next one count together. A keyword matches
a word whose similarity is above 0.6; an issue told is matched when any of its words matches any
keyword, an entry of the changelog when any of its keywords matches any word told.

- ``Precision_E``: of the emerging issues told (three sentences each), the share matched; mean over
  the versions that have a changelog and an emerging issue.
- ``Recall_L``: of the changelog's entries, the share matched by the labels of *all* topics of the
  version (12 topics, three sentences each), as in their code; mean over the versions.
- ``F_hybrid`` is the harmonic mean of the two.

What differs from theirs: their word2vec model of four million app reviews is not at hand, so words
are compared (a) by their stems, which can only match less than theirs, and (b) by the cosine of
their MiniLM vectors, above the same 0.6; their figure rests on the full set of reviews, ours on the
5,000 that they published; their code skips versions with 50 reviews or fewer, which in the 5,000
are many, so figures are given for the versions that are left and for all.

Ours tells of a version: the scan's alerts (`find_novel`, a look a day, default budget) whose
comments are mostly of that version, and topics (`fit_topics`, on what was written up to that
version) whose share rose against the earlier versions, at a q-value of 0.1. Nothing was chosen by
looking at the changelog. Below 200 sentences there are no topics; then sentences chosen by
`choose_quotes` from all of the version stand for them. Random sentences of the same version, as
many and of the lengths that are quoted, show what the measure gives away for nothing.
"""

from __future__ import annotations

import argparse
import json
import platform
import re
import subprocess
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from feedback.embed import MiniLMEncoder
from topics.looks import q_values
from topics.model import fit_topics
from topics.names import stem
from topics.quotes import MAX_WORDS, choose_quotes
from topics.scan import find_novel
from topics.scan_likeness import MAX_WEIGHT, share_tail

OUT = Path(__file__).parent / "results" / "idea.json"
IDEA_F = 0.636
SIMILARITY = 0.6
N_TOPICS, N_SENTENCES = 12, 3
"""As in the authors' config.ini."""
FEW_REVIEWS = 50
"""As in the authors' ``build_AOLDA_input_version``."""
MIN_WORDS = 5
MAX_Q = 0.1
MIN_TOPIC_SENTENCES = 3
N_RANDOM = 200
SEED = 0

Told = list[list[str]]
"""Texts told of each issue or topic."""


@dataclass
class Version:
    name: str
    n_reviews: int
    changelog: list[list[str]]
    sentences: pd.DataFrame


def read_sentences(folder: Path) -> pd.DataFrame:
    """Return the sentences of reviews with a known version, each with review, date, version."""
    lines = (folder / "total_info.txt").read_text(encoding="utf-8").splitlines()
    rows = []
    for number, line in enumerate(lines):
        _, text, _, date, version, _ = line.split("******")
        if version == "Unknown":
            continue
        for sentence in re.split(r"\s[.!?]+(?:\s|$)", text):
            if len(re.findall(r"[^\W\d_]+", sentence)) >= MIN_WORDS:
                rows.append((f"{number}-{len(rows)}", str(number), sentence.strip(), date, version))
    frame = pd.DataFrame(
        rows, columns=["comment_id", "response_id", "text", "submitted_at", "version"]
    )
    moment = pd.to_datetime(frame["submitted_at"], format="%b %d, %Y", utc=True)
    return frame.assign(submitted_at=moment, service="app", page="/", may_quote=True)


def read_versions(folder: Path, sentences: pd.DataFrame) -> list[Version]:
    """Return the versions in order, each with its line of the changelog."""
    reviews = (folder / "total_info.txt").read_text(encoding="utf-8").splitlines()
    n_reviews = Counter(line.split("******")[4] for line in reviews)
    del n_reviews["Unknown"]
    all_versions = sorted(n_reviews, key=lambda name: [int(part) for part in name.split(".")])
    lines = (folder / "changelog.txt").read_text(encoding="utf-8").splitlines()
    if len(lines) != len(all_versions):
        raise SystemExit(f"{len(lines)} lines of changelog, {len(all_versions)} versions")
    return [
        Version(
            name,
            n_reviews[name],
            [entry.split() for entry in line.split(",") if entry.strip()],
            sentences[sentences["version"] == name],
        )
        for name, line in zip(all_versions, lines, strict=True)
    ]


def quotes_of(frame: pd.DataFrame, vectors: np.ndarray, n: int) -> list[str]:
    """Return the sentences that stand for some."""
    texts = frame["text"].tolist()
    return [texts[i] for i in choose_quotes(texts, vectors[frame.index], n_quotes=n)]


def novel_by_version(sentences: pd.DataFrame, vectors: np.ndarray) -> dict[str, Told]:
    """Return the scan's alerts, each at the version that most of its comments are of."""
    days = pd.date_range(sentences["submitted_at"].min(), sentences["submitted_at"].max())
    by_theme: dict[str, list[str]] = {}
    for day in days:
        found = find_novel(sentences, vectors, as_of=day, with_watch=False)
        by_theme |= dict(zip(found["theme"], found["comments"], strict=True))
    told: dict[str, Told] = {}
    for ids in by_theme.values():
        members = sentences[sentences["comment_id"].isin(ids)]
        version = members["version"].value_counts().sort_index().idxmax()
        told.setdefault(str(version), []).append(quotes_of(members, vectors, N_SENTENCES))
    return told


def topics_by_version(
    versions: list[Version], sentences: pd.DataFrame, vectors: np.ndarray
) -> tuple[dict[str, Told], dict[str, Told]]:
    """Return the sentences of the largest topics of each version, and of those that rose."""
    largest: dict[str, Told] = {}
    rising: dict[str, Told] = {}
    known: list[str] = []
    for version in versions:
        past = sentences[sentences["version"].isin(known)]
        seen = pd.concat([past, version.sentences])
        known.append(version.name)
        fit = fit_topics(seen["text"].tolist(), vectors[seen.index], seed=SEED)
        if not fit.topics:
            every = quotes_of(version.sentences, vectors, N_TOPICS * N_SENTENCES)
            largest[version.name] = [every] if every else []
            continue
        ids = fit.topic_ids[len(past) :]
        counts = np.bincount(ids[ids >= 0], minlength=len(fit.topics))
        before = np.bincount(fit.topic_ids[: len(past)].clip(-1) + 1, minlength=len(counts) + 1)[1:]

        def describe(topics: Sequence[int], ids: np.ndarray = ids, at: Version = version) -> Told:
            return [quotes_of(at.sentences[ids == k], vectors, N_SENTENCES) for k in topics]

        largest[version.name] = describe(np.argsort(-counts, kind="stable")[:N_TOPICS].tolist())
        rising[version.name] = describe(_rising(counts, len(ids), before, len(past)))
    return largest, rising


def _rising(counts: np.ndarray, n: int, before: np.ndarray, n_before: int) -> list[int]:
    """Return the topics with a larger share than in the earlier versions."""
    if not n_before:
        return []
    share = (before + 0.5) / (n_before + 0.5 * len(counts))
    weight = np.full(len(counts), 1 / (1 / (n_before + 1.0) + 1 / MAX_WEIGHT))
    p = share_tail(counts, np.full(len(counts), n), share, weight)
    q = q_values(len(p) * p)
    return np.flatnonzero((q <= MAX_Q) & (counts >= MIN_TOPIC_SENTENCES)).tolist()


def words_of(text: str) -> list[str]:
    return re.findall(r"[^\W_]+", text.lower())


Matches = dict[str, set[str]]
"""The words that match each keyword of the changelog."""


def matches_by_stem(keywords: Sequence[str], written: Sequence[str]) -> Matches:
    """Return forms of the same word."""
    of_stem: dict[str, set[str]] = {}
    for word in written:
        of_stem.setdefault(stem(word), set()).add(word)
    return {keyword: of_stem.get(stem(keyword), set()) for keyword in keywords}


def matches_by_vector(keywords: Sequence[str], written: Sequence[str]) -> Matches:
    """Return words whose vectors' cosine is above 0.6."""
    encoder = MiniLMEncoder()
    cosines = encoder.embed(list(keywords)) @ encoder.embed(list(written)).T
    return {
        keyword: {written[i] for i in np.flatnonzero(row > SIMILARITY)}
        for keyword, row in zip(keywords, cosines, strict=True)
    }


def matched(told: Told, entries: list[list[str]], matches: Matches) -> tuple[int, int]:
    """Return how many issues told match an entry, and how many entries match what was told."""
    issues = [set(words_of(" ".join(texts))) for texts in told]
    accepted = [set().union(*(matches[keyword] for keyword in entry)) for entry in entries]
    n_told = sum(any(words & some for some in accepted) for words in issues)
    names = {
        "_".join(entry)
        for entry, some in zip(entries, accepted, strict=True)
        if any(words & some for words in issues)
    }
    return n_told, len(names)


def score(
    versions: list[Version], emerging: dict[str, Told], labels: dict[str, Told], matches: Matches
) -> dict[str, float | int]:
    """Return Precision_E, Recall_L and F_hybrid."""
    precisions, recalls = [], []
    for number, version in enumerate(versions):
        if not version.changelog:
            continue
        following = versions[number + 1].changelog if number + 1 < len(versions) else []
        entries = version.changelog + following
        recalls.append(matched(labels.get(version.name, []), entries, matches)[1] / len(entries))
        told = [texts for texts in emerging.get(version.name, []) if texts]
        if number and told:
            precisions.append(matched(told, entries, matches)[0] / len(told))
    precision = float(np.mean(precisions)) if precisions else 0.0
    recall = float(np.mean(recalls))
    return {
        "precision_e": round(precision, 3),
        "recall_l": round(recall, 3),
        "f_hybrid": round(2 * precision * recall / max(precision + recall, 1e-9), 3),
        "versions_with_emerging": len(precisions),
        "emerging_issues": sum(len(emerging.get(one.name, [])) for one in versions),
    }


def random_told(told: dict[str, Told], versions: list[Version], rng: np.random.Generator) -> dict:
    """Return random sentences of the same version in place of those told, as many."""
    of = {}
    for version in versions:
        texts = version.sentences["text"]
        of[version.name] = texts[texts.str.split().str.len() <= MAX_WORDS].to_numpy(str)
    return {
        name: [
            rng.choice(of[name], size=min(len(one), len(of[name])), replace=False).tolist()
            for one in issues
        ]
        for name, issues in told.items()
        if name in of
    }


def random_score(
    versions: list[Version], emerging: dict[str, Told], labels: dict[str, Told], matches: Matches
) -> dict[str, float]:
    """Return the mean scores of random sentences."""
    rng = np.random.default_rng(SEED)
    draws = [
        score(
            versions,
            random_told(emerging, versions, rng),
            random_told(labels, versions, rng),
            matches,
        )
        for _ in range(N_RANDOM)
    ]
    names = ("precision_e", "recall_l", "f_hybrid")
    means = {name: round(float(np.mean([draw[name] for draw in draws])), 3) for name in names}
    spread = np.quantile([draw["f_hybrid"] for draw in draws], [0.025, 0.975]).round(3)
    return {**means, "f_hybrid_95_percent_of_draws": spread.tolist()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--out", type=Path, default=OUT)
    parser.add_argument("--cache", type=Path, help="keeps the sentences' vectors between runs")
    arguments = parser.parse_args()
    started = time.perf_counter()
    folder = arguments.data / "idea_youtube"
    sentences = read_sentences(folder)
    versions = read_versions(folder, sentences)
    if arguments.cache and arguments.cache.exists():
        vectors = np.load(arguments.cache)
    else:
        vectors = MiniLMEncoder().embed(sentences["text"].tolist())
        if arguments.cache:
            np.save(arguments.cache, vectors)
    novel = novel_by_version(sentences, vectors)
    labels, rising = topics_by_version(versions, sentences, vectors)
    names = [version.name for version in versions]
    arms = {
        "scan_and_topics": {name: novel.get(name, []) + rising.get(name, []) for name in names},
        "scan": novel,
        "topics": rising,
    }
    keywords = sorted({word for one in versions for entry in one.changelog for word in entry})
    written = sorted({word for text in sentences["text"] for word in words_of(text)})
    ways = {
        "same_stem": matches_by_stem(keywords, written),
        "minilm_cosine_above_0.6": matches_by_vector(keywords, written),
    }
    sets = {
        f"versions with more than {FEW_REVIEWS} reviews": [
            one for one in versions if one.n_reviews > FEW_REVIEWS
        ],
        "all versions": versions,
    }
    git = ["git", "rev-parse", "--short", "HEAD"]
    result = {
        "what": "emerging issues of YouTube's reviews against its changelog, as IDEA measures them",
        "data": "idea_youtube",
        "reviews_with_a_version": int(sentences["response_id"].nunique()),
        "sentences": len(sentences),
        "versions": len(versions),
        "seed": SEED,
        "machine": f"{platform.machine()}, {platform.system()}",
        "commit": subprocess.run(git, capture_output=True, text=True, check=False).stdout.strip(),
        "idea_published_f_hybrid": IDEA_F,
        "figures": {
            f"{of_versions}, {way}": {
                arm: {
                    **score(some, emerging, labels, matches),
                    "random_sentences": random_score(some, emerging, labels, matches),
                }
                for arm, emerging in arms.items()
            }
            for of_versions, some in sets.items()
            for way, matches in ways.items()
        },
        "seconds": round(time.perf_counter() - started),
    }
    arguments.out.parent.mkdir(exist_ok=True)
    arguments.out.write_text(json.dumps(result, indent=2) + "\n")
    print(json.dumps(result, indent=2))


if __name__ == "__main__":
    main()
