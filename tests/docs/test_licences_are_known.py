"""Every package that is installed has a licence that we may use it under, and the page says so."""

from __future__ import annotations

from importlib import metadata
from pathlib import Path

import pytest

from app.licences import ALLOWED, LOCK, TOLD_ELSEWHERE, Licence, licences, page, refused

PAGE = Path(__file__).parents[2] / "docs" / "licences.md"


def test_the_page_is_current() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(licences()), "run: make licences"


def test_no_licence_comes_in_that_is_not_allowed() -> None:
    assert refused(licences()) == []


def test_every_pin_is_looked_at() -> None:
    pins = [line.split("==")[0] for line in LOCK.read_text().splitlines() if "==" in line]
    assert [one.package for one in licences()] == pins
    assert len(pins) > 100


def test_what_is_pinned_is_what_is_installed() -> None:
    wrong = [
        one for one in licences()
        if metadata.version(one.package).split("+")[0] != one.version.split("+")[0]
    ]  # fmt: skip
    assert wrong == []


@pytest.mark.parametrize(
    ("licence", "is_allowed"),
    [
        ("MIT", True),
        ("Apache-2.0 AND MIT", True),
        ("(Apache-2.0 OR BSD-2-Clause) AND PSF-2.0", True),
        ("Apache-2.0 WITH LLVM-exception", True),
        ("MIT; BSD", True),
        ("GPL-3.0-or-later", False),
        ("MIT AND GPL-2.0-only", False),
        ("AGPL-3.0-only", False),
        ("SSPL-1.0", False),
        ("GNU General Public License (GPL)", False),
        ("Proprietary", False),
        ("unknown", False),
        ("", False),
        ("LGPL", False),
        ("MITX", False),
    ],
)
def test_what_is_let_in(licence: str, is_allowed: bool) -> None:
    assert (refused([Licence("a", "1", licence)]) == []) is is_allowed


def test_a_package_that_says_nothing_is_refused(tmp_path: Path, monkeypatch) -> None:
    folder = tmp_path / "silent-1.0.dist-info"
    folder.mkdir()
    (folder / "METADATA").write_text("Metadata-Version: 2.1\nName: silent\nVersion: 1.0\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    lock = tmp_path / "requirements.lock"
    lock.write_text("# pins\nsilent==1.0\n")
    assert refused(licences(lock)) == [Licence("silent", "1.0", "unknown")]


@pytest.mark.parametrize("package", sorted(TOLD_ELSEWHERE))
def test_what_we_say_for_a_package_stands_in_its_licence_file(package: str) -> None:
    files = metadata.files(package) or []
    texts = [str(f.locate().read_text("utf-8")) for f in files if "LICEN" in f.name.upper()]  # type: ignore[attr-defined]
    starts = {"MIT": "Permission is hereby granted, free of charge",
              "BSD-3-Clause": "Redistribution and use in source and binary forms"}  # fmt: skip
    wanted = starts[TOLD_ELSEWHERE[package]]
    assert any(wanted in " ".join(text.split()) for text in texts)
    assert TOLD_ELSEWHERE[package] in ALLOWED
