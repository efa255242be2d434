"""A backfill reads from and writes to object stores, through any fsspec URL."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from feedback import schema
from feedback.backfill_places import RemoteFolder, folder_at
from feedback.errors import SettingsError
from feedback.history import find_history
from feedback.store import Store
from tests.feedback.load_parts import held, load
from tests.feedback.machine_backfill import KEY, backfill_by_machines, backfill_here
from tests.feedback.pipeline_parts import row, rows_of, write_csv

BUCKET = "history"
TEXTS = ["the upload of evidence ends in an error", "easy and quick", "slow", "n/a"]


@pytest.fixture
def s3(s3_server: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Any]:
    """Its file system, reached as people reach theirs: by the environment."""
    import s3fs

    for name, value in (
        ("AWS_ENDPOINT_URL", s3_server),
        ("AWS_ACCESS_KEY_ID", "key-of-a-test"),
        ("AWS_SECRET_ACCESS_KEY", "secret-of-a-test"),
        ("AWS_DEFAULT_REGION", "us-east-1"),
        ("AWS_EC2_METADATA_DISABLED", "true"),
        ("HOME", str(tmp_path)),
    ):
        monkeypatch.setenv(name, value)
    s3fs.S3FileSystem.clear_instance_cache()
    fs = s3fs.S3FileSystem()
    if fs.exists(BUCKET):
        fs.rm(BUCKET, recursive=True)
    fs.mkdir(BUCKET)
    yield fs
    s3fs.S3FileSystem.clear_instance_cache()


@pytest.fixture
def history(tmp_path: Path) -> Path:
    """Each kind of file that is read, and some that are not."""
    folder = tmp_path / "in"
    (folder / "b").mkdir(parents=True)
    rows = [row(n, f"{TEXTS[n % 4]} {n // 4 or ''}".strip()) for n in range(24)]
    write_csv(folder / "a.csv", rows[:8])
    with (folder / "b" / "lines.jsonl").open("w") as stream:
        stream.writelines(json.dumps({**one, "shoe size": "7"}) + "\n" for one in rows[6:14])
    pq.write_table(pa.Table.from_pylist(rows[12:20]), folder / "c.parquet")
    book = openpyxl.Workbook()
    for line in [list(rows[0]), *(list(one.values()) for one in rows[18:])]:
        book.active.append(line)
    book.save(folder / "d.xlsx")
    (folder / "_old.csv").write_text("passed over")
    (folder / "notes.pdf").write_text("no table")
    return folder


def put(s3: Any, folder: Path, prefix: str) -> str:
    for path in folder.rglob("*"):
        if path.is_file():
            s3.put_file(str(path), f"{BUCKET}/{prefix}/{path.relative_to(folder).as_posix()}")
    return f"s3://{BUCKET}/{prefix}"


def parts_of(out: str) -> dict[str, list[dict[str, Any]]]:
    folder = folder_at(out)
    names = [name for name in folder.names() if name.startswith("part-")]
    return {name: pq.read_table(folder.open(name)).to_pylist() for name in names}


def test_parts_are_the_same_from_and_to_an_object_store(
    s3: Any, history: Path, tmp_path: Path
) -> None:
    url = put(s3, history, "in")
    files = find_history([url], out=f"s3://{BUCKET}/out")
    assert [file.path.name for file in files] == ["a.csv", "lines.jsonl", "c.parquet", "d.xlsx"]
    one = backfill_here(history, tmp_path / "one")
    many = backfill_here(url, f"s3://{BUCKET}/out")
    assert (one.n_comments, one.n_repeated) == (24, 6) == (many.n_comments, many.n_repeated)
    expected = parts_of(str(tmp_path / "one"))
    assert len(expected) >= 8
    assert parts_of(f"s3://{BUCKET}/out") == expected
    assert s3.exists(f"{BUCKET}/out/_SUCCESS")
    assert s3.exists(f"{BUCKET}/out/rejects.csv")


def test_results_in_the_same_place_are_no_input(s3: Any, history: Path) -> None:
    url = put(s3, history, "in")
    backfill_here(url, f"{url}/coded")
    assert len(find_history([url], out=f"{url}/coded")) == 4


def test_broken_off_it_is_finished_in_the_object_store(s3: Any, history: Path) -> None:
    url, out = put(s3, history, "in"), f"s3://{BUCKET}/out"
    first = backfill_here(url, out)
    before = parts_of(out)
    for name in ("part-00003.parquet", "_SUCCESS"):
        s3.rm_file(f"{BUCKET}/out/{name}")
    again = backfill_here(url, out)
    assert again.n_finished_before == first.n_parts - 1
    assert parts_of(out) == before


def test_an_object_that_changed_is_refused(s3: Any, history: Path) -> None:
    url, out = put(s3, history, "in"), f"s3://{BUCKET}/out"
    backfill_here(url, out)
    write_csv(history / "a.csv", [row(1, "another text, of another time")])
    put(s3, history, "in")
    with pytest.raises(SettingsError, match=r"a\.csv has changed since the backfill in s3://"):
        backfill_here(url, out)


def test_workers_read_and_write_there_themselves(s3: Any, history: Path, tmp_path: Path) -> None:
    url = put(s3, history, "in")
    backfill_here(history, tmp_path / "one")
    backfill_by_machines(url, f"s3://{BUCKET}/out")
    assert parts_of(f"s3://{BUCKET}/out") == parts_of(str(tmp_path / "one"))


def test_parts_are_loaded_from_there(s3: Any, history: Path, tmp_path: Path) -> None:
    url, out = put(s3, history, "in"), f"s3://{BUCKET}/out"
    with Store.open(f"sqlite:///{tmp_path / 'store.db'}") as store:
        with store.changing() as connection:
            meta = schema.meta
            connection.execute(meta.update().where(meta.c.name == "id_key").values(value=KEY.hex()))
        backfill_here(url, out)
        assert load(store, out).n_new == 24
        assert len(rows_of(store, schema.comments)) == 24
        assert len(held(store)["standing_codes"]) >= 24


def test_the_first_manifest_stays(s3: Any) -> None:
    folder = folder_at(f"s3://{BUCKET}/out")
    folder.put_new("_manifest.json", b"first")
    folder.put_new("_manifest.json", b"second")
    with folder.open("_manifest.json") as file:
        assert file.read() == b"first"


def test_places_that_cannot_be_used_are_told_in_one_line(
    s3: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with pytest.raises(SettingsError, match="neither a file nor a folder with files"):
        find_history([f"s3://{BUCKET}/nothing"], out=tmp_path)
    with pytest.raises(SettingsError, match="neither a file nor"):
        find_history(["s3://no-such-bucket/a"], out=tmp_path)
    with pytest.raises(SettingsError, match="not put in one step"):
        RemoteFolder("ftp://somewhere/out")
    with pytest.raises(SettingsError, match="cannot be used"):
        find_history(["nosuch://somewhere/a.csv"], out=tmp_path)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret-of-a-test")
    with pytest.raises(SettingsError) as told:
        folder_at("s3://no-such-bucket/out").put("a", b"")
    assert "secret-of-a-test" not in str(told.value)
