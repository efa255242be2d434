"""The same secrets through the installed command: files in, exports out, everything searched."""

import json
import subprocess
import sys
import zipfile
from pathlib import Path

import pandas as pd
import pytest

from tests.privacy.planted import N_EACH
from tests.privacy.test_nothing_leaks import (
    DOORS,
    SECRETS,
    bad_rows,
    broken_json_lines,
    found_in,
    good_csv,
    left_over_fields,
    no_usable_row,
    told,
)

FEEDBACK = Path(sys.executable).with_name("feedback")


@pytest.fixture
def run(tmp_path):
    home = tmp_path / "home"
    home.mkdir()

    def call(*arguments, stdin=""):
        return subprocess.run(
            [FEEDBACK, "--debug", *map(str, arguments)],
            input=stdin,
            capture_output=True,
            text=True,
            env={
                "PATH": "/usr/bin:/bin",
                "HOME": str(home),
                "FEEDBACK_HOME": str(home),
                "TMPDIR": str(home),
            },
            cwd=home,
            timeout=300,
        )

    call.home = home
    return call


def everything_under(folder):
    """Return all bytes under a folder, what is compressed unpacked."""
    parts = []
    for path in sorted(folder.rglob("*")):
        parts.append(str(path).encode())
        if not path.is_file():
            continue
        parts.append(path.read_bytes())
        if path.suffix == ".xlsx":
            with zipfile.ZipFile(path) as book:
                parts += [book.read(name) for name in book.namelist()]
        if path.suffix == ".parquet":
            parts.append(pd.read_parquet(path).to_csv().encode())
    return b"\0".join(parts)


def test_files_in_and_exports_out_hold_no_secret(run, tmp_path):
    incoming = tmp_path / "incoming"
    incoming.mkdir()
    doors = (good_csv, bad_rows, broken_json_lines, left_over_fields, no_usable_row)
    files = [door(incoming, SECRETS) for door in doors]
    said = [run("ingest", file, "--json") for file in files]
    said += [run("ingest", file, "--dry-run") for file in files]
    for file_format in ("csv", "xlsx", "parquet"):
        said.append(run("export", "--out", run.home / f"out.{file_format}"))
        assert said[-1].returncode == 0, said[-1].stderr
    said.append(run("doctor"))
    exported = pd.read_csv(run.home / "out.csv")
    assert len(exported) > len(SECRETS)
    assert exported["text"].str.contains("[NINO]", regex=False).sum() >= N_EACH / 2
    printed = "\0".join(call.stdout + call.stderr for call in said).encode()
    assert told(found_in(printed)) == []
    assert told(found_in(everything_under(run.home))) == []


def test_what_is_piped_through_keeps_its_secrets_to_itself(run):
    lines = [json.dumps({"id": n, "text": s.sentence}) for n, s in enumerate(SECRETS)]
    redacted = run("redact", stdin="\n".join(lines))
    assert redacted.returncode == 0
    assert told(found_in((redacted.stdout + redacted.stderr).encode())) == []
    broken = run("redact", stdin=lines[0][: len(lines[0]) // 2])
    assert broken.returncode == 2
    assert told(found_in(broken.stderr.encode(), SECRETS[:1])) == []


def test_the_doors_searched_here_are_among_the_doors_there_are():
    assert {good_csv, bad_rows, broken_json_lines, left_over_fields} <= set(DOORS)
