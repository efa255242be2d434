"""All that waits is coded once, and a bad comment or a bad model harms nothing else."""

import traceback
from collections.abc import Iterator

import pytest
import sqlalchemy as sa

from feedback import schema
from feedback.claims import take_back
from feedback.enrichment import Enrichment
from feedback.errors import ModelError, ModelHashError
from feedback.pipeline import enrich
from feedback.settings import Settings
from feedback.store import Store
from tests import fakes
from tests.feedback.pipeline_parts import rows_of, work
from tests.feedback.store_frames import comment_id, fill, prepared


@pytest.fixture
def store(store_url: str) -> Iterator[Store]:
    with Store.open(store_url) as opened:
        yield opened


def codes_of(store: Store) -> dict[int, set[str]]:
    codes: dict[int, set[str]] = {}
    for row in rows_of(store, schema.codings).to_dict("records"):
        codes.setdefault(int(row["comment_id"], 16), set()).add(row["code"])
    return codes


def poison(text: str) -> None:
    if "poison" in text:
        raise ValueError(f"cannot classify {text!r}")


def test_everything_that_waits_is_coded(store: Store) -> None:
    fill(store, prepared(["slow page with an error", "easy", "bad", "slow phone"]))
    told: list[int] = []
    summary = enrich(
        store,
        fakes.BagOfWordsEmbedder(),
        fakes.KeywordClassifier(),
        settings=Settings(batch_comments=3),
        progress=told.append,
    )
    assert codes_of(store) == {
        0: {"fault.performance", "fault.error"},
        1: {"praise"},
        2: {"complaint"},
        3: {"fault.performance"},
    }
    stored = rows_of(store, schema.comments)
    assert stored["sentiment"].tolist() == ["negative", "positive", "negative", "negative"]
    assert stored["facets"].tolist() == [None, None, None, {"device": "phone"}]
    assert store.count_states() == {"enriched": 4}
    assert (summary.n_enriched, summary.n_failed, sum(told)) == (4, 0, 4)
    assert summary.seconds.keys() == {"store", "embed", "classify"}


def test_the_run_names_models_and_codebook(store: Store) -> None:
    fill(store, prepared(["slow"]))
    summary = work(store, seed=5)
    run = rows_of(store, schema.runs).set_index("kind").loc["enrich"]
    assert run["run_id"] == summary.run_id
    assert run["models"] == {"encoder": "bag-of-words 1", "classifier": "keywords-1"}
    assert (run["codebook"], run["seed"], run["n_in"]) == ("digital_service 1", 5, 1)


def test_nothing_to_do_leaves_no_trace(store: Store) -> None:
    fill(store, prepared(["slow"]))
    work(store)
    version, runs = store.data_version(), len(rows_of(store, schema.runs))
    assert work(store).run_id is None
    assert store.data_version() == version
    assert len(rows_of(store, schema.runs)) == runs


def test_empty_answers_are_coded_none_without_a_model(store: Store) -> None:
    fill(store, prepared(["n/a", "no"], is_empty=True))

    class Absent:
        name = revision = version = codebook_version = "absent"
        n_dimensions = 0

        def embed(self, *_):
            raise ModelError("The model was asked.")

        classify = embed

    summary = work(store, Absent(), Absent())
    assert (summary.n_enriched, summary.n_empty) == (2, 2)
    codings = rows_of(store, schema.codings)
    assert (
        codings[["code", "origin", "probability", "decision"]].values.tolist()
        == [["none", "rule", 1.0, "assigned"]] * 2
    )
    assert set(rows_of(store, schema.comments)["sentiment"]) == {"neutral"}


def test_languages_and_texts_reach_the_classifier_in_order(store: Store) -> None:
    fill(store, prepared(["slow"], language="en"))
    fill(store, prepared(["araf"], first=1, language="cy"))
    seen = []

    class Watching(fakes.KeywordClassifier):
        def classify(self, texts, vectors, languages):
            seen.extend(zip(texts, languages, vectors.tolist(), strict=True))
            return super().classify(texts, vectors, languages)

    work(store, Watching())
    vectors = fakes.BagOfWordsEmbedder().embed(["araf", "slow"]).tolist()
    assert seen == [("araf", "cy", vectors[0]), ("slow", "en", vectors[1])]


def test_a_poison_comment_does_not_sink_its_batch(store: Store) -> None:
    fill(store, prepared([f"slow {i}" for i in range(20)]))
    fill(store, prepared(["this is poison"], first=20))
    summary = work(store, fakes.KeywordClassifier(before=poison))
    assert (summary.n_enriched, summary.n_failed) == (20, 1)
    assert store.count_states() == {"enriched": 20, "failed": 1}
    failed = rows_of(store, schema.comments).set_index("comment_id").loc[comment_id(20)]
    assert (failed["failure"], failed["n_attempts"]) == ("ValueError", 3)
    assert store.read(sa.select(schema.comments).where(schema.IS_CLAIMED)).empty


