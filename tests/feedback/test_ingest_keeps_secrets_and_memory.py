"""No cell's value gets out by the side doors, and memory depends on the chunk, not on the file."""

from __future__ import annotations

import itertools
import logging
import traceback
import tracemalloc
import warnings

import pytest

from feedback.errors import FeedbackError
from feedback.frames import INCOMING_COMMENTS, RESPONSES, check_frame, make_frame
from feedback.ingest import read
from feedback.mapping import choose_preset
from tests.feedback.ingest_files import (
    KEY,
    NOW,
    SECRET,
    read_all,
    write_csv,
    write_json_lines,
    write_parquet,
    write_text,
    write_xlsx,
)

S = SECRET
HEAD = ["id", "date", "page", "rating", "comment"]
BAD_ROWS = [
    [f"1{S}", f"{S}", "/p", "1", f"{S} unreadable date"],
    [f"2{S}", f"31/02/2026 {S}", "/p", "1", f"{S}"],
    [f"3{S}", "01/01/2099", f"/p/{S}", "1", f"{S} future"],
    [f"4{S}", "", f"{S}", f"{S}", f"{S}"],
    [f"5{S}", "2026-01-01", "", f"{S}", f"{S} off the scale"],
    [f"5{S}", "2026-01-01", "", f"{S}", f"{S} repeated reference"],
    ["7", "2026-01-01", "", "", ""],
]
BROKEN_CSV = f"""id,date,page,rating,comment
{S},{S}
{S},{S},{S},{S},{S},{S},{S}
1,2026-01-01,/p,1,"{S} never closed
2,2026-01-01,/p,1,"{S}" {S}
3,2026-01-01,/p,1,"{S}
more {S}
{S}"""
BROKEN_JSON = f"""{{"comment": "{S}", "date": "{S}"}}
{{"comment": "{S}
"{S}"
{S}
{{"comment": "{S}", "date": {{"{S}": "{S}"}}}}
{{"comment": "{S}", "date": "2026-01-01", "rating": 1e999, "{S}": 1}}
"""
UNREADABLE = {
    "x.parquet": f"PAR1{S}PAR1".encode(),
    "x.xlsx": f"PK\x03\x04{S}".encode(),
    "x.json": f'["{S}"]'.encode(),
    "y.jsonl": f"{S}\n{S}".encode(),
    "headless.csv": f"1,{S},2026-01-01\n2,{S},2026-01-01\n".encode(),
    "zeros.csv": f"{S}\0\0\0".encode() * 100,
}


def bad_files(folder):
    yield write_csv(folder / "a.csv", [HEAD, *BAD_ROWS])
    yield write_csv(folder / "b.csv", [HEAD, *BAD_ROWS], encoding="utf-16")
    yield write_text(folder / "c.csv", f"id,comment\n1,{S} caf\xe9 \x81\n".encode("latin-1"))
    yield write_text(folder / "d.csv", BROKEN_CSV)
    yield write_text(folder / "e.jsonl", BROKEN_JSON)
    yield write_xlsx(folder / "f.xlsx", [HEAD, *BAD_ROWS, [None, None, None, None, S, S, S]])
    yield write_json_lines(folder / "g.jsonl", [HEAD, *BAD_ROWS])
    yield write_parquet(folder / "h.parquet", [HEAD, *BAD_ROWS])
    for name, data in UNREADABLE.items():
        yield write_text(folder / name, data)


def test_no_reject_note_error_warning_or_log_holds_a_cell(tmp_path, caplog, capfd):
    caplog.set_level(logging.DEBUG)
    said, n_rejects, n_errors = [], 0, 0
    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        for path in bad_files(tmp_path):
            try:
                chunk = read_all(path, choose_preset(path), chunk_rows=2)
            except FeedbackError as error:
                n_errors += 1
                said.append("".join(traceback.format_exception(error)))
            else:
                n_rejects += len(chunk.rejects)
                said += [f"{r.reason} {r.stage}" for r in chunk.rejects] + list(chunk.notes)
    said += [str(w.message) for w in warned] + [caplog.text, *capfd.readouterr()]
    assert n_rejects >= 35
    assert n_errors == len(UNREADABLE)
    assert [text for text in said if S in text] == []


def test_a_value_with_no_place_in_the_data_model_is_told_by_column_and_check_alone():
    comment = {
        "comment_id": S, "response_id": "a" * 32, "row": 1, "source": "s", "service": S * 99,
        "page": None, "question": None, "submitted_at": NOW, "text": S, "extra": {},
    }  # fmt: skip
    reasons = check_frame(make_frame(INCOMING_COMMENTS, [comment]), INCOMING_COMMENTS)
    assert reasons == {0: "comment_id: is no id"}
    response = {
        "response_id": "a" * 32, "service": "s", "submitted_at": NOW, "satisfaction": 6,
        "effort": None, "help_needed": None, "completed": None, "device": S * 99, "browser": None,
        "region": None,
    }  # fmt: skip
    (reason,) = check_frame(make_frame(RESPONSES, [response]), RESPONSES).values()
    assert S not in reason


