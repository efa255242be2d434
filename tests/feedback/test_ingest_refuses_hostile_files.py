"""Whatever a file holds, it goes in or is refused in one clear line, and never fills the memory."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from feedback.ingest import read
from tests.feedback.eat_files import Eater
from tests.feedback.hostile_files import MARK
from tests.feedback.hostile_files import SPECIALS as FILES
from tests.feedback.hostile_mutants import mutant
from tests.feedback.hostile_parquet import SPECIALS as PARQUET
from tests.feedback.ingest_files import KEY, NOW

N_MUTANTS = 300
GOES_IN = ""
"""Its sound rows are in the store."""

SAYS = {
    "a million columns": "the row is too long",
    "columns of one name": "600,001 columns; at most 2,000",
    "a cell of 10 MB": GOES_IN,
    "a line of 500 MB": "the row is too long",
    "a quotation mark never closed": GOES_IN,
    "many quotation marks never closed": GOES_IN,
    "quotation marks alone": "no usable row",
    "NULs": "is not text",
    "mixed encodings": "is not text",
    "UTF-16 without a mark": GOES_IN,
    "UTF-16 upside down": GOES_IN,
    "UTF-32": GOES_IN,
    "EBCDIC": "no 'comment' column",
    "a mark of UTF-16 before UTF-8": "no 'comment' column",
    "UTF-16 broken off": GOES_IN,
    "line ends of old Macs": GOES_IN,
    "headings that repeat": GOES_IN,
    "values beyond all scales": GOES_IN,
    "compressed CSV": "its contents are compressed",
    "blank lines alone": "its first 10,000 rows are blank",
    "a million keys": "the line is too long",
    "keys that grow": GOES_IN,
    "deep nesting": GOES_IN,
    "lone surrogates": GOES_IN,
    "numbers beyond all scales": "no usable row",
    "every type": GOES_IN,
    "a JSON array": "holds one JSON array",
    "10 GB of zeros": "too large when unpacked",
    "zeros with a lying size": "is not a workbook that can be read",
    "a cell of lines": GOES_IN,
    "30 million cells in a row": GOES_IN,
    "16,384 columns": "beyond column 2,000",
    "a column far away": GOES_IN,
    "a row far away": GOES_IN,
    "gaps between rows": "no sheet has more than 1,048,576 rows",
    "3 GB of shared strings": "more text than can be read at once",
    "6 million styles": "a row or a part of it is too large",
    "a billion laughs": "it declares a document type",
    "an entity from outside": "it declares a document type",
    "a million entries": "more parts than a workbook has",
    "overlapping entries": "is not a workbook",
    "archives in archives": "is a zip archive, not a workbook",
    "a bomb of bzip2": "compressed as no spreadsheet does",
    "60,000 sheets": "has no sheet with cells",
    "an encrypted workbook": "an old or encrypted Office file",
    "a workbook's cell of 100 MB": GOES_IN,
    "a workbook's odd values": "no usable row",
    "a string that is not there": GOES_IN,
    "endless zeros": "no file but a pipe or a device",
    "a pipe": "no file but a pipe or a device",
    "a folder": "is a directory",
    "a file of a deleted folder": "no such file",
    "a link to itself": "symbolic links",
    "an empty file": "is empty",
    "a name no terminal shows": r"x\\udcff\\na.csv has no 'comment' column",
    "an old workbook": "of no kind that can be read",
    "CSV called a workbook": "its contents are not",
    "Parquet called JSON": "its contents are Parquet",
    "3,000 columns": "columns; at most 2,000",
    "a cell of 10 MB in Parquet": GOES_IN,
    "a cell of 100 MB in Parquet": "unpacks to 100,000,",
    "a dictionary bomb": "more than 1,000 times its size",
    "a list of 50 million parts": "50,000,000 values",
    "a schema 200,000 deep": "nested too deep",
    "a schema of 2,000 million columns": "at most 2,000",
    "groups that say nothing": "more than 100,000 columns of groups",
    "a foot of 80 MB": "up to 4,194,304 can be read",
    "a foot longer than its file": "its end is missing",
    "every type of Parquet": GOES_IN,
    "columns of one name in Parquet": GOES_IN,
}
"""What must be said of a file; the benchmark has the ones whose making takes long."""


@pytest.fixture(scope="module")
def eater(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Eater]:
    with Eater(tmp_path_factory.mktemp("store")) as eater:
        yield eater


@pytest.mark.parametrize("name", SAYS)
def test_a_file_that_nobody_should_send_ends_in_a_clear_line(
    eater: Eater, tmp_path: Path, name: str
) -> None:
    file_name, make = {**FILES, **PARQUET}[name]
    eaten = eater.eat(make(tmp_path / file_name))
    assert eaten.outcome == ("refused" if SAYS[name] else "ingested"), eaten
    assert MARK not in eaten.told
    assert re.search(SAYS[name], eaten.told) if SAYS[name] else eaten.n_comments
    if eaten.outcome == "refused":
        assert "\n" not in eaten.told
        assert eaten.told.endswith(".")


def test_files_damaged_at_random_go_in_or_are_refused(eater: Eater, tmp_path: Path) -> None:
    wrong, outcomes = [], set()
    for number in range(N_MUTANTS):
        what, path = mutant(number, tmp_path)
        eaten = eater.eat(path, is_whole=number // 4 % 10 == 0)
        outcomes.add((what.split()[0], eaten.outcome))
        if eaten.outcome not in ("ingested", "refused") or MARK in eaten.told:
            wrong.append((number, what, eaten))
    assert not wrong
    kinds = ("csv", "xlsx", "jsonl", "parquet")
    assert outcomes == {(kind, end) for kind in kinds for end in ("ingested", "refused")}


def test_a_file_that_hangs_or_grows_or_ends_the_process_is_told_from_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sound = mutant(0, tmp_path)[1]
    with Eater(tmp_path) as eater:
        assert eater.eat(sound).outcome in ("ingested", "refused")
        monkeypatch.setattr("tests.feedback.eat_files.MAX_BYTES", 10_000_000)
        assert eater.eat(sound).outcome == "grew"
        monkeypatch.undo()
        monkeypatch.setattr("tests.feedback.eat_files.MAX_SECONDS", -1e9)
        assert eater.eat(sound).outcome == "hung"


def test_the_table_names_files_that_are_made() -> None:
    assert not SAYS.keys() - {**FILES, **PARQUET}.keys()


def test_a_chunk_ends_where_its_rows_are_long(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    with path.open("w") as file:
        file.write("id,comment\n")
        for at in range(40):
            file.write(f"{at},{MARK} {'a' * 900_000}\n")
    chunks = list(read(path, "generic", id_key=KEY, now=NOW, chunk_rows=5_000))
    assert sum(len(chunk.comments) for chunk in chunks) == 40
    assert max(len(chunk.comments) for chunk in chunks) <= 9
    assert [chunk.notes for chunk in chunks[1:-1]] == [()] * (len(chunks) - 2)


@pytest.mark.parametrize("number", [1516, 1876, 2352, 4132, 4296])
def test_no_heading_is_shown_of_a_row_that_was_cut(
    eater: Eater, tmp_path: Path, number: int
) -> None:
    """A comment stood in the heading row of these."""
    _, path = mutant(number, tmp_path)
    assert MARK in path.read_text(errors="replace").split("\n")[0]
    eaten = eater.eat(path)
    assert "Columns found: column 1, column 2" in eaten.told
    assert MARK not in eaten.told
