"""What a novel complaint is called, and the sentence that a person reads about it."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

import numpy as np
import pandas as pd

from topics.names import name_from_terms
from topics.sentences import LONDON
from topics.terms import characteristic_terms, terms_of

__all__ = ["name_of", "write_novel_sentence"]

MAX_BACKGROUND = 2_000
"""Latest comments of the page that a complaint's words are compared with."""
MAX_PAGE = 150
"""Longest path of a page that is repeated whole in a sentence, in characters."""
MAX_NAME = 80
DAYS_IN_WEEK = 7


def name_of(comments: pd.DataFrame, members: np.ndarray) -> str:
    """Return a name made of the terms that tell some comments from the others of their page.

    Parameters
    ----------
    comments
        The page's comments with ``text`` and ``may_quote``; no word is taken from those that may
        not be quoted.
    members
        ndarray of int, positions of the complaint's comments; all of them may be quoted.

    Returns
    -------
    str
        Empty where two of them share no telling word.
    """
    texts = comments["text"].astype(str).tolist()
    may_quote = comments["may_quote"].to_numpy(bool)
    inside = set(members.tolist())
    others = [i for i in range(len(texts)) if may_quote[i] and i not in inside][-MAX_BACKGROUND:]
    background: Counter[str] = Counter()
    for i in others:
        background.update(set(terms_of(texts[i])))
    terms = characteristic_terms([texts[i] for i in sorted(inside)], background, len(others))
    return _shortened(name_from_terms(terms), MAX_NAME) if terms else ""


def write_novel_sentence(
    *,
    n: int,
    name: str,
    service: str,
    page: str,
    start: pd.Timestamp,
    as_of: pd.Timestamp,
    like_before: int,
    n_before: int,
    history_days: float,
) -> str:
    """Return one sentence for a novel complaint. Days and hours are those of London.

    Parameters
    ----------
    n, name
        Responses that say it, and what it is called; may be empty.
    page
        Empty for feedback that belongs to no page.
    start, as_of
        When the first came, and the moment of the look; UTC.
    like_before, n_before, history_days
        Responses of the page's history that were as near, all of them, and how far back it goes.

    Examples
    --------
    >>> print(write_novel_sentence(
    ...     n=5, name="Photo, too large", service="appeals", page="/evidence",
    ...     start=pd.Timestamp("2026-05-04T08:10Z"), as_of=pd.Timestamp("2026-05-04T15:00Z"),
    ...     like_before=0, n_before=312, history_days=84))
    5 comments that say much the same (“Photo, too large”) on /evidence since 09:10 today; like \
them before: none of 312 in 12 weeks.
    """
    place = f"on {_shortened(page, MAX_PAGE)}" if page else f"about {service}, no page given,"
    named = f" (“{name}”)" if name else ""
    weeks = max(round(history_days / DAYS_IN_WEEK), 1)
    before = f"{like_before or 'none'} of {n_before:,} in {weeks} week{'s' * (weeks != 1)}"
    return (
        f"{n} comments that say much the same{named} {place} since {_moment(start, as_of)}; "
        f"like them before: {before}."
    )


def _moment(start: pd.Timestamp, as_of: pd.Timestamp) -> str:
    local, now = start.tz_convert(LONDON), as_of.tz_convert(LONDON)
    if local.date() == now.date():
        return f"{local:%H:%M} today"
    if local.date() == now.date() - timedelta(days=1):
        return f"{local:%H:%M} yesterday"
    return f"{local:%H:%M} on {local.day_name()} {local.day} {local.month_name()}"


def _shortened(text: str, longest: int) -> str:
    return text if len(text) <= longest else text[: longest - 1].rstrip() + "…"
