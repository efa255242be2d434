"""Commands that open or check something: demo, dashboard, doctor, encoder, bench."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from app.commands.context import Context, progress_bar, write_json
from feedback.errors import SettingsError

__all__ = ["register"]

DEFAULT_PORT = 8501
SAMPLE = '{"page": "/divorce/payment", "comment": "The pay button does nothing on my phone"}'


def register(application: typer.Typer) -> None:
    """Add the commands of this module."""
    application.command()(demo)
    application.command()(dashboard)
    application.command()(doctor)
    application.command()(encoder)
    application.command()(bench)


def demo(
    context: typer.Context,
    no_open: Annotated[bool, typer.Option("--no-open", help="Stop after the pipeline.")] = False,
    port: Annotated[int, typer.Option(help="Port of the dashboard.")] = DEFAULT_PORT,
    scale: Annotated[
        float, typer.Option(min=0.1, max=30, help="Volume: 1 is about 3,500 responses.")
    ] = 1.0,
) -> None:
    """Invented feedback through the whole pipeline, then the dashboard.

    It works in a folder of its own (demo, under the home folder) and never touches your store.
    """
    from app.demo import prepare_demo

    keeper: Context = context.obj
    settings = prepare_demo(
        keeper.settings, scale=scale, say=lambda line: typer.echo(line, err=True)
    )
    if not no_open:
        from app.dashboard import serve_dashboard

        command = Path(sys.executable).with_name("feedback")
        typer.echo(
            "Send it a comment from another terminal, and watch it appear without a reload:\n"
            f"  echo '{SAMPLE}' > new.jsonl\n"
            f"  {command} --home {settings.home} ingest new.jsonl",
            err=True,
        )
        serve_dashboard(settings, port=port, open_browser=True, has_worker=True)


def dashboard(
    context: typer.Context,
    port: Annotated[int, typer.Option(help="Port to answer on.")] = DEFAULT_PORT,
    no_open: Annotated[bool, typer.Option("--no-open", help="Do not open a browser.")] = False,
) -> None:
    """Open the dashboard: on this machine only (127.0.0.1), unless people sign in."""
    from app.dashboard import serve_dashboard

    keeper: Context = context.obj
    with keeper.open_store(create=True):
        pass  # made and migrated here, so that the pages meet a store that is ready
    serve_dashboard(keeper.settings, port=port, open_browser=not no_open)


def doctor(
    context: typer.Context,
    as_json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False,
) -> None:
    """Check the installation, and say how to mend what is wrong."""
    from app.doctor import examine, findings_text

    keeper: Context = context.obj
    findings = examine(keeper.settings)
    if as_json:
        write_json({"ok": all(f.is_ok for f in findings), "checks": findings})
    else:
        typer.echo(findings_text(findings))
    if not all(finding.is_ok for finding in findings):
        raise typer.Exit(2)


def encoder(
    context: typer.Context,
    export: Annotated[
        bool, typer.Option("--export", help="Make the fast encoder from the checked weights.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False,
) -> None:
    """Say which encoder computes vectors, and how near it is to the original; or make the fast one.

    Set-up makes it once. Vectors of the two are kept apart.
    """
    from app.encoder import describe_encoder, encoder_text, export_encoder

    keeper: Context = context.obj
    if export:
        with progress_bar("Making the fast encoder"):
            export_encoder()
    told = describe_encoder(keeper.settings)
    if as_json:
        write_json(told)
    else:
        typer.echo(encoder_text(told))


def bench(
    context: typer.Context,
    out: Annotated[Path | None, typer.Option(help="JSON file for the figures.")] = None,
    comments: Annotated[int, typer.Option(min=100, help="Comments to run through.")] = 100_000,
) -> None:
    """Measure the pipeline on invented feedback: seconds a stage, peak memory."""
    from app.bench import measure

    keeper: Context = context.obj
    with progress_bar("Measuring"):
        figures = measure(keeper.settings, n_comments=comments)
    if out is not None:
        if not out.parent.is_dir():
            raise SettingsError(f"The folder {out.parent} does not exist.")
        import json

        out.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")
    write_json(figures)
