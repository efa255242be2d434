"""Agreement between coders against published examples, scikit-learn and its own definition."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from itertools import combinations, permutations
from pathlib import Path

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from sklearn.metrics import cohen_kappa_score

from classifiers.agreement import Agreement, measure_agreement
from classifiers.codebook import Codebook
from classifiers.codings import Codings, read_codings
from classifiers.coefficients import alpha_of, cohen_kappa, jaccard_distance, masi_distance
from feedback.errors import LabelsError

# Krippendorff 2011, "Computing Krippendorff's Alpha-Reliability", section C: four observers.
OBSERVERS = ("123321412...", "1233224125.3", ".3332342251.", "12332441251.")
NAMES = ("a", "b", "c")

Value = int | frozenset[int]


def counts_of(rows: tuple[str, ...]) -> np.ndarray:
    """How many observers gave each unit each of the values 1 to 5."""
    return np.array([[unit.count(value) for value in "12345"] for unit in zip(*rows, strict=True)])


def ordinal(counts: np.ndarray) -> np.ndarray:
    """Krippendorff's ordinal metric, from the totals of pairable values."""
    totals = counts[counts.sum(axis=1) >= 2].sum(axis=0)
    distances = np.zeros((5, 5))
    for low, high in combinations(range(5), 2):
        between = totals[low : high + 1].sum() - (totals[low] + totals[high]) / 2
        distances[low, high] = distances[high, low] = between**2
    return distances


def test_krippendorffs_example_has_the_published_alphas() -> None:
    counts = counts_of(OBSERVERS)
    nominal = 1 - np.eye(5)
    interval = np.subtract.outer(np.arange(5), np.arange(5)) ** 2
    for distances, published in ((nominal, 0.743), (ordinal(counts), 0.815), (interval, 0.849)):
        assert alpha_of(counts, distances).round(3).tolist() == [published]


def test_krippendorffs_two_observers_have_the_published_alphas() -> None:
    binary = ("0100000010", "1110010000")  # section A
    nominal = ("aabbdcccedda", "babbbccceddd")  # section B
    for rows, published in ((binary, 0.095), (nominal, 0.692)):
        values = sorted(set("".join(rows)))
        counts = np.array([[unit.count(v) for v in values] for unit in zip(*rows, strict=True)])
        assert alpha_of(counts, 1 - np.eye(len(values))).round(3).tolist() == [published]


def defined_alpha(
    units: list[list[Value]], distance: Callable[[Value, Value], float]
) -> float | None:
    """Alpha as it is defined: every pair within units against every pair at all."""
    pairable = [unit for unit in units if len(unit) > 1]
    values = [value for unit in pairable for value in unit]
    observed = sum(
        distance(one, other) / (len(unit) - 1)
        for unit in pairable
        for one, other in permutations(unit, 2)
    )
    by_chance = sum(distance(one, other) for one, other in permutations(values, 2))
    if not by_chance:
        return None
    return 1 - (observed / len(values)) / (by_chance / (len(values) * (len(values) - 1)))


CODINGS = st.tuples(
    arrays(np.bool_, (3, 7), elements=st.booleans()),
    arrays(np.bool_, (3, 7, 3), elements=st.booleans()),
)


@settings(max_examples=60, deadline=None)
@given(CODINGS)
def test_alpha_is_its_definition(drawn: tuple[np.ndarray, np.ndarray]) -> None:
    is_coded, tables = drawn
    assume((is_coded.sum(axis=0) >= 2).any())
    tables &= is_coded[:, :, None]
    found = measure_agreement(Codings(("x", "y", "z"), NAMES, is_coded, tables), n_resamples=5)
    for column, code in enumerate(found.codes):
        units = [[int(tables[c, u, column]) for c in range(3) if is_coded[c, u]] for u in range(7)]
        same(code.alpha.value, defined_alpha(units, lambda one, other: float(one != other)))
        assert code.n == sum(any(unit) for unit in units if len(unit) > 1)
    sets: list[list[Value]] = [
        [frozenset(np.flatnonzero(tables[c, u]).tolist()) for c in range(3) if is_coded[c, u]]
        for u in range(7)
    ]
    same(found.alpha_masi.value, defined_alpha(sets, masi_distance))
    same(found.alpha_jaccard.value, defined_alpha(sets, jaccard_distance))


