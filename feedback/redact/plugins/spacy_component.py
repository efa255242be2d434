"""Our names for any spaCy pipeline: ``nlp.add_pipe("feedback_names")``.

spaCy finds the component by its entry point once the toolkit is installed. Redaction itself does
without spaCy (docs/decisions/0004-names-without-spacy.md).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Final

from spacy.language import Language

if TYPE_CHECKING:
    from spacy.tokens import Doc, Span

__all__ = ["FeedbackNames", "make_feedback_names"]

_GROUP: Final = "feedback_names"
_LABEL: Final = "PERSON"


class FeedbackNames:
    """Puts names of people into ``doc.spans["feedback_names"]`` and, where free, ``doc.ents``.

    Three kinds of evidence are joined: names in context, as patterns of a Matcher over attributes
    of our word lists; the names that redaction itself finds, with their other mentions; and a
    team's own people, whatever they are called.

    Parameters
    ----------
    nlp
        The pipeline.
    people
        Names that are always found, in any case: judges and staff of a court, for instance.
    group
        Key of ``doc.spans``; its ``attrs["scores"]`` holds a score for each span.
    label
        Label of the spans.
    set_ents
        False leaves ``doc.ents`` alone. An entity that is there already is never changed.
    """

    def __init__(
        self,
        nlp: Language,
        *,
        people: Sequence[str] = (),
        group: str = _GROUP,
        label: str = _LABEL,
        set_ents: bool = True,
    ) -> None:
        from spacy.matcher import Matcher, PhraseMatcher

        from feedback.redact.names import NameRecogniser
        from feedback.redact.plugins.spacy_patterns import PATTERNS
        from feedback.redact.plugins.spacy_tokens import register_attributes

        register_attributes()
        self._group = group
        self._label = label
        self._set_ents = set_ents
        self._names = NameRecogniser()
        self._patterns = Matcher(nlp.vocab)
        for kind, patterns in PATTERNS.items():
            self._patterns.add(kind, patterns, greedy="LONGEST")
        self._people = PhraseMatcher(nlp.vocab, attr="LOWER")
        self._people.add("people", [nlp.make_doc(name) for name in people if name.strip()])
        nlp.vocab.strings.add(label)

    def __call__(self, doc: Doc) -> Doc:
        """Return the doc with names; a doc of white space alone comes back as it went in."""
        from spacy.tokens import SpanGroup
        from spacy.util import filter_spans

        scores: dict[tuple[int, int], float] = {}
        for start, end, score in self._find(doc):
            scores[start, end] = max(score, scores.get((start, end), 0.0))
        names = filter_spans([self._span(doc, start, end) for start, end in scores])
        kept = [scores[span.start, span.end] for span in names]
        doc.spans[self._group] = SpanGroup(
            doc, name=self._group, attrs={"scores": kept}, spans=names
        )
        if self._set_ents:
            taken = {token.i for entity in doc.ents for token in entity}
            free = [span for span in names if taken.isdisjoint(range(span.start, span.end))]
            doc.set_ents(free, default="unmodified")
        return doc

    def _span(self, doc: Doc, start: int, end: int) -> Span:
        from spacy.tokens import Span

        return Span(doc, start, end, label=self._label)

    def _find(self, doc: Doc) -> Iterator[tuple[int, int, float]]:
        """Yield names as (first token, token after the last, score)."""
        from feedback.redact.folding import fold
        from feedback.redact.plugins.spacy_patterns import SCORES
        from feedback.redact.plugins.spacy_tokens import mark_cues
        from feedback.schema import Entity

        folded = fold(doc.text)
        mark_cues(doc, folded)
        for kind, start, end in self._match(doc, folded.text):
            if kind in ("title", "announced") or not _makes_organisation(doc, start, end):
                yield start, end, SCORES[kind]
        for _, start, end in self._people(doc):
            yield start, end, SCORES["people"]
        for name in self._names.find(folded.text):
            if name.entity is not Entity.PERSON:
                continue
            first = folded.position(name.start)
            last = folded.position(name.end, is_end=True)
            span = doc.char_span(first, last, alignment_mode="expand")
            if span is not None:
                yield span.start, span.end, name.score

    def _match(self, doc: Doc, text: str) -> Iterator[tuple[str, int, int]]:
        """Yield (kind, first token, token after the last) of the patterns.

        Where everything is in capitals they say nothing: that is left to `NameRecogniser`.
        """
        from feedback.redact.lexicon import load_lexicon
        from feedback.redact.name_words import Words

        if Words(text, load_lexicon()).is_shouting:
            return
        for key, start, stop in self._patterns(doc):
            yield doc.vocab.strings[key], start, _whole(doc, stop)


def _whole(doc: Doc, end: int) -> int:
    """Return the end with the rest of a double name: spaCy cuts "Owusu-Mensah" in three."""
    while end + 1 < len(doc) and doc[end].text == "-" and not _is_gap(doc, end):
        end += 2
    return end


def _is_gap(doc: Doc, index: int) -> bool:
    """Whether white space stands on either side of a token, or no word follows it."""
    before, token, after = doc[index - 1], doc[index], doc[index + 1]
    return bool(before.whitespace_ or token.whitespace_) or not after.is_alpha


def _makes_organisation(doc: Doc, start: int, end: int) -> bool:
    """Whether the words make a court, a company or a street of the name: "Wilson Court"."""
    if any(token._.is_organisation_word for token in doc[start:end]):
        return True
    after = doc[end] if end < len(doc) else None
    if after is None:
        return False
    is_next = after._.is_organisation_word and not after.is_lower
    return bool(is_next) or after.text == "&" or (start > 0 and doc[start - 1].text == "&")


def make_feedback_names(
    nlp: Language, name: str, people: list[str], group: str, label: str, set_ents: bool
) -> FeedbackNames:
    """Return the component; spaCy calls this for ``nlp.add_pipe("feedback_names")``."""
    return FeedbackNames(nlp, people=people, group=group, label=label, set_ents=set_ents)


Language.factory(
    "feedback_names",
    default_config={"people": [], "group": _GROUP, "label": _LABEL, "set_ents": True},
    assigns=["doc.spans", "doc.ents"],
    func=make_feedback_names,
)
