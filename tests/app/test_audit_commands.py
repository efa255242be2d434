"""The audit log is looked at, noted and copied from the command line; the doctor looks, too."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa
from typer.testing import CliRunner, Result

from app.cli import application
from app.doctor import _check_audit
from feedback import schema
from feedback.decisions import write_audit
from feedback.errors import SettingsError
from feedback.settings import Settings
from feedback.store import Store
from tests.feedback.test_audit_is_a_chain import forge

MARK = "SECRETxyz"


@pytest.fixture
def store(store_url: str) -> Iterator[Store]:
    with Store.open(store_url) as opened:
        with opened.changing() as connection:
            for day in (1, 2, 3):
                at = datetime(2026, 5, day, 12, tzinfo=UTC)
                write_audit(connection, at, "ann", "note", f"issue {day}", {"note": f"={MARK}"})
        yield opened


def run(store: Store, *arguments: str) -> Result:
    url = store._engine.url.render_as_string(hide_password=False)
    return CliRunner().invoke(application, ["--store", url, "audit", *arguments])


def test_the_head_is_told_and_found_again(store: Store) -> None:
    told = json.loads(run(store, "head", "--json").output)
    assert told["line"] == 3
    assert told["at"] == "2026-05-03T12:00:00+00:00"
    head = store.audit_head()
    assert told["digest"] == head.digest
    assert run(store, "head").output.splitlines()[0] == head.digest
    store.audit("ann", "note", "x")
    done = run(store, "verify", "--head", head.digest)
    assert (done.exit_code, done.output) == (
        0, "The audit log is whole: 4 lines, and the head that was noted is on it.\n",
    )  # fmt: skip


def test_what_does_not_fit_is_told_by_number_and_time_alone(store: Store) -> None:
    noted = store.audit_head().digest
    assert _check_audit(settings_of(store)).is_ok
    forge(store, f"UPDATE audit SET who = '{MARK}' WHERE entry_id = 2")
    done = run(store, "verify", "--head", noted)
    assert done.exit_code == 2
    assert done.output == (
        "Line 2 (02/05/2026 13:00) of the audit log does not fit; 1 line before it fits.\n"
    )
    as_json = json.loads(run(store, "verify", "--json").output)
    assert (as_json["is_sound"], as_json["wrong_line"], as_json["n_lines"]) == (False, 2, 1)
    finding = _check_audit(settings_of(store))
    assert (finding.is_ok, "Line 2" in finding.found) == (False, True)
    assert "docs/security.md" in finding.mend
    assert MARK not in done.output + str(as_json) + str(finding)


def test_a_head_of_another_log_is_not_found(store: Store) -> None:
    done = run(store, "verify", "--head", "f" * 64)
    assert done.exit_code == 2
    assert "cut, or written anew" in done.output
    with pytest.raises(SettingsError, match="64 digits"):
        CliRunner().invoke(
            application, ["--store", str(store._engine.url), "audit", "verify", "--head", "F" * 64],
            catch_exceptions=False,
        )  # fmt: skip


def test_the_doctor_tells_a_lost_head(store: Store) -> None:
    forge(store, "DELETE FROM meta WHERE name = 'audit_head'")
    finding = _check_audit(settings_of(store))
    assert not finding.is_ok
    assert "lost the head" in finding.mend


def test_days_of_the_log_are_copied_and_that_is_in_the_log(store: Store, tmp_path: Path) -> None:
    out = tmp_path / "log.csv"
    done = run(store, "export", "--out", str(out), "--from", "02/05/2026", "--to", "02/05/2026")
    assert done.exit_code == 0, done.output
    with out.open(newline="", encoding="utf-8") as stream:
        (line,) = csv.DictReader(stream)
    kept = store.read(sa.select(schema.audit).order_by(schema.audit.c.entry_id))
    assert (line["entry_id"], line["who"], line["object"]) == ("2", "ann", "issue 2")
    assert json.loads(line["detail"]) == {"note": f"={MARK}"}
    assert line["digest"] == kept["digest"].iloc[1]
    last = kept.iloc[-1]
    assert (last["action"], last["detail"]["n"]) == ("export audit log", 1)
    assert store.verify_audit().is_sound
    assert [path.name for path in tmp_path.iterdir() if path.suffix == ".part"] == []


def test_a_copy_runs_no_formula(store: Store, tmp_path: Path) -> None:
    store.audit("=cmd|x", "note", "@SUM(1)")
    run(store, "export", "--out", str(tmp_path / "log.csv"))
    with (tmp_path / "log.csv").open(newline="", encoding="utf-8") as stream:
        last = list(csv.DictReader(stream))[-1]
    assert (last["who"], last["object"]) == ("'=cmd|x", "'@SUM(1)")


def settings_of(store: Store) -> Settings:
    return Settings(store=store._engine.url.render_as_string(hide_password=False))
