"""An export holds what the store holds, says where it came from, and is safe in a spreadsheet."""

import csv
import json
from datetime import UTC, datetime, timedelta

import numpy as np
import openpyxl
import pandas as pd
import pyarrow.parquet as pq
import pytest

from feedback import schema
from feedback.errors import SettingsError
from feedback.export import ExportFilters, count_comments, export_comments, neutralise, rows
from feedback.runs import new_run
from feedback.schema import Classification, CodeDecision, Decision, Origin, Sentiment
from feedback.settings import Settings
from feedback.store import Enriched, Store

DAY = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
TEXTS = [
    '=HYPERLINK("http://example.org","win")',
    "+44 is where I live, it will not take the code",
    "- the page is slow",
    "@everyone nothing works",
    "\tTabbed and broken",
    "Diolch, roedd yn hawdd",
    'Line one\nline two, with "quotes" and a comma',
    "Plain words",
]
CODEBOOK = [
    {"code": "praise", "label": "Praise", "definition": "Easy, quick"},
    {"code": "fault.performance", "label": "Slow", "definition": "=slow"},
]
ABOUT = {"run id": "r1", "exported at (UTC)": "2026-03-03T00:00:00+00:00", "codebook": "d 1"}


@pytest.fixture
def store(tmp_path):
    comments = pd.DataFrame(
        {
            "comment_id": [f"{n:032x}" for n in range(len(TEXTS))],
            "response_id": [f"{n + 100:032x}" for n in range(len(TEXTS))],
            "source": "test",
            "service": ["divorce"] * 6 + ["probate"] * 2,
            "page": ["/divorce/payment"] * 6 + [None] * 2,
            "question": None,
            "submitted_at": pd.to_datetime([DAY + timedelta(days=n) for n in range(len(TEXTS))]),
            "received_at": pd.to_datetime([DAY] * len(TEXTS)),
            "text": TEXTS,
            "is_empty": False,
            "language": ["en"] * 5 + ["cy"] + ["en"] * 2,
            "n_characters": [len(t) for t in TEXTS],
            "text_hash": [f"{n:032x}" for n in range(len(TEXTS))],
            "duplicate_of": None,
            "extra": [{"=channel": "web"}] + [None] * (len(TEXTS) - 1),
        }
    )
    for name in ("submitted_at", "received_at"):
        comments[name] = comments[name].astype("datetime64[us, UTC]")
    responses = comments[["response_id", "service", "submitted_at"]].assign(
        satisfaction=[1, 2, None, 4, 5, 5, 1, 3],
        effort=None,
        help_needed=[True, False, None, None, None, None, None, True],
        completed=None,
        device="iPhone",
        browser=None,
        region=None,
    )
    spans = pd.DataFrame(columns=["comment_id", "entity", "start", "end", "recogniser", "score"])
    with Store.open(f"sqlite:///{tmp_path / 'store.db'}") as opened:
        run = new_run("ingest", Settings(home=tmp_path), now=DAY)
        opened.append(run, comments, responses, spans, np.zeros((len(TEXTS), 0), np.int64), [])
        _code(opened)
        yield opened


def _code(store):
    held = store.claim("w", 100)
    slow = CodeDecision("fault.performance", 0.9, Decision.ASSIGNED, Origin.MODEL)
    maybe = CodeDecision("praise", 0.4, Decision.REVIEW, Origin.MODEL)
    coded = Classification((slow, maybe), Sentiment.NEGATIVE, {"browser": "Safari"})
    store.complete("w", [Enriched(i, coded, "m1") for i in held["comment_id"]])
    store.correct(f"{5:032x}", ["praise"], "Mair")


def _export(store, path, file_format, **filters):
    return export_comments(
        store,
        path,
        file_format=file_format,
        filters=ExportFilters(**filters),
        about=ABOUT,
        codebook=CODEBOOK,
    )


def _read(path, file_format):
    if file_format == "csv":
        with path.open(encoding="utf-8-sig", newline="") as stream:
            return list(csv.DictReader(stream))
    if file_format == "parquet":
        return pq.read_table(path).to_pylist()
    sheet = openpyxl.load_workbook(path)["Comments"]
    heading, *body = sheet.iter_rows(values_only=True)
    return [dict(zip(heading, row, strict=True)) for row in body]


