"""Codebooks as other programs for qualitative analysis read and write them: REFI-QDA ``.qdc``.

The format is the codebook exchange of the REFI-QDA standard 1.5, section 5.2
(https://www.qdasoftware.org): nested codes, each with a GUID, a name, a description and a colour,
and sets of codes. NVivo, ATLAS.ti, MAXQDA, QualCoder, Quirkos, Taguette and others speak it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from xml.etree.ElementTree import Element, TreeBuilder
from xml.parsers import expat
from xml.sax.saxutils import escape, quoteattr

from feedback.errors import CodebookError

__all__ = ["QdaCode", "QdaCodebook", "QdaSet", "read_qdc", "write_qdc"]

NAMESPACE = "urn:QDA-XML:codebook:1.0"
MAX_BYTES = 10_000_000
"""Far more than 500 codes with descriptions take; more is not a codebook."""

MAX_DEPTH = 50
MAX_ELEMENTS = 20_000

_BREAKS = {"\n": "&#10;", "\r": "&#13;", "\t": "&#9;"}
"""A parser turns these into blanks in an attribute unless they are written as references."""

_RETURN = {"\r": _BREAKS["\r"]}


@dataclass(frozen=True)
class QdaCode:
    """A code with those below it; ``color`` is ``#rrggbb`` or empty."""

    guid: str
    name: str
    is_codable: bool = True
    description: str = ""
    color: str = ""
    codes: tuple[QdaCode, ...] = ()


@dataclass(frozen=True)
class QdaSet:
    """A named set of codes, by their GUIDs."""

    guid: str
    name: str
    description: str = ""
    members: tuple[str, ...] = ()


@dataclass(frozen=True)
class QdaCodebook:
    """A codebook as the format knows it; ``origin`` is the program that wrote it."""

    codes: tuple[QdaCode, ...]
    origin: str = ""
    sets: tuple[QdaSet, ...] = field(default=())


def write_qdc(codebook: QdaCodebook) -> bytes:
    """Return the file: UTF-8, the same bytes for the same codebook.

    Texts must hold no control characters, which no XML file can carry.

    Examples
    --------
    >>> book = QdaCodebook((QdaCode("4e7a9f3c-0000-5000-8000-000000000000", "Bins"),), "Example")
    >>> read_qdc(write_qdc(book)) == book
    True
    """
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        f'<CodeBook xmlns="{NAMESPACE}" origin={_attribute(codebook.origin)}>',
        "  <Codes>",
        *(line for code in codebook.codes for line in _code_lines(code, "    ")),
        "  </Codes>",
    ]
    if codebook.sets:
        sets = (line for one in codebook.sets for line in _set_lines(one))
        lines += ["  <Sets>", *sets, "  </Sets>"]
    return "\n".join([*lines, "</CodeBook>", ""]).encode()


def _code_lines(code: QdaCode, indent: str) -> Iterator[str]:
    color = f" color={_attribute(code.color)}" if code.color else ""
    yield (
        f"{indent}<Code guid={_attribute(code.guid)} name={_attribute(code.name)} "
        f'isCodable="{"true" if code.is_codable else "false"}"{color}>'
    )
    yield from _description_lines(code.description, indent)
    for child in code.codes:
        yield from _code_lines(child, f"{indent}  ")
    yield f"{indent}</Code>"


def _set_lines(one: QdaSet) -> Iterator[str]:
    yield f"    <Set guid={_attribute(one.guid)} name={_attribute(one.name)}>"
    yield from _description_lines(one.description, "    ")
    for guid in one.members:
        yield f"      <MemberCode guid={_attribute(guid)}/>"
    yield "    </Set>"


def _description_lines(text: str, indent: str) -> Iterator[str]:
    if text:
        yield f"{indent}  <Description>{escape(text, _RETURN)}</Description>"


def _attribute(text: str) -> str:
    return quoteattr(text, _BREAKS)


