"""The leak meter: a random sample, verdicts, an exact bound, exports that carry it."""

from __future__ import annotations

import csv
import json

import numpy as np
import pandas as pd
import pytest
from scipy.stats import binom

from app.auditing import draw, progress, progress_text
from app.exporting import export_to
from app.leak_rate import leak_line, leak_rates
from app.queries_audit import drawable_ids, next_comment
from feedback import schema
from feedback.errors import StoreError
from feedback.export import ExportFilters
from feedback.intervals import upper_bound
from feedback.redact.redactor import TextRedactor
from feedback.schema import AuditVerdict, Entity
from feedback.settings import Settings
from feedback.store import Store
from tests.app.filling import code, put
from tests.app.leak_checks import (
    SETTINGS,
    check_all,
    coded,
    many,
    put_by,
    store,
)
from tests.feedback.pipeline_parts import rows_of

__all__ = ["store"]


def test_a_bound_is_where_so_few_leaks_would_be_a_surprise():
    for n_hits, n in ((0, 30), (1, 30), (3, 500), (29, 30)):
        bound = upper_bound(n_hits, n)
        assert binom.cdf(n_hits, n, bound) == pytest.approx(0.05, abs=1e-9)
    assert upper_bound(30, 30) == upper_bound(0, 0) == 1.0
    assert round(100 * upper_bound(0, 30), 1) == 9.5


def test_the_bound_holds_in_at_least_95_of_100_samples():
    rng = np.random.default_rng(1)
    for rate, n in ((0.02, 100), (0.1, 30)):
        hits = rng.binomial(n, rate, size=2_000)
        bounds = {int(k): upper_bound(int(k), n) for k in np.unique(hits)}
        assert np.mean([bounds[int(k)] >= rate for k in hits]) >= 0.94


def test_a_draw_leaves_out_what_may_not_be_read_and_draws_nobody_twice(store):
    usable = set(many(store, 20))
    (empty,) = coded(store, ["n/a"], is_empty=True)
    (harm,) = put(store, [{"text": "he will hurt me"}])
    code(store, {harm: ["safeguarding"]})
    (waiting,) = put(store, [{"text": "not coded yet"}])
    first = draw(SETTINGS, store, 15)
    assert (first["n_drawn"], first["n_eligible"]) == (15, 20)
    second = draw(SETTINGS, store, 15)
    assert (second["n_drawn"], second["n_eligible"]) == (5, 5)
    assert set(rows_of(store, schema.audit_samples)["comment_id"]) == usable
    assert not {empty, harm, waiting} & usable
    with pytest.raises(StoreError, match="can be drawn"):
        draw(SETTINGS, store, 1)


def test_the_same_store_and_seed_draw_the_same_and_another_seed_another(tmp_path):
    drawn = []
    for number, seed in enumerate((1, 1, 2)):
        with Store.open(f"sqlite:///{tmp_path / f'{number}.db'}") as one:
            many(one)
            told = draw(Settings(seed=seed), one, 10)
            samples = rows_of(one, schema.audit_samples).sort_values("position")
            drawn.append(samples["comment_id"].tolist())
            (run,) = rows_of(one, schema.runs).query("kind == 'redact-audit'").to_dict("records")
            assert (run["run_id"], run["seed"], run["n_in"]) == (told["run_id"], seed, 40)
            assert run["models"]["draw"] == 1
    assert drawn[0] == drawn[1] != drawn[2]
    assert len(set(drawn[0])) == 10


def test_every_comment_is_as_likely_to_be_drawn(store):
    ids = many(store, 10)
    counts = pd.Series(0, index=ids)
    import random

    eligible = drawable_ids(store, None)
    for seed in range(600):
        counts[random.Random(f"{seed} 1").sample(eligible, 3)] += 1
    assert counts.between(130, 230).all(), "180 expected each, five standard deviations"


