"""The data model: enums, records, frames and tables. No other file declares a column.

Frames are pandas frames checked by pandera at the seams (what ``ingest`` hands over, what may be
stored); records are the small values that travel between stages; tables are SQLAlchemy Core. Times
are UTC everywhere; in frames they are ``datetime64[us, UTC]``, in SQLite naive UTC.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa

__all__ = [
    "COUNT_COLUMNS",
    "EMPTY_LABEL",
    "INCOMING_COMMENT_COLUMNS",
    "IS_CLAIMED",
    "IS_REPEAT",
    "IS_WAITING",
    "IS_WELSH",
    "OUTLIER_TOPIC",
    "PREPARED_COMMENT_COLUMNS",
    "RESPONSE_COLUMNS",
    "STANDARD_ENTITIES",
    "STRICT_ENTITIES",
    "AuditVerdict",
    "Channel",
    "Classification",
    "CodeDecision",
    "CodeProposal",
    "CommentState",
    "Decision",
    "Entity",
    "FaultStatus",
    "Frequency",
    "IssueStatus",
    "Language",
    "Measure",
    "Origin",
    "Redaction",
    "RedactionMode",
    "RedactionOperator",
    "Reject",
    "Role",
    "SafeguardingOutcome",
    "SampleKind",
    "Sentiment",
    "SignalKind",
    "SignalLevel",
    "Span",
    "TopicAction",
    "TopicChange",
    "assignments",
    "audit",
    "audit_samples",
    "coding_round_comments",
    "coding_rounds",
    "coding_samples",
    "codings",
    "comments",
    "embeddings",
    "fault_triage",
    "fingerprints",
    "issues",
    "meta",
    "metadata",
    "people",
    "proposed_codes",
    "rejects",
    "responses",
    "round_codings",
    "runs",
    "safeguarding_outcomes",
    "search_rows",
    "signals",
    "source_statements",
    "spans",
    "stale_days",
    "standing_codes",
    "subscriptions",
    "tallies",
    "topic_changes",
    "topic_edits",
    "topics",
]

OUTLIER_TOPIC = -1
"""Topic id of a comment that fits no topic."""

EMPTY_LABEL = "none"
"""Code of a comment with nothing to code."""


class Entity(StrEnum):
    """Kinds of personal data, as in the codebook document. The value is the placeholder's word."""

    PERSON = "PERSON"
    EMAIL = "EMAIL"
    PHONE = "PHONE"
    POSTCODE = "POSTCODE"
    ADDRESS = "ADDRESS"
    DATE_OF_BIRTH = "DATE_OF_BIRTH"
    NINO = "NINO"
    NHS_NUMBER = "NHS_NUMBER"
    PASSPORT = "PASSPORT"
    DRIVING_LICENCE = "DRIVING_LICENCE"
    VEHICLE_REGISTRATION = "VEHICLE_REGISTRATION"
    PAYMENT_CARD = "PAYMENT_CARD"
    BANK_ACCOUNT = "BANK_ACCOUNT"
    IBAN = "IBAN"
    IP_ADDRESS = "IP_ADDRESS"
    URL = "URL"
    USERNAME = "USERNAME"
    CASE_REFERENCE = "CASE_REFERENCE"
    NUMBER = "NUMBER"
    PLACE = "PLACE"
    ORGANISATION = "ORGANISATION"

    @property
    def placeholder(self) -> str:
        """What stands in the redacted text, such as ``[PERSON]``."""
        return f"[{self.value}]"


STRICT_ENTITIES = frozenset((Entity.PLACE, Entity.ORGANISATION))
"""Taken out in strict mode only."""
STANDARD_ENTITIES = tuple(entity for entity in Entity if entity not in STRICT_ENTITIES)
"""Taken out always."""


class RedactionMode(StrEnum):
    """How much is taken out: ``strict`` also takes places and organisations."""

    STANDARD = "standard"
    STRICT = "strict"


class RedactionOperator(StrEnum):
    """What is put in the place of personal data.

    ``placeholder`` is ``[PERSON]``; ``pseudonym`` is ``[PERSON_1]``, the same number for the same
    person within one response; ``mask`` is a block that does not even tell the kind.
    """

    PLACEHOLDER = "placeholder"
    PSEUDONYM = "pseudonym"
    MASK = "mask"


