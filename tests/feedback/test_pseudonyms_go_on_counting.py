"""Whatever door the answers of a response come through, its people keep their numbers."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
import sqlalchemy as sa

from feedback import schema
from feedback.backfill import Backfill
from feedback.errors import SettingsError
from feedback.history import find_history
from feedback.receive import Receiver
from feedback.redact import TextRedactor
from feedback.reference import load_reference
from feedback.schema import RedactionOperator
from feedback.settings import Settings
from feedback.store import Store
from tests import fakes
from tests.feedback.pipeline_parts import NOW, row, write_csv

KEY = b"a key for tests, of thirty-two bytes and more"


def redactor(key: bytes = KEY) -> TextRedactor:
    return TextRedactor(operator=RedactionOperator.PSEUDONYM, key=key)


def test_messages_of_one_response_count_on(tmp_path: Path) -> None:
    texts = [
        "Mrs Sarah Okafor told me to wait",
        "Mr Tariq Aziz was kind to me",
        "I asked Sarah and Mr Aziz again",
    ]
    parts: dict[str, Any] = {
        "language": fakes.WelshWordIdentifier(),
        "reference": load_reference(),
        "settings": Settings(home=tmp_path),
        "clock": lambda: datetime(2026, 5, 1, 12, tzinfo=UTC),
    }
    with Store.open(f"sqlite:///{tmp_path / 'a.db'}") as store:
        for number, text in enumerate(texts):
            # A new server for each message: nothing is remembered but what the store knows.
            receiver = Receiver(store, redactor=redactor(), **parts)
            message = {"comment": text, "response_id": "4711", "question": f"Question {number}"}
            receiver.take(message)
        receiver.take({"comment": texts[1], "response_id": "4712"})
        comments = store.read(sa.select(schema.comments.c.text))["text"].tolist()
    assert sorted(comments) == [
        "I asked [PERSON_1] and [PERSON_2] again",
        "[PERSON_1] told me to wait",
        "[PERSON_1] was kind to me",
        "[PERSON_2] was kind to me",
    ]


class Dying(fakes.KeywordClassifier):
    """Ends the backfill at its second part."""

    def __init__(self, n_parts: int) -> None:
        super().__init__()
        self._n_left = n_parts

    def classify(self, *given: Any) -> Any:
        self._n_left -= 1
        if self._n_left < 0:
            raise KeyboardInterrupt
        return super().classify(*given)


def backfill(history: Path, out: Path, *, n_parts: int = 99, key: bytes = KEY) -> None:
    work = Backfill(
        id_key=b"k" * 32,
        redactor=redactor(key),
        language=fakes.WelshWordIdentifier(),
        reference=load_reference(),
        embedder=fakes.BagOfWordsEmbedder(),
        classifier=Dying(n_parts),
        settings=Settings(chunk_rows=1),
        source="survey",
    )
    work.work(find_history([history], out=out, preset="generic"), out, now=NOW)


def texts_of(out: Path) -> list[str]:
    parts = sorted(out.glob("part-*.parquet"))
    return [text for path in parts for text in pq.read_table(path)["text"].to_pylist()]


@pytest.fixture
def history(tmp_path: Path) -> Path:
    folder = tmp_path / "history"
    folder.mkdir()
    write_csv(
        folder / "1.csv",
        [row(1, "Mrs Sarah Okafor told me to wait"), row(2, "Mr Tariq Aziz was kind to me")],
    )
    write_csv(
        folder / "2.csv",
        [row(1, "I asked Mr Aziz and then Sarah again", question="And then?")],
    )
    return folder


EXPECTED = [
    "[PERSON_1] told me to wait",
    "[PERSON_1] was kind to me",
    "I asked [PERSON_2] and then [PERSON_1] again",
]


def test_a_backfill_counts_on_over_files(tmp_path: Path, history: Path) -> None:
    backfill(history, tmp_path / "out")
    assert texts_of(tmp_path / "out") == EXPECTED
    columns = pq.read_schema(next((tmp_path / "out").glob("part-*.parquet")))
    assert "marks" not in str(columns.field("spans").type), "marks are for the store alone"


@pytest.mark.parametrize("n_parts", [1, 2])
def test_a_backfill_that_was_broken_off_counts_on(
    tmp_path: Path, history: Path, n_parts: int
) -> None:
    out = tmp_path / "out"
    with pytest.raises(KeyboardInterrupt):
        backfill(history, out, n_parts=n_parts)
    assert texts_of(out) == EXPECTED[:n_parts]
    backfill(history, out)
    assert texts_of(out) == EXPECTED


def test_a_backfill_goes_on_only_with_its_own_key(tmp_path: Path, history: Path) -> None:
    out = tmp_path / "out"
    with pytest.raises(KeyboardInterrupt):
        backfill(history, out, n_parts=1)
    with pytest.raises(SettingsError, match="other models: redaction_key_fingerprint"):
        backfill(history, out, key=KEY + b"!")
    assert KEY not in b"".join(path.read_bytes() for path in out.rglob("*") if path.is_file())
