"""Issue clusters: similar comments about one page of one service, grouped as they arrive.

A new comment joins the nearest live cluster of its service and page when it is about as near to the
cluster's mean as a member should be; otherwise it waits. Among those that wait on one page, groups
of at least four that are alike (average linkage) are born as clusters; a cluster is provisional
until it has eight. Two clusters whose likeness is that of two halves of one
become one. Feedback without a page is grouped by service. See `topics.places`.

The order of comments within a batch makes no difference. A cluster's id comes from its earliest
comment and never changes; of two that merge, the earlier keeps its id.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

import numpy as np
import pandas as pd

from feedback import schema
from topics.cluster_text import Background, Describer, is_due, is_issue_material
from topics.places import Cluster, Joined, Place, cluster_id_of

__all__ = [
    "ClusterUpdate",
    "MembersOf",
    "cluster_id_of",
    "is_issue_material",
    "live_places",
    "update_clusters",
    "write_up",
]

_PEOPLES = (
    "owner",
    "ticket_url",
    "fixed_at",
    "reopened_at",
    "merged_into",
    "facts",
    "titled_by",
    "arranged_at",
    "undo",
)
_ISSUE_COLUMNS = tuple(c.name for c in schema.issues.columns if c.name not in _PEOPLES)
_ASSIGNED_COLUMNS = ("comment_id", "cluster_id", "similarity")

PlaceKey = tuple[str, str]
"""Service and page; the page is empty where there is none."""
MembersOf = Callable[[Sequence[str]], tuple[pd.DataFrame, np.ndarray]]
"""From ids of clusters to their comments and the vectors of those."""


@dataclass(frozen=True)
class ClusterUpdate:
    """What a batch changed.

    Attributes
    ----------
    issues : DataFrame
        New and changed clusters, with the columns of the table ``issues`` that machines fill;
        ``centroid`` is little-endian float32, the mean of the members' unit vectors.
    assignments : DataFrame
        ``comment_id``, ``cluster_id`` and ``similarity`` of the comments that joined.
    merged : dict
        Clusters of the store that are no more, and those that their comments are in now.
    """

    issues: pd.DataFrame
    assignments: pd.DataFrame
    merged: dict[str, str] = field(default_factory=dict)

    @classmethod
    def empty(cls) -> ClusterUpdate:
        """Return an update that changes nothing."""
        issues = pd.DataFrame(columns=list(_ISSUE_COLUMNS))
        return cls(issues, pd.DataFrame(columns=list(_ASSIGNED_COLUMNS)))


def update_clusters(
    waiting: pd.DataFrame,
    vectors: np.ndarray,
    live: pd.DataFrame,
    *,
    centre: np.ndarray | None = None,
    members_of: MembersOf | None = None,
    page_names: Mapping[str, str] | None = None,
    background: Background | None = None,
) -> ClusterUpdate:
    """Group comments that belong to no cluster yet.

    Parameters
    ----------
    waiting
        Comments without a cluster, new and old: ``comment_id``, ``service``, ``page``,
        ``submitted_at``, ``text``, ``codes`` (list of assigned codes). Those that are no issue
        material are left out. Empty and doubly submitted comments should not be given.
    vectors
        ndarray of shape (n_waiting, n_dimensions), unit length.
    live
        Rows of the table ``issues``.
    centre
        ndarray of shape (n_dimensions,) from which likeness is measured, as
        `topics.cohesion.centre_of` gives it; the origin without it.
    members_of
        Given ids of clusters, returns their earlier comments, with ``cluster_id`` besides the
        columns of ``waiting``, and the vectors of those: title, theme and quotes are chosen among
        earlier and new ones. Without it, among the new ones.
    page_names
        Names by path, for titles; without a name the last part of the path stands.
    background
        Texts that the words of a cluster are compared with, read only if one is described; those
        of ``waiting`` without it.

    Returns
    -------
    ClusterUpdate
        Without any comment, two empty frames.
    """
    is_material = np.array([is_issue_material(codes) for codes in waiting["codes"]], dtype=bool)
    material = waiting[is_material].reset_index(drop=True)
    material["page"] = material["page"].fillna("")
    material_vectors = np.asarray(vectors, dtype=np.float32)[is_material]
    if centre is None:
        centre = np.zeros(material_vectors.shape[1], dtype=np.float32)
    places = live_places(live, centre)
    times = as_microseconds(material["submitted_at"])
    happened: dict[PlaceKey, Joined] = {}
    for at, found in material.groupby(["service", "page"], sort=True).indices.items():
        rows, key = np.asarray(found), cast("PlaceKey", at)
        place = places.setdefault(key, Place(centre))
        ids = material["comment_id"].iloc[rows].tolist()
        happened[key] = place.take(ids, times[rows].tolist(), material_vectors[rows])
    describer = Describer(background or Background(waiting["text"]), page_names or {})
    return write_up(places, happened, live, material, material_vectors, describer, members_of)


def as_microseconds(times: pd.Series[pd.Timestamp]) -> np.ndarray:
    """Return times as whole microseconds, int64."""
    whole: np.ndarray = times.astype("datetime64[us, UTC]").astype("int64").to_numpy()
    return whole


def live_places(live: pd.DataFrame, centre: np.ndarray) -> dict[PlaceKey, Place]:
    """Return the live clusters by service and page."""
    clusters: dict[PlaceKey, list[Cluster]] = {}
    for row in live.to_dict("records"):
        page = row["page"] if isinstance(row["page"], str) else ""
        mean = np.frombuffer(row["centroid"], dtype="<f4").astype(np.float32)
        first = int(pd.Timestamp(row["first_seen"]).value // 1_000)
        clusters.setdefault((row["service"], page), []).append(
            Cluster(
                row["cluster_id"],
                mean,
                int(row["n"]),
                first,
                row["status"],
                is_stored=True,
                is_arranged=not pd.isna(row.get("arranged_at")),
            )
        )
    return {key: Place(centre, there) for key, there in clusters.items()}


def write_up(
    places: Mapping[PlaceKey, Place],
    happened: Mapping[PlaceKey, Joined],
    live: pd.DataFrame,
    comments: pd.DataFrame,
    vectors: np.ndarray,
    describer: Describer,
    members_of: MembersOf | None,
) -> ClusterUpdate:
    """Return rows for the store of what happened in places.

    Clusters are described anew when they are new, when they merged, and when they have grown by a
    tenth: describing costs more than all the rest. In between title, theme and quotes stay.
    """
    before = {str(row["cluster_id"]): row for row in live.to_dict("records")}
    joined = [row for one in happened.values() for row in one.surviving()]
    assignments = pd.DataFrame(joined, columns=list(_ASSIGNED_COLUMNS))
    merged = {gone: into for one in happened.values() for gone, into in one.survivors().items()}
    touched = set(assignments["cluster_id"]) | set(merged.values())
    changed = [
        (key, cluster)
        for key in sorted(places)
        for cluster in places[key].clusters
        if cluster.cluster_id in touched
    ]
    due = {
        cluster.cluster_id
        for _, cluster in changed
        if cluster.cluster_id not in before
        or cluster.cluster_id in merged.values()
        or is_due(int(before[cluster.cluster_id]["n"]), cluster.n)
    }
    members = _members(comments, vectors, assignments, merged, before, due, members_of)
    rows = []
    for (service, page), cluster in sorted(changed, key=lambda pair: pair[1].cluster_id):
        own, own_vectors = members(cluster.cluster_id)
        told = before.get(cluster.cluster_id)
        row = _row(cluster, service, page, own, told, merged, before)
        if cluster.cluster_id in due and len(own):
            row |= describer.describe(own, own_vectors, service, page)
        rows.append(row)
    issues = pd.DataFrame(rows, columns=list(_ISSUE_COLUMNS))
    stored = {gone: into for gone, into in merged.items() if gone in before}
    return ClusterUpdate(issues, assignments, stored)


def _row(
    cluster: Cluster,
    service: str,
    page: str,
    own: pd.DataFrame,
    told: Mapping[Any, Any] | None,
    merged: Mapping[str, str],
    before: Mapping[str, Mapping[Any, Any]],
) -> dict[str, object]:
    """Return a row of the table ``issues``; title, theme and quotes are as they were."""
    gone = [
        before[one] for one, into in merged.items() if into == cluster.cluster_id and one in before
    ]
    known = [*gone, *([told] if told else [])]
    firsts = [row["first_seen"] for row in known] + list(own["submitted_at"])
    lasts = [row["last_seen"] for row in known] + list(own["submitted_at"])
    kept = {name: (told or {}).get(name) for name in ("title", "theme", "quotes")}
    return {
        "cluster_id": cluster.cluster_id,
        "service": service,
        "page": page or None,
        **kept,
        "status": cluster.status,
        "first_seen": min(firsts),
        "last_seen": max(lasts),
        "n": cluster.n,
        "centroid": cluster.mean.astype("<f4").tobytes(),
    }


def _members(
    comments: pd.DataFrame,
    vectors: np.ndarray,
    assignments: pd.DataFrame,
    merged: Mapping[str, str],
    before: Mapping[str, object],
    due: set[str],
    members_of: MembersOf | None,
) -> Callable[[str], tuple[pd.DataFrame, np.ndarray]]:
    """Return a function from a cluster to its comments at hand: new ones, and earlier ones if due.

    Comments of merged clusters count as the surviving one's.
    """
    rows_of = pd.Series(np.arange(len(comments)), index=comments["comment_id"])
    new = assignments.groupby("cluster_id")["comment_id"].apply(list).to_dict()
    asked = sorted({one for one in due if one in before} | {g for g in merged if g in before})
    earlier = members_of(asked) if members_of and asked else None
    into = earlier[0]["cluster_id"].map(lambda one: merged.get(one, one)) if earlier else None
    rows_before = {} if into is None else into.groupby(into).indices

    def members(cluster_id: str) -> tuple[pd.DataFrame, np.ndarray]:
        rows = rows_of.loc[new.get(cluster_id, [])].to_numpy(dtype=int)
        own, own_vectors = comments.iloc[rows], vectors[rows]
        if earlier is None or cluster_id not in rows_before:
            return own, own_vectors
        frame, all_vectors = earlier
        known = rows_before[cluster_id]
        is_twice = frame["comment_id"].iloc[known].isin(set(own["comment_id"]))
        old = known[~is_twice.to_numpy(dtype=bool)]
        both = pd.concat([frame.iloc[old], own], ignore_index=True)
        return both, np.concatenate([all_vectors[old], own_vectors])

    return members