class AuditVerdict(StrEnum):
    """What a person found in a redacted comment drawn for the leak meter."""

    CLEAN = "clean"
    LEAK = "leak"
    OVER = "over"


class Language(StrEnum):
    """Language of a comment. ``unknown`` is an honest answer for a short or unclear text."""

    ENGLISH = "en"
    WELSH = "cy"
    OTHER = "other"
    UNKNOWN = "unknown"


class CommentState(StrEnum):
    """How far a stored comment has come."""

    RECEIVED = "received"
    ENRICHED = "enriched"
    FAILED = "failed"


class Decision(StrEnum):
    """What was decided about a code. ``review`` means a person should look."""

    ASSIGNED = "assigned"
    REVIEW = "review"
    REJECTED = "rejected"


class Origin(StrEnum):
    """Who coded."""

    RULE = "rule"
    MODEL = "model"
    PERSON = "person"


class SampleKind(StrEnum):
    """How a comment came to be coded by a person: by chance, or because the machine was unsure.

    ``welsh`` was unsure in Welsh, and waited for somebody who reads it.
    """

    RANDOM = "random"
    UNCERTAIN = "uncertain"
    WELSH = "welsh"


class SafeguardingOutcome(StrEnum):
    """What a person did about a comment that may be about safeguarding.

    ``told`` is telling whoever can act: the service's safeguarding lead, or an emergency service.
    """

    TOLD = "told"
    NO_RISK = "no-risk"
    OTHER = "other"


class Sentiment(StrEnum):
    """Tone of a whole comment."""

    POSITIVE = "positive"
    NEUTRAL = "neutral"
    NEGATIVE = "negative"
    MIXED = "mixed"


class SignalKind(StrEnum):
    """Shape of a change in the number of reports."""

    BURST = "burst"
    DRIFT = "drift"
    QUIET = "quiet"


class SignalLevel(StrEnum):
    """How strong the evidence is: an alert meets the false-alarm budget, a watch is weaker."""

    ALERT = "alert"
    WATCH = "watch"


class FaultStatus(StrEnum):
    """How far a team has come with one fault report; one without a row is ``open``."""

    OPEN = "open"
    ACKNOWLEDGED = "acknowledged"
    IN_PROGRESS = "in_progress"
    DONE = "done"
    NOT_A_FAULT = "not_a_fault"


class Role(StrEnum):
    """What a signed-in person may do. Every role but ``safeguarding`` includes ``viewer``."""

    VIEWER = "viewer"
    TRIAGER = "triager"
    RESEARCHER = "researcher"
    SAFEGUARDING = "safeguarding"
    ADMINISTRATOR = "administrator"


class Measure(StrEnum):
    """What is counted by day; see `feedback.tallies`.

    Of comments, by page: all of them, those with a code for sure or for review or with any code of
    a group (the part of a code before its dot), by sentiment, language, source, topic and length,
    and those without a page or question. Of responses, by region: all, by their answers, and the
    codes of their comments.
    """

    COMMENTS = "comments"
    CODE = "code"
    REVIEW = "review"
    GROUP = "group"
    SENTIMENT = "sentiment"
    LANGUAGE = "language"
    SOURCE = "source"
    TOPIC = "topic"
    LENGTH = "length"
    MISSING = "missing"
    RESPONSES = "responses"
    SATISFACTION = "satisfaction"
    EFFORT = "effort"
    COMPLETED = "completed"
    HELP_NEEDED = "help_needed"
    REGION_CODE = "region_code"


class CodeProposal(StrEnum):
    """What became of a code that a coder missed in the codebook."""

    PROPOSED = "proposed"
    ACCEPTED = "accepted"
    DECLINED = "declined"


class Channel(StrEnum):
    """How a digest goes out."""

    EMAIL = "email"
    WEBHOOK = "webhook"


class Frequency(StrEnum):
    """How often a digest goes out."""

    DAY = "day"
    WEEK = "week"


class TopicAction(StrEnum):
    """What a person did to a topic; ``undo`` takes an earlier edit back."""

    NAME = "name"
    MERGE = "merge"
    SPLIT = "split"
    PIN = "pin"
    UNDO = "undo"


class TopicChange(StrEnum):
    """What became of a topic in a fit."""

    NEW = "new"
    GONE = "gone"
    KEPT = "kept"
    MERGED = "merged"
    SPLIT = "split"


