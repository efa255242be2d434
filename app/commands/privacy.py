"""Commands that keep redaction honest: redact-key, redact-audit."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from app.commands.context import Context, write_json
from app.commands.options import AsJson

__all__ = ["register"]


def register(application: typer.Typer) -> None:
    """Add the commands of this module."""
    application.command("redact-key")(redact_key)
    application.command("redact-audit")(redact_audit)


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


def redact_audit(
    context: typer.Context,
    sample: Annotated[
        int | None, typer.Option(min=1, help="Draw this many comments for a person to check.")
    ] = None,
    service: Annotated[str | None, typer.Option(help="Draw from this service only.")] = None,
    as_json: AsJson = False,
) -> None:
    """Measure how often redaction leaks: draw comments to check, or tell what was found.

    People check them on the page 'Redaction check' of the dashboard.
    """
    from app.auditing import draw, draw_text, progress, progress_text

    keeper: Context = context.obj
    if sample is None and service is not None:
        raise typer.BadParameter("--service goes with --sample.")
    with keeper.open_store() as store:
        if sample is not None:
            outcome = draw(keeper.settings, store, sample, service=service)
            write_json(outcome) if as_json else typer.echo(draw_text(outcome))
        elif as_json:
            write_json(progress(store))
        else:
            typer.echo(progress_text(store))
