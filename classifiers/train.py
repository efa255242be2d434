"""Train a classifier from coded comments; ``python -m classifiers.train`` makes the shipped one."""

from __future__ import annotations

import hashlib
import json
import logging
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from classifiers import persist
from classifiers.classifier import CommentClassifier, Provenance, RuleReader
from classifiers.codebook import Codebook, load_codebook
from classifiers.decide import Evidence, decide, tone_of_codes, urgent_threshold
from classifiers.embedding import CodeHead, SentimentHead, folds_of
from classifiers.evaluate import evaluate_classifications
from classifiers.features import CommentFeatures
from classifiers.labels import TONES, Labels, check_labels, drop_repeats, read_labels
from classifiers.rule_tables import load_rules
from feedback.errors import LabelsError
from feedback.schema import Classification, Language, Sentiment

if TYPE_CHECKING:
    from scipy import sparse

    from feedback.protocols import Embedder

__all__ = ["MIN_COMMENTS", "train"]

MIN_COMMENTS = 20
"""Fewer cannot be split into folds that mean anything."""

TRAINING_FOLDER = Path(__file__).parent.parent / "fixtures" / "training"
TRAINING_DATE = "2026-11-21"
"""Day on which the training comments last changed: raise it with them."""

SHIPPED_SEED = 20260401

_log = logging.getLogger(__name__)


def train(
    labels: pd.DataFrame,
    codebook: Codebook,
    embedder: Embedder,
    seed: int,
    *,
    data_date: str = "",
) -> CommentClassifier:
    """Return a classifier trained on coded comments and on the examples of the codebook.

    Parameters
    ----------
    labels
        Columns ``text`` and ``codes``; if it likes ``sentiment``, ``language``, ``response_id``.
        Rows whose words repeat a row above are left out. Without sentiments, those of the shipped
        classifier are used.
    codebook
        Whose codes the labels use. Codes with fewer than five comments get no regression.
    embedder
        The encoder.
    seed
        Seed of the folds: same input, same seed, same classifier.
    data_date
        Day of the labels for the model card, such as ``2026-11-21``.

    Raises
    ------
    LabelsError
        A row cannot be used (named by its number), or there are too few.
    ModelError
        The labels have no sentiments and the shipped classifier was made with another encoder.
    """
    checked = check_labels(drop_repeats(labels), codebook)
    if len(checked) < MIN_COMMENTS:
        raise LabelsError(
            f"{len(checked)} different comments are too few to train on; {MIN_COMMENTS} are the "
            "least. Code some more."
        )
    tone_classifier = None
    if checked.tones is None:
        tone_classifier = persist.load(None)
        tone_classifier.check_embedder(embedder)
    rules = load_rules(codebook.id)
    vectors = np.asarray(embedder.embed(checked.texts))
    reader = RuleReader(codebook, rules)
    _, hits = reader.read(checked.texts)
    features, rows, extra = _build_features(checked, vectors, hits, codebook, embedder, reader)
    # One thread: sums then have one order, and waiting threads of BLAS cost a busy machine most
    # of its speed.
    with threadpool_limits(1):
        head = CodeHead(seed=seed).fit(rows, checked.truth, checked.groups, *extra)
        _lower_urgent_thresholds(head, checked, hits, codebook)
        sentiment = _fit_sentiment(head, rows, checked)
    data_hash = _hash_of(checked, codebook)
    classifier = CommentClassifier(
        codebook,
        rules,
        features,
        head,
        _rule_precision(hits, checked.truth),
        sentiment,
        Provenance(
            embedder.name,
            embedder.revision,
            embedder.n_dimensions,
            data_hash,
            data_date,
            len(checked),
            seed,
            _out_of_fold_figures(head, sentiment, checked, hits, codebook, seed),
        ),
        version="",
        tone_classifier=tone_classifier,
    )
    return replace(classifier, version=_version(classifier))


def _build_features(
    labels: Labels,
    vectors: np.ndarray,
    hits: np.ndarray,
    codebook: Codebook,
    embedder: Embedder,
    reader: RuleReader,
) -> tuple[
    CommentFeatures,
    sparse.csr_matrix,
    tuple[sparse.csr_matrix, np.ndarray] | tuple[None, None],
]:
    """Return fitted features, rows of the comments, and rows and truth of the examples."""
    examples = [
        (text, column)
        for column, code in enumerate(codebook.code_ids)
        for text in codebook[code].examples
    ]
    texts = [text for text, _ in examples]
    features = CommentFeatures().fit([*labels.texts, *texts])
    rows = features.transform(labels.texts, vectors, hits)
    if not examples:
        return features, rows, (None, None)
    truth = np.zeros((len(examples), len(codebook.code_ids)), dtype=bool)
    truth[np.arange(len(examples)), [column for _, column in examples]] = True
    _, example_hits = reader.read(texts)
    extra = features.transform(texts, np.asarray(embedder.embed(texts)), example_hits)
    return features, rows, (extra, truth)


