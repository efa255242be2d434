"""What the settings say about redaction reaches the redactor."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from app.wiring import make_redactor
from feedback.errors import SettingsError
from feedback.redact.names import NAME_THRESHOLD
from feedback.schema import Entity, Span
from feedback.settings import Settings, load_settings


class Badges:
    """A team's own recogniser."""

    name = "badges"

    def find(self, text: str) -> list[Span]:
        return [
            Span(Entity.USERNAME, match.start(), match.end(), "badge", 0.9)
            for match in re.finditer(r"\bHMX-[A-Z]{3}\b", text)
        ]


TEXT = "badge HMX-QRS would not scan, gerallt at the desk let me in"


def test_the_default_threshold_is_the_one_that_was_measured():
    assert Settings().name_threshold == NAME_THRESHOLD


def test_a_plug_in_of_the_settings_takes_part(monkeypatch):
    monkeypatch.setitem(sys.modules, "our_court", sys.modules[__name__])
    plain = make_redactor(Settings(home=Path("unused")))
    plugged = make_redactor(Settings(home=Path("unused"), redaction_plugins=("our_court:Badges",)))
    assert "HMX-QRS" in plain.redact(TEXT).text
    assert "HMX-QRS" not in plugged.redact(TEXT).text
    assert plain.version != plugged.version


def test_the_threshold_of_the_settings_is_used():
    found = [
        len(make_redactor(Settings(name_threshold=threshold)).redact(TEXT).found)
        for threshold in (0.999, 0.05)
    ]
    versions = {make_redactor(Settings(name_threshold=one)).version for one in (0.999, 0.05)}
    assert found[0] <= found[1]
    assert found[1] >= 1
    assert len(versions) == 2


def test_a_plug_in_that_is_not_there_stops_before_any_text_is_read():
    with pytest.raises(SettingsError, match="nowhere_at_all"):
        make_redactor(Settings(redaction_plugins=("nowhere_at_all:thing",)))


def test_a_threshold_outside_nought_to_one_is_refused():
    with pytest.raises(SettingsError, match="name_threshold"):
        load_settings(name_threshold=1.5)


def test_the_command_line_reads_plug_ins_from_the_environment(tmp_path):
    (tmp_path / "our_court.py").write_text(
        "from tests.app.test_redaction_settings import Badges\n", encoding="utf-8"
    )
    environment = {
        "PATH": "/usr/bin:/bin",
        "PYTHONPATH": f"{tmp_path}:{Path(__file__).parents[2]}",
        "FEEDBACK_HOME": str(tmp_path),
        "FEEDBACK_REDACTION_PLUGINS": json.dumps(["our_court:Badges"]),
    }
    done = subprocess.run(
        [sys.executable, "-m", "app.cli", "redact"],
        input=json.dumps({"id": "1", "text": TEXT}),
        env=environment,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert "HMX-QRS" not in told["text"]
    assert "USERNAME" in {span["entity"] for span in told["spans"]}
