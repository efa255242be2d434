"""Service excellence as a page tells it: kinds of feedback by service, category and region.

Without a region, a share is of comments, and a comment with two codes of a kind counts once. In a
region, the codes of the comments are counted against its responses, since comments name no region.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pandas as pd

from app.charts import Telling
from app.excellence import (
    FEWER_THAN,
    KINDS,
    LEAST_SHOWN,
    NO_REGION,
    NOT_SHOWN,
    Kind,
    hidden_cells,
)
from app.names import service_name
from app.queries_excellence import Excellence, SpanCounts
from app.trends import UNKNOWN, Change, change_of_shares
from app.wording import TOO_FEW, code_label, counted, percent, share_range
from feedback.intervals import MIN_RESPONSES, rate_interval, share_interval

__all__ = [
    "Choice",
    "about_categories",
    "about_services",
    "categories_of",
    "excellence_answer",
    "export_table",
    "kinds_table",
    "percent_ends",
    "rate_told",
    "regions_of",
    "regions_table",
    "services_table",
]

CATEGORIES_SHOWN = 10
HIDDEN = "–"
EXPORTED = [
    "Kind",
    "Service",
    "Region",
    "Count",
    "Base",
    "Base counts",
    "Share",
    "Low (95%)",
    "High (95%)",
]
"""Columns of the figures to take away."""


@dataclass(frozen=True)
class Choice:
    """What the view is narrowed to: a kind, one of its categories (codes), or neither."""

    kind: Kind | None = None
    code: str | None = None

    @property
    def label(self) -> str:
        """Its name."""
        if self.code is not None:
            return code_label(self.code)
        return self.kind.label if self.kind is not None else "All kinds"

    def rows(self, counts: SpanCounts) -> pd.DataFrame:
        """Return service and n of what is chosen; nothing for all kinds, which add up to none."""
        if self.code is not None:
            return counts.codes.loc[counts.codes["code"] == self.code, ["service", "n"]]
        name = self.kind.name if self.kind is not None else None
        return counts.kinds.loc[counts.kinds["kind"] == name, ["service", "n"]]


def rate_told(n: int, base: int) -> str:
    """Return a number per 100 responses with its interval.

    Examples
    --------
    >>> rate_told(10, 100), rate_told(1, 4)
    ('10.0 (4.8 to 18.4)', 'too few to say')
    """
    if base < MIN_RESPONSES:
        return TOO_FEW
    rate, low, high = (100 * part for part in rate_interval(n, base))
    return f"{rate:.1f} ({low:.1f} to {high:.1f})"


def _is_by_region(found: Excellence) -> bool:
    return found.region is not None


def _base_noun(found: Excellence) -> str:
    return "response" if _is_by_region(found) else "comment"


def _share_name(found: Excellence) -> str:
    return "Per 100 responses" if _is_by_region(found) else "Share of comments"


def _share(found: Excellence, n: int, base: int) -> str:
    return rate_told(n, base) if _is_by_region(found) else share_range(n, base)


def _base(counts: SpanCounts, service: str | None = None) -> int:
    rows = counts.bases
    return int((rows if service is None else rows[rows["service"] == service])["n"].sum())


def _n(rows: pd.DataFrame, service: str | None = None) -> int:
    return int((rows if service is None else rows[rows["service"] == service])["n"].sum())


def _change(found: Excellence, choice: Choice, service: str | None = None) -> Change:
    """Return the change of a share; by region it is not told, since counts are small there."""
    if found.compared is None or _is_by_region(found):
        return UNKNOWN
    before, now = (
        (_n(choice.rows(counts), service), _base(counts, service)) for counts in found.compared
    )
    return change_of_shares(before, now)


def excellence_answer(found: Excellence, choice: Choice) -> str:
    """Return the answer in a sentence."""
    base = _base(found.now)
    if not base:
        return f"No {_base_noun(found)} in this period."
    if choice.kind is None and choice.code is None:
        told = ", ".join(f"{_told_short(found, kind, base)} {kind.does}" for kind in KINDS)
        if _is_by_region(found):
            return f"Per 100 of {counted(base, 'response')}: {told}."
        return f"Of {counted(base, 'comment')}, {told}."
    n = _n(choice.rows(found.now))
    if _is_by_region(found) and n < LEAST_SHOWN:
        return f"{choice.label}: {FEWER_THAN} in {counted(base, 'response')}."
    share = _share(found, n, base)
    unit = " per 100 responses" if _is_by_region(found) else ""
    return f"{choice.label}: {n:,} of {counted(base, _base_noun(found))}, {share}{unit}."


def _told_short(found: Excellence, kind: Kind, base: int) -> str:
    n = _n(Choice(kind).rows(found.now))
    if not _is_by_region(found):
        return percent(n / base)
    return NOT_SHOWN if n < LEAST_SHOWN else f"{100 * n / base:.0f}"


def kinds_table(found: Excellence) -> pd.DataFrame:
    """Return the kinds, in their order, with share, base and change."""
    base = _base(found.now)
    numbers = pd.DataFrame({"n": [_n(Choice(kind).rows(found.now)) for kind in KINDS]})
    hidden = _hidden(found, numbers)
    lines = [
        {
            "Kind": kind.label,
            "Count": NOT_SHOWN if is_hidden else f"{n:,}",
            _share_name(found): HIDDEN if is_hidden else _share(found, n, base),
            **_changes(found, Choice(kind)),
            "What it is": kind.note,
        }
        for kind, n, is_hidden in zip(KINDS, numbers["n"], hidden, strict=True)
    ]
    return pd.DataFrame(lines)


def _changes(found: Excellence, choice: Choice, service: str | None = None) -> dict[str, str]:
    if _is_by_region(found):
        return {}
    return {"Change": _change(found, choice, service).told()}


def _hidden(found: Excellence, numbers: pd.DataFrame) -> list[bool]:
    """Return which counts of one column are too small to be shown in a region."""
    if not _is_by_region(found):
        return [False] * len(numbers)
    return list(hidden_cells(numbers)["n"])


def services_table(found: Excellence, choice: Choice) -> tuple[list[str], pd.DataFrame]:
    """Return the services, by name, with shares of what is chosen, or of each kind."""
    services = sorted(set(found.now.bases["service"]), key=service_name)
    table = pd.DataFrame({"Service": [service_name(one) for one in services]})
    bases = [_base(found.now, service) for service in services]
    noun = "Responses" if _is_by_region(found) else "Comments"
    table[noun] = bases
    is_one = choice.kind is not None or choice.code is not None
    for kind in [None] if is_one else KINDS:
        one = choice if kind is None else Choice(kind)
        rows = one.rows(found.now)
        numbers = pd.DataFrame({"n": [_n(rows, service) for service in services]})
        hidden = _hidden(found, numbers)
        cells = list(zip(numbers["n"], bases, hidden, strict=True))
        shares = [NOT_SHOWN if small else _share(found, n, base) for n, base, small in cells]
        if is_one:
            table["Count"] = [NOT_SHOWN if small else f"{n:,}" for n, _, small in cells]
            table[_share_name(found)] = [
                HIDDEN if small else share for share, small in zip(shares, hidden, strict=True)
            ]
            if not _is_by_region(found):
                table["Change"] = [_change(found, one, service).told() for service in services]
        else:
            table[one.label] = shares
    return services, table


def regions_of(found: Excellence) -> list[str]:
    """Return the regions with responses, by name; the empty one, not told, last."""
    return sorted(found.region_bases["region"], key=lambda region: (region == "", region))


def regions_table(found: Excellence, choice: Choice) -> tuple[list[str], pd.DataFrame]:
    """Return the regions with the codes per 100 responses; small counts are not told."""
    regions = regions_of(found)
    bases = found.region_bases.set_index("region")["n"]
    table = pd.DataFrame(
        {
            "Region": [region or NO_REGION for region in regions],
            "Responses": [int(bases[region]) for region in regions],
        }
    )
    cells, hidden = _region_cells(found, choice, regions)
    for label in cells:
        small = list(hidden[label])
        numbers = list(zip(cells[label], table["Responses"], small, strict=True))
        rates = [NOT_SHOWN if few else rate_told(int(n), int(base)) for n, base, few in numbers]
        if len(cells.columns) > 1:
            table[label] = rates
            continue
        table["Count"] = [NOT_SHOWN if few else f"{n:,}" for n, _, few in numbers]
        table["Per 100 responses"] = [
            HIDDEN if few else rate for rate, few in zip(rates, small, strict=True)
        ]
    return regions, table


def _region_cells(
    found: Excellence, choice: Choice, regions: list[str]
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return counts and what is hidden, a row a region and a column for each kind or the code."""
    if choice.code is None:
        kinds = [choice.kind] if choice.kind is not None else list(KINDS)
        cells = pd.DataFrame(
            {kind.label: _by_region(found, regions, kind.has) for kind in kinds}, index=regions
        )
        # Each kind by itself: its total over all regions can be seen, that of a region cannot.
        parts = [hidden_cells(cells[[label]]) for label in cells]
        return cells, pd.concat(parts, axis=1)
    kind = next((kind for kind in KINDS if kind.has(choice.code)), None)
    codes = sorted({c for c in found.regions["code"] if kind is None or kind.has(c)})
    codes = [*codes] if choice.code in codes else [*codes, choice.code]
    cells = pd.DataFrame(
        {code: _by_region(found, regions, code.__eq__) for code in codes}, index=regions
    )
    return cells[[choice.code]], hidden_cells(cells)[[choice.code]]


