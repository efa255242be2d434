"""SQL of the page Quality: people's codings, and what came in by week."""

from __future__ import annotations

import threading
from collections.abc import Collection, Hashable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

import pandas as pd
import sqlalchemy as sa

from feedback.days import first_moment
from feedback.schema import (
    EMPTY_LABEL,
    Decision,
    Measure,
    Origin,
    coding_samples,
    codings,
    comments,
    runs,
    standing_codes,
)
from feedback.tallies import counts
from feedback.text_drift import BASELINE_WEEKS
from feedback.writes import in_blocks

if TYPE_CHECKING:
    from app.filters import Filters
    from feedback.store import Store

__all__ = [
    "Incoming",
    "Weeks",
    "incoming",
    "live_quality",
    "machine_codings",
    "model_versions",
    "week_starts",
    "weeks",
]

WEEK = timedelta(days=7)
MAX_VERSIONS = 20
KEPT_FIGURES = 16
"""Figures of people's codings kept for a store: by service and by what they stand on."""

SAMPLED_CODINGS = 40_000
"""Comments whose probabilities are read, at most about so many: their mean is then known to a
thousandth, in a tenth of a second."""

_BY_PERSON = codings.c.origin == Origin.PERSON.value


# People's codings


def machine_codings(store: Store, comment_ids: Sequence[str]) -> pd.DataFrame:
    """Return the machine's codings of comments.

    Returns
    -------
    DataFrame
        comment_id, code, coder, model_version, probability, decision, at.
    """
    names = ("comment_id", "code", "coder", "model_version", "probability", "decision", "at")
    query = sa.select(*(codings.c[name] for name in names)).where(sa.not_(_BY_PERSON))
    parts = [
        store.read(query.where(codings.c.comment_id.in_(block)))
        for block in in_blocks(list(comment_ids))
    ]
    return pd.concat(parts, ignore_index=True) if parts else store.read(query.where(sa.false()))


def model_versions(store: Store, needed: Collection[str]) -> pd.DataFrame:
    """Return the model versions that coded here, the one in use first: version and first_at.

    Told by the runs that coded, which are few; by the codings where a run is not on record.

    Parameters
    ----------
    needed
        Versions that must be among them.
    """
    from app.queries_coding import machine_versions

    version, at = runs.c.models["classifier"].as_string().label("version"), runs.c.started_at
    first, last = sa.func.min(at, type_=at.type), sa.func.max(at, type_=at.type)
    told = store.read(
        sa.select(version, first.label("first_at"))
        .where(runs.c.kind == "enrich", version.is_not(None))
        .group_by(version)
        .order_by(last.desc(), version)
        .limit(MAX_VERSIONS)
    )
    if len(told) and set(needed) <= set(told["version"]):
        return told
    return machine_versions(store)


_kept: WeakKeyDictionary[Store, dict[Hashable, dict[str, Any]]] = WeakKeyDictionary()
_lock = threading.Lock()


def live_quality(store: Store, service: str | None, seed: int) -> dict[str, Any]:
    """Return the model's figures by what people coded: `app.quality.measure_quality`.

    Measuring takes a second and comments come in all the time, so the figures are kept until what
    they stand on has changed: the samples, the codings of the comments in them, the model in use.
    """
    from app.quality import measure_sample
    from app.queries_welsh import count_welsh

    basis = (service, seed, *_basis(store))
    with _lock:
        kept = _kept.setdefault(store, {})
        found = kept.get(basis)
    if found is None:
        found = measure_sample(store, seed, service=service)
        with _lock:
            while len(kept) >= KEPT_FIGURES:
                kept.pop(next(iter(kept)))
            kept[basis] = found
    return {**found, "needs_welsh_speaker": count_welsh(store, service, None).as_dict()}


