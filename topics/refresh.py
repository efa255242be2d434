"""Bring topics, issue clusters and signals of a store up to date.

Each refresh reads, works in memory and writes in one transaction, so that one that is killed has
changed nothing and the next one does the same work. Without anything new, nothing is written.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import sqlalchemy as sa

from feedback import schema
from feedback.schema import OUTLIER_TOPIC
from topics import reading
from topics.clusters import update_clusters
from topics.counts import count_series
from topics.emerging import find_signals
from topics.model import TopicFit, assign_topics, fit_topics
from topics.panel import HISTORY_DAYS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from feedback.protocols import Embedder
    from feedback.settings import Settings
    from feedback.store import Store

__all__ = [
    "refresh_clusters",
    "refresh_signals",
    "refresh_topics",
    "store_counts",
    "theme_phrases",
]

MAX_FIT_COMMENTS = 20_000
"""Topics are fitted on at most this many comments, evenly picked by id; the others join them."""
WAITING_DAYS = 84
"""A comment older than this, counted from the newest, waits no longer for others like it."""
OLD_NEWS_DAYS = 7
"""If the newest comment is older than this, the look is at its time: history, not a live feed."""
REWRITE_AFTER = timedelta(hours=1)
"""A look that found the same as the last one is written again after this time."""
OUTLIER_NAME = "No topic"


def refresh_topics(
    store: Store, embedder: Embedder, *, settings: Settings, is_forced: bool = False
) -> int:
    """Fit topics when there are none or comments grew enough, else let new comments join them.

    Fitted on English and Welsh comments that are not empty, no duplicates and not perhaps about
    safeguarding; the other comments
    that are not empty join the nearest topic, or none (-1).

    Returns
    -------
    int
        The number of topics; 0 while there are too few comments (`Settings.topics_min_comments`).
    """
    material = reading.topic_material(store)
    version = reading.current_version(material)
    topics = reading.read_topics(store, version) if version else pd.DataFrame()
    n_fitted = int(topics["n"].sum()) if len(topics) else 0
    n_modelled = int(material["is_modelled"].sum())
    if is_forced or not n_fitted or n_modelled >= (1.0 + settings.topics_refit_growth) * n_fitted:
        fit = _fit(store, embedder, material, settings)
        if fit is not None:
            return fit
    if not n_fitted:
        return 0
    found = topics[topics["topic_id"] != OUTLIER_TOPIC]
    new = material[material["model_version"] != version]
    if len(new):
        store.write_topics(version, topics, _joined(embedder, new, found))
    return len(found)


def _fit(
    store: Store, embedder: Embedder, material: pd.DataFrame, settings: Settings
) -> int | None:
    """Fit and write topics; None when there are too few comments."""
    modelled = material[material["is_modelled"]]
    chosen = modelled.iloc[:: -(-len(modelled) // MAX_FIT_COMMENTS) or 1]
    if len(chosen) < settings.topics_min_comments:
        return None
    fit = fit_topics(
        chosen["text"].tolist(),
        embedder.embed(chosen["text"].tolist()),
        seed=settings.seed,
        min_comments=settings.topics_min_comments,
    )
    if not fit.topics:
        return None
    fitted = pd.DataFrame(
        {
            "comment_id": chosen["comment_id"].to_numpy(),
            "topic_id": fit.topic_ids,
            "similarity": fit.similarities.astype(float),
        }
    )
    topics = _topics_frame(fit, chosen["comment_id"].tolist())
    found = topics[topics["topic_id"] != OUTLIER_TOPIC]
    rest = material[~material["comment_id"].isin(fitted["comment_id"])]
    assigned = pd.concat([fitted, _joined(embedder, rest, found)], ignore_index=True)
    is_modelled = assigned["comment_id"].isin(modelled["comment_id"])
    sizes = assigned.loc[is_modelled, "topic_id"].value_counts()
    topics["n"] = topics["topic_id"].map(sizes).fillna(0).astype(int)
    store.write_topics(fit.model_version, topics, assigned)
    return len(found)


def _topics_frame(fit: TopicFit, comment_ids: Sequence[str]) -> pd.DataFrame:
    """Return rows of the table ``topics``, the outliers' too."""
    n_dimensions = len(fit.topics[0].centroid)
    rows: list[dict[str, Any]] = [
        {
            "topic_id": topic.topic_id,
            "name": topic.name,
            "terms": list(topic.terms),
            "quotes": [comment_ids[i] for i in topic.quotes],
            "centroid": topic.centroid.astype("<f4").tobytes(),
        }
        for topic in fit.topics
    ]
    nothing = np.zeros(n_dimensions, dtype="<f4").tobytes()
    outliers = {"topic_id": OUTLIER_TOPIC, "name": OUTLIER_NAME, "terms": [], "quotes": []}
    return pd.DataFrame([{**outliers, "centroid": nothing}, *rows])


