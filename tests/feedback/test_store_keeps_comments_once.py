"""What comes in is there once, whole, and under the names it came with."""

import json
from datetime import UTC, datetime

import numpy as np
import pandas as pd
import pytest
import sqlalchemy as sa

from feedback import schema
from feedback.duplicates import N_BANDS, band_keys, mark
from feedback.errors import StoreError
from feedback.schema import Reject
from feedback.store import Store
from tests.feedback.store_frames import NOON, a_run, comment_id, fill, prepared

LONG = "the payment page said something went wrong after I pressed continue"


@pytest.fixture
def store(store_url: str):
    with Store.open(store_url) as opened:
        yield opened


def everything(store: Store, table: sa.Table) -> pd.DataFrame:
    return store.read(sa.select(table).order_by(*table.primary_key.columns))


def test_a_stored_comment_comes_back_as_it_went_in(store: Store) -> None:
    before = prepared(["Dim yn gweithio ☹", "slow"], page=None, extra=None)
    before["extra"] = [{"Wave": "2", "Sianel": "ffôn"}, None]
    assert fill(store, before) == 2
    after = everything(store, schema.comments)
    for name in ("comment_id", "response_id", "source", "service", "text", "language"):
        assert after[name].tolist() == before[name].tolist()
    assert after["submitted_at"].tolist() == before["submitted_at"].tolist()
    assert after["page"].isna().all()
    assert after["extra"].tolist() == [{"Wave": "2", "Sianel": "ffôn"}, None]
    assert after["state"].tolist() == ["received", "received"]
    answers = everything(store, schema.responses)
    assert answers["satisfaction"].tolist() == [4, 4]
    assert answers["help_needed"].tolist() == [True, True]
    assert answers["completed"].isna().all()


def test_the_same_comments_twice_add_nothing(store: Store) -> None:
    assert fill(store, prepared(["slow", "easy"])) == 2
    assert fill(store, prepared(["slow", "easy", "new"])) == 1
    assert everything(store, schema.comments)["text"].tolist() == ["slow", "easy", "new"]


def test_what_is_there_is_not_overwritten(store: Store) -> None:
    fill(store, prepared(["first wording"]))
    assert fill(store, prepared(["second wording"])) == 0
    assert everything(store, schema.comments)["text"].tolist() == ["first wording"]


def test_of_two_rows_with_one_id_the_first_is_taken(store: Store) -> None:
    twice = pd.concat([prepared(["one"]), prepared(["two"])], ignore_index=True)
    assert fill(store, twice) == 1
    assert everything(store, schema.comments)["text"].tolist() == ["one"]


def test_more_rows_than_a_statement_has_variables_go_in(store: Store) -> None:
    n = 3_000
    assert fill(store, prepared([f"comment {i}" for i in range(n)])) == n
    ids = [comment_id(i) for i in range(n)]
    assert store.known_ids([*ids, "f" * 32]) == set(ids)


def test_spans_follow_their_comment(store: Store) -> None:
    span = {"entity": "EMAIL", "start": 6, "end": 13, "recogniser": "email", "score": 0.5}
    spans = pd.DataFrame([{"comment_id": comment_id(i), **span} for i in (0, 1)])
    fill(store, prepared(["write [EMAIL]"]), spans=spans[:1])
    fill(store, prepared(["write [EMAIL]", "reach [EMAIL]"]), spans=spans)
    stored = everything(store, schema.spans)
    assert stored["comment_id"].tolist() == [comment_id(0), comment_id(1)]
    assert stored[["start", "end"]].values.tolist() == [[6, 13], [6, 13]]


def test_rejects_are_kept_by_row_and_reason(store: Store) -> None:
    run = a_run()
    rejects = [Reject(3, "ingest", "no comment"), Reject(9, "redact", "ValueError")]
    fill(store, prepared(["slow"]), run=run, rejects=rejects)
    fill(store, prepared(["easy"], first=1), run=run, rejects=[Reject(3, "ingest", "again")])
    assert everything(store, schema.rejects).values.tolist() == [
        [run.run_id, 3, "ingest", "no comment"],
        [run.run_id, 9, "redact", "ValueError"],
    ]


def test_a_run_tells_settings_versions_models_and_end(store: Store) -> None:
    run = a_run(store="postgresql://me:hunter2@host/feedback", seed=7)
    fill(store, prepared(["slow"]), run=run)
    begun = everything(store, schema.runs).iloc[0]
    assert begun["finished_at"] is pd.NaT
    store.finish_run(run.run_id, n_in=1, n_rejected=2, seconds={"redact": 0.25})
    row = everything(store, schema.runs).iloc[0]
    assert row["kind"] == "ingest"
    assert row["seed"] == 7
    assert row["settings"]["seed"] == 7
    assert row["settings"]["store"] == "postgresql://me:***@host/feedback"
    assert row["versions"]["pandas"] == pd.__version__
    assert (row["n_in"], row["n_rejected"], row["seconds"]) == (1, 2, {"redact": 0.25})
    assert row["finished_at"] > row["started_at"]
    assert "hunter2" not in json.dumps([row["settings"], row["versions"], row["models"]])


