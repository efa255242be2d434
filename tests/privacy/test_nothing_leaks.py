"""Thirty secrets of every entity go in at every door; nothing that is written holds one.

Searched are the bytes of the store with its write-ahead log, of all under the home folder and the
folder for temporary files, of what was printed and logged, and of every error with its causes.
"""

from __future__ import annotations

import csv
import json
import logging
import tempfile
import traceback
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import openpyxl
import pandas as pd
import pytest
import sqlalchemy as sa

from app.auditing import draw, progress_text
from app.doctor import examine
from app.exporting import export_to
from app.queries_audit import next_comment
from app.wiring import make_redactor
from feedback import schema
from feedback.embed import CachedEmbedder
from feedback.errors import FeedbackError
from feedback.export import ExportFilters
from feedback.language import SeededLanguageIdentifier
from feedback.mapping import choose_preset
from feedback.pipeline import enrich, ingest_file
from feedback.placeholders import MASKED
from feedback.redact import TextRedactor
from feedback.reference import load_reference
from feedback.schema import (
    STANDARD_ENTITIES,
    AuditVerdict,
    Entity,
    Redaction,
    RedactionOperator,
)
from feedback.settings import Settings
from feedback.store import Store
from tests import fakes
from tests.privacy.planted import N_EACH, Secret, plant

SEED = 20260401
NOW = datetime(2026, 5, 1, tzinfo=UTC)
SECRETS = plant(SEED)
HEADINGS = ["id", "comment", "page", "date", "service", "browser", "satisfaction", "Wave"]

Door = Callable[[Path, list[Secret]], Path]


def good_row(number: int, comment: str, **changes: Any) -> dict[str, Any]:
    plain = {
        "id": f"R{number}",
        "comment": comment,
        "page": "/divorce/payment",
        "date": "03/04/2026",
        "service": "Divorce",
        "browser": "Firefox 128",
        "satisfaction": "2",
        "Wave": "2",
    }
    return plain | changes


def good_rows(secrets: Iterable[Secret]) -> list[dict[str, Any]]:
    return [good_row(number, secret.sentence) for number, secret in enumerate(secrets)]


def _table(rows: Iterable[dict[str, Any]]) -> list[list[Any]]:
    return [HEADINGS, *([row[name] for name in HEADINGS] for row in rows)]


def _write_csv(path: Path, table: Iterable[list[Any]], encoding: str = "utf-8") -> Path:
    with path.open("w", newline="", encoding=encoding, errors="replace") as file:
        csv.writer(file).writerows(table)
    return path


def good_csv(folder: Path, secrets: list[Secret]) -> Path:
    return _write_csv(folder / "good.csv", _table(good_rows(secrets)))


def good_xlsx(folder: Path, secrets: list[Secret]) -> Path:
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet("answers")
    for line in _table(good_rows(secrets)):
        sheet.append(line)
    book.save(folder / "good.xlsx")
    return folder / "good.xlsx"


def good_parquet(folder: Path, secrets: list[Secret]) -> Path:
    pd.DataFrame(good_rows(secrets)).to_parquet(folder / "good.parquet")
    return folder / "good.parquet"


def broken_json_lines(folder: Path, secrets: list[Secret]) -> Path:
    """Every third line ends in the middle, every other third is JSON of another kind."""
    lines = []
    for number, line in enumerate(map(json.dumps, good_rows(secrets))):
        at_comment = line.index('"page"') - 4
        other = json.dumps([secrets[number].sentence])
        lines += [line, line[:at_comment], other][number % 3 : number % 3 + 1]
    (folder / "broken.jsonl").write_text("\n".join(lines))
    return folder / "broken.jsonl"


def bad_rows(folder: Path, secrets: list[Secret]) -> Path:
    """Rows that cannot be used, with the secret in the comment, in the fault, or in both."""
    table = [HEADINGS]
    for number, secret in enumerate(secrets):
        faults: list[dict[str, Any]] = [
            {"date": "never"},
            {"date": secret.sentence},
            {"date": "31/12/2031", "Wave": secret.sentence},
            {"satisfaction": secret.sentence},
            {"date": "", "service": secret.sentence},
        ]
        row = good_row(number, secret.sentence) | faults[number % len(faults)]
        line = [row[name] for name in HEADINGS]
        if number % 7 == 0:
            line += ["too", "many", secret.sentence]
        table.append(line if number % 11 else line[:2])
    table.append([good_row(0, "")[name] for name in HEADINGS])
    table.append(
        [good_row(-1, "a good row, so that the rejects are kept")[name] for name in HEADINGS]
    )
    return _write_csv(folder / "bad.csv", table)


def latin_1(folder: Path, secrets: list[Secret]) -> Path:
    rows = [row | {"comment": f"Café £5 – {row['comment']}"} for row in good_rows(secrets)]
    return _write_csv(folder / "latin.csv", _table(rows), encoding="cp1252")


