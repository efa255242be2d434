"""An encoder tuned to a codebook: repeatable, resumable, blind to what it is measured on."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
import torch
from sklearn.metrics import roc_auc_score

from classifiers import persist
from classifiers import train as training_of_classifiers
from classifiers.classifier import CommentClassifier
from classifiers.codebook import Codebook, codebook_from_mapping
from classifiers.labels import TONES, Labels, check_labels
from classifiers.telling import examples_of
from classifiers.train import train
from classifiers.tuned import training, tuning
from classifiers.tuned.network import CodeNetwork
from classifiers.tuned.plan import Recipe, Tuning
from classifiers.tuned.training import Lesson, train_network
from classifiers.tuned.tuning import Tuned, tune
from feedback.errors import LabelsError, MissingExtraError, ModelError
from feedback.network_export import export_int8
from feedback.network_reader import MAX_PIECES, NetworkReader, load_tokenizer
from feedback.protocols import Embedder

BOOK = codebook_from_mapping(
    {
        "id": "buses",
        "version": 1,
        "codes": [
            {"id": "late", "label": "Late", "definition": "A bus that is late or never comes."},
            {"id": "crowd", "label": "Crowded", "definition": "No seat, no room to stand."},
            {"id": "coin", "label": "Coin", "definition": "Whether a coin fell on heads."},
        ],
    }
)
RECIPE = Recipe(n_epochs=2, encoder_rate=5e-4, head_rate=5e-3, seed=5)
BY_HEART = replace(RECIPE, n_epochs=10)

PLACES = ["depot", "harbour", "college", "hill", "bridge", "market", "park", "mill", "ferry", "zoo"]
LATE = ["Waited an hour by the {}", "The {} one never came", "it left the {} ten minutes behind"]
CROWD = [
    "Stood all the way to the {}",
    "packed like a tin at the {}",
    "no seat left from the {} on",
]


def written() -> pd.DataFrame:
    """Sixty comments; of the three codes one is pure chance."""
    generator = np.random.default_rng(12)
    rows = [(text.format(place), "late") for place in PLACES for text in LATE]
    rows += [(text.format(place), "crowd") for place in PLACES for text in CROWD]
    heads = generator.random(len(rows)) < 0.5
    return pd.DataFrame(
        {
            "text": [text for text, _ in rows],
            "codes": [
                code + ";coin" * bool(head) for (_, code), head in zip(rows, heads, strict=True)
            ],
            "sentiment": ["negative", "neutral"] * 30,
        }
    )


@pytest.fixture(scope="module")
def labels() -> Labels:
    return check_labels(written(), BOOK)


@pytest.fixture(scope="module")
def lesson(labels: Labels) -> Lesson:
    return tuning._lesson(labels, np.arange(60), examples_of(BOOK), np.zeros(3, bool))


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory, embedder: Embedder) -> SimpleNamespace:
    """A classifier trained in two folds, with the encoder's own say on what it had not seen."""
    told: list[Tuned] = []

    def keep(*arguments: object, **options: object) -> Tuned:
        told.append(tune(*arguments, **options))
        return told[-1]

    patch = pytest.MonkeyPatch()
    patch.setattr(training_of_classifiers, "N_FOLDS", 2)
    patch.setattr(tuning, "tune", keep)
    state = tmp_path_factory.mktemp("state")
    classifier = train(written(), BOOK, embedder, 3, tuning=Tuning(state, BY_HEART))
    patch.undo()
    return SimpleNamespace(classifier=classifier, told=told[0], state=state)


def weights(network: CodeNetwork) -> torch.Tensor:
    return torch.cat([value.flatten().float() for value in network.state_dict().values()])


def exported(network: CodeNetwork, path: Path) -> bytes:
    export_int8(network, network.encoder.config, path, is_by_piece=False)
    return path.read_bytes()


# Training


def test_the_same_lesson_gives_the_same_bytes_in_another_process(
    made: SimpleNamespace, lesson: Lesson, tmp_path: Path
) -> None:
    """`tune` works in processes of its own; here the same is done in this one, from nothing."""
    again = train_network(lesson, BY_HEART, tmp_path / "again.pt")
    assert exported(again, tmp_path / "again.onnx") == made.told.reader.content


