"""Tune the encoder to coded comments: one network for use, one a fold to know how good it is."""

from __future__ import annotations

import hashlib
import json
import logging
import multiprocessing
import tempfile
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass
from importlib.util import find_spec
from pathlib import Path

import numpy as np

from classifiers.embedding import folds_of
from classifiers.labels import TONES, Labels
from classifiers.tuned.plan import Recipe, Tuning
from classifiers.tuned.training import Lesson, train_network
from feedback.errors import MissingExtraError
from feedback.network_export import export_int8
from feedback.network_reader import NetworkReader

__all__ = ["Tuned", "tune"]


@dataclass(frozen=True, eq=False)
class Tuned:
    """A tuned encoder, and what it says of comments it had not seen.

    ``scores`` is an ndarray of shape (n_texts, n_codes + n_tones), float32: log-odds of each
    comment by the network that was trained on the other folds.
    """

    reader: NetworkReader
    scores: np.ndarray


def tune(
    labels: Labels,
    examples: tuple[Sequence[str], np.ndarray],
    is_urgent: np.ndarray,
    tuning: Tuning,
    *,
    n_folds: int,
    seed: int,
) -> Tuned:
    """Return an encoder tuned to coded comments.

    Parameters
    ----------
    labels
        The comments.
    examples
        Texts and codes of the codebook's examples: learnt in every fold, never measured on.
    is_urgent : ndarray of shape (n_codes,), bool
        Codes that must not be missed.
    tuning
        How, and where the state is kept.
    n_folds, seed
        As of the head that will use the scores: the folds are the same.

    Raises
    ------
    MissingExtraError
        What writes the file is not installed.
    """
    if find_spec("onnx") is None:
        raise MissingExtraError("Tuning an encoder needs onnx. Install it: pip install onnx")
    everything = _lesson(labels, np.arange(len(labels)), examples, is_urgent)
    name = _name_of(everything, tuning.recipe, n_folds, seed)
    folds = folds_of(labels.groups, n_folds, seed)
    jobs = [(everything, f"{name}-all", ())] + [
        (_lesson(labels, train, examples, is_urgent), f"{name}-{number}", _take(labels.texts, test))
        for number, (train, test) in enumerate(folds)
    ]
    # Each in a process of its own: two networks on one core each are faster than one on two.
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(tuning.n_processes, mp_context=context) as processes:
        done = [
            processes.submit(_work, lesson, tuning, stem, unseen) for lesson, stem, unseen in jobs
        ]
        content, _ = done[0].result()
        scores = np.empty((len(labels), everything.truth.shape[1] + len(TONES)), np.float32)
        for (_, test), one in zip(folds, done[1:], strict=True):
            scores[test] = one.result()[1]
    return Tuned(NetworkReader(content), scores)


def _work(
    lesson: Lesson, tuning: Tuning, stem: str, unseen: Sequence[str]
) -> tuple[bytes, np.ndarray]:
    """Return the exported network and its scores of texts that it was not trained on."""
    logging.basicConfig(level=logging.WARNING, format="%(message)s")
    logging.getLogger("classifiers").setLevel(logging.INFO)
    network = train_network(lesson, tuning.recipe, tuning.state / f"{stem}.pt")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "encoder.onnx")
        export_int8(network, network.encoder.config, path, is_by_piece=False)
        content = path.read_bytes()
    return content, NetworkReader(content, n_threads=1).read(unseen)


def _lesson(
    labels: Labels,
    positions: np.ndarray,
    examples: tuple[Sequence[str], np.ndarray],
    is_urgent: np.ndarray,
) -> Lesson:
    texts, truth = examples
    tones = labels.tones if labels.tones is not None else np.full(len(labels), -1)
    return Lesson(
        (*_take(labels.texts, positions), *texts),
        np.vstack([labels.truth[positions], truth]),
        np.concatenate([tones[positions], np.full(len(texts), -1)]).astype(np.int64),
        is_urgent,
        len(TONES),
    )


def _take(texts: Sequence[str], positions: np.ndarray) -> tuple[str, ...]:
    return tuple(texts[i] for i in positions)


def _name_of(lesson: Lesson, recipe: Recipe, n_folds: int, seed: int) -> str:
    """Return a name that changes with everything that training depends on."""
    digest = hashlib.sha256(json.dumps([asdict(recipe), n_folds, seed]).encode())
    for text in lesson.texts:
        digest.update(text.encode() + b"\0")
    digest.update(np.packbits(lesson.truth).tobytes())
    digest.update(lesson.tones.tobytes())
    digest.update(lesson.is_urgent.tobytes())
    return digest.hexdigest()[:12]
