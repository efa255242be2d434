"""A codebook goes to other programs and back without loss, and theirs become ours."""

from __future__ import annotations

import tomllib
from pathlib import Path
from xml.etree import ElementTree

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from classifiers.codebook import (
    NO_DEFINITION,
    Code,
    Codebook,
    codebook_from_mapping,
    load_codebook,
)
from classifiers.codebook_checks import find_problems
from classifiers.codebook_exchange import from_qda, to_qda
from classifiers.codebook_toml import STARTER, to_toml
from feedback.duplicates import text_key
from feedback.errors import CodebookError
from feedback.export.qda import MAX_BYTES, QdaCode, QdaCodebook, QdaSet, read_qdc, write_qdc
from tests.classifiers.schema_check import Schema

FOREIGN = Path(__file__).parents[2] / "fixtures" / "codebooks"

_TEXT = st.text(
    st.one_of(
        st.sampled_from("\n\t -*•:<>&'\"\\"),
        st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufffe\uffff"),
    ),
    max_size=25,
)
_LABELLED = st.builds(
    "{}{}: {}".format, _TEXT, st.sampled_from(["Include", "Examples", "Code id", "Tone"]), _TEXT
)
TEXTS = st.one_of(_TEXT, _LABELLED)
LINES = _TEXT.map(lambda text: " ".join(text.split())).filter(bool)
IDS = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9._-]{0,12}", fullmatch=True)


@st.composite
def codebooks(draw: st.DrawFn) -> Codebook:
    """Codebooks of every shape that passes the check."""
    ids = draw(st.lists(IDS, min_size=1, max_size=8, unique=True))
    codes: list[Code] = []
    seen: set[str] = set()
    for position, code_id in enumerate(ids):
        texts = [text for text in draw(st.lists(TEXTS, max_size=3)) if text.strip()]
        examples = []
        for text in texts:
            if text_key(text) not in seen:
                seen.add(text_key(text))
                examples.append(text)
        codes.append(
            Code(
                code_id,
                f"{draw(LINES)} {position}",
                draw(TEXTS.filter(lambda text: text.strip())),
                draw(TEXTS),
                draw(TEXTS),
                parent=draw(st.sampled_from(["", *ids[:position]])),
                codable=position == 0 or draw(st.booleans()),
                urgent=draw(st.booleans()),
                tone=draw(st.sampled_from(["", "positive", "neutral", "negative"])),
                examples=tuple(examples),
            )
        )
    codes = draw(st.permutations(codes))  # a child may stand before its parent
    return Codebook(draw(IDS), draw(LINES), draw(st.integers(1, 10**9)), tuple(codes), draw(TEXTS))


ROUND_TRIPS = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])


@ROUND_TRIPS
@given(codebooks())
def test_what_was_exported_is_imported_the_same(codebook: Codebook) -> None:
    assert find_problems({**codebook.__dict__, "codes": [_entry(c) for c in codebook.codes]}) == []
    imported = from_qda(read_qdc(write_qdc(to_qda(codebook))))
    assert imported.codebook == codebook
    assert imported.codebook.fingerprint == codebook.fingerprint


@ROUND_TRIPS
@given(codebooks())
def test_a_written_toml_file_is_read_the_same(codebook: Codebook) -> None:
    written = to_toml(codebook, notes=["From elsewhere.\nOn two lines."])
    assert codebook_from_mapping(tomllib.loads(written)) == codebook


@ROUND_TRIPS
@given(codebooks())
def test_what_is_written_keeps_the_published_schema(codebook: Codebook) -> None:
    assert Schema().departures(write_qdc(to_qda(codebook))) == []


def _entry(code: Code) -> dict[str, object]:
    return {name: getattr(code, name) for name in Code.__dataclass_fields__}


def test_the_schema_check_finds_departures() -> None:
    good = write_qdc(to_qda(load_codebook())).decode()
    assert Schema().departures(good.encode()) == []
    for old, new in (
        ('isCodable="true"', 'isCodable="yes"'),
        ('isCodable="true" ', ""),
        ('color="#12436D"', 'color="navy"'),
        ("<Codes>", '<Codes sort="a">'),
        ('guid="f', 'guid="g'),
        ("codebook:1.0", "codebook:1:0"),
        ("</Codes>", "<Note/></Codes>"),
        ("<Description>", "<Description/><Description>"),
    ):
        assert old in good
        assert Schema().departures(good.replace(old, new, 1).encode()) != [], new


