"""The command line: names, streams and exit codes that other programs rely on."""

import json
import re
import subprocess
import sys
import time
from datetime import date, timedelta
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FEEDBACK = Path(sys.executable).with_name("feedback")


def run(*arguments, home, stdin="", **options):
    """Run the installed command as a person would."""
    return subprocess.run(
        [FEEDBACK, *map(str, arguments)],
        input=stdin,
        capture_output=True,
        text=True,
        env={"PATH": "/usr/bin:/bin", "HOME": str(home), "FEEDBACK_HOME": str(home)},
        cwd=home,
        timeout=300,
        **options,
    )


def lines(text):
    return [json.loads(line) for line in text.splitlines()]


@pytest.fixture
def counts(tmp_path):
    """Sixty days of one report a day on two themes; the last two days bring nine."""
    path = tmp_path / "counts.csv"
    rows = ["service,page,theme,period_start,n"]
    for n in range(60):
        at = date(2026, 1, 1) + timedelta(days=n)
        rows.append(f"fees,/fees/pay,fault.payment,{at},{9 if n >= 58 else 1}")
        rows.append(f"fees,/fees/pay,praise,{at},2")
    path.write_text("\n".join(rows))
    return path


def test_help_answers_in_half_a_second(tmp_path):
    seconds = []
    for _ in range(
        5
    ):  # the best of five: the contract is about the command, not about a busy machine
        started = time.perf_counter()
        told = run("--help", home=tmp_path)
        seconds.append(time.perf_counter() - started)
    assert min(seconds) < 0.5
    for name in ("demo", "ingest", "run", "redact", "classify", "train", "evaluate", "topics",
                 "emerging", "export", "worker", "dashboard", "doctor", "bench", "serve",
                 "backfill", "redact-key", "redact-audit", "agreement", "codebook", "ticket",
                 "agreement-with-scores", "safeguarding"):  # fmt: skip
        assert re.search(rf"^  {name}\b", told.stdout, re.MULTILINE), name


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["nope"], "No such command 'nope'"),
        (["ingest"], "Missing argument 'FILE...'"),
        (["ingest", "gone.csv"], "gone.csv"),
        (["run"], "There is no store at"),
        (["export", "--out", "out.csv"], "There is no store at"),
        (["export", "--out", "out.csv", "--from", "32/13/2026"], "DD/MM/YYYY"),
        (["emerging", "--counts", "gone.csv"], "gone.csv"),
        (["classify", "gone.jsonl"], "gone.jsonl is not a file"),
        (["--store", "nonsense", "run"], "FEEDBACK_STORE as sqlite"),
        (["topics", "list"], "There is no store at"),
        (["redact", "--operator", "pseudonym"], "feedback redact-key --out"),
        (["redact", "--mode", "lax"], "--mode"),
        (["redact-audit", "--sample", "5"], "There is no store at"),
        (["ticket", "--service", "divorce"], "There is no store at"),
        (["agreement-with-scores"], "There is no store at"),
        (["evaluate", "--labels", "gone.csv"], "gone.csv cannot be read"),
        (["train", "--out", "model", "--tune"], "There is nothing to tune an encoder to"),
        (["train", "--out", "model", "--labels", "gone.csv"], "gone.csv cannot be read"),
        (["train"], "Missing option '--out'"),
        (["safeguarding", "list"], "Missing option '--reader'"),
        (["safeguarding", "list", "--reader", "ann"], "There is no store at"),
        (["safeguarding", "done", "a1", "--outcome", "told"], "Missing option '--reader'"),
        (["safeguarding", "done", "--reader", "ann"], "Missing argument 'ID'"),
        (["agreement"], "Missing argument 'FILE...'"),
        (["agreement", "gone.csv"], "gone.csv cannot be read"),
        (["codebook", "check", "gone.toml"], "No codebook could be read from 'gone.toml'"),
        (["codebook", "import", "gone.qdc", "--out", "x.toml"], "gone.qdc cannot be read"),
    ],
)
def test_a_failure_is_one_clear_line_and_exit_2(arguments, says, tmp_path):
    told = run(*arguments, home=tmp_path)
    assert told.returncode == 2
    assert told.stdout == ""
    assert len(told.stderr.splitlines()) == 1, told.stderr
    assert told.stderr.startswith("feedback: ")
    assert says in told.stderr


