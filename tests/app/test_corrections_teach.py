"""What people coded is what is learnt: agreed codes, text from the store, the same morning."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest
import sqlalchemy as sa

from app.corrections import agreed_codes, coded_sets, join_labels, read_corrections
from app.queries_coding import read_codings
from app.training import train_to, training_text
from classifiers.codebook import load_codebook
from feedback import schema
from feedback.errors import LabelsError
from feedback.store import Store
from tests.app.coding_loop import SETTINGS, code_sheet, fill, sheet_rows
from tests.app.filling import code, put
from tests.app.leak_checks import store

__all__ = ["store"]

FEEDBACK = Path(sys.executable).with_name("feedback")
CODEBOOK = load_codebook()


@pytest.mark.parametrize(
    ("given", "agreed"),
    [
        (["praise"], "praise"),
        (["praise;staff"], "praise;staff"),
        (["praise", "praise"], "praise"),
        (["praise", "staff"], None),
        (["praise", "praise;staff"], None),
        (["praise", "praise", "staff"], "praise"),
        (["praise;staff", "praise", "staff"], "praise;staff"),
        (["praise", "staff", "complaint"], None),
        (["none", "none", "praise"], "none"),
        (["praise", "praise", "praise;staff", "praise;staff"], None),
        (["praise", "praise", "praise", "staff"], "praise"),
        (["praise", "praise;staff", "praise;staff", "praise;staff"], "praise;staff"),
    ],
)
def test_codes_that_most_gave_count_and_ties_have_to_be_reconciled(given, agreed):
    found = agreed_codes([one.split(";") for one in given])
    assert found == (None if agreed is None else frozenset(agreed.split(";")))


def test_each_coders_latest_codes_are_learnt_and_what_cannot_be_is_counted(store):
    ids = fill(store, ["complaint"] * 6)
    store.correct(ids[0], ["praise"], "ann")
    store.correct(ids[0], ["staff", "praise"], "ann")
    store.correct(ids[1], ["praise"], "ann")
    store.correct(ids[1], ["staff"], "bob")
    store.correct(ids[2], ["no.longer"], "ann")
    for coder, given in (("ann", "staff"), ("bob", "staff"), ("cat", "none")):
        store.correct(ids[3], [given], coder)
    found = read_corrections(store, CODEBOOK)
    assert dict(zip(found.labels["id"], found.labels["codes"], strict=True)) == {
        ids[0]: "praise;staff",
        ids[3]: "staff",
    }
    assert (found.n_disputed, found.n_unknown, found.coders) == (1, 1, ("ann", "bob", "cat"))
    assert found.last_day
    stored = store.read(sa.select(schema.comments)).set_index("comment_id")
    assert found.labels["text"].tolist() == [stored["text"][key] for key in found.labels["id"]]


def test_what_the_machine_gave_and_a_person_refused_is_no_code_of_theirs(store):
    (key,) = fill(store, ["complaint"])
    store.correct(key, ["praise"], "ann")
    assert coded_sets(read_codings(store, None, by_person=True)) == {
        key: {"ann": frozenset({"praise"})}
    }


def test_pseudonyms_are_learnt_without_their_numbers(store):
    (key,) = put(store, [{"text": "[PERSON_1] told [PERSON_2] to wait"}])
    code(store, {key: ["staff"]})
    store.correct(key, ["staff"], "ann")
    labels = read_corrections(store, CODEBOOK).labels
    assert labels["text"].tolist() == ["[PERSON] told [PERSON] to wait"]


def test_corrections_come_before_labels_and_keep_their_sentiments_apart(store):
    ids = fill(store, ["complaint"] * 2)
    for key in ids:
        store.correct(key, ["praise"], "ann")
    found = read_corrections(store, CODEBOOK)
    alone = join_labels(found, None)
    assert "sentiment" not in alone
    labels = pd.DataFrame({"id": ["1"], "text": ["so slow"], "codes": ["complaint"]})
    both = join_labels(found, labels)
    assert both["codes"].tolist() == ["praise", "praise", "complaint"]
    assert both.loc[2, ["language", "response_id"]].tolist() == ["en", ""]
    assert "sentiment" not in both
    with_tone = join_labels(found, labels.assign(sentiment="mixed"))
    assert with_tone["sentiment"].tolist() == ["negative", "negative", "mixed"]
    with pytest.raises(LabelsError, match="no column 'codes'"):
        join_labels(found, labels[["id", "text"]])


def test_nothing_to_learn_from_says_what_to_do(store, tmp_path):
    with pytest.raises(LabelsError, match="feedback code-next"):
        train_to(SETTINGS, None, "digital_service", tmp_path / "model", store=store)
    with pytest.raises(LabelsError, match=r"--labels FILE.*--corrections"):
        train_to(SETTINGS, None, "digital_service", tmp_path / "model", is_tuned=True)


def test_what_was_learnt_is_told():
    figure = {"value": 0.5, "low": 0.4, "high": 0.6}
    told = training_text(
        {
            "version": "v",
            "out_of_fold": {"micro_f1": figure},
            "corrections": {
                "n_corrections": 40,
                "n_disputed": 3,
                "n_unknown": 0,
                "coders": ["ann", "bob"],
                "n_labels": 0,
            },
        },
        Path("model"),
    )
    assert "40 corrected comments by ann, bob, beside 0 rows of labels." in told
    assert "Left out until coders agree: 3." in told
    assert "lacks" not in told


THEMES = {
    "fault.upload": "I could not upload the {} because the page would not take the file",
    "process.delay": "I have been waiting {} weeks and nobody has told me anything",
    "praise": "Very easy and quick, the {} part was excellent, thank you",
    "staff": "The {} on the telephone was kind and patient with me",
}
WORDS = (
    "photo letter birth-certificate passport statement form scan deed receipt picture invoice "
    "contract payslip bill will"
).split()


@pytest.mark.slow
def test_a_morning_from_drawing_to_a_classifier_with_live_figures(tmp_path):
    """The installed commands: sixty comments, forty coded, a model, and how right it is."""
    home = tmp_path / "home"
    home.mkdir()
    texts = {theme.format(word): name for name, theme in THEMES.items() for word in WORDS}

    def run(*arguments, fails=False):
        told = subprocess.run(
            [FEEDBACK, *map(str, arguments)],
            capture_output=True,
            text=True,
            env={"PATH": "/usr/bin:/bin", "HOME": str(home), "FEEDBACK_HOME": str(home)},
            cwd=home,
            timeout=300,
        )
        assert (told.returncode == 2) == fails, told.stderr
        return told.stderr if fails else told.stdout

    with Store.open(f"sqlite:///{home / 'feedback.db'}") as opened:
        ids = put(opened, [{"text": text} for text in texts])
        code(opened, dict(zip(ids, ([name] for name in texts.values()), strict=True)))
    sheet = home / "sheet.csv"
    drawn = json.loads(run("code-next", "--n", 40, "--out", sheet, "--json"))
    assert (drawn["n_random"], drawn["n_random"] + drawn["n_uncertain"]) == (20, 40)
    assert "is there already" in run("code-next", "--out", sheet, fails=True)
    assert "20 different" not in run("quality")
    right = {row["id"]: texts[row["text"]] for row in sheet_rows(sheet)}
    code_sheet(sheet, lambda row: "nonsense" if row["id"] == min(right) else right[row["id"]])
    refused = run("correct", sheet, "--coder", "ann", fails=True)
    assert "1 row of" in refused
    assert "nonsense" not in refused
    code_sheet(sheet, lambda row: right[row["id"]])
    assert "40 codings by ann stored; 0 as they were" in run("correct", sheet, "--coder", "ann")
    assert json.loads(run("correct", sheet, "--coder", "ann", "--json"))["n_unchanged"] == 40
    figures = json.loads(run("quality", "--json", "--service", "divorce", "--since", "01/01/2026"))
    assert figures["model"]["figures"]["micro_f1"]["value"] == 1.0
    assert figures["coders"] == {"ann": 20}
    told = json.loads(run("train", "--corrections", "--out", home / "model", "--json"))
    assert told["corrections"]["n_corrections"] == 40
    asked = home / "asked.jsonl"
    asked.write_text(json.dumps({"id": 1, "text": THEMES["fault.upload"].format("deed")}))
    (line,) = run("classify", asked, "--model", home / "model").splitlines()
    assert json.loads(line)["codes"][0]["code"] == "fault.upload"
