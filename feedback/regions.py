"""Names of regions, which are no personal data though some look like a person's.

The twelve regions and nations of the United Kingdom as the Office for National Statistics names
them (International Territorial Level 1), and the regions of HM Courts & Tribunals Service that have
other names.
"""

from __future__ import annotations

import string
from collections.abc import Iterable
from typing import Any

__all__ = ["REGIONS", "known_region", "put_known_regions"]

REGIONS = (
    "North East",
    "North West",
    "Yorkshire and The Humber",
    "East Midlands",
    "West Midlands",
    "East of England",
    "London",
    "South East",
    "South West",
    "Wales",
    "Scotland",
    "Northern Ireland",
    "Midlands",
    "England",
)
_ALLOWED = frozenset(string.ascii_letters + " -&")
_BY_LETTERS = {"".join(filter(str.isalpha, name.lower())): name for name in REGIONS}


def known_region(told: object) -> str | None:
    """Return a region's name as it is written here; None for anything else.

    >>> known_region(" yorkshire and the humber "), known_region("Humber Jones")
    ('Yorkshire and The Humber', None)
    """
    if not isinstance(told, str) or not set(told) <= _ALLOWED:
        return None
    letters = "".join(filter(str.isalpha, told.lower().replace("&", "and")))
    return _BY_LETTERS.get(letters.removesuffix("england") or letters) or _BY_LETTERS.get(letters)


def put_known_regions(told: Iterable[Any], hidden: Iterable[Any]) -> list[Any]:
    """Return what redaction made of each value, or the region's name where it is one."""
    return [known_region(one) or redacted for one, redacted in zip(told, hidden, strict=True)]
