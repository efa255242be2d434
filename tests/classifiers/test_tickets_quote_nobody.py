"""A ticket tells what, where, since when and how many, and no words of a comment."""

from __future__ import annotations

import csv
import re
from datetime import date, timedelta
from pathlib import Path

import pytest

from classifiers.classifier import RuleReader
from classifiers.facets import known_facets
from classifiers.ticket import FaultReport, ranked_facets, ticket_text

FIXTURES = Path(__file__).parents[2] / "fixtures"
DAY = date(2026, 3, 30)
N_WORDS = 4


def words_of(text: str) -> list[str]:
    return re.findall(r"[^\W_]+", text.casefold())


def sequences(text: str) -> set[tuple[str, ...]]:
    words = words_of(text)
    return {tuple(words[i : i + N_WORDS]) for i in range(len(words) - N_WORDS + 1)}


def report(*, on: date = DAY, repeats: bool = False, **facets: object) -> FaultReport:
    return FaultReport(on, facets, repeats)


def fault_comments() -> list[str]:
    """Fault comments written by many hands, three of them with the same message."""
    rows: list[str] = []
    for path in sorted((FIXTURES / "training").glob("*.csv")):
        with path.open(encoding="utf-8", newline="") as file:
            rows += [row["text"] for row in csv.DictReader(file) if "fault." in row["codes"]]
    for path in sorted((FIXTURES / "facets").glob("*.csv")):
        with path.open(encoding="utf-8", newline="") as file:
            rows += [row["text"] for row in csv.DictReader(file)]
    return rows


def test_no_four_words_of_a_comment_stand_in_the_ticket(rule_reader: RuleReader) -> None:
    texts = fault_comments()
    docs, _ = rule_reader.read(texts)
    reports = [
        FaultReport(DAY, rule_reader.facets.find(doc, text))
        for doc, text in zip(docs, texts, strict=True)
    ]
    of_facets = {
        sequence
        for one in reports
        for facet in one.facets
        for value in known_facets(one.facets, facet)
        if facet != "error_text"
        for sequence in sequences(value)
    }
    often = {value for value, n in ranked_facets(reports, "error_text") if n >= 3}
    allowed = of_facets | {sequence for value in often for sequence in sequences(value)}
    for at in range(0, len(texts), 50):  # tickets of fifty comments, as of one page
        told = ticket_text(reports[at : at + 50], problem="Fault", where="Probate")
        for text in texts[at : at + 50]:
            assert not (sequences(text) & sequences(told)) - allowed, text
    assert len(texts) > 1_000


def test_a_message_is_told_from_three_different_comments_on() -> None:
    message = "We could not find Rosalind Achterberg"
    two = [report(error_text=message), report(error_text=message.upper())]
    copies = [report(error_text=message, repeats=True) for _ in range(5)]
    assert "Achterberg" not in ticket_text([*two, *copies], problem="Error", where="Probate")
    three = [*two, report(error_text=f"{message}.")]
    assert f"`{message}` (3)" in ticket_text(three, problem="Error", where="Probate")


@pytest.mark.parametrize(("code", "is_told"), [("ERR_CERT_DATE_INVALID", True), ("AB-1234", False)])
def test_a_code_that_may_be_a_persons_own_needs_three(code: str, is_told: bool) -> None:
    told = ticket_text([report(error_code=[code])], problem="Error", where="Probate")
    assert (code in told) is is_told
    thrice = [report(error_code=[code]) for _ in range(3)]
    assert code in ticket_text(thrice, problem="Error", where="Probate")


def test_facts_are_counted_and_ranked() -> None:
    reports = [
        report(browser=["Safari"], impact="blocked", action=["upload"], file_type=["HEIC"]),
        report(browser=["Safari", "Edge"], impact="blocked", since="Tuesday"),
        report(browser_working=["Chrome"], impact="worked around", on=DAY + timedelta(days=2)),
        report(repeats=True),
    ]
    told = ticket_text(reports, problem="Upload", where="Probate: Send the will")
    assert told.startswith("# Upload: Probate: Send the will\n")
    for line in (
        "- **What**: 4 comments about this fault, 1 of them like another. "
        "People were trying to: upload (1).",
        "first 30/03/2026, last 01/04/2026, most on 30/03/2026 (3). People say since: Tuesday (1).",
        "2 of 4 (50%) could not go on; 1 (25%) found another way",
        "- **Browsers**: Safari (2), Edge (1)",
        "- **Browsers that worked**: Chrome (1)",
        "1. Open Probate: Send the will in Safari.",
        "2. Action: upload (HEIC).",
        "3. Seen: no message is told by enough comments.",
    ):
        assert line in told


def test_what_people_wrote_is_never_markup() -> None:
    message = "`<b>error</b>` **[click](javascript:x)**"
    told = ticket_text([report(error_text=message)] * 3, problem="Error", where="Probate")
    (line,) = [each for each in told.splitlines() if each.startswith("- **Error messages**")]
    assert line.count("`") == 2


def test_long_lists_are_cut_and_say_so() -> None:
    reports = [report(device_model=[f"Model {name}"]) for name in "ABCDEFGHIJK"]
    told = ticket_text(reports, problem="Error", where="Probate")
    assert "Model G (1), Model H (1), and 3 more" in told


def test_without_a_comment_the_ticket_says_so() -> None:
    assert "No comment tells of this fault" in ticket_text([], problem="Error", where="Probate")