def test_a_draw_from_one_service_is_told_as_that(store):
    many(store, 5)
    coded(store, [f"probate fault {i}" for i in range(5)], service="probate")
    draw(SETTINGS, store, 5, service="probate")
    check_all(store, [AuditVerdict.CLEAN] * 5)
    assert "drawn from probate alone" in leak_line(store)
    assert "drawn from probate alone" in leak_line(store, "probate")
    assert "alone" not in progress_text(store).splitlines()[0]
    draw(SETTINGS, store, 5)
    check_all(store, [AuditVerdict.CLEAN] * 5)
    assert "alone" not in leak_line(store)
    assert "alone" in leak_line(store, "probate")


def test_figures_count_leaks_kinds_and_over_redaction(store):
    many(store)
    assert leak_line(store) == "not measured"
    draw(SETTINGS, store, 20)
    assert leak_line(store) == "not measured"
    kinds = [AuditVerdict.LEAK, AuditVerdict.OVER, *[AuditVerdict.CLEAN] * 8]
    check_all(store, kinds)
    told = progress(store)
    (rate,) = told["rates"]
    assert (told["n_drawn"], told["n_checked"]) == (20, 10)
    assert (rate["n_leaks"], rate["n_over"], rate["leak_rate"]) == (1, 1, 0.1)
    assert rate["upper_95"] == pytest.approx(0.3942, abs=1e-4), "1 of 10"
    assert rate["entities"] == {"PERSON": {"n": 1, "upper_95": rate["upper_95"]}}
    assert told["leak_rate"].startswith("at most 39.4% (95%), 10 comments checked on ")
    json.dumps(told, default=str)


def test_a_bound_belongs_to_the_redactor_that_made_the_comments(store):
    old, new = TextRedactor(with_names=False), TextRedactor()
    put_by(store, old, [f"slow at step {i}" for i in range(30)], 1)
    draw(SETTINGS, store, 30)
    check_all(store, [AuditVerdict.CLEAN] * 30)
    line = leak_line(store)
    assert line.startswith("at most 9.5% (95%), 30 comments checked on ")
    assert line.endswith(f"redactor {old.version}")
    put_by(store, new, [f"stuck at step {i}" for i in range(10)], 2)
    assert f"redactor {old.version}; an older redactor" in leak_line(store)
    draw(SETTINGS, store, 10)
    check_all(store, [AuditVerdict.LEAK])
    assert [rate.redactor for rate in leak_rates(store)] == [
        f"TextRedactor {new.version}",
        f"TextRedactor {old.version}",
    ]
    assert "older" not in leak_line(store)
    assert f"redactor {new.version}" in leak_line(store)


def test_every_export_carries_the_leak_rate_and_how_was_redacted(store, tmp_path):
    put_by(store, TextRedactor(), [f"slow at step {i}" for i in range(30)], 1)
    export_to(SETTINGS, store, tmp_path / "a.csv", "csv", ExportFilters())
    about = dict(csv.reader((tmp_path / "a.about.csv").open(encoding="utf-8-sig")))
    assert about["leak rate"] == "not measured"
    assert about["redaction"] == f"{TextRedactor().version}, placeholder"
    draw(SETTINGS, store, 30)
    check_all(store, [AuditVerdict.CLEAN] * 30)
    export_to(SETTINGS, store, tmp_path / "a.parquet", "parquet", ExportFilters())
    import pyarrow.parquet as pq

    told = json.loads(pq.read_schema(tmp_path / "a.parquet").metadata[b"about"])
    assert told["leak rate"] == leak_line(store)
    export_to(SETTINGS, store, tmp_path / "a.xlsx", "xlsx", ExportFilters())
    sheet = pd.read_excel(tmp_path / "a.xlsx", sheet_name="About", index_col=0)["Value"]
    assert sheet["leak rate"].startswith("at most 9.5% (95%), 30 comments checked on ")


