"""Commands that keep redaction honest: redact-key, redact-audit."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

__all__ = ["register"]


def register(application: typer.Typer) -> None:
    """Add the commands of this module."""
    application.command("redact-key")(redact_key)


def redact_key(
    out: Annotated[Path, typer.Option(help="File to write; only its owner can read it.")],
) -> None:
    """Make the secret key that pseudonyms such as [PERSON_1] need."""
    from feedback.redact.keys import make_key_file

    fingerprint = make_key_file(out)
    typer.echo(
        f"A new key is in {out} (fingerprint {fingerprint}). Use it with "
        f"FEEDBACK_REDACTION_KEY_FILE={out}. Keep it apart from the store: whoever has both can "
        "test guesses at who is who.",
        err=True,
    )
