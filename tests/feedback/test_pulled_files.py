"""Files in buckets and elsewhere: each state of each is taken once; faults are one clear line."""

from __future__ import annotations

import io
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import fsspec
import pandas as pd
import pytest
import sqlalchemy as sa

from feedback import pull_files, schema
from feedback.errors import PullError
from feedback.pull_locations import checked_files_location
from feedback.schema import PullKind, PullOutcome
from feedback.store import Store
from tests.feedback.pipeline_parts import rows_of
from tests.feedback.pull_parts import add, source, texts, turn

BUCKET = "feedback-in"
SECRET = "s3cr3t-of-nobody-4471"


def export(numbers: range, words: str = "the page is slow") -> bytes:
    rows = "".join(f"R{n},{words} {n},03/04/2026\n" for n in numbers)
    return f"id,comment,date\n{rows}".encode()


@pytest.fixture
def s3(s3_server: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """A bucket of the test's own, and the environment that leads to it."""
    for name, value in {
        "AWS_ENDPOINT_URL": s3_server,
        "AWS_ACCESS_KEY_ID": "reader",
        "AWS_SECRET_ACCESS_KEY": SECRET,
        "AWS_DEFAULT_REGION": "eu-west-2",
    }.items():
        monkeypatch.setenv(name, value)
    fsspec.get_filesystem_class("s3").clear_instance_cache()
    _moto(s3_server, "reset")
    client = boto3.client("s3")
    client.create_bucket(
        Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": "eu-west-2"}
    )
    yield client
    _moto(s3_server, "reset")
    fsspec.get_filesystem_class("s3").clear_instance_cache()


def _moto(s3_server: str, what: str, body: bytes = b"") -> None:
    headers = {"Content-Type": "text/plain"}
    asked = urllib.request.Request(f"{s3_server}/moto-api/{what}", data=body, headers=headers)
    urllib.request.urlopen(asked, timeout=30).close()


@pytest.fixture
def store(store_url: str) -> Iterator[Store]:
    with Store.open(store_url) as opened:
        yield opened


@pytest.fixture
def one_store(tmp_path: Path) -> Iterator[Store]:
    with Store.open(f"sqlite:///{tmp_path / 'feedback.db'}") as opened:
        yield opened


def put(client: Any, key: str, body: bytes) -> None:
    client.put_object(Bucket=BUCKET, Key=key, Body=body)


def test_files_of_a_bucket_are_taken_once(s3: Any, store: Store) -> None:
    add(store, "bucket", PullKind.FILES, f"s3://{BUCKET}/in/*.csv")
    put(s3, "in/a.csv", export(range(7)))
    put(s3, "in/b.csv", export(range(7, 9)))
    put(s3, "in/notes.md", b"# not asked for")
    put(s3, "elsewhere/c.csv", export(range(20, 22)))
    found = turn(store, "bucket")
    assert (found.outcome, found.problem) == (PullOutcome.DONE, None)
    assert (found.tally.n_files, found.tally.n_new) == (2, 9)
    again = turn(store, "bucket")
    assert (again.tally.n_files, again.tally.n_rows) == (0, 0), "not even read"
    put(s3, "in/new.csv", export(range(9, 11)))
    assert turn(store, "bucket").tally.n_files == 1
    assert texts(store) == sorted(f"the page is slow {n}" for n in range(11))
    assert source(store, "bucket").n_comments == 11
    names = rows_of(store, schema.pulled_files)["name"]
    assert sorted(names) == ["a.csv", "b.csv", "new.csv"]


def test_a_file_that_changed_is_taken_again_and_nothing_doubles(s3: Any, store: Store) -> None:
    add(store, "bucket", PullKind.FILES, f"s3://{BUCKET}/in/export.csv")
    put(s3, "in/export.csv", export(range(6)))
    turn(store, "bucket")
    put(s3, "in/export.csv", export(range(8)))
    found = turn(store, "bucket")
    assert (found.tally.n_new, found.tally.n_known) == (2, 6)
    assert len(texts(store)) == 8
    assert source(store, "bucket").n_comments == 8


def test_a_bad_file_is_remembered_with_its_reason(s3: Any, store: Store) -> None:
    add(store, "bucket", PullKind.FILES, f"s3://{BUCKET}/in/*")
    put(s3, "in/a.csv", b"colour,size\nunspeakable-991,2\n")
    put(s3, "in/b.xlsx", b"no workbook at all, unspeakable-991")
    put(s3, "in/c.csv", export(range(3)))
    found = turn(store, "bucket")
    assert found.outcome is PullOutcome.PARTLY
    assert sorted(found.tally.failures) == ["a.csv", "b.xlsx"]
    assert len(texts(store)) == 3
    assert turn(store, "bucket").outcome is PullOutcome.DONE, "told once, and not read again"
    told = rows_of(store, schema.pulled_files).set_index("name")["problem"]
    assert told["a.csv"].startswith("a.csv has no 'comment' column")
    assert told["b.xlsx"].startswith("b.xlsx is not an Excel workbook, as its name says")
    assert "991" not in told.str.cat(na_rep="")
    put(s3, "in/a.csv", export(range(3, 5)))
    assert turn(store, "bucket").tally.n_new == 2


def test_every_kind_of_file_is_read_from_a_bucket(s3: Any, one_store: Store) -> None:
    frame = pd.DataFrame(
        {"id": ["A", "B"], "comment": ["slow again", "broken"], "date": "1/4/2026"}
    )
    for name, write in (
        ("a.parquet", frame.to_parquet),
        ("b.xlsx", lambda file: frame.assign(id=["C", "D"]).to_excel(file, index=False)),
    ):
        body = io.BytesIO()
        write(body)
        put(s3, f"in/{name}", body.getvalue())
    put(s3, "in/c.jsonl", b'{"id": "E", "comment": "lost", "date": "2026-04-01"}\n')
    add(one_store, "bucket", PullKind.FILES, f"s3://{BUCKET}/in/")
    found = turn(one_store, "bucket")
    assert (found.problem, found.tally.n_files, found.tally.n_new) == (None, 3, 5)


@pytest.mark.parametrize(
    ("location", "says"),
    [
        ("s3://no-such-bucket/in/*.csv", "is not there: look at the address"),
        ("s3://no-such-bucket/in/a.csv", "is not there: look at the address"),
        (f"s3://{BUCKET}/in/gone.csv", "is not there: look at the address"),
    ],
)
def test_a_place_that_is_not_there_is_one_line(
    s3: Any, one_store: Store, location: str, says: str
) -> None:
    add(one_store, "bucket", PullKind.FILES, location)
    found = turn(one_store, "bucket")
    assert found.outcome is PullOutcome.FAILED
    assert found.problem == f"{location} {says}."


def test_denied_access_is_one_line_and_passes(s3: Any, s3_server: str, one_store: Store) -> None:
    put(s3, "in/a.csv", export(range(3)))
    add(one_store, "bucket", PullKind.FILES, f"s3://{BUCKET}/in/*.csv")
    _moto(s3_server, "reset-auth", b"0")  # from now on keys are looked at, and nobody knows ours
    try:
        found = turn(one_store, "bucket")
    finally:
        _moto(s3_server, "reset-auth", b"inf")
    assert found.outcome is PullOutcome.FAILED
    assert "denies access: look at the keys" in found.problem
    assert SECRET not in found.problem
    assert turn(one_store, "bucket").tally.n_new == 3, "at the next turn it is tried again"


def test_a_server_that_is_away_is_one_line(one_store: Store, monkeypatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "reader")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET)
    fsspec.get_filesystem_class("s3").clear_instance_cache()
    add(one_store, "bucket", PullKind.FILES, f"s3://{BUCKET}/in/*.csv")
    found = turn(one_store, "bucket")
    fsspec.get_filesystem_class("s3").clear_instance_cache()
    assert found.outcome is PullOutcome.FAILED
    assert found.problem == (
        f"s3://{BUCKET}/in/*.csv cannot be reached. Look at the network and the address."
    )


