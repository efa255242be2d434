"""Comments written to teach a border are learnt from, and count for nothing else."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy import sparse

from classifiers.classifier import CommentClassifier
from classifiers.codebook import Codebook
from classifiers.embedding import CodeHead
from classifiers.labels import check_labels
from classifiers.train import train
from feedback.protocols import Embedder

N_TEXTS, N_CODES = 400, 3
IS_TARGETED = np.arange(N_TEXTS) >= 320


def head_of(
    like: np.ndarray, *, is_targeted: np.ndarray | None = IS_TARGETED, n_texts: int = N_TEXTS
) -> CodeHead:
    generator = np.random.default_rng(0)
    rows = generator.normal(size=(N_TEXTS, 20))
    truth = generator.random((N_TEXTS, N_CODES)) < 1 / (1 + np.exp(1 - 2 * rows[:, :N_CODES]))
    truth[IS_TARGETED, 0] = True  # far more than come in by themselves
    return CodeHead(seed=1).fit(
        sparse.csr_matrix(rows[:n_texts]),
        truth[:n_texts],
        np.arange(n_texts),
        evidence=[like[:n_texts]],
        is_targeted=None if is_targeted is None else is_targeted[:n_texts],
    )


def test_they_change_neither_calibration_nor_thresholds() -> None:
    like = np.random.default_rng(1).normal(size=(N_TEXTS, N_CODES))
    other = like.copy()
    other[IS_TARGETED] = 50.0
    one, two = head_of(like), head_of(other)
    counted = ~IS_TARGETED
    for name in ("weights_", "offset_", "thresholds_"):
        assert getattr(one, name).tolist() == getattr(two, name).tolist(), name
    for name in ("oof_probabilities_", "oof_thresholds_"):
        first, second = (getattr(head, name)[counted] for head in (one, two))
        assert first.tolist() == second.tolist(), name
    free = [head_of(scores, is_targeted=None) for scores in (like, other)]
    assert free[0].weights_.tolist() != free[1].weights_.tolist()
    assert free[0].thresholds_.tolist() != free[1].thresholds_.tolist()


def test_a_code_they_all_carry_is_not_taken_to_be_frequent() -> None:
    like = np.zeros((N_TEXTS, N_CODES))
    marked, unmarked = head_of(like), head_of(like, is_targeted=None)
    counted = ~IS_TARGETED
    share = marked.oof_probabilities_[counted, 0].mean()
    taken_for_usual = unmarked.oof_probabilities_[counted, 0].mean()
    without = head_of(like, n_texts=320)
    assert abs(share - without.oof_probabilities_[:, 0].mean()) < 0.02
    assert taken_for_usual > share + 0.02


def test_they_change_the_regression() -> None:
    like = np.zeros((N_TEXTS, N_CODES))
    assert not np.allclose(head_of(like).coef_, head_of(like, n_texts=320).coef_, atol=0.01)
    assert head_of(like).coef_.tolist() == head_of(like, is_targeted=None).coef_.tolist()


def test_no_figure_counts_them(
    small: CommentClassifier, few_labels: pd.DataFrame, codebook: Codebook, embedder: Embedder
) -> None:
    border = pd.DataFrame(
        {
            "text": [f"he said he would hurt me, it was day {n} and I hid" for n in range(30)],
            "codes": "safeguarding",
            "sentiment": "negative",
            "language": "en",
            "response_id": [f"border{n}" for n in range(30)],
            "targeted": "yes",
        }
    )
    both = pd.concat([few_labels, border], ignore_index=True)
    taught = train(both, codebook, embedder, 7)
    usual = few_labels["codes"].str.contains("safeguarding").sum()

    def support(classifier: CommentClassifier) -> int:
        codes = classifier.provenance.figures["codes"]
        (n,) = [code["n"] for code in codes if code["code"] == "safeguarding"]
        return int(n)

    assert taught.provenance.n_comments == small.provenance.n_comments + 30
    assert taught.provenance.figures["n_comments"] == small.provenance.figures["n_comments"]
    assert support(taught) == support(small) == usual
    column = codebook.code_ids.index("safeguarding")
    moved = np.abs(taught.head.coef_[column] - small.head.coef_[column]).max()
    assert moved > 0.01


def test_the_mark_is_read_from_the_labels(codebook: Codebook) -> None:
    frame = pd.DataFrame({"text": ["a", "b", "c"], "codes": "praise"})
    assert check_labels(frame, codebook).is_targeted.tolist() == [False] * 3
    marked = frame.assign(targeted=["yes", "", None])
    assert check_labels(marked, codebook).is_targeted.tolist() == [True, False, False]
    last = check_labels(marked, codebook).take(np.array([2, 0]))
    assert last.is_targeted.tolist() == [False, True]
