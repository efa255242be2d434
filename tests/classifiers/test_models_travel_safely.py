"""A model folder loads as it was saved, or is refused with what to do."""

from __future__ import annotations

import hashlib
import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from classifiers import persist
from classifiers.classifier import CommentClassifier
from classifiers.codebook import Codebook, codebook_from_mapping
from feedback.errors import ModelError, ModelHashError
from feedback.protocols import Embedder

TEXTS = ["Error 500 on the pay page", "lovely staff, thank you", "he threatened to hurt me", "n/a"]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(persist.SHIPPED, tmp_path / "model"))


@pytest.fixture
def small_folder(small: CommentClassifier, tmp_path: Path) -> Path:
    persist.save(small, tmp_path / "small")
    return tmp_path / "small"


def rewrite_facts(folder: Path, **changes: object) -> None:
    """Change model.json the way somebody would who also mends its hash."""
    facts = json.loads((folder / "model.json").read_text(encoding="utf-8")) | changes
    facts.pop("sha256")
    content = json.dumps(facts, sort_keys=True).encode()
    facts["sha256"] = hashlib.sha256(content).hexdigest()
    (folder / "model.json").write_text(json.dumps(facts), encoding="utf-8")


def test_saved_and_loaded_it_codes_the_same(
    shipped: CommentClassifier, embedder: Embedder, tmp_path: Path
) -> None:
    persist.save(shipped, tmp_path)
    loaded = persist.load(tmp_path)
    vectors, languages = embedder.embed(TEXTS), ["en"] * len(TEXTS)
    assert loaded.classify(TEXTS, vectors, languages) == shipped.classify(TEXTS, vectors, languages)
    for name in ("model.safetensors", "model.json", "encoder.onnx"):
        assert (tmp_path / name).read_bytes() == (persist.SHIPPED / name).read_bytes()


@pytest.mark.parametrize("name", ["model.safetensors", "model.json"])
def test_a_flipped_bit_anywhere_is_refused(folder: Path, name: str) -> None:
    whole = (folder / name).read_bytes()
    for position in np.linspace(0, len(whole) - 2, 25).astype(int):
        altered = bytearray(whole)
        altered[position] ^= 1
        (folder / name).write_bytes(bytes(altered))
        with pytest.raises(ModelError):
            persist.load(folder)


def test_a_flipped_bit_of_the_encoder_is_refused(folder: Path) -> None:
    path = folder / "encoder.onnx"
    whole = bytearray(path.read_bytes())
    for position in np.linspace(0, len(whole) - 1, 4).astype(int):
        whole[position] ^= 1
        path.write_bytes(bytes(whole))
        with pytest.raises(ModelHashError, match=r"encoder\.onnx is not as it was written"):
            persist.load(folder)
        whole[position] ^= 1
    path.write_bytes(bytes(whole))
    assert persist.load(folder).tuned is not None


def test_a_missing_encoder_is_refused(folder: Path) -> None:
    (folder / "encoder.onnx").unlink()
    with pytest.raises(ModelHashError, match=r"encoder\.onnx.*Restore the folder"):
        persist.load(folder)


def test_an_altered_number_is_told_as_such(folder: Path) -> None:
    path = folder / "model.safetensors"
    path.write_bytes(path.read_bytes()[:-1] + b"\x00\x01")
    with pytest.raises(ModelHashError, match=r"not as it was written.*feedback train"):
        persist.load(folder)


def test_no_model_says_what_to_name(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="There is no classifier in"):
        persist.load(tmp_path)


def test_another_format_is_refused(folder: Path) -> None:
    rewrite_facts(folder, format=99)
    with pytest.raises(ModelError, match="another format"):
        persist.load(folder)


def test_another_codebook_is_refused(folder: Path, codebook: Codebook) -> None:
    other = replace(codebook, version=2)
    with pytest.raises(ModelError, match=r"digital_service/1 than digital_service/2.*Train it"):
        persist.load(folder, codebook=other)
    assert persist.load(folder, codebook=codebook).codebook_version == "digital_service/1"


def test_a_codebook_edited_since_is_refused(folder: Path) -> None:
    facts = json.loads((folder / "model.json").read_text(encoding="utf-8"))
    facts["codebook"]["codes"][6]["definition"] = "Something else."
    edited = codebook_from_mapping(facts["codebook"])
    rewrite_facts(folder, codebook=facts["codebook"], codebook_sha256=edited.fingerprint)
    with pytest.raises(ModelError, match="trained with another text of codebook"):
        persist.load(folder)


def test_rules_changed_since_are_refused(folder: Path) -> None:
    rewrite_facts(folder, rules_sha256="0" * 64)
    with pytest.raises(ModelError, match="rules of codebook digital_service/1 changed"):
        persist.load(folder)


class OtherEncoder:
    name, revision, n_dimensions = "other", "f" * 64, 384

    def embed(self, texts: list[str]) -> np.ndarray:
        return np.zeros((len(texts), 384), np.float32)


def test_another_encoder_is_refused(
    small_folder: Path, codebook: Codebook, embedder: Embedder
) -> None:
    with pytest.raises(ModelError, match=r"the encoder set is other \(ffffffffffff\)"):
        persist.load(small_folder, embedder=OtherEncoder())
    assert persist.load(small_folder, codebook=codebook, embedder=embedder).needs_vectors


def test_vectors_of_another_shape_are_refused(small: CommentClassifier) -> None:
    with pytest.raises(ModelError, match=r"vectors of shape \(1, 384\)"):
        small.classify(["slow"], np.zeros((1, 128), np.float32), ["en"])
    with pytest.raises(ModelError, match="2 languages"):
        small.classify(["slow"], np.zeros((1, 384), np.float32), ["en", "en"])


def test_with_an_encoder_of_its_own_any_other_will_do(shipped: CommentClassifier) -> None:
    assert not shipped.needs_vectors
    assert persist.load(embedder=OtherEncoder()).version == shipped.version
    assert shipped.embed(OtherEncoder(), TEXTS).shape == (len(TEXTS), 0)
    shapes = [(len(TEXTS), 0), (len(TEXTS), 3), (1, 384), (0,)]
    told = [shipped.classify(TEXTS, np.full(shape, 9, np.float32), ["en"] * 4) for shape in shapes]
    assert told[0] == told[1] == told[2] == told[3]
    with pytest.raises(ModelError, match="1 languages"):
        shipped.classify(TEXTS, np.empty((4, 0)), ["en"])


def test_nothing_in_a_folder_can_run_code() -> None:
    files = sorted(path.name for path in persist.SHIPPED.iterdir())
    assert files == ["MODEL_CARD.md", "encoder.onnx", "model.json", "model.safetensors"]
    assert b"\x80\x04" not in (persist.SHIPPED / "model.json").read_bytes()


def test_the_card_quotes_the_model_and_no_comment(shipped: CommentClassifier) -> None:
    card = (persist.SHIPPED / "MODEL_CARD.md").read_text(encoding="utf-8")
    made = shipped.provenance
    for fact in (shipped.version, made.data_hash, made.encoder_revision, made.data_date):
        assert fact in card
    micro = made.figures["micro_f1"]
    assert f"| Micro F1 | {micro['value']:.2f} ({micro['low']:.2f}–{micro['high']:.2f}) |" in card