def broken_utf_8(folder: Path, secrets: list[Secret]) -> Path:
    content = good_csv(folder, secrets).read_bytes().splitlines(keepends=True)
    lines = [line.replace(b"Divorce", b"Div\xff\xfeorce\x00") for line in content]
    (folder / "broken.csv").write_bytes(b"".join(lines))
    return folder / "broken.csv"


def utf_16(folder: Path, secrets: list[Secret]) -> Path:
    return _write_csv(folder / "wide.csv", _table(good_rows(secrets)), encoding="utf-16")


def left_over_fields(folder: Path, secrets: list[Secret]) -> Path:
    """Secrets in every column but the comment, and in names of columns."""
    fields = ["page", "service", "browser", "Wave"]
    rows = [
        good_row(number, "slow page, nothing more to say") | {fields[number % 4]: secret.sentence}
        for number, secret in enumerate(secrets)
    ]
    table = _table(rows)
    for line in table[1:]:
        line.append("yes")
    table[0] = [*HEADINGS, "Did " + SECRETS[N_EACH].sentence]  # an address for mail
    return _write_csv(folder / "fields.csv", table)


def keys_of_json_lines(folder: Path, secrets: list[Secret]) -> Path:
    lines = [
        json.dumps(good_row(number, "slow page again") | {secret.sentence: "yes"})
        for number, secret in enumerate(secrets[::6])
    ]
    (folder / "keys.jsonl").write_text("\n".join(lines))
    return folder / "keys.jsonl"


DOORS = [
    good_csv,
    good_xlsx,
    good_parquet,
    broken_json_lines,
    bad_rows,
    latin_1,
    broken_utf_8,
    utf_16,
    left_over_fields,
    keys_of_json_lines,
]


def no_headings(folder: Path, secrets: list[Secret]) -> Path:
    lines = [[secret.sentence, *secret.marks] for secret in secrets]
    return _write_csv(folder / "bare.csv", lines)


def another_format(folder: Path, secrets: list[Secret]) -> Path:
    return good_csv(folder, secrets).rename(folder / "really_csv.xlsx")


def no_usable_row(folder: Path, secrets: list[Secret]) -> Path:
    rows = [good_row(n, s.sentence, date=s.sentence) for n, s in enumerate(secrets)]
    return _write_csv(folder / "useless.csv", _table(rows))


CLOSED_DOORS = [no_headings, another_format, no_usable_row]


class Raising(TextRedactor):
    """Fails for every other text and quotes it, as careless libraries do."""

    def __init__(self) -> None:
        super().__init__()
        self._n = 0

    def redact(self, text: str) -> Redaction:
        self._n += 1
        if self._n % 2:
            try:
                raise KeyError(text)
            except KeyError as error:
                raise ValueError(f"cannot redact {text!r}") from error
        return super().redact(text)


class RaisingIdentifier(SeededLanguageIdentifier):
    """Fails for some texts and quotes them."""

    def identify(self, texts):
        if any(sum(map(ord, text)) % 5 == 0 for text in texts):
            raise RuntimeError(f"cannot tell {texts!r}")
        return super().identify(texts)


def quoting(text: str) -> None:
    if sum(map(ord, text)) % 9 == 0:
        raise LookupError(f"cannot classify {text!r}")


@dataclass
class Workplace:
    """A home folder, a folder for temporary files, and all that was said."""

    home: Path
    temporary: Path
    incoming: Path
    said: list[str] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"sqlite:///{self.home / 'feedback.db'}"

    def ingest(self, store: Store, path: Path, **changes: Any) -> None:
        parts: dict[str, Any] = {"redactor": _REDACTOR, "language": _IDENTIFIER} | changes
        try:
            summary = ingest_file(
                path,
                choose_preset(path),
                store=store,
                reference=load_reference(),
                settings=Settings(home=self.home, chunk_rows=100),
                now=NOW,
                progress=lambda n: self.said.append(str(n)),
                **parts,
            )
        except FeedbackError as error:
            self.said += traceback.format_exception(error, chain=True)
            self.said += [repr(error), repr(error.__cause__), repr(vars(error))]
            if not error.__suppress_context__:
                self.said.append(repr(error.__context__))
            raise
        self.said.append(json.dumps(asdict(summary), default=str))
        self.said.append(repr(summary))

    def enrich(self, store: Store) -> None:
        summary = enrich(
            store,
            CachedEmbedder(fakes.BagOfWordsEmbedder(), store),
            fakes.KeywordClassifier(before=quoting),
            settings=Settings(home=self.home),
        )
        self.said.append(repr(summary))

    def written(self) -> bytes:
        """Return all bytes under the two folders, and the names of the files."""
        files = [
            path
            for folder in (self.home, self.temporary)
            for path in sorted(folder.rglob("*"))
            if path.is_file()
        ]
        names = "\n".join(str(path) for path in files).encode()
        return b"\0".join([names, *(path.read_bytes() for path in files)])


