"""Code real feedback against somebody else's codebook: patients' answers, 35 themes, five folds.

``python -m tests.benchmarks.bench_nhs_themes --data FOLDER`` reads
``nhs_fft/fft_v6_development.csv`` (The-Strategy-Unit/pxtextmining) and writes
results/nhs_themes.json. On the same folds, all given the question that was asked:

- TF-IDF of words and pairs with a logistic regression for each theme;
- sentence vectors tuned by pairs of comments that share a theme or do not, with a logistic
  regression for each theme, as SetFit does (Tunstall et al. 2022);
- ours as ``feedback train`` makes it, and with an encoder tuned (``feedback train --tune``).

Answers of one person and answers alike stand in one fold. Thresholds come from the other folds.
Tuning takes a quarter of an hour on two processor cores; stopped, it goes on from where it was.
"""

import argparse
import json
import logging
import os
import platform
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from scipy import sparse
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from threadpoolctl import threadpool_limits

from classifiers.codebook import Codebook, codebook_from_mapping
from classifiers.embedding import CodeHead, folds_of, thresholds_of
from classifiers.features import CommentFeatures
from classifiers.figures import measure
from classifiers.labels import Labels, near_duplicate_groups
from classifiers.scaling import calibrate, probabilities_of
from classifiers.telling import examples_of, tell
from classifiers.tuned.plan import Tuning
from feedback.embed import MiniLMEncoder
from tests.benchmarks.setfit_head import setfit_vectors

OUT = Path(__file__).parent / "results" / "nhs_themes.json"
N_FOLDS = 5
MIN_COMMENTS = 20
"""Themes with fewer are left out, as by others who measured on these answers."""
SEED = 20260401


@dataclass(frozen=True, eq=False)
class Answers:
    """Texts as a classifier is given them, themes as rows of bool, groups of one fold."""

    texts: list[str]
    labels: Labels
    codebook: Codebook


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--state", type=Path, default=Path("build/nhs"))
    parser.add_argument("--out", type=Path, default=OUT)
    arguments = parser.parse_args()
    file = arguments.data / "nhs_fft" / "fft_v6_development.csv"
    if not file.is_file():
        raise SystemExit(f"There is no {file}. Name the folder of the evaluation data with --data.")
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    logging.getLogger("sentence_transformers").setLevel(logging.WARNING)
    answers = read_answers(file)
    encoder = MiniLMEncoder()
    begun = time.perf_counter()
    vectors = encoder.embed(answers.texts)
    seconds_embedding = time.perf_counter() - begun
    ways: dict[str, Callable[[], tuple[np.ndarray, np.ndarray]]] = {
        "tfidf and logistic regression": lambda: by_tfidf(answers),
        "ours": lambda: by_ours(answers, encoder, vectors, None),
        "ours, tuned": lambda: by_ours(answers, encoder, vectors, Tuning(arguments.state)),
        "setfit-style": lambda: by_setfit(answers, arguments.state),
    }
    result: dict[str, Any] = {
        "machine": f"{platform.machine()}, {os.cpu_count()} cores, {platform.system()}",
        "data": "nhs_fft/fft_v6_development.csv",
        "n_answers": len(answers.texts),
        "n_themes": len(answers.codebook.code_ids),
        "n_folds": N_FOLDS,
        "seed": SEED,
        "seconds_embedding": round(seconds_embedding),
        "ways": {},
    }
    for name, way in ways.items():
        begun = time.perf_counter()
        assigned, _ = way()
        minutes = (time.perf_counter() - begun) / 60
        figures = figures_of(answers, assigned) | {"minutes": round(minutes, 1)}
        result["ways"][name] = figures
        logging.info("%s: %s", name, figures)
        arguments.out.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")


def read_answers(file: Path) -> Answers:
    """Answers with a theme, the question before each, and the themes that are frequent enough."""
    frame = pd.read_csv(file, low_memory=False)
    frame = frame[frame["FFT answer"].notna()]
    columns = list(frame.columns)
    themes = columns[columns.index("Comment sentiment") + 1 :]
    table = frame[themes].fillna(0).to_numpy() > 0
    frequent = table.sum(axis=0) >= MIN_COMMENTS
    has_theme = table[:, frequent].any(axis=1)
    frame, table = frame[has_theme], table[has_theme][:, frequent]
    answers = frame["FFT answer"].str.strip().tolist()
    texts = [
        f"{question.split(chr(10))[0]} {answer}"
        for question, answer in zip(frame["FFT question"].astype(str), answers, strict=True)
    ]
    names = [theme for theme, kept in zip(themes, frequent, strict=True) if kept]
    codes = [
        {"id": f"theme.{number}", "label": name, "definition": f"{name}."}
        for number, name in enumerate(names)
    ]
    codebook = codebook_from_mapping({"id": "nhs_themes", "version": 1, "codes": codes})
    groups = near_duplicate_groups(answers, frame["Respondent ID"].tolist())
    labels = Labels(
        tuple(texts), table, None, ("en",) * len(texts), groups, np.zeros(len(texts), bool)
    )
    return Answers(texts, labels, codebook)