def _by_region(found: Excellence, regions: list[str], has: Callable[[str], Any]) -> list[int]:
    rows = found.regions[found.regions["code"].map(has).astype(bool)]
    return list(rows.groupby("region")["n"].sum().reindex(regions, fill_value=0).astype(int))


def categories_of(found: Excellence, kind: Kind | None) -> list[str]:
    """Return the codes of a kind, or of all kinds, that were given."""
    kinds = KINDS if kind is None else (kind,)
    given = set(found.now.codes["code"]) | set(found.regions["code"])
    return sorted(code for code in given if any(one.has(code) for one in kinds))


def about_categories(
    found: Excellence, kind: Kind | None, place: str
) -> tuple[pd.DataFrame, Telling] | None:
    """Return the categories of a kind, most frequent first; None where none is to be shown."""
    base = _base(found.now)
    wanted = categories_of(found, kind)
    rows = found.now.codes[found.now.codes["code"].isin(wanted)]
    top = rows.groupby("code", as_index=False)["n"].sum()
    top = top[~pd.Series(_hidden(found, top[["n"]]), index=top.index, dtype=bool)]
    if top.empty or not base:
        return None
    top = top.sort_values(["n", "code"], ascending=[False, True]).head(CATEGORIES_SHOWN)
    top = top.assign(label=top["code"].map(code_label), share=top["n"] / base)
    first = top.iloc[0]
    of = counted(base, _base_noun(found))
    telling = Telling(
        headline=f"{first['label']} is the most frequent category",
        subtitle=(
            f"Codes of {kind.label.lower() if kind else 'all kinds'} and share of {of}, {place}, "
            f"{found.period.told()}"
        ),
        alt=(
            f"Bar chart of {counted(len(top), 'category', 'categories')}: {first['label']} first, "
            f"{counted(int(first['n']), 'time')}."
        ),
    )
    return top.reset_index(drop=True), telling


