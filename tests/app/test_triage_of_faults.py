"""The triage page and the ticket show fault reports, what they share, and nobody's secrets."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from app import queries_triage
from app.filters import Filters
from app.queries_report import codes_of
from app.tell_triage import faults_table, in_order, narrowed, options, ticket_of
from app.ticketing import service_in, ticket_from_store
from app.tone_scores import tone_figures, tone_text
from feedback.errors import SettingsError
from feedback.schema import Classification, CodeDecision, Decision, Origin, Sentiment
from feedback.settings import Settings
from feedback.store import Enriched, Store
from tests.app.filling import EVIDENCE, NOW, WORKER, put

SCRIPT = Path(__file__).parents[2] / "app" / "streamlit_app.py"
FEEDBACK = Path(sys.executable).with_name("feedback")
FAULTS = ("fault.upload", "fault.payment", "fault.error")
SECRET = "he follows me home and the upload fails on Safari"
TODAY = NOW.date()
PERIOD = Filters(TODAY - timedelta(days=30), TODAY)

# Text, codes, facets; the newest first.
ROWS: list[tuple[str, list[str], dict[str, Any]]] = [
    ("wont take my photos on safari", ["fault.upload"], {"browser": ["Safari"]}),
    (SECRET, ["safeguarding", "fault.upload"], {"browser": ["Safari"]}),
    (
        "502 on my phone, gave up",
        ["fault.upload", "fault.error"],
        {"status_code": 502, "device": ["phone"], "impact": "blocked"},
    ),
    ("card refused in edge", ["fault.payment"], {"browser": ["Edge"], "impact": "worked around"}),
    ("lovely staff", ["praise"], {}),
    ("upload stuck", ["fault.upload"], {"impact": "blocked", "browser": ["Safari"]}),
]


def fill_faults(store: Store, review: Decision = Decision.ASSIGNED) -> list[str]:
    rows = [
        {
            "text": text,
            "service": "benefit-appeals",
            "page": EVIDENCE if "fault.upload" in codes else None,
            "submitted_at": NOW - timedelta(hours=hours),
        }
        for hours, (text, codes, _) in enumerate(ROWS, start=1)
    ]
    ids = put(store, rows)
    assert store.claim(WORKER, 100)["comment_id"].size == len(ids)
    store.complete(
        WORKER,
        [
            Enriched(
                key,
                Classification(
                    tuple(
                        CodeDecision(
                            code,
                            0.9,
                            review if code == "safeguarding" else Decision.ASSIGNED,
                            Origin.MODEL,
                        )
                        for code in codes
                    ),
                    Sentiment.NEGATIVE,
                    facets,
                ),
                "test-1",
            )
            for key, (_, codes, facets) in zip(ids, ROWS, strict=True)
        ],
    )
    return ids


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.open(f"sqlite:///{tmp_path / 'feedback.db'}") as opened:
        yield opened


@pytest.mark.parametrize("decision", [Decision.ASSIGNED, Decision.REVIEW])
def test_safeguarding_is_never_among_the_faults(store: Store, decision: Decision) -> None:
    ids = fill_faults(store, decision)
    found = queries_triage.faults(store, PERIOD, FAULTS)
    assert found.comments["comment_id"].tolist() == [ids[0], ids[2], ids[3], ids[5]]
    assert queries_triage.fault_texts(store, tuple(ids)).keys() == set(ids) - {ids[1]}
    assert "Safari (2)" in ticket_of(found.comments, replace(PERIOD, service="benefit-appeals"))


def test_the_same_words_are_no_evidence_of_their_own(store: Store) -> None:
    rows = [{"text": "it said no to me", "submitted_at": NOW - timedelta(hours=n)} for n in (1, 2)]
    ids = put(store, [*rows, {"text": "it said no", "submitted_at": NOW - timedelta(hours=3)}])
    store.claim(WORKER, 10)
    decided = (CodeDecision("fault.error", 0.9, Decision.ASSIGNED, Origin.MODEL),)
    facets = {"error_text": "You cannot do that"}
    told = Classification(decided, Sentiment.NEGATIVE, facets)
    store.complete(WORKER, [Enriched(key, told, "test-1") for key in ids])
    found = queries_triage.faults(store, PERIOD, FAULTS).comments
    assert found["repeats"].tolist() == [False, True, False]
    assert "cannot do" not in ticket_of(found, replace(PERIOD, service="divorce"))


def test_filters_narrow_and_blocked_come_first(store: Store) -> None:
    ids = fill_faults(store)
    found = queries_triage.faults(store, PERIOD, FAULTS)
    assert options(found, "browser") == ["Safari", "Edge"]
    assert options(found, "status_code") == ["502"]
    order = in_order(found.comments)["comment_id"].tolist()
    assert order == [ids[2], ids[5], ids[0], ids[3]]
    both = narrowed(found, {"browser": "Safari", "impact": "blocked", "device": None})
    assert both["comment_id"].tolist() == [ids[5]]
    payment = Filters(PERIOD.first_day, PERIOD.last_day, code="fault.payment")
    assert len(queries_triage.faults(store, payment, FAULTS).comments) == 1
    elsewhere = Filters(PERIOD.first_day, PERIOD.last_day, service="probate")
    assert queries_triage.faults(store, elsewhere, FAULTS).comments.empty
    assert queries_triage.faults(store, PERIOD, ()).comments.empty


def test_a_limit_is_kept_and_told(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    ids = fill_faults(store)
    monkeypatch.setattr(queries_triage, "MAX_FAULTS", 2)
    found = queries_triage.faults(store, PERIOD, FAULTS)
    assert found.is_capped
    newest_and_blocked = [ids[0], ids[2], ids[5]]
    assert found.comments["comment_id"].tolist() == newest_and_blocked
    assert in_order(found.comments)["comment_id"].tolist() == [ids[2], ids[5], ids[0]]
    one_service = replace(PERIOD, service="benefit-appeals", page=EVIDENCE)
    found = queries_triage.faults(store, one_service, ("fault.upload",))
    assert found.is_capped
    assert found.comments["comment_id"].tolist() == newest_and_blocked
    elsewhere = replace(PERIOD, service="benefit-appeals", page="/zoo")
    assert queries_triage.faults(store, elsewhere, FAULTS).comments.empty


def test_a_persons_coding_counts_more_than_the_machines(store: Store) -> None:
    ids = fill_faults(store)
    store.correct(ids[0], ["praise"], "ann")
    store.correct(ids[4], ["fault.payment"], "ann")
    found = queries_triage.faults(store, PERIOD, FAULTS).comments
    assert found["comment_id"].tolist() == [ids[2], ids[3], ids[4], ids[5]]
    assert codes_of(store, tuple(ids), FAULTS)[ids[4]] == ("fault.payment",)


def test_the_table_shows_facets_as_columns(store: Store) -> None:
    fill_faults(store)
    rows = in_order(queries_triage.faults(store, PERIOD, FAULTS).comments)
    ids = tuple(rows["comment_id"])
    texts, codes = queries_triage.fault_texts(store, ids), codes_of(store, ids, FAULTS)
    table = faults_table(rows, texts, codes)
    first = table.iloc[0].to_dict()
    assert first["Outcome"] == "Blocked"
    assert first["Comment"] == "502 on my phone, gave up"
    assert (first["Error"], first["Device"], first["Browser"]) == ("502", "phone", "–")
    assert first["Fault"] == "error, upload"
    assert first["Page"] == f"Upload evidence ({EVIDENCE})"


def test_the_ticket_command_writes_markdown_without_a_comment(store: Store, tmp_path: Path) -> None:
    fill_faults(store)
    told = subprocess.run(
        [FEEDBACK, "ticket", "--service", "Appeal a benefit decision", "--page", EVIDENCE,
         "--code", "fault.upload", "--since", "01/03/2026"],
        capture_output=True, text=True, cwd=tmp_path, timeout=120,
        env={"PATH": "/usr/bin:/bin", "HOME": str(tmp_path), "FEEDBACK_HOME": str(tmp_path)},
    )  # fmt: skip
    assert told.returncode == 0, told.stderr
    assert told.stdout.startswith("# Fault: upload: Appeal a benefit decision: Upload evidence")
    assert "3 comments about this fault" in told.stdout
    assert "2 of 3 (67%) could not go on" in told.stdout
    assert "photos" not in told.stdout


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        ({"service": "zoo"}, "Choose one of benefit-appeals"),
        ({"service": "benefit-appeals", "page": "/zoo"}, f"Choose one of {EVIDENCE}"),
        ({"service": "benefit-appeals", "code": "praise"}, "none of the faults"),
        ({"service": "benefit-appeals", "since": "soon"}, "--since is not a day"),
    ],
)
def test_a_ticket_for_what_is_not_there_says_what_is(
    store: Store, asked: dict[str, str], says: str
) -> None:
    fill_faults(store)
    with pytest.raises(SettingsError, match=says):
        ticket_from_store(Settings(), store, **asked)


def test_a_service_is_found_by_its_names(store: Store) -> None:
    fill_faults(store)
    assert {service_in(store, name) for name in ("benefit-appeals", "SSCS", "sscs")} == {
        "benefit-appeals"
    }


def test_sentiment_is_compared_with_the_score_of_its_own_response(
    store: Store, tmp_path: Path
) -> None:
    scores = [5, 1, None, 5]
    ids = put(store, [{"text": f"text {n}", "satisfaction": s} for n, s in enumerate(scores * 20)])
    store.claim(WORKER, 1_000)
    tones = ["positive", "negative", "neutral", "negative"] * 20
    store.complete(
        WORKER,
        [
            Enriched(key, Classification((), Sentiment(tone)), "test-1")
            for key, tone in zip(ids, tones, strict=True)
        ],
    )
    figures = tone_figures(Settings(), store)
    assert figures["n_comments"] == figures["n_responses"] == 60
    assert figures["contradictions"][0] | {"share": None} == {
        "score": 5, "sentiment": "negative", "n": 40, "n_against": 20, "share": None,
        "is_too_few": False,
    }  # fmt: skip
    told = tone_text(figures)
    assert "very satisfied (5), yet negative: 20 of 40, 50% (" in told
    assert "very dissatisfied (1), yet positive: 0 of 20, too few to say" in told
    assert tone_figures(Settings(), store, "probate")["is_too_few"]
    assert "too few to say" in tone_text(tone_figures(Settings(), store, "probate"))
    printed = subprocess.run(
        [FEEDBACK, "agreement-with-scores", "--json"],
        capture_output=True, text=True, cwd=tmp_path, timeout=120, check=True,
        env={"PATH": "/usr/bin:/bin", "HOME": str(tmp_path), "FEEDBACK_HOME": str(tmp_path)},
    )  # fmt: skip
    assert json.loads(printed.stdout) == json.loads(json.dumps(figures))


@pytest.fixture
def open_triage(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, store: Store
) -> Iterator[Callable[..., AppTest]]:
    monkeypatch.setenv("FEEDBACK_HOME", str(tmp_path))
    monkeypatch.setenv("FEEDBACK_STORE", f"sqlite:///{tmp_path / 'feedback.db'}")
    fill_faults(store)

    def opened(address: Mapping[str, str] | None = None) -> AppTest:
        app = AppTest.from_file(str(SCRIPT), default_timeout=60)
        app.switch_page("app_pages/triage.py")
        for name, value in (address or {}).items():
            app.query_params[name] = value
        return app.run()

    st.cache_resource.clear()
    st.cache_data.clear()
    yield opened
    st.cache_resource.clear()
    st.cache_data.clear()


def test_the_page_answers_first_and_hides_safeguarding(open_triage: Callable[..., AppTest]) -> None:
    app = open_triage()
    assert not app.exception
    pieces = " ".join(element.proto.body for element in app.get("html"))
    assert "4 fault reports, 2 blocked" in pieces
    assert app.dataframe[0].value["Outcome"].tolist() == [
        "Blocked",
        "Blocked",
        "–",
        "Worked around",
    ]
    assert SECRET not in str(app)
    assert not app.code, "a ticket is about one service"
    app.selectbox(key="service").select("benefit-appeals").run()
    assert app.code[0].value.startswith("# Technical faults: Appeal a benefit decision")


def test_the_address_chooses_facets_and_drops_nonsense(
    open_triage: Callable[..., AppTest],
) -> None:
    app = open_triage({"browser": "Safari", "impact": "blocked", "device": "<script>"})
    assert app.dataframe[0].value["Comment"].tolist() == ["upload stuck"]
    assert app.selectbox(key="device").value == ""
    app.selectbox(key="impact").select("").run()
    assert len(app.dataframe[0].value) == 2
    app.selectbox(key="code").select("fault.error").run()
    assert not app.exception
    counted = app.dataframe[1].value
    assert counted[counted["Facet"] == "Status code"]["Value"].tolist() == ["502"]


def run_feedback(home: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [FEEDBACK, *words], capture_output=True, text=True, cwd=home, timeout=120, check=False,
        env={"PATH": "/usr/bin:/bin", "HOME": str(home), "FEEDBACK_HOME": str(home)},
    )  # fmt: skip


def test_reports_are_listed_and_set_at_the_command_line(store: Store, tmp_path: Path) -> None:
    ids = fill_faults(store)
    since = ("--since", "01/03/2026")
    told = run_feedback(tmp_path, "triage", "list", "--json", *since)
    assert told.returncode == 0, told.stderr
    records = json.loads(told.stdout)
    assert [record["id"] for record in records] == [ids[2], ids[5], ids[0], ids[3]]
    assert records[0]["facets"]["impact"] == "blocked"
    assert records[0]["codes"] == ["fault.error", "fault.upload"]
    assert "gave up" not in told.stdout
    told = run_feedback(
        tmp_path, "triage", "set", ids[2], ids[5], "--status", "Done", "--owner", "ann"
    )
    assert told.stdout == "2 changed, 0 stood so already.\n", told.stderr
    told = run_feedback(tmp_path, "triage", "list", *since, "--service", "SSCS")
    assert [line.split(" · ")[0] for line in told.stdout.splitlines()] == [ids[0], ids[3]]
    told = run_feedback(tmp_path, "triage", "list", *since, "--status", "done", "--owner", "ann")
    assert len(told.stdout.splitlines()) == 2
    assert "· Done · ann · Blocked ·" in told.stdout
    told = run_feedback(
        tmp_path, "triage", "list", *since, "--owner", "", "--code", "fault.payment"
    )
    assert told.stdout.startswith(ids[3])


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("set", "0" * 32, "--status", "done"), "No comment has the id 000"),
        (("set", "0" * 32), "Nothing to change"),
        (("list", "--status", "fixed"), "unfinished, all, open, acknowledged"),
        (("list", "--code", "praise"), "none of the faults"),
        (("list", "--page", "/x"), "--page needs --service"),
    ],
)
def test_what_cannot_be_triaged_is_one_line(
    store: Store, tmp_path: Path, words: tuple[str, ...], says: str
) -> None:
    fill_faults(store)
    told = run_feedback(tmp_path, "triage", *words)
    assert told.returncode == 2
    assert says in told.stderr
    assert len(told.stderr.splitlines()) == 1
