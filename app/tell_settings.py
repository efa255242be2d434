"""Which settings are in force, where each comes from, and what the important ones come to."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd
from pydantic import SecretStr

from app.wording import number
from feedback.database import shown
from feedback.errors import StoreError
from feedback.settings import CONFIG_FILE, Settings

if TYPE_CHECKING:
    from app.access import Viewer

__all__ = ["SETTING_COLUMNS", "Sources", "about_me", "implied", "settings_table", "sources_now"]

SETTING_COLUMNS = {"Setting": 210, "Value": 280, "From": 170, "What it does": 530}
"""Columns of the table of settings with their widths in pixels."""

FOR_EVERYBODY = frozenset(
    (
        "fast_encoder",
        "seed",
        "day_first",
        "redaction_mode",
        "name_threshold",
        "redaction_operator",
        "max_attempts",
        "poll_seconds",
        "refresh_seconds",
        "retention_days",
        "topics_min_comments",
        "topics_refit_growth",
        "topics_granularity",
        "false_alarms_per_week",
    )
)
"""Settings that say how feedback is treated; the others tell how the machine is set up."""

SECRET = "set, and not shown"  # noqa: S105 - says that one is there
SECRET_NAMES = ("password", "secret", "key")
PREFIX = "FEEDBACK_"


@dataclass(frozen=True)
class Sources:
    """Where settings were given: ``file`` and the names in it, and the variables there are."""

    file: Path
    in_file: frozenset[str]
    in_environment: frozenset[str]

    def of(self, name: str) -> str:
        """Return where a setting comes from; variables win over the file."""
        if name in self.in_environment:
            return f"{PREFIX}{name.upper()}"
        return self.file.name if name in self.in_file else "default"


def sources_now(environment: Mapping[str, str] = os.environ) -> Sources:
    """Return where settings are given, as they were when the dashboard started."""
    file = Path(environment.get(f"{PREFIX}CONFIG", CONFIG_FILE))
    try:
        told = tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, tomllib.TOMLDecodeError, UnicodeDecodeError):
        told = {}
    given = {name.upper() for name in environment}
    return Sources(
        file=file.resolve(),
        in_file=frozenset(told),
        in_environment=frozenset(
            name for name in Settings.model_fields if f"{PREFIX}{name.upper()}" in given
        ),
    )


def settings_table(settings: Settings, sources: Sources, *, with_machine: bool) -> pd.DataFrame:
    """Return a row for each setting; those of the machine itself only ``with_machine``."""
    rows = [
        {
            "Setting": name,
            "Value": _value(name, settings),
            "From": sources.of(name),
            "What it does": field.description or "",
        }
        for name, field in Settings.model_fields.items()
        if with_machine or name in FOR_EVERYBODY
    ]
    return pd.DataFrame(rows)


def _value(name: str, settings: Settings) -> str:
    value: Any = getattr(settings, name)
    if name == "store":
        return _store(settings)
    if value is None or value in ("", ()):
        return "(empty)"
    if isinstance(value, SecretStr) or name.endswith(SECRET_NAMES):
        return SECRET
    if isinstance(value, bool):
        return "yes" if value else "no"
    return ", ".join(map(str, value)) if isinstance(value, tuple) else str(value)


def _store(settings: Settings) -> str:
    """Return the store's address without a password."""
    try:
        return shown(settings.store_url)
    except StoreError:
        return "(cannot be read)"


def implied(settings: Settings) -> list[tuple[str, str]]:
    """Return what the settings that people ask about come to, each with the setting's name."""
    seconds = number(settings.refresh_seconds).removesuffix(".0")
    growth = f"{100 * settings.topics_refit_growth:.0f}%"
    return [
        (
            f"An open page looks for changes every {seconds} seconds, and so shows a change, or "
            "that somebody may no longer look, after that time at the latest.",
            f"refresh_seconds = {settings.refresh_seconds:g}",
        ),
        (
            f"A word is taken for a name, and replaced, when that is at least "
            f"{100 * settings.name_threshold:.0f}% probable. Lower finds more names and takes out "
            "more words that are none; what is in the store already stays as it is.",
            f"name_threshold = {settings.name_threshold:g}, "
            f"redaction_mode = {settings.redaction_mode.value}",
        ),
        (
            f"Topics are found from {settings.topics_min_comments:,} comments on, and found anew "
            f"when there are {growth} more.",
            f"topics_min_comments = {settings.topics_min_comments}, "
            f"topics_refit_growth = {settings.topics_refit_growth:g}",
        ),
        (
            f"Topics are {_granularity(settings.topics_granularity)}, on a scale from 1, few and "
            "broad, to 4, many and fine. It counts at the next fit.",
            f"topics_granularity = {settings.topics_granularity:g}",
        ),
        (
            f"A comment that cannot be coded is tried {settings.max_attempts} times and then set "
            "aside; the page Quality counts those.",
            f"max_attempts = {settings.max_attempts}",
        ),
    ]


def _granularity(value: float) -> str:
    if value < 1.5:
        return "few and broad"
    if value <= 2.5:
        return "of middle size"
    return "many and fine"


def about_me(viewer: Viewer, *, address: str | None) -> tuple[str, list[tuple[str, str]]]:
    """Return who looks, as a sentence and as figures.

    Parameters
    ----------
    address
        Of the dashboard, where people sign in; None without sign-in.
    """
    from app.people_work import role_text, services_text

    told = [
        ("Name", viewer.name),
        ("Roles", role_text(viewer.roles)),
        ("Services", services_text(viewer.services)),
    ]
    if viewer.is_signed_in:
        return f"Signed in as {viewer.name}", [*told, ("Address", address or "")]
    return "No sign-in: this machine only", told
