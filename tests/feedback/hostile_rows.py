"""Rows with nothing wrong, to be put into files that are; every text holds `MARK`."""

from __future__ import annotations

import random

MARK = "MARKxyzzy"
HEADINGS = ["id", "date", "service", "page", "rating", "comment"]


def sound_rows(n: int = 20, seed: int = 0) -> list[list[object]]:
    """Return headings and rows with nothing wrong, in several scripts."""
    chance = random.Random(seed)
    texts = [
        "yn araf iawn",
        "the upload froze",
        "café £20 – “why?”",
        "ffurflen 日本 😀",
        "a,b;c\nd",
    ]
    rows: list[list[object]] = [list(HEADINGS)]
    for at in range(n):
        text = f"{MARK} {chance.choice(texts)} {chance.random():.6f}"
        day = f"{1 + at % 28:02}/{1 + at % 9:02}/2026"
        rows.append([f"{seed}-{at}", day, "Divorce", f"/p/{at % 4}", 1 + at % 5, text])
    return rows
