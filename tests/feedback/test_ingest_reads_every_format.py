"""One table, whatever program wrote it: format, delimiter, encoding."""

from __future__ import annotations

import csv
from datetime import UTC, date, datetime

import pytest

from feedback.errors import UnreadableFileError
from tests.feedback.ingest_files import (
    read_all,
    write_csv,
    write_json_lines,
    write_parquet,
    write_text,
    write_xlsx,
)

ROWS = [
    ["id", "date", "page", "rating", "comment"],
    ["a1", "03/04/2026 09:15", "/divorce/payment", "4", 'It said "no", twice;\nthen – £20 gone'],
    ["a2", "2026-04-04", "/probate/track", "1", "Rhy araf, dŵr | tân\ta'r gwynt"],
]
TEXTS = [ROWS[1][4], ROWS[2][4]]


def texts(chunk):
    return chunk.comments["text"].str.replace("\r\n", "\n").tolist()


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-32"])
def test_csv_in_any_delimiter_and_encoding_is_the_same_table(tmp_path, delimiter, encoding):
    path = write_csv(tmp_path / "x.csv", ROWS, encoding=encoding, delimiter=delimiter)
    chunk = read_all(path)
    assert texts(chunk) == TEXTS
    assert chunk.rejects == []
    assert chunk.comments["row"].tolist() == [2, 3]
    assert chunk.comments["service"].tolist() == ["divorce", "probate"]


def test_utf_16_be_with_its_mark_is_read(tmp_path):
    text = "\ufeffid,comment\r\n1,dŵr\r\n"
    assert texts(read_all(write_text(tmp_path / "x.csv", text, "utf-16-be"))) == ["dŵr"]


def test_windows_1252_loses_no_character_and_is_told(tmp_path):
    path = write_text(tmp_path / "x.csv", "id,comment\n1,“£5” – naïve café\n2,plain\n", "cp1252")
    chunk = read_all(path)
    assert texts(chunk) == ["“£5” – naïve café", "plain"]
    assert any("read as Windows-1252: 1." in note for note in chunk.notes)


def test_a_file_of_two_encodings_keeps_every_row(tmp_path):
    lines = [b"id,comment\n"]
    lines += [f"{i},dŵr £{i}\n".encode() for i in range(2_000)]
    lines[1_000] = "999,naïve £5\n".encode("cp1252")
    lines[1_500] = b"1499,odd \x81 byte\n"  # not even Windows-1252
    chunk = read_all(write_text(tmp_path / "x.csv", b"".join(lines)))
    assert len(chunk.comments) == 2_000
    assert texts(chunk)[999] == "naïve £5"
    assert texts(chunk)[1_499] == "odd \ufffd byte"
    assert any("Windows-1252: 2." in note for note in chunk.notes)
    assert any("could not be read" in note for note in chunk.notes)


def test_a_utf_16_file_cut_in_half_a_character_keeps_its_rows(tmp_path):
    data = "\ufeffid,comment\r\n1,good\r\n2,cut".encode("utf-16-le")[:-1]
    assert texts(read_all(write_text(tmp_path / "x.csv", data)))[0] == "good"


@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
def test_any_line_end_is_read(tmp_path, line_end):
    text = line_end.join(["id,comment", "1,one", '2,"two\nlines"', "3,three"])
    assert texts(read_all(write_text(tmp_path / "x.csv", text))) == ["one", "two\nlines", "three"]


def test_excels_first_line_naming_the_delimiter_is_no_heading(tmp_path):
    chunk = read_all(write_text(tmp_path / "x.csv", "sep=;\r\nid;comment\r\n1;a, b\r\n"))
    assert texts(chunk) == ["a, b"]
    assert chunk.comments["row"].tolist() == [2]


def test_a_file_of_one_column_keeps_its_commas(tmp_path):
    path = write_text(tmp_path / "x.csv", 'Comment\nslow, then it froze\n"quoted, too"\na;b|c\n')
    assert texts(read_all(path)) == ["slow, then it froze", "quoted, too", "a;b|c"]


def test_commas_in_the_text_do_not_pass_for_the_delimiter(tmp_path):
    rows = [["id", "comment"], *([str(i), "well, no, it, broke"] for i in range(20))]
    path = write_csv(tmp_path / "x.csv", rows, delimiter=";", quoting=csv.QUOTE_NONE)
    assert texts(read_all(path)) == ["well, no, it, broke"] * 20