def same(value: float, expected: float | None) -> None:
    if expected is None:
        assert math.isnan(value)
    else:
        assert value == pytest.approx(expected)


@settings(max_examples=60, deadline=None)
@given(arrays(np.bool_, (2, 25)))
def test_kappa_and_positive_agreement_of_two_coders(said: np.ndarray) -> None:
    everything = np.ones((2, 25), bool)
    found = measure_agreement(Codings(("x", "y"), ("a",), everything, said[:, :, None]))
    (code,) = found.codes
    assert code.kappa is not None
    both, one_only = (said[0] & said[1]).sum(), (said[0] ^ said[1]).sum()
    assert code.agreement.value == pytest.approx(1 - one_only / 25)
    assert code.agreement.low <= code.agreement.value <= code.agreement.high
    if len(np.unique(said)) == 1:
        assert math.isnan(code.kappa.value)
    else:
        assert code.kappa.value == pytest.approx(cohen_kappa_score(said[0], said[1]))
    if said.any():
        assert code.positive_agreement.value == pytest.approx(2 * both / (2 * both + one_only))


def test_kappa_of_a_textbook_table() -> None:
    one = np.repeat([True, True, False, False], [20, 5, 10, 15])
    other = np.repeat([True, False, True, False], [20, 5, 10, 15])
    assert cohen_kappa(one, other, np.ones((1, 50))).round(6).tolist() == [0.4]


def test_distances_follow_their_definitions() -> None:
    sets = [frozenset(s) for s in ((), (1,), (1, 2), (2, 3), (1, 2, 3, 4))]
    for one in sets:
        assert masi_distance(one, one) == jaccard_distance(one, one) == 0
    assert masi_distance(sets[2], sets[4]) == pytest.approx(1 - 2 / 3 * 1 / 2)  # a subset
    assert masi_distance(sets[2], sets[3]) == pytest.approx(1 - 1 / 3 * 1 / 3)  # an overlap
    assert masi_distance(sets[1], sets[3]) == masi_distance(sets[0], sets[1]) == 1
    assert jaccard_distance(sets[2], sets[3]) == pytest.approx(2 / 3)


def test_the_interval_of_alpha_matches_a_bootstrap_by_hand() -> None:
    generator = np.random.default_rng(4)
    truth = generator.random(150) < 0.4
    said = np.stack([truth ^ (generator.random(150) < 0.1) for _ in range(2)])
    found = measure_agreement(
        Codings(("x", "y"), ("a",), np.ones((2, 150), bool), said[:, :, None]), n_resamples=2000
    )
    by_hand = []
    for _ in range(1000):
        drawn = said[:, generator.integers(0, 150, 150)].astype(int)
        by_hand.append(defined_alpha_of_two(drawn))
    low, high = np.percentile(by_hand, [2.5, 97.5])
    assert found.codes[0].alpha.low == pytest.approx(low, abs=0.025)
    assert found.codes[0].alpha.high == pytest.approx(high, abs=0.025)


def defined_alpha_of_two(said: np.ndarray) -> float:
    """Alpha of two coders without gaps: Scott's pi, put right for small samples."""
    yes, n = said.sum(), said.size
    by_chance = 2 * yes * (n - yes) / (n * (n - 1))
    return float(1 - (said[0] != said[1]).mean() / by_chance)


def test_what_each_coder_gave_instead_is_counted() -> None:
    given_codes = np.zeros((3, 2, 3), bool)
    given_codes[0, 0, 0] = given_codes[1, 0, 1] = given_codes[2, 0, 1] = True  # a; b; b
    given_codes[:, 1, 2] = True  # all say c
    given_codes[0, 1, 0] = True  # one says more: nothing is given instead
    found = measure_agreement(Codings(("x", "y", "z"), NAMES, np.ones((3, 2), bool), given_codes))
    assert [(pair.one, pair.other, pair.n) for pair in found.disputed] == [("a", "b", 2)]
    assert found.codes[0].kappa is None  # kappa is for two coders
    assert found.exact_match.value == pytest.approx((1 / 3 + 1 / 3) / 2)


