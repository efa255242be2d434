"""Every failure a person can meet, as one tree.

::

    FeedbackError                 one clear line, exit 2
    ├── SettingsError             a setting or command-line value cannot be used
    ├── IngestError               an input file cannot be read at all
    │   ├── UnreadableFileError   not the format it claims, broken, or an unknown encoding
    │   ├── MissingColumnError    no column could be mapped to the comment text
    │   └── NoUsableRowError      every row was rejected; nothing was changed
    ├── StoreError                the store cannot be opened, is locked, or has another schema
    │   ├── ChangedMeanwhileError somebody else changed it after it was shown
    │   └── HeldError             a legal hold keeps it from being deleted
    ├── ModelError                a model file is missing, altered, or does not fit
    │   └── ModelHashError        its SHA-256 is not the one expected
    ├── CodebookError             a codebook has a cycle, a duplicate, an unknown parent
    ├── LabelsError               a labels file has no usable row, or names an unknown code
    ├── AccessError               a person may not do or see this
    ├── ClusterError              the machines that share work cannot be reached, or were lost
    ├── DeliveryError             a digest could not be handed over
    ├── BackupError               a backup cannot be made, is damaged, or may not be put there
    ├── PullError                 a source that is asked for feedback could not be asked or read
    ├── RecogniserError           a recogniser from outside failed; its text was not let on
    └── MissingExtraError         an optional package is needed; the message says how to install it

A message says what is wrong, what was found and what to do next. It never holds the text of a
comment: raise these ``from None`` where the cause could quote a value.
"""

__all__ = [
    "AccessError",
    "BackupError",
    "ChangedMeanwhileError",
    "ClusterError",
    "CodebookError",
    "DeliveryError",
    "FeedbackError",
    "HeldError",
    "IngestError",
    "LabelsError",
    "MissingColumnError",
    "MissingExtraError",
    "ModelError",
    "ModelHashError",
    "NoUsableRowError",
    "PullError",
    "RecogniserError",
    "SettingsError",
    "StoreError",
    "UnreadableFileError",
]


class FeedbackError(Exception):
    """Base of all errors the toolkit raises on purpose."""


class SettingsError(FeedbackError):
    """A setting or a command-line value cannot be used."""


class AccessError(FeedbackError):
    """A person may not do or see this: another role, or another service."""


class ClusterError(FeedbackError):
    """The machines that share the work cannot be reached, or were lost."""


class DeliveryError(FeedbackError):
    """A digest could not be handed to a mail server or a webhook."""


class BackupError(FeedbackError):
    """A backup cannot be made, is damaged, or may not be put where it was asked for."""


class PullError(FeedbackError):
    """A source that is asked for feedback could not be asked, or not be read."""


class IngestError(FeedbackError):
    """An input cannot be ingested."""


class UnreadableFileError(IngestError):
    """A file is broken, not of its format, or in no known encoding."""


class MissingColumnError(IngestError):
    """No column of the file could be mapped to the comment text."""


class NoUsableRowError(IngestError):
    """Every row of a file was rejected, so nothing was changed."""


class StoreError(FeedbackError):
    """The store cannot be opened, is locked, or has another schema version."""


class NotYoursError(FeedbackError):
    """A sender's key is for other services than what it sends."""


class IdempotencyKeyError(FeedbackError):
    """An idempotency key came with another message before."""


class TooManyWaitingError(FeedbackError):
    """More messages wait than can be stored soon; this one was not taken."""


class UnexpectedError(FeedbackError):
    """Work on a message failed; the name of what was raised is told, never what it says."""


class ChangedMeanwhileError(StoreError):
    """Somebody else changed it after it was shown; nothing was written."""


class HeldError(StoreError):
    """A legal hold keeps feedback from being deleted; nothing was changed."""


class ModelError(FeedbackError):
    """A model is missing or does not fit the codebook, the encoder or this version."""


class ModelHashError(ModelError):
    """A model file's SHA-256 is not the one it must have."""


class CodebookError(FeedbackError):
    """A codebook breaks a rule: duplicate id, unknown parent, cycle."""


class LabelsError(FeedbackError):
    """A file of coded comments cannot be used for training or evaluation."""


class MissingExtraError(FeedbackError):
    """An optional package is not installed."""


class RecogniserError(FeedbackError):
    """A recogniser from outside failed, or found what cannot be; the text is not let on."""
