"""Which two clusters of one place are one issue, and which of them stays."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from feedback.schema import IssueStatus

if TYPE_CHECKING:
    from topics.places import Cluster

__all__ = ["MERGE_LIKENESS", "first_merge"]

MERGE_LIKENESS = 0.85
"""Least `topics.cohesion.Cohesion.likeness` of two clusters that become one."""
ABSORB_LIKENESS = 0.75
"""The same where one is provisional. A third to two thirds of births are splinters: a few comments
at the edge of a known subject, less like its middle than another half of it would be."""

_UNDECIDED = (IssueStatus.PROVISIONAL.value, IssueStatus.NEW.value)
_AT_WORK = (IssueStatus.ACKNOWLEDGED.value, IssueStatus.INVESTIGATING.value)


def first_merge(
    clusters: Sequence[Cluster], likeness: np.ndarray
) -> tuple[Cluster, Cluster] | None:
    """Return the most alike pair that may merge, who stays first; None where none is alike enough.

    Parameters
    ----------
    likeness
        ndarray of shape (n_clusters, n_clusters).
    """
    is_small = np.array([one.status == IssueStatus.PROVISIONAL.value for one in clusters])
    bars = np.where(is_small[:, None] | is_small, ABSORB_LIKENESS, MERGE_LIKENESS)
    above = np.argwhere(np.triu(likeness >= bars, k=1))
    for i, j in sorted(above.tolist(), key=lambda pair: -round(likeness[pair[0], pair[1]], 6)):
        one, other = clusters[i], clusters[j]
        if _may_merge(one, other):
            winner, loser = sorted((one, other), key=_seniority)
            return winner, loser
    return None


def _may_merge(one: Cluster, other: Cluster) -> bool:
    """Return whether no person has set the two apart.

    Two issues that people both took up stay two, as do two of which people said what belongs to
    them. What is fixed or no issue takes in splinters only: its status must not fall on an issue
    that nobody has looked at.
    """
    if one.is_arranged and other.is_arranged:
        return False
    statuses = {one.status, other.status}
    decided = statuses.difference(_UNDECIDED)
    if not decided:
        return True
    both = one.status not in _UNDECIDED and other.status not in _UNDECIDED
    if both:
        return False
    return IssueStatus.PROVISIONAL.value in statuses or decided <= set(_AT_WORK)


def _seniority(cluster: Cluster) -> tuple[bool, bool, bool, int, str]:
    """Sort key: what people arranged first, then what they have seen, then the earlier one."""
    is_provisional = cluster.status == IssueStatus.PROVISIONAL.value
    is_new = not cluster.is_stored
    return not cluster.is_arranged, is_new, is_provisional, cluster.first, cluster.cluster_id