class IssueStatus(StrEnum):
    """Where an issue stands in a team's work; ``provisional`` ones are too small to show first."""

    PROVISIONAL = "provisional"
    NEW = "new"
    ACKNOWLEDGED = "acknowledged"
    INVESTIGATING = "investigating"
    FIXED = "fixed"
    CLOSED = "closed"
    NOT_AN_ISSUE = "not_an_issue"


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


class UtcDateTime(sa.types.TypeDecorator[datetime]):
    """A time in UTC: aware in Python, naive UTC in stores without time zones."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        """Convert to UTC; a naive time is refused, since nobody could say when it was."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a time without a zone cannot be stored; convert it to UTC first")
        value = value.astimezone(UTC)
        return value if dialect.name == "postgresql" else value.replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        """Give an aware UTC time back."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


metadata = sa.MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)

comments = sa.Table(
    "comments",
    metadata,
    sa.Column("comment_id", sa.String(32), primary_key=True),
    sa.Column("response_id", sa.String(32), nullable=False, index=True),
    sa.Column("source", sa.String(80), nullable=False),
    sa.Column("service", sa.String(120), nullable=False),
    sa.Column("page", sa.String(500)),
    sa.Column("question", sa.String(200)),
    sa.Column("submitted_at", UtcDateTime, nullable=False),
    sa.Column("received_at", UtcDateTime, nullable=False),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("is_empty", sa.Boolean, nullable=False, default=False),
    sa.Column("language", sa.String(8), nullable=False),
    sa.Column("n_characters", sa.Integer, nullable=False),
    sa.Column("text_hash", sa.String(32), nullable=False, index=True),
    sa.Column("duplicate_of", sa.String(32)),
    sa.Column("sentiment", sa.String(8)),
    sa.Column("facets", sa.JSON(none_as_null=True)),
    sa.Column("state", sa.String(10), nullable=False, default=CommentState.RECEIVED),
    sa.Column("claimed_by", sa.String(120)),
    sa.Column("claimed_at", UtcDateTime),
    sa.Column("n_attempts", sa.Integer, nullable=False, default=0),
    sa.Column("failure", sa.String(200)),
    sa.Column("extra", sa.JSON(none_as_null=True)),
    sa.Column("redactor", sa.String(80)),
    sa.Column("day", sa.String(10), index=True),
    sa.Index("ix_comments_state", "state"),
    sa.Index("ix_comments_service_page_submitted_at", "service", "page", "submitted_at"),
    sa.Index("ix_comments_submitted_at", "submitted_at"),
)

# Literals, not parameters: SQLite uses a partial index only where a query repeats its very words.
IS_WAITING = sa.and_(
    comments.c.state == sa.literal_column(f"'{CommentState.RECEIVED}'"),
    comments.c.claimed_by.is_(None),
)
"""Condition: a comment that no worker has claimed and that is not enriched yet."""

IS_CLAIMED = comments.c.claimed_by.is_not(None)
"""Condition: a comment that a worker holds."""

IS_WELSH = comments.c.language == sa.literal_column(f"'{Language.WELSH}'")
"""Condition: a comment in Welsh."""

IS_REPEAT = comments.c.duplicate_of.is_not(None)
"""Condition: a comment that says the same as an earlier one."""

# Partial, so that a claim costs the same with a thousand comments in the store and with a million.
sa.Index(
    "ix_comments_waiting",
    comments.c.n_attempts,
    comments.c.submitted_at,
    comments.c.comment_id,
    sqlite_where=IS_WAITING,
    postgresql_where=IS_WAITING,
)
sa.Index(
    "ix_comments_claimed_by",
    comments.c.claimed_by,
    sqlite_where=IS_CLAIMED,
    postgresql_where=IS_CLAIMED,
)
# The language and the state stand in it as well: with less to go by, SQLite would take the index of
# states, and read all that is coded.
sa.Index(
    "ix_comments_welsh",
    comments.c.language,
    comments.c.state,
    comments.c.submitted_at,
    comments.c.comment_id,
    sqlite_where=IS_WELSH,
    postgresql_where=IS_WELSH,
)
sa.Index(
    "ix_comments_duplicate_of",
    comments.c.duplicate_of,
    sqlite_where=IS_REPEAT,
    postgresql_where=IS_REPEAT,
)

responses = sa.Table(
    "responses",
    metadata,
    sa.Column("response_id", sa.String(32), primary_key=True),
    sa.Column("service", sa.String(120), nullable=False),
    sa.Column("submitted_at", UtcDateTime, nullable=False),
    sa.Column("satisfaction", sa.SmallInteger),
    sa.Column("effort", sa.SmallInteger),
    sa.Column("help_needed", sa.Boolean),
    sa.Column("completed", sa.Boolean),
    sa.Column("device", sa.String(80)),
    sa.Column("browser", sa.String(80)),
    sa.Column("region", sa.String(80)),
    sa.Column("day", sa.String(10), index=True),
    sa.Index("ix_responses_service_submitted_at", "service", "submitted_at"),
)
"""``day``, here and in ``comments``, is the day in London on which it was sent, as 2026-04-01; the
store writes it."""

spans = sa.Table(
    "spans",
    metadata,
    sa.Column("comment_id", sa.String(32), sa.ForeignKey("comments.comment_id"), primary_key=True),
    sa.Column("start", sa.Integer, primary_key=True),
    sa.Column("end", sa.Integer, nullable=False),
    sa.Column("entity", sa.String(24), nullable=False),
    sa.Column("recogniser", sa.String(60), nullable=False),
    sa.Column("score", sa.Float, nullable=False),
    sa.Column("number", sa.Integer),
    sa.Column("marks", sa.String(255)),
    sqlite_with_rowid=False,
)
"""``number`` and ``marks`` belong to pseudonyms. Marks are keyed hashes, cut short, that hold for
one response alone: without the key nobody can tell or link what stood there."""

fingerprints = sa.Table(
    "fingerprints",
    metadata,
    sa.Column("band", sa.SmallInteger, primary_key=True, autoincrement=False),
    sa.Column("key", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("comment_id", sa.String(32), primary_key=True),
    sqlite_with_rowid=False,
)
"""Near-duplicate look-up: one hashed key for each band of a text's signature.

