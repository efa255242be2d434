"""Docs name every command and setting, and nothing that is not there."""

import re
from pathlib import Path

import pytest
from typer.main import get_command

from app.cli import application
from feedback.settings import Settings

ROOT = Path(__file__).parents[2]
COMMANDS = (ROOT / "docs" / "commands.md").read_text(encoding="utf-8")
DESCRIBED = set(re.findall(r"`feedback ([a-z]+)", COMMANDS))
GROUP = get_command(application)


def test_every_command_is_described_and_every_described_command_exists():
    assert set(GROUP.commands) == DESCRIBED


@pytest.mark.parametrize("name", sorted(GROUP.commands))
def test_every_option_is_described(name):
    options = [
        option
        for parameter in GROUP.commands[name].params
        for option in parameter.opts
        if option.startswith("--") and option != "--help"
    ]
    assert [option for option in options if option not in COMMANDS] == []


def test_settings_are_described_with_their_defaults():
    text = (ROOT / "docs" / "settings.md").read_text(encoding="utf-8")
    rows = dict(re.findall(r"^\| `(\w+)` \| (.*?) \|", text, re.MULTILINE))
    assert list(rows) == list(Settings.model_fields)
    for name, field in Settings.model_fields.items():
        if name != "home":
            assert rows[name] == (repr(field.default) if field.default != "" else "(empty)")


def test_links_in_the_docs_lead_somewhere():
    for page in [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *ROOT.glob("docs/**/*.md")]:
        for target in re.findall(r"\]\((?!http)([^)#]+)", page.read_text(encoding="utf-8")):
            assert (page.parent / target).exists(), f"{page.name}: {target}"


def test_the_readme_uses_commands_that_exist():
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    for name, rest in re.findall(r"^feedback (\w+)(.*)$", text, re.MULTILINE):
        known = {option for p in GROUP.commands[name].params for option in p.opts}
        assert set(re.findall(r"(--[a-z-]+)", rest.split("#")[0])) <= known