def _basis(store: Store) -> tuple[Hashable, ...]:
    """Return what changes whenever figures do, and little else."""
    drawn, at = coding_samples.c.drawn_at, codings.c.at
    samples = store.read(
        sa.select(sa.func.count().label("n"), sa.func.max(drawn, type_=drawn.type).label("last"))
    )
    sampled = sa.select(coding_samples.c.comment_id).distinct().subquery()
    coded = store.read(
        sa.select(
            sa.func.count().label("n"),
            sa.func.max(at, type_=at.type).label("last"),
            sa.func.max(sa.case((_BY_PERSON, at)), type_=at.type).label("by_person"),
        ).select_from(sampled.join(codings, codings.c.comment_id == sampled.c.comment_id))
    )
    version = runs.c.models["classifier"].as_string()
    newest = store.read(
        sa.select(version.label("version"))
        .where(runs.c.kind == "enrich", version.is_not(None))
        .order_by(runs.c.started_at.desc())
        .limit(1)
    )
    return tuple(
        str(value)
        for frame in (samples, coded, newest)
        for row in frame.to_numpy()
        for value in row
    )


# What comes in, by week


@dataclass(frozen=True)
class Incoming:
    """What came in week by week, the week looked at last.

    ``starts`` are first days; ``codes``, ``languages`` and ``lengths`` are counts with one row a
    week and one column a value; ``n_coded`` and ``n_without`` the comments that were coded, and
    those of them that say nothing to code; ``confidence`` the mean probability of the codes given
    by the model of the last week, ``n_confidence`` how many codes that is.
    """

    starts: tuple[date, ...]
    n_comments: tuple[int, ...]
    codes: pd.DataFrame
    languages: pd.DataFrame
    lengths: pd.DataFrame
    n_coded: tuple[int, ...]
    n_without: tuple[int, ...]
    confidence: tuple[float, ...]
    n_confidence: tuple[int, ...]


@dataclass(frozen=True)
class Weeks:
    """What was missing, week by week.

    ``table`` has one row a week: start; n_comments, no_page, no_question, no_text; n_responses, and
    n_ of those that answered satisfaction, effort, completed and help_needed. ``languages`` has
    week, value and n.
    """

    table: pd.DataFrame
    languages: pd.DataFrame


def week_starts(last_day: date, n: int, first_day: date | None = None) -> list[date]:
    """Return the first days of up to ``n`` whole weeks that end with a day, the latest last.

    >>> week_starts(date(2026, 4, 1), 2)
    [datetime.date(2026, 3, 19), datetime.date(2026, 3, 26)]
    """
    starts = [last_day - WEEK * back - timedelta(days=6) for back in range(n)]
    return sorted(day for day in starts if first_day is None or day >= first_day)


def incoming(store: Store, last_day: date, service: str | None) -> Incoming:
    """Return what came in in the week that ends with a day, and in the weeks before it."""
    starts = week_starts(last_day, BASELINE_WEEKS + 1)

    def table(measure: Measure) -> pd.DataFrame:
        return _by_week(_daily(store, measure, starts[0], last_day, service), starts)

    coded = _added(_daily(store, Measure.SENTIMENT, starts[0], last_day, service), starts)
    confidence, n_confidence = _confidence(store, starts, service)
    return Incoming(
        starts=tuple(starts),
        n_comments=_added(_daily(store, Measure.COMMENTS, starts[0], last_day, service), starts),
        codes=table(Measure.CODE),
        languages=table(Measure.LANGUAGE),
        lengths=table(Measure.LENGTH),
        n_coded=coded,
        n_without=_without(store, starts, service),
        confidence=confidence,
        n_confidence=n_confidence,
    )


def weeks(store: Store, filters: Filters) -> Weeks:
    """Return what was missing in each whole week of the filters' period."""
    n = (filters.last_day - filters.first_day).days // 7 + 1
    starts = week_starts(filters.last_day, n, filters.first_day)
    table = pd.DataFrame({"start": starts})
    if not starts:
        return Weeks(table, pd.DataFrame({"week": [], "value": [], "n": []}))

    def daily(measure: Measure) -> pd.DataFrame:
        return _daily(store, measure, starts[0], filters.last_day, filters.service)

    table["n_comments"] = _added(daily(Measure.COMMENTS), starts)
    missing = _by_week(daily(Measure.MISSING), starts)
    for name in ("page", "question", "text"):
        table[f"no_{name}"] = list(missing[name]) if name in missing else 0
    table["n_responses"] = _added(daily(Measure.RESPONSES), starts)
    for measure in (Measure.SATISFACTION, Measure.EFFORT, Measure.COMPLETED, Measure.HELP_NEEDED):
        table[f"n_{measure.value}"] = _added(daily(measure), starts)
    languages = _by_week(daily(Measure.LANGUAGE), starts)
    long = languages.assign(week=pd.to_datetime(pd.Series(starts))).melt(
        id_vars="week", var_name="value", value_name="n"
    )
    return Weeks(table, long)


