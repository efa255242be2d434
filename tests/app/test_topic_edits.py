"""People shape topics at the command line, and see on the page what a fit changed."""

from __future__ import annotations

import getpass
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pandas as pd
import pytest
from scipy.optimize import linear_sum_assignment
from streamlit.testing.v1 import AppTest

from app.queries_topics import TopicReport, latest_changes
from app.tell_topics import changes_record, changes_sentence, changes_table, changes_text
from app.topic_edit_work import list_edits, merge, rename, split, undo
from app.topic_work import list_topics
from feedback.errors import SettingsError
from feedback.schema import RedactionOperator
from feedback.settings import Settings
from feedback.store import Store
from tests.app.filling import code, put
from tests.app.test_pages_show_the_store import open_app, text_of
from tests.topics.subjects import (
    SETTINGS,
    WORDS,
    WideEmbedder,
    by_comment,
    names,
    say,
    table,
    topic_of,
)
from topics import refresh_topics

__all__ = ["open_app"]

FEEDBACK = Path(sys.executable).with_name("feedback")
AT = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)


def fit(store: Store) -> None:
    refresh_topics(store, WideEmbedder(), settings=SETTINGS, is_forced=True)


def fill(store: Store) -> dict[str, list[str]]:
    ids = {subject: say(store, subject, 40, 1) for subject in WORDS}
    fit(store)
    return ids


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.open(f"sqlite:///{tmp_path / 'feedback.db'}") as opened:
        yield opened


def run(home: Path, *arguments: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [FEEDBACK, "topics", *map(str, arguments)],
        capture_output=True,
        text=True,
        timeout=300,
        env={"PATH": os.environ["PATH"], "FEEDBACK_HOME": str(home)},
    )


# Telling of changes


def report(*changes: tuple[int, str, dict], at: datetime | None = AT) -> TopicReport:
    told = {1: "Upload fails", 2: "Photo size", 3: "Long queue", 4: "Old form", 5: "Lost letter"}
    frame = pd.DataFrame(changes, columns=["topic_id", "kind", "detail"])
    return TopicReport("v2", at, frame, told, {key: 10 * key for key in told})


KEPT = {"similarity": 0.99, "overlap": 0.9}
CHANGED = (
    (1, "kept", KEPT),
    (1, "split", {"parts": [1, 2]}),
    (3, "new", {}),
    (4, "gone", {}),
    (5, "merged", {"into": 3}),
    (9, "gone", {}),
)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        (CHANGED, "The fit of 22/11/2026 10:00: 1 new, 2 gone, 1 merged, 1 split; 1 topic kept."),
        ([(1, "kept", KEPT), (2, "kept", KEPT)], "changed nothing: 2 topics kept."),
        ([(1, "new", {}), (2, "new", {})], "The fit of 22/11/2026 10:00 was the first: 2 topics."),
        ([(1, "new", {}), (2, "gone", {})], "1 new, 1 gone; 0 topics kept."),
    ],
)
def test_a_sentence_says_what_a_fit_changed(changes: list, sentence: str) -> None:
    assert changes_sentence(report(*changes)).endswith(sentence)


def test_without_a_fit_there_is_nothing_to_tell(store: Store) -> None:
    assert changes_sentence(latest_changes(store)) == "Topics have not been fitted yet."


def test_each_change_is_told_with_the_topics_names() -> None:
    rows = changes_table(report(*CHANGED)).to_numpy().tolist()
    assert rows == [
        ["Upload fails", "Split into 'Upload fails' and 'Photo size'"],
        ["Lost letter", "Became part of 'Long queue'"],
        ["Long queue", "New, 30 comments"],
        ["Old form", "Gone: no topic has most of its comments"],
        ["Topic 9", "Gone: no topic has most of its comments"],
    ]
    assert changes_text(report(*CHANGED)).splitlines()[1] == (
        "Upload fails: Split into 'Upload fails' and 'Photo size'"
    )


def test_as_json_every_topic_has_its_number_and_name() -> None:
    told = changes_record(report(*CHANGED))
    assert told["kept"] == [{"topic_id": 1, "name": "Upload fails", **KEPT}]
    assert told["split"][0]["parts"][1] == {"topic_id": 2, "name": "Photo size"}
    assert told["merged"] == [
        {"topic_id": 5, "name": "Lost letter", "into": 3, "into_name": "Long queue"}
    ]
    assert told["new"] == [{"topic_id": 3, "name": "Long queue", "n": 30}]