_REDACTOR = TextRedactor()
_IDENTIFIER = SeededLanguageIdentifier()


def found_in(content: bytes, secrets: Iterable[Secret] = SECRETS) -> list[Secret]:
    """Return the secrets of which a form stands in the content, in any usual encoding."""
    content = content.lower()
    forms = [(form, secret) for secret in secrets for form in _encoded(secret)]
    # Megabytes are searched for thousands of forms: first by their first bytes, all at once.
    starts = np.concatenate([_windows(form[:N_START]) for form, _ in forms])
    may_be_there = np.isin(starts, _windows(content))
    found = {
        secret: None
        for (form, secret), maybe in zip(forms, may_be_there, strict=True)
        if maybe and form in content
    }
    return list(found)


N_START = 6


def _windows(content: bytes) -> np.ndarray:
    """Return each stretch of `N_START` bytes as a number."""
    values = np.frombuffer(content, dtype=np.uint8).astype(np.uint64)
    n_windows = max(0, len(values) - N_START + 1)
    parts = (values[i : i + n_windows] << np.uint64(8 * i) for i in range(N_START))
    return sum(parts, np.zeros(n_windows, dtype=np.uint64))


def _encoded(secret: Secret) -> Iterator[bytes]:
    for form in dict.fromkeys(secret.forms()):
        yield form.encode()
        yield form.encode("utf-16-le")
        if not form.isascii():
            yield json.dumps(form)[1:-1].encode()


def told(secrets: Iterable[Secret]) -> list[str]:
    """Say which were found; they are invented, so a test may."""
    return [f"{secret.entity}: {secret.sentence}" for secret in secrets]


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workplace:
    folders = {name: tmp_path / name for name in ("home", "temporary", "incoming")}
    for folder in folders.values():
        folder.mkdir()
    monkeypatch.setenv("FEEDBACK_HOME", str(folders["home"]))
    monkeypatch.setattr(tempfile, "tempdir", str(folders["temporary"]))
    # With a key of chance an id could hold eight digits of a secret once in some thousand runs.
    monkeypatch.setattr("feedback.store.secrets.token_hex", lambda n: "5e" * n)
    return Workplace(**folders)