def _daily(
    store: Store, measure: Measure, first: date, last: date, service: str | None
) -> pd.DataFrame:
    """Return day, value and n."""
    return store.read(
        counts(measure, by=["day", "value"], first_day=first, last_day=last, service=service)
    )


def _by_week(daily: pd.DataFrame, starts: Sequence[date]) -> pd.DataFrame:
    """Return counts with one row a week and one column a value."""
    days = pd.to_datetime(daily["day"])
    place = (days - pd.Timestamp(starts[0])).dt.days // 7
    wide = daily.assign(place=place).pivot_table(
        index="place", columns="value", values="n", aggfunc="sum", fill_value=0
    )
    wide = wide.reindex(range(len(starts)), fill_value=0).astype("int64")
    wide.columns.name = None
    return wide.reset_index(drop=True)


def _added(daily: pd.DataFrame, starts: Sequence[date]) -> tuple[int, ...]:
    wide = _by_week(daily, starts)
    return tuple(int(n) for n in wide.sum(axis=1))


def _without(store: Store, starts: Sequence[date], service: str | None) -> tuple[int, ...]:
    """Return how many comments of each week have nothing to code; by the index of codes."""
    found = []
    for start in starts:
        query = sa.select(sa.func.count()).where(
            standing_codes.c.code == EMPTY_LABEL,
            standing_codes.c.decision == Decision.ASSIGNED.value,
            standing_codes.c.submitted_at >= first_moment(start),
            standing_codes.c.submitted_at < first_moment(start + WEEK),
        )
        if service is not None:
            query = query.where(standing_codes.c.service == service)
        found.append(int(store.read(query).iloc[0, 0]))
    return tuple(found)


def _confidence(
    store: Store, starts: Sequence[date], service: str | None
) -> tuple[tuple[float, ...], tuple[int, ...]]:
    """Return the mean probability of the codes given in each week, and how many they are.

    Of comments by chance: ids are keyed hashes, so the first of them are a random sample.
    """
    first, last = starts[0], starts[-1] + timedelta(days=6)
    day, sampled = comments.c.day, _by_chance(store)
    # By the sample, not by the index of days, which would read all comments of the weeks.
    at = sa.func.coalesce(day, "") if sampled else day
    query = (
        sa.select(
            day.label("day"),
            codings.c.model_version.label("version"),
            sa.func.count().label("n"),
            sa.func.sum(codings.c.probability).label("total"),
        )
        .join_from(comments, codings, codings.c.comment_id == comments.c.comment_id)
        .where(
            at.between(first.isoformat(), last.isoformat()),
            sa.not_(_BY_PERSON),
            codings.c.decision == Decision.ASSIGNED.value,
            codings.c.code != EMPTY_LABEL,
            codings.c.probability.is_not(None),
            *sampled,
        )
        .group_by(day, codings.c.model_version)
    )
    if service is not None:
        query = query.where(comments.c.service == service)
    frame = store.read(query)
    place = (pd.to_datetime(frame["day"]) - pd.Timestamp(first)).dt.days // 7
    now = frame[place == len(starts) - 1].groupby("version")["n"].sum()
    if now.empty:
        return (float("nan"),) * len(starts), (0,) * len(starts)
    of_model = frame.assign(place=place)[frame["version"] == now.idxmax()]
    sums = of_model.groupby("place")[["n", "total"]].sum().reindex(range(len(starts)))
    means = sums["total"] / sums["n"]
    return tuple(means.tolist()), tuple(int(n) for n in sums["n"].fillna(0))


def _by_chance(store: Store) -> list[sa.ColumnElement[bool]]:
    """Return a condition that lets a random sample of all comments through; none for a few."""
    everything = counts(
        Measure.COMMENTS, by=[], first_day=date(1, 1, 1), last_day=date(9999, 12, 31)
    )
    n = store.read(everything)["n"].sum()
    if n <= SAMPLED_CODINGS:
        return []
    return [comments.c.comment_id < f"{int(SAMPLED_CODINGS / float(n) * 16**8):08x}"]
