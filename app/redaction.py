"""How comments were redacted, told from the runs that brought them in."""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa

from app.leak_rate import shown_version
from app.queries_audit import REDACTING
from feedback.schema import RedactionOperator, runs

if TYPE_CHECKING:
    from feedback.settings import Settings
    from feedback.store import Store

__all__ = ["chosen_line", "redacted_words", "redaction_line"]


def redaction_line(store: Store) -> str:
    """Return each way in which comments of the store were redacted, latest first.

    Such as "standard 3f2a91c04b7d, pseudonym, key 5e1f22ab"; never a key.
    """
    query = (
        sa.select(runs.c.models)
        .where(runs.c.kind.in_(REDACTING))
        .order_by(runs.c.started_at.desc())
    )
    told = dict.fromkeys(_of_models(models or {}) for models in store.read(query)["models"])
    return "; ".join(line for line in told if line) or "not recorded"


def _of_models(models: dict[str, str]) -> str:
    if not models.get("redactor"):
        return ""
    parts = [shown_version(models["redactor"]), models.get("redaction_operator", "")]
    fingerprint = models.get("redaction_key_fingerprint")
    parts.append(f"key {fingerprint}" if fingerprint else "")
    return ", ".join(part for part in parts if part)


def chosen_line(settings: Settings) -> str:
    """Return how comments that come in now would be redacted.

    Raises
    ------
    SettingsError
        Pseudonyms without a key, or with one that cannot be used.
    """
    from app.wiring import make_redactor
    from feedback.runs import redaction_facts

    return _of_models(redaction_facts(make_redactor(settings)))


def redacted_words(settings: Settings, text: str) -> str:
    """Return what a person typed as a comment is stored: cleaned, without personal data."""
    from app.wiring import make_redactor
    from feedback.clean import clean_text

    if settings.redaction_operator is RedactionOperator.PSEUDONYM:
        # Numbers belong to a response. This is none, and would call somebody else [PERSON_1].
        settings = settings.model_copy(update={"redaction_operator": RedactionOperator.PLACEHOLDER})
    return make_redactor(settings).redact(clean_text(text)).text