def by_tfidf(answers: Answers) -> tuple[np.ndarray, np.ndarray]:
    truth = answers.labels.truth
    scores = np.empty(truth.shape)
    for train, test in folds_of(answers.labels.groups, N_FOLDS, SEED):
        words = TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True, min_df=2)
        rows = words.fit_transform([answers.texts[i] for i in train])
        scores[test] = regressions(
            rows, truth[train], words.transform([answers.texts[i] for i in test])
        )
    return decided(answers, scores)


def by_setfit(answers: Answers, state: Path) -> tuple[np.ndarray, np.ndarray]:
    truth = answers.labels.truth
    scores = np.empty(truth.shape)
    for number, (train, test) in enumerate(folds_of(answers.labels.groups, N_FOLDS, SEED)):
        train_vectors, test_vectors = setfit_vectors(
            [answers.texts[i] for i in train],
            truth[train],
            [answers.texts[i] for i in test],
            state / f"setfit-{number}.npz",
        )
        scores[test] = regressions(train_vectors, truth[train], test_vectors)
    return decided(answers, scores)


def by_ours(
    answers: Answers, encoder: MiniLMEncoder, vectors: np.ndarray, tuning: Tuning | None
) -> tuple[np.ndarray, np.ndarray]:
    labels = answers.labels
    told = tell(
        labels,
        answers.codebook,
        _Known(encoder, dict(zip(answers.texts, vectors, strict=True))),
        examples_of(answers.codebook),
        tuning,
        n_folds=N_FOLDS,
        seed=SEED,
    )
    features = CommentFeatures().fit(answers.texts)
    rows = features.transform(answers.texts, told.vectors, np.zeros(labels.truth.shape, bool))
    with threadpool_limits(1):
        head = CodeHead(n_folds=N_FOLDS, seed=SEED).fit(
            rows, labels.truth, labels.groups, evidence=[told.codes]
        )
    return head.oof_probabilities_ >= head.oof_thresholds_, head.oof_probabilities_


class _Known:
    """An encoder that remembers: all ways start from vectors that are there."""

    def __init__(self, encoder: MiniLMEncoder, vectors: dict[str, np.ndarray]) -> None:
        self.name, self.revision = encoder.name, encoder.revision
        self.n_dimensions = encoder.n_dimensions
        self._encoder, self._vectors = encoder, vectors

    def embed(self, texts: list[str]) -> np.ndarray:
        missing = [text for text in texts if text not in self._vectors]
        self._vectors |= dict(zip(missing, self._encoder.embed(missing), strict=True))
        rows = [self._vectors[text] for text in texts]
        return np.stack(rows) if rows else np.empty((0, self.n_dimensions), np.float32)


def regressions(
    rows: np.ndarray | sparse.csr_matrix, truth: np.ndarray, test: np.ndarray | sparse.csr_matrix
) -> np.ndarray:
    """Log-odds by a logistic regression for each theme."""
    with threadpool_limits(1):
        return np.column_stack(
            [
                LogisticRegression(C=3.0, class_weight="balanced", max_iter=200)
                .fit(rows, truth[:, column])
                .decision_function(test)
                for column in range(truth.shape[1])
            ]
        )


def decided(answers: Answers, scores: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Calibrate and choose thresholds as ours does: on the other folds."""
    truth = answers.labels.truth
    assigned = np.zeros(truth.shape, dtype=bool)
    probabilities = np.empty(truth.shape)
    for train, test in folds_of(answers.labels.groups, N_FOLDS, SEED):
        scale = calibrate(scores[train, :, None], truth[train])
        seen = probabilities_of(scores[train, :, None], *scale)
        probabilities[test] = probabilities_of(scores[test, :, None], *scale)
        assigned[test] = probabilities[test] >= thresholds_of(truth[train], seen)
    return assigned, probabilities


def figures_of(answers: Answers, assigned: np.ndarray) -> dict[str, Any]:
    n_codes = len(answers.codebook.code_ids)
    found = measure(
        answers.labels.truth,
        assigned,
        answers.codebook.code_ids,
        is_fault=np.zeros(n_codes, bool),
        is_urgent=np.zeros(n_codes, bool),
        groups=answers.labels.groups,
        seed=SEED,
    ).as_dict()
    return {name: found[name] for name in ("micro_f1", "macro_f1")}


if __name__ == "__main__":
    main()
