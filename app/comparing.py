"""Before and after, as ``feedback compare`` gives it."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pandas as pd

from app.names import place_name
from app.wording import counted, day, moment
from feedback.errors import SettingsError
from topics.compare import Period

if TYPE_CHECKING:
    from feedback.store import Store

__all__ = ["CompareRequest", "compare_in_store", "compare_text", "themes_for_json"]

MAX_TOLD = 20
"""Themes told as sentences; JSON has all."""
STILL_COMING = timedelta(days=2)
"""A newest comment this long before a period's end: the rest of it may not be taken in yet."""


@dataclass(frozen=True)
class CompareRequest:
    """What a person asked for: two periods as ``DAY..DAY``, or a release and days on each side."""

    before: str | None = None
    after: str | None = None
    release: str | None = None
    days: int = 14
    service: str | None = None
    page: str | None = None


def compare_in_store(
    store: Store, request: CompareRequest, *, now: datetime | None = None
) -> dict[str, Any]:
    """Return the comparison: place, periods, ``themes`` (a frame) and notes to be read with it.

    Raises
    ------
    SettingsError
        The periods cannot be used, or there is no such release, service or page.
    """
    from app import queries_compare
    from app.ticketing import check_page, service_in

    now = now or datetime.now(UTC)
    service = service_in(store, request.service) if request.service is not None else None
    if request.page is not None and service is None:
        raise SettingsError("--page needs --service: pages of two services may be called alike.")
    if service is not None:
        check_page(store, service, request.page)
    release = None
    if request.release is not None:
        if request.before is not None or request.after is not None:
            raise SettingsError("Give --release, or --before and --after, not both.")
        release = _release(store, request.release, service)
        service = service or release["service"]
        before, after = _around(release["at"], request.days)
    else:
        before, after = _given(request.before, "--before"), _given(request.after, "--after")
    after, notes = _known_part(after, now)
    newest = queries_compare.newest_comment_at(store, service, request.page)
    if newest is not None and newest < after.end - STILL_COMING:
        notes.append(
            f"The newest comment here is of {day(newest)}: the end of the later period may not be "
            "taken in yet."
        )
    return {
        "service": service,
        "page": request.page,
        "release": release,
        "before": before,
        "after": after,
        "notes": notes,
        "themes": queries_compare.compared(store, before, after, service, request.page),
    }


def _given(told: str | None, option: str) -> Period:
    from app.exporting import day_start

    first, _, last = (told or "").partition("..")
    start = day_start(first.strip() or None, option)
    end = day_start(last.strip() or None, option, n_days_later=1)
    if start is None or end is None:
        raise SettingsError(
            "Give two periods, such as --before 01/05/2026..14/05/2026 --after "
            "15/05/2026..28/05/2026, or --release NAME."
        )
    return Period(start, end)


def _release(store: Store, name: str, service: str | None) -> dict[str, Any]:
    """Return the release of a name; the one of the service where several have it."""
    from app.queries_compare import named_releases

    found = named_releases(store, name)
    if service is not None:
        found = found[found["service"].isna() | (found["service"] == service)]
    if found.empty:
        raise SettingsError("No release of that name is noted here. See: feedback releases list")
    if len(found) > 1:
        listed = ", ".join(
            f"{moment(row.at)} {'of all' if pd.isna(row.service) else row.service}"
            for row in found.itertuples()
        )
        raise SettingsError(
            f"Several releases have that name: {listed}. Choose with --service, or give --before "
            "and --after."
        )
    row = found.iloc[0]
    return {
        "name": row["name"],
        "at": row["at"].to_pydatetime(),
        "service": None if pd.isna(row["service"]) else row["service"],
    }


def _around(at: datetime, days: int) -> tuple[Period, Period]:
    length = timedelta(days=days)
    return Period(at - length, at), Period(at, at + length)


def _known_part(after: Period, now: datetime) -> tuple[Period, list[str]]:
    """Return the part of the later period that is over, in whole days, and a note if that is less.

    Half a day against whole ones would be a fall in the rate.
    """
    if after.end <= now:
        return after, []
    n_days = (now - after.start) // timedelta(days=1)
    if n_days < 1:
        raise SettingsError(
            f"The later period begins on {moment(after.start)}: not a day of it is over yet."
        )
    known = Period(after.start, after.start + timedelta(days=n_days))
    return known, [f"The later period is not over: {counted(n_days, 'day')} of it counted."]


def compare_text(found: dict[str, Any]) -> str:
    """Return the comparison for a person: periods, one sentence a theme, notes."""
    where = "all services"
    if found["service"] is not None:
        where = place_name(found["service"], found["page"])
    lines = [f"{where}: {_period(found['before'])} against {_period(found['after'])}."]
    if found["release"] is not None:
        lines[0] = f"{lines[0][:-1]}, about the release {found['release']['name']}."
    themes = found["themes"]
    lines += ["", *themes["sentence"].head(MAX_TOLD + 1)]
    if len(themes) > MAX_TOLD + 1:
        lines.append(f"{len(themes) - MAX_TOLD - 1} more themes with --json.")
    lines += ["", *found["notes"]] if found["notes"] else []
    lines += [
        "",
        "Intervals are 95%. Clear: at most 1 in 20 of the changes called so is chance. A comment "
        "can have several themes.",
    ]
    return "\n".join(lines)


def _period(period: Period) -> str:
    last = period.end - timedelta(seconds=1)
    return f"{day(period.start)} to {day(last)} ({counted(round(period.days), 'day')})"


def themes_for_json(found: dict[str, Any]) -> dict[str, Any]:
    """Return the comparison with its frame as rows; what is not known is null."""
    rows = [
        {name: _known(value) for name, value in row.items()}
        for row in found["themes"].to_dict("records")
    ]
    periods = {name: asdict(found[name]) for name in ("before", "after")}
    return {**found, **periods, "themes": rows}


def _known(value: Any) -> Any:
    """Return None for what JSON has no word for."""
    if isinstance(value, float) and (pd.isna(value) or value in (float("inf"), float("-inf"))):
        return None
    return value