@pytest.fixture(autouse=True)
def _log_everything(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    logging.captureWarnings(True)


def check_nothing_leaked(
    place: Workplace,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
    written_before_closing: bytes,
) -> None:
    printed = "".join(capfd.readouterr())
    said = "\n".join([printed, *place.said, *_log_lines(caplog)]).encode(errors="replace")
    assert told(found_in(said)) == []
    assert told(found_in(written_before_closing)) == []
    assert told(found_in(place.written())) == []


def _log_lines(caplog: pytest.LogCaptureFixture) -> Iterator[str]:
    for record in caplog.records:
        yield f"{record.getMessage()} {record.args!r} {record.exc_text or ''}"


def test_there_are_thirty_secrets_of_every_entity() -> None:
    assert len({secret.sentence for secret in SECRETS}) == len(SECRETS)
    for entity in STANDARD_ENTITIES:
        mine = [secret for secret in SECRETS if secret.entity == entity]
        assert len(mine) == N_EACH
        assert all(found_in(secret.sentence.encode(), [secret]) for secret in mine)


def test_the_search_finds_what_is_there(place: Workplace) -> None:
    class Blind:
        def redact(self, text: str) -> Redaction:
            return Redaction(text, (), ())

    path = good_csv(place.incoming, SECRETS)
    with Store.open(place.url) as store:
        place.ingest(store, path, redactor=Blind())
        assert len(found_in(place.written())) == len(SECRETS)
    assert len(found_in(place.written())) == len(SECRETS)


@pytest.mark.parametrize("door", DOORS, ids=lambda door: door.__name__)
def test_nothing_leaks_at_an_open_door(
    door: Door,
    place: Workplace,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    path = door(place.incoming, SECRETS)
    assert len(found_in(path.read_bytes())) > 90 or path.suffix in (".xlsx", ".parquet")
    with Store.open(place.url) as store:
        place.ingest(store, path, dry_run=True)
        place.ingest(store, path)
        place.enrich(store)
        # The door is open: what is not secret has come in, and placeholders with it.
        texts = store.read(sa.select(schema.comments.c.text))["text"]
        assert len(texts) >= 1
        if door in (good_csv, good_xlsx, good_parquet, latin_1, utf_16, broken_utf_8):
            assert len(texts) == len(SECRETS)
            assert texts.str.contains("is blocked").sum() == N_EACH
            for entity in STANDARD_ENTITIES:
                assert texts.str.contains(entity.placeholder, regex=False).sum() >= N_EACH / 2
        if door in (bad_rows, broken_json_lines):
            assert len(store.read(sa.select(schema.rejects))) > len(SECRETS) / 2
        before_closing = place.written()
    check_nothing_leaked(place, caplog, capfd, before_closing)


@pytest.mark.parametrize("door", CLOSED_DOORS, ids=lambda door: door.__name__)
def test_nothing_leaks_at_a_closed_door(
    door: Door,
    place: Workplace,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    path = door(place.incoming, SECRETS)
    with Store.open(place.url) as store:
        try:
            place.ingest(store, path)
        except FeedbackError:
            assert store.count_states() == {}
        before_closing = place.written()
    check_nothing_leaked(place, caplog, capfd, before_closing)


@pytest.mark.parametrize("changes", [{"redactor": Raising}, {"language": RaisingIdentifier}])
def test_nothing_leaks_from_a_row_that_raises(
    changes: dict[str, type],
    place: Workplace,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    path = good_csv(place.incoming, SECRETS)
    with Store.open(place.url) as store:
        place.ingest(store, path, **{name: make() for name, make in changes.items()})
        rejects = store.read(sa.select(schema.rejects))
        assert len(rejects) > N_EACH
        assert set(rejects["reason"]) <= {"ValueError", "RuntimeError"}
        assert len(store.read(sa.select(schema.comments))) > N_EACH
        before_closing = place.written()
    check_nothing_leaked(place, caplog, capfd, before_closing)


KEY = "zq-the-key-of-pseudonyms-that-nobody-may-find-anywhere"


@pytest.mark.parametrize("operator", [RedactionOperator.PSEUDONYM, RedactionOperator.MASK])
def test_nothing_leaks_whatever_is_put_in_and_the_key_is_nowhere(
    operator: RedactionOperator,
    place: Workplace,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("FEEDBACK_REDACTION_KEY", KEY)
    chosen = Settings(home=place.home, redaction_operator=operator)
    redactor = make_redactor(chosen)
    with Store.open(place.url) as store:
        for door in (good_csv, left_over_fields, bad_rows):
            place.ingest(store, door(place.incoming, SECRETS), redactor=redactor)
        place.enrich(store)
        texts = store.read(sa.select(schema.comments.c.text))["text"]
        form = "[PHONE_1]" if operator is RedactionOperator.PSEUDONYM else MASKED
        assert texts.str.contains(form, regex=False).sum() >= N_EACH / 2
        place.said.append(json.dumps(draw(chosen, store, 100)))
        for verdict in (AuditVerdict.LEAK, AuditVerdict.OVER, AuditVerdict.CLEAN):
            comment = next_comment(store, [])
            assert comment is not None
            kind = Entity.PERSON if verdict is AuditVerdict.LEAK else None
            store.judge_redaction(comment.comment_id, verdict, "ann", entity=kind)
        place.said.append(progress_text(store))
        for name in ("out.csv", "out.parquet"):
            told_of = export_to(
                chosen, store, place.home / name, Path(name).suffix[1:], ExportFilters()
            )
            place.said.append(repr(told_of))
        place.said += [repr(finding) for finding in examine(chosen)]
        place.said += [repr(chosen), repr(redactor), repr(vars(redactor))]
        before_closing = place.written()
    exported = pd.read_parquet(place.home / "out.parquet").to_csv()
    said = "\n".join([*place.said, exported, *_log_lines(caplog)]).encode()
    for content in (before_closing, place.written(), said):
        assert KEY.encode() not in content
        assert told(found_in(content)) == []
    check_nothing_leaked(place, caplog, capfd, before_closing)


def test_nothing_of_what_a_person_removed_is_left(
    place: Workplace, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    class Blind:
        def redact(self, text: str) -> Redaction:
            return Redaction(text, (), ())

    secrets = [secret for secret in SECRETS if secret.entity == Entity.PERSON][:3]
    path = good_csv(place.incoming, secrets)
    with Store.open(place.url) as store:
        place.ingest(store, path, redactor=Blind())
        store.put_vectors("m", "1", {"0" * 32: np.ones(4, np.float32)})
        assert len(found_in(place.written(), secrets)) == len(secrets)
        comments = store.read(sa.select(schema.comments.c.comment_id, schema.comments.c.text))
        for comment_id, text in comments.itertuples(index=False):
            (secret,) = [one for one in secrets if one.sentence == text]
            removal = store.remove_words(comment_id, list(secret.marks), Entity.PERSON, "ann")
            assert removal.n_mentions >= 1
        before_closing = place.written()
        assert told(found_in(before_closing, secrets)) == []
        assert store.check() == ""
    check_nothing_leaked(place, caplog, capfd, before_closing)