def test_xlsx_gives_what_csv_gives_ids_too(tmp_path):
    from_csv = read_all(write_csv(tmp_path / "x.csv", ROWS))
    from_xlsx = read_all(write_xlsx(tmp_path / "x.xlsx", ROWS))
    for column in ("comment_id", "service", "page", "submitted_at", "row"):
        assert from_xlsx.comments[column].tolist() == from_csv.comments[column].tolist()


def test_xlsx_date_cells_numbers_and_formulas_are_values(tmp_path):
    rows = [
        ["date", "rating", "comment"],
        [datetime(2026, 4, 3, 9, 15), 4, "time"],  # noqa: DTZ001
        [datetime(2026, 4, 3), 4.0, "midnight"],  # noqa: DTZ001
        [date(2026, 4, 3), "5", "date"],
        [46_115.5, None, "serial"],
        ["03/04/2026", "=1+1", "formula that was never calculated"],
    ]
    chunk = read_all(write_xlsx(tmp_path / "x.xlsx", rows))
    day = datetime(2026, 4, 2, 23, tzinfo=UTC)
    assert chunk.comments["submitted_at"].tolist() == [
        datetime(2026, 4, 3, 8, 15, tzinfo=UTC), day, day,
        datetime(2026, 4, 3, 11, tzinfo=UTC), day,
    ]  # fmt: skip
    assert chunk.responses["satisfaction"].tolist() == [4, 4, 5, None, None]


def test_xlsx_blank_rows_keep_the_row_numbers_of_the_sheet(tmp_path):
    def leave_traces(workbook):
        sheet = workbook.active
        sheet.cell(row=3_000, column=2).value = None
        sheet.cell(row=2_000, column=9).value = " "
        sheet.row_dimensions[2_500].hidden = True

    rows = [["id", "comment"], [1, "one"], [None, None], ["", "  "], [4, "four"]]
    chunk = read_all(write_xlsx(tmp_path / "x.xlsx", rows, before=leave_traces))
    assert chunk.comments["row"].tolist() == [2, 5]
    assert (chunk.n_rows, chunk.rejects) == (2, [])


def test_xlsx_notes_beside_the_table_cost_no_row(tmp_path):
    rows = [["id", "comment"], [1, "one"], [2, "two", None, "checked"], [3, "three"]]
    chunk = read_all(write_xlsx(tmp_path / "x.xlsx", rows))
    assert chunk.comments["extra"].tolist() == [{}, {"column 4": "checked"}, {}]
    assert chunk.rejects == []


def test_xlsx_first_sheet_with_cells_is_read(tmp_path):
    def put_an_empty_sheet_first(workbook):
        workbook.create_sheet("empty", 0)

    path = write_xlsx(tmp_path / "x.xlsx", ROWS, before=put_an_empty_sheet_first)
    chunk = read_all(path)
    assert len(chunk.comments) == 2
    assert "Read sheet 2 of 2." in chunk.notes


def test_json_lines_and_parquet_give_what_csv_gives(tmp_path):
    from_csv = read_all(write_csv(tmp_path / "x.csv", ROWS)).comments
    for path in (
        write_json_lines(tmp_path / "x.jsonl", ROWS),
        write_parquet(tmp_path / "x.parquet", ROWS),
    ):
        comments = read_all(path).comments
        assert comments["comment_id"].tolist() == from_csv["comment_id"].tolist()
        assert comments["submitted_at"].tolist() == from_csv["submitted_at"].tolist()
        assert comments["row"].tolist() == [1, 2]


def test_json_lines_bad_lines_are_rejected_with_their_number(tmp_path):
    lines = [
        '{"id": 1, "comment": "one"}',
        "",
        '{"id": 2, "comment": "cut off',
        "[1, 2]",
        '{"id": 5, "comment": {"text": "nested"}, "more": {"a": [1, {"b": 2}], "c": ["x", "y"]}}',
        '{"id": 6, "comment": "six", "new": NaN, "later": true}',
        "{" * 100_000,
    ]
    chunk = read_all(write_text(tmp_path / "x.jsonl", "\n".join(lines)))
    assert chunk.comments["row"].tolist() == [1, 5, 6]
    assert [(r.row, r.reason) for r in chunk.rejects] == [
        (3, "the line is not valid JSON"),
        (4, "the line is not a JSON object"),
        (7, "the line is not valid JSON"),
    ]
    assert chunk.comments["extra"].tolist()[2] == {"later": "True"}


