"""Facets of a technical fault: what a team needs to find it, as far as the comment says it.

Names are found with spaCy's PhraseMatcher (`classifiers.facet_names`), numbers, times and days by a
table of patterns (`classifiers.facet_patterns`): spaCy's Matcher tries each of its patterns at each
word, which is most of the time of a short comment. A facet that the comment does not give is left
out; lists are in the order of the text.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from classifiers.facet_contrast import CONTRASTED, places_that_worked
from classifiers.facet_errors import error_codes, error_text
from classifiers.facet_names import NAMES
from classifiers.facet_patterns import find_numbers
from classifiers.facet_rows import Name
from classifiers.lexicon import Reader, fold

if TYPE_CHECKING:
    from spacy.tokens import Doc

__all__ = ["FACETS", "FacetFinder", "known_facets"]

FACETS = (
    "error_text",
    "error_code",
    "status_code",
    "page",
    "step",
    "action",
    "browser",
    "browser_working",
    "operating_system",
    "operating_system_working",
    "device",
    "device_working",
    "device_model",
    "version",
    "assistive_technology",
    "file_type",
    "file_size_mb",
    "file_limit_mb",
    "connection",
    "connection_working",
    "time_of_day",
    "day",
    "since",
    "attempts",
    "impact",
)
"""Every facet there is, in the order in which they are shown.

``error_text``, ``step`` ("4 of 7"), ``since`` and ``impact`` (``blocked`` or ``worked around``) are
texts, ``status_code`` and ``attempts`` whole numbers, sizes are in megabytes; all others are lists.
``*_working`` holds what the comment says did work."""

_IMPACTS = ("worked around", "blocked")
"""Who got there another way was not blocked in the end."""

_VERSION = re.compile(
    r" ?\(?(?:version |v\.? ?)?(\d{1,3}(?:\.[1-9]\d?)?)(?:\.\d+)*\b(?! ?(?:times|mb|kb|minutes))"
)
_IPHONE = re.compile(
    r" ?(se|x[rs]?|\d{1,2}(?! times| minutes| attempts)(?: ?(?:pro max|pro|plus|mini|max))?)\b"
)
_MODELS = {
    "iphone": (_IPHONE, "iPhone"),
    "ipad": (re.compile(r" (air|pro)\b"), "iPad"),
    "macbook": (re.compile(r" (?!)"), "MacBook"),
    "galaxy tab": (re.compile(r" ?([asx]\d{1,2})\b"), "Galaxy Tab"),
    "galaxy": (re.compile(r" ?([asz] ?\d{1,3}(?: ultra)?|note ?\d{0,2}|fold|flip)\b"), "Galaxy"),
    "samsung": (re.compile(r" ?([asz]\d{1,3}(?: ultra)?|note ?\d{0,2})\b"), "Galaxy"),
    "pixel": (re.compile(r" ?(\d{1,2}a?(?: pro)?)\b"), "Pixel"),
    "moto": (re.compile(r" ?([ge]\d{0,3})\b"), "Moto"),
    "huawei": (re.compile(r" ?(p\d{1,2}|mate ?\d{1,2}|y\d)\b"), "Huawei"),
}  # fmt: skip
_ALWAYS_A_MODEL = frozenset({"iphone", "ipad", "macbook"})
_SMALL = {
    "pro": "Pro",
    "max": "Max",
    "plus": "Plus",
    "mini": "Mini",
    "air": "Air",
    "ultra": "Ultra",
}


class FacetFinder:
    """Finds facets in the docs of one reader."""

    def __init__(self, reader: Reader) -> None:
        from spacy.matcher import PhraseMatcher

        vocab = reader.language.vocab
        self._rows: dict[int, Name] = {}
        self._names = PhraseMatcher(vocab)
        for number, name in enumerate(NAMES):
            key = f"name-{number}"
            self._names.add(key, reader.read([fold(way) for way in name.ways.split("|")]))
            self._rows[vocab.strings[key]] = name

    def find(self, doc: Doc, text: str) -> dict[str, Any]:
        """Return the facets of one comment; ``doc`` is the reader's doc of ``text``.

        Keys are of `FACETS`, each only where found.
        """
        folded = doc.text
        facets: dict[str, Any] = find_numbers(folded)
        if error := error_text(text):
            facets["error_text"] = error
        if codes := error_codes(text):
            facets["error_code"] = codes
        self._add_names(doc, folded, facets)
        return {facet: facets[facet] for facet in FACETS if facet in facets}

    def _add_names(self, doc: Doc, folded: str, facets: dict[str, Any]) -> None:
        matched = self._matched(doc)
        if not matched:
            return
        contrasted = [
            (span, facet)
            for span, name in matched
            for facet, _ in name.gives
            if facet in CONTRASTED
        ]
        worked: set[int] = set()
        if contrasted:
            spans = list(dict.fromkeys(span for span, _ in contrasted))
            words = [token.text for token in doc]
            told = places_that_worked(words, spans)
            worked = {span.start for span, is_good in zip(spans, told, strict=True) if is_good}
        for span, name in matched:
            has_worked = span.start in worked
            for facet, value in (*name.gives, *_suffixed(name, doc, span, folded)):
                _add(facets, facet, value, has_worked=has_worked, names=name.gives)
        for facet in CONTRASTED:  # what failed once is not told as working
            if working := facets.get(f"{facet}_working"):
                kept = [value for value in working if value not in facets.get(facet, ())]
                facets[f"{facet}_working"] = kept
                if not kept:
                    del facets[f"{facet}_working"]
        if "impact" in facets:
            facets["impact"] = next(one for one in _IMPACTS if one in facets["impact"])

    def _matched(self, doc: Doc) -> list[tuple[range, Name]]:
        """Return the names that count, longest first where they overlap, in the text's order."""
        found = sorted(self._names(doc), key=lambda match: (match[1] - match[2], match[1]))
        taken: set[int] = set()
        kept = []
        for key, start, end in found:
            span, name = range(start, end), self._rows[key]
            if not taken.isdisjoint(span):
                continue
            if name.after and (not start or doc[start - 1].text not in name.after):
                continue
            taken.update(span)
            if name.gives:
                kept.append((span, name))
        return sorted(kept, key=lambda pair: pair[0].start)