def test_the_default_codebook_travels(codebook: Codebook) -> None:
    content = write_qdc(to_qda(codebook))
    assert content == write_qdc(to_qda(codebook)), "the same bytes every time"
    assert from_qda(read_qdc(content)).codebook == codebook
    tree = ElementTree.fromstring(content)
    space = {"q": "urn:QDA-XML:codebook:1.0"}
    upload = tree.find(".//q:Code[@name='Upload or download fails']", space)
    assert upload is not None
    told = upload.findtext("q:Description", namespaces=space)
    assert told is not None
    assert told.startswith("Definition: A document cannot be uploaded")
    assert "\n\nExamples:\n- It will not let me attach my payslips\n" in told
    group = tree.find("./q:Codes/q:Code[@name='Technical faults']", space)
    assert group is not None
    assert group.get("isCodable") == "false"
    assert upload in list(group), "hierarchy is nesting"


def test_a_code_keeps_its_guid_when_it_is_worded_anew(codebook: Codebook) -> None:
    book = codebook_from_mapping(
        {"id": "b", "version": 1, "codes": [{"id": "a", "label": "A", "definition": "Ash."}]}
    )
    later = codebook_from_mapping(
        {"id": "b", "version": 2, "codes": [{"id": "a", "label": "Z", "definition": "Oak."}]}
    )
    assert to_qda(book).codes[0].guid == to_qda(later).codes[0].guid
    guids = {code.guid for code in to_qda(codebook).codes}
    assert len(guids) == len(to_qda(codebook).codes)
    assert to_qda(book).codes[0].guid not in guids


def test_edits_made_elsewhere_come_back(codebook: Codebook) -> None:
    text = write_qdc(to_qda(codebook)).decode()
    text = text.replace("Definition: Waiting for", "Definition: Too much waiting for", 1)
    text = text.replace('name="Broken link"', 'name="Dead link"')
    new = (
        '<Code guid="11111111-2222-4333-8444-555555555555" name="Parking" isCodable="true">'
        "<Description>No space for the car.</Description></Code></Codes>"
    )
    found = from_qda(read_qdc(text.replace("</Codes>", new, 1).encode()))
    assert found.warnings == ()
    assert found.codebook["fault.link"].label == "Dead link"
    assert found.codebook["parking"] == Code("parking", "Parking", "No space for the car.")
    assert found.codebook.code_ids == (*codebook.code_ids, "parking")
    changed = {code.id for code in codebook.codes if found.codebook[code.id] != code}
    assert changed <= {"fault.link", "process.delay"}


def test_maxqda_nested_codes_and_scripts() -> None:
    found = from_qda(read_qdc((FOREIGN / "maxqda.qdc").read_bytes()), name="My study 2022")
    book = found.codebook
    assert (book.id, book.version) == ("my_study_2022", 1)
    assert [(code.id, code.label, code.parent) for code in book.codes] == [
        ("barriers", "Barriers", ""),
        ("barriers.other", "Other", "barriers"),
        ("barriers.offnungszeiten_wege", "Öffnungszeiten & Wege", "barriers"),
        ("barriers.offnungszeiten_wege.code_4", "待ち時間", "barriers.offnungszeiten_wege"),
        ("enablers", "Enablers", ""),
        ("enablers.other", "Other", "enablers"),
    ]
    assert book["barriers"].definition == (
        "Anything that keeps somebody from finishing.\nAlso when a friend had to help."
    )
    assert book.undefined_ids == (
        "barriers.other",
        "barriers.offnungszeiten_wege.code_4",
        "enablers",
        "enablers.other",
    )
    assert [warning[:44] for warning in found.warnings] == [
        "4 of 6 codes have no definition yet: barrier"
    ]


def test_nvivo_namespace_braces_and_names_that_stand_twice() -> None:
    found = from_qda(read_qdc((FOREIGN / "nvivo.qdc").read_bytes()), name="nvivo")
    paying, group, first, second = found.codebook.codes
    assert paying.definition == "The fee and how it is paid."
    assert paying.include == "cards that are refused"
    assert paying.exclude == "fees that are too high"
    assert not group.codable
    assert (first.label, second.label) == ("By phone", "By phone (2)")
    assert (first.id, second.id) == ("getting_help.by_phone", "getting_help.by_phone_2")
    assert "'By phone' stands twice" in found.warnings[0]


