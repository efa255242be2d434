"""The licences of all packages that an installation has, as a page: ``python -m app.licences``.

Which packages those are stands in ``requirements.lock``; what each is licensed under, it says
itself. What says nothing, or something that is not in `ALLOWED`, is an error and no page.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Any

__all__ = ["ALLOWED", "TOLD_ELSEWHERE", "Licence", "licences", "page", "refused"]

LOCK = Path(__file__).parents[1] / "requirements.lock"

ALLOWED = frozenset(
    {
        "0BSD", "Apache-2.0", "BSD", "BSD-2-Clause", "BSD-3-Clause", "BSL-1.0", "CC0-1.0",
        "CNRI-Python", "ISC", "LGPL-2.1-or-later", "LGPL-3.0-only", "MIT", "MIT-0", "MIT-CMU",
        "MPL-2.0", "PSF-2.0", "Unlicense", "Zlib",
        "Apache-2.0 WITH LLVM-exception",
    }
)  # fmt: skip
"""Licences under which a public body may use, change and pass on what it installs. LGPL and MPL
ask for the source of those packages alone, which we pass on unchanged, if at all."""

TOLD_ELSEWHERE: Mapping[str, str] = {
    "axe-playwright-python": "MIT",
    "hdbscan": "BSD-3-Clause",
    "umap-learn": "BSD-3-Clause",
}
"""Packages whose own data do not say it; read in the licence file of each."""

_SPELT: Mapping[str, str] = {
    "3-clause bsd license": "BSD-3-Clause",
    "apache 2.0 license": "Apache-2.0",
    "apache license 2.0": "Apache-2.0",
    "apache license, version 2.0": "Apache-2.0",
    "apache software license": "Apache-2.0",
    "bsd": "BSD",
    "bsd license": "BSD",
    "gnu lesser general public license v2 or later (lgplv2+)": "LGPL-2.1-or-later",
    "isc license (iscl)": "ISC",
    "mit license": "MIT",
    "mozilla public license 2.0 (mpl 2.0)": "MPL-2.0",
    "python software foundation license": "PSF-2.0",
    "the unlicense (unlicense)": "Unlicense",
}
_SAYS_NOTHING = {"osi approved", "dfsg approved"}
_JOINED = re.compile(r"\s+AND\s+|\s+OR\s+|;\s*")


@dataclass(frozen=True, slots=True)
class Licence:
    """A package, its version, and its licence; several where parts have their own."""

    package: str
    version: str
    licence: str


def licences(lock: Path = LOCK) -> list[Licence]:
    """Return the licence of every package of a lock file, in its order."""
    return [_licence(*line) for line in _pins(lock)]


def refused(found: list[Licence]) -> list[Licence]:
    """Return those that may not be installed: another licence, or none that is known."""
    return [one for one in found if not _parts(one.licence) <= ALLOWED]


def page(found: list[Licence]) -> str:
    """Return all licences as a page of the documentation."""
    counts: dict[str, int] = {}
    for one in found:
        counts[one.licence] = counts.get(one.licence, 0) + 1
    lines = [
        "# Licences of what is installed",
        "",
        "Made by `make licences` from `requirements.lock` and from what each package says of",
        "itself; a test checks that it is current, and that no licence comes in that",
        "`app/licences.py` does not allow. Why each direct dependency is there stands in",
        "[dependencies](dependencies.md).",
        "",
        "| Licence | Packages |",
        "|---|---|",
        *(f"| {name} | {n} |" for name, n in sorted(counts.items(), key=lambda x: (-x[1], x[0]))),
        "",
        "| Package | Version | Licence |",
        "|---|---|---|",
        *(f"| {one.package} | {one.version} | {one.licence} |" for one in found),
    ]  # fmt: skip
    return "\n".join(lines) + "\n"


def _pins(lock: Path) -> list[tuple[str, str]]:
    lines = (line.split("#")[0].split(";")[0].strip() for line in lock.read_text().splitlines())
    return [
        (name, version) for name, _, version in (line.partition("==") for line in lines) if name
    ]


def _licence(package: str, version: str) -> Licence:
    told = TOLD_ELSEWHERE.get(package) or _told(metadata.metadata(package))
    return Licence(package, version, told)


def _told(about: Any) -> str:
    """Return what a package says: an expression, classifiers, or words, in this order."""
    if expression := about.get("License-Expression"):
        return str(expression)
    names = [
        name.rpartition(" :: ")[2]
        for name in about.get_all("Classifier") or []
        if name.startswith("License :: ")
    ]
    known = [_spelt(name) for name in names if name.lower() not in _SAYS_NOTHING]
    if known:
        return " AND ".join(dict.fromkeys(known))
    return _spelt(str(about.get("License") or "").strip().split("\n")[0][:60]) or "unknown"


def _spelt(name: str) -> str:
    """Return a licence's name as SPDX has it, where it is known."""
    return _SPELT.get(name.lower(), name)


def _parts(licence: str) -> set[str]:
    return {part.strip(" ()") for part in _JOINED.split(licence)}


def main() -> None:
    """Write the page to standard output, or say what may not be installed."""
    found = licences()
    if wrong := refused(found):
        told = ", ".join(f"{one.package} ({one.licence})" for one in wrong)
        raise SystemExit(f"Not allowed, or not known: {told}. See app/licences.py.")
    sys.stdout.write(page(found))


if __name__ == "__main__":
    main()
