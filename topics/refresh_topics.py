"""Bring the topics of a store up to date.

Reads, works in memory and writes in one transaction, so that one that is killed has changed nothing
and the next one does the same work. Without anything new, nothing is written.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from feedback.schema import OUTLIER_TOPIC
from topics import reading
from topics.model import TopicFit, assign_topics, fit_topics

if TYPE_CHECKING:
    from collections.abc import Sequence

    from feedback.protocols import Embedder
    from feedback.settings import Settings
    from feedback.store import Store

__all__ = ["refresh_topics"]

MAX_FIT_COMMENTS = 20_000
"""Topics are fitted on at most this many comments, evenly picked by id; the others join them."""
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
