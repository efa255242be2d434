"""The text of a PDF as Chromium writes it: what stands on paper, without a library for PDFs.

Chromium's PDFs name each glyph by a number, with a table from numbers to characters for each font
(ISO 32000-1, sections 9.4.3 and 9.10.3); streams are deflated.
"""

from __future__ import annotations

import re
import zlib

__all__ = ["n_sheets", "sheet_sizes", "text_of"]

_OBJECT = re.compile(rb"(\d+) 0 obj\b(.*?)endobj", re.DOTALL)
_STREAM = re.compile(rb"stream\r?\n(.*?)\r?\nendstream", re.DOTALL)
_FONT_NAME = re.compile(rb"/(F\d+) (\d+) 0 R")
_TO_UNICODE = re.compile(rb"/ToUnicode (\d+) 0 R")
_SHOWN = re.compile(rb"/(F\d+) [\d.]+ Tf|<([0-9A-Fa-f]+)>|(\[|\]|\)|\()")
_CHARACTERS = re.compile(rb"beginbfchar\n(.*?)endbfchar", re.DOTALL)
_RANGES = re.compile(rb"beginbfrange\n(.*?)endbfrange", re.DOTALL)
_BOX = re.compile(rb"/MediaBox \[0 0 ([\d.]+) ([\d.]+)\]")


def n_sheets(data: bytes) -> int:
    """Return how many sheets there are."""
    return len(_BOX.findall(data))


def sheet_sizes(data: bytes) -> set[tuple[int, int]]:
    """Return the sizes of the sheets in points."""
    return {(round(float(w)), round(float(h))) for w, h in _BOX.findall(data)}


def text_of(data: bytes) -> str:
    """Return all text, sheet by sheet, without blanks: paper has places, not spaces."""
    objects = {int(number): body for number, body in _OBJECT.findall(data)}
    fonts = {
        name: _glyphs(objects, int(number))
        for body in objects.values()
        for name, number in _FONT_NAME.findall(body)
    }
    shown = (_shown(_inflated(body), fonts) for body in objects.values())
    return re.sub(r"\s+", "", "".join(shown))


def _inflated(body: bytes) -> bytes:
    stream = _STREAM.search(body)
    if stream is None:
        return b""
    try:
        # By an object that asks for no whole stream: its last byte may look like the end of a line.
        return zlib.decompressobj().decompress(stream[1]) if b"/FlateDecode" in body else stream[1]
    except zlib.error:
        return b""


def _glyphs(objects: dict[int, bytes], number: int) -> dict[int, str]:
    """Return the characters of a font's glyphs."""
    table = _TO_UNICODE.search(objects.get(number, b""))
    if table is None:
        return {}
    told = _inflated(objects[int(table[1])])
    found: dict[int, str] = {}
    for block in _CHARACTERS.findall(told):
        for code, text in re.findall(rb"<([0-9A-Fa-f]+)> <([0-9A-Fa-f]+)>", block):
            found[int(code, 16)] = bytes.fromhex(text.decode()).decode("utf-16-be")
    for block in _RANGES.findall(told):
        for low, high, text in re.findall(rb"<(\w+)> <(\w+)> <(\w+)>", block):
            first = int(text, 16)
            for code in range(int(low, 16), int(high, 16) + 1):
                found[code] = chr(first + code - int(low, 16))
    return found


def _shown(content: bytes, fonts: dict[bytes, dict[int, str]]) -> str:
    """Return what a sheet's drawing shows as text."""
    if b" Tf" not in content:
        return ""
    glyphs: dict[int, str] = {}
    parts = []
    for name, codes, _ in _SHOWN.findall(content):
        if name:
            glyphs = fonts.get(name, {})
        elif codes:
            numbers = (int(codes[i : i + 4], 16) for i in range(0, len(codes), 4))
            parts.append("".join(glyphs.get(number, "") for number in numbers))
    return "".join(parts)