def test_a_row_the_data_model_refuses_is_rejected_and_the_others_go_in(tmp_path, monkeypatch):
    monkeypatch.setattr("feedback.rows.MAX_NAME_CHARACTERS", 10_000)
    rows = [
        ["id", "comment", "device"],
        ["1", "one", "phone"],
        ["2", f"{S}", S * 99],
        ["3", "three", ""],
    ]
    chunk = read_all(write_csv(tmp_path / "x.csv", rows))
    assert chunk.comments["text"].tolist() == ["one", "three"]
    assert [(r.row, r.stage, r.reason) for r in chunk.rejects] == [
        (3, "validate", "device: has more than 80 characters")
    ]


def test_a_row_that_makes_a_stage_fail_is_rejected_without_its_text(tmp_path, monkeypatch):
    from feedback import rows as module

    real = module.read_rating

    def fail_for_seven(answer, words):
        if answer == "7":
            raise RuntimeError(f"{S} {answer}")
        return real(answer, words)

    monkeypatch.setattr(module, "read_rating", fail_for_seven)
    path = write_csv(tmp_path / "x.csv", [["id", "comment", "rating"], [1, S, 7], [2, "two", 5]])
    chunk = read_all(path)
    assert chunk.comments["text"].tolist() == ["two"]
    assert [(r.row, r.reason) for r in chunk.rejects] == [(2, "cannot be read (RuntimeError)")]


def write_large(path, n_rows):
    """Write rows of about 6,000 characters."""
    text = "the page froze and everything I had written was gone " * 115
    with path.open("w") as file:
        if path.suffix == ".csv":
            file.write("id,date,comment\n")
        for n in range(n_rows):
            if path.suffix == ".csv":
                file.write(f'{n},2026-01-01,"{n} {text}\nand more"\n')
            else:
                file.write(f'{{"id": {n}, "date": "2026-01-01", "comment": "{n} {text}"}}\n')
    return path


def peak_of_reading(path):
    tracemalloc.start()
    n = 0
    for chunk in read(path, "generic", id_key=KEY, now=NOW, chunk_rows=100):
        n += len(chunk.comments)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return n, peak


@pytest.mark.parametrize("kind", ["csv", "jsonl"])
def test_a_large_file_needs_no_more_memory_than_a_small_one(tmp_path, kind):
    small = write_large(tmp_path / f"small.{kind}", 1_000)
    large = write_large(tmp_path / f"large.{kind}", 10_000)
    assert large.stat().st_size > 60_000_000
    peak_of_reading(small)  # loads what the first reading needs
    n_small, peak_small = peak_of_reading(small)
    n_large, peak_large = peak_of_reading(large)
    assert (n_small, n_large) == (1_000, 10_000)
    assert peak_large < 1.5 * peak_small + 1_000_000
    assert peak_large < 16_000_000


@pytest.mark.parametrize("kind", ["xlsx", "parquet", "csv", "jsonl"])
def test_rows_are_read_as_they_are_asked_for(tmp_path, kind):
    rows = [["id", "date", "comment"], *([n, "2026-01-01", f"c{n}"] for n in range(20_000))]
    writers = {
        "xlsx": write_xlsx,
        "parquet": write_parquet,
        "csv": write_csv,
        "jsonl": write_json_lines,
    }
    path = writers[kind](tmp_path / f"x.{kind}", rows)
    tracemalloc.start()
    chunks = read(path, "generic", id_key=KEY, now=NOW, chunk_rows=200)
    first = list(itertools.islice(chunks, 3))
    chunks.close()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert sum(chunk.n_rows for chunk in first) == 600
    assert peak < 12_000_000  # 20,000 rows in memory take 40 MB and more


def test_chunks_of_any_size_add_up_to_the_same(tmp_path):
    rows = [
        HEAD,
        *([f"r{n % 90}", "01/02/2026" if n % 7 else "x", "/p", n % 8, f"c{n}"] for n in range(100)),
    ]
    path = write_csv(tmp_path / "x.csv", rows)
    whole = read_all(path)
    for size in (1, 7, 50, 100, 101):
        parts = read_all(path, chunk_rows=size)
        assert parts.comments.equals(whole.comments)
        assert parts.responses.equals(whole.responses)
        assert (parts.rejects, parts.notes, parts.n_rows) == (whole.rejects, whole.notes, 100)
