"""Invented comments, each with words of its own by which it is found again in the store."""

from __future__ import annotations

import json
import random
import re
from dataclasses import dataclass, field
from typing import Any

__all__ = ["MARK", "Message", "Texts"]

WORDS = """
    apple basket blanket bottle bridge broom bucket button candle carpet carrot chair cheese
    cloud coat copper corner cup curtain desk door drum fence fork
    garden glass glove grape grass hammer hat kettle kitchen ladder lamp leaf lemon lock
    mirror mushroom needle onion orange oven paint paper pear pencil piano picture pillow
    pipe plate pocket pond potato pump ribbon roof rope rug saw shelf shirt shoe
    shovel soap sock spoon stone stool stove string sugar table thread ticket tomato towel
    trumpet tunnel umbrella violin wagon wall wheel whistle window wool
""".split()
"""Things that no recogniser takes for a name."""
N_WORDS = 5
MARK = re.compile(rf"(?:(?:{'|'.join(WORDS)}) and ){{{N_WORDS - 1}}}(?:{'|'.join(WORDS)})\b")
"""Five of them in a row: one of thousands of millions."""

SERVICES = {
    "Divorce": "/divorce/payment",
    "Probate": "/probate/upload",
    "Online Civil Money Claims": "/money-claims/response",
}
SENTENCES = (
    "the pay button does nothing on my phone, tried three times",
    "Could not upload the marriage certificate, it just spins",
    "Straightforward from start to finish, thank you",
    "i have been waiting eleven weeks and nobody answers the phone",
    "It would help if you could save and come back later",
    "ERROR page after I pressed continue, lost everything I had typed!!",
    "Mae'r dudalen yn araf iawn a does dim Cymraeg ar y ffurflen",
    "did not understand what 'respondent' means here",
    "Screen reader reads the date boxes in the wrong order",
    "Roedd popeth yn glir, diolch",
    "took my money twice, who do i ring",
    "the code by text never came so I could not log in",
)
TAILS = (
    "The pictures I had to pick were {mark}.",
    "(it showed {mark} and I picked them)",
    "pictures: {mark}",
    "Y lluniau oedd {mark}.",
)


@dataclass(eq=False)
class Message:
    """One message: its idempotency key, the marks of its comments, and its body."""

    key: str
    marks: tuple[str, ...]
    content: Any
    body: bytes = field(init=False)

    def __post_init__(self) -> None:
        self.body = json.dumps(self.content, ensure_ascii=False).encode()


class Texts:
    """Makes messages: most with one comment, some with several, some with a time of their own."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)
        self._used: set[str] = set()

    def message(self, submitted_at: str | None = None) -> Message:
        """Return a message whose key and marks were never used before."""
        n = self._random.choice((1, 1, 1, 1, 1, 1, 3))
        marks = tuple(self._mark() for _ in range(n))
        items = [self._response(mark, submitted_at) for mark in marks]
        key = f"sent-{self._random.getrandbits(96):024x}"
        return Message(key, marks, items[0] if n == 1 else items)

    def _response(self, mark: str, submitted_at: str | None) -> dict[str, Any]:
        draw = self._random
        service = draw.choice([*SERVICES])
        tail = draw.choice(TAILS).format(mark=mark)
        told: dict[str, Any] = {
            "comment": f"{draw.choice(SENTENCES)} {tail}",
            "service": service,
            "page": SERVICES[service],
        }
        if draw.random() < 0.3:
            told["satisfaction"] = draw.randint(1, 5)
        if submitted_at is not None:
            told["submitted_at"] = submitted_at
        return told

    def _mark(self) -> str:
        while True:
            mark = " and ".join(self._random.choice(WORDS) for _ in range(N_WORDS))
            if mark not in self._used:
                self._used.add(mark)
                return mark
