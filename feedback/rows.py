"""Turn one row of an export into a response and its comments, or into the reason why not."""

from __future__ import annotations

import math
import unicodedata
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from feedback.answers import NOT_AN_ANSWER, answer_key, read_rating, read_yes_no
from feedback.clean import MAX_CHARACTERS
from feedback.dates import DateRefused, read_date
from feedback.headings import heading_key, plain_question, points_to_person, shown_headings
from feedback.ids import RowIds
from feedback.mapping import ColumnMap, Preset
from feedback.reference import Reference
from feedback.schema import Reject
from feedback.tables import Row, Table, storable

__all__ = ["RowReader", "Taken", "is_blank"]

STAGE = "ingest"
UNKNOWN_SERVICE = "unknown"

MAX_NAME_CHARACTERS = 80
"""Service, device, browser and region are names: longer ones are cut."""
MAX_QUESTION_CHARACTERS = 200
MAX_EXTRA_CHARACTERS = 1_000
"""A left-over field is cut here; as a comment it would have been mapped."""

_RATINGS = ("satisfaction", "effort")
_TRUTHS = ("help_needed", "completed")
_NAMES = ("device", "browser", "region")
_MAX_PLACES = 10_000
"""Places remembered at a time, so that a page is looked up once and not for each of its rows."""


@dataclass(frozen=True, slots=True)
class Taken:
    """What a row gave."""

    row: int
    response: dict[str, Any]
    comments: list[dict[str, Any]]