def test_a_stopped_training_goes_on_to_the_same_network(
    lesson: Lesson, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    straight = weights(train_network(lesson, RECIPE, tmp_path / "straight.pt"))
    batches, n_epochs = training._batches, []

    def dies_in_the_second(*arguments: object) -> Iterator[list[int]]:
        n_epochs.append(1)
        for number, batch in enumerate(batches(*arguments)):
            if len(n_epochs) == 2 and number == 1:
                raise KeyboardInterrupt
            yield batch

    monkeypatch.setattr(training, "_batches", dies_in_the_second)
    with pytest.raises(KeyboardInterrupt):
        train_network(lesson, RECIPE, tmp_path / "stopped.pt")
    assert len(n_epochs) == 2
    resumed = train_network(lesson, RECIPE, tmp_path / "stopped.pt")
    assert len(n_epochs) == 3  # the first epoch was not done again
    assert torch.equal(weights(resumed), straight)
    finished = train_network(lesson, RECIPE, tmp_path / "stopped.pt")
    assert len(n_epochs) == 3
    assert torch.equal(weights(finished), straight)


def test_a_kill_while_the_state_is_written_leaves_the_state_before(
    lesson: Lesson, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    state, save, kept = tmp_path / "state.pt", torch.save, []

    def dies_at_the_second(content: object, path: Path) -> None:
        if kept:
            path.write_bytes(b"half")
            raise KeyboardInterrupt
        save(content, path)
        kept.append(path.read_bytes())

    monkeypatch.setattr(torch, "save", dies_at_the_second)
    with pytest.raises(KeyboardInterrupt):
        train_network(lesson, RECIPE, state)
    assert state.read_bytes() == kept[0]


def test_a_state_is_named_by_all_that_training_depends_on(lesson: Lesson) -> None:
    other_truth, other_tones = lesson.truth.copy(), lesson.tones.copy()
    other_truth[0, 0] ^= True
    other_tones[0] += 1
    names = [
        tuning._name_of(lesson, RECIPE, 4, 0),
        tuning._name_of(replace(lesson, texts=("A", *lesson.texts[1:])), RECIPE, 4, 0),
        tuning._name_of(replace(lesson, truth=other_truth), RECIPE, 4, 0),
        tuning._name_of(replace(lesson, tones=other_tones), RECIPE, 4, 0),
        tuning._name_of(replace(lesson, is_urgent=np.array([True, False, False])), RECIPE, 4, 0),
        tuning._name_of(lesson, replace(RECIPE, tone_share=0.4), 4, 0),
        tuning._name_of(lesson, RECIPE, 5, 0),
        tuning._name_of(lesson, RECIPE, 4, 1),
    ]
    assert len(set(names)) == len(names)
    assert tuning._name_of(replace(lesson), RECIPE, 4, 0) == names[0]


def test_a_missed_urgent_code_costs_more(lesson: Lesson) -> None:
    scores = torch.zeros((2, 3 + len(TONES)))
    truth = torch.tensor([[1.0, 0, 0], [0, 0, 0]])
    tones = torch.tensor([-1, -1])
    usual, urgent = (
        training._loss(scores, truth, tones, torch.tensor([weight, 1.0, 1.0]), 0.5).item()
        for weight in (1.0, 2.0)
    )
    assert usual == pytest.approx(3 * np.log(2))
    assert urgent - usual == pytest.approx(np.log(2) / 2)
    told = training._loss(scores, truth, torch.tensor([2, -1]), torch.ones(3), 0.5).item()
    assert told - usual == pytest.approx(0.5 * np.log(len(TONES)))


def test_batches_hold_every_text_once_and_differ_by_epoch() -> None:
    pieces = [[1] * (n % 17 + 1) for n in range(700)]
    one, same, other = (training._batches(pieces, seed) for seed in (1, 1, 2))
    assert sorted(i for batch in one for i in batch) == list(range(700))
    assert one == same != other


# What is not seen


def test_out_of_fold_scores_come_from_networks_that_never_saw_the_comment(
    made: SimpleNamespace, labels: Labels
) -> None:
    """What is pure chance can be learnt by heart, and only by heart."""
    coin = labels.truth[:, 2]
    seen = made.told.reader.read(labels.texts)
    assert roc_auc_score(coin, seen[:, 2]) > 0.9
    assert 0.25 < roc_auc_score(coin, made.told.scores[:, 2]) < 0.75
    for column in (0, 1):
        assert roc_auc_score(labels.truth[:, column], made.told.scores[:, column]) > 0.9


def test_the_head_calibrates_what_was_not_seen(made: SimpleNamespace, labels: Labels) -> None:
    head = made.classifier.head
    assert head.weights_.shape == (3, 2)
    assert head.weights_.min() >= 0
    coin = head.oof_probabilities_[:, 2]
    assert coin.mean() == pytest.approx(labels.truth[:, 2].mean(), abs=0.15)
    figures = {code["code"]: code["f1"] for code in made.classifier.provenance.figures["codes"]}
    assert figures["late"]["value"] > 0.85


# Reading


TEXTS = [
    "Waited an hour",
    "packed",
    "the driver was kind but there was no seat from the zoo on, " * 6,
    "",
    "Bws yn hwyr eto",
    "😀",
    "x",
]


def test_neither_company_nor_threads_change_a_score(made: SimpleNamespace) -> None:
    content = made.told.reader.content
    one = NetworkReader(content, n_threads=1).read(TEXTS)
    assert one.shape == (len(TEXTS), 3 + len(TONES))
    assert one.dtype == np.float32
    for n_threads in (2, 5, 16):
        assert np.array_equal(NetworkReader(content, n_threads=n_threads).read(TEXTS), one)
    order = np.random.default_rng(0).permutation(len(TEXTS))
    reader = NetworkReader(content)
    assert np.array_equal(reader.read([TEXTS[i] for i in order]), one[order])
    for text, row in zip(TEXTS, one, strict=True):
        assert np.array_equal(reader.read([text])[0], row)
    assert len({row.tobytes() for row in one}) == len(TEXTS)


def test_no_text_has_no_scores(made: SimpleNamespace) -> None:
    assert made.told.reader.read([]).shape == (0, 3 + len(TONES))
    assert made.classifier.classify([], np.empty((0, 0)), []) == []


def test_a_long_text_is_read_as_far_as_it_may_be(made: SimpleNamespace) -> None:
    long, longer, shorter = ("late " * n for n in (MAX_PIECES, 4 * MAX_PIECES, MAX_PIECES - 60))
    assert len(load_tokenizer().encode(longer).ids) == MAX_PIECES
    read = made.told.reader.read([long, longer, shorter, longer + " packed, no seat"])
    assert np.isfinite(read).all()
    assert np.array_equal(read[0], read[1])
    assert np.array_equal(read[1], read[3])
    assert not np.array_equal(read[0], read[2])


def test_the_file_scores_as_the_network_does(
    made: SimpleNamespace, lesson: Lesson, labels: Labels
) -> None:
    """Eight bits change a score by little: the same codes come first."""
    (state,) = made.state.glob("*-all.pt")
    network = train_network(lesson, BY_HEART, state)
    pieces = training._pieces(labels.texts)
    with torch.no_grad():
        whole = network(*training._to_tensors(pieces)).numpy()
    small = made.told.reader.read(labels.texts)
    assert np.corrcoef(whole[:, :3].ravel(), small[:, :3].ravel())[0, 1] > 0.98
    assert ((whole[:, :3] > 0) == (small[:, :3] > 0)).mean() > 0.95


# The classifier that carries it


def test_vectors_are_not_looked_at_and_languages_are_counted(
    made: SimpleNamespace, embedder: Embedder
) -> None:
    classifier: CommentClassifier = made.classifier
    assert not classifier.needs_vectors
    assert classifier.embed(embedder, ["a", "b"]).shape == (2, 0)
    texts = ["it never came", "no room to stand"]
    shapes = [(2, 0), (2, 384), (1, 7), (0,)]
    told = [classifier.classify(texts, np.full(shape, np.nan), ["en"] * 2) for shape in shapes]
    assert all(one == told[0] for one in told)
    assert [one.codes[0].code for one in told[0]] == ["late", "crowd"]
    with pytest.raises(ModelError, match="3 languages"):
        classifier.classify(texts, np.empty((2, 0)), ["en"] * 3)


def test_it_travels_with_its_encoder(made: SimpleNamespace, tmp_path: Path) -> None:
    classifier: CommentClassifier = made.classifier
    persist.save(classifier, tmp_path)
    assert (tmp_path / "encoder.onnx").read_bytes() == made.told.reader.content
    loaded = persist.load(tmp_path)
    assert loaded.version == classifier.version
    nothing = np.empty((len(TEXTS), 0))
    languages = ["en"] * len(TEXTS)
    assert loaded.classify(TEXTS, nothing, languages) == classifier.classify(
        TEXTS, nothing, languages
    )
    other = replace(classifier, tuned=NetworkReader(made.told.reader.content + b"\0"))
    assert training_of_classifiers._version(other) != classifier.version


def test_without_what_writes_the_file_it_says_what_to_install(
    labels: Labels, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tuning, "find_spec", {"onnx": None}.__getitem__)
    with pytest.raises(MissingExtraError, match=r"needs onnx.*pip install onnx"):
        tune(labels, examples_of(BOOK), np.zeros(3, bool), Tuning(tmp_path), n_folds=2, seed=0)
    assert list(tmp_path.iterdir()) == []


def test_too_few_comments_are_refused_before_anything_is_tuned(
    embedder: Embedder, tmp_path: Path
) -> None:
    with pytest.raises(LabelsError, match="5 different comments are too few"):
        train(written().head(5), BOOK, embedder, 0, tuning=Tuning(tmp_path))
    assert list(tmp_path.iterdir()) == []


def test_the_shipped_one_carries_an_encoder(shipped: CommentClassifier, codebook: Codebook) -> None:
    assert shipped.tuned is not None
    assert shipped.prototypes is None
    assert shipped.tuned.read(["slow"]).shape == (1, len(codebook.code_ids) + len(TONES))
