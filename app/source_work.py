"""Statements about sources: what people told is saved redacted, and taken away as a table."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pandas as pd

from app.tell_sources import NOT_TOLD, STORE, store_facts_told
from feedback.source_statements import FIELDS, save_statement

if TYPE_CHECKING:
    from app.queries_sources import SourceFacts
    from feedback.settings import Settings
    from feedback.source_statements import Statement
    from feedback.store import Store

__all__ = ["statement_table", "tell_about_source"]


def tell_about_source(
    settings: Settings,
    store: Store,
    source: str,
    shown: Mapping[str, str],
    told: Mapping[str, str],
    who: str,
) -> tuple[str, ...]:
    """Save what a person changed, without personal data; return the names of the fields.

    Raises
    ------
    StoreError
        See `feedback.source_statements.save_statement`.
    """
    from app.redaction import redacted_words

    changed = {
        name: redacted_words(settings, text) if text.strip() else ""
        for name, text in told.items()
        if text.strip() != shown.get(name, "").strip()
    }
    with store.changing() as connection:
        return save_statement(connection, source, shown, changed, who, datetime.now(UTC))


def statement_table(facts: SourceFacts, statement: Statement) -> pd.DataFrame:
    """Return the whole statement: what the store knows, then what people told, in order."""
    known = [(STORE, name, value) for name, value in store_facts_told(facts)]
    told = [(one.area, one.label, statement.told.get(one.name) or NOT_TOLD) for one in FIELDS]
    return pd.DataFrame([*known, *told], columns=["Part", "What", "Told"])