def files(folder: Path, **texts: str) -> list[Path]:
    paths = [folder / f"{name}.csv" for name in texts]
    for path, text in zip(paths, texts.values(), strict=True):
        path.write_text(text, encoding="utf-8")
    return paths


def test_one_file_or_one_for_each_coder_say_the_same(tmp_path: Path, codebook: Codebook) -> None:
    rows = [("1", "praise", "praise"), ("2", "staff;praise", "staff"), ("3", "staff", "")]
    one = "id,coder,codes\n" + "".join(f"{i},ann,{a}\n{i},bo,{b}\n" for i, a, b in rows)
    ann = "codes,id,note\n" + "".join(f"{a},{i},whatever\n" for i, a, _ in rows)
    bo = "id,codes\n" + "".join(f"{i}, {b} ;\n" for i, _, b in rows[:2])
    together = measured(files(tmp_path, both=one), codebook)
    apart = measured(files(tmp_path, ann=ann, bo=bo), codebook)
    assert together.as_dict()["codes"] == apart.as_dict()["codes"]
    assert together.n_codings == apart.n_codings == {"ann": 3, "bo": 2}
    assert (together.n_comments, together.n_uncoded, apart.n_uncoded) == (2, 1, 0)
    assert together.exact_match.value == 0.5
    plain = together.as_dict()
    assert plain["is_too_few"]
    by_code = {code["code"]: code for code in plain["codes"]}
    assert by_code["complaint"]["n"] == 0  # nobody used it
    assert by_code["complaint"]["alpha"]["value"] is None
    assert by_code["praise"]["n"] == 2
    assert "NaN" not in json.dumps(plain)


def measured(paths: list[Path], codebook: Codebook) -> Agreement:
    return measure_agreement(read_codings(paths, codebook))


@pytest.mark.parametrize(
    ("texts", "says"),
    [
        ({"x": "id,coder,code\n1,a,praise\n"}, "has no column 'codes'. Columns found: id, coder"),
        ({"x": "id,codes\n1,praise\n"}, "has no column 'coder'"),
        ({"x": "id,codes\n1,praise\n", "y": "nr,codes\n1,praise\n"}, "y.csv has no column 'id'"),
        ({"x": "id,coder,codes\n1,a,praise\n1,b,prase\n"}, "Row 2 of .* has a code that is not in"),
        ({"x": "id,coder,codes\n1,a,praise\n1, a,staff\n"}, "Row 2 of .* is a second coding"),
        ({"x": "id,coder,codes\n1,a,praise\n,b,staff\n"}, "Row 2 of .* has no id"),
        ({"x": "id,coder,codes\n1,a,praise\n1,,staff\n"}, "Row 2 of .* has no coder"),
        ({"x": "id,coder,codes\n1,a,praise\n2,b,staff\n"}, r"\(a, b\) have no comment in common"),
        ({"x": "id,coder,codes\n1,a,praise\n1,b,\n"}, "needs two coders; found 1"),
        ({"x": "id,coder,codes\n"}, "needs two coders; found 0"),
    ],
)
def test_what_cannot_be_compared_is_refused(
    texts: dict[str, str], says: str, tmp_path: Path, codebook: Codebook
) -> None:
    with pytest.raises(LabelsError, match=says):
        measured(files(tmp_path, **texts), codebook)


def test_a_file_that_is_none_is_refused_without_its_words(
    tmp_path: Path, codebook: Codebook
) -> None:
    path = tmp_path / "x.csv"
    path.write_bytes(b'id,coder,codes\n1,a,"SECRETJANE\n\xff')
    with pytest.raises(LabelsError, match="cannot be read") as caught:
        read_codings([path], codebook)
    assert "SECRETJANE" not in str(caught.value)
    assert caught.value.__cause__ is None