def _joined(embedder: Embedder, new: pd.DataFrame, topics: pd.DataFrame) -> pd.DataFrame:
    """Return assignments of comments to topics fitted before."""
    if new.empty:
        return pd.DataFrame(columns=["comment_id", "topic_id", "similarity"])
    centroids = np.stack([np.frombuffer(blob, dtype="<f4") for blob in topics["centroid"]])
    places, similarities = assign_topics(embedder.embed(new["text"].tolist()), centroids)
    ids = np.append(topics["topic_id"].to_numpy(int), OUTLIER_TOPIC)  # place -1 is the last
    return pd.DataFrame(
        {
            "comment_id": new["comment_id"].to_numpy(),
            "topic_id": ids[places],
            "similarity": similarities.astype(float),
        }
    )


def refresh_clusters(store: Store, embedder: Embedder, *, settings: Settings) -> int:
    """Let comments without a cluster join one, or be born as one; return how many clusters live."""
    del settings  # Nothing in it is about clusters yet; every refresh is called alike.
    newest = reading.newest_comment(store)
    if newest is None:
        return 0
    codes = reading.Codes.read(store)
    since = newest - timedelta(days=WAITING_DAYS)
    waiting = reading.waiting_comments(store, codes, since)
    live = reading.read_clusters(store)
    if waiting.empty:
        return len(live)
    update = update_clusters(
        waiting,
        embedder.embed(waiting["text"].tolist()),
        live,
        members_of=partial(reading.members_of, store, embedder, codes),
        page_names=_page_names(waiting["page"]),
    )
    if len(update.assignments):
        store.write_clusters(update.issues, update.assignments)
    return len(set(live["cluster_id"]) | set(update.issues["cluster_id"]))


def _page_names(pages: pd.Series[Any]) -> dict[str, str]:
    """Return the names of known pages by path."""
    from feedback.reference import load_reference

    reference = load_reference()
    names = {str(page): reference.page_name(str(page)) for page in pages.dropna().unique()}
    return {page: name for page, name in names.items() if name != page}


def refresh_signals(store: Store, *, now: datetime, settings: Settings) -> int:
    """Look at the store's counts by the hour as of ``now``; return how many signals stand.

    The table then holds this look and no earlier one, which `topics.emerging.replay` can repeat.
    If the newest comment is more than a week old, the look is at the time of that comment.
    """
    newest = reading.newest_comment(store)
    if newest is None:
        return 0
    as_of = newest if newest < now - timedelta(days=OLD_NEWS_DAYS) else now.astimezone(UTC)
    since = as_of - timedelta(days=HISTORY_DAYS)
    watched = reading.watched_assignments(store)
    counts = count_series(
        reading.counted_comments(store, since),
        reading.read_codings(store, since),
        watched,
        as_of=as_of,
        period="hour",
    )
    signals = find_signals(
        counts,
        as_of=as_of,
        false_alarms_per_week=settings.false_alarms_per_week,
        phrases=_phrases(watched),
    )
    _write_signals(store, as_of, signals)
    return len(signals)


_SAME = ["kind", "level", "service", "page", "theme", "window", "n"]
"""What tells whether a look found something else than the last one."""


def _write_signals(store: Store, as_of: datetime, signals: pd.DataFrame) -> None:
    """Write a look, then clear earlier ones: a reader of the newest look never sees less."""
    before = store.read(sa.select(schema.signals))
    moments = before["as_of"].drop_duplicates().sort_values()
    is_recent = len(moments) == 1 and abs(as_of - moments.iloc[0]) < REWRITE_AFTER
    if is_recent and _facts(before) == _facts(signals):
        return
    if len(signals):
        store.replace_signals(as_of, signals)
    for moment in moments:
        if moment != pd.Timestamp(as_of) or not len(signals):
            store.replace_signals(moment.to_pydatetime(), signals.iloc[:0])


def _facts(signals: pd.DataFrame) -> list[str]:
    return sorted(str(row) for row in signals[_SAME].fillna("").to_numpy().tolist())


def store_counts(store: Store) -> pd.DataFrame:
    """Return the counts of all comments by day (UTC), for `topics.emerging`."""
    newest = reading.newest_comment(store)
    midnight = datetime.now(UTC) if newest is None else newest + timedelta(days=1)
    return count_series(
        reading.counted_comments(store),
        reading.read_codings(store),
        reading.watched_assignments(store),
        as_of=midnight.replace(hour=0, minute=0, second=0, microsecond=0),
        period="day",
    )


def theme_phrases(store: Store) -> dict[str, str]:
    """Return what issue clusters are called in sentences, by theme."""
    return _phrases(reading.watched_assignments(store))


def _phrases(watched: pd.DataFrame) -> dict[str, str]:
    titles: Mapping[str, str] = dict(zip(watched["theme"], watched["title"], strict=True))
    return {theme: f"“{title.rpartition(' (')[0] or title}”" for theme, title in titles.items()}
