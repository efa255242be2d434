"""What is put in the place of personal data: a placeholder, a pseudonym or a mask."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from feedback.errors import SettingsError
from feedback.placeholders import MASKED
from feedback.redact.keys import key_fingerprint
from feedback.redact.pseudonyms import KnownNumber, ResponseNumbers
from feedback.redact.spans import Replacement
from feedback.schema import RedactionOperator, Span

__all__ = ["Operator"]


class Operator:
    """Chooses what stands in the place of each span.

    Parameters
    ----------
    kind
        Which of the three.
    key
        At least 32 bytes, for pseudonyms; see `feedback.redact.keys`.

    Raises
    ------
    SettingsError
        Pseudonyms without a key.
    """

    def __init__(self, kind: RedactionOperator, key: bytes | None = None) -> None:
        if kind is RedactionOperator.PSEUDONYM and key is None:
            raise SettingsError(
                "Pseudonyms need a key. Make one: feedback redact-key --out redaction.key; then "
                "set FEEDBACK_REDACTION_KEY_FILE=redaction.key."
            )
        self.kind = kind
        self._key = key if kind is RedactionOperator.PSEUDONYM else None

    def __repr__(self) -> str:
        return f"Operator({self.kind.value!r})"  # never the key

    @property
    def key_fingerprint(self) -> str:
        """A few characters that tell keys apart; empty where no key is used."""
        return key_fingerprint(self._key) if self._key is not None else ""

    def numbers(
        self, response_id: str, known: Iterable[KnownNumber] = ()
    ) -> ResponseNumbers | None:
        """Return the numbers of a response; None unless values are numbered."""
        return None if self._key is None else ResponseNumbers(self._key, response_id, known)

    def replacements(
        self, text: str, spans: Sequence[Span], numbers: ResponseNumbers | None
    ) -> list[Replacement]:
        """Return what stands for each span of ``text``; new numbers are added to ``numbers``.

        A pseudonym without a response is a plain placeholder: there is nothing to be the same in.
        """
        if self.kind is RedactionOperator.MASK:
            return [Replacement(MASKED)] * len(spans)
        if numbers is None:
            return [Replacement(span.entity.placeholder) for span in spans]
        return [numbers.replace(span.entity, text[span.start : span.end]) for span in spans]
