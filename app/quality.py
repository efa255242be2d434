"""Live figures: how right the machine's codes are, by what people coded of a random sample.

Only comments that chance drew count. A comment that was first chosen as uncertain and later drawn
at random counts from then on, like any other: without such the figures would lack the hard ones.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from app.corrections import coded_sets
from app.queries import SAFEGUARDING
from feedback.errors import LabelsError
from feedback.schema import Decision, SampleKind

if TYPE_CHECKING:
    from feedback.settings import Settings
    from feedback.store import Store

__all__ = ["comment_weights", "measure_quality", "measure_sample"]


@dataclass(frozen=True, eq=False)
class _Coded:
    """Sampled comments that people coded, within what was asked for.

    ``samples`` has one row a comment with its weight, the same order as ``sets`` (codes by coder).
    """

    samples: pd.DataFrame
    sets: list[dict[str, frozenset[str]]]
    seed: int
    left_out: tuple[str, ...]


def measure_quality(
    settings: Settings,
    store: Store,
    *,
    service: str | None = None,
    since: datetime | None = None,
) -> dict[str, Any]:
    """Return the figures of the model in use, and apart from them those of earlier ones.

    Parameters
    ----------
    service, since
        Figures of comments on one service, sent at that time or later.
    """
    from app.queries_welsh import count_welsh

    return {
        **measure_sample(store, settings.seed, service=service, since=since),
        "needs_welsh_speaker": count_welsh(store, service, since).as_dict(),
    }


def measure_sample(
    store: Store, seed: int, *, service: str | None = None, since: datetime | None = None
) -> dict[str, Any]:
    """Return the figures without what waits for a Welsh speaker; see `measure_quality`."""
    from app.queries_coding import read_codings, read_samples
    from app.queries_quality import machine_codings, model_versions

    samples = _asked(store, read_samples(store), service, since)
    drawn = samples[samples["kind"] == SampleKind.RANDOM.value].reset_index(drop=True)
    ids = list(drawn["comment_id"])
    machine = machine_codings(store, ids)
    drawn = drawn.assign(weight=comment_weights(drawn, machine))
    drawn = drawn[drawn["is_asked"]]
    sets = coded_sets(read_codings(store, ids, by_person=True))
    coded = drawn[drawn["comment_id"].isin(list(sets)) & (drawn["weight"] > 0)]
    with_safeguarding = drawn.groupby("sample_id")["with_safeguarding"].first()
    found = _Coded(
        coded.reset_index(drop=True),
        [sets[comment_id] for comment_id in coded["comment_id"]],
        seed,
        () if with_safeguarding.any() else (SAFEGUARDING,),
    )
    versions = model_versions(store, set(machine["model_version"]))
    models = [
        _figures(found, machine, str(row.version), row.first_at) for row in versions.itertuples()
    ]
    asked = samples[samples["is_asked"]]
    others = asked[~asked["comment_id"].isin(list(drawn["comment_id"])) & asked["coded_at"].notna()]
    return {
        "service": service,
        "since": since.isoformat() if since else None,
        "n_draws": len(with_safeguarding),
        "n_draws_with_safeguarding": int(with_safeguarding.sum()),
        "n_drawn": len(drawn),
        "n_coded": len(coded),
        "n_outside": int(others["comment_id"].nunique()),
        "coders": dict(sorted(Counter(name for by in found.sets for name in by).items())),
        "model": models[0] if models else None,
        "earlier_models": [model for model in models[1:] if model["n_comments"]],
        "agreement": _agreement(found),
    }


def comment_weights(drawn: pd.DataFrame, machine: pd.DataFrame) -> np.ndarray:
    """Return how many comments each of a random sample stands for; 0 where nobody coded it yet.

    The inverse of the probability that any of the draws brought the comment: draws overlap, and
    services may be drawn from at different rates. A draw of which a part is coded so far counts as
    one of that size: a sheet's order is random, so what is not coded is missing by chance. Comments
    that had been coded before a draw brought them are there from the beginning, and count for that
    part only: they were often the hard ones, and would outnumber the others while these wait.

    Parameters
    ----------
    drawn
        Random rows of ``coding_samples`` of every draw, with ``comment_service``.
    machine
        The machine's codings of the comments, with ``at``: before it coded one, no draw could have
        drawn it.
    """
    from classifiers.sample import inclusion_probabilities

    if drawn.empty:
        return np.empty(0)
    draws = drawn.drop_duplicates("sample_id")
    at, coded_at, draw_at = map(_times, (drawn["drawn_at"], drawn["coded_at"], draws["drawn_at"]))
    there_at = _times(drawn["comment_id"].map(machine.groupby("comment_id")["at"].min()))
    is_own = drawn["sample_id"].to_numpy()[:, None] == draws["sample_id"].to_numpy()
    in_scope = draws["service"].isna().to_numpy() | (
        drawn["comment_service"].to_numpy()[:, None] == draws["service"].to_numpy()
    )
    may_be_seen = (
        draws["with_safeguarding"].to_numpy(dtype=bool)
        | ~drawn["is_flagged"].to_numpy(dtype=bool)[:, None]
    )
    could = is_own | (in_scope & may_be_seen & (there_at[:, None] <= draw_at))
    is_coded, was_coded = ~np.isnat(coded_at), coded_at <= at
    done = _done(is_own, is_coded, was_coded)
    likely = inclusion_probabilities(
        draws["inclusion_probability"].to_numpy(dtype=float) * done, could
    )
    counted = np.where(was_coded, is_own @ done, is_coded)
    weights: np.ndarray = np.divide(counted, likely, out=np.zeros(len(likely)), where=counted > 0)
    return weights


def _done(is_own: np.ndarray, is_coded: np.ndarray, was_coded: np.ndarray) -> np.ndarray:
    """Return, for each draw, the share coded so far of what was to be coded; 1 of nothing."""
    to_code = is_own & ~was_coded[:, None]
    n = to_code.sum(axis=0)
    coded = (to_code & is_coded[:, None]).sum(axis=0)
    share: np.ndarray = np.where(n > 0, coded / np.maximum(n, 1), 1.0)
    return share


def _times(series: pd.Series) -> np.ndarray:
    """Return times as datetime64, which compare fast and, where one is missing, as false."""
    return series.dt.tz_convert(None).to_numpy()


def _asked(
    store: Store, samples: pd.DataFrame, service: str | None, since: datetime | None
) -> pd.DataFrame:
    """Return the samples with their comments, and whether these are asked for."""
    from app.queries_coding import read_comments

    comments = read_comments(store, sorted(set(samples["comment_id"])))
    columns = ["comment_id", "response_id", "service", "submitted_at", "text"]
    named = comments[columns].rename(columns={"service": "comment_service"})
    merged = samples.merge(named, on="comment_id", how="left")
    is_asked = pd.Series(data=True, index=merged.index)
    if service is not None:
        is_asked &= merged["comment_service"] == service
    if since is not None:
        is_asked &= merged["submitted_at"] >= since
    return merged.assign(is_asked=is_asked)


def _figures(
    found: _Coded, machine: pd.DataFrame, version: str, first_at: datetime
) -> dict[str, Any]:
    """Return the figures of one model version on the comments it coded.

    A comment that a person coded before the version was first seen is left out: the version may
    have learnt it.
    """
    from classifiers.labels import near_duplicate_groups
    from classifiers.live import Sample, measure_live

    told = machine[machine["model_version"] == version]
    is_told = found.samples["comment_id"].isin(told["comment_id"])
    is_clean = found.samples["coded_at"] > first_at
    places = np.flatnonzero(is_told & is_clean)
    plain = {"version": version, "n_learnt": int((is_told & ~is_clean).sum())}
    if not len(places):
        return {**plain, "n_comments": 0, "figures": None, "calibration": None}
    assigned = told[told["decision"] == Decision.ASSIGNED.value]
    by_machine = assigned.groupby("comment_id")["code"].agg(frozenset).to_dict()
    rows = [
        (place, codes, by_machine.get(found.samples["comment_id"].iat[place], frozenset()))
        for place in places.tolist()
        for codes in found.sets[place].values()
    ]
    code_ids = sorted({code for _, *both in rows for codes in both for code in codes})
    comments = np.array([place for place, *_ in rows])
    samples = found.samples.iloc[places]
    groups = near_duplicate_groups(list(samples["text"]), list(samples["response_id"]))
    group_of = dict(zip(places.tolist(), groups.tolist(), strict=True))
    n_coders = np.array([len(found.sets[place]) for place in comments])
    figures = measure_live(
        Sample(
            np.array([[code in codes for code in code_ids] for _, codes, _ in rows]),
            np.array([[code in codes for code in code_ids] for *_, codes in rows]),
            found.samples["weight"].to_numpy()[comments] / n_coders,
            comments,
            np.array([group_of[place] for place in comments]),
        ),
        code_ids,
        left_out=found.left_out,
        seed=found.seed,
    )
    return {
        **plain,
        "n_comments": figures.n_comments,
        "figures": figures.as_dict(),
        "calibration": _calibration(found, told, group_of),
    }


def _calibration(
    found: _Coded, told: pd.DataFrame, group_of: dict[int, int]
) -> dict[str, Any] | None:
    """Return whether the probabilities of the codes that people were told came true.

    Of a comment that several coded, each coder counts for a part.
    """
    from classifiers.live_calibration import calibrate_live

    place_of = {found.samples["comment_id"].iat[place]: place for place in group_of}
    shown = told[
        told["decision"].isin([Decision.ASSIGNED.value, Decision.REVIEW.value])
        & told["probability"].notna()
        & told["comment_id"].isin(list(place_of))
        & ~told["code"].isin(list(found.left_out))
    ].sort_values(["comment_id", "code"])
    places = shown["comment_id"].map(place_of).to_numpy(dtype=int)
    given = [
        np.mean([code in codes for codes in found.sets[place].values()])
        for place, code in zip(places, shown["code"], strict=True)
    ]
    return calibrate_live(
        np.array(given, dtype=float),
        shown["probability"].to_numpy(dtype=float),
        found.samples["weight"].to_numpy()[places],
        places,
        np.array([group_of[place] for place in places.tolist()]),
        seed=found.seed,
    ).as_dict()


def _agreement(found: _Coded) -> dict[str, Any] | None:
    """Return how far coders agree on the comments that two or more coded; None without such."""
    from classifiers.agreement import measure_agreement
    from classifiers.codings import Codings

    coders = sorted({name for by in found.sets for name in by})
    codes = sorted({code for by in found.sets for given in by.values() for code in given})
    is_coded = np.array([[name in by for by in found.sets] for name in coders], dtype=bool)
    given = np.array(
        [[[code in by.get(name, ()) for code in codes] for by in found.sets] for name in coders],
        dtype=bool,
    )
    try:
        return measure_agreement(
            Codings(tuple(coders), tuple(codes), is_coded, given), seed=found.seed
        ).as_dict()
    except LabelsError:  # one coder, or nothing that two have coded
        return None
