"""Training: same input, same bytes; near duplicates stay together; bad labels are named by row."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import sparse

from classifiers import persist
from classifiers.classifier import CommentClassifier
from classifiers.codebook import Codebook, codebook_from_mapping
from classifiers.embedding import CodeHead, SentimentHead, best_threshold, folds_of
from classifiers.features import CommentFeatures
from classifiers.labels import (
    check_labels,
    drop_repeats,
    near_duplicate_groups,
    read_labels,
    split_development,
)
from classifiers.train import TRAINING_FOLDER, train
from feedback.errors import LabelsError, ModelError
from feedback.protocols import Embedder


def test_twice_trained_is_the_same_to_the_byte(
    small: CommentClassifier,
    few_labels: pd.DataFrame,
    codebook: Codebook,
    embedder: Embedder,
    tmp_path: Path,
) -> None:
    again = train(few_labels, codebook, embedder, 7, data_date="2026-01-01")
    persist.save(small, tmp_path / "one")
    persist.save(again, tmp_path / "two")
    names = ["MODEL_CARD.md", "model.json", "model.safetensors"]
    for folder in ("one", "two"):
        assert sorted(path.name for path in (tmp_path / folder).iterdir()) == names
    for name in names:
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()


def test_a_seed_or_a_label_more_makes_another_model(
    small: CommentClassifier, few_labels: pd.DataFrame, codebook: Codebook, embedder: Embedder
) -> None:
    fewer = train(few_labels.iloc[1:], codebook, embedder, 7)
    assert fewer.version != small.version
    assert fewer.provenance.data_hash != small.provenance.data_hash


def test_the_shipped_model_was_trained_on_what_stands_in_fixtures(
    shipped: CommentClassifier, codebook: Codebook
) -> None:
    from classifiers.train import _hash_of

    written = read_labels(sorted(TRAINING_FOLDER.glob("*.csv")))
    labels, _ = split_development(drop_repeats(written))
    checked = check_labels(labels, codebook)
    assert _hash_of(checked, codebook) == shipped.provenance.data_hash, "run make train"
    assert len(checked) == shipped.provenance.n_comments


def test_the_shipped_model_beats_guessing_by_far(shipped: CommentClassifier) -> None:
    figures = shipped.provenance.figures
    assert figures["micro_f1"]["low"] > 0.7
    assert figures["urgent_recall"]["low"] > 0.75
    assert figures["urgent_flags"]["low"] <= 0.02  # as many as its threshold may flag


def test_labels_without_sentiments_borrow_them(
    few_labels: pd.DataFrame,
    codebook: Codebook,
    embedder: Embedder,
    shipped: CommentClassifier,
    tmp_path: Path,
) -> None:
    bare = few_labels[["text", "codes"]]
    persist.save(train(bare, codebook, embedder, 7), tmp_path)
    loaded = persist.load(tmp_path)
    texts = ["lovely, thank you", "an awful error, again"]
    vectors = embedder.embed(texts)
    tones = [told.sentiment for told in loaded.classify(texts, vectors, ["en", "en"])]
    assert tones == [told.sentiment for told in shipped.classify(texts, vectors, ["en", "en"])]
    assert loaded.provenance.figures["sentiment_accuracy"] is None


def test_a_team_trains_its_own_codebook(embedder: Embedder, tmp_path: Path) -> None:
    book = codebook_from_mapping(
        {
            "id": "bins",
            "version": 1,
            "codes": [
                {"id": "late", "label": "Late", "definition": "Bins not emptied."},
                {"id": "smell", "label": "Smell", "definition": "Bins that smell."},
                {"id": "rare", "label": "Rare", "definition": "Hardly ever."},
            ],
        }
    )
    days = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]
    late = [f"my bin was not emptied on {day}, collection missed" for day in days * 2]
    smell = [f"the bins stink since {day}, a terrible smell and flies" for day in days * 2]
    texts = [f"{text} {n}" for n, text in enumerate([*late, *smell])]
    codes = ["late"] * 13 + ["late;rare"] + ["smell"] * 14
    labels = pd.DataFrame({"text": texts, "codes": codes, "sentiment": "negative"})
    labels["response_id"] = [str(n) for n in range(len(labels))]
    persist.save(train(labels, book, embedder, 1), tmp_path)
    loaded = persist.load(tmp_path)
    new = ["nobody collected our bin last week", "awful smell from the bin store"]
    told = loaded.classify(new, embedder.embed(new), ["en", "en"])
    assert [classification.codes[0].code for classification in told] == ["late", "smell"]
    assert "rare" not in {code.code for one in told for code in one.codes}


def test_near_duplicates_and_responses_never_straddle_folds() -> None:
    words = np.random.default_rng(1).permutation(
        [
            first + second
            for first in "bcdfgjklmnprstvw"
            for second in ("ap", "en", "id", "on", "ux")
        ]
    )
    texts = [" ".join(words[n : n + 8]) for n in range(0, 80, 2)]
    texts += [text.upper() + "!!" for text in texts[:20]]
    responses = ["" for _ in texts]
    responses[2] = responses[3] = "r1"
    groups = near_duplicate_groups(texts, given=responses)
    for i in range(20):
        assert groups[i] == groups[40 + i]
    assert groups[2] == groups[3]
    assert len(set(groups)) == 39
    for train_rows, test_rows in folds_of(groups, 5, 0):
        assert set(groups[train_rows]).isdisjoint(groups[test_rows])


@pytest.mark.parametrize("blank", ["", None, np.nan, pd.NA])
def test_comments_without_a_response_are_not_one_response(blank: object) -> None:
    """Files with the column beside files without it leave cells that hold nothing."""
    given = pd.Series([blank, "r1", blank, "r1", blank], dtype=object)
    assert near_duplicate_groups(["a", "b", "c", "d", "e"], given).tolist() == [0, 1, 2, 1, 4]


def test_out_of_fold_scores_come_from_a_model_that_never_saw_the_comment() -> None:
    """Labels that are pure chance can be learnt by heart, and only by heart."""
    generator = np.random.default_rng(0)
    rows = sparse.csr_matrix(generator.normal(size=(200, 400)))
    truth = generator.random((200, 1)) < 0.5
    head = CodeHead(C=100.0).fit(rows, truth, np.arange(200))
    seen = rows @ head.coef_.T + head.intercept_
    assert ((seen > 0) == truth).mean() > 0.99
    unseen = head.oof_probabilities_ >= head.oof_thresholds_
    assert (unseen == truth).mean() < 0.65


def test_calibrated_probabilities_mean_what_they_say() -> None:
    generator = np.random.default_rng(2)
    rows = generator.normal(size=(3000, 4))
    odds = 2 * rows[:, :1] - 1.5
    truth = generator.random((3000, 1)) < 1 / (1 + np.exp(-odds))
    head = CodeHead().fit(sparse.csr_matrix(rows), truth, np.arange(3000))
    found = head.predict_proba(sparse.csr_matrix(rows))[:, 0]
    for low, high in ((0.0, 0.2), (0.2, 0.5), (0.5, 0.8), (0.8, 1.0)):
        inside = (found >= low) & (found < high)
        assert truth[inside, 0].mean() == pytest.approx(found[inside].mean(), abs=0.05)


def few_of_one() -> tuple[sparse.csr_matrix, np.ndarray]:
    """Thirty comments: half with one code, four with another."""
    truth = np.zeros((30, 2), bool)
    truth[:15, 0] = True
    truth[:4, 1] = True
    return sparse.csr_matrix(np.eye(30)), truth


def test_a_code_with_too_few_examples_and_no_evidence_is_never_given() -> None:
    rows, truth = few_of_one()
    head = CodeHead().fit(rows, truth, np.arange(30))
    assert head.predict_proba(rows)[:, 1].max() < 1e-6
    assert head.predict_proba(rows)[:, 0].max() > 0.3
    assert head.coef_[1].tolist() == [0.0] * 30


def test_a_code_with_too_few_examples_is_told_by_likeness() -> None:
    rows, truth = few_of_one()
    like = np.where(truth, 0.2, -0.2) + np.random.default_rng(5).normal(0, 0.05, truth.shape)
    head = CodeHead().fit(rows, truth, np.arange(30), evidence=[like])
    found = head.predict_proba(rows, [like])[:, 1]
    assert head.weights_[1, 0] == 0
    assert found[:4].min() > 0.5 > found[4:].max()
    assert found[:4].min() >= head.thresholds_[1] > found[4:].max()


def test_the_best_threshold_is_the_best() -> None:
    generator = np.random.default_rng(3)
    truth = generator.random(200) < 0.3
    probabilities = np.clip(truth * 0.3 + generator.random(200) * 0.7, 0, 1)

    def f1(threshold: float) -> float:
        given = probabilities >= threshold
        return float(2 * (truth & given).sum() / (truth.sum() + given.sum()))

    found = f1(best_threshold(truth, probabilities))
    assert found == pytest.approx(max(f1(threshold) for threshold in probabilities))


@pytest.mark.parametrize("tones", [[0] * 20, [0] * 10 + [2] * 10])
def test_sentiments_that_never_occur_are_never_given(tones: list[int]) -> None:
    truth = np.array(tones)
    rows = sparse.csr_matrix(np.column_stack([truth, 2 - truth]).astype(float))
    head = SentimentHead(("positive", "neutral", "negative", "mixed")).fit(
        rows, np.zeros((20, 1)), truth, np.arange(20)
    )
    assert head.predict(rows, np.zeros((20, 1))).tolist() == tones


def test_words_and_letters_are_weighed_by_rarity() -> None:
    texts = ["slow slow slow", "slow page", "slow court", "crashed"]
    features = CommentFeatures().fit(texts)
    rows = features.transform(texts, np.zeros((4, 1)), np.zeros((4, 1), bool))
    words = rows[:, 1 : 1 + 2**14]
    norms = sparse.linalg.norm(words, axis=1)
    assert norms == pytest.approx(np.ones(4))
    second = np.sort(words[1].data)  # "slow", and the rarer "page" and "slow page"
    assert second[0] < second[1]
    assert second[1] == pytest.approx(second[2])
    assert second[0] / second[1] == pytest.approx((np.log(5 / 4) + 1) / (np.log(5 / 2) + 1))


BAD_LABELS = [
    ({"comment": ["slow"]}, r"no column 'text'. Columns found: comment"),
    ({"text": ["slow"]}, r"no column 'codes'"),
    ({"text": [], "codes": []}, r"have no row"),
    ({"text": ["slow", " "], "codes": ["praise", "praise"]}, r"Row 2 of the labels has no text"),
    ({"text": ["slow"], "codes": [" ; "]}, r"Row 1 of the labels has no code"),
    ({"text": ["slow"], "codes": ["slowness"]}, r"Row 1 .* not in digital_service/1"),
    (
        {"text": ["slow"], "codes": ["praise"], "sentiment": ["angry"]},
        r"Row 1 of the labels has no known sentiment",
    ),
]


@pytest.mark.parametrize(("columns", "message"), BAD_LABELS, ids=[m for _, m in BAD_LABELS])
def test_bad_labels_are_named_by_row_and_never_quoted(
    codebook: Codebook, columns: dict[str, list[str]], message: str
) -> None:
    with pytest.raises(LabelsError, match=message) as caught:
        check_labels(pd.DataFrame(columns), codebook)
    assert "slow" not in str(caught.value)


def test_too_few_comments_and_unreadable_files_are_refused(
    codebook: Codebook, embedder: Embedder, tmp_path: Path
) -> None:
    with pytest.raises(LabelsError, match="1 different comments are too few"):
        train(pd.DataFrame({"text": ["a", "A!"], "codes": "praise"}), codebook, embedder, 0)
    (tmp_path / "x.csv").write_bytes(b"text,codes\n\xff\xfe,praise\n")
    with pytest.raises(LabelsError, match="cannot be read"):
        read_labels([tmp_path / "x.csv"])
    with pytest.raises(LabelsError, match="cannot be read"):
        read_labels([tmp_path / "absent.csv"])


def test_sentiments_cannot_be_borrowed_across_encoders(
    small: CommentClassifier,
    few_labels: pd.DataFrame,
    codebook: Codebook,
    embedder: Embedder,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class Other:
        name, revision, n_dimensions = "other", "1", embedder.n_dimensions
        embed = embedder.embed

    persist.save(small, tmp_path)
    monkeypatch.setattr(persist, "SHIPPED", tmp_path)
    with pytest.raises(ModelError, match="trained on vectors of"):
        train(few_labels[["text", "codes"]], codebook, Other(), 0)
    with pytest.raises(ModelError, match="trained on vectors of"):
        train(None, codebook, Other(), 0)
