"""What a pluggable part must be able to do. Anything with the right methods fits."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Protocol, runtime_checkable

if TYPE_CHECKING:
    import numpy as np

    from feedback.redact.pseudonyms import KnownNumber, ResponseNumbers
    from feedback.schema import Classification, Language, Redaction, Span

__all__ = [
    "Classifier",
    "Embedder",
    "LanguageIdentifier",
    "NumberingRedactor",
    "Recogniser",
    "Redactor",
    "VectorCache",
]


@runtime_checkable
class Recogniser(Protocol):
    """Finds one or several kinds of personal data in a text."""

    name: str

    def find(self, text: str) -> Sequence[Span]:
        """Return spans in code points of ``text``; they may overlap."""
        ...


@runtime_checkable
class Redactor(Protocol):
    """Replaces personal data by placeholders."""

    def redact(self, text: str) -> Redaction:
        """Return the redacted text with the spans before and after."""
        ...


@runtime_checkable
class NumberingRedactor(Protocol):
    """A redactor that can give the same value the same number in all answers of a response."""

    def numbers(
        self, response_id: str, known: Iterable[KnownNumber] = ()
    ) -> ResponseNumbers | None:
        """Return the numbers of a response; None where nothing is numbered."""
        ...

    def redact(self, text: str, numbers: ResponseNumbers | None = None) -> Redaction:
        """Return the redacted text; what is numbered goes on from ``numbers``."""
        ...


@runtime_checkable
class LanguageIdentifier(Protocol):
    """Names the language of texts."""

    def identify(self, texts: Sequence[str]) -> list[Language]:
        """Return one language for each text, in order."""
        ...


@runtime_checkable
class Embedder(Protocol):
    """Turns texts into vectors."""

    @property
    def name(self) -> str:
        """What the model is called."""
        ...

    @property
    def revision(self) -> str:
        """Hash or version of its weights."""
        ...

    @property
    def n_dimensions(self) -> int:
        """Length of a vector."""
        ...

    def embed(self, texts: Sequence[str]) -> np.ndarray:
        """Return ndarray of shape (n_texts, n_dimensions), float32, unit length."""
        ...


@runtime_checkable
class VectorCache(Protocol):
    """Keeps vectors by model, revision and text hash. `feedback.store.Store` is one."""

    def get_vectors(
        self, model: str, revision: str, text_hashes: Sequence[str]
    ) -> dict[str, np.ndarray]:
        """Return the vectors known, by text hash; unknown hashes are left out."""
        ...

    def put_vectors(self, model: str, revision: str, vectors: dict[str, np.ndarray]) -> None:
        """Keep vectors by text hash; one that is there already stays as it is."""
        ...


@runtime_checkable
class Classifier(Protocol):
    """Codes comments against a codebook."""

    @property
    def version(self) -> str:
        """Name that changes with everything the classifier is made from."""
        ...

    @property
    def codebook_version(self) -> str:
        """Codebook it codes against, with its version."""
        ...

    def classify(
        self, texts: Sequence[str], vectors: np.ndarray, languages: Sequence[str]
    ) -> list[Classification]:
        """Return one classification for each text, in order.

        ``vectors`` is an ndarray of shape (n_texts, n_dimensions), float32, unit length.
        """
        ...
