"""Which recognisers read a text."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Final, Protocol

from feedback.protocols import Recogniser
from feedback.redact.addresses import AddressRecogniser
from feedback.redact.names import NameRecogniser
from feedback.redact.patterns import TABLE
from feedback.redact.phones import PhoneRecogniser
from feedback.redact.rows import TableRecogniser
from feedback.redact.spans import Candidate
from feedback.schema import RedactionMode

__all__ = ["build_recognisers"]

_PLUGGED_RANK: Final = 85
"""What a team's own recogniser finds yields to the table and to names of our own."""


class _Finds(Protocol):
    def find(self, text: str) -> Iterable[Candidate]: ...


class _Plugged:
    """A recogniser from outside, its spans as candidates."""

    def __init__(self, recogniser: Recogniser) -> None:
        self._recogniser = recogniser

    def find(self, text: str) -> Iterator[Candidate]:
        for span in self._recogniser.find(text):
            yield Candidate(
                _PLUGGED_RANK,
                0,
                span.start,
                span.end,
                span.entity,
                f"{self._recogniser.name}:{span.recogniser}",
                span.score,
            )


def build_recognisers(
    *,
    mode: RedactionMode = RedactionMode.STANDARD,
    with_names: bool = True,
    more: Sequence[Recogniser] = (),
) -> tuple[_Finds, ...]:
    """Return what reads a text, in no order: overlaps are resolved by rank.

    Parameters
    ----------
    mode
        ``strict`` also takes places and organisations.
    with_names
        False leaves names out.
    more
        Recognisers from outside.
    """
    structured: tuple[_Finds, ...] = (
        TableRecogniser(TABLE),
        PhoneRecogniser(),
        AddressRecogniser(),
    )
    names: tuple[_Finds, ...] = (NameRecogniser(),) if with_names else ()
    return (*structured, *names, *(_Plugged(one) for one in more))
