"""The same row has the same id in every file, and nobody without the key can make one."""

from __future__ import annotations

import hashlib
import hmac

import pytest

from feedback.ids import RowIds
from feedback.mapping import preset_from_map
from tests.feedback.ingest_files import KEY, NOW, read_all, write_csv, write_text, write_xlsx

HEAD = ["ref", "date", "page", "comment"]
ROWS = [[f"r{i}", "03/04/2026", "/divorce/payment", f"comment {i}"] for i in range(30)]
NO_REF = [HEAD[1:], *(row[1:] for row in ROWS)]


def ids(path, **options):
    return read_all(path, **options).comments["comment_id"].tolist()


def test_ids_do_not_depend_on_file_name_chunks_time_or_column_order(tmp_path):
    first = ids(write_csv(tmp_path / "a.csv", [HEAD, *ROWS]))
    assert len(set(first)) == 30
    assert ids(write_csv(tmp_path / "b.txt", [HEAD, *ROWS], encoding="utf-16")) == first
    assert ids(tmp_path / "a.csv", chunk_rows=7) == first
    assert ids(tmp_path / "a.csv", now=NOW.replace(hour=23)) == first
    turned = [row[::-1] for row in [HEAD, *ROWS]]
    assert ids(write_csv(tmp_path / "c.csv", turned)) == first
    assert ids(write_xlsx(tmp_path / "d.xlsx", [HEAD, *ROWS])) == first


def test_a_later_export_that_overlaps_has_the_same_ids_for_the_same_rows(tmp_path):
    first = ids(write_csv(tmp_path / "a.csv", [HEAD, *ROWS[:20]]))
    later = ids(write_csv(tmp_path / "b.csv", [HEAD, *ROWS[10:]]))
    assert later[:10] == first[10:]
    assert not set(later[10:]) & set(first)


def test_rows_without_a_reference_are_known_by_what_they_say(tmp_path):
    first = ids(write_csv(tmp_path / "a.csv", NO_REF))
    assert len(set(first)) == 30
    assert ids(write_csv(tmp_path / "b.csv", [NO_REF[0], *NO_REF[:0:-1]])) == first[::-1]
    wider = [[*NO_REF[0], "new"], *([*row, "x"] for row in NO_REF[1:])]
    assert ids(write_csv(tmp_path / "c.csv", wider)) == first


def test_rows_that_say_the_same_are_different_people(tmp_path):
    same = [["date", "comment"], *[["03/04/2026", "slow"]] * 5]
    first = ids(write_csv(tmp_path / "a.csv", same), chunk_rows=2)
    assert len(set(first)) == 5
    assert ids(write_csv(tmp_path / "b.csv", [*same, same[1]]))[:5] == first


def test_rows_without_a_date_keep_their_ids_on_another_day(tmp_path):
    path = write_text(tmp_path / "a.csv", "comment\none\ntwo\n")
    assert ids(path) == ids(path, now=NOW.replace(year=2027))


def test_a_repeated_reference_is_rejected_with_the_row_it_repeats(tmp_path):
    rows = [HEAD, *ROWS[:3], ["r1", "03/04/2026", "/", "another text"], ROWS[0]]
    chunk = read_all(write_csv(tmp_path / "a.csv", rows), chunk_rows=2)
    assert [(r.row, r.reason) for r in chunk.rejects] == [
        (5, "repeats the response reference of row 3"),
        (6, "repeats the response reference of row 2"),
    ]
    assert chunk.comments["text"].tolist() == ["comment 0", "comment 1", "comment 2"]


def test_one_row_for_each_question_makes_one_response(tmp_path):
    rows = [
        ["ref", "question", "comment", "satisfaction"],
        ["r1", "Why?", "slow", "2"],
        ["r1", "What would help?", "speed", "2"],
        ["r2", "Why?", "slow", "3"],
        ["r1", "Why?", "slow again", "2"],
    ]
    chunk = read_all(write_csv(tmp_path / "a.csv", rows))
    assert chunk.comments["question"].tolist() == ["Why?", "What would help?", "Why?"]
    assert chunk.comments["comment_id"].nunique() == 3
    assert chunk.responses["satisfaction"].tolist() == [2, 3]
    assert [r.row for r in chunk.rejects] == [5]


def test_the_same_reference_from_another_source_is_another_response(tmp_path):
    path = write_csv(tmp_path / "a.csv", [HEAD, *ROWS])
    assert not set(ids(path)) & set(ids(path, source="other tool"))
    assert read_all(path, source="other tool").comments["source"].unique().tolist() == [
        "other tool"
    ]


def test_another_store_has_other_ids(tmp_path):
    path = write_csv(tmp_path / "a.csv", [HEAD, *ROWS])
    assert not set(ids(path)) & set(ids(path, id_key=b"x" * 32))


def test_an_id_is_the_keyed_hash_it_is_said_to_be(tmp_path):
    path = write_csv(tmp_path / "a.csv", [HEAD, *ROWS[:1]])
    message = b"9:reference7:generic2:r0"
    expected = hmac.new(KEY, message, hashlib.sha256).hexdigest()[:32]
    assert read_all(path).responses["response_id"].tolist() == [expected]


@pytest.mark.parametrize(
    "parts", [(("ab", "c"), ("a", "bc")), (("a",), ("a", "")), (("1:a",), ("a",))]
)
def test_fields_cannot_run_into_each_other(parts):
    one, other = parts
    row_ids = RowIds(KEY, "s")
    assert row_ids.of_comment(*one) != row_ids.of_comment(*other)


def test_remembering_rows_puts_no_file_on_disk_by_name(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    row_ids = RowIds(KEY, "s")
    for n in range(1_000):
        row_ids.of_fields([str(n)])
    assert list(tmp_path.iterdir()) == []
    row_ids.close()


def test_the_map_does_not_change_the_ids_of_the_rows(tmp_path):
    path = write_csv(tmp_path / "a.csv", [HEAD, *ROWS])
    mapped = preset_from_map({"comment": "comment", "response_id": "ref"})
    assert read_all(path, mapped).comments["comment_id"].tolist() == ids(path)
