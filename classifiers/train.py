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
from classifiers.labels import (
    TONES,
    Labels,
    check_labels,
    drop_repeats,
    read_labels,
    split_development,
)
from classifiers.likeness import prototypes
from classifiers.rule_tables import load_rules
from classifiers.telling import Told, examples_of, tell
from feedback.errors import LabelsError
from feedback.schema import Classification, Language, Sentiment

if TYPE_CHECKING:
    from scipy import sparse

    from classifiers.tuned.plan import Tuning
    from feedback.protocols import Embedder

__all__ = ["MIN_COMMENTS", "train"]

MIN_COMMENTS = 20
"""Fewer cannot be split into folds that mean anything."""

TRAINING_FOLDER = Path(__file__).parent.parent / "fixtures" / "training"
TRAINING_DATE = "2026-11-22"
"""Day on which the training comments last changed: raise it with them."""

STATE_FOLDER = Path("build") / "codes"
"""Where tuning keeps its state, so that it goes on after it was stopped."""

SHIPPED_SEED = 20260401

N_FOLDS = 4
"""Each fold costs the tuning of an encoder."""

_log = logging.getLogger(__name__)


def train(
    labels: pd.DataFrame | None,
    codebook: Codebook,
    embedder: Embedder,
    seed: int,
    *,
    data_date: str = "",
    tuning: Tuning | None = None,
) -> CommentClassifier:
    """Return a classifier trained on coded comments and on the words of the codebook.

    Parameters
    ----------
    labels
        Columns ``text`` and ``codes``; if it likes ``sentiment``, ``language``, ``response_id``.
        Rows whose words repeat a row above are left out. Without sentiments, those of the shipped
        classifier are used. None: the codebook's words are all there is.
    codebook
        Whose codes the labels use. Codes with fewer than five comments get no regression; their
        likeness to the codebook speaks for them.
    embedder
        The encoder.
    seed
        Seed of the folds: same input, same seed, same classifier.
    data_date
        Day of the labels for the model card, such as ``2026-11-21``.
    tuning
        If given, an encoder is tuned to the labels, which takes minutes for each thousand of them.

    Raises
    ------
    LabelsError
        A row cannot be used (named by its number), or there are too few.
    ModelError
        The labels have no sentiments and the shipped classifier was made with another encoder.
    """
    if labels is None:
        return _untaught(codebook, embedder, seed)
    checked = check_labels(drop_repeats(labels), codebook)
    if len(checked) < MIN_COMMENTS:
        raise LabelsError(
            f"{len(checked)} different comments are too few to train on; {MIN_COMMENTS} are the "
            "least. Code some more, or train without labels, from the codebook alone."
        )
    tone_classifier = _lender_of_tones(embedder) if checked.tones is None else None
    rules = load_rules(codebook.id)
    reader = RuleReader(codebook, rules)
    _, hits = reader.read(checked.texts)
    examples = examples_of(codebook)
    told = tell(checked, codebook, embedder, examples, tuning, n_folds=N_FOLDS, seed=seed)
    features, rows, extra = _build_features(checked, told, hits, examples, reader)
    # One thread: sums then have one order, and waiting threads of BLAS cost a busy machine most
    # of its speed.
    with threadpool_limits(1):
        head = CodeHead(n_folds=N_FOLDS, seed=seed).fit(
            rows,
            checked.truth,
            checked.groups,
            evidence=[told.codes],
            extra=extra,
            is_targeted=checked.is_targeted,
        )
        _lower_urgent_thresholds(head, checked, hits, codebook)
        sentiment = _fit_sentiment(head, rows, checked, told.tones)
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
            told.vectors.shape[1],
            _hash_of(checked, codebook),
            data_date,
            len(checked),
            seed,
            _out_of_fold_figures(
                head, sentiment, checked, hits, codebook, seed, knows_welsh=told.tuned is not None
            ),
        ),
        version="",
        prototypes=told.prototypes,
        tuned=told.tuned,
        tone_classifier=tone_classifier,
    )
    return replace(classifier, version=_version(classifier))


def _untaught(codebook: Codebook, embedder: Embedder, seed: int) -> CommentClassifier:
    """Return a classifier that knows the words of the codebook, and no coded comment."""
    rules = load_rules(codebook.id)
    known = prototypes(codebook, embedder)
    features = CommentFeatures().fit([codebook[code].definition for code in codebook.code_ids])
    n_codes = len(codebook.code_ids)
    head = CodeHead(n_folds=N_FOLDS, seed=seed).start(n_codes, features.n_columns(known, n_codes))
    classifier = CommentClassifier(
        codebook,
        rules,
        features,
        head,
        np.full(n_codes, 0.5),
        None,
        Provenance(embedder.name, embedder.revision, known.shape[1], "", "", 0, seed, {}),
        version="",
        prototypes=known,
        tone_classifier=_lender_of_tones(embedder),
    )
    return replace(classifier, version=_version(classifier))


def _lender_of_tones(embedder: Embedder) -> CommentClassifier:
    lender = persist.load(None)
    lender.check_embedder(embedder)
    return lender


