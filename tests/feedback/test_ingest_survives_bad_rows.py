"""A bad row costs itself: every other row goes in, and every bad one has its number and reason."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedback.csv_records import MAX_FIELD_CHARACTERS, read_records
from feedback.schema import INCOMING_COMMENT_COLUMNS
from tests.feedback.ingest_files import read_all, write_csv, write_json_lines, write_text

HEAD = "id,date,comment\n"


def read_text(tmp_path, text, **options):
    return read_all(write_text(tmp_path / "x.csv", text), **options)


def outcome(chunk):
    return chunk.comments["text"].tolist(), {r.row: r.reason for r in chunk.rejects}


def test_rows_with_too_few_or_too_many_cells_are_rejected_alone(tmp_path):
    text = HEAD + "1,2026-01-01,one\n2,2026-01-01\n3,2026-01-01,three,more\n4,2026-01-01,four,,\n"
    assert outcome(read_text(tmp_path, text)) == (
        ["one", "four"],
        {3: "has 2 cells where the headings are 3", 4: "has 4 cells where the headings are 3"},
    )


def test_blank_cells_at_the_end_of_headings_or_rows_do_not_matter(tmp_path):
    text = (
        "id,date,comment,,\n1,2026-01-01,one\n2,2026-01-01,two,,,,\n3,2026-01-01,three,x\n4,2026\n"
    )
    chunk = read_text(tmp_path, text)
    assert outcome(chunk) == (["one", "two", "three"], {5: "has 2 cells where the headings are 5"})
    assert chunk.comments["extra"].tolist() == [{}, {}, {"column 4": "x"}]


def test_bad_dates_are_rejected_each_with_its_reason(tmp_path):
    dates = ["01/02/2026", "", "soon", "31/02/2026", "01/01/2099", "1/1/1900"]
    rows = [["id", "date", "comment"], *([i, d, f"c{i}"] for i, d in enumerate(dates))]
    assert outcome(read_all(write_csv(tmp_path / "x.csv", rows))) == (
        ["c0"],
        {
            3: "the date is empty",
            4: "the date cannot be read",
            5: "the date does not exist (read day first)",
            6: "the date lies in the future",
            7: "the date is before 2000",
        },
    )


@pytest.mark.parametrize("text", ["", "  ", "\t", "\u200b", "\x00", "\u2060 \u00ad"])
def test_a_row_that_says_nothing_at_all_is_rejected(tmp_path, text):
    rows = [["id", "date", "comment"], ["1", "2026-01-01", text], ["2", "2026-01-01", "said"]]
    path = write_csv(tmp_path / "x.csv", rows)
    assert outcome(read_all(path)) == (["said"], {2: "holds no comment and no answer"})


def test_nuls_and_controls_do_not_stop_the_file(tmp_path):
    text = HEAD + "1,2026-01-01,a\x00b\n2,2026-01-01,\x1b[31mred\n3,2026-01-01,three\n"
    assert outcome(read_text(tmp_path, text)) == (["ab", "\x1b[31mred", "three"], {})


UNCLOSED = "a quotation mark is never closed"
BROKEN = "the row's quotation marks are broken"


def test_a_quotation_mark_that_never_closes_costs_its_own_row(tmp_path):
    rows = [f"{i},2026-01-01,comment {i}\n" for i in range(2, 2_002)]
    rows[499] = '501,2026-01-01,"never closed\n'
    texts, rejects = outcome(read_text(tmp_path, HEAD + "".join(rows)))
    assert rejects == {501: UNCLOSED}
    assert texts == [f"comment {i}" for i in range(2, 2_002) if i != 501]


def test_a_quotation_mark_closed_by_a_later_row_costs_its_own_row(tmp_path):
    rows = [f'{i},2026-01-01,"comment {i}"\n' for i in range(2, 52)]
    rows[18] = '20,2026-01-01,"never closed\n'
    texts, rejects = outcome(read_text(tmp_path, HEAD + "".join(rows)))
    assert rejects == {20: BROKEN}
    assert texts == [f"comment {i}" for i in range(2, 52) if i != 20]


def test_a_quotation_mark_left_open_in_the_last_row_costs_that_row(tmp_path):
    text = HEAD + '1,2026-01-01,one\n2,2026-01-01,"open'
    assert outcome(read_text(tmp_path, text)) == (["one"], {3: UNCLOSED})


def test_an_open_quotation_mark_in_a_file_of_one_column_costs_one_line(tmp_path):
    texts, rejects = outcome(read_text(tmp_path, 'comment\none\n"two\nthree\nfour\n'))
    assert (texts, rejects) == (["one", "three", "four"], {3: UNCLOSED})


def test_quoted_lines_that_look_like_rows_stay_in_their_comment(tmp_path):
    text = HEAD + '1,2026-01-01,"It said:\n2,2026-01-01,nothing\nthree"\n2,2026-01-02,next\n'
    texts, rejects = outcome(read_text(tmp_path, text))
    assert texts == ["It said:\n2,2026-01-01,nothing\nthree", "next"]
    assert rejects == {}


def test_a_quotation_mark_inside_a_plain_cell_is_a_character(tmp_path):
    text = HEAD + '1,2026-01-01,my 15" screen\n2,2026-01-01,next\n'
    assert outcome(read_text(tmp_path, text)) == (['my 15" screen', "next"], {})


def test_a_huge_cell_costs_its_own_row(tmp_path):
    huge = "x" * (MAX_FIELD_CHARACTERS + 1)
    text = (
        HEAD + f"1,2026-01-01,{huge}\n2,2026-01-01,next\n3,2026-01-01,{huge * 5}\n4,2026-01-01,last"
    )
    texts, rejects = outcome(read_text(tmp_path, text))
    assert texts == ["next", "last"]
    assert rejects == {2: "the row is too long", 4: "the row is too long"}


def test_a_huge_line_of_json_costs_itself(tmp_path):
    text = '{"comment": "one"}\n{"comment": "' + "x" * 5_000_000 + '"}\n{"comment": "three"}\n'
    chunk = read_all(write_text(tmp_path / "x.jsonl", text))
    assert outcome(chunk) == (["one", "three"], {2: "the line is too long"})


def test_blank_lines_count_as_rows_but_are_no_rejects(tmp_path):
    chunk = read_text(tmp_path, "\n" + HEAD + "\n1,2026-01-01,one\n,,\n\n2,2026-01-01,two\n\n")
    assert outcome(chunk) == (["one", "two"], {})
    assert chunk.comments["row"].tolist() == [4, 7]
    assert chunk.n_rows == 2


def test_rows_after_a_comment_of_several_lines_keep_the_spreadsheets_number(tmp_path):
    chunk = read_text(tmp_path, HEAD + '1,2026-01-01,"a\nb\nc"\n2,2026-01-01,two\n3,bad,three\n')
    assert chunk.comments["row"].tolist() == [2, 3]
    assert [r.row for r in chunk.rejects] == [4]


def test_a_file_of_headings_alone_gives_one_empty_chunk(tmp_path):
    chunk = read_text(tmp_path, HEAD)
    assert (len(chunk.comments), len(chunk.responses), chunk.n_rows) == (0, 0, 0)
    assert tuple(chunk.comments.columns) == INCOMING_COMMENT_COLUMNS


def test_ratings_off_the_scale_are_left_empty_and_counted(tmp_path):
    rows = [
        ["id", "rating", "comment"],
        [1, 5, "a"],
        [2, 9, "b"],
        [3, "Don't know", "c"],
        [4, "lots", "d"],
    ]
    chunk = read_all(write_csv(tmp_path / "x.csv", rows))
    assert chunk.responses["satisfaction"].tolist() == [5, None, None, None]
    assert "Answers for satisfaction that are not on its scale, left empty: 2." in chunk.notes


def test_lone_surrogates_from_json_can_be_stored(tmp_path):
    path = write_text(
        tmp_path / "x.jsonl", '{"id": "\\ud800", "comment": "a \\ud83d b", "k": "\\udfff"}'
    )
    chunk = read_all(path)
    for text in (chunk.comments["text"][0], *chunk.comments["extra"][0].values()):
        text.encode("utf-8")


def test_every_row_of_a_chunk_is_accounted_for(tmp_path):
    dates = ["01/02/2026", "x"] * 60
    rows = [["id", "date", "comment"], *([str(i), d, f"c{i}"] for i, d in enumerate(dates))]
    for path in (write_csv(tmp_path / "x.csv", rows), write_json_lines(tmp_path / "x.jsonl", rows)):
        chunk = read_all(path, chunk_rows=7)
        assert chunk.n_rows == 120
        assert len(chunk.responses) == len(chunk.rejects) == 60


CELL = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r"), max_size=20)


@given(st.lists(st.lists(CELL, min_size=3, max_size=3), min_size=1, max_size=8))
def test_what_csv_writes_is_read_back(rows):
    rows = [["a", "b", "c"], *rows]
    text = io.StringIO(newline="")
    csv.writer(text).writerows(rows)
    text.seek(0)
    records = list(read_records(text.readline, ","))
    assert [record.fields for record in records] == rows


@given(
    st.lists(st.sampled_from(['"', ",", "\n", "a", "b,c\n", '""', '"x"', "x,y,z\n"]), max_size=60),
    st.integers(0, 59),
)
def test_no_text_stops_the_reader_and_rows_after_a_clean_line_break_survive(pieces, at):
    garbage = "".join(pieces[:at]) + "\n" + "".join(pieces[at:])
    tail = "".join(f"good,row,{i}\n" for i in range(3))
    text = io.StringIO("a,b,c\n" + garbage + "\n" + tail, newline="")
    fields = [record.fields for record in read_records(text.readline, ",")]
    assert fields[-1:] == [["good", "row", "2"]]
    assert ["good", "row", "1"] in fields
