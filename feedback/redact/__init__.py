"""Personal data out, typed placeholders in, before anything is written."""

from feedback.redact.redactor import TextRedactor

__all__ = ["TextRedactor"]