The primary key is the look-up's order, so the table is its own index. It holds what can be worked
out again from the comments' texts, so no foreign key, which would need an index as large again.
"""

embeddings = sa.Table(
    "embeddings",
    metadata,
    sa.Column("model", sa.String(120), primary_key=True),
    sa.Column("revision", sa.String(64), primary_key=True),
    sa.Column("text_hash", sa.String(32), primary_key=True),
    sa.Column("vector", sa.LargeBinary, nullable=False),
)
"""Cache of vectors (little-endian float32) by model, revision and hash of the exact text."""

codings = sa.Table(
    "codings",
    metadata,
    sa.Column("comment_id", sa.String(32), sa.ForeignKey("comments.comment_id"), primary_key=True),
    sa.Column("code", sa.String(80), primary_key=True),
    sa.Column("origin", sa.String(8), primary_key=True),
    sa.Column("coder", sa.String(120), primary_key=True, default=""),
    sa.Column("model_version", sa.String(80), primary_key=True, default=""),
    sa.Column("probability", sa.Float),
    sa.Column("decision", sa.String(10), nullable=False),
    sa.Column("at", UtcDateTime, nullable=False),
    sa.Index("ix_codings_code_comment_id", "code", "comment_id"),
    sqlite_with_rowid=False,
)

topics = sa.Table(
    "topics",
    metadata,
    sa.Column("topic_id", sa.Integer, primary_key=True),
    sa.Column("model_version", sa.String(80), primary_key=True),
    sa.Column("name", sa.String(200), nullable=False),
    sa.Column("terms", sa.JSON, nullable=False),
    sa.Column("quotes", sa.JSON, nullable=False),
    sa.Column("n", sa.Integer, nullable=False),
    sa.Column("centroid", sa.LargeBinary, nullable=False),
    sa.Column("parent_id", sa.Integer),
    sa.Column("named_by", sa.String(120)),
)
"""``quotes`` are comment ids, most central first; ``centroid`` is little-endian float32. A topic
keeps its ``topic_id`` from fit to fit. ``parent_id`` numbers the broader group it belongs to;
``named_by`` is the person who named it, empty where the machine did."""

topic_edits = sa.Table(
    "topic_edits",
    metadata,
    sa.Column("edit_id", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("at", UtcDateTime, nullable=False),
    sa.Column("who", sa.String(120), nullable=False),
    sa.Column("action", sa.String(8), nullable=False),
    sa.Column("topic_id", sa.Integer, nullable=False),
    sa.Column("detail", sa.JSON, nullable=False),
)
"""What people did to topics (`TopicAction`), in order; every fit does it again.

