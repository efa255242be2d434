"""The fast encoder is near the original, minds no company, and is refused when it was altered."""

from pathlib import Path

import numpy as np
import pytest

from app import wiring
from app.encoder import describe_encoder, sample_texts
from feedback import fast_encoder
from feedback.embed import CachedEmbedder, MiniLMEncoder
from feedback.errors import ModelError, ModelHashError
from feedback.fast_encoder import FastEncoder, make_fast_encoder
from feedback.network_reader import MAX_PIECES
from feedback.protocols import Embedder
from feedback.settings import Settings
from tests.fakes import DictVectorCache

COMMENTS = [
    "The upload page froze at 99% and then lost my photos of the tenancy agreement",
    "slow",
    "Mae'r dudalen talu yn dal i ddweud bod fy ngherdyn wedi'i wrthod",
    "I HAVE PAID TWICE AND NOBODY ANSWERS THE PHONE",
    "thank you, very easy to use",
    "wher do i put the case numbr it says invalid format evry time",
    "My mother died in March and probate is still stuck on the same step. I cannot sell her "
    "house, I cannot close her account, and each time I ring I am told to wait another week.",
    "",
    "👍",
    "could not sign in on my iphone",
    "the hearing was moved and the letter came after",
    "[PERSON] at the counter helped me fill in the form",
    "late " * 400,
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A fast encoder made for these tests, from few texts to be quick."""
    folder = tmp_path_factory.mktemp("encoder")
    make_fast_encoder(sample_texts()[:160], folder)
    return folder


@pytest.fixture(scope="module")
def fast(folder: Path) -> FastEncoder:
    return FastEncoder(folder)


def test_its_vectors_are_near_those_of_the_original(fast: FastEncoder) -> None:
    found, expected = fast.embed(COMMENTS), MiniLMEncoder().embed(COMMENTS)
    cosines = (found * expected).sum(axis=1)
    assert cosines.mean() >= 0.99
    assert cosines.min() >= 0.95
    np.testing.assert_allclose(np.linalg.norm(found, axis=1), 1.0, atol=1e-5)
    assert found.dtype == np.float32
    assert fast.facts["mean_cosine"] >= fast_encoder.LEAST_COSINE


def test_neither_order_nor_company_changes_a_vector(fast: FastEncoder) -> None:
    together = fast.embed(COMMENTS)
    alone = np.concatenate([fast.embed([text]) for text in COMMENTS])
    np.testing.assert_array_equal(together, alone)
    # As many texts of one length as are computed together, and one more.
    crowd = [f"the page {word} late" for word in ("is", "was", "came", "loads")] * 20
    np.testing.assert_array_equal(fast.embed([*crowd, *COMMENTS])[-len(COMMENTS) :], alone)
    order = np.random.default_rng(3).permutation(len(COMMENTS))
    shuffled = fast.embed([COMMENTS[i] for i in order])
    np.testing.assert_array_equal(shuffled, together[order])


def test_a_long_text_is_read_as_far_as_the_original_reads_it(fast: FastEncoder) -> None:
    long, longer = "late " * MAX_PIECES, "late " * MAX_PIECES + "the photograph was rejected"
    assert np.array_equal(*fast.embed([long, longer]))
    assert fast.embed([]).shape == (0, fast.n_dimensions)


def test_vectors_of_the_two_paths_are_kept_apart(fast: FastEncoder) -> None:
    cache = DictVectorCache()
    original = MiniLMEncoder()
    kept = [CachedEmbedder(encoder, cache).embed(["slow page"]) for encoder in (original, fast)]
    assert not np.array_equal(*kept)
    assert np.array_equal(CachedEmbedder(original, cache).embed(["slow page"]), kept[0])


def test_an_altered_file_is_refused(folder: Path, tmp_path: Path) -> None:
    for name in ("minilm.json", "minilm.onnx"):
        (tmp_path / name).write_bytes((folder / name).read_bytes())
    with (tmp_path / "minilm.onnx").open("r+b") as file:
        file.seek(30_000_000)
        file.write(b"\xff\xff")
    with pytest.raises(ModelHashError, match="feedback encoder --export"):
        FastEncoder(tmp_path).embed(["slow"])
    (tmp_path / "minilm.onnx").unlink()
    with pytest.raises(ModelError, match=r"cannot be read.*feedback encoder --export"):
        FastEncoder(tmp_path).check()
    (tmp_path / "minilm.json").write_text("{")
    with pytest.raises(ModelError, match="feedback encoder --export"):
        assert FastEncoder(tmp_path).is_made


def test_one_that_strays_too_far_is_not_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fast_encoder, "LEAST_COSINE", 0.99999)
    with pytest.raises(ModelError, match=r"mean cosine of 0\.99\d+ .* The original goes on"):
        make_fast_encoder(sample_texts()[:20], tmp_path / "new")
    assert not list((tmp_path / "new").iterdir())


def test_the_original_is_used_where_the_fast_one_was_not_made_or_not_wanted(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def encoder(**settings: object) -> Embedder:
        return wiring.make_embedder(Settings(**settings))  # type: ignore[arg-type]

    monkeypatch.setattr(fast_encoder, "fast_encoder_folder", lambda: folder)
    assert isinstance(encoder(), FastEncoder)
    assert describe_encoder(Settings())["path"] == "fast"
    assert isinstance(encoder(fast_encoder=False), MiniLMEncoder)
    assert isinstance(encoder(encoder=str(tmp_path)), MiniLMEncoder)
    monkeypatch.setattr(fast_encoder, "MINILM_SHA256", "0" * 64)  # a later version's weights
    assert isinstance(encoder(), MiniLMEncoder)
    monkeypatch.setattr(fast_encoder, "fast_encoder_folder", lambda: tmp_path)
    assert isinstance(encoder(), MiniLMEncoder)
    assert describe_encoder(Settings())["path"] == "reference"