@pytest.mark.parametrize("file_format", ["csv", "xlsx", "parquet"])
def test_every_comment_arrives_once_with_its_text_and_codes(store, tmp_path, file_format):
    path = tmp_path / f"out.{file_format}"
    summary = _export(store, path, file_format)
    read = _read(path, file_format)
    assert summary.n_comments == len(read) == len(TEXTS)
    assert [row["text"] for row in read] == [neutralise(text) for text in TEXTS]
    by_id = {row["comment_id"]: row for row in read}
    assert by_id[f"{0:032x}"]["codes"] == "fault.performance"
    assert by_id[f"{0:032x}"]["codes_for_review"] == "praise"
    assert by_id[f"{0:032x}"]["facets"] == '{"browser": "Safari"}'
    assert by_id[f"{5:032x}"]["codes"] == "praise", "a person's coding wins"
    assert by_id[f"{5:032x}"]["coded_by"] == "person"


@pytest.mark.parametrize("file_format", ["csv", "xlsx", "parquet"])
def test_no_cell_can_run_as_a_formula(store, tmp_path, file_format):
    path = tmp_path / f"out.{file_format}"
    summary = _export(store, path, file_format)
    cells = [v for row in _read(path, file_format) for v in row.values() if isinstance(v, str)]
    for beside in summary.files[1:]:
        with beside.open(encoding="utf-8-sig", newline="") as stream:
            cells += [cell for row in csv.reader(stream) for cell in row]
    assert [cell for cell in cells if cell[:1] in {"=", "+", "-", "@", "\t", "\r"}] == []
    if file_format == "xlsx":
        sheets = openpyxl.load_workbook(path)
        cells = [cell for sheet in sheets for row in sheet.iter_rows() for cell in row]
        assert [cell.coordinate for cell in cells if cell.data_type == "f"] == []


@pytest.mark.parametrize("text", ["=1", " =1", "\n=1", "+1", "-1", "@x", "\tx", "\rx", "＝1"])
def test_a_formula_is_neutralised(text):
    assert neutralise(text) == f"'{text}"


@pytest.mark.parametrize("text", ["", "a=1", "1-2", "'=1", "me@example.org", "£5 + fees"])
def test_ordinary_text_stays(text):
    assert neutralise(text) == text


def test_a_filter_lets_only_its_comments_through(store, tmp_path):
    def ids(**filters):
        _export(store, tmp_path / "out.csv", "csv", **filters)
        return [int(row["comment_id"], 16) for row in _read(tmp_path / "out.csv", "csv")]

    assert ids(service="probate") == [6, 7]
    assert ids(language="cy") == [5]
    assert ids(start=DAY + timedelta(days=2), end=DAY + timedelta(days=4)) == [2, 3]
    assert ids(code="praise") == [5]
    assert ids(code="fault.performance") == [0, 1, 2, 3, 4, 6, 7]
    assert count_comments(store, ExportFilters(service="probate")) == 2


def test_pages_join_without_loss_or_repeat(store, tmp_path, monkeypatch):
    monkeypatch.setattr(rows, "PAGE_ROWS", 3)
    _export(store, tmp_path / "out.csv", "csv")
    ids = [row["comment_id"] for row in _read(tmp_path / "out.csv", "csv")]
    assert ids == [f"{n:032x}" for n in range(len(TEXTS))]


def test_the_export_says_where_it_came_from(store, tmp_path):
    _export(store, tmp_path / "out.xlsx", "xlsx")
    book = openpyxl.load_workbook(tmp_path / "out.xlsx")
    about = {row[0]: row[1] for row in book["About"].iter_rows(values_only=True)}
    assert about.items() >= ABOUT.items()
    assert about["column text"] == rows.EXPORT_COLUMNS["text"]
    assert [row[0] for row in book["Codebook"].iter_rows(values_only=True)][1:] == [
        "praise",
        "fault.performance",
    ]
    _export(store, tmp_path / "out.parquet", "parquet")
    kept = pq.read_schema(tmp_path / "out.parquet").metadata[b"about"]
    assert json.loads(kept) == ABOUT


def test_an_export_that_breaks_leaves_the_earlier_file(store, tmp_path, monkeypatch):
    path = tmp_path / "out.csv"
    path.write_text("earlier")

    def broken(*_, **_named):
        raise OSError("disk full")
        yield

    monkeypatch.setattr("feedback.export.tables.iter_comments", broken)
    with pytest.raises(OSError, match="disk full"):
        _export(store, path, "csv")
    assert path.read_text() == "earlier"
    assert sorted(p.name for p in tmp_path.glob("*out*")) == ["out.csv"]


def test_an_unknown_format_is_one_clear_line(store, tmp_path):
    with pytest.raises(SettingsError, match="Choose csv, xlsx, parquet"):
        _export(store, tmp_path / "out.doc", "doc")


def test_columns_are_described_and_in_the_data_model():
    known = {column.name for table in schema.metadata.tables.values() for column in table.columns}
    ours = {"codes", "codes_for_review", "coded_by", "topic", "issue"}
    assert set(rows.EXPORT_COLUMNS) <= known | ours
    assert all(rows.EXPORT_COLUMNS.values())
