"""Issue clusters: similar comments about one page of one service, grouped as they arrive.

A new comment joins the nearest live cluster of its service and page when its cosine to that
cluster's centroid reaches `JOIN_COSINE`; otherwise it waits. Among those that wait on one page,
groups of at least `MIN_BIRTH` comments with a mean cosine of `BIRTH_COSINE` (average linkage) are
born as clusters; a cluster is provisional until it has `MIN_CONFIRMED` comments. Feedback without a
page is grouped by service.

The order of comments within a batch makes no difference: all are compared with the clusters as they
were before the batch. A cluster's id comes from its earliest comment and never changes.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from feedback import schema
from feedback.schema import EMPTY_LABEL, IssueStatus
from topics.names import name_from_terms
from topics.quotes import choose_quotes
from topics.sentences import theme_phrase
from topics.terms import characteristic_terms, terms_of

__all__ = ["ClusterUpdate", "cluster_id_of", "is_issue_material", "update_clusters"]

JOIN_COSINE = 0.5
BIRTH_COSINE = 0.4
"""Comments on one page share their subject, so less likeness says more than it would elsewhere.
Chosen where V-measure and ARI were highest on bank enquiries dealt to pages of six intents."""
MIN_BIRTH = 4
MIN_CONFIRMED = 8
BLOCK = 1_500
"""Comments of one page that average linkage looks at together: its memory grows with the square.
More are taken in blocks, oldest first."""
MAX_TITLE = 160

NO_ISSUE = frozenset({"praise", EMPTY_LABEL})
SAFEGUARDING = "safeguarding"
ISSUE_FAMILIES = ("fault.", "use.")
"""Codes that name a theme of an issue, before any other."""

_ISSUE_COLUMNS = tuple(
    column.name
    for column in schema.issues.columns
    if column.name not in ("owner", "ticket_url", "fixed_at", "reopened_at", "merged_into", "facts")
)
_ASSIGNED_COLUMNS = ("comment_id", "cluster_id", "similarity")


MembersOf = Callable[[Sequence[str]], tuple[pd.DataFrame, np.ndarray]]
"""From ids of clusters to their comments and the vectors of those."""


@dataclass(frozen=True)
class ClusterUpdate:
    """What a batch changed.

    Attributes
    ----------
    issues : DataFrame
        New and grown clusters, with the columns of the table ``issues`` that machines fill;
        ``centroid`` is little-endian float32, the mean of the members' unit vectors.
    assignments : DataFrame
        ``comment_id``, ``cluster_id`` and ``similarity`` of the comments that joined.
    """

    issues: pd.DataFrame
    assignments: pd.DataFrame


def is_issue_material(codes: Iterable[str]) -> bool:
    """Return whether a comment with these codes can be part of an issue.

    Pure praise and nothing to code cannot; nor can anything coded as safeguarding, which goes to
    people and is never quoted. A comment without any code can: a new complaint may fit no code yet.

    Examples
    --------
    >>> [is_issue_material(codes) for codes in ([], ["praise"], ["praise", "fault.link"],
    ...                                         ["fault.link", "safeguarding"])]
    [True, False, True, False]
    """
    told = set(codes)
    return SAFEGUARDING not in told and not (told and told <= NO_ISSUE)


def cluster_id_of(comment_id: str) -> str:
    """Return the id of the cluster whose earliest comment this is: 32 hex characters."""
    return hashlib.blake2b(f"cluster:{comment_id}".encode(), digest_size=16).hexdigest()


def update_clusters(
    waiting: pd.DataFrame,
    vectors: np.ndarray,
    live: pd.DataFrame,
    *,
    members_of: MembersOf | None = None,
    page_names: Mapping[str, str] | None = None,
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
    members_of
        Given ids of clusters that grew, returns their earlier comments, with ``cluster_id``
        besides the columns of ``waiting``, and the vectors of those: title, theme and quotes are
        chosen among earlier and new ones. Without it, among the new ones.
    page_names
        Names by path, for titles; without a name the last part of the path stands.

    Returns
    -------
    ClusterUpdate
        Without any comment, two empty frames.
    """
    is_material = np.array([is_issue_material(codes) for codes in waiting["codes"]], dtype=bool)
    material = waiting[is_material].reset_index(drop=True)
    material["page"] = material["page"].fillna("")
    order = np.lexsort((material["comment_id"], material["submitted_at"]))
    material = material.iloc[order].reset_index(drop=True)
    material_vectors = np.asarray(vectors, dtype=np.float32)[is_material][order]
    groups = _Groups.of(live)
    for _, rows in material.groupby(["service", "page"], sort=True).indices.items():
        groups.settle(material, material_vectors, np.asarray(rows))
    changed = groups.changed()
    grown = [group.cluster_id for group in changed if group.before is not None]
    members = members_of(grown) if members_of and grown else None
    describer = _Describer(material, material_vectors, members, waiting["text"])
    issues = [describer.issue(group, page_names or {}) for group in changed]
    return ClusterUpdate(
        issues=pd.DataFrame(issues, columns=list(_ISSUE_COLUMNS)),
        assignments=pd.DataFrame(groups.joined, columns=list(_ASSIGNED_COLUMNS)),
    )