def _build_features(
    labels: Labels,
    told: Told,
    hits: np.ndarray,
    examples: tuple[list[str], np.ndarray],
    reader: RuleReader,
) -> tuple[CommentFeatures, sparse.csr_matrix, tuple[sparse.csr_matrix, np.ndarray] | None]:
    """Return fitted features, rows of the comments, and rows and truth of the examples."""
    texts, truth = examples
    features = CommentFeatures().fit([*labels.texts, *texts])
    rows = features.transform(labels.texts, told.vectors, hits)
    if not texts:
        return features, rows, None
    _, example_hits = reader.read(texts)
    return features, rows, (features.transform(texts, told.example_vectors, example_hits), truth)


def _lower_urgent_thresholds(
    head: CodeHead, labels: Labels, hits: np.ndarray, codebook: Codebook
) -> None:
    """Trade precision of urgent codes for recall, as far as the flags allowed."""
    folds = folds_of(labels.groups, head.n_folds, head.seed)
    for code in codebook.urgent_ids:
        column = codebook.code_ids.index(code)
        seen = (labels.truth[:, column], head.oof_probabilities_[:, column], hits[:, column])
        counts = ~labels.is_targeted
        lowered = urgent_threshold(*(values[counts] for values in seen))
        head.thresholds_[column] = min(head.thresholds_[column], lowered)
        for train_rows, test_rows in folds:
            counted = train_rows[counts[train_rows]]
            lowered = urgent_threshold(*(values[counted] for values in seen))
            head.oof_thresholds_[test_rows, column] = np.minimum(
                head.oof_thresholds_[test_rows, column], lowered
            )


def _fit_sentiment(
    head: CodeHead, rows: sparse.csr_matrix, labels: Labels, tone_scores: np.ndarray
) -> SentimentHead | None:
    if labels.tones is None:
        return None
    model = SentimentHead(TONES, n_folds=head.n_folds, seed=head.seed)
    beside = np.hstack([head.oof_probabilities_, tone_scores])
    return model.fit(rows, beside, labels.tones, labels.groups)


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
    *,
    knows_welsh: bool,
) -> dict[str, object]:
    """Return the figures of decisions about comments that no part of the model had seen."""
    counted = np.flatnonzero(~labels.is_targeted)
    some = labels.take(counted)
    evidence = Evidence(
        head.oof_probabilities_[counted], hits[counted], some.languages, knows_welsh=knows_welsh
    )
    nothing_known = np.zeros(len(codebook.code_ids))
    decisions = decide(evidence, head.oof_thresholds_[counted], nothing_known, codebook)
    tones = [Sentiment.NEUTRAL] * len(some)
    if sentiment is not None:
        tones = [Sentiment(TONES[tone]) for tone in sentiment.oof_tones_[counted]]
    told = [
        Classification(
            codes,
            (tone_of_codes(codes, codebook) or tone) if language == Language.WELSH else tone,
        )
        for codes, tone, language in zip(decisions, tones, some.languages, strict=True)
    ]
    return evaluate_classifications(
        told,
        some.truth,
        some.tones,
        codebook,
        groups=some.groups,
        probabilities=head.oof_probabilities_[counted],
        seed=seed,
    ).as_dict()


def _hash_of(labels: Labels, codebook: Codebook) -> str:
    """Return SHA-256 of all that is learnt from."""
    digest = hashlib.sha256()
    tones = labels.tones if labels.tones is not None else np.full(len(labels), -1)
    for text, truth, tone, language, is_targeted in zip(
        labels.texts, labels.truth, tones, labels.languages, labels.is_targeted, strict=True
    ):
        codes = [code for code, holds in zip(codebook.code_ids, truth, strict=True) if holds]
        row = [text, codes, int(tone), language, bool(is_targeted)]
        line = json.dumps(row, ensure_ascii=False)
        digest.update(line.encode("utf-8", "surrogatepass") + b"\n")
    return digest.hexdigest()


def _version(classifier: CommentClassifier) -> str:
    """Return a name that changes with everything that could change a coding."""
    digest = hashlib.sha256(classifier.codebook.fingerprint.encode())
    digest.update(classifier.rules.fingerprint.encode())
    digest.update(persist.numbers_of(classifier))
    if classifier.tuned is not None:
        digest.update(classifier.tuned.content)
    if classifier.tone_classifier is not None:
        digest.update(classifier.tone_classifier.version.encode())
    return f"{classifier.codebook.id}-{classifier.codebook.version}-{digest.hexdigest()[:10]}"


def _main() -> None:
    """Train the shipped classifier and write it with its card."""
    from classifiers.tuned.plan import Tuning
    from feedback.embed import MiniLMEncoder

    labels, _ = split_development(drop_repeats(read_labels(sorted(TRAINING_FOLDER.glob("*.csv")))))
    classifier = train(
        labels,
        load_codebook(),
        MiniLMEncoder(),
        SHIPPED_SEED,
        data_date=TRAINING_DATE,
        tuning=Tuning(STATE_FOLDER),
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
