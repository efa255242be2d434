"""MiniLM on ONNX Runtime with 8-bit weights: vectors within a cosine of .99, three times as fast.

The file is made once, when the toolkit is set up, from the weights whose hash was checked, and
lies in the Python environment beside them. Where it is not there, `feedback.embed.MiniLMEncoder`
does the work.
"""

from __future__ import annotations

import hashlib
import json
import os
import sysconfig
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import Any, Final

import numpy as np

from feedback.embed import MINILM_DIMENSIONS, MINILM_PACKAGE, MINILM_SHA256, MiniLMEncoder
from feedback.errors import MissingExtraError, ModelError, ModelHashError
from feedback.network_reader import NetworkReader, load_tokenizer

__all__ = ["LEAST_COSINE", "FastEncoder", "fast_encoder_folder", "make_fast_encoder"]

LEAST_COSINE: Final = 0.99
"""Mean cosine to the original's vectors under which no file is made."""

RECIPE: Final = "int8-1"
"""Changes with everything that makes the file; see `feedback.network_ranges`."""

BATCH_TEXTS: Final = 32
_NETWORK: Final = "minilm.onnx"
_FACTS: Final = "minilm.json"
_MEND: Final = "Make it again with: feedback encoder --export"


def fast_encoder_folder() -> Path:
    """Return where the fast encoder of this Python environment lies."""
    return Path(sysconfig.get_path("data"), "share", "feedback-toolkit", f"encoder-{RECIPE}")


class FastEncoder:
    """The encoder that `make_fast_encoder` made, loaded at the first text.

    A text's vector is the same to the last digit, alone and beside any other texts.

    Parameters
    ----------
    folder
        Where it lies.

    Examples
    --------
    >>> encoder = FastEncoder()
    >>> if encoder.is_made:
    ...     one, same, other = encoder.embed(["the page is slow", "the site is slow", "thank you"])
    ...     assert one @ same > one @ other
    """

    name = MINILM_PACKAGE
    revision = f"{RECIPE}-{MINILM_SHA256[:32]}"
    n_dimensions = MINILM_DIMENSIONS

    def __init__(self, folder: Path | None = None) -> None:
        self.folder = folder or fast_encoder_folder()

    @property
    def is_made(self) -> bool:
        """Whether it was made for the weights of this version."""
        return (self.folder / _FACTS).is_file() and self.facts["weights"] == MINILM_SHA256

    @cached_property
    def facts(self) -> dict[str, Any]:
        """What is known of the file: its hash, that of the weights, cosines to the original.

        Raises
        ------
        ModelError
            It cannot be read.
        """
        try:
            facts: dict[str, Any] = json.loads((self.folder / _FACTS).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            raise ModelError(f"The fast encoder in {self.folder} cannot be read. {_MEND}") from None
        return facts

    def check(self) -> None:
        """Check the file without loading it.

        Raises
        ------
        ModelError
            It cannot be read.
        ModelHashError
            It is not the file that was made.
        """
        self._content()

    def embed(self, texts: Sequence[str]) -> np.ndarray:
        """Return ndarray of shape (n_texts, n_dimensions), float32, unit length.

        An empty text has a vector, too; equal texts have equal ones.
        """
        if not len(texts):
            return np.empty((0, self.n_dimensions), dtype=np.float32)
        return self._reader.read(texts)

    @cached_property
    def _reader(self) -> NetworkReader:
        return NetworkReader(self._content(), batch_texts=BATCH_TEXTS)

    def _content(self) -> bytes:
        try:
            content = (self.folder / _NETWORK).read_bytes()
        except OSError as error:
            raise ModelError(
                f"{self.folder / _NETWORK} cannot be read ({error.strerror}). {_MEND}"
            ) from None
        if hashlib.sha256(content).hexdigest() != self.facts["sha256"]:
            raise ModelHashError(f"{self.folder / _NETWORK} is not the file that was made. {_MEND}")
        return content


def make_fast_encoder(texts: Sequence[str], folder: Path | None = None) -> dict[str, Any]:
    """Make the fast encoder, and return its facts.

    Parameters
    ----------
    texts
        Some hundreds like those it will read. Half of them set its scales, it is checked on the
        others.
    folder
        Where to put it; that of this Python environment without it.

    Raises
    ------
    MissingExtraError
        The package onnx is not installed.
    ModelError
        The weights are not the ones expected, or its vectors are too far from the original's: then
        nothing is written.
    """
    folder = folder or fast_encoder_folder()
    original = MiniLMEncoder()
    original.check()
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / _NETWORK
    partial = folder / f".{_NETWORK}.{os.getpid()}"
    try:
        _export(original.folder, texts[::2], partial)
        content = partial.read_bytes()
        cosines = _cosines(content, original, texts[1::2])
        if cosines.mean() < LEAST_COSINE:
            raise ModelError(
                f"The fast encoder's vectors have a mean cosine of {cosines.mean():.4f} to the "
                f"original's, and {LEAST_COSINE} is asked for. The original goes on being used."
            )
        facts = {
            "weights": MINILM_SHA256,
            "sha256": hashlib.sha256(content).hexdigest(),
            "mean_cosine": round(float(cosines.mean()), 4),
            "least_cosine": round(float(cosines.min()), 4),
            "n_checked": len(cosines),
        }
        os.replace(partial, path)
    finally:
        partial.unlink(missing_ok=True)
    (folder / _FACTS).write_text(json.dumps(facts, indent=2) + "\n", encoding="utf-8")
    return facts


def _export(weights: Path, texts: Sequence[str], path: Path) -> None:
    try:
        import onnx  # noqa: F401 - said here in words, rather than by a library later on
    except ImportError:
        raise MissingExtraError(
            "The package onnx is not installed. Install it with: pip install onnx"
        ) from None
    from transformers import BertModel
    from transformers.utils import logging

    from feedback.mean_network import MeanNetwork
    from feedback.network_ranges import export_fixed_int8

    logging.set_verbosity_error()  # type: ignore[no-untyped-call]
    logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    encoder = BertModel.from_pretrained(
        str(weights), add_pooling_layer=False, attn_implementation="eager"
    )
    pieces = [encoding.ids for encoding in load_tokenizer().encode_batch(list(texts))]
    export_fixed_int8(MeanNetwork(encoder), encoder.config, path, pieces)


def _cosines(content: bytes, original: MiniLMEncoder, texts: Sequence[str]) -> np.ndarray:
    fast = NetworkReader(content, batch_texts=BATCH_TEXTS).read(texts)
    cosines: np.ndarray = np.einsum("ij,ij->i", fast, original.embed(texts))
    return cosines