def test_a_transfer_that_breaks_off_is_no_bad_file(s3: Any, one_store: Store, monkeypatch) -> None:
    put(s3, "in/a.csv", export(range(12)))
    add(one_store, "bucket", PullKind.FILES, f"s3://{BUCKET}/in/*.csv")

    def breaks_off(stream: Any, copy: Any, _size: int) -> None:
        copy.write(stream.read(90))
        raise ConnectionResetError("unspeakable-991")

    with monkeypatch.context() as broken:
        broken.setattr(pull_files.shutil, "copyfileobj", breaks_off)
        found = turn(one_store, "bucket")
    assert found.outcome is PullOutcome.FAILED
    assert "cannot be reached" in found.problem
    assert texts(one_store) == [], "half a file is no file"
    assert rows_of(one_store, schema.pulled_files).empty
    assert turn(one_store, "bucket").tally.n_new == 12


def test_raw_feedback_has_no_name_on_the_disk(
    s3: Any, one_store: Store, monkeypatch, tmp_path: Path
) -> None:
    (tmp_path / "tmp").mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "tmp"))
    put(s3, "in/a.csv", export(range(12), "raw words of somebody"))
    add(one_store, "bucket", PullKind.FILES, f"s3://{BUCKET}/in/*.csv")
    seen: list[Path] = []

    def look(_n: int) -> None:
        seen.extend(p for p in (tmp_path / "tmp").rglob("*") if p.is_file() and not p.is_symlink())

    assert turn(one_store, "bucket", progress=look).tally.n_new == 12
    assert seen == [], "while it is read there is a link into this process, and no file"
    assert list((tmp_path / "tmp").iterdir()) == []


