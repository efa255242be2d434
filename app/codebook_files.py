"""Codebooks as files: read for the command line and the page, written without loss."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from app.wording import counted
from feedback.errors import CodebookError

if TYPE_CHECKING:
    from classifiers.codebook import Code, Codebook

__all__ = [
    "export_codebook",
    "import_codebook",
    "new_codebook",
    "read_codebook",
    "summary",
    "tree_text",
    "warnings_of",
]

NAMES_SHOWN = 10


def read_codebook(source: str) -> Codebook:
    """Return a codebook by the name of a shipped one or the path of a TOML file."""
    from classifiers.codebook import load_codebook

    is_path = source.endswith(".toml") or len(Path(source).parts) > 1
    return load_codebook(Path(source) if is_path else source)


def summary(codebook: Codebook) -> str:
    """Return how large a codebook is, and which version."""
    n_codes, n_groups = len(codebook.code_ids), len(codebook.group_ids)
    return (
        f"{codebook.id}: {counted(n_codes, 'code')}, {counted(n_groups, 'group')}, "
        f"version {codebook.version}"
    )


def warnings_of(codebook: Codebook) -> list[str]:
    """Return what a team should mend, though the codebook can be used as it is."""
    labels = [code.label.strip().casefold() for code in codebook.codes]
    twice = [code.id for code in codebook.codes if labels.count(code.label.strip().casefold()) > 1]
    found = []
    if codebook.undefined_ids:
        names = _names(codebook.undefined_ids)
        found.append(f"No definition yet: {names}. People and machine code by it; write one.")
    if twice:
        found.append(
            f"The same label under two parents: {_names(twice)}. Some programs, such as QualCoder, "
            "take a name only once."
        )
    return found


def _names(ids: list[str] | tuple[str, ...]) -> str:
    more = f" and {len(ids) - NAMES_SHOWN} more" if len(ids) > NAMES_SHOWN else ""
    return ", ".join(ids[:NAMES_SHOWN]) + more


def tree_text(codebook: Codebook) -> str:
    """Return the codebook for reading: what a code is, what belongs to it and what does not."""
    lines = [f"{codebook.label} ({codebook.name})"]
    if codebook.description:
        lines.append(codebook.description)
    for code in codebook.children_of(""):
        lines += ["", *_tree_lines(codebook, code, "")]
    return "\n".join(lines)


def _tree_lines(codebook: Codebook, code: Code, indent: str) -> Iterator[str]:
    flags = [] if code.codable else ["group"]
    flags += ["urgent"] if code.urgent else []
    told = ", ".join([code.id, *flags])
    yield f"{indent}{code.label} [{told}]"
    for lead, text in (("", code.definition), ("Include: ", code.include), ("Not: ", code.exclude)):
        if text.strip():
            yield f"{indent}    {lead}{' '.join(text.split())}"
    if code.examples:
        quoted = "; ".join(f"“{' '.join(example.split())}”" for example in code.examples)
        yield f"{indent}    Examples: {quoted}"
    for child in codebook.children_of(code.id):
        yield from _tree_lines(codebook, child, f"{indent}  ")


def export_codebook(codebook: Codebook, out: Path, *, force: bool) -> None:
    """Write the codebook for other programs, as REFI-QDA."""
    from classifiers.codebook_exchange import to_qda
    from feedback.export.qda import write_qdc

    _write(out, write_qdc(to_qda(codebook)), force=force)


def import_codebook(source: Path, out: Path, *, force: bool) -> tuple[Codebook, list[str]]:
    """Write the codebook that another program exported as TOML; return it with what to look at.

    Raises
    ------
    CodebookError
        The file cannot be read, is no codebook, or ``out`` is there already.
    """
    from classifiers.codebook_exchange import from_qda
    from classifiers.codebook_toml import to_toml
    from feedback.export.qda import MAX_BYTES, read_qdc

    _check_free(out, force=force)
    try:
        with source.open("rb") as stream:
            content = stream.read(MAX_BYTES + 1)
    except OSError:
        raise CodebookError(f"{source} cannot be read. Give a REFI-QDA codebook (.qdc).") from None
    found = from_qda(read_qdc(content), name=source.stem)
    notes = [f"From {' '.join(source.name.split())}.", *found.warnings]
    _write(out, to_toml(found.codebook, notes=notes).encode(), force=force)
    return found.codebook, list(found.warnings)


def new_codebook(out: Path, *, force: bool) -> None:
    """Write the small codebook that a team begins with."""
    from classifiers.codebook_toml import STARTER

    _write(out, STARTER.encode(), force=force)


def _check_free(out: Path, *, force: bool) -> None:
    if out.exists() and not force:
        raise CodebookError(f"{out} is there already. Choose another name, or add --force.")


def _write(out: Path, content: bytes, *, force: bool) -> None:
    _check_free(out, force=force)
    try:
        # "x" again: between the look and the writing somebody else may have made the file.
        with out.open("wb" if force else "xb") as stream:
            stream.write(content)
    except OSError as error:
        reason = error.strerror or "the system refuses"
        raise CodebookError(f"{out} cannot be written: {reason}.") from None