def test_a_topic_that_is_gone_is_told_by_the_name_it_had(store: Store) -> None:
    for subject in set(WORDS) - {"welsh"}:
        say(store, subject, 40, 1)
    few = say(store, "welsh", 14, 1)
    fit(store)
    topic, name = topic_of(store, few), None
    name = names(store)[topic]
    store.correct_all({key: ["safeguarding"] for key in few[3:]}, "ann")
    say(store, "upload", 5, 3)
    fit(store)
    told = changes_record(latest_changes(store))
    assert [(one["topic_id"], one["name"]) for one in told["gone"] + told["merged"]] == [
        (topic, name)
    ]


# At the command line


def test_topics_are_shaped_by_commands(tmp_path: Path) -> None:
    with Store.open(f"sqlite:///{tmp_path / 'feedback.db'}") as store:
        ids = fill(store)
        one, into = topic_of(store, ids["upload"]), topic_of(store, ids["phone"])
        before = names(store)
    told = run(tmp_path, "rename", one, "Photos are refused", "--who", "ann")
    assert (told.returncode, told.stderr) == (0, "")
    assert "Take it back with: feedback topics undo 1" in told.stdout
    assert "Photos are refused" in told.stdout
    merged = run(tmp_path, "merge", one, into, "--json")
    assert merged.returncode == 0, merged.stderr
    (left,) = json.loads(merged.stdout)["topics"]
    assert (left["topic_id"], left["name"], left["named_by"]) == (into, "Photos are refused", "ann")
    assert left["n"] >= 76
    divided = json.loads(run(tmp_path, "split", into, "--into", "2", "--json").stdout)
    assert len(divided["topics"]) == 2
    assert run(tmp_path, "pin", into).returncode == 0
    refused = run(tmp_path, "undo", 2)
    assert refused.returncode == 2
    assert refused.stderr == (
        "feedback: Edit 3 came later and is about the same topics. Undo it first: "
        "feedback topics undo 3\n"
    )
    for number in (3, 2, 1):
        assert run(tmp_path, "undo", number, "--who", "bob").returncode == 0
    edits = run(tmp_path, "edits").stdout.splitlines()
    assert f"ann  named topic {one} 'Photos are refused' (undone by edit 7)" in edits[0]
    assert f"{getpass.getuser()}  merged topic {one} into topic {into} (undone by" in edits[1]
    assert edits[3].endswith(f"pinned topic {into}")
    assert edits[6].endswith("bob  undid edit 1")
    assert "centroids" not in run(tmp_path, "edits", "--json").stdout
    with Store.open(f"sqlite:///{tmp_path / 'feedback.db'}") as store:
        assert names(store) == before
    changes = json.loads(run(tmp_path, "changes", "--json").stdout)
    assert {one["topic_id"] for one in changes["new"]} == set(before)
    assert "was the first: 6 topics." in run(tmp_path, "changes").stdout


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("rename", 99, "A name"), "There is no topic 99. See: feedback topics list"),
        (("rename", 99, " "), "A topic's name has 1 to 150 letters"),
        (("rename", 99, "A name", "--who", ""), "--who is who does it"),
        (("merge", 99, 98), "There is no topic 99"),
        (("split", 99), "There is no topic 99"),
        (("split", 0, "--into", 1), "Invalid value for '--into'"),
        (("undo", 99), "There is no edit 99, or it was undone before."),
    ],
)
def test_what_cannot_be_done_is_said_in_a_line(tmp_path: Path, arguments: tuple, said: str) -> None:
    Store.open(f"sqlite:///{tmp_path / 'feedback.db'}").close()
    told = run(tmp_path, *arguments)
    assert told.returncode == 2
    assert told.stdout == ""
    assert said in told.stderr
    assert told.stderr.count("\n") == 1


# In the store


@pytest.mark.parametrize("operator", list(RedactionOperator))
def test_personal_data_in_a_name_is_replaced(
    store: Store, tmp_path: Path, operator: RedactionOperator
) -> None:
    ids = fill(store)
    topic = topic_of(store, ids["upload"])
    key = tmp_path / "key"
    key.write_text("ab" * 32)
    key.chmod(0o600)
    settings = Settings(redaction_operator=operator, redaction_key_file=key)
    rename(settings, store, topic, "Ask  jane.doe@example.org", who="ann")
    assert "jane" not in names(store)[topic]
    assert names(store)[topic].startswith("Ask ")
    fit(store)
    for name in ("topics", "topic_edits", "audit", "topic_changes"):
        assert "jane" not in repr(table(store, name).to_dict("records"))


