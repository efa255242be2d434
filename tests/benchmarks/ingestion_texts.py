"""Texts to post in bulk: sentences of the invented feedback put together anew, seldom the same."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pandas as pd

from fixtures.make_fixtures import make_fixtures

__all__ = ["PROBE_PAGE", "PROBE_SERVICE", "Post", "Texts"]

PROBE_SERVICE, PROBE_PAGE = "divorce", "/divorce/probe-documents"
"""Where probes are posted: a page of its own, on which an issue is already known."""
PROBES = (
    "photo upload failed again, try {n}",
    "upload of photo failed, {n} times",
    "my photo upload failed {n} times",
    "photo upload just fails, error {n}",
)
"""Shorter than what counts as a double submission, and about the same fault."""
WEEKS = 12
Place = tuple[str, str]
"""Service and page; one of the two is empty."""
SENTENCE = re.compile(r"(?<=[.!?])\s+")


@dataclass(frozen=True)
class Post:
    """What is posted, and whether it is a probe."""

    body: dict[str, str]
    is_probe: bool = False


class Texts:
    """Gives posts, seeded.

    Parameters
    ----------
    folder
        Where the invented feedback is written to be read.
    """

    def __init__(self, folder: Path, seed: int) -> None:
        self._random = random.Random(seed)
        self._n_probes = 0
        self._places: dict[Place, list[str]] = {}
        for place, text in _comments(folder, seed):
            parts = SENTENCE.split(text) if len(text) > 200 else [text]
            self._places.setdefault(place, []).extend(part for part in parts if part)
        self._names = sorted(self._places)
        self._weights = [len(self._places[name]) for name in self._names]

    def post(self) -> Post:
        """Return a comment about some page: one to three sentences that people wrote about it."""
        place = self._random.choices(self._names, self._weights)[0]
        known = self._places[place]
        n = self._random.choices((1, 2, 3), (5, 3, 2))[0]
        text = " ".join(self._random.choice(known) for _ in range(n))
        if n == 1 and self._random.random() < 0.5:
            text += f" ({self._random.randrange(2, 60)} mins)"
        where = zip(("service", "page"), place, strict=True)
        return Post({"comment": text, **{name: told for name, told in where if told}})

    def probe(self) -> Post:
        """Return a comment that belongs to the known issue."""
        self._n_probes += 1
        text = PROBES[self._n_probes % len(PROBES)].format(n=self._n_probes)
        return Post({"comment": text, "service": PROBE_SERVICE, "page": PROBE_PAGE}, is_probe=True)


def _comments(folder: Path, seed: int) -> Iterator[tuple[Place, str]]:
    """Yield service and page, and text, of the invented feedback as people wrote it."""
    make_fixtures(folder, weeks=WEEKS, end=datetime.now(UTC), seed=seed, scale=1)
    pages = pd.read_csv(folder / "page_feedback.csv").dropna(subset=["feedback"])
    for path, text in zip(pages["path or service name"], pages["feedback"], strict=True):
        yield ("", str(path)), text
    answers = pd.read_csv(folder / "exit_survey.csv")
    questions = [name for name in answers if name.startswith(("3.", "5.", "6."))]
    for question in questions:
        told = answers.dropna(subset=[question])
        for service, text in zip(told["Service"], told[question], strict=True):
            yield (str(service), ""), text
