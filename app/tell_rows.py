"""Tables and figures of topics and comments, as pages show them; pure, as `app.tell` is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from app.names import language_name, page_name, place_name, service_name
from app.queries_comments import WITHHELD
from app.wording import LONDON, code_label, moment, percent
from feedback.schema import Language, Origin

if TYPE_CHECKING:
    from app.queries_comments import FoundComments
    from app.queries_topics import Topics

__all__ = ["codings_table", "comment_figures", "comments_table", "language_tag", "topics_table"]


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


def comments_table(found: FoundComments) -> pd.DataFrame:
    """Return the table of comments; a table cell is never markup."""
    rows = found.comments
    return pd.DataFrame(
        {
            "Sent": rows["submitted_at"].dt.tz_convert(LONDON).dt.tz_localize(None),
            "Comment": rows["text"],
            "Codes": [_code_labels(codes) for codes in rows["codes"]],
            "Service": rows["service"].map(service_name),
            "Page": [page_name(page) if page else "–" for page in rows["page"]],
            "Sentiment": [tone.capitalize() if tone else "–" for tone in rows["sentiment"]],
            "Language": rows["language"].map(language_name),
        }
    )


def _code_labels(codes: str) -> str:
    return "; ".join(code_label(code) for code in codes.split(", ")) if codes else "–"


def comment_figures(comment: dict[str, Any]) -> list[tuple[str, str]]:
    """Return what is known of a comment, with names; what is not known is left out."""
    yes_no = {True: "yes", False: "no"}
    told = {
        "Sent": moment(comment["submitted_at"]),
        "Place": place_name(comment["service"], comment["page"]),
        "Question": comment["question"],
        "Source": comment["source"],
        "Language": language_name(comment["language"]),
        "Sentiment": comment["sentiment"],
        "Satisfaction": _of_five(comment["satisfaction"]),
        "Ease": _of_five(comment["effort"]),
        "Needed help": yes_no.get(comment["help_needed"]),
        "Completed": yes_no.get(comment["completed"]),
        "Device": comment["device"],
        "Browser": comment["browser"],
        "Region": comment["region"],
        "Duplicate": "of an earlier comment" if comment["duplicate_of"] else None,
    }
    return [(name, str(value)) for name, value in told.items() if not _is_missing(value)]


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
