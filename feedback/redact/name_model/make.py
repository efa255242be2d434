"""Make the name model that is shipped: ``make train-names DATA=folder/with/the/conll/files``.

Reads the three CoNLL sets and the comments written for this toolkit, trains, exports and writes the
model beside its card. About half an hour on two processor cores; stopped, it goes on from the last
epoch. The same data, seed and machine give the same model.
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import json
import logging
import sys
from dataclasses import asdict
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Final

from feedback.embed import MINILM_SHA256, MiniLMEncoder
from feedback.errors import FeedbackError, LabelsError, MissingExtraError
from feedback.redact.name_model.corpus import Marked, read_conll, read_marked
from feedback.redact.name_model.runtime import CARD_FILE, MODEL_FILE

__all__ = ["main", "read_texts"]

CONLL_FILES: Final = ("btc_train.conll", "wnut17_train.conll", "wikigold.conll")
"""Broad Twitter Corpus, W-NUT 2017 and WikiGold, all CC BY 4.0."""

_FIXTURES: Final = Path("fixtures")
_FEEDBACK: Final = _FIXTURES / "names" / "training.txt"
_GENERAL: Final = _FIXTURES / "names" / "general.txt"
_NAMELESS: Final = (
    "training/a.csv",
    "training/b.csv",
    "comments/everyday.csv",
    "comments/stories.csv",
    "comments/anywhere.csv",
)
_COPIES: Final = {"feedback": 3, "general": 2}
"""What was written for this is little beside the tweets, and nearer to what will be read."""
_OUT: Final = Path("feedback/redact/data/name_model")


def read_texts(data: Path) -> dict[str, list[Marked]]:
    """Return the texts to learn from, by source.

    Raises
    ------
    LabelsError
        A file is missing.
    """
    paths = [data / name for name in CONLL_FILES] + [_FEEDBACK, _GENERAL]
    missing = [str(path) for path in paths if not path.is_file()]
    if missing:
        raise LabelsError(
            f"Training names needs {', '.join(missing)}. Name the folder of the CoNLL files with "
            "make train-names DATA=FOLDER and run it in the repository's root."
        )
    texts = {path.stem: read_conll(path) for path in paths[:-2]}
    texts["feedback"] = read_marked(_FEEDBACK)
    texts["general"] = read_marked(_GENERAL)
    texts["feedback without names"] = [
        Marked(text, ()) for name in _NAMELESS for text in _nameless(_FIXTURES / name)
    ]
    return texts


def _nameless(path: Path) -> list[str]:
    with path.open(encoding="utf-8", newline="") as file:
        return [row["text"] for row in csv.DictReader(file)]


def main() -> int:
    """Train, export, describe; return the exit status."""
    arguments = _arguments()
    logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stderr)
    try:
        make(arguments.data, arguments.out, arguments.state)
    except FeedbackError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    return 0


def make(data: Path, out: Path, state: Path) -> None:
    """Train on the sets in ``data`` and write the model and its card to the folder ``out``."""
    try:
        import torch

        from feedback.network_export import export_int8
        from feedback.redact.name_model.network import load_network, shorten
        from feedback.redact.name_model.train import STUDENT, TEACHER, train
    except ImportError as error:
        raise MissingExtraError(
            f"Training names needs {error.name}. Install it: pip install onnx"
        ) from None
    texts = read_texts(data)
    all_texts = [text for name, some in texts.items() for text in some * _COPIES.get(name, 1)]
    torch.manual_seed(TEACHER.seed)
    teacher = load_network(MiniLMEncoder().folder)
    train(all_texts, teacher, state / "teacher.pt", TEACHER)
    student = shorten(teacher, STUDENT.layers)
    train(all_texts, student, state / "student.pt", STUDENT, teacher)
    out.mkdir(parents=True, exist_ok=True)
    model = out / MODEL_FILE
    export_int8(student, student.encoder.config, model, is_by_piece=True)
    card = {
        "sha256": hashlib.sha256(model.read_bytes()).hexdigest(),
        "bytes": model.stat().st_size,
        "made_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "encoder_sha256": MINILM_SHA256,
        "teacher": asdict(TEACHER),
        "student": asdict(STUDENT),
        "n_texts": {name: len(some) for name, some in texts.items()},
        "versions": {name: version(name) for name in ("torch", "onnx", "onnxruntime")},
    }
    (out / CARD_FILE).write_text(json.dumps(card, indent=2) + "\n", encoding="utf-8")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder with the CoNLL files")
    parser.add_argument("--out", type=Path, default=_OUT, help="where the model goes")
    parser.add_argument(
        "--state", type=Path, default=Path("build/names"), help="folder that training is kept in"
    )
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