def _lower_urgent_thresholds(
    head: CodeHead, labels: Labels, hits: np.ndarray, codebook: Codebook
) -> None:
    """Trade precision of urgent codes for recall, as far as the flags allowed."""
    folds = folds_of(labels.groups, head.n_folds, head.seed)
    for code in codebook.urgent_ids:
        column = codebook.code_ids.index(code)
        seen = (labels.truth[:, column], head.oof_probabilities_[:, column], hits[:, column])
        head.thresholds_[column] = min(head.thresholds_[column], urgent_threshold(*seen))
        for train_rows, test_rows in folds:
            lowered = urgent_threshold(*(values[train_rows] for values in seen))
            head.oof_thresholds_[test_rows, column] = np.minimum(
                head.oof_thresholds_[test_rows, column], lowered
            )


def _fit_sentiment(head: CodeHead, rows: sparse.csr_matrix, labels: Labels) -> SentimentHead | None:
    if labels.tones is None:
        return None
    model = SentimentHead(TONES, n_folds=head.n_folds, seed=head.seed)
    return model.fit(rows, head.oof_probabilities_, labels.tones, labels.groups)


def _rule_precision(hits: np.ndarray, truth: np.ndarray) -> np.ndarray:
    """Return each code's share of right rule hits, by Laplace's rule of succession."""
    precision: np.ndarray = ((hits & truth).sum(axis=0) + 1) / (hits.sum(axis=0) + 2)
    return precision


def _out_of_fold_figures(
    head: CodeHead,
    sentiment: SentimentHead | None,
    labels: Labels,
    hits: np.ndarray,
    codebook: Codebook,
    seed: int,
) -> dict[str, object]:
    """Return the figures of decisions about comments that no part of the model had seen."""
    evidence = Evidence(head.oof_probabilities_, hits, labels.languages)
    nothing_known = np.zeros(len(codebook.code_ids))
    decisions = decide(evidence, head.oof_thresholds_, nothing_known, codebook)
    tones = [Sentiment.NEUTRAL] * len(labels)
    if sentiment is not None:
        tones = [Sentiment(TONES[tone]) for tone in sentiment.oof_tones_]
    told = [
        Classification(
            codes,
            (tone_of_codes(codes, codebook) or tone) if language == Language.WELSH else tone,
        )
        for codes, tone, language in zip(decisions, tones, labels.languages, strict=True)
    ]
    return evaluate_classifications(told, labels.truth, labels.tones, codebook, seed=seed).as_dict()


def _hash_of(labels: Labels, codebook: Codebook) -> str:
    """Return SHA-256 of texts, codes, sentiments and languages."""
    digest = hashlib.sha256()
    tones = labels.tones if labels.tones is not None else np.full(len(labels), -1)
    for text, truth, tone, language in zip(
        labels.texts, labels.truth, tones, labels.languages, strict=True
    ):
        codes = [code for code, holds in zip(codebook.code_ids, truth, strict=True) if holds]
        row = json.dumps([text, codes, int(tone), language], ensure_ascii=False)
        digest.update(row.encode("utf-8", "surrogatepass") + b"\n")
    return digest.hexdigest()


def _version(classifier: CommentClassifier) -> str:
    """Return a name that changes with everything that could change a coding."""
    digest = hashlib.sha256(classifier.codebook.fingerprint.encode())
    digest.update(classifier.rules.fingerprint.encode())
    digest.update(persist.numbers_of(classifier))
    if classifier.tone_classifier is not None:
        digest.update(classifier.tone_classifier.version.encode())
    return f"{classifier.codebook.id}-{classifier.codebook.version}-{digest.hexdigest()[:10]}"


def _main() -> None:
    """Train the shipped classifier and write it with its card."""
    from feedback.embed import MiniLMEncoder

    labels = read_labels(sorted(TRAINING_FOLDER.glob("*.csv")))
    classifier = train(
        labels, load_codebook(), MiniLMEncoder(), SHIPPED_SEED, data_date=TRAINING_DATE
    )
    persist.save(classifier, persist.SHIPPED)
    figures = classifier.provenance.figures
    _log.info(
        "Wrote %s: out of fold micro F1 %s, macro F1 %s",
        classifier.version,
        figures["micro_f1"]["value"],
        figures["macro_f1"]["value"],
    )


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    logging.getLogger("sentence_transformers").setLevel(logging.WARNING)
    _main()
