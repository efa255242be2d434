"""A backfill gives what an ingest with enrichment gives, and finishes what was broken off."""

from __future__ import annotations

import csv
import fcntl
import json
import os
import signal
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq
import pytest

from feedback import schema
from feedback.backfill_summary import BackfillSummary
from feedback.errors import (
    MissingColumnError,
    ModelError,
    NoUsableRowError,
    SettingsError,
    UnreadableFileError,
)
from feedback.history import find_history
from feedback.parts import part_schema
from feedback.settings import Settings
from feedback.store import Store
from tests import fakes
from tests.feedback.mortal_backfill import backfill
from tests.feedback.pipeline_parts import NOW, ingest, row, rows_of, work, write_csv

ROOT = Path(__file__).parents[2]
LONG = "the payment page said something went wrong when I pressed continue"
SECRET = "SECRETxyz"


def parts_of(out: Path) -> pd.DataFrame:
    """Return all rows of all parts by comment id, as plain Python values."""
    rows = [
        r for path in sorted(out.glob("part-*.parquet")) for r in pq.read_table(path).to_pylist()
    ]
    return pd.DataFrame(rows, dtype=object).set_index("comment_id").sort_index()


def rejects_of(out: Path) -> list[tuple[str, int, str, str]]:
    with (out / "rejects.csv").open(newline="") as stream:
        heading, *rows = csv.reader(stream)
    assert heading == ["file", "row", "stage", "reason"]
    return [(Path(file).name, int(row), stage, reason) for file, row, stage, reason in rows]


def files_of(out: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in out.iterdir() if path.is_file()}


@pytest.fixture
def history(tmp_path: Path) -> Path:
    """Two years: a longer second export repeats rows of the first, and duplicates cross files."""
    folder = tmp_path / "history"
    folder.mkdir()
    first = [
        row(1, f"Upload is slow, write to ann{SECRET}@example.org", browser="Firefox 128"),
        row(2, "n/a"),
        row(3, LONG),
        row(4, "slow", date="never"),
        row(5, "Mae'r dudalen yn araf ar fy phone"),
        row(6, "easy and quick, thank you", wave=f"e{SECRET}@example.org"),
        row(7, "an error"),
    ]
    second = [
        *first[4:6],
        row(8, LONG.upper() + "!"),
        row(9, "Easy!"),
        row(10, "easy"),
        row(11, ""),
    ]
    write_csv(folder / "2024.csv", first)
    write_csv(folder / "2025.csv", second)
    return folder


@pytest.mark.parametrize("chunk_rows", [1, 4, 5_000])
def test_it_gives_what_the_store_would_hold(tmp_path: Path, history: Path, chunk_rows: int) -> None:
    out = tmp_path / "out"
    with Store.open(f"sqlite:///{tmp_path / 'store.db'}") as store:
        summary = backfill(history, out, id_key=store.id_key(), chunk_rows=chunk_rows)
        assert rows_of(store, schema.comments).empty
        for name in ("2024.csv", "2025.csv"):
            ingest(history / name, store)
        work(store)
        stored = {t.name: rows_of(store, t) for t in (schema.comments, schema.responses)}
        codings, spans = rows_of(store, schema.codings), rows_of(store, schema.spans)
    found = parts_of(out)
    expected = stored["comments"].set_index("comment_id").sort_index()
    assert found.index.tolist() == expected.index.tolist()
    assert len(found) == summary.n_comments == 9
    plain = expected.astype(object).where(expected.notna(), None)
    for name in (*schema.PREPARED_COMMENT_COLUMNS[1:], "state", "sentiment", "facets"):
        told = [json.loads(v) if v and name in ("extra", "facets") else v for v in found[name]]
        assert told == plain[name].tolist(), name
    answers = stored["responses"].set_index("response_id")["browser"]
    assert found["browser"].fillna("").tolist() == [
        answers.fillna("")[response_id] for response_id in found["response_id"]
    ]
    coded = {
        (comment_id, c["code"], c["probability"], c["decision"], c["origin"])
        for comment_id, codes in found["codes"].items()
        for c in codes
    }
    columns = ["comment_id", "code", "probability", "decision", "origin"]
    assert coded == set(codings[columns].itertuples(index=False, name=None))
    assert len(coded) >= len(found)
    assert set(found["model_version"]) == set(codings["model_version"])
    placed = {(c, s["start"], s["end"], s["entity"]) for c, v in found["spans"].items() for s in v}
    columns = ["comment_id", "start", "end", "entity"]
    assert placed == set(spans[columns].itertuples(index=False, name=None))


