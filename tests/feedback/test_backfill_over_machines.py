"""A backfill by many processes gives the parts of one, byte for byte, whoever dies meanwhile."""

from __future__ import annotations

import os
import pickle
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from feedback.backfill_cluster import Crew
from feedback.backfill_errands import n_loads
from feedback.errors import ClusterError, ModelError, SettingsError
from tests.feedback import machine_backfill
from tests.feedback.machine_backfill import backfill_by_machines, backfill_here
from tests.feedback.pipeline_parts import row, write_csv

ROOT = Path(__file__).parents[2]
LONG = "the payment page said something went wrong when I pressed continue"
SECRET = "SECRETxyz"


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """A scheduler with two worker processes, as somebody else has set it up."""
    import distributed

    folder = tmp_path_factory.mktemp("dask")
    with distributed.LocalCluster(
        n_workers=2,
        threads_per_worker=1,
        processes=True,
        dashboard_address="127.0.0.1:0",
        local_directory=str(folder),
        memory_limit=0,
    ) as found:
        found.folder = folder
        yield found


@pytest.fixture
def history(tmp_path: Path) -> Path:
    """Three files and kinds: repeats within and across, rows that say the same, rows that break."""
    folder = tmp_path / "history"
    folder.mkdir()
    first = [
        row(1, f"Upload is slow, write to ann{SECRET}@example.org", browser="Firefox 128"),
        row(2, "n/a"),
        row(3, LONG),
        row(4, "slow", date="never"),
        row(5, "Mae'r dudalen yn araf ar fy phone"),
        row(6, f"please break the redactor, {SECRET}"),
        row(7, "an error", satisfaction="2"),
        row(8, "", satisfaction="4"),
        row(7, "again the same reference"),
        *[row(n, f"an error number {n} in the upload of evidence") for n in range(20, 30)],
    ]
    second = [
        *first[4:6],
        row(6, "now the text that broke is mended"),
        row(10, LONG.upper() + "!"),
        row(11, "Easy!"),
        row(12, "easy", comment_2="said twice"),
        *[{**row(0, "nobody answers the telephone"), "id": ""} for _ in range(7)],
    ]
    write_csv(folder / "2023.csv", first)
    write_csv(folder / "2024.csv", second)
    rows = [row(n, f"an error number {n} in the upload of evidence") for n in range(25, 40)]
    pq.write_table(pa.Table.from_pylist(rows), folder / "2025.parquet", row_group_size=5)
    return folder


def files_of(out: Path) -> dict[str, bytes]:
    """Return what a backfill wrote, but for the summary, which tells seconds."""
    return {p.name: p.read_bytes() for p in out.iterdir() if p.is_file() and p.name != "_SUCCESS"}


def by(cluster: Any, history: Path, out: Path, **given: Any) -> Any:
    return backfill_by_machines(history, out, scheduler=cluster.scheduler_address, **given)


@pytest.mark.parametrize("chunk_rows", [4, 5_000])
def test_the_parts_are_those_of_one_process(
    cluster: Any, tmp_path: Path, history: Path, chunk_rows: int
) -> None:
    one = backfill_here(history, tmp_path / "one", chunk_rows=chunk_rows)
    told: list[int] = []
    many = by(cluster, history, tmp_path / "many", chunk_rows=chunk_rows, progress=told.append)
    assert files_of(tmp_path / "many") == files_of(tmp_path / "one")
    assert many.seconds.pop("wait") >= 0
    one.seconds, many.seconds = {}, {}
    assert many == one
    assert one.n_repeated >= 5
    assert one.n_duplicates >= 8
    assert one.n_rejected >= 3
    assert sum(told) == one.n_rows


def test_pseudonyms_go_on_counting_from_chunk_to_chunk(cluster: Any, tmp_path: Path) -> None:
    folder = tmp_path / "history"
    folder.mkdir()
    texts = [
        "Mrs Sarah Okafor told me to wait",
        "Mr Tariq Aziz was kind to me",
        "I asked Mr Aziz and then Sarah again",
        "Ms Gwen Prys rang me and Mr Aziz",
    ]
    for name in ("1.csv", "2.csv"):
        rows = [row(n % 2, text, question=f"{name} {n}") for n, text in enumerate(texts)]
        write_csv(folder / name, rows)
    given = {"chunk_rows": 1, "pseudonyms": True}
    backfill_here(folder, tmp_path / "one", **given)
    by(cluster, folder, tmp_path / "many", **given)
    assert files_of(tmp_path / "many") == files_of(tmp_path / "one")
    parts = (tmp_path / "many").glob("part-*")
    assert any("[PERSON_2]" in text for p in parts for text in pq.read_table(p)["text"].to_pylist())
    (tmp_path / "many" / "part-00002.parquet").unlink()  # as if broken off there
    by(cluster, folder, tmp_path / "many", **given)
    assert files_of(tmp_path / "many") == files_of(tmp_path / "one")


def test_models_are_loaded_once_in_each_process(
    cluster: Any, tmp_path: Path, history: Path
) -> None:
    crews: list[Crew] = []
    loads: list[dict[str, int]] = []

    def look(n_rows: int) -> None:
        loads.append(crews[0].client.run(n_loads))

    by(cluster, history, tmp_path / "0", seen=crews.append)
    crews.clear()
    by(cluster, history, tmp_path / "1", chunk_rows=3, seen=crews.append, progress=look)
    assert len(loads[-1]) == 2
    for worker, n in loads[-1].items():
        assert n - loads[0][worker] in (0, 1)  # not once a chunk: there were about 15
    assert sum(loads[-1].values()) >= 3


