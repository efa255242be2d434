"""The page explorer as it is told: pages of a service in journey order, and one page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from app.names import page_name, page_step, service_name
from app.queries import per_week
from app.queries_pages import OnePage, Pages
from app.tell import change_of_week
from app.tell_issues import STATUSES
from app.wording import ago, code_label, counted, day, moment, share_range

if TYPE_CHECKING:
    from collections.abc import Sequence

    from app.filters import Filters

__all__ = [
    "JOURNEY",
    "ORDERS",
    "PAGES_WIDTHS",
    "ROWS_IN_FULL",
    "page_answer",
    "page_issues",
    "pages_answer",
    "pages_table",
    "quiet_points",
]

JOURNEY = ""
"""The order without a choice: as people meet the pages."""

ORDERS = {
    "comments": "Most comments",
    "growth": "Largest growth this week",
    "faults": "Largest share of faults",
    "signals": "Signals first",
    "issues": "Most open issues",
}

ROWS_IN_FULL = 12
"""A longer table scrolls in its frame."""

NO_STEP = 1_000
"""Pages that the reference data lack come after those they list."""

PAGES_WIDTHS = {
    "Step": 56,
    "Service": 150,
    "Page": 236,
    "Comments": 88,
    "Last 7 days": 88,
    "A week": 100,
    "Share of faults": 124,
    "Most frequent theme": 150,
    "Signals": 86,
    "Quiet": 60,
    "Open issues": 92,
}


def pages_answer(found: Pages) -> str:
    """Return the answer of the explorer: how many pages, and which stands out."""
    said = f"{counted(found.n_pages, 'page')} with comments or signals."
    if found.pages.empty:
        return said
    alerts, quiet = (int((found.pages[name] > 0).sum()) for name in ("n_alerts", "n_quiet"))
    most = found.pages.sort_values(["n", "page"], ascending=[False, True]).iloc[0]
    told = [f"Alerts on {counted(alerts, 'page')}."] if alerts else []
    told += [f"Gone quiet: {counted(quiet, 'page')}."] if quiet else []
    return " ".join([*told, said, f"Most comments on {page_name(most['page'])}."])


def pages_table(
    found: Pages, filters: Filters, order: str = JOURNEY
) -> tuple[list[str], pd.DataFrame]:
    """Return the pages, by address, and the table of them in the order chosen."""
    weeks = _weeks(found, filters)
    rows = found.pages.assign(
        step=[page_step(page) or NO_STEP for page in found.pages["page"]],
        weeks=[
            weeks.get((row.service, row.page), [0] * weeks_of(filters))
            for row in found.pages.itertuples()
        ],
        week=_last_days(found, filters, 0),
        before=_last_days(found, filters, 7),
    )
    rows = _sorted(rows, order)
    table = pd.DataFrame([_line(row) for row in rows.itertuples()], columns=list(PAGES_WIDTHS))
    if filters.service is not None:
        table = table.drop(columns="Service")
    return list(rows["page"]), table


def weeks_of(filters: Filters) -> int:
    """Return how many whole weeks the period has."""
    return ((filters.last_day - filters.first_day).days + 1) // 7


def _weeks(found: Pages, filters: Filters) -> dict[tuple[str, str], list[int]]:
    """Return the comments a week of each page, whole weeks up to the last day, earliest first."""
    if found.days.empty or not weeks_of(filters):
        return {}
    every = pd.date_range(filters.first_day, filters.last_day, name="day", unit="us")
    wide = found.days.pivot_table(
        index="day", columns=["service", "page"], values="n", aggfunc="sum"
    )
    wide = wide.reindex(every).fillna(0).astype("int64")
    long = wide.stack(["service", "page"], future_stack=True).rename("n").reset_index()
    weekly = per_week(long, ["service", "page"])
    return {key: list(group["n"]) for key, group in weekly.groupby(["service", "page"])}


def _last_days(found: Pages, filters: Filters, n_days_back: int) -> list[int]:
    """Return each page's comments in 7 days that end so many days before the last."""
    end = pd.Timestamp(filters.last_day) - pd.Timedelta(days=n_days_back)
    inside = found.days["day"].between(end - pd.Timedelta(days=6), end)
    n = found.days[inside].groupby(["service", "page"])["n"].sum()
    return [int(n.get((row.service, row.page), 0)) for row in found.pages.itertuples()]


def _sorted(rows: pd.DataFrame, order: str) -> pd.DataFrame:
    keys: dict[str, Sequence[Any]] = {
        "comments": rows["n"],
        "growth": rows["week"] - rows["before"],
        "faults": rows["n_faults"] / rows["n"].clip(lower=1),
        "signals": rows["n_alerts"] * 1_000 + rows["n_watches"],
        "issues": rows["n_issues"],
    }
    named = rows.assign(name=rows["service"].map(service_name))
    if order not in keys:
        return named.sort_values(["name", "step", "page"], ignore_index=True)
    return named.assign(key=keys[order]).sort_values(
        ["key", "name", "step", "page"], ascending=[False, True, True, True], ignore_index=True
    )


def _line(row: Any) -> dict[str, Any]:
    told = [counted(row.n_alerts, "alert")] if row.n_alerts else []
    told += [f"{row.n_watches} to watch"] if row.n_watches else []
    return {
        "Step": "–" if row.step == NO_STEP else str(row.step),
        "Service": service_name(row.service),
        "Page": page_name(row.page),
        "Comments": row.n,
        "Last 7 days": row.week,
        "A week": row.weeks,
        "Share of faults": share_range(row.n_faults, row.n),
        "Most frequent theme": f"{code_label(row.top_code)} {row.n_top:,}" if row.n_top else "–",
        "Signals": ", ".join(told) or "none",
        "Quiet": "quiet" if row.n_quiet else "–",
        "Open issues": row.n_issues,
    }


def page_answer(found: OnePage) -> str:
    """Return the answer about one page: its last week, signals and issues."""
    days = found.days.set_index("day")["n"]
    week, before = int(days.iloc[-7:].sum()), int(days.iloc[-14:-7].sum())
    n_alerts = int((found.signals["level"] == "alert").sum())
    told = [counted(n_alerts, "alert")] if n_alerts else []
    told.append(f"{counted(week, 'comment')} in the last 7 days, {change_of_week(week, before)}")
    told.append(counted(found.n_issues, "open issue"))
    return f"{'; '.join(told)}."


def quiet_points(found: OnePage) -> list[tuple[str, str]]:
    """Return each sentence that a page went quiet, with when it was last heard of."""
    heard = (
        "No comment was ever sent from here."
        if found.last_at is None
        else f"Last comment {moment(found.last_at)}, {ago(found.last_at)}."
    )
    return [
        (
            row.sentence,
            heard if pd.isna(row.raised_at) else f"{heard} First told {moment(row.raised_at)}.",
        )
        for row in found.quiet.itertuples()
    ]


def page_issues(found: OnePage) -> list[tuple[str, str, str]]:
    """Return each issue's id, title, and what is known of it in a line."""
    return [
        (
            row.cluster_id,
            row.title,
            " · ".join(
                [
                    STATUSES.get(row.status, row.status),
                    counted(int(row.n), "comment"),
                    f"first {day(row.first_seen)}, last {day(row.last_seen)}",
                    *([code_label(row.theme)] if row.theme else []),
                ]
            ),
        )
        for row in found.issues.itertuples()
    ]
