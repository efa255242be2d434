"""A coded sheet goes into the store whole and once, beside the machine's codes, or is refused."""

from __future__ import annotations

import re
from datetime import date

import pytest
import sqlalchemy as sa

from app.correcting import take_in, take_in_text
from app.filters import Filters
from app.queries import counts_in
from feedback import schema
from feedback.coding import winning_codings
from feedback.errors import LabelsError, SettingsError
from feedback.export.rows import ExportFilters, iter_comments
from feedback.schema import Measure
from feedback.store import Store
from tests.app.coding_loop import (
    SETTINGS,
    code_sheet,
    codings_by,
    draw_to,
    fill,
    samples,
    sheet_rows,
    write_rows,
)
from tests.app.filling import code, put
from tests.app.leak_checks import store
from topics.reading import Codes, read_codings

__all__ = ["store"]


@pytest.fixture
def sheet(store, tmp_path):
    fill(store, ["praise"] * 10)
    draw_to(store, tmp_path / "a.csv", 10)
    return tmp_path / "a.csv"


def codings(store: Store):
    return store.read(sa.select(schema.codings))


def test_codes_go_in_and_the_machines_stay(store, sheet):
    before = codings(store)
    code_sheet(sheet, lambda _: " Fault.Upload ;staff,")
    told = take_in(SETTINGS, store, sheet, " ann ")
    assert (told["n_stored"], told["n_unchanged"], told["n_not_coded"]) == (10, 0, 0)
    assert "10 codings by ann stored" in take_in_text(told)
    assert set(map(frozenset, codings_by(store, "ann").values())) == {
        frozenset({"fault.upload", "staff"})
    }
    after = codings(store)
    assert after[after["origin"] == "model"].reset_index(drop=True).equals(before)


def test_what_a_person_says_is_what_everybody_reads(store, sheet):
    code_sheet(sheet, lambda _: "staff")
    take_in(SETTINGS, store, sheet, "ann")
    told = winning_codings(codings(store))
    assert set(told[told["decision"] == "assigned"]["code"]) == {"staff"}
    (page,) = iter_comments(store, ExportFilters())
    assert {(row["codes"], row["coded_by"]) for row in page} == {("staff", "person")}
    assert list(iter_comments(store, ExportFilters(code="praise"))) == []
    codes = Codes(read_codings(store)).of(codings(store)["comment_id"])
    assert {tuple(one) for one in codes} == {("staff",)}
    period = Filters(date(2026, 1, 8), date(2026, 4, 1))
    assert store.read(counts_in(period, Measure.CODE, by=["value"])).to_numpy().tolist() == [
        ["staff", 10]
    ]


def test_an_empty_cell_waits_and_takes_nothing_back(store, sheet):
    rows = sheet_rows(sheet)
    code_sheet(sheet, lambda row: "staff" if row["id"] < rows[0]["id"] else "")
    first = take_in(SETTINGS, store, sheet, "ann")
    assert first["n_stored"] + first["n_not_coded"] == 10
    code_sheet(sheet, lambda _: "")
    assert take_in(SETTINGS, store, sheet, "ann")["n_not_coded"] == 10
    assert len(codings_by(store, "ann")) == first["n_stored"]


def test_reading_a_sheet_again_stores_nothing(store, sheet):
    code_sheet(sheet, lambda _: "staff;praise")
    take_in(SETTINGS, store, sheet, "ann")
    before, marks = codings(store), samples(store)
    n_logged = len(store.read(sa.select(schema.audit)))
    code_sheet(sheet, lambda _: "praise; staff")
    told = take_in(SETTINGS, store, sheet, "ann")
    assert (told["n_stored"], told["n_unchanged"]) == (0, 10)
    assert codings(store).equals(before)
    assert samples(store).equals(marks)
    assert len(store.read(sa.select(schema.audit))) == n_logged


def test_the_same_coders_later_reading_replaces_and_anothers_stands_beside(store, sheet):
    for coder, given in (("ann", "staff"), ("bob", "praise"), ("ann", "complaint")):
        code_sheet(sheet, lambda _, given=given: given)
        take_in(SETTINGS, store, sheet, coder)
    assert set(map(frozenset, codings_by(store, "ann").values())) == {frozenset({"complaint"})}
    assert set(map(frozenset, codings_by(store, "bob").values())) == {frozenset({"praise"})}


