"""Which recognisers read a text."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final, Protocol

from feedback.protocols import Recogniser
from feedback.redact.addresses import AddressRecogniser
from feedback.redact.children import ChildRecogniser
from feedback.redact.names import NAME_THRESHOLD, NameRecogniser
from feedback.redact.patterns import TABLE
from feedback.redact.phones import PhoneRecogniser
from feedback.redact.plugins.guard import GuardedRecogniser
from feedback.redact.rows import TableRecogniser
from feedback.redact.spans import Candidate
from feedback.redact.spoken import SpokenNumberRecogniser
from feedback.schema import RedactionMode

__all__ = ["build_recognisers", "build_shields"]

_PLUGGED_RANK: Final = 85
"""What a team's own recogniser finds yields to the table and to names of our own."""


class _Finds(Protocol):
    def find(self, text: str) -> Iterable[Candidate]: ...


def build_recognisers(
    *,
    mode: RedactionMode = RedactionMode.STANDARD,
    with_names: bool = True,
    name_threshold: float = NAME_THRESHOLD,
    more: Sequence[Recogniser] = (),
) -> tuple[_Finds, ...]:
    """Return what reads a text, in no order: overlaps are resolved by rank.

    Parameters
    ----------
    mode
        ``strict`` also takes places and organisations.
    with_names
        False leaves names out.
    name_threshold
        Probability (0-1) from which a word is a name.
    more
        Recognisers from outside; one that fails raises `feedback.errors.RecogniserError`.
    """
    structured: tuple[_Finds, ...] = (
        TableRecogniser([row for row in TABLE if row.entity is not None]),
        PhoneRecogniser(),
        SpokenNumberRecogniser(),
        AddressRecogniser(),
    )
    names: tuple[_Finds, ...] = ()
    if with_names:
        names = (NameRecogniser(mode=mode, threshold=name_threshold), ChildRecogniser())
    guarded = (GuardedRecogniser(one, rank=_PLUGGED_RANK, mode=mode) for one in more)
    return (*structured, *names, *guarded)


def build_shields() -> TableRecogniser:
    """Return what finds stretches that must stay: forms, sums of money, dates of hearings.

    They only settle overlaps, so a text in which nothing else is found need not be read for them.
    """
    return TableRecogniser([row for row in TABLE if row.entity is None])