def test_the_number_of_tries_is_a_setting(store: Store) -> None:
    fill(store, prepared(["poison"]))
    tries = []

    def count(text: str) -> None:
        tries.append(text)
        poison(text)

    work(store, fakes.KeywordClassifier(before=count), max_attempts=5)
    assert len(tries) == 2 * 5  # once in its batch and once alone


def test_a_failure_that_passes_is_forgotten(store: Store) -> None:
    fill(store, prepared(["slow", "poison"]))
    tries = []

    def twice(text: str) -> None:
        if "poison" in text and len(tries) < 2:
            tries.append(text)
            raise TimeoutError

    summary = work(store, fakes.KeywordClassifier(before=twice))
    assert (summary.n_enriched, summary.n_failed) == (2, 0)
    assert rows_of(store, schema.comments)["failure"].isna().all()


def broken(_: str) -> None:
    raise TypeError("the model is broken")


@pytest.mark.parametrize("n", [8, 40])
def test_a_fault_of_the_model_is_not_held_against_the_comments(store: Store, n: int) -> None:
    fill(store, prepared([f"slow {i}" for i in range(n)]))
    with pytest.raises(ModelError, match=rf"for each of {n} comments \(TypeError\)"):
        work(store, fakes.KeywordClassifier(before=broken))
    stored = rows_of(store, schema.comments)
    assert stored["n_attempts"].tolist() == [0] * n
    assert store.read(sa.select(schema.comments).where(schema.IS_CLAIMED)).empty
    assert work(store).n_enriched == n


def test_many_bad_comments_are_not_taken_for_a_bad_model(store: Store) -> None:
    texts = [f"poison {i}" if i % 2 else f"slow {i}" for i in range(60)]
    fill(store, prepared(texts))
    summary = work(store, fakes.KeywordClassifier(before=poison), batch_comments=40)
    assert (summary.n_enriched, summary.n_failed) == (30, 30)
    assert store.count_states() == {"enriched": 30, "failed": 30}


def test_an_error_does_not_bring_the_text_along(store: Store) -> None:
    fill(store, prepared([f"poison in my words {i}" for i in range(10)]))
    with pytest.raises(ModelError) as caught:
        work(store, fakes.KeywordClassifier(before=poison))
    assert "in my words" not in "".join(traceback.format_exception(caught.value))
    assert caught.value.__context__ is None


def altered(_: str) -> None:
    raise ModelHashError("The weights are not the ones expected.")


def stopped(_: str) -> None:
    raise KeyboardInterrupt


@pytest.mark.parametrize(
    ("fault", "raised"), [(altered, ModelHashError), (stopped, KeyboardInterrupt)]
)
def test_a_stop_gives_the_claims_back(store: Store, fault, raised) -> None:
    fill(store, prepared(["slow", "easy"]))
    with pytest.raises(raised):
        work(store, fakes.KeywordClassifier(before=fault))
    stored = rows_of(store, schema.comments)
    assert stored["claimed_by"].isna().all()
    assert stored["n_attempts"].tolist() == [0, 0]


def test_a_classifier_that_loses_a_comment_is_at_fault(store: Store) -> None:
    fill(store, prepared([f"slow {i}" for i in range(10)]))

    class Losing(fakes.KeywordClassifier):
        def classify(self, texts, vectors, languages):
            return super().classify(texts, vectors, languages)[1:]

    with pytest.raises(ModelError):
        work(store, Losing())
    assert rows_of(store, schema.codings).empty


def test_comments_of_a_worker_that_died_are_done_first_thing(store: Store) -> None:
    from feedback.workers import worker_name

    fill(store, prepared(["slow", "easy"]))
    host, pid, _, rest = worker_name().split(":")
    store.claim(f"{host}:{pid}:1:{rest}", 9)  # this process number, at another time
    summary = work(store)
    assert (summary.n_reclaimed, summary.n_enriched) == (2, 2)


def test_comments_that_come_meanwhile_are_done_too(store: Store) -> None:
    fill(store, prepared(["slow"]))
    late = iter([["easy"]])

    def arrive(_: str) -> None:
        for texts in late:
            fill(store, prepared(texts, first=5))

    assert work(store, fakes.KeywordClassifier(before=arrive)).n_enriched == 2


def test_what_a_dead_worker_left_does_not_wait_while_new_comments_arrive(store: Store) -> None:
    """Under a steady load there is always a comment without a failed try."""
    fill(store, prepared(["slow", "easy"]))
    store.claim("elsewhere:1:77:abc", 2)
    with store.changing() as connection:
        take_back(connection, [comment_id(0), comment_id(1)], max_attempts=3)
    models = fakes.BagOfWordsEmbedder(), fakes.KeywordClassifier()
    fill(store, prepared([f"bad {n}" for n in range(2, 40)], first=2))
    with Enrichment(store, *models, settings=Settings(batch_comments=3)) as coding:
        for _ in range(4):
            coding.batch()
        assert {0, 1} <= set(codes_of(store))
        assert store.queue().n_waiting