``detail`` has no words but names, the one given (redacted) and the machine's: what was merged or
split is told by topic ids and centroids, with the encoder that made those."""

topic_changes = sa.Table(
    "topic_changes",
    metadata,
    sa.Column("model_version", sa.String(80), primary_key=True),
    sa.Column("topic_id", sa.Integer, primary_key=True),
    sa.Column("kind", sa.String(8), primary_key=True),
    sa.Column("at", UtcDateTime, nullable=False),
    sa.Column("detail", sa.JSON, nullable=False),
)
"""What a fit changed against the one before (`TopicChange`), by topic ids, without names."""

issues = sa.Table(
    "issues",
    metadata,
    sa.Column("cluster_id", sa.String(32), primary_key=True),
    sa.Column("service", sa.String(120), nullable=False),
    sa.Column("page", sa.String(500)),
    sa.Column("title", sa.String(200), nullable=False),
    sa.Column("theme", sa.String(80)),
    sa.Column("status", sa.String(16), nullable=False, default=IssueStatus.PROVISIONAL),
    sa.Column("first_seen", UtcDateTime, nullable=False),
    sa.Column("last_seen", UtcDateTime, nullable=False),
    sa.Column("n", sa.Integer, nullable=False),
    sa.Column("quotes", sa.JSON, nullable=False),
    sa.Column("owner", sa.String(120)),
    sa.Column("ticket_url", sa.String(500)),
    sa.Column("fixed_at", UtcDateTime),
    sa.Column("reopened_at", UtcDateTime),
    sa.Column("merged_into", sa.String(32)),
    sa.Column("facts", sa.JSON(none_as_null=True)),
    sa.Column("titled_by", sa.String(120)),
    sa.Column("arranged_at", UtcDateTime),
    sa.Column("undo", sa.JSON(none_as_null=True)),
    sa.Column("centroid", sa.LargeBinary, nullable=False),
    sa.Index("ix_issues_service_page", "service", "page"),
)
"""``merged_into`` is the cluster that a consolidation put this one's comments into; its row stays,
so that a link to it still leads somewhere. ``facts`` are figures about the cluster, as
`topics.issue_facts` gives them. ``titled_by`` gave the title, which no machine then takes back;
``arranged_at`` is when a person last said what belongs to it, by a split or a merge: comments
received until then stay, and no machine merges two such issues. ``undo`` is what it takes to take
the last change by a person back."""

assignments = sa.Table(
    "assignments",
    metadata,
    sa.Column("comment_id", sa.String(32), sa.ForeignKey("comments.comment_id"), primary_key=True),
    sa.Column("topic_id", sa.Integer, index=True),
    sa.Column("cluster_id", sa.String(32), index=True),
    sa.Column("similarity", sa.Float),
    sa.Column("model_version", sa.String(80), nullable=False, default=""),
)
"""``similarity`` is the cosine to the issue cluster's centroid, or to the topic's without one."""

signals = sa.Table(
    "signals",
    metadata,
    sa.Column("signal_id", sa.String(32), primary_key=True),
    sa.Column("as_of", UtcDateTime, nullable=False, index=True),
    sa.Column("kind", sa.String(8), nullable=False),
    sa.Column("level", sa.String(8), nullable=False),
    sa.Column("service", sa.String(120), nullable=False),
    sa.Column("page", sa.String(500)),
    sa.Column("theme", sa.String(120), nullable=False),
    sa.Column("window", sa.String(16), nullable=False),
    sa.Column("window_start", UtcDateTime, nullable=False),
    sa.Column("window_end", UtcDateTime, nullable=False),
    sa.Column("n", sa.Integer, nullable=False),
    sa.Column("expected", sa.Float, nullable=False),
    sa.Column("rate_ratio", sa.Float, nullable=False),
    sa.Column("low", sa.Float, nullable=False),
    sa.Column("high", sa.Float, nullable=False),
    sa.Column("q_value", sa.Float, nullable=False),
    sa.Column("sentence", sa.String(400), nullable=False),
    sa.Column("comments", sa.JSON(none_as_null=True)),
    sa.Column("release", sa.String(200)),
)
"""``comments`` are the ids of the comments behind it, where the theme is no code or cluster;
``release`` is the name of a release just before it."""

alarms = sa.Table(
    "alarms",
    metadata,
    sa.Column("kind", sa.String(8), primary_key=True),
    sa.Column("service", sa.String(120), primary_key=True),
    sa.Column("page", sa.String(500), primary_key=True),
    sa.Column("theme", sa.String(120), primary_key=True),
    sa.Column("level", sa.String(8), nullable=False),
    sa.Column("raised_at", UtcDateTime, nullable=False),
    sa.Column("last_at", UtcDateTime, nullable=False),
)
"""When something was last told of, so that it is told once; ``page`` is empty where there is
none. ``last_at`` is the last look at which it stood."""

releases = sa.Table(
    "releases",
    metadata,
    sa.Column("release_id", sa.String(32), primary_key=True),
    sa.Column("at", UtcDateTime, nullable=False, index=True),
    sa.Column("service", sa.String(120)),
    sa.Column("page", sa.String(500)),
    sa.Column("name", sa.String(200), nullable=False),
    sa.Column("who", sa.String(120), nullable=False),
    sa.Column("noted_at", UtcDateTime, nullable=False),
)
"""Releases and other changes of services, as people noted them; empty ``service``: of all."""

runs = sa.Table(
    "runs",
    metadata,
    sa.Column("run_id", sa.String(32), primary_key=True),
    sa.Column("kind", sa.String(20), nullable=False),
    sa.Column("started_at", UtcDateTime, nullable=False),
    sa.Column("finished_at", UtcDateTime),
    sa.Column("settings", sa.JSON, nullable=False),
    sa.Column("versions", sa.JSON, nullable=False),
    sa.Column("models", sa.JSON, nullable=False),
    sa.Column("codebook", sa.String(120)),
    sa.Column("seed", sa.Integer, nullable=False),
    sa.Column("n_in", sa.Integer, nullable=False, default=0),
    sa.Column("n_rejected", sa.Integer, nullable=False, default=0),
    sa.Column("seconds", sa.JSON(none_as_null=True)),
)

rejects = sa.Table(
    "rejects",
    metadata,
    sa.Column("run_id", sa.String(32), sa.ForeignKey("runs.run_id"), primary_key=True),
    sa.Column("row", sa.Integer, primary_key=True),
    sa.Column("stage", sa.String(20), primary_key=True),
    sa.Column("reason", sa.String(200), nullable=False),
)

audit = sa.Table(
    "audit",
    metadata,
    sa.Column("entry_id", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("at", UtcDateTime, nullable=False),
    sa.Column("who", sa.String(120), nullable=False),
    sa.Column("action", sa.String(60), nullable=False),
    sa.Column("object", sa.String(200), nullable=False, index=True),
    sa.Column("detail", sa.JSON(none_as_null=True)),
)

audit_samples = sa.Table(
    "audit_samples",
    metadata,
    sa.Column("comment_id", sa.String(32), sa.ForeignKey("comments.comment_id"), primary_key=True),
    sa.Column("sample_id", sa.String(32), sa.ForeignKey("runs.run_id"), nullable=False),
    sa.Column("service", sa.String(120)),
    sa.Column("position", sa.Integer, nullable=False),
    sa.Column("drawn_at", UtcDateTime, nullable=False),
    sa.Column("redactor", sa.String(80)),
    sa.Column("verdict", sa.String(8)),
    sa.Column("entity", sa.String(24)),
    sa.Column("who", sa.String(120)),
    sa.Column("at", UtcDateTime),
    sa.Index("ix_audit_samples_verdict_drawn_at_position", "verdict", "drawn_at", "position"),
)
"""Redacted comments drawn at random for a person to check: what was found, never the words.