@dataclass
class _Group:
    """A cluster while a batch is worked on: what was, and the rows that joined."""

    cluster_id: str
    service: str
    page: str
    mean: np.ndarray
    n: int
    rows: list[int]
    before: Mapping[str, object] | None

    def add(self, rows: Sequence[int], vectors: np.ndarray) -> None:
        """Move the running mean."""
        total = self.mean * self.n + vectors.sum(axis=0)
        self.n += len(rows)
        self.mean = total / self.n
        self.rows.extend(int(row) for row in rows)


class _Groups:
    """All clusters while a batch is worked on, by service and page."""

    def __init__(self) -> None:
        self._by_place: dict[tuple[str, str], list[_Group]] = {}
        self.joined: list[tuple[str, str, float]] = []

    @classmethod
    def of(cls, live: pd.DataFrame) -> _Groups:
        """Return the live clusters, in the order of their ids."""
        groups = cls()
        for row in live.sort_values("cluster_id").to_dict("records"):
            page = row["page"] if isinstance(row["page"], str) else ""
            mean = np.frombuffer(row["centroid"], dtype="<f4").astype(np.float64)
            told = {str(name): value for name, value in row.items()}
            group = _Group(row["cluster_id"], row["service"], page, mean, int(row["n"]), [], told)
            groups._by_place.setdefault((group.service, page), []).append(group)
        return groups

    def changed(self) -> list[_Group]:
        """Return the clusters that comments joined, in the order of their ids."""
        every = (group for groups in self._by_place.values() for group in groups)
        return sorted((group for group in every if group.rows), key=lambda one: one.cluster_id)

    def settle(self, comments: pd.DataFrame, vectors: np.ndarray, rows: np.ndarray) -> None:
        """Take the comments of one place until none moves: the same batch again changes nothing."""
        n_before = len(rows) + 1
        while 0 < len(rows) < n_before:
            n_before = len(rows)
            blocks = [rows[start : start + BLOCK] for start in range(0, len(rows), BLOCK)]
            rows = np.concatenate([self._take(comments, vectors, block) for block in blocks])

    def _take(self, comments: pd.DataFrame, vectors: np.ndarray, rows: np.ndarray) -> np.ndarray:
        """Let comments of one place join its clusters, and clusters be born; return who waits."""
        first = comments.iloc[rows[0]]
        place = str(first["service"]), str(first["page"])
        there = self._by_place.setdefault(place, [])
        rest = self._join(there, comments, vectors, rows)
        born = []
        for group in _births(vectors[rest]):
            founders = rest[group]
            cluster_id = cluster_id_of(str(comments["comment_id"].iloc[founders[0]]))
            mean = np.zeros(vectors.shape[1])
            born.append(_Group(cluster_id, *place, mean, 0, [], None))
            self._add(born[-1], comments, vectors, founders)
        is_left = ~np.isin(rest, [row for group in born for row in group.rows])
        there.extend(born)
        return self._join(born, comments, vectors, rest[is_left])

    def _join(
        self,
        groups: Sequence[_Group],
        comments: pd.DataFrame,
        vectors: np.ndarray,
        rows: np.ndarray,
    ) -> np.ndarray:
        """Let comments join the nearest group if it is near enough; return the others."""
        if not groups or not len(rows):
            return rows
        means = np.stack([group.mean for group in groups])
        means /= np.maximum(np.linalg.norm(means, axis=1, keepdims=True), 1e-12)
        cosines = vectors[rows] @ means.T
        nearest = cosines.argmax(axis=1)
        joins = cosines[np.arange(len(rows)), nearest] >= JOIN_COSINE
        for i, group in enumerate(groups):
            chosen = rows[joins & (nearest == i)]
            if len(chosen):
                self._add(group, comments, vectors, chosen)
        rest: np.ndarray = rows[~joins]
        return rest

    def _add(
        self, group: _Group, comments: pd.DataFrame, vectors: np.ndarray, rows: np.ndarray
    ) -> None:
        group.add(rows.tolist(), vectors[rows].astype(np.float64))
        centre = group.mean / max(float(np.linalg.norm(group.mean)), 1e-12)
        for row in rows.tolist():
            similarity = float(vectors[row] @ centre)
            self.joined.append((comments["comment_id"].iloc[row], group.cluster_id, similarity))


