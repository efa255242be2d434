"""Secrets come from the environment or from files, and are told by nothing that tells anything."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import click
import pytest
import sqlalchemy as sa
from pydantic import SecretStr
from typer.main import get_command

from app.cli import application
from app.sending import read_secret
from feedback import schema
from feedback.errors import FeedbackError
from feedback.redact.keys import read_key_file
from feedback.runs import SECRETS
from feedback.settings import Settings
from feedback.store import Store

FEEDBACK = str(Path(sys.executable).parent / "feedback")
WORDS = ("password", "secret", "token", "passphrase", "credential")
SAID = {
    "redaction_key": "SECRETkey-of-pseudonyms-0123456789abcdef",
    "smtp_password": "SECRETsmtp",
    "webhook_secret": "SECRETwebhook",
}


def commands(group: click.Group, path: str = "feedback") -> list[tuple[str, click.Command]]:
    found = []
    for name, command in group.commands.items():
        its = f"{path} {name}"
        is_group = isinstance(command, click.Group)
        found += commands(command, its) if is_group else [(its, command)]
    return found


def test_no_command_takes_a_secret_as_an_argument() -> None:
    """Arguments stand in the list of processes, which everybody on a machine can read."""
    everywhere = [("feedback", get_command(application)), *commands(get_command(application))]
    assert len(everywhere) > 40
    for path, command in everywhere:
        for parameter in command.params:
            names = " ".join([parameter.name or "", *parameter.opts]).lower()
            if any(word in names for word in WORDS):
                assert isinstance(parameter.type, click.Path) or "file" in names, (path, names)


def test_every_secret_of_the_settings_is_one_and_has_a_file() -> None:
    secret = {
        name
        for name, field in Settings.model_fields.items()
        if "SecretStr" in str(field.annotation)
    }
    assert secret == SECRETS == set(SAID)
    for name in secret:
        assert f"{name}_file" in Settings.model_fields
    named = {name for name in Settings.model_fields if name.endswith(("password", "secret", "key"))}
    assert named == secret


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604, 0o660])
def test_a_file_that_others_can_read_is_refused(tmp_path: Path, mode: int) -> None:
    path = tmp_path / "secret"
    path.write_text("SECRETword-0123456789-0123456789-0123456789")
    path.chmod(mode)
    for read in (
        lambda: read_secret(None, path, "smtp_password"),
        lambda: read_secret(None, path, "webhook_secret"),
        lambda: read_key_file(path),
    ):
        with pytest.raises(FeedbackError, match=r"(?i)chmod|others|owner|rights") as told:
            read()
        assert "SECRETword" not in str(told.value)
    path.chmod(0o600)
    assert read_secret(None, path, "smtp_password")
    assert read_key_file(path)


def run(arguments: list[str], home: Path, **more: str) -> str:
    named = {f"FEEDBACK_{name.upper()}": value for name, value in SAID.items()}
    environment = {**os.environ, "FEEDBACK_HOME": str(home), **named, **more}
    done = subprocess.run([FEEDBACK, *arguments], env=environment, capture_output=True, text=True,
                          timeout=240)  # fmt: skip
    return done.stdout + done.stderr


def test_nothing_that_is_told_or_kept_holds_a_secret(tmp_path: Path) -> None:
    file = tmp_path / "in.csv"
    file.write_text("id,comment,service\n1,The upload is slow,Divorce\n")
    home = tmp_path / "home"
    told = run(["ingest", str(file), "--map", "comment=comment"], home)
    told += run(["doctor"], home)
    told += run(["--debug", "audit", "verify", "--head", "x"], home)
    nowhere = "postgresql://u:SECRETstore@127.0.0.1:1/x?sslpassword=SECRETquery"
    told += run(["doctor"], home, FEEDBACK_STORE=nowhere)
    told += run(["--debug", "audit", "head"], home, FEEDBACK_STORE=nowhere)
    told += run(["--debug", "doctor"], home, FEEDBACK_SMTP_PORT="SECRETport")
    assert "SECRET" not in told
    with Store.open(f"sqlite:///{home / 'feedback.db'}") as store:
        runs = store.read(sa.select(schema.runs.c.settings))["settings"].tolist()
    assert runs
    assert not SECRETS & set(runs[0])
    assert "SECRET" not in json.dumps(runs)
    everything = b"".join(path.read_bytes() for path in home.rglob("*") if path.is_file())
    assert b"SECRET" not in everything


def test_a_password_of_the_store_is_refused_on_the_command_line(tmp_path: Path) -> None:
    for url in ("postgresql://u:SECRETstore@127.0.0.1:1/x",
                "postgresql://u@127.0.0.1:1/x?sslpassword=SECRETstore"):  # fmt: skip
        told = run(["--store", url, "audit", "head"], tmp_path)
        assert "--store holds a password" in told
        assert "SECRET" not in told
    told = run(["--store", f"sqlite:///{tmp_path / 'none.db'}", "audit", "head"], tmp_path)
    assert "There is no store" in told


def test_a_secret_does_not_show_itself_where_settings_are_printed() -> None:
    settings = Settings(**{name: SecretStr(value) for name, value in SAID.items()})
    assert "SECRET" not in repr(settings) + str(settings) + settings.model_dump_json()