``service`` is what the draw was limited to; ``entity`` the kind of what leaked; ``verdict`` is
empty until somebody has looked."""

coding_samples = sa.Table(
    "coding_samples",
    metadata,
    sa.Column("comment_id", sa.String(32), sa.ForeignKey("comments.comment_id"), primary_key=True),
    sa.Column("sample_id", sa.String(32), sa.ForeignKey("runs.run_id"), primary_key=True),
    sa.Column("kind", sa.String(10), nullable=False),
    sa.Column("service", sa.String(120)),
    sa.Column("with_safeguarding", sa.Boolean, nullable=False),
    sa.Column("is_flagged", sa.Boolean, nullable=False),
    sa.Column("position", sa.Integer, nullable=False),
    sa.Column("drawn_at", UtcDateTime, nullable=False),
    sa.Column("inclusion_probability", sa.Float),
    sa.Column("weight", sa.Float, nullable=False),
    sa.Column("coded_at", UtcDateTime),
    sqlite_with_rowid=False,
)
"""Comments chosen for a person to code, one row a comment and draw.

``service`` and ``with_safeguarding`` are what the draw was limited to; ``is_flagged`` says whether
the machine took the comment for safeguarding then. ``inclusion_probability`` is the draw's, and
``weight`` its inverse; a comment that chance did not choose has none, and weight 0: it stands for
no other. ``coded_at`` is when a person first coded the comment, which may be before the draw."""

safeguarding_outcomes = sa.Table(
    "safeguarding_outcomes",
    metadata,
    sa.Column("comment_id", sa.String(32), sa.ForeignKey("comments.comment_id"), primary_key=True),
    sa.Column("outcome", sa.String(8), nullable=False),
    sa.Column("note", sa.Text),
    sa.Column("who", sa.String(120), nullable=False),
    sa.Column("at", UtcDateTime, nullable=False),
    sqlite_with_rowid=False,
)
"""What was done last about each comment of the safeguarding queue; ``note`` is redacted. The audit
log has every line that was written."""

standing_codes = sa.Table(
    "standing_codes",
    metadata,
    sa.Column("code", sa.String(80), primary_key=True),
    sa.Column("decision", sa.String(10), primary_key=True),
    sa.Column("submitted_at", UtcDateTime, primary_key=True),
    sa.Column("comment_id", sa.String(32), primary_key=True),
    sa.Column("service", sa.String(120), nullable=False),
    sa.Column("page", sa.String(500)),
    sa.Column("is_shown", sa.Boolean, nullable=False),
    sa.Index("ix_standing_codes_comment_id", "comment_id"),
    sqlite_with_rowid=False,
)
"""The codings that count, assigned or for review, in order of time: what `feedback.coding` says,
kept so that no page works it out. ``is_shown``: the comment may be shown (`feedback.standing`).
Derived from other tables; never written but by `feedback.standing`."""

search_rows = sa.Table(
    "search_rows",
    metadata,
    sa.Column("row", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("comment_id", sa.String(32), nullable=False, unique=True),
    sa.Column("service", sa.String(120), nullable=False),
    sa.Column("tags", sa.Text, nullable=False),
)
"""Comments that can be searched for, numbered in the order of their time; see `feedback.search`.
Their words are in an index of the database's own kind, under the same number."""

