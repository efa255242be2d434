"""Docs name every command and setting, and nothing that is not there."""

import re
import subprocess
import sys
from enum import Enum
from pathlib import Path

import pandas as pd
import pytest
from typer.main import get_command

from app.cli import application
from feedback.settings import Settings

ROOT = Path(__file__).parents[2]
COMMANDS = (ROOT / "docs" / "commands.md").read_text(encoding="utf-8")
DESCRIBED = set(re.findall(r"`feedback ([a-z-]+)", COMMANDS))
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


def plain(value):
    if isinstance(value, tuple):
        return tuple(plain(one) for one in value)
    return value.value if isinstance(value, Enum) else value


def test_settings_are_described_with_their_defaults():
    text = (ROOT / "docs" / "settings.md").read_text(encoding="utf-8")
    rows = dict(re.findall(r"^\| `(\w+)` \| (.*?) \|", text, re.MULTILINE))
    assert list(rows) == list(Settings.model_fields)
    for name, field in Settings.model_fields.items():
        if name != "home":
            default = plain(field.default)
            assert rows[name] == ("(empty)" if default in ("", None) else repr(default))


def test_links_in_the_docs_lead_somewhere():
    for page in [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *ROOT.glob("docs/**/*.md")]:
        for target in re.findall(r"\]\((?!http)([^)#]+)", page.read_text(encoding="utf-8")):
            assert (page.parent / target).exists(), f"{page.name}: {target}"


def test_the_readme_uses_commands_that_exist():
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    for name, rest in re.findall(r"^feedback ([\w-]+)(.*)$", text, re.MULTILINE):
        command = GROUP.commands[name]
        if hasattr(command, "commands"):
            command = command.commands[rest.split()[0]]
        known = {option for p in command.params for option in p.opts}
        assert set(re.findall(r"(--[a-z-]+)", rest.split("#")[0])) <= known


@pytest.mark.slow
def test_the_readme_works_as_it_is_written(tmp_path):
    pd.DataFrame(
        {
            "UserID": [1, 2],
            "Ended": ["03/10/2026 10:00", "04/10/2026 11:00"],
            "Service": ["Divorce", "Probate"],
            "1. Overall, how satisfied were you with the service today?": ["Satisfied", "Neither"],
            "6. How could we improve this service?": ["Let me upload photos", "Nothing uploads"],
        }
    ).to_excel(tmp_path / "survey.xlsx", index=False)
    (tmp_path / "reports.csv").write_text(
        "What went wrong,URL,Sent\nCannot upload a file,/divorce/marriage-certificate,05/10/2026\n"
    )
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    own, codebook = text.split("## Bring your own codebook")
    lines = re.findall(r"^feedback .*$", own, re.MULTILINE)
    assert len(lines) == 6
    # What comes after these waits for a person to code a sheet: test_corrections_teach.py.
    lines += re.findall(
        r"^feedback (?:codebook|train --codebook mine.toml --out).*$", codebook, re.M
    )
    assert len(lines) == 8
    folder = Path(sys.executable).parent
    for line in lines:
        if line != "feedback dashboard":
            subprocess.run(
                ["sh", "-c", line],
                check=True,
                cwd=tmp_path,
                timeout=300,
                env={"PATH": f"{folder}:/usr/bin:/bin", "FEEDBACK_HOME": str(tmp_path / "home")},
            )
    coded = pd.read_excel(tmp_path / "coded.xlsx", sheet_name="Comments")
    assert "Cannot upload a file" in coded["text"].tolist()
    assert (tmp_path / "mine" / "MODEL_CARD.md").is_file()
