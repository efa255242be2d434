"""``feedback backfill`` as a person types it, with the real redactor, encoder and classifier."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from feedback import schema
from feedback.store import Store
from tests.feedback.pipeline_parts import rows_of

FEEDBACK = Path(sys.executable).with_name("feedback")
HEAD = "page,feedback,submitted\n"
FIRST = (
    "/divorce/payment,The card payment failed twice. Ring Oluwaseun on 020 7946 0018,03/02/2026\n"
    "/divorce/payment,n/a,03/02/2026\n"
    "/probate/track,Really easy and quick thank you,04/02/2026\n"
    "/probate/track,My NINO is AB123456C and it is slow,99/99/2026\n"
)
SECOND = (
    "/probate/track,I keep getting an error 500 when I upload my will,05/02/2026\n"
    "/probate/track,Mae'r dudalen yn araf iawn heddiw,06/02/2026\n"
)


def run(*arguments: object, home: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [FEEDBACK, *map(str, arguments)],
        capture_output=True,
        text=True,
        env={"PATH": "/usr/bin:/bin", "HOME": str(home), "FEEDBACK_HOME": str(home / "home")},
        cwd=home,
        timeout=300,
    )


@pytest.fixture
def history(tmp_path: Path) -> tuple[Path, Path]:
    files = tmp_path / "2025.csv", tmp_path / "2026.csv"
    for path, rows in zip(files, (FIRST, SECOND), strict=True):
        path.write_text(HEAD + rows)
    return files


def test_it_codes_as_ingest_and_run_do(tmp_path: Path, history: tuple[Path, Path]) -> None:
    out = tmp_path / "coded"
    told = run("backfill", "--input", *history, "--out", out, "--json", home=tmp_path)
    assert told.returncode == 0, told.stderr
    summary = json.loads(told.stdout)
    assert (summary["n_files"], summary["n_comments"], summary["n_rejected"]) == (2, 5, 1)
    rows = [
        r for path in sorted(out.glob("part-*.parquet")) for r in pq.read_table(path).to_pylist()
    ]
    assert run("ingest", *history, home=tmp_path).returncode == 0
    assert run("run", home=tmp_path).returncode == 0
    with Store.open(f"sqlite:///{tmp_path / 'home' / 'feedback.db'}", create=False) as store:
        comments = rows_of(store, schema.comments).set_index("comment_id")
        codings = rows_of(store, schema.codings)
    assert {r["comment_id"]: r["text"] for r in rows} == comments["text"].to_dict()
    assert {r["comment_id"]: r["sentiment"] for r in rows} == comments["sentiment"].to_dict()
    coded = {(r["comment_id"], c["code"], c["decision"]) for r in rows for c in r["codes"]}
    columns = ["comment_id", "code", "decision"]
    assert coded == set(codings[columns].itertuples(index=False, name=None))
    probabilities = {
        (r["comment_id"], c["code"]): c["probability"] for r in rows for c in r["codes"]
    }
    for coding in codings.itertuples():
        # Vectors of a text differ in the last digits with the texts it is embedded with.
        expected = pytest.approx(coding.probability, abs=1e-4)
        assert probabilities[coding.comment_id, coding.code] == expected
    written = b"".join(path.read_bytes() for path in tmp_path.rglob("*.parquet"))
    for secret in ("Oluwaseun", "7946 0018", "AB123456C"):
        assert secret not in told.stdout + told.stderr
        assert secret.encode() not in written
    again = json.loads(
        run("backfill", "--input", *history, "--out", out, "--json", home=tmp_path).stdout
    )
    assert again["n_finished_before"] == summary["n_parts"] == 2


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--out", "coded"], "Missing option '--input'"),
        (["--input", "2025.csv"], "Missing option '--out'"),
        (["--input", "gone.csv", "--out", "coded"], "gone.csv is neither a file nor a folder"),
        (["--input", "2025.csv", "--out", "coded", "--map", "comment"], "--map takes FIELD=COLUMN"),
        (["--input", "2025.csv", "--out", "coded", "--map", "comment=x"], "has no 'x' column"),
        (["--input", "2025.csv", "--out", "2026.csv"], "2026.csv cannot be written"),
        (["--input", "2025.csv", "--out", "coded", "--faster"], "No such option"),
    ],
)
def test_a_failure_is_one_clear_line_and_exit_2(
    tmp_path: Path, history: tuple[Path, Path], arguments: list[str], says: str
) -> None:
    told = run("backfill", *arguments, home=tmp_path)
    assert told.returncode == 2
    assert told.stdout == ""
    assert len(told.stderr.splitlines()) == 1, told.stderr
    assert told.stderr.startswith("feedback: ")
    assert says in told.stderr