def test_taguette_flat_tags_without_descriptions() -> None:
    found = from_qda(read_qdc((FOREIGN / "taguette.qdc").read_bytes()), name="taguette")
    assert found.codebook.code_ids == ("interesting", "waiting_phone", "waiting_post")
    assert {code.definition for code in found.codebook.codes} == {NO_DEFINITION}
    assert "3 of 3 codes have no definition yet" in found.warnings[0]


NAMES = st.text(max_size=12)
TREES = st.recursive(
    st.builds(QdaCode, NAMES, NAMES, st.booleans(), TEXTS),
    lambda children: st.builds(
        QdaCode, NAMES, NAMES, st.just(True), NAMES, codes=st.lists(children, max_size=4).map(tuple)
    ),
    max_leaves=12,
)


@ROUND_TRIPS
@given(st.lists(TREES, min_size=1, max_size=4))
@example([QdaCode("", "", description="Code id: a\nExamples:\n- x\n- X"), QdaCode("", "")])
def test_any_tree_of_codes_becomes_a_codebook(codes: list[QdaCode]) -> None:
    tree = QdaCodebook(tuple(codes), sets=(QdaSet("", "x"),))
    if not any(_codable(code) for code in codes):
        with pytest.raises(CodebookError, match="every one has codable = false"):
            from_qda(tree)
        return
    book = from_qda(tree).codebook
    assert len(book.codes) == sum(map(_size, codes))
    assert codebook_from_mapping(tomllib.loads(to_toml(book))) == book
    assert from_qda(read_qdc(write_qdc(to_qda(book)))).codebook == book


def _size(code: QdaCode) -> int:
    return 1 + sum(map(_size, code.codes))


def _codable(code: QdaCode) -> bool:
    return code.is_codable or any(map(_codable, code.codes))


def test_a_copied_code_gets_an_id_of_its_own(codebook: Codebook) -> None:
    praise = next(code for code in to_qda(codebook).codes if code.name == "Praise")
    copy = QdaCode("", "Praise (copy)", True, praise.description)
    found = from_qda(QdaCodebook((praise, copy)))
    assert found.codebook.code_ids == ("praise", "praise_copy")
    assert "The id 'praise' stands twice" in found.warnings[0]
    assert found.codebook["praise_copy"].examples == (), "each example stands once"


BOMB = (
    '<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">]>'
    '<CodeBook><Codes><Code name="&b;" isCodable="true" guid="1"/></Codes></CodeBook>'
)
SPY = '<!DOCTYPE x [<!ENTITY f SYSTEM "file:///etc/passwd">]><CodeBook><Codes/></CodeBook>'
DTD = '<!DOCTYPE CodeBook SYSTEM "http://example.org/x.dtd"><CodeBook><Codes/></CodeBook>'


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (BOMB, "document type"),
        (SPY, "document type"),
        (DTD, "document type"),
        (BOMB.encode("utf-16"), "document type"),
        ("<CodeBook><Codes>&f;</Codes></CodeBook>", "undefined entity"),
        ("<Code>" * 51 + "</Code>" * 51, "More than 50 levels"),
        ("<CodeBook>" + "<a/>" * 20_001 + "</CodeBook>", "20,000 elements"),
        ("<Project><CodeBook/></Project>", "begins with <Project>"),
        ("<CodeBook><Codes/></CodeBook>", "has no codes"),
        ("<CodeBook>", "no readable XML: no element found, line 1"),
        (b"\x00\xff\x9c", "no readable XML"),
        ("", "no readable XML"),
        (b"PK\x03\x04 project", "such as a project"),
        ('<?xml version="1.0" encoding="klingon"?><CodeBook/>', "XML"),
        (b" " * (MAX_BYTES + 1), "larger than 10 MB"),
    ],
)
def test_a_file_that_cannot_be_trusted_is_refused(content: str | bytes, says: str) -> None:
    raw = content.encode() if isinstance(content, str) else content
    with pytest.raises(CodebookError, match=says):
        read_qdc(raw)


def test_a_file_in_another_encoding_is_read() -> None:
    text = (
        '<?xml version="1.0" encoding="{}"?><CodeBook><Codes><Code name="Café"/></Codes></CodeBook>'
    )
    for encoding in ("utf-8", "utf-16", "iso-8859-1", "windows-1252"):
        (code,) = read_qdc(text.format(encoding).encode(encoding)).codes
        assert code.name == "Café"


def test_the_starter_passes_the_check_and_shows_every_field() -> None:
    content = tomllib.loads(STARTER)
    assert find_problems(content) == []
    used = {field for code in content["codes"] for field in code}
    assert used == set(Code.__dataclass_fields__)
