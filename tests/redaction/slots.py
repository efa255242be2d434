"""Every slot that a carrier may name."""

from __future__ import annotations

from tests.redaction.exam import Slot
from tests.redaction.fillers import FILLERS
from tests.redaction.makers_birth import BIRTHS
from tests.redaction.makers_contact import CONTACT
from tests.redaction.makers_money import MONEY
from tests.redaction.makers_people import PEOPLE
from tests.redaction.rows_courts import COURTS
from tests.redaction.rows_justice import JUSTICE, OFFICES

__all__ = ["ROWS", "SLOTS"]

SLOTS: dict[str, Slot] = {**FILLERS, **CONTACT, **MONEY, **PEOPLE, **BIRTHS}
ROWS = COURTS + JUSTICE + OFFICES
"""Kinds of reference. Their carriers name the words and the value ``{words}`` and ``{ref}``."""