def test_the_summary_counts_what_happened(tmp_path: Path, history: Path) -> None:
    told: list[int] = []
    summary = backfill(history, tmp_path / "out", progress=told.append)
    assert (summary.n_files, summary.n_parts, summary.n_rows) == (2, 4, 13)
    assert (summary.n_comments, summary.n_repeated, summary.n_empty) == (9, 2, 1)
    assert (summary.n_duplicates, summary.n_rejected, summary.n_uncoded) == (2, 2, 0)
    assert sum(summary.reasons.values()) == 2
    assert sum(told) == 13
    assert {"read", "redact", "embed", "classify", "write"} <= summary.seconds.keys()


def test_rejects_are_listed_with_file_and_row_and_nothing_else(
    tmp_path: Path, history: Path
) -> None:
    def poison(text: str) -> None:
        if "error" in text:
            raise ZeroDivisionError(f"cannot code {text!r}")

    out = tmp_path / "out"
    summary = backfill(history, out, classifier=fakes.KeywordClassifier(before=poison))
    assert rejects_of(out) == [
        ("2024.csv", 5, "ingest", "the date cannot be read"),
        ("2024.csv", 8, "classify", "ZeroDivisionError"),
        ("2025.csv", 7, "ingest", "holds no comment and no answer"),
    ]
    assert (summary.n_rejected, summary.n_uncoded) == (2, 1)
    failed = parts_of(out).query("state == 'failed'")
    assert failed["text"].tolist() == ["an error"]  # kept, as a store keeps it
    assert failed["codes"].tolist() == [[]]
    assert SECRET.encode() not in b"".join(files_of(out).values())


def test_a_part_has_the_columns_of_the_data_model(tmp_path: Path, history: Path) -> None:
    backfill(history, tmp_path / "out")
    names = part_schema().names
    assert set(schema.PREPARED_COMMENT_COLUMNS) | set(schema.RESPONSE_COLUMNS) <= set(names)
    for path in (tmp_path / "out").glob("part-*.parquet"):
        assert pq.read_schema(path).remove_metadata() == part_schema()


def test_killed_at_any_step_it_is_finished_as_if_never_killed(
    tmp_path: Path, history: Path
) -> None:
    whole = tmp_path / "whole"
    summary = backfill(history, whole)
    expected = files_of(whole)
    n_steps = 1 + summary.n_parts + 2  # the manifest, the parts, the rejects and the mark
    results = tmp_path / "results"
    told = subprocess.run(
        [sys.executable, "-m", "tests.feedback.mortal_backfill", history, results, str(n_steps)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
        timeout=500,
    )
    ends = json.loads(told.stdout)
    assert len(ends) == 2 * n_steps
    assert all(end == [-signal.SIGKILL, 0] for end in ends.values())
    for out in results.iterdir():
        found = files_of(out)
        assert found.keys() == expected.keys(), out.name
        for name in expected.keys() - {"_SUCCESS"}:
            assert found[name] == expected[name], (out.name, name)
        finished = BackfillSummary(**json.loads(found["_SUCCESS"]))
        for counted in ("n_rows", "n_comments", "n_repeated", "n_rejected", "reasons", "notes"):
            assert getattr(finished, counted) == getattr(summary, counted)
        assert not (out / "_scratch").exists()


def test_finished_parts_are_not_worked_on_again(tmp_path: Path, history: Path) -> None:
    out = tmp_path / "out"

    def stop(_: int) -> None:
        if len(list(out.glob("part-*.parquet"))) == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        backfill(history, out, progress=stop)
    assert not (out / "_SUCCESS").exists()
    before = {path: path.stat().st_mtime_ns for path in out.glob("part-*.parquet")}
    embedder = fakes.BagOfWordsEmbedder()
    later = NOW + timedelta(days=3)
    summary = backfill(history, out, embedder=embedder, now=later)
    assert (summary.n_finished_before, summary.n_parts) == (2, 4)
    assert embedder.n_embedded == 3  # what is new in the second file
    assert {path: path.stat().st_mtime_ns for path in before} == before
    assert set(parts_of(out)["received_at"]) == {NOW}  # one backfill, one time
    untouched = files_of(out)
    again = backfill(history, out, embedder=embedder)
    assert again.n_comments == summary.n_comments
    assert embedder.n_embedded == 3
    assert files_of(out) == untouched


def test_a_part_that_is_lost_is_made_again(tmp_path: Path, history: Path) -> None:
    out = tmp_path / "out"
    backfill(history, out)
    before = files_of(out)
    (out / "part-00003.parquet").unlink()
    assert backfill(history, out).n_finished_before == 3
    after = files_of(out)
    assert after.pop("_SUCCESS") != before.pop("_SUCCESS")
    assert after == before


def test_a_changed_input_is_refused(tmp_path: Path, history: Path) -> None:
    out = tmp_path / "out"
    backfill(history, out)
    path = history / "2025.csv"
    known = path.stat()
    os.utime(path, ns=(known.st_atime_ns, known.st_mtime_ns + 1))
    with pytest.raises(SettingsError, match=r"2025\.csv has changed since the backfill in"):
        backfill(history, out)
    os.utime(path, ns=(known.st_atime_ns, known.st_mtime_ns))
    assert backfill(history, out).n_finished_before == 4
    write_csv(history / "2026.csv", [row(1, "slow")])
    with pytest.raises(SettingsError, match="with other files"):
        backfill(history, out)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"chunk_rows": 5}, "other settings: chunk_rows"),
        ({"source": "elsewhere"}, "other settings: source"),
        ({"id_key": b"another key of thirty-two bytes!"}, "another store"),
        ({"settings": Settings(chunk_rows=4, day_first=False)}, "other settings: day_first"),
    ],
)
def test_other_settings_are_refused(
    tmp_path: Path, history: Path, changes: dict, message: str
) -> None:
    out = tmp_path / "out"
    backfill(history, out)
    with pytest.raises(SettingsError, match=message):
        backfill(history, out, **changes)