def read_qdc(content: bytes) -> QdaCodebook:
    """Return the codebook of a file that any program may have written.

    Namespaces are not looked at: programs in use write ``…codebook:1.0``, ``…codebook:1:0`` and
    none. A code without a GUID or a flag is taken as it stands; colours that are none are dropped.

    Raises
    ------
    CodebookError
        Not XML, not a codebook, larger or deeper than any codebook, or with a document type: a
        document type can name files and blow up entities, and the format has none.
    """
    root = _parse(content)
    if _name(root) != "CodeBook":
        raise CodebookError(
            f"This is no REFI-QDA codebook: it begins with <{_name(root)[:40]}>, not <CodeBook>. "
            "Export the codebook alone (.qdc), not the project (.qdpx)."
        )
    codes = tuple(
        _code(element) for group in _children(root, "Codes") for element in _children(group, "Code")
    )
    if not codes:
        raise CodebookError("This REFI-QDA codebook has no codes. Export it again with its codes.")
    sets = tuple(
        _set(element) for group in _children(root, "Sets") for element in _children(group, "Set")
    )
    return QdaCodebook(codes, root.get("origin", ""), sets)


def _code(element: Element) -> QdaCode:
    color = element.get("color", "").strip()
    return QdaCode(
        guid=element.get("guid", "").strip().strip("{}").lower(),
        name=element.get("name", ""),
        is_codable=element.get("isCodable", "true").strip().lower() not in ("false", "0"),
        description=_description(element),
        color=color if re.fullmatch(r"#(?:[0-9A-Fa-f]{3}){1,2}", color) else "",
        codes=tuple(_code(child) for child in _children(element, "Code")),
    )


def _set(element: Element) -> QdaSet:
    members = _children(element, "MemberCode")
    return QdaSet(
        guid=element.get("guid", "").strip().strip("{}").lower(),
        name=element.get("name", ""),
        description=_description(element),
        members=tuple(member.get("guid", "").strip().strip("{}").lower() for member in members),
    )


def _description(element: Element) -> str:
    return "\n".join(child.text or "" for child in _children(element, "Description"))


def _children(element: Element, name: str) -> list[Element]:
    return [child for child in element if _name(child) == name]


def _name(element: Element) -> str:
    return element.tag.rpartition("}")[2]


def _parse(content: bytes) -> Element:
    """Return the root; nothing is expanded, fetched or nested without end."""
    if len(content) > MAX_BYTES:
        raise CodebookError(
            f"This file is larger than {MAX_BYTES // 1_000_000} MB, which no codebook is."
        )
    if content.startswith(b"PK"):
        raise CodebookError(
            "This is a zip file, such as a project (.qdpx). Export the codebook alone (.qdc)."
        )
    builder, parser = TreeBuilder(), expat.ParserCreate(namespace_separator="}")
    counts = {"depth": 0, "elements": 0}

    def start(name: str, attributes: dict[str, str]) -> None:
        counts["depth"] += 1
        counts["elements"] += 1
        if counts["depth"] > MAX_DEPTH or counts["elements"] > MAX_ELEMENTS:
            raise CodebookError(
                f"More than {MAX_DEPTH} levels or {MAX_ELEMENTS:,} elements: no codebook has that."
            )
        builder.start(name, attributes)

    def end(name: str) -> None:
        counts["depth"] -= 1
        builder.end(name)

    parser.StartDoctypeDeclHandler = _refuse_document_type
    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.CharacterDataHandler = builder.data
    parser.buffer_text = True
    try:
        parser.Parse(content, True)
    except expat.ExpatError as error:
        raise CodebookError(
            f"This is no readable XML: {expat.errors.messages[error.code]}, line {error.lineno}. "
            "Export the codebook again."
        ) from None
    except (ValueError, LookupError):
        raise CodebookError("This XML names an encoding that is not known. Use UTF-8.") from None
    return builder.close()


def _refuse_document_type(*_: Any) -> None:
    raise CodebookError(
        "This file has a document type (<!DOCTYPE …>), which can make a reader open other files. "
        "REFI-QDA has none: remove it, or export the codebook again."
    )
