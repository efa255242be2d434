"""``feedback backfill --workers`` and ``feedback load`` as a person types them; real models."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from feedback import schema
from feedback.store import Store
from tests.app.test_backfill_command import FIRST, HEAD, SECOND, run
from tests.feedback.pipeline_parts import rows_of

pytestmark = pytest.mark.slow


def parts_of(out: Path) -> list[dict[str, Any]]:
    """Return all rows but for the time of receipt, which is that of each start."""
    rows = [row for p in sorted(out.glob("part-*")) for row in pq.read_table(p).to_pylist()]
    return [{**row, "received_at": None} for row in rows]


def test_workers_write_the_same_parts_and_load_takes_them_in(tmp_path: Path) -> None:
    files = tmp_path / "2025.csv", tmp_path / "2026.csv"
    for path, rows in zip(files, (FIRST, SECOND), strict=True):
        path.write_text(HEAD + rows)
    one, two = tmp_path / "one", tmp_path / "two"
    assert run("backfill", "--input", *files, "--out", one, home=tmp_path).returncode == 0
    command = ["backfill", "--input", *files, "--out", two, "--workers", 2, "--json"]
    told = run(*command, home=tmp_path)
    assert told.returncode == 0, told.stderr
    assert json.loads(told.stdout)["n_comments"] == 5
    assert told.stderr == ""
    assert parts_of(two) == parts_of(one)  # to the last digit of each probability
    loaded = run("load", two, "--json", home=tmp_path)
    assert loaded.returncode == 0, loaded.stderr
    assert json.loads(loaded.stdout)["n_new"] == 5
    with Store.open(f"sqlite:///{tmp_path / 'home' / 'feedback.db'}", create=False) as store:
        assert store.count_states() == {"enriched": 5}
        assert len(rows_of(store, schema.standing_codes)) >= 5
    again = run("load", two, home=tmp_path)
    assert "0 are new in the store, 5 were there." in again.stdout
    both = run(*command, "--scheduler", "tcp://127.0.0.1:9", home=tmp_path)
    assert (both.returncode, both.stderr.count("\n")) == (2, 1)
    assert "--scheduler" in both.stderr