def test_a_long_name_is_refused_and_not_repeated(store: Store) -> None:
    with pytest.raises(SettingsError) as refused:
        rename(Settings(), store, 0, "word " * 40, who="ann")
    assert "199" in str(refused.value)
    assert "word" not in str(refused.value)


def test_the_list_tells_who_named_a_topic_and_puts_the_largest_first(store: Store) -> None:
    ids = fill(store)
    topic = topic_of(store, ids["upload"])
    rename(Settings(), store, topic, "Photos", who="ann")
    listed = list_topics(store)
    assert [one["topic_id"] for one in listed if one["named_by"]] == [topic]
    assert [one["n"] for one in listed] == sorted((one["n"] for one in listed), reverse=True)


# With the real encoder

COMMENTS = Path(__file__).parents[2] / "fixtures" / "comments" / "everyday.csv"


def really_say(store: Store, texts: list[str]) -> None:
    keys = put(store, [{"text": text} for text in texts])
    code(store, {key: ["complaint"] for key in keys})


def best_share(before: pd.Series, after: pd.Series) -> float:
    """How many comments could keep their topic at most, whichever topic were called which."""
    shared = pd.crosstab(before, after).to_numpy()
    return float(shared[linear_sum_assignment(shared, maximize=True)].sum() / len(before))


def test_with_the_real_encoder_topics_stay_and_edits_hold(store: Store) -> None:
    from app.wiring import make_embedder

    settings = Settings(topics_min_comments=100)
    told = pd.read_csv(COMMENTS, keep_default_na=False)["text"]
    texts = told[told != ""].sample(frac=1, random_state=4).tolist()
    n_first = round(len(texts) / 1.3)
    really_say(store, texts[:n_first])
    refresh_topics(store, make_embedder(settings, store), settings=settings)
    before = by_comment(store)
    sizes = before[before >= 0].value_counts()
    assert len(sizes) >= 6
    one, into, named = (int(key) for key in sizes.index[:3])
    both = before.index[before.isin([one, into])]
    done = merge(settings, store, one, into, who="ann")
    rename(settings, store, named, "A name of ours", who="ann")
    assert set(by_comment(store)[both]) == {into}

    really_say(store, texts[n_first:])
    refresh_topics(store, make_embedder(settings, store), settings=settings)
    after = by_comment(store)
    assert len(after) == len(texts), "else nothing new was fitted"
    assert one not in names(store)
    assert after[both].mode().tolist() == [into]
    assert names(store)[named] == "A name of ours"
    seen = before.where(~before.isin([one]), into)
    assert (after[seen.index] == seen).mean() >= 0.95 * best_share(seen, after[seen.index])
    assert len(set(names(store)) & set(seen)) >= 0.9 * (len(sizes) - 1)

    undo(settings, store, done["edit"], who="ann")
    apart = by_comment(store)
    for topic in (one, into):
        assert apart[before.index[before == topic]].mode().tolist() == [topic]
    parts = split(settings, store, into, 2, who="ann")["topics"]
    assert {part["topic_id"] for part in parts} > {into}
    assert [edit["action"] for edit in list_edits(store)] == ["merge", "name", "undo", "split"]


# On the page


def test_the_page_tells_what_the_fit_changed_and_who_named_a_topic(
    open_app: Callable[..., AppTest],
) -> None:
    def prepare(store: Store) -> None:
        for subject in set(WORDS) - {"welsh"}:
            say(store, subject, 40, 1)
        fit(store)
        for topic in names(store):
            rename(Settings(), store, topic, f"Subject {topic}", who="ann <b>")
        say(store, "welsh", 60, 2)
        fit(store)

    app = open_app(prepare, "Topics")
    assert not app.exception
    shown = text_of(app)
    assert "What the last fit changed" in shown
    assert "1 new; 5 topics kept." in shown
    assert "Named by machine" in shown, "the largest topic is the new one"
    (changes,) = [one.value for one in app.dataframe if "What happened" in one.value]
    assert changes["What happened"].tolist() == ["New, 60 comments"]
