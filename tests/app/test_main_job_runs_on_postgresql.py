"""The commands of a day's work give on PostgreSQL what they give on SQLite, to the letter."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import sqlalchemy as sa

from feedback.schema import meta
from feedback.store import Store
from fixtures.make_fixtures import make_fixtures
from tests.postgres import TEMPLATE, PostgresServer

FEEDBACK = Path(sys.executable).with_name("feedback")
ROOT = Path(__file__).parents[2]
END = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
"""Old news: facts are then as of the newest comment, and not of two moments for two stores."""
SCALE = 0.15
FILES = ("exit_survey.csv", "page_feedback.csv", "bad_rows.csv")
KEY = "6b" * 32
OF_A_RUN = {"run_id", "run_ids", "seconds", "at", "as_of", "store", "file", "path", "files"}
"""What two runs of the same work tell differently: names, moments, durations."""

pytestmark = pytest.mark.slow


def feedback(home: Path, url: str, *arguments: str) -> str:
    done = subprocess.run(
        [FEEDBACK, "--store", url, *arguments],
        cwd=home,
        env={"PATH": "/usr/bin:/bin", "HOME": str(home), "FEEDBACK_HOME": str(home)},
        capture_output=True,
        text=True,
        timeout=500,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def stores(
    tmp_path_factory: pytest.TempPathFactory, postgres_server: PostgresServer
) -> Iterator[dict[str, tuple[Path, str]]]:
    """Two stores after the same files were taken in and run, each with its home."""
    files = tmp_path_factory.mktemp("files")
    make_fixtures(files, weeks=12, end=END, seed=1, scale=SCALE)
    homes = {name: tmp_path_factory.mktemp(name) for name in ("sqlite", "postgresql")}
    with postgres_server.database(template=TEMPLATE) as postgresql:
        urls = {"sqlite": f"sqlite:///{homes['sqlite'] / 'a.db'}", "postgresql": postgresql}
        for name, url in urls.items():
            with Store.open(url) as store, store.changing() as connection:
                # Ids are made with it: the same comment is to have the same one in both stores.
                mine = sa.update(meta).where(meta.c.name == "id_key").values(value=KEY)
                connection.execute(mine)
            feedback(homes[name], url, "ingest", *(str(files / one) for one in FILES))
            feedback(homes[name], url, "run")
        yield {name: (homes[name], urls[name]) for name in urls}


def plain(told: Any) -> Any:
    """What was told, without what no two runs share."""
    if isinstance(told, dict):
        return {key: plain(value) for key, value in told.items() if key not in OF_A_RUN}
    return [plain(one) for one in told] if isinstance(told, list) else told


COMMANDS = [
    "issues list --json",
    "topics list --json",
    "quality --json",
    "safeguarding list --reader ann --json",
    "agreement-with-scores --json",
    "ticket --service divorce",
    "redact-audit --json",
]


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_tells_the_same(stores: dict[str, tuple[Path, str]], command: str) -> None:
    told = []
    for home, url in stores.values():
        out = feedback(home, url, *command.split())
        told.append(plain(json.loads(out)) if "--json" in command else out)
    assert told[0]
    assert told[1] == told[0]


def test_the_coded_data_are_the_same(stores: dict[str, tuple[Path, str]]) -> None:
    frames = []
    for home, url in stores.values():
        feedback(home, url, "export", "--out", str(home / "coded.parquet"))
        frames.append(pd.read_parquet(home / "coded.parquet"))
    assert len(frames[0]) > 200
    pd.testing.assert_frame_equal(frames[0], frames[1])


def test_the_same_file_again_adds_nothing_and_doctor_is_content(
    stores: dict[str, tuple[Path, str]], tmp_path: Path
) -> None:
    make_fixtures(tmp_path, weeks=12, end=END, seed=1, scale=SCALE)
    home, url = stores["postgresql"]
    out = feedback(home, url, "ingest", *(str(tmp_path / one) for one in FILES), "--json")
    summaries = json.loads(out)
    assert "n_new" in out
    assert [one["n_new"] for one in summaries["files"]] == [0, 0, 0]
    told = {
        one["name"]: one for one in json.loads(feedback(home, url, "doctor", "--json"))["checks"]
    }
    assert told["store"]["is_ok"]
    assert "enriched" in told["comments"]["found"]
