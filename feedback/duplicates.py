"""Mark exact and near duplicates within a service; nothing is ever deleted.

Two comments are exact duplicates when their words are the same once case, punctuation and white
space are set aside. Comments of five words or more are near duplicates when the Jaccard similarity
of their character 4-grams is .8 or more: pasted campaigns, double clicks, a typo put right. Shorter
ones are compared exactly only, since "very slow site" and "very slow sites" may be two people.

Candidates come from banded MinHash (Broder 1997; Leskovec, Rajaraman and Ullman, *Mining of Massive
Datasets*, 3.4): 8 bands of 4 rows find a pair of similarity .8 with probability .985 and of .9 with
.9998. Each candidate is then verified on the texts, so a wrong mark needs a wrong Jaccard.

The first comment in the order of ingestion stands for its duplicates. A later one points at the
most similar of those that stand (equal similarity: the smaller comment id), never at a comment that
is itself a duplicate. This needs nothing but what came before, so chunks of any size give the same
marks.
"""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property

import numpy as np
import pandas as pd

from feedback.placeholders import without_numbers

__all__ = [
    "NO_KEY",
    "N_BANDS",
    "Lookup",
    "band_keys",
    "exact_hash",
    "is_near_duplicate",
    "mark",
    "normalise",
    "text_key",
]

SHINGLE = 4
"""Characters in a shingle: one typo in a text of 60 characters leaves a Jaccard of about .87."""

MIN_JACCARD = 0.8
MIN_WORDS = 5
"""Texts with fewer words are compared exactly only."""

N_MINHASH_BANDS = 8
ROWS_PER_BAND = 4
N_BANDS = 1 + N_MINHASH_BANDS
"""Columns of `band_keys`: the exact key first, then one key for each band of the signature."""

NO_KEY = 0
"""Stands where a text has no key: not to be stored and not to be looked up."""

_BLOCK_SHINGLES = 1 << 18
"""Shingles hashed at a time: two buffers of 2 MB stay in the processor's cache."""

Lookup = Callable[[str, np.ndarray], Mapping[str, str]]
"""``lookup(service, keys)``: text by comment id of what is stored.

``keys`` is an ndarray of shape (n_texts, N_BANDS), int64. Wanted are the stored comments of this
service that are no duplicates themselves and share a key other than `NO_KEY` in the same column.
"""


class _WordCharacters(dict[int, str | int]):
    """Translation that keeps letters, digits and marks and makes a space of all else."""

    def __missing__(self, codepoint: int) -> str | int:
        keep = unicodedata.category(chr(codepoint))[0] in "LNM"
        self[codepoint] = codepoint if keep else " "
        return self[codepoint]


_WORD_CHARACTERS = _WordCharacters()


def normalise(text: str) -> str:
    """Return the words alone: case, punctuation, symbols and white space set aside.

    Pseudonyms count as plain placeholders: which number somebody has says nothing of the fault.

    >>> normalise("  It's SLOW…  very slow!! ")
    'it s slow very slow'
    """
    folded = unicodedata.normalize("NFKC", without_numbers(text)).casefold()
    return " ".join(folded.translate(_WORD_CHARACTERS).split())


def exact_hash(text: str) -> str:
    """Return 32 hex characters of SHA-256 of exactly this text; keys the cache of vectors.

    >>> exact_hash("slow") == exact_hash("Slow")
    False
    """
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]


def text_key(text: str) -> str:
    """Return 32 hex characters that are the same for exact duplicates.

    >>> text_key("Slow!") == text_key("slow")
    True
    """
    return exact_hash(normalise(text))


def band_keys(texts: Sequence[str]) -> np.ndarray:
    """Return ndarray of shape (n_texts, N_BANDS), int64: the keys by which duplicates are found.

    Column 0 is the exact key, the others are bands of a MinHash signature. A text without a word
    has `NO_KEY` everywhere, one of fewer than five words in every column but the first.

    >>> keys = band_keys(["The payment page is broken again", "slow", "!!!"])
    >>> keys.shape, bool((keys[0] != NO_KEY).all()), int((keys[1] != NO_KEY).sum()), keys[2].any()
    ((3, 9), True, 1, np.False_)
    """
    normalised = [normalise(text) for text in texts]
    keys = np.full((len(texts), N_BANDS), NO_KEY, dtype=np.int64)
    for position, text in enumerate(normalised):
        if text:
            keys[position, 0] = _exact_key(text)
    long = [i for i, text in enumerate(normalised) if _has_shingles(text)]
    if long:
        keys[long, 1:] = _minhash_bands([normalised[i] for i in long])
    return keys


