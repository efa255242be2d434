"""Topics and comments in words and tables, as pages show them; pure, as `app.tell` is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from app.names import language_name, place_name
from app.queries_comments import WITHHELD
from app.tell_triage import COUNTED
from app.wording import code_label, counted, moment, percent
from classifiers.facets import known_facets
from feedback.schema import EMPTY_LABEL, Language, Origin

if TYPE_CHECKING:
    from collections.abc import Mapping

    from app.filters import Filters
    from app.queries_topics import Topics
    from classifiers.codebook import Codebook

__all__ = [
    "code_labels",
    "codings_table",
    "comment_figures",
    "facet_words",
    "found_answer",
    "found_note",
    "in_english",
    "language_tag",
    "list_note",
    "repeats_told",
    "taken_out_told",
    "topics_table",
]


def topics_table(found: Topics) -> pd.DataFrame:
    """Return the table of topics."""
    topics = found.topics
    return pd.DataFrame(
        {
            "Topic": topics["name"],
            "Comments": topics["n"],
            "Share": [percent(n / found.n_comments) for n in topics["n"]],
            "A week": topics["weeks"],
            "Words that set it apart": [", ".join(terms) for terms in topics["terms"]],
        }
    )


def found_answer(n_found: int, *, is_capped: bool, limit: int) -> str:
    """Return how many comments there are, as far as they were counted."""
    return f"More than {limit:,} comments" if is_capped else counted(n_found, "comment")


def found_note(filters: Filters) -> str:
    """Return what the list has, and what it leaves out."""
    told = "Newest first. What was taken out stands in a chip. "
    searched = (filters.search, filters.language, filters.sentiment, filters.outcome)
    if filters.has_redactions or any(searched):
        return told + "Comments whose text is withheld are not searched."
    return told + "Where a text is withheld, the reason stands in its place."


def list_note(comment: Mapping[str, Any]) -> str:
    """Return when and where a comment was sent, in which language and tone."""
    tone = str(comment["sentiment"]).capitalize() if comment["sentiment"] else ""
    parts = (
        moment(comment["submitted_at"]),
        place_name(comment["service"], comment["page"]),
        language_name(comment["language"]),
        tone,
    )
    return " · ".join(part for part in parts if part)


def code_labels(codes: str) -> list[str]:
    """Return codes that are joined by commas as words, without the one that means nothing."""
    given = [code for code in codes.split(", ") if code not in ("", EMPTY_LABEL)]
    return [code_label(code) for code in given]


def facet_words(facets: Mapping[str, Any] | None) -> list[tuple[str, str]]:
    """Return what a comment says of browsers, errors and the like, with names."""
    told = facets or {}
    found = ((label, known_facets(dict(told), name)) for label, name in COUNTED.items())
    return [(label, ", ".join(values)) for label, values in found if values]


def in_english(comment: Mapping[str, Any], codebook: Codebook) -> list[tuple[str, str]]:
    """Return in English what a comment in another language is about, as far as that is known.

    It is no translation, and nothing in it was made up: what the codes given mean by their
    codebook, the tone, what was found of browsers and errors, and the topic.
    """
    codes = [code for code in comment["codes"].split(", ") if code not in ("", EMPTY_LABEL)]
    told = [
        (code_label(code), first_sentence(codebook[code].definition) if code in codebook else "")
        for code in codes
    ]
    if not codes:
        told.append(("No code", "somebody who reads Welsh should look"))
    if comment["sentiment"]:
        told.append(("Tone", str(comment["sentiment"])))
    told += facet_words(comment["facets"])
    if comment["topic"]:
        told.append(("Topic, named by its words", str(comment["topic"])))
    return told


def first_sentence(text: str) -> str:
    """Return what stands before the first full stop.

    >>> first_sentence("It fails. Include: crashes."), first_sentence("No stop")
    ('It fails', 'No stop')
    """
    return text.split(". ", 1)[0].removesuffix(".")


def taken_out_told(taken_out: Mapping[str, int]) -> str:
    """Return which personal data was taken out of a text.

    >>> taken_out_told({"PERSON": 2, "PHONE": 1})
    'Personal data taken out: person (2), phone (1).'
    """
    if not taken_out:
        return "No personal data was taken out of it."
    kinds = (f"{kind.lower().replace('_', ' ')} ({n})" for kind, n in taken_out.items())
    return f"Personal data taken out: {', '.join(kinds)}."


def repeats_told(n_repeats: int) -> str:
    """Return how many other comments say the same."""
    if not n_repeats:
        return "No other comment says the same."
    return f"Says the same as {counted(n_repeats, 'other comment')} of this service."


def comment_figures(comment: dict[str, Any]) -> list[tuple[str, str]]:
    """Return what is known of a comment, with names; what is not known is left out."""
    yes_no = {True: "yes", False: "no"}
    told = {
        "Sent": moment(comment["submitted_at"]),
        "Taken in": moment(comment["received_at"]),
        "Place": place_name(comment["service"], comment["page"]),
        "Question": comment["question"],
        "Source": comment["source"],
        "Language": language_name(comment["language"]),
        "Sentiment": (comment["sentiment"] or "").capitalize(),
        "Satisfaction": _of_five(comment["satisfaction"]),
        "Ease": _of_five(comment["effort"]),
        "Needed help": yes_no.get(comment["help_needed"]),
        "Completed": yes_no.get(comment["completed"]),
        "Device": comment["device"],
        "Browser": comment["browser"],
        "Region": comment["region"],
    }
    known = [(name, str(value)) for name, value in told.items() if not _is_missing(value)]
    return [*known, ("Id", comment["comment_id"])]


def language_tag(comment: dict[str, Any]) -> str | None:
    """Return the language that a comment's text must be marked with; the page is in English.

    Why a text is withheld is told in English, whatever the comment is in.
    """
    is_welsh = comment["language"] == Language.WELSH.value and comment["text"] not in WITHHELD
    return Language.WELSH.value if is_welsh else None


def _is_missing(value: Any) -> bool:
    return value is None or value == "" or value != value


def _of_five(value: Any) -> str | None:
    return None if _is_missing(value) else f"{int(value)} of 5"


def codings_table(codings: pd.DataFrame) -> pd.DataFrame:
    """Return who gave which code and how sure; a person's coding wins over the machine's."""
    return pd.DataFrame(
        {
            "Code": codings["code"].map(code_label),
            "Decision": codings["decision"].str.capitalize(),
            "By": [
                f"person ({coder})" if origin == Origin.PERSON.value else origin
                for origin, coder in zip(codings["origin"], codings["coder"], strict=True)
            ],
            "Probability": ["–" if _is_missing(p) else percent(p) for p in codings["probability"]],
            "When": [moment(at) for at in codings["at"]],
        }
    )