def test_redact_gives_offsets_in_the_input(tmp_path):
    text = "Hello 😀 my email is jo@example.org and NINO AB123456C, ring me"
    told = run("redact", home=tmp_path, stdin=json.dumps({"id": "a", "text": text}) + "\n")
    (record,) = lines(told.stdout)
    assert record["id"] == "a"
    assert "jo@example.org" not in record["text"]
    found = {span["entity"]: text[span["start"] : span["end"]] for span in record["spans"]}
    assert found == {"EMAIL": "jo@example.org", "NINO": "AB123456C"}
    assert told.stderr == ""


def test_redact_with_a_key_numbers_people_and_with_a_mask_tells_nothing(tmp_path):
    made = run("redact-key", "--out", "redaction.key", home=tmp_path)
    assert (made.returncode, made.stdout) == (0, "")
    assert (tmp_path / "redaction.key").read_text().strip() not in made.stderr
    text = json.dumps({"id": 1, "text": "Mrs Okafor was kind. Mr Aziz told Mrs Okafor."}) + "\n"
    command = [FEEDBACK, "redact", "--operator", "pseudonym"]
    told = subprocess.run(
        command,
        input=text + text,
        capture_output=True,
        text=True,
        env={"HOME": str(tmp_path), "FEEDBACK_REDACTION_KEY_FILE": str(tmp_path / "redaction.key")},
        cwd=tmp_path,
        timeout=60,
    )
    expected = "[PERSON_1] was kind. [PERSON_2] told [PERSON_1]."
    assert [record["text"] for record in lines(told.stdout)] == [expected, expected]
    masked = run("redact", "--operator", "mask", home=tmp_path, stdin=text)
    assert lines(masked.stdout)[0]["text"] == "█████ was kind. █████ told █████."


def test_a_broken_line_is_named_by_its_number_and_not_quoted(tmp_path):
    told = run("redact", home=tmp_path, stdin='{"id": 1, "text": "fine"}\n{"text": SECRETJANE\n')
    assert told.returncode == 2
    assert "Line 2" in told.stderr
    assert "SECRETJANE" not in told.stdout + told.stderr


def test_classify_gives_codes_sentiment_and_facets(tmp_path):
    records = [
        {"id": 1, "text": "I keep getting a 500 error when I try to upload my document"},
        {"id": "b", "text": "n/a"},
        {"id": "c", "text": "Really easy and quick, thank you"},
    ]
    told = run("classify", home=tmp_path, stdin="\n".join(map(json.dumps, records)))
    fault, empty, praise = lines(told.stdout)
    assert [fault["id"], empty["id"], praise["id"]] == [1, "b", "c"]
    assert {c["code"] for c in fault["codes"]} & {"fault.upload", "fault.error"}
    assert [c["code"] for c in empty["codes"]] == ["none"]
    assert "praise" in {c["code"] for c in praise["codes"]}
    assert praise["sentiment"] == "positive"
    for record in (fault, empty, praise):
        assert set(record) == {"id", "codes", "sentiment", "facets"}
        assert {c["decision"] for c in record["codes"]} <= {"assigned", "review"}
        assert all(0 <= c["probability"] <= 1 for c in record["codes"])


def test_train_without_labels_knows_the_words_of_the_codebook(tmp_path):
    book = tmp_path / "bins.toml"
    book.write_text(
        'id = "bins"\nversion = 1\n'
        '[[codes]]\nid = "late"\nlabel = "Not emptied"\n'
        'definition = "Bins that nobody emptied, and collections that were missed."\n'
        '[[codes]]\nid = "smell"\nlabel = "Smell"\n'
        'definition = "Bins that stink, flies and maggots."\n'
    )
    told = run("train", "--codebook", book, "--out", tmp_path / "model", home=tmp_path)
    assert told.returncode == 0, told.stderr
    assert "knows the words of the codebook alone" in told.stdout
    assert (tmp_path / "model" / "MODEL_CARD.md").is_file()
    texts = ["they never picked up my bin on Friday", "maggots everywhere, it reeks"]
    stdin = "\n".join(json.dumps({"id": n, "text": text}) for n, text in enumerate(texts))
    coded = run("classify", "--model", tmp_path / "model", home=tmp_path, stdin=stdin)
    assert [row["codes"][0]["code"] for row in lines(coded.stdout)] == ["late", "smell"]


def test_emerging_reads_counts_without_a_store(counts, tmp_path):
    told = run("emerging", "--counts", counts, home=tmp_path)
    found = lines(told.stdout)
    assert [(row["theme"], row["kind"]) for row in found] == [("fault.payment", "burst")]
    names = {"as_of", "kind", "n", "expected", "rate_ratio", "low", "high", "q_value"}
    assert names <= set(found[0])
    assert found[0]["low"] < found[0]["rate_ratio"] < found[0]["high"]


