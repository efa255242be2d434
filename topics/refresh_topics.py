"""Bring the topics of a store up to date.

Reads, works in memory and writes in one transaction, so that one that is killed has changed nothing
and the next one does the same work. Without anything new, nothing is written. Where somebody
changed the topics meanwhile, nothing is written either, and the work begins anew.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from feedback.errors import StoreError
from feedback.schema import OUTLIER_TOPIC, TopicChange
from feedback.store import utc_now
from feedback.topic_edits import write_fit, write_joined
from topics import reading
from topics.describe import topic_rows
from topics.edits import renewed_details
from topics.in_force import Topics, encoder_of, grouping_of, join, own_cosines
from topics.match import TopicChanges, changes_between
from topics.model import TopicFit, fit_topics
from topics.reapply import Reapplied, reapply

if TYPE_CHECKING:
    from feedback.protocols import Embedder
    from feedback.settings import Settings
    from feedback.store import Store

__all__ = ["refresh_topics"]

MAX_FIT_COMMENTS = 20_000
"""Topics are fitted on at most this many comments, evenly picked by id; the others join them."""
MAX_TRIES = 5
"""Somebody else would have to change the topics in the middle of each try."""


def refresh_topics(
    store: Store, embedder: Embedder, *, settings: Settings, is_forced: bool = False
) -> int:
    """Fit topics when there are none or comments grew enough, else let new comments join them.

    Fitted on English and Welsh comments that are not empty, no duplicates and not perhaps about
    safeguarding; the other comments that are not empty join the nearest topic, or none (-1).
    Topics keep their ids from fit to fit, and what people did to them is done again.

    Returns
    -------
    int
        The number of topics; 0 while there are too few comments (`Settings.topics_min_comments`).

    Raises
    ------
    StoreError
        The topics changed each time while this was under way.
    """
    for _ in range(MAX_TRIES):
        before = Topics.read(store, encoder_of(embedder), only_new=True)
        grown = (1.0 + settings.topics_refit_growth) * before.n_fitted
        written: int | None = None
        if is_forced or not before.n_fitted or reading.count_modelled(store) >= grown:
            before = Topics.read(store, encoder_of(embedder))
            chosen, fit = _fit(embedder, before.material, settings)
            if fit is not None:
                written = _put_in_force(store, embedder, before, chosen, fit)
                if written is not None:
                    return written
                continue
        if not before.n_fitted:
            return 0
        if _let_join(store, embedder, before):
            return len(before.found)
    raise StoreError("The topics change faster than they can be fitted. Run the command again.")


def _let_join(store: Store, embedder: Embedder, before: Topics) -> bool:
    """Let new comments join the topics in force; False if those have changed meanwhile."""
    new = before.material[before.material["model_version"] != before.state.version]
    if new.empty:
        return True
    members = join(embedder, new, before.rows, before.shape.sides)
    with store.changing() as connection:
        return write_joined(connection, before.state, members)


def _fit(
    embedder: Embedder, material: pd.DataFrame, settings: Settings
) -> tuple[_Chosen, TopicFit | None]:
    """Return the comments that topics are fitted on, and the fit.

    None when there are too few comments, or no topic is found.
    """
    modelled = material[material["is_modelled"]]
    chosen = modelled.iloc[:: -(-len(modelled) // MAX_FIT_COMMENTS) or 1]
    texts = chosen["text"].tolist()
    if len(texts) < settings.topics_min_comments:
        return _Chosen([], [], np.empty((0, embedder.n_dimensions))), None
    vectors = embedder.embed(texts)
    fit = fit_topics(
        texts,
        vectors,
        seed=settings.seed,
        min_comments=settings.topics_min_comments,
        granularity=settings.topics_granularity,
    )
    return _Chosen(chosen["comment_id"].tolist(), texts, vectors), fit if fit.topics else None


@dataclass(frozen=True)
class _Chosen:
    """Comments that topics are fitted on; ``vectors`` has one row for each."""

    comment_ids: list[str]
    texts: list[str]
    vectors: np.ndarray


def _put_in_force(
    store: Store, embedder: Embedder, before: Topics, chosen: _Chosen, fit: TopicFit
) -> int | None:
    """Write a fit that agrees with what was before; None if that is no longer in force."""
    again = reapply(
        fit.topic_ids,
        chosen.vectors,
        chosen.comment_ids,
        before.grouping(),
        before.shape,
        next_id=before.state.next_id,
    )
    topics = topic_rows(
        again, fit, chosen.comment_ids, chosen.texts, chosen.vectors, before.rows, before.shape
    )
    is_rest = ~before.material["comment_id"].isin(chosen.comment_ids)
    joined = join(embedder, before.material[is_rest], topics, before.shape.sides_now(again.leaves))
    assigned = pd.concat([_fitted(again, fit, chosen), joined], ignore_index=True)
    modelled = before.material.loc[before.material["is_modelled"], "comment_id"]
    sizes = assigned.loc[assigned["comment_id"].isin(modelled), "topic_id"].value_counts()
    topics["n"] = topics["topic_id"].map(sizes).fillna(0).astype(int)
    changes = changes_between(before.grouping(), grouping_of(topics, assigned))
    with store.changing() as connection:
        is_written = write_fit(
            connection,
            before.state,
            fit.model_version,
            topics,
            assigned,
            _change_rows(changes),
            next_id=again.next_id,
            details=renewed_details(before.edits, again.leaves, encoder_of(embedder)),
            now=utc_now(),
        )
    return len(topics) - 1 if is_written else None


def _fitted(again: Reapplied, fit: TopicFit, chosen: _Chosen) -> pd.DataFrame:
    """Return assignments of the comments that topics were fitted on."""
    similarities = fit.similarities.astype(float)
    for topic in set(again.topic_ids.tolist()) - {OUTLIER_TOPIC, *again.label_of}:
        rows = np.flatnonzero(again.topic_ids == topic)
        own = chosen.vectors[rows]
        similarities[rows] = own_cosines(own, own.mean(axis=0))
    return pd.DataFrame(
        {
            "comment_id": chosen.comment_ids,
            "topic_id": again.topic_ids,
            "similarity": similarities,
        }
    )


def _change_rows(changes: TopicChanges) -> list[dict[str, Any]]:
    """Return rows of the table ``topic_changes``."""
    told: list[tuple[int, TopicChange, dict[str, Any]]] = [
        *((key, TopicChange.NEW, {}) for key in changes.new),
        *((key, TopicChange.GONE, {}) for key in changes.gone),
        *((key, TopicChange.MERGED, {"into": into}) for key, into in changes.merged.items()),
        *((key, TopicChange.SPLIT, {"parts": parts}) for key, parts in changes.split.items()),
    ]
    for key, (cosine, overlap) in changes.kept.items():
        similarity = None if np.isnan(cosine) else round(cosine, 3)
        detail = {"similarity": similarity, "overlap": round(overlap, 3)}
        told.append((key, TopicChange.KEPT, detail))
    return [{"topic_id": key, "kind": kind.value, "detail": detail} for key, kind, detail in told]
