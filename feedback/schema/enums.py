"""The words that columns, files and settings use: entities, languages, states, roles, kinds."""

from __future__ import annotations

from enum import StrEnum

__all__ = [
    "EMPTY_LABEL",
    "OUTLIER_TOPIC",
    "STANDARD_ENTITIES",
    "STRICT_ENTITIES",
    "AuditVerdict",
    "Channel",
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
    "PullKind",
    "PullOutcome",
    "RedactionMode",
    "RedactionOperator",
    "Role",
    "SafeguardingOutcome",
    "SampleKind",
    "Sentiment",
    "SignalKind",
    "SignalLevel",
    "TopicAction",
    "TopicChange",
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


class PullKind(StrEnum):
    """What kind of place is asked for feedback."""

    FOLDER = "folder"
    FILES = "files"
    QUERY = "query"


class PullOutcome(StrEnum):
    """How it went the last time: ``partly`` where some files could not be taken."""

    DONE = "done"
    PARTLY = "partly"
    FAILED = "failed"