def is_near_duplicate(one: str, other: str) -> bool:
    """Return whether two texts are duplicates, exact or near.

    >>> is_near_duplicate("Slow!", "slow"), is_near_duplicate("slow", "slower")
    (True, False)
    """
    return _similarity(_Text(one), _Text(other)) >= MIN_JACCARD


def mark(frame: pd.DataFrame, bands: np.ndarray, lookup: Lookup) -> pd.Series:
    """Return, for each comment, the id of the comment it repeats, or None.

    Parameters
    ----------
    frame : DataFrame with columns comment_id, service, text and, if it likes, is_empty
        Comments in the order of ingestion. Comments marked ``is_empty`` are left alone.
    bands : ndarray of shape (n_comments, N_BANDS), int64
        `band_keys` of the texts.
    lookup : callable
        See `Lookup`; asked once for each service. For an empty store: ``lambda *_: {}``.

    Returns
    -------
    Series of object, with the index of ``frame``, named ``duplicate_of``
        Keys of comments with a mark need not be stored: what repeats them repeats the first, too.
    """
    marks: list[str | None] = [None] * len(frame)
    is_empty = frame["is_empty"].to_numpy(bool) if "is_empty" in frame else np.zeros(len(frame))
    ids, texts = frame["comment_id"].tolist(), frame["text"].tolist()
    for service, positions in frame.groupby("service", sort=False).indices.items():
        wanted = np.array([i for i in positions if not is_empty[i] and bands[i].any()], dtype=int)
        if not len(wanted):
            continue
        stored = lookup(str(service), bands[wanted])
        stored_bands = band_keys(list(stored.values()))
        keys = _shared_keys(np.concatenate([stored_bands, bands[wanted]]))
        standing = _Standing()
        for (comment_id, text), shared in zip(stored.items(), keys, strict=False):
            standing.add(comment_id, text, shared)
        for i, shared in zip(wanted.tolist(), keys[len(stored) :], strict=True):
            if shared:
                marks[i] = standing.place(ids[i], texts[i], shared)
    return pd.Series(marks, index=frame.index, name="duplicate_of", dtype=object)


_Keys = list[tuple[int, int]]
"""Column and key, the exact key first."""


def _shared_keys(bands: np.ndarray) -> list[_Keys]:
    """Return each text's keys that another text has as well: most have none and cost nothing."""
    shared: list[_Keys] = [[] for _ in range(len(bands))]
    for column in range(N_BANDS):
        keys = bands[:, column]
        _, group, size = np.unique(keys, return_inverse=True, return_counts=True)
        for position in np.flatnonzero((size[group] > 1) & (keys != NO_KEY)).tolist():
            shared[position].append((column, int(keys[position])))
    return shared


class _Text:
    """A text with what a comparison needs, made when first asked for."""

    def __init__(self, text: str) -> None:
        self._text = text

    @cached_property
    def normalised(self) -> str:
        return normalise(self._text)

    @cached_property
    def shingles(self) -> frozenset[str]:
        text = self.normalised
        last = len(text) - SHINGLE + 1 if _has_shingles(text) else 0
        return frozenset(text[i : i + SHINGLE] for i in range(last))


class _Standing:
    """The comments of a service that stand for their duplicates, found by column and key."""

    def __init__(self) -> None:
        self._texts: dict[str, _Text] = {}
        self._by_key: dict[tuple[int, int], list[str]] = {}

    def add(self, comment_id: str, text: str | _Text, keys: _Keys) -> None:
        self._texts[comment_id] = text if isinstance(text, _Text) else _Text(text)
        for key in keys:
            self._by_key.setdefault(key, []).append(comment_id)

    def place(self, comment_id: str, text: str, keys: _Keys) -> str | None:
        """Return what the comment repeats, or let it stand and return None."""
        if comment_id in self._texts:
            return None
        prepared = _Text(text)
        best: tuple[float, str] | None = None
        for candidate in self._candidates(keys):
            similarity = _similarity(prepared, self._texts[candidate])
            rank = (-similarity, candidate)
            if similarity >= MIN_JACCARD and (best is None or rank < best):
                best = rank
        if best is not None:
            return best[1]
        self.add(comment_id, prepared, keys)
        return None

    def _candidates(self, keys: _Keys) -> set[str]:
        exact = self._by_key.get(keys[0], []) if keys[0][0] == 0 else []
        if exact:
            return set(exact)  # nothing can be more similar
        return {candidate for key in keys for candidate in self._by_key.get(key, ())}


