"""Bring a text into the plain form the recognisers read, without losing where anything stood.

People, spreadsheets and word processors write the same number with many signs: every Unicode dash,
no-break spaces, full-width and Arabic digits, invisible marks. Patterns see one dash, one space,
ten digits; offsets lead back to the text as it came.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from feedback.placeholders import PLACEHOLDER

__all__ = ["MASK", "PLACEHOLDER", "Folded", "fold"]

MASK = "\ue000"
"""Private-use sign put over placeholders; no pattern holds it, so none matches in or across one."""

_LAST_BMP = 0xFFFF
_MATHEMATICAL_DIGITS = range(0x1D7CE, 0x1D800)
_FULL_WIDTH = range(0xFF01, 0xFF5F)
_FULL_WIDTH_SHIFT = 0xFEE0
_DASHES_OUTSIDE_PD = "\u2212\u2043\u02d7\u00b7\u2027"
_APOSTROPHES = "\u2018\u2019\u201b\u02bc\u00b4\u0060\u2032"
_SLASHES = "\u2044\u2215"


@dataclass(frozen=True, slots=True)
class Folded:
    """A text in plain form; ``offsets`` is None where positions did not move."""

    text: str
    offsets: Sequence[int] | None

    def position(self, index: int, *, is_end: bool = False) -> int:
        """Return the position in the text as it came of ``index`` in the plain form."""
        if self.offsets is None:
            return index
        return self.offsets[index - 1] + 1 if is_end else self.offsets[index]


def _build_tables() -> tuple[dict[int, str], re.Pattern[str]]:
    """Return the one-to-one table and the pattern of signs that take no room on a page."""
    table: dict[int, str] = {}
    invisible: list[str] = []
    for code in range(0x80, _LAST_BMP + 1):
        sign = chr(code)
        match unicodedata.category(sign):
            case "Pd":
                table[code] = "-"
            case "Zs":
                table[code] = " "
            case "Nd":
                table[code] = str(unicodedata.decimal(sign))
            case "Cf":
                invisible.append(sign)
    table |= {code: chr(code - _FULL_WIDTH_SHIFT) for code in _FULL_WIDTH}
    table |= {code: str(unicodedata.decimal(chr(code))) for code in _MATHEMATICAL_DIGITS}
    table |= {ord(sign): "-" for sign in _DASHES_OUTSIDE_PD}
    table |= {ord(sign): "'" for sign in _APOSTROPHES}
    table |= {ord(sign): "/" for sign in _SLASHES}
    return table, re.compile("[" + "".join(map(re.escape, invisible)) + "]")


_TABLE, _INVISIBLE = _build_tables()


def fold(text: str) -> Folded:
    r"""Return ``text`` with plain dashes, spaces, digits and quotes, and placeholders masked.

    Examples
    --------
    >>> fold("AB\u201312\u00a034 \uff15\uff16 C").text
    'AB-12 34 56 C'
    """
    plain, offsets = text, None
    if not text.isascii():
        if _INVISIBLE.search(text):
            offsets = [index for index, sign in enumerate(text) if not _INVISIBLE.match(sign)]
            plain = _INVISIBLE.sub("", text)
        plain = plain.translate(_TABLE)
    if "[" in plain or "█" in plain:
        plain = PLACEHOLDER.sub(lambda match: MASK * len(match.group()), plain)
    return Folded(plain, offsets)
