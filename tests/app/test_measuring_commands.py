"""Evaluate and agreement as a person runs them: tables, JSON, and few comments said to be few."""

import csv
import json
import subprocess
import sys
from pathlib import Path

import pytest

from app.measuring_text import agreement_text, evaluation_text
from classifiers.codebook import load_codebook

FEEDBACK = Path(sys.executable).with_name("feedback")
FEW = ["too", "few", "to", "say"]


def run(*arguments, home):
    told = subprocess.run(
        [FEEDBACK, *map(str, arguments)],
        capture_output=True,
        text=True,
        env={"PATH": "/usr/bin:/bin", "HOME": str(home), "FEEDBACK_HOME": str(home)},
        cwd=home,
        timeout=300,
    )
    assert told.returncode == 0, told.stderr
    assert told.stderr == ""
    return told.stdout


def write(path, heading, rows):
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([heading, *rows])
    return path


def line(text, start):
    """The words of the one line of a text that starts so."""
    (found,) = [each for each in text.splitlines() if each.startswith(start)]
    return found


@pytest.fixture(scope="module")
def evaluated(tmp_path_factory):
    """What the shipped classifier does on 66 comments: figures, their table, and what was said."""
    home = tmp_path_factory.mktemp("evaluate")
    rows = [(n, f"really easy and quick, thank you, {n} times", "praise", "en") for n in range(32)]
    rows += [(40 + n, f"Error {n} when I upload page {n}", "fault.upload", "cy") for n in range(32)]
    rows += [(90, "n/a", "none", "en"), (91, "N/A", "none", "en")]
    rows += [(92, "My name is Oluwaseun Adeyemi and staff were kind", "staff;praise", "en")]
    labels = write(home / "labels.csv", ("id", "text", "codes", "language"), rows)
    options = ("evaluate", "--labels", labels, "--by", "language")
    figures = json.loads(run(*options, "--json", home=home))
    return figures, run(*options, home=home)


def test_evaluate_tells_figures_their_base_and_what_was_left_out(evaluated):
    figures, told = evaluated
    assert told == evaluation_text(figures) + "\n"
    assert f"{figures['model']} on 66 comments." in told
    assert "Left out: 1 that repeat another. Nothing to code: 1 by label" in told
    assert "1000 bootstraps over" in told
    assert "Adeyemi" not in told + json.dumps(figures)
    assert (figures["bootstrap"]["n_resamples"], figures["bootstrap"]["drawn"]) == (
        1000,
        "comments",
    )


def test_evaluate_says_nothing_of_codes_with_few_comments_but_json_does(evaluated):
    figures, told = evaluated
    codes = {code["code"]: code for code in figures["codes"]}
    assert line(told, "staff ").split()[1:] == ["1", str(codes["staff"]["n_assigned"]), *FEW]
    recall = codes["praise"]["recall"]
    assert f"{recall['value']:.2f} ({recall['low']:.2f}-{recall['high']:.2f})" in line(
        told, "praise                     33"
    )
    assert codes["staff"]["is_too_few"]
    assert codes["staff"]["recall"]["value"] is not None
    assert figures["parts"]["cy"]["n_comments"] == 32
    assert figures["parts"]["en"]["micro_f1"]["value"] == pytest.approx(
        float(line(told, "en ").split()[2]), abs=0.005
    )


def test_agreement_tells_each_code_and_marks_what_nobody_used(tmp_path):
    rows = []
    for n in range(80):
        ann = "praise" if n % 2 else "staff;praise" if n % 8 == 0 else "complaint"
        bo = "complaint" if n % 10 == 1 else ann
        rows += [(n, "ann", ann), (n, "bo", bo)]
    rows += [(100, "ann", "praise"), (101, "bo", "")]
    file = write(tmp_path / "coded.csv", ("id", "coder", "codes"), rows)
    figures = json.loads(run("agreement", file, "--json", home=tmp_path))
    told = run("agreement", file, home=tmp_path)
    assert told == agreement_text(figures) + "\n"
    assert "80 comments coded by two or more (ann 81, bo 80)" in told
    assert "1 rows without a code count as not coded" in told
    codes = {code["code"]: code for code in figures["codes"]}
    assert list(codes) == list(load_codebook().code_ids)
    praise = codes["praise"]
    assert praise["n"] == 50
    assert praise["agreement"]["value"] == 0.9  # 8 of 80 differ
    assert f"{praise['kappa']['value']:.2f} (" in line(told, "praise  ")
    assert line(told, "staff ").split() == ["staff", "10", *FEW]
    assert line(told, "process.cost").split() == ["process.cost", "0", "nobody", "used", "it"]
    assert line(told, "  praise ").split() == ["praise", "complaint", "8"]
