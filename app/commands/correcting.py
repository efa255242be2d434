"""Commands of the correction loop: code-next, correct, quality."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from app.commands.context import Context, progress_bar, write_json
from app.commands.options import AsJson

__all__ = ["register"]


def register(application: typer.Typer) -> None:
    """Add the commands of this module."""
    application.command("code-next")(code_next)
    application.command()(correct)
    application.command()(quality)


def code_next(
    context: typer.Context,
    out: Annotated[Path, typer.Option(help="Sheet to write (CSV).")],
    n: Annotated[int, typer.Option("--n", min=1, help="Comments on the sheet.")] = 50,
    service: Annotated[str | None, typer.Option(help="Draw from this service only.")] = None,
    seed: Annotated[
        int | None, typer.Option(min=0, help="Seed of the draw; the settings' without it.")
    ] = None,
    with_safeguarding: Annotated[
        bool,
        typer.Option(
            "--with-safeguarding",
            help="Also what the machine takes for safeguarding, for people trained to read it.",
        ),
    ] = False,
    welsh: Annotated[
        bool,
        typer.Option(
            "--welsh",
            help="What needs a Welsh speaker instead: Welsh with unsure codes, the oldest first.",
        ),
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Draw the next comments for a person to code, half at random and half by doubt."""
    from app.correcting import DrawRequest, draw, draw_text
    from app.welsh_sheet import draw_welsh, draw_welsh_text

    keeper: Context = context.obj
    request = DrawRequest(n, service, with_safeguarding, seed)
    with keeper.open_store() as store, progress_bar("Drawing"):
        outcome = (draw_welsh if welsh else draw)(keeper.settings, store, out, request)
    tell = draw_welsh_text if welsh else draw_text
    write_json(outcome) if as_json else typer.echo(tell(outcome))


def correct(
    context: typer.Context,
    sheet: Annotated[Path, typer.Argument(help="Sheet of 'code-next' with codes written in.")],
    coder: Annotated[str, typer.Option(help="Who coded it.")],
    codebook: Annotated[
        str | None,
        typer.Option(help="TOML file, or a shipped codebook's name; the classifier's without it."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Take a person's codes from a sheet into the store, beside the machine's."""
    from app.correcting import take_in, take_in_text

    keeper: Context = context.obj
    with keeper.open_store() as store:
        outcome = take_in(keeper.settings, store, sheet, coder, codebook)
    write_json(outcome) if as_json else typer.echo(take_in_text(outcome))


def quality(
    context: typer.Context,
    service: Annotated[str | None, typer.Option(help="Comments on this service only.")] = None,
    since: Annotated[
        str | None, typer.Option(help="Comments sent from this day on, DD/MM/YYYY.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Tell how right the machine's codes are, by what people coded of a random sample."""
    from app.exporting import day_start
    from app.quality import measure_quality
    from app.quality_text import quality_text

    keeper: Context = context.obj
    start = day_start(since, "--since")
    with keeper.open_store() as store:
        figures = measure_quality(keeper.settings, store, service=service, since=start)
    write_json(figures) if as_json else typer.echo(quality_text(figures))
