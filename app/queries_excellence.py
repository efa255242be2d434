"""SQL of the view on service excellence: kinds of feedback by service, category and region."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd
import sqlalchemy as sa

from app.excellence import KINDS, Kind
from app.trends import Span, trend_spans
from feedback.schema import Decision, Measure, standing_codes
from feedback.tallies import counts

if TYPE_CHECKING:
    from datetime import date

    from app.filters import Filters
    from feedback.store import Store

__all__ = ["Excellence", "SpanCounts", "excellence"]

MAX_REGIONS = 100


@dataclass(frozen=True)
class SpanCounts:
    """Counts of one span, by service.

    ``kinds`` has service, kind and n; ``codes`` service, code and n; ``bases`` service and n: the
    comments, or the responses of a region where one is chosen.
    """

    kinds: pd.DataFrame
    codes: pd.DataFrame
    bases: pd.DataFrame


@dataclass(frozen=True)
class Excellence:
    """Kinds of feedback over the filters' period and, where it can be compared, the one before.

    ``days`` has day, kind and n; ``regions`` region, code and n; ``region_bases`` region and n
    (responses). ``region`` is the one chosen.
    """

    period: Span
    trend: tuple[Span, Span] | None
    region: str | None
    now: SpanCounts
    compared: tuple[SpanCounts, SpanCounts] | None
    regions: pd.DataFrame
    region_bases: pd.DataFrame


def excellence(
    store: Store, filters: Filters, first_known: date, region: str | None = None
) -> Excellence:
    """Return how often each kind of feedback came, by service, category and region."""
    period = Span(filters.first_day, filters.last_day)
    trend = trend_spans(period, first_known)
    service = filters.service
    by_region = {
        measure: _counted(store, measure, period, ["place", "value"], service)
        for measure in (Measure.REGION_CODE, Measure.RESPONSES)
    }
    bases = by_region[Measure.RESPONSES].groupby("place", as_index=False)["n"].sum()
    return Excellence(
        period=period,
        trend=trend,
        region=region,
        now=_span_counts(store, period, service, region),
        compared=None
        if trend is None
        else (
            _span_counts(store, trend[0], service, region),
            _span_counts(store, trend[1], service, region),
        ),
        regions=by_region[Measure.REGION_CODE].rename(columns={"place": "region", "value": "code"}),
        region_bases=bases.rename(columns={"place": "region"}).head(MAX_REGIONS),
    )


def _counted(
    store: Store,
    measure: Measure,
    span: Span,
    by: list[str],
    service: str | None,
    region: str | None = None,
) -> pd.DataFrame:
    return store.read(
        counts(
            measure,
            by=by,
            first_day=span.first_day,
            last_day=span.last_day,
            service=service,
            place=region,
        )
    )


def _span_counts(store: Store, span: Span, service: str | None, region: str | None) -> SpanCounts:
    """Return comments by kind; in a region, codings by kind, of which a comment may have two."""
    by = ["service", "value"]
    if region is not None:
        codes = _counted(store, Measure.REGION_CODE, span, by, service, region)
        codes = codes.rename(columns={"value": "code"})
        bases = _counted(store, Measure.RESPONSES, span, ["service"], service, region)
        return SpanCounts(_kinds_of_codes(codes), codes, bases)
    codes = _counted(store, Measure.CODE, span, by, service).rename(columns={"value": "code"})
    groups = _counted(store, Measure.GROUP, span, by, service)
    parts = [_kind_counts(store, kind, span, service, codes, groups) for kind in KINDS]
    bases = _counted(store, Measure.COMMENTS, span, ["service"], service)
    return SpanCounts(pd.concat(parts, ignore_index=True), codes, bases)


def _kinds_of_codes(codes: pd.DataFrame) -> pd.DataFrame:
    parts = [
        codes[codes["code"].map(kind.has).astype(bool)]
        .groupby("service", as_index=False)["n"]
        .sum()
        .assign(kind=kind.name)
        for kind in KINDS
    ]
    return pd.concat(parts, ignore_index=True)[["service", "kind", "n"]]


def _kind_counts(
    store: Store,
    kind: Kind,
    span: Span,
    service: str | None,
    codes: pd.DataFrame,
    groups: pd.DataFrame,
) -> pd.DataFrame:
    """Return the comments of a kind by service; one with two of its codes counts once."""
    if len(kind.codes) > 1:
        found = store.read(_with_any(kind, span, service))
    elif (codes["code"] == kind.codes[0]).any():
        found = codes.loc[codes["code"] == kind.codes[0], ["service", "n"]]
    else:
        found = groups.loc[groups["value"] == kind.codes[0], ["service", "n"]]
    return found.assign(kind=kind.name)[["service", "kind", "n"]]


def _with_any(kind: Kind, span: Span, service: str | None) -> sa.Select[Any]:
    """Select the comments with any of a kind's codes, by the index of codes and times."""
    given = standing_codes
    chosen = [] if service is None else [given.c.service == service]
    return (
        sa.select(given.c.service, sa.func.count(sa.distinct(given.c.comment_id)).label("n"))
        .where(
            given.c.code.in_(kind.codes),
            given.c.decision == Decision.ASSIGNED.value,
            given.c.submitted_at >= span.start,
            given.c.submitted_at < span.end,
            *chosen,
        )
        .group_by(given.c.service)
    )