def _has_shingles(normalised: str) -> bool:
    return len(normalised) >= SHINGLE and normalised.count(" ") + 1 >= MIN_WORDS


def _similarity(one: _Text, other: _Text) -> float:
    """Return the Jaccard similarity of the shingles; 1 for equal words."""
    if one.normalised == other.normalised:
        return 1.0
    n_one, n_other = len(one.shingles), len(other.shingles)
    if min(n_one, n_other) < MIN_JACCARD * max(n_one, n_other) or not n_one:
        return 0.0
    n_both = len(one.shingles & other.shingles)
    return n_both / (n_one + n_other - n_both)


def _exact_key(normalised: str) -> int:
    digest = hashlib.sha256(normalised.encode("utf-8", "surrogatepass")).digest()
    return int.from_bytes(digest[:8], "little", signed=True) or 1


def _mix(values: np.ndarray) -> np.ndarray:
    """Scatter the bits of uint64 values in place (the finaliser of SplitMix64, Steele 2014)."""
    values ^= values >> np.uint64(30)
    values *= np.uint64(0xBF58476D1CE4E5B9)
    values ^= values >> np.uint64(27)
    values *= np.uint64(0x94D049BB133111EB)
    values ^= values >> np.uint64(31)
    return values


def _minhash_bands(texts: Sequence[str]) -> np.ndarray:
    """Return ndarray of shape (n_texts, N_MINHASH_BANDS), int64; every text has a shingle."""
    bands = np.empty((len(texts), N_MINHASH_BANDS), dtype=np.int64)
    start, n_characters = 0, 0
    for end, text in enumerate(texts, start=1):
        n_characters += len(text)
        if n_characters >= _BLOCK_SHINGLES or end == len(texts):
            bands[start:end] = _bands_of_block(texts[start:end])
            start, n_characters = end, 0
    return bands


def _bands_of_block(texts: Sequence[str]) -> np.ndarray:
    lengths = np.fromiter((len(text) for text in texts), dtype=np.int64, count=len(texts))
    codes = np.frombuffer("".join(texts).encode("utf-32-le", "surrogatepass"), dtype=np.uint32)
    hashes = np.zeros(len(codes) - SHINGLE + 1, dtype=np.uint64)
    for offset in range(SHINGLE):  # a polynomial in an odd number keeps shingles of BMP text apart
        hashes *= np.uint64(0x100000001B3)
        hashes += codes[offset : offset + len(hashes)]
    _mix(hashes)
    ends = np.cumsum(lengths)
    inside = np.ones(len(hashes), dtype=bool)  # windows that do not run over into the next text
    for offset in range(1, SHINGLE):
        inside[ends[:-1] - offset] = False
    hashes = hashes[inside]
    starts = np.concatenate(([0], np.cumsum(lengths - SHINGLE + 1)[:-1]))
    signature = _signature(hashes, starts)
    return _mix_rows(signature)


def _signature(hashes: np.ndarray, starts: np.ndarray) -> np.ndarray:
    """Return ndarray of shape (n_texts, rows), uint64: least hash under each permutation."""
    n_rows = N_MINHASH_BANDS * ROWS_PER_BAND
    seeds = _mix(np.arange(1, n_rows + 1, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15))
    signature = np.empty((len(starts), n_rows), dtype=np.uint64)
    for row, seed in enumerate(seeds):
        permuted = hashes ^ seed
        permuted *= np.uint64(0xD6E8FEB86659FD93)
        permuted ^= permuted >> np.uint64(32)
        permuted *= np.uint64(0xD6E8FEB86659FD93)
        signature[:, row] = np.minimum.reduceat(permuted, starts)
    return signature


def _mix_rows(signature: np.ndarray) -> np.ndarray:
    """Return one key for each band: its rows folded together, never `NO_KEY`."""
    rows = signature.reshape(len(signature), N_MINHASH_BANDS, ROWS_PER_BAND)
    keys = np.zeros(rows.shape[:2], dtype=np.uint64)
    for row in range(ROWS_PER_BAND):
        keys ^= rows[:, :, row]
        keys *= np.uint64(0x100000001B3)
        _mix(keys)
    signed = keys.view(np.int64)
    signed[signed == NO_KEY] = 1
    return signed
