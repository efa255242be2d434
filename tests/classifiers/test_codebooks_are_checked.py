"""A codebook with a mistake is refused, and the message says which code and what to do."""

from __future__ import annotations

import copy
import re
import tomllib
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from classifiers.codebook import Codebook, codebook_from_mapping, coding_guide, load_codebook
from classifiers.codebook_checks import find_problems
from classifiers.codebook_toml import STARTER
from feedback.duplicates import text_key
from feedback.errors import CodebookError

CONTRACT = """
fault.error fault.performance fault.lost_data fault.upload fault.payment fault.sign_in
fault.validation fault.link fault.device use.navigation use.length use.question content.unclear
content.missing content.language access.accessibility access.help process.delay process.cost
process.documents process.decision staff praise complaint suggestion safeguarding none
""".split()

GOOD: dict[str, Any] = {
    "id": "mine",
    "version": 2,
    "codes": [
        {"id": "bins", "label": "Bins", "definition": "About bins.", "codable": False},
        {"id": "bins.late", "label": "Late", "definition": "Not emptied.", "parent": "bins"},
        {"id": "none", "label": "None", "definition": "Nothing.", "examples": ["n/a"]},
    ],
}


def changed(**fields: Any) -> dict[str, Any]:
    """A copy of GOOD whose second code has other fields; None takes a field away."""
    content = copy.deepcopy(GOOD)
    content["codes"][1].update(fields)
    for field in [name for name, value in fields.items() if value is None]:
        del content["codes"][1][field]
    return content


def test_a_good_codebook_is_read() -> None:
    book = codebook_from_mapping(GOOD)
    assert book.name == "mine/2"
    assert book.code_ids == ("bins.late", "none")
    assert book["none"].examples == ("n/a",)
    assert "bins" in book
    assert "dogs" not in book


MISTAKES = [
    (changed(id="none"), r"'none' stands twice"),
    (changed(parent="dogs"), r"'bins.late' has the parent 'dogs', which is not in the codebook"),
    (changed(parent="bins.late"), r"own ancestors: bins.late > bins.late"),
    (changed(label=None), r"'bins.late' has no 'label'"),
    (changed(definition="  "), r"'bins.late' has no 'definition'"),
    (changed(id=None), r"Code 2 has no 'id'"),
    (changed(colour="red"), r"unknown field 'colour'. Known: id, label"),
    (changed(examples="n/a"), r"'examples' must be a list"),
    (changed(examples=[1]), r"'examples' must be a list"),
    (changed(urgent="yes"), r"'urgent' must be true or false"),
    (changed(tone="angry"), r"'tone' must be positive, neutral, negative"),
    (changed(include=3), r"'include' must be text"),
    ({**GOOD, "version": "2"}, r"needs a 'version'"),
    ({**GOOD, "version": True}, r"needs a 'version'"),
    ({**GOOD, "id": ""}, r"needs an 'id'"),
    ({**GOOD, "codes": []}, r"has no codes"),
    ({**GOOD, "codes": ["bins"]}, r"Code 1 is not a table"),
    ({**GOOD, "label": 4}, r"'label' and 'description' must be text"),
    ({**GOOD, "codes": GOOD["codes"][:1]}, r"every one has codable = false"),
    (changed(lable="Late"), r"unknown field 'lable'. Did you mean 'label'\?"),
    ({**GOOD, "titel": "x"}, r"Codebook 'mine' has an unknown field 'titel'"),
    ({**GOOD, "versoin": 2}, r"unknown field 'versoin'. Did you mean 'version'\?"),
    (changed(id="bins late"), r"'bins late': an 'id' has letters from a to z"),
    (changed(id="bins;late"), r"begins with a letter or digit"),
    (changed(id="bwrdd-sŵn"), r"an 'id' has letters from a to z"),
    (changed(id=".late"), r"begins with a letter or digit"),
    (changed(id="b" * 81), r"at most 80 characters, not 81"),
    ({**GOOD, "id": "my book"}, r"Codebook 'my book': an 'id' has letters"),
    (changed(label=" BINS ", parent=""), r"'bins', 'bins.late' have the same label at the top"),
    (changed(label="one\ntwo"), r"'label' must be one line"),
    (changed(definition="a\x07b"), r"'definition' has a character that cannot be shown"),
    (changed(examples=["fine", "x\x00"]), r"'examples' has a character that cannot be shown"),
    (changed(examples=["N/A!"]), r"Example 1 of code 'none' is also example 1 of code 'bins.late'"),
    (changed(examples=["so late", "So late."]), r"Example 2 of code 'bins.late' is also example 1"),
    (changed(examples=[" "]), r"'bins.late' has an empty example"),
    (
        {**GOOD, "codes": [{**GOOD["codes"][2], "id": f"c{n}"} for n in range(501)]},
        r"501 codes are too many to keep apart. Keep at most 500",
    ),
    (
        {
            **GOOD,
            "codes": [
                {
                    "id": f"c{n}",
                    "label": f"C{n}",
                    "definition": "d",
                    "parent": f"c{n - 1}" if n else "",
                }
                for n in range(25)
            ],
        },
        r"'c20' is on level 21. Keep at most 20 levels",
    ),
]

