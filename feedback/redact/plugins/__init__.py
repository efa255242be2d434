"""Recognisers from outside: a team's own spaCy or Presidio pipeline beside what is built in.

Nothing here imports spaCy or Presidio before it is asked to; see docs/redaction-plugins.md.
"""

from feedback.redact.plugins.loading import load_recognisers
from feedback.redact.plugins.presidio_recogniser import PresidioRecogniser, presidio_uk
from feedback.redact.plugins.spacy_recogniser import SpacyRecogniser

__all__ = ["PresidioRecogniser", "SpacyRecogniser", "load_recognisers", "presidio_uk"]
