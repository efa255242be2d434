"""A team begins a codebook, checks it, and carries it to other programs and back."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.main import get_command

from app import cli
from app.cli import application
from app.codebook_files import tree_text
from classifiers.codebook import codebook_from_mapping, load_codebook
from classifiers.codebook_toml import to_toml

ROOT = Path(__file__).parents[2]
FOREIGN = ROOT / "fixtures" / "codebooks"
Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Run `feedback codebook` in a folder of its own: exit code, output, messages."""
    monkeypatch.chdir(tmp_path)

    def ran(*arguments: object) -> tuple[int, str, str]:
        monkeypatch.setattr("sys.argv", ["feedback", "codebook", *map(str, arguments)])
        with pytest.raises(SystemExit) as left:
            cli.main()
        told = capsys.readouterr()
        return int(left.value.code or 0), told.out, told.err

    return ran


def test_a_good_codebook_is_told_in_one_line(run: Run) -> None:
    assert run("check", "digital_service") == (
        0,
        "digital_service: 27 codes, 5 groups, version 1\n",
        "",
    )


def test_a_new_codebook_passes_its_own_check(run: Run) -> None:
    code, out, err = run("new", "--out", "mine.toml")
    assert (code, out) == (0, "")
    assert "feedback codebook check mine.toml" in err
    assert run("check", "mine.toml") == (0, "my_service: 5 codes, 1 group, version 1\n", "")


def test_every_problem_gets_a_line(run: Run, tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text('id = "mine"\n[[codes]]\nid = "a b"\nlable = "A"\n')
    code, out, err = run("check", "mine.toml")
    assert (code, out) == (2, "")
    first, *lines = err.splitlines()
    assert first == "feedback: 5 problems in the codebook:"
    assert len(lines) == 5
    assert all(line.startswith("- Co") for line in lines)


def test_what_passes_and_should_be_mended_is_warned_of(run: Run) -> None:
    run("import", FOREIGN / "maxqda.qdc", "--out", "study.toml")
    code, out, err = run("check", "study.toml")
    assert (code, out) == (0, "maxqda: 6 codes, 0 groups, version 1\n")
    assert "Warning: No definition yet: barriers.other" in err
    assert "Warning: The same label under two parents: barriers.other, enablers.other." in err


def test_export_and_import_give_the_same_codebook(run: Run, tmp_path: Path) -> None:
    assert run("export", "--out", "a.qdc")[:2] == (0, "")
    code, out, err = run("import", "a.qdc", "--out", "a.toml")
    assert (code, out) == (0, "")
    assert err == "digital_service: 27 codes, 5 groups, version 1, written to a.toml.\n"
    assert load_codebook(tmp_path / "a.toml") == load_codebook()
    run("export", "--codebook", "a.toml", "--out", "b.qdc")
    assert (tmp_path / "a.qdc").read_bytes() == (tmp_path / "b.qdc").read_bytes()


def test_an_import_says_what_to_look_at_in_the_file_and_on_the_screen(
    run: Run, tmp_path: Path
) -> None:
    code, _, err = run("import", FOREIGN / "nvivo.qdc", "--out", "n.toml")
    assert code == 0
    text = (tmp_path / "n.toml").read_text(encoding="utf-8")
    warnings = re.findall(r"^Warning: (.*)$", err, re.MULTILINE)
    assert len(warnings) == 2
    assert text.startswith("# From nvivo.qdc.\n")
    assert all(f"# {warning}\n" in text for warning in warnings)


@pytest.mark.parametrize(
    "arguments",
    [
        ("new", "--out", "there"),
        ("export", "--out", "there"),
        ("import", FOREIGN / "taguette.qdc", "--out", "there"),
    ],
)
def test_nothing_is_written_over_unless_asked(
    run: Run, tmp_path: Path, arguments: tuple[object, ...]
) -> None:
    path = tmp_path / "there"
    path.write_text("precious")
    code, out, err = run(*arguments)
    assert (code, out) == (2, "")
    assert err == ("feedback: there is there already. Choose another name, or add --force.\n")
    assert path.read_text() == "precious"
    assert run(*arguments, "--force")[0] == 0
    assert path.read_text() != "precious"


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("check", "gone.toml"), "No codebook could be read from 'gone.toml'"),
        (("check", "."), "No codebook could be read from '.'"),
        (("show", "--codebook", "gone"), "Shipped: digital_service."),
        (("export", "--out", "no/such/folder.qdc"), "cannot be written: No such file"),
        (("import", "gone.qdc", "--out", "x.toml"), "gone.qdc cannot be read"),
        (("import", ".", "--out", "x.toml"), ". cannot be read"),
        (("import", FOREIGN / "../README.md", "--out", "x.toml"), "no readable XML"),
        (("check",), "Missing argument 'FILE'"),
        (("new",), "Missing option '--out'"),
    ],
)
def test_a_failure_is_one_line_and_exit_2(
    run: Run, tmp_path: Path, arguments: tuple[object, ...], says: str
) -> None:
    code, out, err = run(*arguments)
    assert (code, out) == (2, "")
    assert len(err.splitlines()) == 1
    assert err.startswith("feedback: ")
    assert says in err
    assert list(tmp_path.iterdir()) == []


def test_show_is_a_tree_to_read(run: Run) -> None:
    code, out, err = run("show")
    assert (code, err) == (0, "")
    lines = out.splitlines()
    assert lines[0] == "Digital service feedback (digital_service/1)"
    group = lines.index("Technical faults [fault, group]")
    assert lines[group + 1] == "    Something that should work does not."
    assert lines[group + 2] == "  Error message or crash [fault.error]"
    assert any(line.startswith("      Not: A form that refuses") for line in lines)
    assert any("[safeguarding, urgent]" in line for line in lines)
    assert sum(line.strip().startswith("Examples: “") for line in lines) == 27


def test_a_text_on_several_lines_keeps_the_tree_straight() -> None:
    code = {"id": "a", "label": "A", "definition": "One.\n\nTwo.", "examples": ["x\ny"]}
    book = codebook_from_mapping({"id": "b", "version": 1, "codes": [code]})
    assert tree_text(book).splitlines()[2:] == ["A [a]", "    One. Two.", "    Examples: “x y”"]
    assert codebook_from_mapping(tomllib.loads(to_toml(book))) == book


def test_docs_describe_each_command_and_option() -> None:
    docs = (ROOT / "docs" / "commands.md").read_text(encoding="utf-8")
    group = get_command(application).commands["codebook"]
    assert set(group.commands) == set(re.findall(r"`feedback codebook ([a-z]+)", docs))
    options = {
        option
        for command in group.commands.values()
        for parameter in command.params
        for option in parameter.opts
        if option.startswith("--") and option != "--help"
    }
    section = docs.split("## Say what each code means")[1].split("\n## ")[0]
    assert options <= set(re.findall(r"--[a-z]+", section))
    fields = set(re.findall(r"`(\w+)(?: = \w+)?`", section.split("| Field |")[1].split("\n\n")[0]))
    from classifiers.codebook_checks import CODE_FIELDS

    assert set(CODE_FIELDS) <= fields
