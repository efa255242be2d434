"""What stands between a recogniser from outside and the text that is stored.

A plug-in that fails must stop the work: a comment it could not read would be stored as if it had
been read. Nor may what it raises go on, because libraries quote the text that troubles them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final

from feedback.errors import FeedbackError, RecogniserError
from feedback.protocols import Recogniser
from feedback.redact.folding import MASK
from feedback.redact.spans import Candidate
from feedback.schema import STRICT_ENTITIES, Entity, RedactionMode, Span

__all__ = ["GuardedRecogniser"]

_MAX_NAME_LENGTH: Final = 60
"""Characters that the store keeps of a recogniser's name."""
_NAME: Final = re.compile(r"[A-Za-z][\w.:+\-]*", re.ASCII)
_BETWEEN_PLACEHOLDERS: Final = re.compile(f"[^{MASK}]+")


class GuardedRecogniser:
    """A recogniser from outside, its spans checked and turned into candidates.

    Places and organisations are taken in strict mode only. A span that reaches over a placeholder
    of an earlier reading is cut around it, so that redacting twice stays redacting once.

    Parameters
    ----------
    recogniser
        Anything that satisfies `feedback.protocols.Recogniser`.
    rank
        Of its finds among those of others; the lower rank wins where two overlap.
    mode
        Of the redactor.
    """

    def __init__(self, recogniser: Recogniser, *, rank: int, mode: RedactionMode) -> None:
        self.name = recogniser.name
        self._recogniser = recogniser
        self._rank = rank
        self._left_out = STRICT_ENTITIES if mode is RedactionMode.STANDARD else frozenset()

    def find(self, text: str) -> Iterator[Candidate]:
        """Yield what the plug-in finds in folded text.

        Raises
        ------
        RecogniserError
            It failed, or gave a span that cannot be. Neither message nor cause quotes the text.
        """
        for span in self._ask(text):
            self._check(span, len(text))
            if span.entity in self._left_out:
                continue
            label = f"{self.name}:{span.recogniser}"[:_MAX_NAME_LENGTH]
            for start, end in _around_placeholders(text, span.start, span.end):
                yield Candidate(self._rank, 0, start, end, span.entity, label, float(span.score))

    def _ask(self, text: str) -> Sequence[Span]:
        try:
            return list(self._recogniser.find(text))
        except FeedbackError as error:
            failure: FeedbackError = error.with_traceback(None)
            failure.__cause__ = failure.__context__ = None
        except Exception as error:  # noqa: BLE001 - a plug-in may raise anything; it is told below
            failure = self._failure(f"failed with {type(error).__name__}")
        # Outside the handler, or what the plug-in raised, quoting the text, would be the context.
        raise failure

    def _check(self, span: Span, n_characters: int) -> None:
        reason = ""
        if not isinstance(span, Span) or not isinstance(span.entity, Entity):
            reason = "gave something other than a Span with an Entity"
        elif not (isinstance(span.start, int) and isinstance(span.end, int)):
            reason = "gave a span whose start or end is no whole number"
        elif not 0 <= span.start < span.end <= n_characters:
            reason = "gave a span that does not lie in the text"
        elif not _NAME.fullmatch(span.recogniser):
            reason = "gave a span whose 'recogniser' is no plain name"
        elif not 0 <= span.score <= 1:
            reason = "gave a score outside 0 to 1"
        if reason:
            raise self._failure(reason)

    def _failure(self, reason: str) -> RecogniserError:
        return RecogniserError(
            f"The redaction plug-in '{self.name}' {reason}. No text was let on. Mend the plug-in, "
            f"or take it out of the setting 'redaction_plugins', and start again."
        )


def _around_placeholders(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Yield the parts of a stretch between placeholders, without white space at their ends."""
    for match in _BETWEEN_PLACEHOLDERS.finditer(text, start, end):
        piece = match.group()
        left = match.start() + len(piece) - len(piece.lstrip())
        right = match.end() - (len(piece) - len(piece.rstrip()))
        is_cut = match.span() != (start, end)
        if left < right and (not is_cut or any(map(str.isalnum, piece))):
            yield left, right
