"""Clusters are the same after a restart and in any order of a batch, and remember little."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import adjusted_rand_score

from tests.topics.cluster_vectors import N_DIMENSIONS, Subjects
from topics import places
from topics.cohesion import centre_of, cohesion_of
from topics.likely_merges import first_merge
from topics.places import Cluster, Joined, Place

N_SUBJECTS = 8
N_COMMENTS = 400


@pytest.fixture(scope="module")
def comments() -> tuple[np.ndarray, np.ndarray]:
    """Labels and vectors of a stream."""
    labels = np.random.default_rng(2).integers(0, N_SUBJECTS, N_COMMENTS)
    return labels, Subjects(N_SUBJECTS, seed=3).draw(labels)


class Run:
    """A place that is fed, and which cluster each comment is in."""

    def __init__(self, vectors: np.ndarray) -> None:
        self.vectors = vectors
        self.place = Place(centre_of(vectors))
        self.owners: dict[str, str] = {}
        self.n_merged = 0

    def take(self, rows: np.ndarray, **more: int) -> None:
        ids = [f"{row:04d}" for row in rows]
        told = self.place.take(ids, [int(row) for row in rows], self.vectors[rows], **more)
        self.note(told)

    def note(self, told: Joined) -> None:
        into = told.survivors()
        self.n_merged += len(into)
        self.owners = {row: into.get(one, one) for row, one in self.owners.items()}
        self.owners |= {row: one for row, one, _ in told.surviving()}

    def restart(self) -> None:
        """Go on from what the store would have kept."""
        kept = [
            Cluster(
                one.cluster_id,
                np.frombuffer(one.mean.astype("<f4").tobytes(), "<f4").astype(np.float32),
                one.n,
                one.first,
                one.status,
                is_stored=True,
            )
            for one in self.place.clusters
        ]
        waiting = [comment_id for _, comment_id in self.place.waiting]
        self.place = Place(self.place.centre, kept)
        self.take(np.array([int(one) for one in waiting], dtype=int))

    def state(self) -> list[tuple[str, int, bytes]]:
        return [(one.cluster_id, one.n, one.mean.tobytes()) for one in self.place.clusters]


def fed(vectors: np.ndarray, batch: int, *, restart_at: int = -1, seed: int | None = None) -> Run:
    run = Run(vectors)
    rng = np.random.default_rng(seed)
    for start in range(0, len(vectors), batch):
        rows = np.arange(start, min(start + batch, len(vectors)))
        run.take(rng.permutation(rows) if seed is not None else rows)
        if start == restart_at:
            run.restart()
    return run


def test_subjects_become_clusters(comments: tuple[np.ndarray, np.ndarray]) -> None:
    labels, vectors = comments
    run = fed(vectors, 20)
    told = np.array([run.owners.get(f"{row:04d}", "") for row in range(N_COMMENTS)])
    is_in = told != ""
    assert is_in.mean() > 0.9
    assert adjusted_rand_score(labels[is_in], told[is_in]) > 0.9


@pytest.mark.parametrize("batch", [1, 20, 200])
@pytest.mark.parametrize("boundary", [1, 4, 9])
def test_a_restart_at_any_batch_changes_nothing(
    comments: tuple[np.ndarray, np.ndarray], batch: int, boundary: int
) -> None:
    _, vectors = comments
    through = fed(vectors, batch)
    restarted = fed(vectors, batch, restart_at=batch * boundary)
    assert restarted.state() == through.state()
    assert restarted.owners == through.owners
    assert restarted.place.waiting == through.place.waiting


def test_the_order_within_batches_changes_nothing(
    comments: tuple[np.ndarray, np.ndarray],
) -> None:
    _, vectors = comments
    straight, shuffled = fed(vectors, 40), fed(vectors, 40, seed=8)
    assert shuffled.owners == straight.owners
    assert shuffled.state() == straight.state()


def test_how_a_stream_is_cut_changes_little(comments: tuple[np.ndarray, np.ndarray]) -> None:
    _, vectors = comments
    one, many = fed(vectors, 1), fed(vectors, 100)
    rows = sorted(set(one.owners) & set(many.owners))
    assert len(rows) > 0.9 * N_COMMENTS
    score = adjusted_rand_score([one.owners[r] for r in rows], [many.owners[r] for r in rows])
    assert score > 0.9


def test_a_place_remembers_clusters_and_a_bounded_number_who_wait(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(places, "MAX_WAITING", 30)
    rng = np.random.default_rng(4)
    alone = rng.normal(size=(500, N_DIMENSIONS)).astype(np.float32)
    alone /= np.linalg.norm(alone, axis=1, keepdims=True)
    run = Run(alone)
    for start in range(0, 500, 50):
        run.take(np.arange(start, start + 50))
        assert len(run.place.waiting) <= 30
    latest = [time for time, _ in run.place.waiting]
    assert len(latest) == 30
    assert min(latest) > 400


def test_who_is_too_old_waits_no_longer() -> None:
    vectors = Subjects(1).draw(np.zeros(4, dtype=int))
    run = Run(vectors)
    run.take(np.arange(3))
    assert len(run.place.waiting) == 3
    run.take(np.array([3]), since=2)
    assert [time for time, _ in run.place.waiting] == [2, 3]
    assert run.owners == {}


def cluster(n: int, mean: np.ndarray, status: str, first: int, *, stored: bool = True) -> Cluster:
    return Cluster(f"{first:032x}", mean.astype(np.float32), n, first, status, is_stored=stored)


def test_two_halves_of_one_cluster_are_wholly_alike_whatever_their_sizes() -> None:
    subjects = Subjects(2, seed=5)
    centre = centre_of(subjects.draw(np.tile([0, 1], 500)))
    same, other = [], []
    for _ in range(200):
        small, large = subjects.draw(np.zeros(5, dtype=int)), subjects.draw(np.zeros(80, dtype=int))
        apart = subjects.draw(np.ones(5, dtype=int))
        means = np.stack([part.mean(axis=0) for part in (small, large, apart)])
        likeness = cohesion_of(means, np.array([5.0, 80.0, 5.0]), centre).likeness()
        same.append(likeness[0, 1])
        other.append(likeness[1, 2])
    assert np.mean(same) == pytest.approx(1.0, abs=0.12)
    assert np.mean(other) < 0.3


def test_cohesion_is_the_mean_cosine_of_two_members() -> None:
    vectors = Subjects(1, seed=6).draw(np.zeros(60, dtype=int))
    told = cohesion_of(vectors.mean(axis=0)[None], np.array([60.0]), np.zeros(N_DIMENSIONS, "f4"))
    cosines = vectors @ vectors.T
    pairs = (cosines.sum() - np.trace(cosines)) / (60 * 59)
    from topics.cohesion import USUAL_COHESION, USUAL_WEIGHT

    shrunk = (59 * pairs + USUAL_WEIGHT * USUAL_COHESION) / (59 + USUAL_WEIGHT)
    assert told.within[0] == pytest.approx(shrunk, abs=1e-5)


@pytest.mark.parametrize(
    ("one", "other", "merges"),
    [
        ("new", "new", True),
        ("new", "provisional", True),
        ("acknowledged", "new", True),
        ("investigating", "provisional", True),
        ("fixed", "provisional", True),
        ("not_an_issue", "provisional", True),
        ("fixed", "new", False),
        ("not_an_issue", "new", False),
        ("acknowledged", "investigating", False),
        ("acknowledged", "fixed", False),
    ],
)
def test_what_people_set_apart_stays_apart(one: str, other: str, merges: bool) -> None:
    mean = np.ones(N_DIMENSIONS) / 10
    pair = [cluster(10, mean, one, 1), cluster(9, mean, other, 2)]
    alike = np.array([[1.0, 0.95], [0.95, 1.0]])
    assert (first_merge(pair, alike) is not None) is merges
    unlike = np.array([[1.0, 0.4], [0.4, 1.0]])
    assert first_merge(pair, unlike) is None


@pytest.mark.parametrize(
    ("early", "late", "stays"),
    [
        (("new", True), ("new", True), "early"),
        (("provisional", True), ("new", True), "late"),
        (("new", False), ("new", True), "late"),
        (("provisional", True), ("provisional", True), "early"),
        (("provisional", True), ("acknowledged", True), "late"),
    ],
)
def test_the_one_that_people_saw_and_the_earlier_one_stays(
    early: tuple[str, bool], late: tuple[str, bool], stays: str
) -> None:
    mean = np.ones(N_DIMENSIONS) / 10
    one = cluster(10, mean, early[0], 1, stored=early[1])
    two = cluster(50, mean, late[0], 2, stored=late[1])
    pair = first_merge([one, two], np.array([[1.0, 0.99], [0.99, 1.0]]))
    assert pair is not None
    assert pair[0] is (one if stays == "early" else two)


def test_clusters_that_turn_out_alike_merge_and_lose_nobody() -> None:
    labels = np.zeros(40, dtype=int)
    vectors = Subjects(1, seed=7).draw(labels)
    halves = [np.arange(0, 40, 2), np.arange(1, 40, 2)]
    clusters = [cluster(20, vectors[half].mean(axis=0), "new", int(half[0])) for half in halves]
    place = Place(np.zeros(N_DIMENSIONS, dtype=np.float32), clusters)
    told = place.settle()
    assert told.merged == [(clusters[1].cluster_id, clusters[0].cluster_id)]
    (left,) = place.clusters
    assert left.n == 40
    np.testing.assert_allclose(left.mean, vectors.mean(axis=0), atol=1e-6)


def test_a_chain_of_merges_leads_to_the_last() -> None:
    told = Joined([("c", "a", 0.5), ("d", "b", 0.5)], [("a", "b"), ("b", "z")])
    assert told.survivors() == {"a": "z", "b": "z"}
    assert [one for _, one, _ in told.surviving()] == ["z", "z"]