FINE = [
    changed(id="Bins.Late-2_b"),
    changed(id="b" * 80),
    changed(label="BINS"),  # another parent: the name can stand there, too
    changed(definition="One line.\n\n\tAnother, with – dashes, ‘quotes’, ŵ and 😀."),
    changed(examples=["nobody came", "nobody came again"]),
    changed(include="", exclude="", tone="", parent="", examples=[]),
    {**GOOD, "label": "", "description": "About bins."},
    {
        **GOOD,
        "codes": [
            {**GOOD["codes"][1], "id": f"c{n}", "label": f"C{n}", "parent": ""} for n in range(500)
        ],
    },
    {
        **GOOD,
        "codes": [
            {"id": f"c{n}", "label": f"C{n}", "definition": "d", "parent": f"c{n - 1}" if n else ""}
            for n in range(20)
        ],
    },
]


@pytest.mark.parametrize(("content", "message"), MISTAKES, ids=[m for _, m in MISTAKES])
def test_a_mistake_is_named(content: dict[str, Any], message: str) -> None:
    with pytest.raises(CodebookError, match=message):
        codebook_from_mapping(content)


@pytest.mark.parametrize("content", FINE)
def test_what_is_allowed_is_no_mistake(content: dict[str, Any]) -> None:
    assert find_problems(content) == []
    assert codebook_from_mapping(content).code_ids


def test_all_mistakes_are_told_at_once_a_line_each() -> None:
    content = changed(label=None, parent="dogs", urgent="yes", colour="red")
    content["codes"].append({"id": "none", "label": "More", "definition": " "})
    content["version"] = 0
    with pytest.raises(CodebookError) as caught:
        codebook_from_mapping(content)
    first, *lines = str(caught.value).split("\n")
    assert first == "7 problems in the codebook:"
    assert len(lines) == 7
    assert all(line.startswith("- ") and line.endswith(".") for line in lines)
    told = "\n".join(lines)
    for part in ("'version'", "no 'label'", "'dogs'", "'urgent'", "'colour'", "twice", "no 'def"):
        assert part in told


def test_each_cycle_is_told_once() -> None:
    content = changed(parent="none")
    content["codes"][2]["parent"] = "bins.late"
    assert len([line for line in find_problems(content) if "ancestors" in line]) == 1


def test_a_file_in_another_encoding_is_named(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_bytes('id = "café"'.encode("latin-1"))
    with pytest.raises(CodebookError, match=r"not in UTF-8 \(byte 10\)"):
        load_codebook(path)


def test_a_byte_order_mark_and_windows_line_ends_do_no_harm(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_bytes(b"\xef\xbb\xbf" + STARTER.replace("\n", "\r\n").encode())
    assert load_codebook(path) == codebook_from_mapping(tomllib.loads(STARTER))


def test_endless_nesting_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text("id = " + "[" * 100_000, encoding="utf-8")
    with pytest.raises(CodebookError, match="nested too deeply"):
        load_codebook(path)


def test_groups_and_children_are_told(codebook: Codebook) -> None:
    assert codebook.group_ids == ("fault", "use", "content", "access", "process")
    assert [code.id for code in codebook.children_of("use")] == [
        "use.navigation",
        "use.length",
        "use.question",
    ]
    tops = [code.id for code in codebook.children_of("")]
    assert tops[:5] == list(codebook.group_ids)
    assert "praise" in tops
    assert codebook.children_of("praise") == ()
    assert codebook.undefined_ids == ()


def test_the_guide_in_the_package_is_the_one_in_the_docs(codebook: Codebook) -> None:
    docs = Path(__file__).parents[2] / "docs" / "coding-guide.md"
    assert coding_guide(codebook) == docs.read_text(encoding="utf-8"), (
        "cp docs/coding-guide.md classifiers/codebooks/digital_service.guide.md"
    )
    assert coding_guide(replace(codebook, version=99)) == "", "borders of its own, no guide"
    assert coding_guide(codebook_from_mapping(GOOD)) == ""


def test_a_long_cycle_is_told_in_full() -> None:
    content = changed(parent="none")
    content["codes"][2]["parent"] = "bins"
    content["codes"][0]["parent"] = "bins.late"
    with pytest.raises(CodebookError, match=re.escape("bins > bins.late > none > bins")):
        codebook_from_mapping(content)


def test_a_missing_file_names_the_shipped_ones() -> None:
    with pytest.raises(CodebookError, match=r"Shipped: digital_service\."):
        load_codebook("no_such_codebook")


def test_broken_toml_is_told_without_a_traceback(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text("id = ", encoding="utf-8")
    with pytest.raises(CodebookError, match="not valid TOML"):
        load_codebook(path)


def test_a_file_is_read_like_a_shipped_one(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(
        'id = "mine"\nversion = 1\n[[codes]]\nid = "a"\nlabel = "A"\ndefinition = "Ash."\n',
        encoding="utf-8",
    )
    assert load_codebook(path).code_ids == ("a",)


def test_the_fingerprint_follows_the_content_and_not_the_layout() -> None:
    book = codebook_from_mapping(GOOD)
    reordered = {**GOOD, "codes": [dict(reversed(code.items())) for code in GOOD["codes"]]}
    assert codebook_from_mapping(reordered).fingerprint == book.fingerprint
    assert codebook_from_mapping(changed(label="Later")).fingerprint != book.fingerprint


def test_the_default_codebook_keeps_its_contract(codebook: Codebook) -> None:
    assert codebook.name == "digital_service/1"
    assert sorted(codebook.code_ids) == sorted(CONTRACT)
    assert codebook.urgent_ids == ("safeguarding",)
    for code in codebook.code_ids:
        assert codebook[code].parent == (code.split(".")[0] if "." in code else "")


def test_every_code_has_different_examples(codebook: Codebook) -> None:
    keys = [text_key(example) for code in codebook.codes for example in code.examples]
    assert len(keys) == len(set(keys))
    for code in codebook.code_ids:
        assert 3 <= len(codebook[code].examples) <= 6, code