def about_services(found: Excellence, choice: Choice) -> tuple[pd.DataFrame, Telling] | None:
    """Return the share of comments by service, largest first; None where it is no share."""
    if _is_by_region(found) or (choice.kind is None and choice.code is None):
        return None
    rows = choice.rows(found.now)
    services = [s for s in found.now.bases["service"] if _base(found.now, s) >= MIN_RESPONSES]
    if len(services) < 2:
        return None
    told = [
        (service_name(s), *(100 * f for f in share_interval(_n(rows, s), _base(found.now, s))))
        for s in services
    ]
    frame = pd.DataFrame(told, columns=["label", "mean", "low", "high"])
    frame["n"] = [_base(found.now, service) for service in services]
    frame = frame.sort_values(["mean", "label"], ascending=[False, True], ignore_index=True)
    first = frame.iloc[0]
    telling = Telling(
        headline=f"{choice.label}: most at {first['label']}, {first['mean']:.0f}% of comments",
        subtitle=f"Percent of comments with 95% interval, by service, {found.period.told()}",
        alt=(
            f"Chart of the percent of comments for {counted(len(frame), 'service')}: from "
            f"{frame['mean'].min():.0f} to {first['mean']:.0f}."
        ),
    )
    return frame, telling


def percent_ends(frame: pd.DataFrame) -> tuple[int, int]:
    """Return the ends of an axis that holds all intervals, in tens."""
    return 0, min(100, 10 * math.ceil(max(1.0, float(frame["high"].max())) / 10))


def export_table(found: Excellence) -> pd.DataFrame:
    """Return the figures of the view, one a row, for a file; what is hidden there is hidden here.

    Kinds by service, and by region; in a region, by service within it.
    """
    lines = []
    for kind in KINDS:
        rows = Choice(kind).rows(found.now)
        services = sorted(set(found.now.bases["service"]))
        numbers = pd.DataFrame({"n": [_n(rows, service) for service in services]})
        for service, n, small in zip(services, numbers["n"], _hidden(found, numbers), strict=True):
            base = _base(found.now, service)
            where = {"Service": service_name(service), "Region": found.region or "all"}
            lines.append({"Kind": kind.label, **where, **_exported(found, n, base, small)})
    lines += [] if _is_by_region(found) else _exported_regions(found)
    return pd.DataFrame(lines, columns=EXPORTED)


def _exported_regions(found: Excellence) -> list[dict[str, Any]]:
    regions = regions_of(found)
    bases = found.region_bases.set_index("region")["n"]
    cells, hidden = _region_cells(found, Choice(), regions)
    return [
        {
            "Kind": label,
            "Service": "all in the view",
            "Region": region or NO_REGION,
            **_figures(
                int(cells.loc[region, label]),
                int(bases[region]),
                bool(hidden.loc[region, label]),
                is_rate=True,
            ),
        }
        for label in cells
        for region in regions
    ]


def _exported(found: Excellence, n: int, base: int, is_hidden: bool) -> dict[str, Any]:
    return _figures(n, base, is_hidden, is_rate=_is_by_region(found))


def _figures(n: int, base: int, is_hidden: bool, *, is_rate: bool) -> dict[str, Any]:
    interval = rate_interval(n, base) if is_rate else share_interval(n, base)
    shown = [None] * 3 if is_hidden else [round(figure, 4) for figure in interval]
    return {
        "Count": NOT_SHOWN if is_hidden else n,
        "Base": base,
        "Base counts": "responses" if is_rate else "comments",
        "Share": shown[0],
        "Low (95%)": shown[1],
        "High (95%)": shown[2],
    }
