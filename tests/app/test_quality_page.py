"""The page Quality: its figures counted again from the rows, and what it says of them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import sqlalchemy as sa
from streamlit.testing.v1 import AppTest

from app import queries_processing, queries_quality, tell_incoming, tell_quality
from app.filters import Filters
from app.quality import measure_quality
from app.quality_text import quality_text
from app.wording import LONDON
from feedback import schema
from feedback.runs import new_run
from feedback.schema import Reject
from feedback.settings import Settings
from feedback.store import Store
from tests.app import coding_loop
from tests.app.coding_loop import SETTINGS, draw_to
from tests.app.filling import NO_SPANS, NOW, WORKER, code, fill, put
from tests.app.leak_checks import check_all, store
from tests.app.test_live_quality import judge
from tests.app.test_pages_show_the_store import open_app, text_of

__all__ = ["open_app", "store"]

LAST = NOW.astimezone(LONDON).date()
WEEKS = [
    (LAST - timedelta(days=7 * back + 6), LAST - timedelta(days=7 * back)) for back in range(12)
]


def comments_of(store: Store) -> pd.DataFrame:
    frame = store.read(sa.select(schema.comments))
    local = frame["submitted_at"].dt.tz_convert(LONDON)
    return frame.assign(on=[at.date() for at in local])


def in_week(frame: pd.DataFrame, back: int) -> pd.DataFrame:
    first, last = WEEKS[back]
    return frame[(frame["on"] >= first) & (frame["on"] <= last)]


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """Twelve weeks of comments that no test changes."""
    path = tmp_path_factory.mktemp("quality") / "a.db"
    with Store.open(f"sqlite:///{path}") as opened:
        fill(opened, n_comments=1_200)
        yield opened


def test_what_came_in_is_what_the_rows_say(filled):
    found = queries_quality.incoming(filled, LAST, None)
    rows = comments_of(filled)
    given = filled.read(
        sa.select(schema.codings.c.comment_id, schema.codings.c.code, schema.codings.c.probability)
    )
    for back in range(12):
        of_week, place = in_week(rows, back), 11 - back
        assert found.starts[place] == WEEKS[back][0]
        assert found.n_comments[place] == found.n_coded[place] == len(of_week)
        told = given[given["comment_id"].isin(of_week["comment_id"])]
        codes = Counter(told.loc[told["code"] != "none", "code"])
        by_code = found.codes.iloc[place]
        assert by_code[by_code > 0].to_dict() == dict(codes)
        languages = found.languages.iloc[place]
        assert languages[languages > 0].to_dict() == dict(Counter(of_week["language"]))
        assert found.lengths.iloc[place]["10-49"] == of_week["n_characters"].between(10, 49).sum()
        assert found.n_without[place] == (told["code"] == "none").sum()
        assert found.n_confidence[place] == sum(codes.values())
        assert found.confidence[place] == pytest.approx(0.9)


def test_what_came_in_on_one_service_is_its_own(filled):
    found = queries_quality.incoming(filled, LAST, "probate")
    rows = comments_of(filled)
    rows = rows[rows["service"] == "probate"]
    assert found.n_comments == tuple(len(in_week(rows, back)) for back in range(11, -1, -1))
    told = filled.read(sa.select(schema.codings))
    none = told[(told["code"] == "none") & told["comment_id"].isin(in_week(rows, 0)["comment_id"])]
    assert found.n_without[-1] == len(none)


def test_what_is_missing_is_what_the_rows_lack(filled):
    filters = Filters(LAST - timedelta(days=83), LAST)
    found = queries_quality.weeks(filled, filters).table
    rows = comments_of(filled)
    answers = filled.read(sa.select(schema.responses))
    local = answers["submitted_at"].dt.tz_convert(LONDON)
    answers = answers.assign(on=[at.date() for at in local])
    for back in range(12):
        row = found.iloc[11 - back]
        of_week, replied = in_week(rows, back), in_week(answers, back)
        assert row["n_comments"] == len(of_week)
        assert row["no_page"] == of_week["page"].isna().sum()
        assert row["no_question"] == len(of_week)
        assert row["no_text"] == of_week["is_empty"].sum()
        assert row["n_responses"] == len(replied)
        for name in ("satisfaction", "effort", "completed", "help_needed"):
            assert row[f"n_{name}"] == replied[name].notna().sum()


def test_a_period_shorter_than_a_week_has_no_weeks(filled):
    found = queries_quality.weeks(filled, Filters(LAST - timedelta(days=3), LAST))
    assert found.table.empty
    assert tell_incoming.about_languages(found, Filters(LAST, LAST)) is None


def test_rejected_rows_are_told_by_week_source_and_reason(store):
    for days, source, reasons in (
        (0, "letters", ["no date", "no date", "no text"]),
        (9, None, ["no date"]),
        (200, "old", ["no date"]),
    ):
        at = NOW - timedelta(days=days)
        run = new_run("ingest", Settings(), now=at, source=source)
        rejects = [Reject(row, "ingest", reason) for row, reason in enumerate(reasons, start=1)]
        empty = store.read(sa.select(schema.comments).where(sa.false()))
        answers = store.read(sa.select(schema.responses).where(sa.false()))
        store.append(run, empty, answers, NO_SPANS, np.empty((0, 1)), rejects)
        store.finish_run(run.run_id, n_in=10, n_rejected=len(reasons))
    found = queries_processing.rejected(store, LAST - timedelta(days=83), LAST)
    table = tell_incoming.rejects_table(found)
    rows = list(table[["Week beginning", "Source", "Reason", "Rows"]].itertuples(index=False))
    assert [tuple(row) for row in rows] == [
        ("26/03/2026", "letters", "no date", 2),
        ("26/03/2026", "letters", "no text", 1),
        ("19/03/2026", "not recorded", "no date", 1),
    ]
    assert tell_incoming.rejects_sentence(found) == "4 of 20 rows rejected (20%)"


def test_what_waits_failed_or_is_claimed_is_counted(store):
    put(store, [{"text": f"slow page {n}"} for n in range(5)])
    first = store.claim(WORKER, 1)["comment_id"].iloc[0]
    for _ in range(3):
        store.fail(WORKER, first, "ValueError", max_attempts=1)
    store.claim("tests:2:0", 1)
    found = queries_processing.processing(store, None)
    assert (found.n_waiting, found.n_failed) == (3, 1)
    assert found.failures.to_dict("records") == [{"reason": "ValueError", "n": 1}]
    assert list(found.claims["worker"]) == ["tests:2:0"]
    points = tell_incoming.processing_points(found)
    assert [text for text, _ in points] == [
        "3 comments waiting to be coded",
        "1 comment failed",
        "1 comment claimed by workers now",
    ]
    assert queries_processing.processing(store, "probate").n_waiting == 0


def coded_sample(store: Store, path: Path, n: int = 120) -> None:
    """The machine says praise of all, at two probabilities; ann agrees with most of the sure."""
    coding_loop.fill(store, ["praise"] * n)
    with store._engine.begin() as connection:
        table = schema.codings
        ids = list(connection.scalars(sa.select(table.c.comment_id).order_by(table.c.comment_id)))
        connection.execute(
            sa.update(table).where(table.c.comment_id.in_(ids[: n // 2])).values(probability=0.4)
        )
    draw_to(store, path, 2 * n)
    low = set(ids[: n // 2])
    right = {*sorted(low)[:30], *ids[n // 2 : n // 2 + 54]}
    judge(store, path, lambda row: "praise" if row["id"] in right else "staff")


def test_calibration_is_that_of_counting_by_hand(store, tmp_path):
    coded_sample(store, tmp_path / "a.csv")
    held = measure_quality(SETTINGS, store)["model"]["calibration"]
    bins = [(one["n"], one["stated"], one["confirmed"]["value"]) for one in held["bins"]]
    assert bins == [(60, 0.4, 0.5), (60, 0.9, 0.9)]
    assert held["error"] == pytest.approx(0.05)
    assert (held["n"], held["n_comments"], held["is_too_few"]) == (120, 120, False)
    told = quality_text(measure_quality(SETTINGS, store))
    assert "Probabilities of 120 codes on 120 comments: off by 0.05 on average" in told


def test_figures_are_measured_anew_only_when_what_they_stand_on_changed(
    store, tmp_path, monkeypatch
):
    coded_sample(store, tmp_path / "a.csv")
    measured = []
    real = queries_quality.live_quality

    from app import quality

    whole = quality.measure_sample
    monkeypatch.setattr(
        quality,
        "measure_sample",
        lambda *given, **named: measured.append(1) or whole(*given, **named),
    )
    first = real(store, None, 1)
    put(store, [{"text": "a new comment changes nothing here"}])
    assert real(store, None, 1) == first
    assert len(measured) == 1
    sample = store.read(sa.select(schema.coding_samples))["comment_id"].iloc[0]
    store.correct(sample, ["complaint"], "ann")
    again = real(store, None, 1)
    assert len(measured) == 2
    assert again["model"]["figures"] != first["model"]["figures"]
    assert again == {**measure_quality(Settings(seed=1), store)}
    assert real(store, "divorce", 1)["service"] == "divorce"


def table_of(app: AppTest, heading: str) -> pd.DataFrame:
    (found,) = [one.value for one in app.dataframe if heading in one.value.columns]
    return found


def test_the_page_says_so_where_nobody_has_coded_enough(open_app: Callable[..., AppTest]) -> None:
    app = open_app(lambda store: fill(store, n_comments=400), "Quality")
    assert not app.exception
    said = text_of(app)
    assert tell_quality.NOT_MEASURED in said
    assert "Whether the machine's probabilities come true: too few to say." in said
    assert "Personal data left in by redaction: not measured" in said
    assert "The text that comes in has changed: codes given (Fault: upload: " in said


def test_the_page_tells_figures_calibration_and_leak_bound(
    open_app: Callable[..., AppTest], tmp_path: Path
) -> None:
    from app.auditing import draw
    from feedback.schema import AuditVerdict

    def prepare(store: Store) -> None:
        coded_sample(store, tmp_path / "a.csv")
        draw(SETTINGS, store, 40)
        check_all(store, [AuditVerdict.CLEAN] * 30)

    app = open_app(prepare, "Quality")
    assert not app.exception
    said = text_of(app)
    assert "Of the codes the machine gives, 70% (" in said
    assert "percentage points on average" in said
    assert "Expected calibration error: 5.0 percentage points." in said
    assert "At most 9.5% of comments still hold personal data" in said
    table = table_of(app, "Precision").set_index("Code")
    assert table.loc["Praise", "Precision"].startswith("70% (")
    assert table.loc["Praise", "Recall"].startswith("100% (")
    assert table.loc["Staff", "Precision"] == "too few to say"
    assert list(table["Given by people"]) == [84, 36]


def planted(store: Store) -> None:
    """Eleven weeks alike, and a last one in which a third of the comments are in Welsh."""
    rng, rows, codes = np.random.default_rng(8), [], {}
    for back in range(12):
        for number in range(100):
            is_welsh = rng.random() < (0.35 if back == 0 else 0.05)
            key = f"{back:02d}{number:03d}".rjust(32, "0")
            at = NOW - timedelta(days=7 * back + float(rng.uniform(0.6, 6)))
            rows.append(
                {
                    "comment_id": key,
                    "text": f"mae'r dudalen yn araf {number}" if is_welsh else f"slow {number}",
                    "language": "cy" if is_welsh else "en",
                    "submitted_at": at,
                }
            )
            codes[key] = ["praise" if rng.random() < 0.5 else "fault.error"]
    put(store, rows)
    code(store, codes)


def test_a_planted_change_of_language_is_told_in_a_sentence(
    open_app: Callable[..., AppTest],
) -> None:
    app = open_app(planted, "Quality")
    said = text_of(app)
    assert "The text that comes in has changed: " in said
    assert re.search(r"language \(Welsh: [2-9]\.\d% to [23]\d%\)", said)
    table = table_of(app, "Moved most").set_index("Measure")
    assert table.loc["Language", "Changed"] == "yes"
    assert table.loc["Codes given", "Changed"] == "no"
    # Looked at a week earlier, there was no change.
    earlier = open_app(lambda _: None, "Quality", {"to": (LAST - timedelta(days=7)).isoformat()})
    assert "has not changed more than it usually does" in text_of(earlier)


def test_no_text_of_a_comment_is_on_the_page(open_app: Callable[..., AppTest]) -> None:
    app = open_app(lambda store: put(store, [{"text": "xyzzy-secret-words"}] * 1), "Quality")
    assert "xyzzy" not in str(app)
    assert date(2026, 4, 1) == LAST