def test_a_verdict_is_kept_with_name_and_time_and_can_be_taken_back(store):
    many(store, 3)
    draw(SETTINGS, store, 3)
    comment = next_comment(store, [])
    store.judge_redaction(comment.comment_id, AuditVerdict.LEAK, "ann", entity=Entity.PHONE)
    kept = rows_of(store, schema.audit_samples).set_index("comment_id").loc[comment.comment_id]
    assert (kept["verdict"], kept["entity"], kept["who"]) == ("leak", "PHONE", "ann")
    assert kept["at"] is not pd.NaT
    assert next_comment(store, []).comment_id != comment.comment_id
    store.judge_redaction(comment.comment_id, None, "ann")
    assert next_comment(store, []).comment_id == comment.comment_id
    assert len(rows_of(store, schema.audit).query("action == 'check redaction'")) == 2
    with pytest.raises(StoreError, match="has a kind"):
        store.judge_redaction(comment.comment_id, AuditVerdict.LEAK, "ann")
    with pytest.raises(StoreError, match="was not drawn"):
        store.judge_redaction("0" * 32, AuditVerdict.CLEAN, "ann")


def test_a_drawn_comment_coded_safeguarding_since_is_not_shown(store):
    (comment_id,) = coded(store, ["the officer was rude to me"])
    draw(SETTINGS, store, 1)
    assert next_comment(store, []).comment_id == comment_id
    store.correct(comment_id, ["safeguarding"], "ann")
    assert next_comment(store, []) is None


# What the command line and doctor say


def test_doctor_tells_mode_operator_fingerprint_and_never_the_key(tmp_path):
    from app.doctor import examine
    from feedback.redact.keys import key_fingerprint

    key = "a secret key that nobody may ever read"
    given = Settings(
        home=tmp_path, redaction_mode="strict", redaction_operator="pseudonym", redaction_key=key
    )
    findings = {one.name: one for one in examine(given)}
    told = findings["redaction"]
    assert told.is_ok
    version = TextRedactor(mode="strict").version
    assert told.found == f"{version}, pseudonym, key {key_fingerprint(key.encode())}"
    assert findings["leak rate"].found == "no store"
    assert key not in repr(findings)
    without = {one.name: one for one in examine(given.model_copy(update={"redaction_key": None}))}
    assert not without["redaction"].is_ok
    assert "feedback redact-key --out" in without["redaction"].mend


def test_a_key_set_twice_is_refused(tmp_path):
    from app.wiring import make_redactor
    from feedback.errors import SettingsError

    given = Settings(
        home=tmp_path,
        redaction_operator="pseudonym",
        redaction_key="x" * 40,
        redaction_key_file=tmp_path / "key",
    )
    with pytest.raises(SettingsError, match="Keep one"):
        make_redactor(given)


def test_the_command_draws_and_tells(tmp_path, capsys):
    from app.commands.context import Context
    from app.commands.privacy import redact_audit

    class Called:
        obj = Context(home=tmp_path)

    with Store.open(f"sqlite:///{tmp_path / 'feedback.db'}") as store:
        many(store, 30)
        redact_audit(Called, sample=None, service=None, as_json=False)
        assert "feedback redact-audit --sample 100" in capsys.readouterr().out
        redact_audit(Called, sample=50, service=None, as_json=False)
        assert "30 comments drawn (there are no more) from 30" in capsys.readouterr().out
        check_all(store, [AuditVerdict.CLEAN] * 29 + [AuditVerdict.OVER])
        redact_audit(Called, sample=None, service=None, as_json=False)
        said = capsys.readouterr().out
        redact_audit(Called, sample=None, service=None, as_json=True)
        told = json.loads(capsys.readouterr().out)
    assert "30 of 30 comments checked." in said
    assert "0 of 30 comments leaked: at most 9.5% (95%)" in said
    assert "over-redacted: 1, 3.3% (0.59% to 16.7%)" in said
    assert told["rates"][0]["n_checked"] == 30