def test_when_a_comment_was_first_coded_is_kept(store, sheet):
    code_sheet(sheet, lambda _: "staff")
    assert samples(store)["coded_at"].isna().all()
    take_in(SETTINGS, store, sheet, "ann")
    first = samples(store)["coded_at"]
    assert first.notna().all()
    code_sheet(sheet, lambda _: "praise")
    take_in(SETTINGS, store, sheet, "bob")
    assert samples(store)["coded_at"].equals(first)


def test_all_bad_rows_are_told_at_once_without_a_word_of_them_and_nothing_is_stored(store, sheet):
    rows = sheet_rows(sheet)
    secret = "Quorndonia"
    rows[0] |= {"codes": secret}
    rows[1] |= {"codes": "none; praise"}
    rows[2] |= {"codes": "staff", "text": rows[2]["text"] + f" {secret}"}
    rows[3] |= {"codes": "staff", "id": secret}
    rows[4] |= {"codes": "staff"}
    rows[5] |= {"codes": "fault"}  # a group
    rows.append({**rows[4], "codes": "praise"})
    write_rows(sheet, rows)
    with pytest.raises(LabelsError) as told:
        take_in(SETTINGS, store, sheet, "ann")
    message = str(told.value)
    assert re.findall(r"^Row (\d+):", message, re.MULTILINE) == ["2", "3", "4", "5", "7", "12"]
    for row, reason in (
        (2, "not in digital_service"),
        (3, "beside another code"),
        (4, "its text is not the comment's"),
        (5, "not in the store"),
        (7, "not in digital_service"),
        (12, "the comment of row 6 again"),
    ):
        assert re.search(rf"^Row {row}: .*{reason}", message, re.MULTILINE), row
    assert "6 rows" in message
    assert secret not in message
    assert codings_by(store, "ann") == {}


def test_a_sheet_survives_what_spreadsheets_do_to_it(store, tmp_path):
    texts = ["=1+1 is all it says", "'=1 is what I typed", "two\r\nlines", "it’s “odd” – really"]
    put(store, [{"text": text} for text in texts])
    code(store, {})
    draw_to(store, tmp_path / "a.csv", 10)
    rows = [{**row, "codes": "staff"} for row in sheet_rows(tmp_path / "a.csv")]
    as_saved = [{**row, "text": row["text"].replace("\r\n", "\n") + " "} for row in rows]
    bare = [{**row, "text": row["text"].removeprefix("'=") or row["text"]} for row in rows]
    undone = [
        {**row, "text": row["text"][1:] if row["text"].startswith("'=1+") else row["text"]}
        for row in rows
    ]
    for number, (changed, encoding) in enumerate(
        ((rows, "utf-8-sig"), (as_saved, "cp1252"), (undone, "utf-8"))
    ):
        path = write_rows(tmp_path / f"saved{number}.csv", changed, encoding)
        assert take_in(SETTINGS, store, path, f"coder {number}")["n_stored"] == 4
    with pytest.raises(LabelsError, match="its text is not"):
        take_in(SETTINGS, store, write_rows(tmp_path / "bare.csv", bare), "ann")


def test_codes_for_a_text_that_was_changed_since_are_refused(store, sheet):
    from feedback.schema import Entity

    code_sheet(sheet, lambda _: "staff")
    row = sheet_rows(sheet)[0]
    store.remove_words(row["id"], [row["text"].split()[3]], Entity.PERSON, "ann")
    with pytest.raises(LabelsError, match="Row 2: its text is not"):
        take_in(SETTINGS, store, sheet, "ann")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "no column 'id'"),
        (b"id,text\n1,a\n", "no column 'codes'"),
        (b"id;text;codes\n1;a;b\n", "no column 'id'"),
        (b"id,text,codes\n\x81\xff,\x8d,\n", "neither in UTF-8"),
    ],
)
def test_what_is_no_sheet_is_refused(store, tmp_path, content, message):
    (tmp_path / "a.csv").write_bytes(content)
    with pytest.raises(LabelsError, match=message):
        take_in(SETTINGS, store, tmp_path / "a.csv", "ann")


def test_a_sheet_that_is_not_there_and_a_coder_without_a_name_are_refused(store, tmp_path):
    with pytest.raises(LabelsError, match="cannot be read"):
        take_in(SETTINGS, store, tmp_path / "a.csv", "ann")
    with pytest.raises(SettingsError, match="--coder"):
        take_in(SETTINGS, store, tmp_path / "a.csv", "  ")


def test_rows_without_anything_in_them_are_passed_over(store, sheet):
    code_sheet(sheet, lambda _: "staff")
    with sheet.open("a", encoding="utf-8") as file:
        file.write(",,,,\r\n\r\n")
    assert take_in(SETTINGS, store, sheet, "ann")["n_rows"] == 10