def test_an_append_that_fails_leaves_nothing(store: Store) -> None:
    comments = prepared(["slow", "easy"])
    comments.loc[1, "language"] = None  # refused by the table, after the first was inserted
    with pytest.raises(StoreError) as caught:
        fill(store, comments, rejects=[Reject(1, "ingest", "x")])
    for table in (schema.comments, schema.responses, schema.rejects, schema.runs):
        assert everything(store, table).empty
    assert store.data_version() == 0
    assert "slow" not in str(caught.value)
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__


def test_every_change_that_can_be_seen_raises_the_data_version(store: Store) -> None:
    assert store.data_version() == 0
    fill(store, prepared(["slow"]))
    after_append = store.data_version()
    assert after_append > 0
    store.claim("worker", 5)
    store.put_vectors("m", "1", {"a" * 32: np.ones(3, np.float32)})
    assert store.data_version() == after_append  # nobody sees a claim or a cached vector
    store.audit("me", "export", "comments")
    assert store.data_version() == after_append + 1


def test_empty_frames_keep_their_types(store: Store) -> None:
    frame = store.read(sa.select(schema.comments.c.text, schema.comments.c.submitted_at))
    assert [str(dtype) for dtype in frame.dtypes] == ["str", "datetime64[us, UTC]"]
    latest = store.read(sa.select(sa.func.max(schema.comments.c.submitted_at).label("latest")))
    assert str(latest["latest"].dtype) == "datetime64[us, UTC]"


def test_a_time_without_a_zone_is_refused(store: Store) -> None:
    comments = prepared(["slow"])
    comments["received_at"] = [datetime(2026, 4, 1)]  # noqa: DTZ001 - the point of the test
    with pytest.raises(StoreError):
        fill(store, comments)
    assert everything(store, schema.comments).empty


def test_times_of_any_zone_are_stored_in_utc(store: Store) -> None:
    comments = prepared(["slow"])
    comments["submitted_at"] = comments["submitted_at"].dt.tz_convert("Asia/Kolkata")
    fill(store, comments)
    assert everything(store, schema.comments)["submitted_at"][0] == NOON
    with store._engine.connect() as connection:
        raw = connection.exec_driver_sql("SELECT CAST(submitted_at AS text) FROM comments").scalar()
    # PostgreSQL tells a time in the zone of the connection, which pages cut the hour out of.
    assert raw in ("2026-04-01 12:00:00.000000", "2026-04-01 12:00:00+00")


def test_candidates_share_a_key_in_its_band_and_the_service(store: Store) -> None:
    fill(store, prepared([LONG, "slow", "easy"]))
    fill(store, prepared([LONG], first=10, service="probate"))
    keys = band_keys([LONG.upper() + "!", "Slow."])
    assert store.near_candidates("divorce", keys) == {comment_id(0): LONG, comment_id(1): "slow"}
    assert store.near_candidates("probate", keys) == {comment_id(10): LONG}
    assert store.near_candidates("divorce", np.roll(keys, 1, axis=1)) == {}
    assert store.near_candidates("divorce", np.zeros((2, N_BANDS), np.int64)) == {}


def test_neither_empty_comments_nor_duplicates_are_candidates(store: Store) -> None:
    fill(store, prepared([LONG]))
    fill(store, prepared([LONG], first=1, duplicate_of=comment_id(0)))
    fill(store, prepared(["n/a"], first=2, is_empty=True))
    keys = band_keys([LONG, "n/a"])
    assert set(store.near_candidates("divorce", keys)) == {comment_id(0)}


def test_duplicates_are_found_across_appends(store: Store) -> None:
    fill(store, prepared([LONG, "easy to use and quick, thank you"]))
    later = prepared([LONG + " button", "nothing of the kind has been said before"], first=5)
    marks = mark(later, band_keys(later["text"].tolist()), store.near_candidates)
    assert marks.tolist() == [comment_id(0), None]


def test_vectors_come_back_bit_for_bit(store: Store) -> None:
    rng = np.random.default_rng(1)
    vectors = {f"{i:032x}": rng.normal(size=5).astype(np.float32) for i in range(2_000)}
    store.put_vectors("minilm", "r1", vectors)
    store.put_vectors("minilm", "r1", {f"{0:032x}": np.zeros(5, np.float32)})  # stays as it was
    found = store.get_vectors("minilm", "r1", [*vectors, "f" * 32])
    assert found.keys() == vectors.keys()
    assert all((found[key] == vectors[key]).all() for key in vectors)
    assert store.get_vectors("minilm", "r2", list(vectors)) == {}
    assert store.get_vectors("other", "r1", list(vectors)) == {}


def test_two_stores_on_one_file_see_each_other(tmp_path) -> None:
    url = f"sqlite:///{tmp_path / 'a.db'}"
    with Store.open(url) as one, Store.open(url) as other:
        fill(one, prepared(["slow"]))
        assert other.known_ids([comment_id(0)]) == {comment_id(0)}
        assert fill(other, prepared(["slow"])) == 0
        assert one.data_version() == other.data_version()


def test_the_clock_is_in_utc(tmp_path) -> None:
    at = datetime(2030, 1, 1, tzinfo=UTC)
    with Store.open(f"sqlite:///{tmp_path / 'a.db'}", clock=lambda: at) as store:
        store.audit("me", "export", "comments", {"n": 3})
        line = everything(store, schema.audit).iloc[0]
    assert line["at"] == at
    assert line[["who", "action", "object"]].tolist() == ["me", "export", "comments"]
    assert line["detail"] == {"n": 3}