tallies = sa.Table(
    "tallies",
    metadata,
    sa.Column("measure", sa.String(16), primary_key=True),
    sa.Column("day", sa.String(10), primary_key=True),
    sa.Column("service", sa.String(120), primary_key=True),
    sa.Column("place", sa.String(500), primary_key=True),
    sa.Column("value", sa.String(80), primary_key=True),
    sa.Column("n", sa.Integer, nullable=False),
    sqlite_with_rowid=False,
)
"""Counts by day (`Measure`); ``place`` is a page or a region, empty where there is none."""

stale_days = sa.Table(
    "stale_days",
    metadata,
    sa.Column("day", sa.String(10), primary_key=True),
    sqlite_with_rowid=False,
)
"""Days whose tallies are behind; their counts are taken from the comments themselves."""

people = sa.Table(
    "people",
    metadata,
    sa.Column("email", sa.String(254), primary_key=True),
    sa.Column("roles", sa.JSON, nullable=False),
    sa.Column("services", sa.JSON(none_as_null=True)),
    sa.Column("added_by", sa.String(120), nullable=False),
    sa.Column("added_at", UtcDateTime, nullable=False),
)
"""Who may sign in, what they may do (`Role`) and see; empty ``services``: all of them."""

fault_triage = sa.Table(
    "fault_triage",
    metadata,
    sa.Column("comment_id", sa.String(32), sa.ForeignKey("comments.comment_id"), primary_key=True),
    sa.Column("status", sa.String(12), nullable=False),
    sa.Column("owner", sa.String(120)),
    sa.Column("who", sa.String(120), nullable=False),
    sa.Column("at", UtcDateTime, nullable=False),
    sqlite_with_rowid=False,
)
"""Where each fault report stands (`FaultStatus`) and who takes care of it."""

