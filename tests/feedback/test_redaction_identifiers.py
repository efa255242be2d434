"""Every identifier of the list is found in messy forms, its look-alikes stay, the docs tell it."""

import re
from pathlib import Path

import pytest

from feedback.redact import TextRedactor
from feedback.redact.folding import fold
from feedback.redact.patterns import TABLE
from feedback.redact.rows import TableRecogniser
from feedback.schema import Entity
from tests.feedback.identifier_cases_contact import CONTACT_CASES
from tests.feedback.identifier_cases_courts import COURT_CASES
from tests.feedback.identifier_cases_offices import OFFICE_CASES
from tests.feedback.identifier_cases_people import PEOPLE_CASES
from tests.feedback.identifier_cases_police import POLICE_CASES
from tests.feedback.identifier_titles import TITLES
from tests.feedback.redaction_cases import KEPT as OTHERS_KEPT
from tests.feedback.redaction_cases import MUST, lines, unmark

REDACTOR = TextRedactor(with_names=False)
CASES = {**PEOPLE_CASES, **CONTACT_CASES, **COURT_CASES, **POLICE_CASES, **OFFICE_CASES}
PAGE = (Path(__file__).parents[2] / "docs" / "identifiers.md").read_text(encoding="utf-8")
OTHER_RECOGNISERS = {
    "phone",
    "phone-named",
    "helpline",
    "spoken-number",
    "address",
    "child-name",
}
"""What is found by code of its own and not by a row of the table."""
LABEL = re.compile(r"^\{([A-Z_]+)\} ")


def read(line: str, label: str) -> tuple[str, str]:
    """Return a case's label, its own where it names one, and its text."""
    own = LABEL.match(line)
    return (own[1] if own else label), LABEL.sub("", line).replace("⏎", "\n")


FINDS = [
    (title, *read(line, label))
    for title, (label, finds, _) in CASES.items()
    for line in lines(finds)
]
KEPT = [(title, line) for title, (_, _, kept) in CASES.items() for line in lines(kept)]


def test_the_cases_are_those_of_the_list():
    titles = lines(TITLES)
    assert len(titles) == len(set(titles)) == 91
    assert set(CASES) == set(titles)


@pytest.mark.parametrize("title", CASES)
def test_each_identifier_has_cases_on_both_sides(title):
    label, finds, kept = CASES[title]
    assert len(lines(kept)) >= 3
    assert len(lines(finds)) >= 3 or ("leave alone" in title and not label)


@pytest.mark.parametrize(("title", "label", "line"), FINDS)
def test_it_is_found_whole_and_named_right(title, label, line):
    text, secrets = unmark(line)
    found = REDACTOR.redact(text).found
    hidden = {i for span in found for i in range(span.start, span.end)}
    assert secrets
    for start, end in secrets:
        left = "".join(text[i] for i in range(start, end) if i not in hidden and text[i].isalnum())
        assert left == "", title
        labels = {span.entity.value for span in found if span.start < end and span.end > start}
        assert labels == {label}, title


@pytest.mark.parametrize(("title", "line"), KEPT)
def test_its_look_alikes_stay(title, line):
    assert REDACTOR.redact(line).text == line, title


def test_every_row_of_the_table_is_met_by_a_case():
    table = TableRecogniser(TABLE)
    marked = [line for _, _, line in FINDS] + [
        line for block in MUST.values() for line in lines(block)
    ]
    texts = [unmark(line)[0] for line in marked] + [line for _, line in KEPT] + lines(OTHERS_KEPT)
    met = {find.recogniser for text in texts for find in table.find(fold(text).text)}
    assert {row.name for row in TABLE} - met == set()


def told() -> dict[str, list[str]]:
    """Return the table's cells in the docs by title."""
    rows = [line.strip().strip("|").split("|") for line in PAGE.splitlines() if "| " in line]
    cells = [[cell.strip() for cell in row] for row in rows]
    return {row[0]: row[1:] for row in cells if len(row) == 8 and row[0] in lines(TITLES)}


def test_the_docs_tell_every_identifier_in_order():
    assert list(told()) == lines(TITLES)


def test_the_docs_name_every_recogniser_and_none_that_is_not_there():
    named = set(re.findall(r"`([a-z0-9-]+)`", PAGE))
    known = {row.name for row in TABLE} | OTHER_RECOGNISERS
    assert known - named == set(), "not in docs/identifiers.md"
    assert named - known == set(), "no recogniser of that name"


def test_the_docs_tell_the_labels_the_recognisers_give():
    labels = {row.name: row.entity for row in TABLE if row.entity is not None}
    for title, (label, names, *_) in told().items():
        given = {
            labels[name].value for name in re.findall(r"`([a-z0-9-]+)`", names) if name in labels
        }
        assert given <= set(re.findall("|".join(Entity), label)), title


def test_every_row_without_a_recogniser_says_why():
    for title, (_, names, *_, note) in told().items():
        assert "`" in names or note, title