def _births(vectors: np.ndarray) -> list[np.ndarray]:
    """Return groups of positions that are alike enough to be a cluster, by first position."""
    if len(vectors) < MIN_BIRTH:
        return []
    from scipy.cluster.hierarchy import fcluster, linkage
    from scipy.spatial.distance import squareform

    distances = 1.0 - np.clip(vectors @ vectors.T, -1.0, 1.0).astype(np.float64)
    distances = np.round((distances + distances.T) / 2.0, 6)
    np.fill_diagonal(distances, 0.0)
    tree = linkage(squareform(distances, checks=False), method="average")
    labels = fcluster(tree, t=1.0 - BIRTH_COSINE, criterion="distance")
    groups = [np.flatnonzero(labels == label) for label in np.unique(labels)]
    return sorted((group for group in groups if len(group) >= MIN_BIRTH), key=lambda one: one[0])


class _Describer:
    """Writes what a cluster looks like to people."""

    def __init__(
        self,
        comments: pd.DataFrame,
        vectors: np.ndarray,
        members: tuple[pd.DataFrame, np.ndarray] | None,
        background: Iterable[str],
    ) -> None:
        self._comments, self._vectors, self._members = comments, vectors, members
        self._n_background = 0
        self._background: Counter[str] = Counter()
        for text in background:
            self._n_background += 1
            self._background.update(set(terms_of(text)))

    def issue(self, group: _Group, page_names: Mapping[str, str]) -> dict[str, object]:
        """Return a row of the table ``issues``."""
        comments, vectors = self._known(group)
        texts = comments["text"].tolist()
        theme = _theme(comments["codes"])
        terms = characteristic_terms(texts, self._background, self._n_background)
        may_quote = np.array([is_issue_material(codes) for codes in comments["codes"]])
        quotes = choose_quotes(texts, vectors, may_quote)
        seen = comments["submitted_at"]
        before = group.before
        first = min([seen.min(), *([before["first_seen"]] if before else [])])
        last = max([seen.max(), *([before["last_seen"]] if before else [])])
        status = IssueStatus.PROVISIONAL if group.n < MIN_CONFIRMED else IssueStatus.NEW
        return {
            "cluster_id": group.cluster_id,
            "service": group.service,
            "page": group.page or None,
            "title": _title(terms, theme, _page_name(group, page_names)),
            "theme": theme,
            "status": status.value,
            "first_seen": first,
            "last_seen": last,
            "n": group.n,
            "quotes": [str(comments["comment_id"].iloc[i]) for i in quotes],
            "centroid": group.mean.astype("<f4").tobytes(),
        }

    def _known(self, group: _Group) -> tuple[pd.DataFrame, np.ndarray]:
        """Return the comments of a cluster that are at hand, earliest first, with vectors."""
        new, new_vectors = self._comments.iloc[group.rows], self._vectors[group.rows]
        if group.before is None or self._members is None:
            return new, new_vectors
        members, member_vectors = self._members
        is_old = (members["cluster_id"] == group.cluster_id).to_numpy(dtype=bool)
        both = pd.concat([members[is_old], new], ignore_index=True)
        vectors = np.concatenate([member_vectors[is_old], new_vectors])
        order = np.lexsort((both["comment_id"], both["submitted_at"]))
        return both.iloc[order], vectors[order]


def _theme(codes: pd.Series[list[str]]) -> str | None:
    """Return the most common fault or use code, else the most common other one."""
    counts = Counter(code for told in codes for code in told if code not in NO_ISSUE)
    named = {code: n for code, n in counts.items() if code.startswith(ISSUE_FAMILIES)} or counts
    return min(named, key=lambda code: (-named[code], code)) if named else None


def _title(terms: Sequence[str], theme: str | None, page: str) -> str:
    name = name_from_terms(terms)
    if theme is not None:
        phrase = theme_phrase(theme)
        name = f"{phrase[0].upper()}{phrase[1:]}: {name[0].lower()}{name[1:]}"
    return f"{name} ({page})"[: MAX_TITLE + len(page)]


def _page_name(group: _Group, names: Mapping[str, str]) -> str:
    if not group.page:
        return group.service.replace("-", " ")
    last = group.page.rstrip("/").rpartition("/")[2].replace("-", " ") or group.page
    return names.get(group.page, last)