def test_another_model_is_refused(tmp_path: Path, history: Path) -> None:
    newer = fakes.KeywordClassifier()
    newer.version = "keywords-2"
    backfill(history, tmp_path / "out")
    with pytest.raises(SettingsError, match="other models: classifier"):
        backfill(history, tmp_path / "out", classifier=newer)


def test_the_key_of_the_store_is_not_given_away(tmp_path: Path, history: Path) -> None:
    key = bytes(range(32))
    backfill(history, tmp_path / "out", id_key=key)
    written = b"".join(files_of(tmp_path / "out").values())
    assert key not in written
    assert key.hex().encode() not in written


def test_a_folder_of_something_else_is_left_alone(tmp_path: Path, history: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    (out / "letter.txt").write_text("mine")
    with pytest.raises(SettingsError, match="is not empty and holds no backfill"):
        backfill(history, out)
    assert set(files_of(out)) == {"letter.txt", "_lock"}


def test_two_backfills_do_not_share_a_folder(tmp_path: Path, history: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    with (out / "_lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with pytest.raises(SettingsError, match="Another backfill is writing"):
            backfill(history, out)
    backfill(history, out)


def test_a_model_that_fails_for_all_ends_it_and_keeps_what_is_done(
    tmp_path: Path, history: Path
) -> None:
    def broken(_: str) -> None:
        raise ModelError("The model is missing.")

    out = tmp_path / "out"
    with pytest.raises(ModelError):
        backfill(history, out, classifier=fakes.KeywordClassifier(before=broken))
    assert list(out.glob("*.parquet")) == []
    assert backfill(history, out).n_comments == 9


def test_without_a_usable_row_it_says_so(tmp_path: Path) -> None:
    path = write_csv(tmp_path / "bad.csv", [row(n, SECRET, date="never") for n in range(6)])
    with pytest.raises(NoUsableRowError, match="6 read, 6 rejected") as told:
        backfill(path, tmp_path / "out")
    assert SECRET not in str(told.value)
    assert len(rejects_of(tmp_path / "out")) == 6
    assert not (tmp_path / "out" / "_SUCCESS").exists()


def test_files_of_a_folder_are_found_in_order_and_once(tmp_path: Path) -> None:
    folder = tmp_path / "history"
    out = folder / "coded"
    for name in ("b/2.csv", "a.csv", ".hidden.csv", "_old/1.csv", "coded/x.csv", "c.pdf"):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        write_csv(path, [row(1, "slow")])
    found = find_history([folder / "a.csv", folder], out=out)
    assert [file.path for file in found] == [folder / "a.csv", folder / "b" / "2.csv"]


def test_a_wrong_input_is_told_before_any_work(tmp_path: Path) -> None:
    good = write_csv(tmp_path / "good.csv", [row(1, "slow")])
    bad = tmp_path / "bad.xlsx"
    bad.write_text("not a spreadsheet")
    other = tmp_path / "other.csv"
    other.write_text("a,b\n1,2\n")
    empty = tmp_path / "empty"
    empty.mkdir()
    out = tmp_path / "out"
    for inputs, error in (
        ([good, bad], UnreadableFileError),
        ([good, other], MissingColumnError),
        ([good, tmp_path / "gone.csv"], SettingsError),
        ([empty], SettingsError),
    ):
        with pytest.raises(error):
            find_history(inputs, out=out)
    assert not out.exists()
