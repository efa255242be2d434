"""A complaint that no code knows becomes a signal of the store, with its own quotes, told once."""

import json
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import sqlalchemy as sa

from app import wiring
from app.filters import Filters
from app.queries_issues import emerging
from app.wording import theme_label
from feedback import schema
from feedback.schema import TEXT_PREFIX
from feedback.settings import Settings
from feedback.store import Store
from tests.app.filling import code, put
from topics import refresh_signals

NOW = datetime.now(UTC).replace(microsecond=0)
FEEDBACK = Path(sys.executable).with_name("feedback")
PLACE = {"service": "probate", "page": "/probate/will"}
SECRET = "the scan of the will comes out upside down and he said he will kill me"
NOVEL = [
    "my scan of the will is turned upside down",
    "Scanned will comes out upside down on the next screen",
    "the will I scanned is shown upside down!!",
    "upside down?? the scan of the will was the right way up when I sent it",
    "will scan upside down, cannot turn it",
    SECRET,
]
EVERYDAY = [
    "clear and quick",
    "which court do I send this to",
    "the fee is too high",
    "I could not find my reference number",
    "waited three months for a letter",
    "good, saved me a trip to the office",
    "phone line was engaged all morning",
    "did not understand the word executor",
]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A page with everyday comments for half a year, and a complaint of the last day."""
    home = tmp_path_factory.mktemp("novel")
    ages = np.linspace(0.1, 170, 160)
    rows = [
        {**PLACE, "text": EVERYDAY[i % len(EVERYDAY)], "submitted_at": NOW - timedelta(days=age)}
        for i, age in enumerate(ages.tolist())
    ]
    rows += [
        {**PLACE, "text": text, "submitted_at": NOW - timedelta(hours=2 + 3 * i)}
        for i, text in enumerate(NOVEL)
    ]
    settings = Settings(home=home)
    with Store.open(settings.store_url) as store:
        keys = put(store, rows, now=NOW)
        code(store, {keys[-1]: ["safeguarding"]})
        embedder = wiring.make_embedder(settings, store)
        refresh_signals(store, now=NOW, settings=settings, embedder=embedder)
    return home


@pytest.fixture
def store(home: Path) -> Iterator[Store]:
    with Store.open(Settings(home=home).store_url) as opened:
        yield opened


def test_it_is_a_signal_with_the_comments_behind_it(store: Store) -> None:
    signals = store.read(sa.select(schema.signals))
    assert len(signals) == 1
    signal = signals.iloc[0]
    assert signal["theme"].removeprefix(TEXT_PREFIX) in signal["comments"]
    texts = store.read(sa.select(schema.comments.c.comment_id, schema.comments.c.text))
    said = set(texts.loc[texts["comment_id"].isin(signal["comments"]), "text"])
    assert said == set(NOVEL) - {SECRET}
    assert "Upside" in signal["sentence"]
    assert "kill" not in signal["sentence"]


def test_pages_quote_it_and_draw_its_days(store: Store) -> None:
    today = NOW.date()
    found = emerging(store, Filters(today - timedelta(days=84), today + timedelta(days=1)))
    assert theme_label(found.signals["theme"].iloc[0]) == "Similar reports"
    quotes = found.signals["quotes"].iloc[0]
    assert len(quotes) == 3
    assert set(quotes) < set(NOVEL) - {SECRET}
    assert found.days["n"].sum() == len(NOVEL) - 1


def test_a_second_look_raises_it_no_more(store: Store) -> None:
    before = store.read(sa.select(schema.alarms))
    settings = Settings(home=Path("unused"))
    embedder = wiring.make_embedder(settings, store)
    refresh_signals(store, now=NOW + timedelta(hours=2), settings=settings, embedder=embedder)
    after = store.read(sa.select(schema.alarms))
    assert before["theme"].tolist() == after["theme"].tolist()
    assert before["raised_at"].tolist() == after["raised_at"].tolist()
    assert (after["last_at"] > before["last_at"]).all()


def test_the_command_line_shows_what_the_pages_show(home: Path) -> None:
    told = subprocess.run(
        [FEEDBACK, "--home", home, "emerging"], capture_output=True, text=True, check=True
    )
    rows = pd.DataFrame([json.loads(line) for line in told.stdout.splitlines()])
    assert rows["theme"].str.startswith(TEXT_PREFIX).tolist() == [True]
    assert "kill" not in told.stdout