def test_two_workers_that_die_change_nothing(cluster: Any, tmp_path: Path, history: Path) -> None:
    backfill_here(history, tmp_path / "one", chunk_rows=2)
    crews: list[Crew] = []
    killed: list[int] = []

    def kill(_: int) -> None:
        n_done = len(list((tmp_path / "many").glob("part-*")))
        if n_done >= 3 * (len(killed) + 1) and len(killed) < 2:
            pids = set(crews[0].client.run(os.getpid).values()) - set(killed)
            if pids:
                killed.append(sorted(pids)[0])
                os.kill(killed[-1], signal.SIGKILL)

    by(
        cluster,
        history,
        tmp_path / "many",
        chunk_rows=2,
        seconds=0.1,
        seen=crews.append,
        progress=kill,
    )
    assert len(killed) == 2
    assert files_of(tmp_path / "many") == files_of(tmp_path / "one")


def test_killed_itself_it_goes_on_where_it_stopped(tmp_path: Path, history: Path) -> None:
    backfill_here(history, tmp_path / "one")
    out = tmp_path / "many"
    command = [sys.executable, "-m", "tests.feedback.machine_backfill", history, out, "0.3"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        lines = iter(process.stdout.readline, "")
        workers = list(map(int, next(lines).split()[1:]))
        assert len(workers) == 2
        for _ in range(3):
            assert next(lines) == "part\n"
        process.kill()
    _wait_until_gone(workers)
    n_before = len(list(out.glob("part-*.parquet")))
    before = {path: path.stat().st_mtime_ns for path in out.glob("part-*.parquet")}
    assert n_before >= 3
    assert not (out / "_SUCCESS").exists()
    summary = backfill_by_machines(history, out)
    assert summary.n_finished_before == n_before < summary.n_parts
    assert {path: path.stat().st_mtime_ns for path in before} == before
    assert files_of(out) == files_of(tmp_path / "one")


def _wait_until_gone(pids: list[int]) -> None:
    """Wait until processes have ended by themselves, as those of a dead parent must."""
    deadline = time.monotonic() + 60
    while any(Path(f"/proc/{pid}").exists() for pid in pids):
        assert time.monotonic() < deadline, "a worker outlived the backfill"
        time.sleep(0.2)


def test_no_comment_travels_or_is_written_before_it_is_redacted(
    cluster: Any,
    tmp_path: Path,
    history: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    sent, came, logs = [], [], []
    submit, result = Crew.submit, Crew.result

    def record_sent(self: Crew, function: Any, *given: Any, priority: int) -> Any:
        plain = [one for one in given if not hasattr(one, "key")]  # results stay where they are
        sent.append(pickle.dumps(plain))
        return submit(self, function, *given, priority=priority)

    def record_came(self: Crew, future: Any) -> Any:
        found = result(self, future)
        came.append(pickle.dumps(found))
        logs.append(str((self.client.get_worker_logs(), self.client.get_scheduler_logs())))
        return found

    monkeypatch.setattr(Crew, "submit", record_sent)
    monkeypatch.setattr(Crew, "result", record_came)
    summary = by(cluster, history, tmp_path / "out")
    assert summary.reasons["ValueError"] >= 1  # it quoted the text
    assert len(sent) > summary.n_parts < len(came)
    shown = capfd.readouterr()
    places = {
        "what was sent": b"".join(sent),
        "what came back": b"".join(came),
        "logs": "".join(logs).encode(),
        "streams": (shown.out + shown.err).encode(),
        "Dask's folder": _contents(cluster.folder),
        "parts": _contents(tmp_path / "out"),
    }
    assert b"upload of evidence" in places["what came back"]  # redacted texts do
    assert b"upload of evidence" not in places["what was sent"]
    assert SECRET in (history / "2023.csv").read_text()
    for place, content in places.items():
        assert SECRET.encode() not in content, place


def _contents(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())


def test_what_breaks_on_a_worker_is_told_by_its_class(
    cluster: Any, tmp_path: Path, history: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(ModelError, match=r"The model cannot be found\."):
        by(cluster, history, tmp_path / "0", loader=machine_backfill.load_broken)
    with pytest.raises(SettingsError, match="A worker has other models: classifier"):
        by(cluster, history, tmp_path / "1", loader=machine_backfill.load_other)
    assert not list(tmp_path.glob("*/part-*"))


def test_a_scheduler_that_is_not_there_is_told_in_one_line(
    tmp_path: Path, history: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("feedback.backfill_cluster.WAIT_SECONDS", 2)
    with pytest.raises(ClusterError, match=r"No workers at tcp://127\.0\.0\.1:9 "):
        backfill_by_machines(history, tmp_path / "out", scheduler="tcp://127.0.0.1:9")


def test_without_dask_it_says_how_to_install_it(
    tmp_path: Path, history: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from feedback.errors import MissingExtraError

    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(MissingExtraError, match=r"pip install 'feedback-toolkit\[scale\]'"):
        backfill_by_machines(history, tmp_path / "out")