coding_rounds = sa.Table(
    "coding_rounds",
    metadata,
    sa.Column("round_id", sa.String(32), primary_key=True),
    sa.Column("name", sa.String(120), nullable=False),
    sa.Column("service", sa.String(120)),
    sa.Column("coders", sa.JSON, nullable=False),
    sa.Column("codebook", sa.String(120), nullable=False),
    sa.Column("opened_by", sa.String(120), nullable=False),
    sa.Column("opened_at", UtcDateTime, nullable=False),
    sa.Column("closed_at", UtcDateTime),
)
"""Comments that several people code, each for themselves, before they compare."""

coding_round_comments = sa.Table(
    "coding_round_comments",
    metadata,
    sa.Column("round_id", sa.String(32), sa.ForeignKey("coding_rounds.round_id"), primary_key=True),
    sa.Column("comment_id", sa.String(32), sa.ForeignKey("comments.comment_id"), primary_key=True),
    sa.Column("position", sa.Integer, nullable=False),
    sa.Column("reconciled_by", sa.String(120)),
    sa.Column("reconciled_at", UtcDateTime),
    sqlite_with_rowid=False,
)

round_codings = sa.Table(
    "round_codings",
    metadata,
    sa.Column("round_id", sa.String(32), sa.ForeignKey("coding_rounds.round_id"), primary_key=True),
    sa.Column("comment_id", sa.String(32), sa.ForeignKey("comments.comment_id"), primary_key=True),
    sa.Column("coder", sa.String(120), primary_key=True),
    sa.Column("codes", sa.JSON, nullable=False),
    sa.Column("at", UtcDateTime, nullable=False),
    sqlite_with_rowid=False,
)
"""What each coder of a round gave, for themselves; it counts once it is reconciled (`codings`)."""

proposed_codes = sa.Table(
    "proposed_codes",
    metadata,
    sa.Column("code", sa.String(80), primary_key=True),
    sa.Column("label", sa.String(120), nullable=False),
    sa.Column("definition", sa.Text, nullable=False),
    sa.Column("status", sa.String(10), nullable=False),
    sa.Column("who", sa.String(120), nullable=False),
    sa.Column("at", UtcDateTime, nullable=False),
)
"""Codes that coders missed while coding (`CodeProposal`); definitions are redacted."""

subscriptions = sa.Table(
    "subscriptions",
    metadata,
    sa.Column("subscription_id", sa.String(32), primary_key=True),
    sa.Column("channel", sa.String(8), nullable=False),
    sa.Column("target", sa.String(500), nullable=False),
    sa.Column("service", sa.String(120)),
    sa.Column("frequency", sa.String(5), nullable=False),
    sa.Column("who", sa.String(120), nullable=False),
    sa.Column("at", UtcDateTime, nullable=False),
    sa.Column("last_sent_at", UtcDateTime),
    sa.Column("failure", sa.String(200)),
)
"""Who gets a digest (`Channel`, `Frequency`); empty ``service``: of all services."""

source_statements = sa.Table(
    "source_statements",
    metadata,
    sa.Column("source", sa.String(80), primary_key=True),
    sa.Column("statement", sa.JSON, nullable=False),
    sa.Column("who", sa.String(120), nullable=False),
    sa.Column("at", UtcDateTime, nullable=False),
)
"""What people say about a source of feedback as data: how it is collected, whom it misses."""

meta = sa.Table(
    "meta",
    metadata,
    sa.Column("name", sa.String(60), primary_key=True),
    sa.Column("value", sa.Text, nullable=False),
)
"""Small facts about the store: ``data_version`` (a counter raised by every write), ``id_key``,
``topics_version`` (the fit that comments are assigned by), ``topics_next_id`` (the least topic id
that was never used), ``clusters_*`` (where the grouping of comments into issue clusters stands)."""
