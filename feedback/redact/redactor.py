"""Find personal data and put placeholders in its place."""

from __future__ import annotations

import hashlib
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from functools import cached_property

from feedback.protocols import Recogniser
from feedback.redact.folding import Folded, fold
from feedback.redact.names import NAME_THRESHOLD
from feedback.redact.operators import Operator
from feedback.redact.pseudonyms import KnownNumber, ResponseNumbers
from feedback.redact.recognisers import build_recognisers, build_shields
from feedback.redact.spans import put_placeholders, resolve
from feedback.redact.version import rules_hash
from feedback.schema import Redaction, RedactionMode, RedactionOperator, Span

__all__ = ["TextRedactor"]

_MAX_PASSES = 6
"""A placeholder moves words nearer to each other, so a redacted text is read again; in practice the
second reading finds nothing, and this only bounds what a hostile text can cost."""


class TextRedactor:
    """Replaces personal data by placeholders such as ``[PERSON]``, by pseudonyms or by masks.

    Text in which nothing is found comes back unchanged, and a redacted text redacted again is the
    same text. Building one takes about a second; it keeps no text and may be shared by threads.

    Parameters
    ----------
    mode
        ``strict`` also takes places and organisations.
    with_names
        False leaves names of people in: structured identifiers only.
    name_threshold
        Probability (0-1) from which a word is a name: lower finds more, and more that is none.
    more
        Further recognisers, such as a team's own spaCy or Presidio pipeline.
    operator
        What is put in; ``pseudonym`` numbers the values of one response.
    key
        At least 32 bytes, for pseudonyms.

    Examples
    --------
    >>> TextRedactor().redact("Mrs Okafor, ring 020 7946 0123").text
    '[PERSON], ring [PHONE]'

    Pseudonyms are the same in all answers of a response:

    >>> redactor = TextRedactor(operator=RedactionOperator.PSEUDONYM, key=b"0" * 32)
    >>> numbers = redactor.numbers("a response")
    >>> for text in ("Mr Ian Okafor met Priya.", "Priya and Ian Okafor rang"):
    ...     redactor.redact(text, numbers).text
    '[PERSON_1] met [PERSON_2].'
    '[PERSON_2] and [PERSON_1] rang'
    """

    def __init__(
        self,
        *,
        mode: RedactionMode = RedactionMode.STANDARD,
        with_names: bool = True,
        name_threshold: float = NAME_THRESHOLD,
        more: Sequence[Recogniser] = (),
        operator: RedactionOperator = RedactionOperator.PLACEHOLDER,
        key: bytes | None = None,
    ) -> None:
        self.mode = RedactionMode(mode)
        self._operator = Operator(RedactionOperator(operator), key)
        self._with_names = with_names
        self._name_threshold = name_threshold
        self._more = tuple(more)
        self._recognisers = build_recognisers(
            mode=mode, with_names=with_names, name_threshold=name_threshold, more=more
        )
        self._shields = build_shields()

    @property
    def operator(self) -> RedactionOperator:
        """What is put in the place of personal data."""
        return self._operator.kind

    @property
    def key_fingerprint(self) -> str:
        """A few characters that tell keys of pseudonyms apart; empty for other operators."""
        return self._operator.key_fingerprint

    @cached_property
    def version(self) -> str:
        """Name that changes with whatever decides what is found: rules, lists, models, mode."""
        others = [f"{type(one).__qualname__} {getattr(one, 'version', '')}" for one in self._more]
        names = f"names from {self._name_threshold}" if self._with_names else "no names"
        parts = "\n".join([rules_hash(), names, *others])
        return f"{self.mode.value} {hashlib.sha256(parts.encode()).hexdigest()[:12]}"

    def numbers(
        self, response_id: str, known: Iterable[KnownNumber] = ()
    ) -> ResponseNumbers | None:
        """Return the numbers of a response, to redact its answers with.

        None unless the operator is ``pseudonym``.

        Parameters
        ----------
        known
            What earlier deliveries of the response brought.
        """
        return self._operator.numbers(response_id, known)

    def redact(self, text: str, numbers: ResponseNumbers | None = None) -> Redaction:
        """Return ``text`` with placeholders, where they stand, and where what they hide stood.

        Empty text gives an empty redaction.

        Parameters
        ----------
        numbers
            Of the response the text belongs to; it is added to. Without it nothing is numbered.
        """
        redacted, found, placed = text, list[Span](), list[Span]()
        trial = None
        for _ in range(_MAX_PASSES):
            spans = self._find(redacted)
            if not spans:
                break
            found = _merge(found, [_to_input(span, found, placed) for span in spans])
            # Numbers follow the order in the text, so each reading gives them anew.
            trial = None if numbers is None else numbers.copy()
            put_in = self._operator.replacements(text, found, trial)
            redacted, placed = put_placeholders(text, found, put_in)
        if numbers is not None and trial is not None:
            numbers.become(trial)
        return Redaction(redacted, tuple(placed), tuple(found))

    def _find(self, text: str) -> list[Span]:
        """Return spans of ``text`` as it stands, free of overlaps."""
        if not text or text.isspace():
            return []
        folded = fold(text)
        candidates = [find for one in self._recognisers for find in one.find(folded.text)]
        if not candidates:
            return []
        candidates += self._shields.find(folded.text)
        return [_unfold(span, folded) for span in resolve(candidates, folded.text)]


def _unfold(span: Span, folded: Folded) -> Span:
    """Return a span of folded text as one of the text it was made from."""
    start, end = folded.position(span.start), folded.position(span.end, is_end=True)
    return Span(span.entity, start, end, span.recogniser, span.score)


def _to_input(span: Span, found: Sequence[Span], placed: Sequence[Span]) -> Span:
    """Return a span of a redacted text as one of the input."""
    if not placed:
        return span
    index = bisect_right(placed, span.start, key=lambda one: one.start) - 1
    shift = found[index].end - placed[index].end if index >= 0 else 0
    return Span(span.entity, span.start + shift, span.end + shift, span.recogniser, span.score)


def _merge(old: Sequence[Span], new: Sequence[Span]) -> list[Span]:
    return sorted((*old, *new), key=lambda span: span.start)
