"""What docs/security.md claims is proved by tests that are there."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "docs" / "security.md").read_text(encoding="utf-8")


def named() -> list[tuple[str, str]]:
    """Return every test that the page names; ``::name`` alone is of the file named before it."""
    found, file = [], ""
    for path, name in re.findall(r"`(tests/[\w/]+\.py)?(?:::(\w+))?`", TEXT):
        file = path or file
        if path or name:
            found.append((file, name))
    return found


def test_every_test_that_is_named_is_there() -> None:
    assert len(named()) > 25
    for file, name in named():
        text = (ROOT / file).read_text(encoding="utf-8")
        assert not name or f"def {name}(" in text, (file, name)


def test_every_row_of_the_threat_model_has_a_proof() -> None:
    table = TEXT.split("| Who | Wants |")[1].split("\n\n")[0].splitlines()[2:]
    assert len(table) > 10
    for row in table:
        proof = row.strip("| ").split(" | ")[-2]
        assert "tests/" in proof, row[:80]


def test_every_secret_of_the_settings_is_told() -> None:
    from feedback.runs import SECRETS

    table = TEXT.split("| Secret |")[1].split("\n\n")[0]
    assert [name for name in sorted(SECRETS) if f"`{name}`" not in table] == []


def test_the_headers_that_are_told_are_the_headers_that_are_sent() -> None:
    from app.api_shield import SAFE_HEADERS

    table = TEXT.split("| Header |")[1].split("\n\n")[0].splitlines()[2:]
    cells = {row.split("|")[1].strip(" `").lower(): row.split("|")[2] for row in table}
    by_us = {name for name, told in cells.items() if told.strip() not in ("by the proxy", "none")}
    assert by_us == {name.decode() for name in SAFE_HEADERS}
    for name in ("x-content-type-options", "x-frame-options", "referrer-policy"):
        assert f"`{SAFE_HEADERS[name.encode()].decode()}`" in cells[name]
