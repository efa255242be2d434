"""A short answer in Welsh is an answer; only what says in Welsh that there is nothing is empty."""

from __future__ import annotations

import pytest

from classifiers.labels import read_labels
from classifiers.nothing import Nothing, holds_nothing, kind_of_nothing
from classifiers.train import TRAINING_FOLDER
from feedback.clean import clean_text, is_empty_answer
from feedback.schema import EMPTY_LABEL, Language

ANSWERS = """
    iawn diolch
    da iawn
    rhy araf
    cwm
    dim yn gweithio
    methu talu
    ddim yn gweithio
    ddim yn llwytho
    dim problem o gwbl
    dim ond diolch
    dim cod wedi dod
    dim botwm cyflwyno
    dim byd yn digwydd
    dim Cymraeg yma
    na, rhy anodd
    na, dim ar fy ffôn
    gwych
    gwych!!
    hwylus
    hawdd
    rhwydd
    trwsgl
    twp
    gwael
    araf
    rhy hir
    rhy ddrud
    wedi rhewi
    wedi torri
    sgrin wag
    colli popeth
    methu mewngofnodi
    methu lanlwytho
    profi pwy ydw i
    prawf hunaniaeth wedi methu
    testun rhy fach
    staff hyfryd
    ffwrdd â hi
    dw i'n sownd
    pam Saesneg?
    hwb yn hwyr
    👍 diolch
"""

EMPTIES = """
    dim
    Dim.
    dim sylw
    dim sylwadau
    na
    amherthnasol
    d/b
    D/B
    n/b
    dim byd
    dim byd i'w ychwanegu
    dim i'w ychwanegu
    dim adborth
    ddim yn berthnasol
    dim diolch
"""


def rows(table: str) -> list[str]:
    return [line.strip() for line in table.strip().splitlines()]


@pytest.mark.parametrize("text", rows(ANSWERS))
def test_a_short_answer_in_welsh_says_something(text: str) -> None:
    assert not is_empty_answer(clean_text(text))
    assert not holds_nothing(text)


@pytest.mark.parametrize("text", rows(EMPTIES))
def test_what_says_nothing_in_welsh_is_empty(text: str) -> None:
    assert is_empty_answer(clean_text(text))
    assert kind_of_nothing(text) is Nothing.EMPTY


def test_there_are_more_answers_than_empties() -> None:
    assert len(set(rows(ANSWERS))) >= 40 > len(set(rows(EMPTIES)))


def test_no_coded_comment_in_welsh_is_taken_for_nothing() -> None:
    labels = read_labels(sorted(TRAINING_FOLDER.glob("*.csv")))
    welsh = labels[labels["language"] == Language.WELSH.value]
    coded = welsh[welsh["codes"] != EMPTY_LABEL]
    assert len(coded) >= 150
    assert [text for text in coded["text"] if holds_nothing(text)] == []
