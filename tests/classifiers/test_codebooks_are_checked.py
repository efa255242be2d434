"""A codebook with a mistake is refused, and the message says which code and what to do."""

from __future__ import annotations

import copy
import re
from pathlib import Path
from typing import Any

import pytest

from classifiers.codebook import Codebook, codebook_from_mapping, load_codebook
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
]


@pytest.mark.parametrize(("content", "message"), MISTAKES, ids=[m for _, m in MISTAKES])
def test_a_mistake_is_named(content: dict[str, Any], message: str) -> None:
    with pytest.raises(CodebookError, match=message):
        codebook_from_mapping(content)


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
