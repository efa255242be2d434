"""Commands around codebooks: codebook check, show, new, export, import."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

__all__ = ["register"]

Chosen = Annotated[str, typer.Option(help="TOML file, or the name of a shipped codebook.")]
Force = Annotated[bool, typer.Option("--force", help="Write over a file that is there.")]


def register(application: typer.Typer) -> None:
    """Add the commands of this module."""
    codebook = typer.Typer(
        rich_markup_mode=None, help="Check, show, begin, export and import codebooks."
    )
    codebook.command("check")(check)
    codebook.command("show")(show)
    codebook.command("new")(new)
    codebook.command("export")(export)
    codebook.command("import")(import_)
    application.add_typer(codebook, name="codebook")


def check(
    file: Annotated[
        str, typer.Argument(metavar="FILE", help="TOML file, or the name of a shipped codebook.")
    ],
) -> None:
    """Tell every problem of a codebook, or how large it is."""
    from app.codebook_files import read_codebook, summary, warnings_of

    book = read_codebook(file)
    typer.echo(summary(book))
    _warn(warnings_of(book))


def show(codebook: Chosen = "digital_service") -> None:
    """Show a codebook as a tree with its definitions."""
    from app.codebook_files import read_codebook, tree_text

    typer.echo(tree_text(read_codebook(codebook)))


def new(
    out: Annotated[Path, typer.Option(help="TOML file to write.")], force: Force = False
) -> None:
    """Write a small codebook with explanations, for a team to edit."""
    from app.codebook_files import new_codebook

    new_codebook(out, force=force)
    typer.echo(f"{out} is yours to edit. Then: feedback codebook check {out}", err=True)


def export(
    out: Annotated[Path, typer.Option(help="REFI-QDA file to write (.qdc).")],
    codebook: Chosen = "digital_service",
    force: Force = False,
) -> None:
    """Write a codebook for NVivo, ATLAS.ti, MAXQDA, QualCoder and others (REFI-QDA)."""
    from app.codebook_files import export_codebook, read_codebook, summary, warnings_of

    book = read_codebook(codebook)
    export_codebook(book, out, force=force)
    typer.echo(f"{summary(book)}, written to {out}.", err=True)
    _warn(warnings_of(book))


def import_(
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="REFI-QDA codebook of another program (.qdc).")
    ],
    out: Annotated[Path, typer.Option(help="TOML file to write.")],
    force: Force = False,
) -> None:
    """Turn a codebook of another program (REFI-QDA) into one of ours."""
    from app.codebook_files import import_codebook, summary

    book, warnings = import_codebook(file, out, force=force)
    typer.echo(f"{summary(book)}, written to {out}.", err=True)
    _warn(warnings)


def _warn(warnings: list[str]) -> None:
    for warning in warnings:
        typer.echo(f"Warning: {warning}", err=True)
