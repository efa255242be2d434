"""Find personal data and put placeholders in its place."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence

from feedback.protocols import Recogniser
from feedback.redact.folding import Folded, fold
from feedback.redact.recognisers import build_recognisers
from feedback.redact.spans import put_placeholders, resolve
from feedback.schema import Redaction, RedactionMode, Span

__all__ = ["TextRedactor"]

_MAX_PASSES = 6
"""A placeholder moves words nearer to each other, so a redacted text is read again; in practice the
second reading finds nothing, and this only bounds what a hostile text can cost."""


class TextRedactor:
    """Replaces personal data by typed placeholders such as ``[PERSON]``.

    Text in which nothing is found comes back unchanged, and a redacted text redacted again is the
    same text. Building one takes about a second; it keeps no text and may be shared by threads.

    Parameters
    ----------
    mode
        ``strict`` also takes places and organisations.
    with_names
        False leaves names of people in: structured identifiers only.
    more
        Further recognisers, such as a team's own spaCy or Presidio pipeline.

    Examples
    --------
    >>> TextRedactor().redact("Mrs Okafor, ring 020 7946 0123").text
    '[PERSON], ring [PHONE]'
    """

    def __init__(
        self,
        *,
        mode: RedactionMode = RedactionMode.STANDARD,
        with_names: bool = True,
        more: Sequence[Recogniser] = (),
    ) -> None:
        self._recognisers = build_recognisers(mode=mode, with_names=with_names, more=more)

    def redact(self, text: str) -> Redaction:
        """Return ``text`` with placeholders, where they stand, and where what they hide stood.

        Empty text gives an empty redaction.
        """
        redacted, found, placed = text, list[Span](), list[Span]()
        for _ in range(_MAX_PASSES):
            spans = self._find(redacted)
            if not spans:
                break
            found = _merge(found, [_to_input(span, found, placed) for span in spans])
            redacted, placed = put_placeholders(text, found)
        return Redaction(redacted, tuple(placed), tuple(found))

    def _find(self, text: str) -> list[Span]:
        """Return spans of ``text`` as it stands, free of overlaps."""
        if not text or text.isspace():
            return []
        folded = fold(text)
        candidates = [find for one in self._recognisers for find in one.find(folded.text)]
        if not candidates:
            return []
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