def test_json_lines_nested_keys_can_be_mapped(tmp_path):
    from feedback.mapping import preset_from_map

    path = write_text(
        tmp_path / "x.jsonl", '{"answer": {"text": "deep"}, "meta": {"tags": ["x", "y"]}}'
    )
    chunk = read_all(path, preset_from_map({"comment": "answer.text"}))
    assert texts(chunk) == ["deep"]
    assert chunk.comments["extra"].tolist() == [{"meta.tags": "x; y"}]


def test_json_lines_beyond_the_first_thousand_are_all_read_once(tmp_path):
    lines = [f'{{"id": {i}, "comment": "c{i}"}}' for i in range(2_501)]
    lines[2_000] = '{"id": 2000, "comment": "c2000", "email": "someone", "colour": "red"}'
    chunk = read_all(write_text(tmp_path / "x.jsonl", "\n".join(lines)), chunk_rows=700)
    assert texts(chunk) == [f"c{i}" for i in range(2_501)]
    assert chunk.comments["extra"].tolist()[2_000] == {"colour": "red"}
    assert any("email" in note for note in chunk.notes)


NOT_WHAT_THEY_SAY = {
    "empty.csv": b"",
    "blank.csv": b"\n\n\n",
    "workbook.csv": b"PK\x03\x04" + b"\0" * 100,
    "picture.csv": b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 10,
    "noise.csv": bytes(range(256)) * 100,
    "text.xlsx": b"id,comment\n1,hello\n",
    "broken.xlsx": b"PK\x03\x04" + b"broken" * 100,
    "encrypted.xlsx": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600,
    "text.parquet": b"id,comment\n1,hello\n",
    "broken.parquet": b"PAR1" + b"broken" * 100 + b"PAR1",
    "array.json": b'[{"comment": "one"}]',
    "prose.jsonl": b"Dear all\nthis is a letter\n",
    "letter.docx": b"PK\x03\x04",
    "old.xls": b"\xd0\xcf\x11\xe0",
}


@pytest.mark.parametrize(("name", "data"), NOT_WHAT_THEY_SAY.items(), ids=NOT_WHAT_THEY_SAY)
def test_a_file_that_is_not_what_its_name_says_is_one_clear_line(tmp_path, name, data):
    with pytest.raises(UnreadableFileError) as caught:
        read_all(write_text(tmp_path / name, data))
    message = str(caught.value)
    assert name in message
    assert "\n" not in message
    assert caught.value.__cause__ is None


def test_a_zip_archive_that_is_no_workbook_is_refused(tmp_path):
    import zipfile

    with zipfile.ZipFile(tmp_path / "x.xlsx", "w") as archive:
        archive.writestr("hello.txt", "hello")
    with pytest.raises(UnreadableFileError, match="not a workbook"):
        read_all(tmp_path / "x.xlsx")


def test_a_missing_file_and_a_folder_are_one_clear_line(tmp_path):
    (tmp_path / "folder.csv").mkdir()
    for name in ("nowhere.csv", "folder.csv"):
        with pytest.raises(UnreadableFileError, match=name):
            read_all(tmp_path / name)


def test_a_workbook_whose_sheet_breaks_off_keeps_the_rows_before(tmp_path):
    import zipfile

    rows = [["id", "comment"], *([i, f"comment {i}"] for i in range(3_000))]
    whole = write_xlsx(tmp_path / "whole.xlsx", rows)
    with zipfile.ZipFile(whole) as old, zipfile.ZipFile(tmp_path / "x.xlsx", "w") as new:
        for entry in old.infolist():
            data = old.read(entry)
            if entry.filename.endswith("sheet1.xml"):
                data = data[: len(data) * 2 // 3]
            new.writestr(entry, data)
    chunk = read_all(tmp_path / "x.xlsx")
    assert 1_900 < len(chunk.comments) < 2_100
    assert [r.reason for r in chunk.rejects] == ["the file is broken from this row on"]
    assert chunk.rejects[0].row == chunk.comments["row"].max() + 1
