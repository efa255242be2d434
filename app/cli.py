"""The ``feedback`` command. Names and streams are a contract: data goes to standard output,
progress and messages to standard error, and every failure is one clear line and exit code 2.
"""  # noqa: D205

from __future__ import annotations

import os
import sys
import traceback
from pathlib import Path
from typing import Annotated

import typer
from typer.exceptions import TyperException

from app.commands import (
    analysis,
    audit,
    codebooks,
    compare,
    correcting,
    data,
    digests,
    faults,
    interface,
    issues,
    keeping,
    keys,
    models,
    moving,
    people,
    privacy,
    pulling,
    releases,
    safeguarding,
    widget,
)
from app.commands.context import Context
from feedback.errors import FeedbackError

__all__ = ["application", "main"]

application = typer.Typer(
    name="feedback",
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    help="Turn free-text feedback about public digital services into issues a team can act on.",
)
for module in (
    data,
    analysis,
    issues,
    compare,
    faults,
    releases,
    digests,
    codebooks,
    models,
    correcting,
    safeguarding,
    moving,
    pulling,
    keys,
    audit,
    widget,
    privacy,
    keeping,
    people,
    interface,
):
    module.register(application)


@application.callback()
def root(
    context: typer.Context,
    home: Annotated[
        Path | None, typer.Option(help="Folder for the store, models, caches and logs.")
    ] = None,
    store: Annotated[str | None, typer.Option(help="SQLAlchemy URL of the store.")] = None,
    debug: Annotated[bool, typer.Option("--debug", help="Show where a failure came from.")] = False,
) -> None:
    """Keep the global options for the commands."""
    context.obj = Context(home=home, store=store, debug=debug)


def _where(error: BaseException) -> str:
    """Return the places an error passed through; its message could quote a comment."""
    frames = traceback.extract_tb(error.__traceback__)
    lines = [f"  {frame.filename}:{frame.lineno} in {frame.name}" for frame in frames]
    return "\n".join([*lines, f"  {type(error).__module__}.{type(error).__qualname__}"])


def _usage(error: TyperException) -> str:
    """Return a mistake on the command line as one line with the way out."""
    message = " ".join(error.format_message().split())
    place = getattr(error, "ctx", None)
    command = place.command_path if place is not None else "feedback"
    return f"{message.rstrip('.')}. See: {command} --help"


def main() -> None:
    """Run the command line; turn every failure into one line and exit code 2."""
    debug = "--debug" in sys.argv
    arguments = [argument for argument in sys.argv[1:] if argument != "--debug"] or ["--help"]
    try:
        code = application(
            args=["--debug", *arguments] if debug else arguments,
            prog_name="feedback",
            standalone_mode=False,
        )
        raise SystemExit(code if isinstance(code, int) else 0)
    except typer.Abort:
        sys.stderr.write("feedback: stopped.\n")
        raise SystemExit(130) from None
    except TyperException as error:
        sys.stderr.write(f"feedback: {_usage(error)}\n")
        raise SystemExit(2) from None
    except FeedbackError as error:
        sys.stderr.write(f"feedback: {error}\n")
        if debug:
            sys.stderr.write(_where(error) + "\n")
        raise SystemExit(2) from None
    except BrokenPipeError:
        # Whoever read our output has left; nothing more can be told there.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise SystemExit(0) from None
    except Exception as error:  # noqa: BLE001 - the last door: its message could quote a comment
        hint = "" if debug else " Add --debug to see where."
        sys.stderr.write(f"feedback: an unexpected {type(error).__name__} stopped it.{hint}\n")
        if debug:
            sys.stderr.write(_where(error) + "\n")
        raise SystemExit(2) from None


if __name__ == "__main__":
    main()