def test_other_places_of_fsspec_are_asked_alike(store: Store, tmp_path: Path) -> None:
    memory = fsspec.filesystem("memory")
    memory.pipe("/pulled/a.csv", export(range(3)))
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "b.csv").write_bytes(export(range(3, 5)))
    add(store, "memory", PullKind.FILES, "memory://pulled/*.csv")
    add(store, "local", PullKind.FILES, f"file://{tmp_path}/in/*.csv")
    try:
        assert turn(store, "memory").tally.n_new == 3
        assert turn(store, "local").tally.n_new == 2
        memory.pipe("/pulled/a.csv", export(range(10, 12)))
        assert turn(store, "memory").tally.n_new == 2
        assert turn(store, "local").tally.n_files == 0
    finally:
        memory.rm("/pulled", recursive=True)


def test_a_local_file_that_grows_waits_as_in_a_folder(one_store: Store, tmp_path: Path) -> None:
    path = tmp_path / "in.csv"
    path.write_bytes(export(range(3)))
    add(one_store, "local", PullKind.FILES, str(path))

    def grow(_seconds: float) -> None:
        path.write_bytes(export(range(5)))

    assert turn(one_store, "local", wait=grow).tally.n_files == 0
    assert turn(one_store, "local").tally.n_new == 5


@pytest.mark.parametrize(
    "location",
    [
        f"ftp://reader:{SECRET}@files.example.gov.uk/in/*.csv",
        f"https://files.example.gov.uk/in.csv?X-Amz-Signature={SECRET}",
        f"https://files.example.gov.uk/in.csv?token={SECRET}",
        f"simplecache::s3://reader:{SECRET}@bucket/in.csv",
        f"s3://bucket/{SECRET}\x07.csv",
    ],
)
def test_an_address_with_a_secret_is_refused_and_not_repeated(location: str) -> None:
    with pytest.raises(PullError) as refused:
        checked_files_location(location)
    assert SECRET not in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_reference_to_a_secret_is_kept_as_such(one_store: Store, monkeypatch) -> None:
    location = checked_files_location("ftp://reader:${FTP_PASSWORD}@127.0.0.1:9/in/*.csv")
    add(one_store, "ftp", PullKind.FILES, location)
    monkeypatch.delenv("FTP_PASSWORD", raising=False)
    found = turn(one_store, "ftp")
    assert found.problem == (
        "The variable FTP_PASSWORD, to which the address refers, is not set where this runs."
    )
    monkeypatch.setenv("FTP_PASSWORD", f"{SECRET}@:/")
    found = turn(one_store, "ftp")
    assert "cannot be reached" in found.problem
    kept = one_store.read(sa.select(schema.pull_sources)).to_csv()
    assert SECRET not in found.problem + kept