def known_facets(facets: dict[str, Any], facet: str) -> list[str]:
    """Return the values of a facet as texts, whether one or several; none gives an empty list.

    >>> known_facets({"status_code": 502}, "status_code"), known_facets({}, "browser")
    (['502'], [])
    """
    value = facets.get(facet)
    if value is None:
        return []
    if isinstance(value, float):
        return [f"{value:g}"]
    return [str(one) for one in value] if isinstance(value, list) else [str(value)]


def _add(
    facets: dict[str, Any],
    facet: str,
    value: str,
    *,
    has_worked: bool,
    names: tuple[tuple[str, str], ...],
) -> None:
    """Keep a value under its facet, or under what worked."""
    if has_worked and facet in CONTRASTED:
        if facet == "operating_system" and len(names) > 1:
            return  # an iPhone that works says nothing of iOS
        facet = f"{facet}_working"
    elif has_worked and facet in ("device_model", "version"):
        return
    if value not in facets.setdefault(facet, []):
        facets[facet].append(value)


def _suffixed(name: Name, doc: Doc, span: range, folded: str) -> list[tuple[str, str]]:
    """Return the version or model that follows a name."""
    if not name.suffix:
        return []
    end = doc[span.stop - 1]
    rest = end.idx + len(end.text)
    if name.suffix == "version":
        found = _VERSION.match(folded, rest)
        return [("version", f"{name.gives[0][1]} {found[1]}")] if found else []
    words = folded[doc[span.start].idx : rest].replace("i p", "ip")
    for known, (pattern, brand) in _MODELS.items():
        if known in words:
            model = pattern.match(folded, rest)
            if model:
                return [("device_model", f"{brand} {_model_text(model[1])}".strip())]
            return [("device_model", brand)] if known in _ALWAYS_A_MODEL else []
    return []


def _model_text(told: str) -> str:
    """Return a model as its maker writes it."""
    return " ".join(
        _SMALL.get(word, word if re.fullmatch(r"\d+a", word) else word.upper())
        for word in told.split()
    )
