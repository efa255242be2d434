"""Topics of a file are named without anybody's name; those of a store are seen as tree and map."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from app import wiring
from app.topic_map import draw_map, read_tree, tree_text
from app.topic_work import fit_file
from feedback.errors import SettingsError
from feedback.settings import Settings
from feedback.store import Store
from tests.app.filling import NOW, code, put
from tests.topics.test_a_store_is_brought_up_to_date import WideEmbedder, add
from topics.refresh_topics import refresh_topics

SURNAMES = "Ramanathan Okonkwo Featherstone Hughes".split()
FORENAMES = "Priya Chidi Margaret Dafydd".split()
SENTENCES = (
    "{name} never called me about the hearing",
    "I spoke to {name} about my hearing date",
    "the hearing officer {name} was rude to me",
    "My hearing was moved, Mr {surname} told me too late",
    "please tell {name} that the hearing was cancelled",
)
OTHERS = ("the card payment was refused again", "cannot upload a photo of my evidence")
ROW = "upload photo refused large scanner file"
SECRET = "zorblatt quillfish"


def test_nobodys_name_becomes_the_name_of_a_topic(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    texts = []
    for i in range(60):
        person = i // 15
        name = f"{FORENAMES[person]} {SURNAMES[person]}"
        sentence = SENTENCES[i % len(SENTENCES)]
        texts.append(sentence.format(name=name, surname=SURNAMES[person]))
    texts += [OTHERS[0]] * 40 + [OTHERS[1]] * 40
    centres = rng.normal(size=(6, 48))
    # Each person's comments lie together, so that the name tells them from the others best.
    group = np.concatenate([np.arange(60) // 15, [4] * 40, [5] * 40])
    vectors = centres[group] + 0.3 * rng.normal(size=(len(texts), 48))
    np.save(tmp_path / "vectors.npy", vectors)
    source, out = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
    source.write_text(
        "".join(json.dumps({"id": i, "text": t}) + "\n" for i, t in enumerate(texts)),
        encoding="utf-8",
    )
    summary = fit_file(Settings(home=tmp_path), source, tmp_path / "vectors.npy", out)
    assert summary.n_topics >= 4
    told = out.read_text(encoding="utf-8")
    assert "earing" in told
    assert "payment" in told
    assert not [n for n in (*FORENAMES, *SURNAMES) if n.lower() in told.lower()]


def test_finer_topics_are_more(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    vectors = np.repeat(rng.normal(size=(4, 32)), 100, axis=0) + 1.2 * rng.normal(size=(400, 32))
    np.save(tmp_path / "vectors.npy", vectors)
    source = tmp_path / "in.jsonl"
    texts = [f"card payment refused {'abcdefghijklmnop'[i // 25] * 4}" for i in range(400)]
    source.write_text(
        "".join(json.dumps({"id": i, "text": text}) + "\n" for i, text in enumerate(texts))
    )
    found = [
        fit_file(
            Settings(home=tmp_path, topics_granularity=granularity),
            source,
            tmp_path / "vectors.npy",
            tmp_path / f"{granularity}.jsonl",
        ).n_topics
        for granularity in (1.0, 4.0)
    ]
    assert found[0] == 4
    assert found[1] > 4


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    monkeypatch.setattr(wiring, "make_embedder", lambda settings, cache=None: WideEmbedder())
    with Store.open(f"sqlite:///{tmp_path / 'feedback.db'}") as opened:
        yield opened


def test_without_topics_there_is_no_tree_and_no_map(store: Store, tmp_path: Path) -> None:
    assert read_tree(store) == []
    assert tree_text([]).startswith("No groups")
    with pytest.raises(SettingsError, match="feedback topics fit"):
        draw_map(Settings(), store, tmp_path / "map")


def test_a_map_shows_the_stored_topics_and_nothing_of_safeguarding(
    store: Store, tmp_path: Path
) -> None:
    for seed, subject in enumerate(("fault.upload", "fault.payment", "fault.sign_in")):
        add(store, subject, 40, seed=seed)
    flagged = put(store, [{"text": f"{ROW} {SECRET}", "submitted_at": NOW} for _ in range(4)])
    code(store, {key: ["safeguarding"] for key in flagged})
    refresh_topics(store, WideEmbedder(), settings=Settings(topics_min_comments=60))
    written = draw_map(Settings(), store, tmp_path / "map")
    assert {path.name for path in written} >= {"map.html", "over_time.html", "model"}
    for path in (tmp_path / "map").rglob("*"):
        if path.is_file():
            content = path.read_bytes().decode("utf-8", "replace")
            assert not re.search("zorblatt|quillfish", content), path.name
            assert "number 0 7" not in content, f"{path.name} holds a comment"
    assert "upload" in (tmp_path / "map" / "map.html").read_text(encoding="utf-8").lower()
