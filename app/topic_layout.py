"""Where topics stand on their map, and which names have room there; pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

__all__ = [
    "CHART_PIXELS",
    "GAP_PIXELS",
    "MARGIN_PIXELS",
    "NEVER",
    "SIDES",
    "TopicLayout",
    "lay_out",
    "name_room",
]

CHART_PIXELS = 460
"""Height of the map."""

MARGIN_PIXELS = 40
"""Free on every side, for the largest circle and half a line of text."""

LETTER_PIXELS = 7.0
"""Width of a letter of a name, in the mean of Arial at 14 pixels, a little more."""

LINE_PIXELS = 18
GAP_PIXELS = 4
"""Between a circle and a name beside it."""

WIDTHS = (280, 480, 700, 900, 1_100)
"""Widths of the drawing at which it is told which names have room: phone to laptop."""

NEVER = 100_000
"""Stands for a name that has room at none of them."""

MIN_TOPICS = 3


@dataclass(frozen=True)
class TopicLayout:
    """Places of topics.

    Attributes
    ----------
    places : ndarray of shape (n_topics, 2)
        Each direction runs from 0 to 1.
    share : float
        How much of the differences between topics the two directions hold, 0-1.
    """

    places: np.ndarray
    share: float


def lay_out(centroids: np.ndarray) -> TopicLayout | None:
    """Return places by classical scaling: what is alike stands close, as far as a plane allows.

    The distance of two topics is one less the cosine of their centroids (Torgerson, 1952). The same
    centroids give the same places: nothing here is random.

    Parameters
    ----------
    centroids
        ndarray of shape (n_topics, n_dimensions).

    Returns
    -------
    TopicLayout or None
        None for fewer than three topics, and where all are the same.

    Examples
    --------
    >>> near = np.array([[1.0, 0.0, 0.0], [1.0, 0.1, 0.0], [0.0, 0.0, 1.0]])
    >>> places = lay_out(near).places
    >>> bool(np.hypot(*(places[0] - places[1])) < np.hypot(*(places[0] - places[2])))
    True
    """
    lengths = np.linalg.norm(centroids, axis=1, keepdims=True)
    if len(centroids) < MIN_TOPICS or not lengths.all():
        return None
    unit = (centroids / lengths).astype(float)
    distances = np.clip(1 - unit @ unit.T, 0, 2)
    n = len(unit)
    centring = np.eye(n) - 1 / n
    values, vectors = np.linalg.eigh(-centring @ (distances**2) @ centring / 2)
    positive = values.clip(min=0)
    if positive[-1] <= 1e-9:
        return None
    vectors, strongest = vectors[:, [-1, -2]], positive[[-1, -2]]
    # An eigenvector may point either way; the first topic, the largest, stands to the left and top.
    signs = np.where(vectors[0] > 0, -1.0, 1.0) * [1, -1]
    flat = vectors * signs * np.sqrt(strongest)
    low, high = flat.min(axis=0), flat.max(axis=0)
    spread = np.where(high - low > 1e-9, high - low, 1)
    return TopicLayout((flat - low) / spread, float(strongest.sum() / positive.sum()))


def name_room(
    places: np.ndarray, radii: Sequence[float], names: Sequence[str]
) -> list[tuple[int, str]]:
    """Return from which width of the drawing on each name has room, and on which side.

    Names are given room in their order; one that would touch another name, or stand on a circle,
    gets none. What has room on a narrow drawing has it on every wider one.

    Parameters
    ----------
    places
        ndarray of shape (n_topics, 2), 0-1.
    radii
        Of the circles, in pixels.

    Examples
    --------
    >>> name_room(np.array([[0.0, 0.5], [0.9, 0.5], [0.9, 0.51]]), [9, 9, 9], ["a", "bb", "c"])
    [(280, 'above'), (280, 'below'), (280, 'above')]
    """
    found = [(NEVER, SIDES[0])] * len(names)
    for width in WIDTHS:
        x = MARGIN_PIXELS + places[:, 0] * (width - 2 * MARGIN_PIXELS)
        y = MARGIN_PIXELS + (1 - places[:, 1]) * (CHART_PIXELS - 2 * MARGIN_PIXELS)
        circles = [
            (at_x - r, at_y - r, at_x + r, at_y + r)
            for at_x, at_y, r in zip(x, y, radii, strict=True)
        ]
        lengths = [len(name) * LETTER_PIXELS for name in names]
        taken = [
            _box(circles[i], lengths[i], side)
            for i, (since, side) in enumerate(found)
            if since <= width
        ]
        for place, circle in enumerate(circles):
            others = [*circles[:place], *circles[place + 1 :]]
            for side in SIDES if found[place][0] == NEVER else ():
                box = _box(circle, lengths[place], side)
                is_free = not any(_touch(box, other) for other in (*taken, *others))
                if is_free and box[0] >= 0 and box[2] <= width:
                    found[place] = (width, side)
                    taken.append(box)
                    break
    return found


SIDES = ("above", "below", "right", "left")
"""Where a name may stand, the best first."""

Box = tuple[float, float, float, float]


def _box(circle: Box, length: float, side: str) -> Box:
    """Return where a name stands beside its circle."""
    left, top, right, bottom = circle
    x, y = (left + right) / 2, (top + bottom) / 2
    if side in ("above", "below"):
        at = top - LINE_PIXELS if side == "above" else bottom
        return x - length / 2, at, x + length / 2, at + LINE_PIXELS
    start = right + GAP_PIXELS if side == "right" else left - GAP_PIXELS - length
    return start, y - LINE_PIXELS / 2, start + length, y + LINE_PIXELS / 2


def _touch(one: Box, other: Box) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]
