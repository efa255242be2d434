"""SQL of the page Sources: what the store knows of each source by itself."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any

import pandas as pd
import sqlalchemy as sa

from feedback.pull_sources import PullSource, sources_known, sources_of
from feedback.schema import (
    Language,
    Measure,
    comments,
    rejects,
    responses,
    runs,
    source_statements,
    spans,
)
from feedback.source_statements import Statement, statements_known
from feedback.tallies import counts

if TYPE_CHECKING:
    from feedback.store import Store

__all__ = [
    "SourceFacts",
    "pulled",
    "services_of",
    "source_facts",
    "source_names",
    "sources",
    "statement",
]

SAMPLED_COMMENTS = 20_000
"""Comments of which the shares are told; of a store with more, a random sample of about so many."""

MAX_SOURCES = 200
MAX_REASONS = 20
_ALL_DAYS = {"first_day": date(1, 1, 1), "last_day": date(9999, 12, 31)}


@dataclass(frozen=True)
class SourceFacts:
    """What the store knows of a source.

    Shares are (hits, base) in a random sample of ``n_sampled`` comments, which is all of them where
    ``is_sample`` is false. ``n_responses`` is then exact as well. ``gaps`` are weeks, by their
    first day (Monday), without a comment between the first and the last.
    """

    source: str
    n_comments: int = 0
    first_day: date | None = None
    last_day: date | None = None
    services: tuple[tuple[str, int], ...] = ()
    gaps: tuple[date, ...] = ()
    n_weeks: int = 0
    n_sampled: int = 0
    is_sample: bool = False
    n_responses: float = 0.0
    languages: tuple[tuple[str, int], ...] = ()
    shares: dict[str, tuple[int, int]] = field(default_factory=dict)
    rejected: tuple[tuple[str, int], ...] = ()
    n_rejected: int = 0
    n_rows: int = 0


def source_names(store: Store) -> tuple[str, ...]:
    """Return the sources with comments, or with a statement alone."""
    known = store.read(counts(Measure.SOURCE, by=["value"], **_ALL_DAYS).limit(MAX_SOURCES))
    return tuple(sorted({*known["value"], *store.read(statements_known())["source"]}))


def sources(store: Store) -> pd.DataFrame:
    """Return each source: source, n_comments, first_day, last_day, n_told, at."""
    days = store.read(counts(Measure.SOURCE, by=["value", "day"], **_ALL_DAYS))
    known = (
        days.groupby("value")
        .agg(n_comments=("n", "sum"), first_day=("day", "min"), last_day=("day", "max"))
        .rename_axis("source")
        .reset_index()
    )
    told = store.read(statements_known().limit(MAX_SOURCES))
    n_told = [
        Statement(source, dict(statement)).n_told
        for source, statement in zip(told["source"], told["statement"], strict=True)
    ]
    held = pd.DataFrame({"source": told["source"], "n_told": n_told, "at": told["at"]})
    merged = known.merge(held, on="source", how="outer").sort_values("source")
    counted = {name: merged[name].fillna(0).astype(int) for name in ("n_comments", "n_told")}
    return merged.assign(**counted).head(MAX_SOURCES).reset_index(drop=True)


def statement(store: Store, source: str) -> Statement:
    """Return what people told about a source."""
    known = store.read(statements_known().where(source_statements.c.source == source))
    if known.empty:
        return Statement(source)
    row = known.iloc[0]
    return Statement(source, dict(row["statement"]), row["who"], row["at"].to_pydatetime())


def services_of(store: Store, source: str) -> tuple[str, ...]:
    """Return the services that a source has comments on."""
    found = store.read(counts(Measure.SOURCE, by=["value", "service"], **_ALL_DAYS))
    return tuple(sorted(found.loc[found["value"] == source, "service"]))


def pulled(store: Store) -> list[PullSource]:
    """Return the places that are asked for feedback, by name."""
    return sources_of(store.read(sources_known()))


def source_facts(store: Store, source: str) -> SourceFacts:
    """Return what the store knows of a source, without reading more than a sample of it."""
    query = counts(Measure.SOURCE, by=["day", "service", "value"], **_ALL_DAYS)
    daily = store.read(query)
    of = daily[daily["value"] == source]
    if of.empty:
        return SourceFacts(source, **_rejected(store, source))
    n_everything = int(daily["n"].sum())
    days = pd.to_datetime(of["day"])
    gaps, n_weeks = _gaps(days)
    by_service = of.groupby("service")["n"].sum().sort_index()
    by_service = by_service.sort_values(ascending=False, kind="stable")
    n = int(of["n"].sum())
    return SourceFacts(
        source=source,
        n_comments=n,
        first_day=days.min().date(),
        last_day=days.max().date(),
        services=tuple((str(name), int(count)) for name, count in by_service.items()),
        gaps=gaps,
        n_weeks=n_weeks,
        **_sampled(store, source, n, n_everything),
        **_rejected(store, source),
    )


def _gaps(days: pd.Series[pd.Timestamp]) -> tuple[tuple[date, ...], int]:
    """Return the Mondays of weeks without a comment, and how many weeks there are in all."""
    mondays = (days - pd.to_timedelta(days.dt.day_of_week, unit="D")).unique()
    every = pd.date_range(mondays.min(), mondays.max(), freq="7D")
    missing = every.difference(pd.DatetimeIndex(mondays))
    return tuple(day.date() for day in missing), len(every)


def _sampled(store: Store, source: str, n: int, n_everything: int) -> dict[str, Any]:
    """Return shares in a random sample: ids are keyed hashes, so the first of them are one."""
    is_sample = n_everything > SAMPLED_COMMENTS
    chosen = [comments.c.source == source]
    if is_sample:
        share = SAMPLED_COMMENTS / n_everything
        chosen.append(comments.c.comment_id < f"{int(share * 16**8):08x}")
    of = comments.c
    sibling = comments.alias()
    n_of_response = (
        sa.select(sa.func.count())
        .where(sibling.c.response_id == of.response_id, sibling.c.source == source)
        .scalar_subquery()
    )
    redacted = sa.exists().where(spans.c.comment_id == of.comment_id)
    answers = {
        name: responses.c[name]
        for name in ("satisfaction", "effort", "completed", "help_needed", "region", "device")
    }
    lacks = {
        "empty": of.is_empty,
        "duplicate": of.duplicate_of.is_not(None),
        "redacted": redacted,
        "no_page": of.page.is_(None),
        "no_question": of.question.is_(None),
        **{f"no_{name}": column.is_(None) for name, column in answers.items()},
    }
    row = store.read(
        sa.select(
            sa.func.count().label("n"),
            sa.func.sum(1.0 / n_of_response).label("n_responses"),
            *(_total(condition, name) for name, condition in lacks.items()),
            *(_total(of.language == one.value, f"in_{one.value}") for one in Language),
        )
        .select_from(comments.outerjoin(responses, responses.c.response_id == of.response_id))
        .where(*chosen)
    ).iloc[0]
    n_sampled = int(row["n"])
    if not n_sampled:
        return {"is_sample": is_sample}
    known = ((one.value, int(row[f"in_{one.value}"])) for one in Language)
    return {
        "n_sampled": n_sampled,
        "is_sample": is_sample,
        "n_responses": float(row["n_responses"]) * n / n_sampled,
        "languages": tuple(pair for pair in known if pair[1]),
        "shares": {name: (int(row[name]), n_sampled) for name in lacks},
    }


def _total(condition: sa.ColumnElement[bool], name: str) -> sa.Label[Any]:
    return sa.func.sum(sa.case((condition, 1), else_=0)).label(name)


def _rejected(store: Store, source: str) -> dict[str, Any]:
    """Return rejected rows by reason; of runs that recorded their source."""
    of = [runs.c.settings["source"].as_string() == source, runs.c.kind.in_(("ingest", "serve"))]
    total = store.read(
        sa.select(
            sa.func.sum(runs.c.n_in).label("n_in"), sa.func.sum(runs.c.n_rejected).label("n")
        ).where(*of)
    ).fillna(0)
    n = sa.func.count().label("n")
    reasons = store.read(
        sa.select(rejects.c.reason, n)
        .join(runs, runs.c.run_id == rejects.c.run_id)
        .where(*of)
        .group_by(rejects.c.reason)
        .order_by(n.desc(), rejects.c.reason)
        .limit(MAX_REASONS)
    )
    return {
        "rejected": tuple(zip(reasons["reason"], reasons["n"].astype(int), strict=True)),
        "n_rejected": int(total["n"].iloc[0]),
        "n_rows": int(total["n_in"].iloc[0]),
    }
