"""What travels between stages: small records, and the columns of frames."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from feedback.schema.enums import Decision, Entity, Origin, Sentiment

__all__ = [
    "ALL_REPORTS",
    "CLUSTER_PREFIX",
    "COUNT_COLUMNS",
    "INCOMING_COMMENT_COLUMNS",
    "PREPARED_COMMENT_COLUMNS",
    "RESPONSE_COLUMNS",
    "TEXT_PREFIX",
    "Classification",
    "CodeDecision",
    "Redaction",
    "Reject",
    "Span",
]


@dataclass(frozen=True, slots=True)
class Span:
    """One stretch of personal data.

    ``start`` and ``end`` count code points. Whether they point into the text before or after
    redaction is said by the holder (`Redaction.found`, `Redaction.spans`). A pseudonym has its
    ``number`` and the ``marks`` by which the same value is known again; see
    `feedback.redact.pseudonyms`.
    """

    entity: Entity
    start: int
    end: int
    recogniser: str
    score: float
    number: int | None = None
    marks: str = ""


@dataclass(frozen=True, slots=True)
class Redaction:
    """A redacted text; ``spans`` are offsets of placeholders in it, ``found`` in the input."""

    text: str
    spans: tuple[Span, ...]
    found: tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class Reject:
    """A row that did not go in: its 1-based row number in the file, the stage and the reason.

    Never holds any of the row's text.
    """

    row: int
    stage: str
    reason: str


@dataclass(frozen=True, slots=True)
class CodeDecision:
    """One code on one comment; ``probability`` is 0-1."""

    code: str
    probability: float
    decision: Decision
    origin: Origin


@dataclass(frozen=True, slots=True)
class Classification:
    """All codes of one comment (assigned or for review), its sentiment and its fault facets."""

    codes: tuple[CodeDecision, ...]
    sentiment: Sentiment
    facets: dict[str, Any] = field(default_factory=dict)


INCOMING_COMMENT_COLUMNS = (
    "comment_id",
    "response_id",
    "row",
    "source",
    "service",
    "page",
    "question",
    "submitted_at",
    "text",
    "extra",
)
"""What `ingest.read` hands over: text is raw, ``extra`` a dict of raw left-over fields."""

PREPARED_COMMENT_COLUMNS = (
    "comment_id",
    "response_id",
    "source",
    "service",
    "page",
    "question",
    "submitted_at",
    "received_at",
    "text",
    "is_empty",
    "language",
    "n_characters",
    "text_hash",
    "duplicate_of",
    "extra",
)
"""What may be stored: text and extra are redacted."""

RESPONSE_COLUMNS = (
    "response_id",
    "service",
    "submitted_at",
    "satisfaction",
    "effort",
    "help_needed",
    "completed",
    "device",
    "browser",
    "region",
)

ALL_REPORTS = "all"
"""Theme of counts and signals that stand for every comment of a page."""
CLUSTER_PREFIX = "cluster:"
"""Themes that are issue clusters: the prefix and the cluster's id."""
TEXT_PREFIX = "text:"
"""Themes that are novel complaints: the prefix and the id of the comment that began one."""

COUNT_COLUMNS = ("service", "page", "theme", "period_start", "n")
"""Reports of a theme on a page in one period; the columns of a file of counts."""
