"""Welsh comments with codes as sure or unsure as a test needs them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from feedback.schema import Classification, CodeDecision, Decision, Origin, Sentiment
from feedback.store import Enriched, Store
from tests.app.filling import NOW, WORKER, put

ASSIGNED, REVIEW = Decision.ASSIGNED, Decision.REVIEW
SECRET = "mae o'n fy nilyn i adref a dwi ofn"


@dataclass(frozen=True)
class Planted:
    """A comment, the machine's codes of it, and a person's; the first is the oldest."""

    text: str
    codes: Mapping[str, Decision] = field(default_factory=dict)
    by_person: Sequence[str] = ()
    row: Mapping[str, Any] = field(default_factory=dict)


WAITS = {
    "no code": Planted("mae'r dudalen yn od iawn heddiw"),
    "a code for review alone": Planted("rhy araf ar fy ffôn", {"fault.performance": REVIEW}),
    "one assigned, one for review": Planted(
        "methu talu <b>o gwbl</b>\nna mewngofnodi", {"fault.payment": ASSIGNED, "complaint": REVIEW}
    ),
}
WAITS_NOT = {
    "sure": Planted("gwasanaeth gwych, diolch", {"praise": ASSIGNED}),
    "coded by a person": Planted("dim botwm i fynd ymlaen", {"use.navigation": REVIEW}, ["praise"]),
    "in English": Planted("too slow by far", {"fault.performance": REVIEW}, row={"language": "en"}),
    "not clear which language": Planted("ok", {"praise": REVIEW}, row={"language": "unknown"}),
    "empty": Planted("dim", {"none": REVIEW}, row={"is_empty": True}),
    "perhaps safeguarding": Planted(SECRET, {"safeguarding": REVIEW, "complaint": REVIEW}),
    "safeguarding": Planted("dwi'n ofni am fy mhlant", {"safeguarding": ASSIGNED}),
    "safeguarding for a person": Planted("ofn arna i", {"complaint": REVIEW}, ["safeguarding"]),
}


def plant(store: Store, *comments: Planted, version: str = "test-1") -> list[str]:
    """Store comments an hour apart, coded as they say; return their ids."""
    rows = [
        {
            "text": one.text,
            "language": "cy",
            "submitted_at": NOW - timedelta(hours=len(comments) - number),
            **one.row,
        }
        for number, one in enumerate(comments)
    ]
    ids = put(store, rows)
    recode(store, {key: one.codes for key, one in zip(ids, comments, strict=True)}, version)
    for key, one in zip(ids, comments, strict=True):
        if one.by_person:
            store.correct(key, one.by_person, "ann")
    return ids


def recode(store: Store, codes: Mapping[str, Mapping[str, Decision]], version: str) -> None:
    """Claim what waits and complete it with these codes."""
    claimed = store.claim(WORKER, 10_000)
    assert set(claimed["comment_id"]) == set(codes)
    store.complete(
        WORKER,
        [
            Enriched(
                key,
                Classification(
                    tuple(
                        CodeDecision(code, 0.4, decision, Origin.MODEL)
                        for code, decision in given.items()
                    ),
                    Sentiment.NEGATIVE,
                ),
                version,
            )
            for key, given in codes.items()
        ],
    )


def plant_all(store: Store) -> dict[str, str]:
    """Store one comment of each kind; return their ids by kind."""
    kinds = {**WAITS, **WAITS_NOT}
    return dict(zip(kinds, plant(store, *kinds.values()), strict=True))
