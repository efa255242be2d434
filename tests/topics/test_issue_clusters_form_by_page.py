"""Similar comments on one page become an issue; other pages, praise and harm do not mix in."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import pandas as pd
import pytest

from feedback import schema
from tests.fakes import BagOfWordsEmbedder
from topics import likely_merges, places
from topics.clusters import ClusterUpdate, cluster_id_of, is_issue_material, update_clusters

START = pd.Timestamp("2026-05-04T09:00:00Z")
NO_ISSUES = pd.DataFrame(columns=[column.name for column in schema.issues.columns])
UPLOAD = [
    "photo upload refused as too large",
    "upload of my photo was refused",
    "the photo upload is refused every time",
    "photo refused at upload, too large",
    "my photo upload was refused again as too large",
    "refused my photo upload twice",
    "upload refused, the photo is too large they say",
    "another photo upload refused",
    "photo upload refused from my phone",
]
OTHERS = [
    "waiting weeks without any answer from the court",
    "what does jurisdiction mean in question seven",
    "button below does nothing when pressed",
    "could you add welsh",
]


class WideEmbedder(BagOfWordsEmbedder):
    n_dimensions = 256


def comments(texts: list[str], *, first: int = 0, **same: object) -> pd.DataFrame:
    rows = [
        {
            "comment_id": f"{i:032x}",
            "service": "appeals",
            "page": "/appeals/evidence",
            "submitted_at": START + timedelta(hours=i),
            "text": text,
            "codes": ["fault.upload"],
            **same,
        }
        for i, text in enumerate(texts, start=first)
    ]
    frame = pd.DataFrame(rows)
    frame["submitted_at"] = frame["submitted_at"].astype("datetime64[us, UTC]")
    return frame


def vectors(frame: pd.DataFrame) -> np.ndarray:
    return WideEmbedder().embed(frame["text"].tolist())


def group(frame: pd.DataFrame, live: pd.DataFrame = NO_ISSUES, **more: object) -> ClusterUpdate:
    return update_clusters(frame, vectors(frame), live, **more)  # type: ignore[arg-type]


def as_stored(update: ClusterUpdate) -> pd.DataFrame:
    return update.issues.assign(owner=None, ticket_url=None, fixed_at=None)


def test_four_alike_are_born_as_a_provisional_cluster_and_the_others_wait() -> None:
    update = group(comments(UPLOAD[:4] + OTHERS))
    issue = update.issues.iloc[0]
    assert len(update.issues) == 1
    assert (issue["n"], issue["status"], issue["theme"]) == (4, "provisional", "fault.upload")
    assert issue["cluster_id"] == cluster_id_of(f"{0:032x}")
    assert (issue["first_seen"], issue["last_seen"]) == (START, START + timedelta(hours=3))
    assert set(update.assignments["comment_id"]) == {f"{i:032x}" for i in range(4)}
    assert issue["title"].startswith("Upload failures: ")
    assert "photo" in issue["title"]
    assert issue["title"].endswith("(evidence)")


def test_three_alike_wait() -> None:
    update = group(comments(UPLOAD[:3] + OTHERS))
    assert update.issues.empty
    assert update.assignments.empty


def test_no_comments_change_nothing() -> None:
    update = group(comments(UPLOAD[:1]).iloc[:0])
    assert update.issues.empty
    assert update.assignments.empty


def test_a_later_comment_joins_and_the_eighth_confirms() -> None:
    first = group(comments(UPLOAD[:4] + OTHERS))
    second = group(comments(UPLOAD[4:8], first=50), as_stored(first))
    issue = second.issues.iloc[0]
    assert issue["cluster_id"] == first.issues["cluster_id"].iloc[0]
    assert (issue["n"], issue["status"]) == (8, "new")
    assert issue["first_seen"] == START
    assert issue["last_seen"] == START + timedelta(hours=53)
    mean = vectors(comments(UPLOAD[:8])).mean(axis=0)
    np.testing.assert_allclose(np.frombuffer(issue["centroid"], "<f4"), mean, atol=1e-6)


def test_the_same_complaint_on_another_page_or_service_is_another_cluster() -> None:
    here = comments(UPLOAD[:4])
    there = comments(UPLOAD[4:8], first=10, page="/appeals/letters")
    exit_survey = comments(UPLOAD[:4], first=20, page=None)
    other = comments(UPLOAD[4:8], first=30, page=None, service="plea")
    update = group(pd.concat([here, there, exit_survey, other], ignore_index=True))
    places = update.issues[["service", "page", "n"]].fillna("none").to_numpy().tolist()
    assert sorted(places) == [
        ["appeals", "/appeals/evidence", 4],
        ["appeals", "/appeals/letters", 4],
        ["appeals", "none", 4],
        ["plea", "none", 4],
    ]


def test_the_order_within_a_batch_makes_no_difference() -> None:
    frame = comments(UPLOAD + OTHERS)
    shuffled = frame.sample(frac=1.0, random_state=3)
    one, two = group(frame), group(shuffled)
    pd.testing.assert_frame_equal(one.issues, two.issues)
    pd.testing.assert_frame_equal(one.assignments, two.assignments)


@pytest.mark.parametrize(
    ("codes", "is_material"),
    [
        (["fault.upload"], True),
        ([], True),
        (["praise", "fault.upload"], True),
        (["complaint"], True),
        (["praise"], False),
        (["none"], False),
        (["praise", "none"], False),
        (["safeguarding"], False),
        (["fault.upload", "safeguarding"], False),
    ],
)
def test_praise_nothing_and_harm_make_no_issue(codes: list[str], is_material: bool) -> None:
    assert is_issue_material(codes) is is_material
    update = group(comments(UPLOAD[:5], codes=codes))
    assert len(update.issues) == int(is_material)


def test_what_speaks_of_harm_is_neither_counted_nor_quoted() -> None:
    frame = comments(UPLOAD[:6])
    frame.at[2, "codes"] = ["fault.upload", "safeguarding"]
    update = group(frame)
    issue = update.issues.iloc[0]
    assert issue["n"] == 5
    assert len(issue["quotes"]) == 3
    assert frame["comment_id"][2] not in [*issue["quotes"], *update.assignments["comment_id"]]


def test_a_grown_cluster_is_described_by_its_earlier_comments_too() -> None:
    frame = comments(UPLOAD[:8])
    frame.loc[7, "codes"] = frame["codes"].map(lambda _: ["use.question"])[7]
    first = group(frame.iloc[:7])
    new = frame.iloc[7:].reset_index(drop=True)
    asked: list[list[str]] = []

    def members_of(ids: list[str]) -> tuple[pd.DataFrame, np.ndarray]:
        asked.append(list(ids))
        members = frame.iloc[:7].assign(cluster_id=ids[0])
        return members, vectors(members)

    grown = group(new, as_stored(first), members_of=members_of).issues.iloc[0]
    assert asked == [first.issues["cluster_id"].tolist()]
    assert grown["theme"] == "fault.upload"
    assert len(grown["quotes"]) == 3
    alone = group(new, as_stored(first)).issues.iloc[0]
    assert alone["theme"] == "use.question"


def test_a_page_with_a_name_is_called_by_it() -> None:
    names = {"/appeals/evidence": "Upload your evidence"}
    update = group(comments(UPLOAD), page_names=names)
    assert update.issues["title"].iloc[0].endswith("(Upload your evidence)")


def test_those_who_still_wait_change_nothing_when_they_are_looked_at_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(places, "BLOCK", 12)
    rng = np.random.default_rng(5)
    words = [f"{a}{b}" for a in "bcdfgl" for b in ("ola", "imu", "eta", "ano")]
    texts = [" ".join(rng.choice(words, size=3, replace=False)) for _ in range(120)]
    frame = comments(texts)
    first = group(frame)
    joined = first.assignments["comment_id"]
    assert 10 < len(joined) < 120
    assert joined.is_unique
    waiting = frame[~frame["comment_id"].isin(joined)].reset_index(drop=True)
    again = group(waiting, as_stored(first))
    assert again.assignments.empty


def test_two_born_in_one_batch_can_merge_in_it(monkeypatch: pytest.MonkeyPatch) -> None:
    waits = [
        f"{word} waiting weeks for an answer from the court" for word in ("still", "yet", "so")
    ]
    frame = comments([*UPLOAD[:4], *waits, "waiting weeks for an answer from the court"])
    assert len(group(frame).issues) == 2
    monkeypatch.setattr(likely_merges, "ABSORB_LIKENESS", -1.0)
    update = group(frame)
    assert update.issues["n"].tolist() == [8]
    assert update.issues["first_seen"].tolist() == [START]
    assert set(update.assignments["cluster_id"]) == set(update.issues["cluster_id"])
    assert update.merged == {}
