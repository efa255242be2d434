"""Every entity is found whole and named right; look-alikes come back as they went in."""

import pytest

from feedback.redact import TextRedactor
from feedback.redact.patterns import TABLE
from feedback.schema import STANDARD_ENTITIES
from tests.feedback.redaction_cases import KEPT, MUST, NO_PEOPLE, PEOPLE, lines, unmark

REDACTOR = TextRedactor()
ROWS = [(entity, line) for entity, block in MUST.items() for line in lines(block)]


def assert_found(line: str, entity: str) -> None:
    text, secrets = unmark(line)
    found = REDACTOR.redact(text).found
    hidden = {i for span in found for i in range(span.start, span.end)}
    assert secrets
    for start, end in secrets:
        left = [text[i] for i in range(start, end) if i not in hidden and text[i].isalnum()]
        assert not left, f"left in the text: {''.join(left)}"
        touching = {span.entity.value for span in found if span.start < end and span.end > start}
        assert touching == {entity}


@pytest.mark.parametrize(("entity", "line"), ROWS)
def test_the_whole_secret_is_hidden_under_its_own_label(entity, line):
    assert_found(line, entity)


@pytest.mark.parametrize("line", lines(PEOPLE))
def test_the_whole_name_is_hidden(line):
    assert_found(line, "PERSON")


@pytest.mark.parametrize("line", lines(KEPT) + lines(NO_PEOPLE))
def test_look_alikes_stay(line):
    assert REDACTOR.redact(line).text == line


@pytest.mark.parametrize("line", [line for _, line in ROWS])
def test_words_around_a_secret_stay(line):
    text, secrets = unmark(line)
    hidden = {i for span in REDACTOR.redact(text).found for i in range(span.start, span.end)}
    inside = {i for start, end in secrets for i in range(start, end)}
    over = "".join(text[i] for i in sorted(hidden - inside))
    assert not any(sign.isalnum() for sign in over), f"hidden too: {over}"


def test_every_entity_has_rows():
    assert set(MUST) | {"PERSON"} == {entity.value for entity in STANDARD_ENTITIES}


def test_as_many_rows_must_not_match_as_must():
    assert len(lines(KEPT)) + len(lines(NO_PEOPLE)) >= len(ROWS) + len(lines(PEOPLE))


def test_every_row_names_where_its_format_is_defined():
    assert all(row.source.startswith("https://") for row in TABLE)
    assert len({row.name for row in TABLE}) == len(TABLE)