@dataclass
class RowReader:
    """Reads the rows of one file; counts on the way what its notes have to say."""

    table: Table
    columns: ColumnMap
    preset: Preset
    ids: RowIds
    now: datetime
    source: str
    service: str | None
    reference: Reference
    day_first: bool
    counts: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        headings = self.table.headings
        self._known = len(headings)
        self._left_over = [(i, headings[i]) for i in self.columns.left_over]
        self._about_person = list(self.columns.about_person)
        self._questions = self._questions_of(headings)
        self._places: dict[tuple[str, str], tuple[str, str | None]] = {}

    def read(self, row: Row) -> Taken | Reject:
        """Return what the row gives, or why it gives nothing. Never quotes a cell."""
        if row.problem is not None:
            return Reject(row.number, "read", row.problem)
        try:
            return self._read(row)
        except DateRefused as refusal:
            return Reject(row.number, STAGE, str(refusal))
        except Exception as error:  # noqa: BLE001 - one row must not keep the others out
            return Reject(row.number, STAGE, f"cannot be read ({type(error).__name__})")

    def _read(self, row: Row) -> Taken | Reject:
        cells = row.cells
        if len(self.table.headings) > self._known:
            self._take_in_new_headings()
        values = {name: _text_at(cells, at) for name, at in self.columns.fields.items()}
        answers = [(n, _raw_text_at(cells, at)) for n, at in enumerate(self.columns.comments)]
        answers = [(n, text) for n, text in answers if not is_blank(text)]
        response = self._response(cells, values)
        closed = (*_RATINGS, *_TRUTHS)
        if not answers and all(response[name] is None for name in closed):
            return Reject(row.number, STAGE, "holds no comment and no answer")
        response_id = self._response_id(values, response, answers)
        question = _cut(values.get("question", ""), MAX_QUESTION_CHARACTERS) or None
        mark = self.ids.of_comment(response_id, "", question or "")
        if (first := self.ids.first_row(mark, row.number)) is not None:
            return Reject(row.number, STAGE, f"repeats the response reference of row {first}")
        response["response_id"] = response_id
        self.counts["too_long"] += sum(len(text) > MAX_CHARACTERS for _, text in answers)
        self.counts["without_comment"] += not answers
        shared = {
            "response_id": response_id,
            "row": row.number,
            "source": self.source,
            "service": response["service"],
            "page": self._place(values)[1],
            "submitted_at": response["submitted_at"],
        }
        extra = self._extra(cells)
        return Taken(
            row.number,
            response,
            [
                {**shared, **self._comment(n, text, shared, question), "extra": dict(extra)}
                for n, text in answers
            ],
        )

    def _comment(
        self, n: int, text: str, shared: dict[str, Any], question: str | None
    ) -> dict[str, Any]:
        """Return what is a comment's own: ``n`` is the position among the comment columns."""
        name, asked = self._questions[n]
        comment_id = self.ids.of_comment(shared["response_id"], name, question or "")
        return {"comment_id": comment_id, "question": question or asked, "text": text}

    def _response(self, cells: Sequence[object], values: dict[str, str]) -> dict[str, Any]:
        """Return the response without its id."""
        service, _ = self._place(values)
        return {
            "service": service,
            "submitted_at": self._submitted_at(cells),
            **{name: self._rating(name, values.get(name, "")) for name in _RATINGS},
            **{name: self._truth(name, values.get(name, "")) for name in _TRUTHS},
            **{name: _cut(values.get(name, ""), MAX_NAME_CHARACTERS) or None for name in _NAMES},
        }

    def _submitted_at(self, cells: Sequence[object]) -> datetime:
        at = self.columns.fields.get("submitted_at")
        if at is None:
            return self.now
        cell = cells[at] if at < len(cells) else None
        return read_date(cell, now=self.now, day_first=self.day_first)

    def _rating(self, name: str, answer: str) -> int | None:
        if not answer or answer_key(answer) in NOT_AN_ANSWER:
            return None
        rating = read_rating(answer, self.preset.ratings.get(name, {}))
        self.counts[f"unread {name}"] += rating is None
        return rating

    def _truth(self, name: str, answer: str) -> bool | None:
        if not answer:
            return None
        truth = read_yes_no(answer, self.preset.truths.get(name, {}))
        if truth is None and answer_key(answer) not in NOT_AN_ANSWER:
            self.counts[f"unread {name}"] += 1
        return truth

    def _place(self, values: dict[str, str]) -> tuple[str, str | None]:
        """Return service and page; the row's own service comes first, the page's service last."""
        key = (values.get("service", ""), values.get("page", ""))
        place = self._places.get(key)
        if place is None:
            if len(self._places) >= _MAX_PLACES:
                self._places.clear()
            place = self._places[key] = self._look_up(*key)
        return place

    def _look_up(self, service: str, page: str) -> tuple[str, str | None]:
        reference = self.reference
        named = service or self.service or ""
        if named.casefold() == UNKNOWN_SERVICE:
            named = ""
        chosen = reference.service_id(named) or _cut(named, MAX_NAME_CHARACTERS) or None
        if "/" not in page and (by_page := reference.service_id(page)):
            return chosen or by_page, None  # "path or service name" held a service
        chosen = chosen or reference.service_of(page) or UNKNOWN_SERVICE
        return chosen, reference.page(page, chosen)

    def _response_id(
        self, values: dict[str, str], response: dict[str, Any], answers: list[tuple[int, str]]
    ) -> str:
        if reference := values.get("response_id"):
            return self.ids.of_reference(reference)
        # Everything the row says, in a form that does not depend on the kind of file.
        has_date = "submitted_at" in self.columns.fields
        said = [response["submitted_at"].isoformat() if has_date else ""]
        said += [values.get(name, "") for name in ("service", "page", "question", *_NAMES)]
        said += [str(response[name]) for name in (*_RATINGS, *_TRUTHS)]
        for n, text in answers:
            said += [self._questions[n][0], " ".join(text.split())]
        return self.ids.of_fields(said)

    def _extra(self, cells: Sequence[object]) -> dict[str, str]:
        found = {}
        for at, heading in self._left_over:
            if text := _text_at(cells, at):
                found[_cut(heading, MAX_QUESTION_CHARACTERS)] = _cut(text, MAX_EXTRA_CHARACTERS)
        return found

    def _take_in_new_headings(self) -> None:
        """Sort in columns that a later row of JSON Lines brought."""
        headings = self.table.headings
        for at in range(self._known, len(headings)):
            if points_to_person(headings[at]):
                self._about_person.append(at)
            else:
                self._left_over.append((at, headings[at]))
        self._known = len(headings)

    def _questions_of(self, headings: Sequence[str]) -> list[tuple[str, str | None]]:
        """Return, for each comment column, what ids know it by and the question it answers.

        A lone column called "comment" answers no question; a heading that asks one, or one of
        several columns, does.
        """
        seen: Counter[str] = Counter()
        questions = []
        for at in self.columns.comments:
            key = heading_key(headings[at])
            seen[key] += 1
            name = key if seen[key] == 1 else f"{key} {seen[key]}"
            question = _cut(plain_question(headings[at]), MAX_QUESTION_CHARACTERS)
            asks = question.endswith("?") or len(self.columns.comments) > 1
            questions.append((name, question if asks else None))
        return questions

    def first_notes(self) -> list[str]:
        """Return what can be said before the first row."""
        notes = [f"Read with the preset '{self.preset.name}'."]
        if "submitted_at" not in self.columns.fields:
            notes.append("There is no date column: the time of ingestion stands for the dates.")
        return notes

    def last_notes(self) -> list[str]:
        """Return what can be said after the last row."""
        notes = []
        if self._about_person:
            shown = shown_headings(self.table.headings)
            names = ", ".join(shown[at] for at in sorted(self._about_person))
            notes.append(f"Left out, as they would point to a person: {names}.")
        if n := self.counts["without_comment"]:
            notes.append(f"Responses without a comment: {n:,}.")
        if n := self.counts["too_long"]:
            notes.append(f"Comments longer than {MAX_CHARACTERS:,} characters, cut: {n:,}.")
        for name in (*_RATINGS, *_TRUTHS):
            if n := self.counts[f"unread {name}"]:
                notes.append(f"Answers for {name} that are not on its scale, left empty: {n:,}.")
        return notes


def _cut(text: str, n_characters: int) -> str:
    return text[:n_characters].rstrip()


def _text_at(cells: Sequence[object], at: int) -> str:
    return " ".join(_raw_text_at(cells, at).split())


def _raw_text_at(cells: Sequence[object], at: int) -> str:
    """Return a cell as the text a person would read in it."""
    cell = cells[at] if at < len(cells) else None
    if isinstance(cell, str):
        return storable(cell)
    if cell is None or (isinstance(cell, float) and not math.isfinite(cell)):
        return ""
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    if isinstance(cell, date):
        return cell.isoformat()
    return str(cell)


def is_blank(text: str) -> bool:
    """Return whether nothing in a text can be seen: white space, controls, zero width."""
    return not any(unicodedata.category(character)[0] not in "CZ" for character in text)