def test_a_replay_knows_nothing_of_later_days(counts, tmp_path):
    whole = lines(run("emerging", "--counts", counts, "--replay", home=tmp_path).stdout)
    rows = counts.read_text().splitlines()
    early = tmp_path / "early.csv"
    early.write_text("\n".join([rows[0], *(r for r in rows[1:] if r.split(",")[3] < "2026-02-20")]))
    part = lines(run("emerging", "--counts", early, "--replay", home=tmp_path).stdout)
    assert part == [row for row in whole if row["as_of"] <= "2026-02-20T00:00:00+00:00"]


def test_topics_of_a_file_need_no_store(tmp_path):
    kinds = ["the payment page took my card twice number", "cannot upload a photo of my form page"]
    texts = [f"{kinds[n % 2]} {n}" for n in range(60)]
    source, out = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
    source.write_text("\n".join(json.dumps({"id": n, "text": t}) for n, t in enumerate(texts)))
    told = run("topics", "fit", "--input", source, "--out", out, home=tmp_path)
    assert told.returncode == 0, told.stderr
    found = lines(out.read_text())
    assert [row["id"] for row in found] == list(range(60))
    assert all(set(row) == {"id", "topic_id", "topic"} for row in found)
    assert len({row["topic_id"] for row in found[::2]}) == 1
    assert {row["topic_id"] for row in found[::2]}.isdisjoint(r["topic_id"] for r in found[1::2])


def test_ingest_run_and_export_are_one_path(tmp_path):
    source = tmp_path / "reports.csv"
    source.write_text(
        "page,feedback,submitted\n"
        "/divorce/payment,The card payment failed twice and I was charged,03/02/2026 10:00\n"
        "/divorce/payment,n/a,03/02/2026 10:05\n"
        "/divorce/payment,My name is Oluwaseun Adeyemi and it is slow,99/99/2026\n"
    )
    dry = json.loads(run("ingest", source, "--dry-run", "--json", home=tmp_path).stdout)
    assert dry["files"][0]["n_new"] == 2
    assert not (tmp_path / "feedback.db").exists()
    told = run("ingest", source, "--json", home=tmp_path)
    summary = json.loads(told.stdout)["files"][0]
    assert (summary["n_new"], summary["n_rejected"], summary["n_empty"]) == (2, 1, 1)
    assert summary["rejects"][0]["row"] == 4
    assert "Adeyemi" not in told.stdout + told.stderr
    again = json.loads(run("ingest", source, "--json", home=tmp_path).stdout)["files"][0]
    assert (again["n_new"], again["n_known"]) == (0, 2)
    done = json.loads(run("run", "--json", home=tmp_path).stdout)
    assert done["n_enriched"] == 2
    out = tmp_path / "coded.csv"
    exported = run("export", "--out", out, "--json", home=tmp_path)
    assert json.loads(exported.stdout)["n_comments"] == 2
    assert "fault.payment" in out.read_text(encoding="utf-8-sig")


def test_one_bad_file_does_not_keep_the_others_out(tmp_path):
    good, bad = tmp_path / "good.csv", tmp_path / "bad.xlsx"
    good.write_text("page,feedback,submitted\n/probate/track,Very slow today,03/02/2026\n")
    bad.write_text("not a spreadsheet")
    told = run("ingest", bad, good, "--json", home=tmp_path)
    assert told.returncode == 2
    outcome = json.loads(told.stdout)
    assert [file["n_new"] for file in outcome["files"]] == [1]
    assert len(outcome["failed"]) == 1
    assert len(told.stderr.splitlines()) == 1


def test_doctor_finds_this_installation_well(tmp_path):
    told = run("doctor", "--json", home=tmp_path)
    outcome = json.loads(told.stdout)
    assert outcome["ok"], [check for check in outcome["checks"] if not check["is_ok"]]
    assert told.returncode == 0


def test_doctor_says_how_to_mend_a_broken_store(tmp_path):
    (tmp_path / "feedback.db").write_text("not a database, not at all, and long enough to be read")
    told = run("doctor", "--json", home=tmp_path)
    assert told.returncode == 2
    (store,) = [c for c in json.loads(told.stdout)["checks"] if c["name"] == "store"]
    assert not store["is_ok"]
    assert store["mend"]
