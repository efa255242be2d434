"""Comments on a few subjects, of which every fit makes a topic each, for tests about topics."""

from __future__ import annotations

import numpy as np
import pandas as pd
import sqlalchemy as sa

from feedback import schema
from feedback.settings import Settings
from feedback.store import Store
from tests.app.filling import code, put
from tests.fakes import BagOfWordsEmbedder
from topics import reading

__all__ = [
    "SETTINGS",
    "WORDS",
    "WideEmbedder",
    "by_comment",
    "names",
    "said",
    "say",
    "table",
    "topic_of",
]

_WORDS = {
    "upload": "upload photo refused large scanner file attach document picture pdf format folder",
    "payment": "card payment charged refund bank money fee twice declined price receipt debit",
    "password": "password locked account signing email reset code login security forgotten key",
    "hearing": "hearing date letter court judge adjourned listing tribunal room video delay",
    "phone": "phone call waiting hold queue answer operator line ring hour advisor helpline",
    "welsh": "welsh language translation cymraeg english wording text guidance bilingual reading",
}
WORDS = {subject: words.split() for subject, words in _WORDS.items()}
SETTINGS = Settings(topics_min_comments=60)


class WideEmbedder(BagOfWordsEmbedder):
    n_dimensions = 256


def said(subject: str, n: int, seed: int, *, of: slice = slice(None)) -> list[str]:
    """Texts of five words each, the first ones of the list more often; a number tells them apart.

    ``of`` picks some of the subject's words.
    """
    words = WORDS[subject][of]
    rng = np.random.default_rng([seed, list(WORDS).index(subject)])
    weights = 1.0 / np.arange(2, len(words) + 2)
    chosen = [rng.choice(words, 5, replace=False, p=weights / weights.sum()) for _ in range(n)]
    return [" ".join(row) + f" {seed * 10_000 + i}" for i, row in enumerate(chosen)]


def say(store: Store, subject: str, n: int, seed: int, *, of: slice = slice(None)) -> list[str]:
    """Put comments on a subject into a store, coded, and return their ids."""
    keys = put(store, [{"text": text} for text in said(subject, n, seed, of=of)])
    code(store, {key: ["complaint"] for key in keys})
    return keys


def table(store: Store, name: str) -> pd.DataFrame:
    return store.read(sa.select(schema.metadata.tables[name]))


def by_comment(store: Store) -> pd.Series:
    """The topic of each comment."""
    return table(store, "assignments").set_index("comment_id")["topic_id"]


def names(store: Store) -> dict[int, str]:
    """The names of the topics in force."""
    rows = reading.read_topics(store, reading.topic_state(store).version)
    told = dict(zip(rows["topic_id"].tolist(), rows["name"], strict=True))
    return {key: name for key, name in told.items() if key >= 0}


def topic_of(store: Store, comment_ids: list[str]) -> int:
    """The topic that nearly all of some comments are in."""
    counts = by_comment(store)[comment_ids].value_counts(normalize=True)
    assert counts.iloc[0] > 0.9, "the fit did not find the subject"
    return int(counts.index[0])
