"""An alarm is told once: not again while it stands, nor within the cool-down after it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pandas as pd
import pytest
import sqlalchemy as sa

from feedback import schema
from feedback.releases import add_release
from feedback.settings import Settings
from feedback.store import Store
from tests.app.filling import NOW, code, put
from topics import refresh_signals
from topics.alarms import Alarms

START = pd.Timestamp("2026-05-04T09:00Z")


def look(day: float, level: str, **changes: object) -> pd.DataFrame:
    row = {"kind": "burst", "service": "fees", "page": "/pay", "theme": "praise", "level": level}
    return pd.DataFrame([{**row, "as_of": START + pd.Timedelta(days=day), **changes}])


@pytest.mark.parametrize(
    ("looks", "told"),
    [
        ([(0, "alert"), (1, "alert"), (2, "alert")], [0]),
        ([(0, "watch"), (1, "watch")], [0]),
        ([(0, "watch"), (1, "alert"), (2, "alert")], [0, 1]),
        ([(0, "alert"), (1, "watch"), (2, "alert")], [0]),
        ([(0, "alert"), (7, "alert")], [0]),
        ([(0, "alert"), (7.1, "alert")], [0, 7.1]),
        ([(0, "alert"), (6, "alert"), (12, "alert")], [0]),
        ([(0, "alert"), (8, "watch"), (9, "alert")], [0, 8, 9]),
    ],
    ids=[
        "it stands",
        "a watch stands",
        "a watch becomes an alert",
        "an alert weakens and is back",
        "back within the cool-down",
        "back after the cool-down",
        "the cool-down runs from when it last stood",
        "back as a watch, then an alert",
    ],
)
def test_what_is_told_when(looks: list[tuple[float, str]], told: list[float]) -> None:
    alarms = Alarms()
    assert [day for day, level in looks if len(alarms.new_ones(look(day, level)))] == told


@pytest.mark.parametrize(
    "other",
    [{"kind": "drift"}, {"service": "plea"}, {"page": None}, {"theme": "staff"}],
    ids=["kind", "service", "page", "theme"],
)
def test_an_alarm_about_something_else_is_told(other: dict[str, object]) -> None:
    alarms = Alarms()
    alarms.new_ones(look(0, "alert"))
    assert len(alarms.new_ones(look(1, "alert", **other))) == 1


def test_what_was_told_survives_being_written_and_read() -> None:
    alarms = Alarms()
    alarms.new_ones(look(0, "alert", page=None))
    alarms.new_ones(look(3, "watch", page=None))
    rows = alarms.rows(START)
    assert [(row["page"], row["level"], row["raised_at"]) for row in rows] == [("", "alert", START)]
    assert rows[0]["last_at"] == START + pd.Timedelta(days=3)
    again = Alarms(rows)
    assert again.new_ones(look(9, "alert", page=None)).empty
    assert alarms.rows(START + pd.Timedelta(days=4)) == []


SETTINGS = Settings(false_alarms_per_week=0.5)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.open(f"sqlite:///{tmp_path / 'feedback.db'}") as opened:
        yield opened


def add(store: Store, theme: str, n: int, hours: float) -> None:
    keys = put(
        store,
        [
            {
                "text": f"{theme} {hours} {i}",
                "submitted_at": NOW - timedelta(hours=hours * (i + 0.5) / n),
            }
            for i in range(n)
        ],
    )
    code(store, {key: [theme] for key in keys})


def fill(store: Store) -> None:
    """Ten weeks as usual, then a burst of uploads in the last 30 hours."""
    for theme in ("fault.upload", "fault.payment", "fault.sign_in"):
        add(store, theme, 50, 24 * 70)
    add(store, "fault.upload", 14, 30)


def table(store: Store, name: str) -> pd.DataFrame:
    return store.read(sa.select(schema.metadata.tables[name]))


def upload_alarm(store: Store) -> pd.Series:
    alarms = table(store, "alarms")
    return alarms[(alarms["theme"] == "fault.upload") & (alarms["kind"] == "burst")].iloc[0]


def test_an_alarm_in_the_store_keeps_when_it_was_raised_and_ends_after_the_cool_down(
    store: Store,
) -> None:
    fill(store)
    refresh_signals(store, now=NOW, settings=SETTINGS)
    assert upload_alarm(store)["raised_at"] == upload_alarm(store)["last_at"] == NOW
    later = NOW + timedelta(hours=20)
    refresh_signals(store, now=later, settings=SETTINGS)
    assert (upload_alarm(store)["raised_at"], upload_alarm(store)["last_at"]) == (NOW, later)
    assert upload_alarm(store)["level"] == "alert"
    put(store, [{"text": "slow", "submitted_at": NOW + timedelta(days=40)}])
    refresh_signals(store, now=NOW + timedelta(days=40), settings=SETTINGS)
    assert "fault.upload" not in table(store, "alarms")["theme"].tolist()


def test_a_look_that_is_killed_changes_nothing(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(store)
    refresh_signals(store, now=NOW, settings=SETTINGS)
    before = {name: table(store, name) for name in ("signals", "alarms")}

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Alarms, "rows", killed)
    with pytest.raises(KeyboardInterrupt):
        refresh_signals(store, now=NOW + timedelta(hours=20), settings=SETTINGS)
    for name, rows in before.items():
        pd.testing.assert_frame_equal(table(store, name), rows)


def test_a_signal_just_after_a_release_in_the_store_says_so(store: Store) -> None:
    fill(store)
    refresh_signals(store, now=NOW, settings=SETTINGS)
    assert table(store, "signals")["release"].isna().all()
    with store.changing() as connection:
        add_release(connection, "2.14", NOW - timedelta(days=2), "Ada", NOW)
    refresh_signals(store, now=NOW, settings=SETTINGS)
    signals = table(store, "signals")
    burst = signals[(signals["theme"] == "fault.upload") & (signals["level"] == "alert")].iloc[0]
    assert burst["release"] == "2.14"
    assert ", just after release 2.14 on " in burst["sentence"]
