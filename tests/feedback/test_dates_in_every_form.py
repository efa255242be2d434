"""Dates of exports: what each form means, what is refused, and that no reason quotes a value."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedback.dates import EARLIEST, UK, DateRefused, read_date

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)


MEANT = [
    # ISO, with and without a zone
    ("2026-01-03", utc(2026, 1, 3)),
    ("2026-04-03", utc(2026, 4, 2, 23)),
    ("2026-04-03T09:15", utc(2026, 4, 3, 8, 15)),
    ("2026-04-03 09:15:33", utc(2026, 4, 3, 8, 15, 33)),
    ("2026-04-03T09:15:33.25", utc(2026, 4, 3, 8, 15, 33, 250_000)),
    ("2026-04-03T09:15:33.123456789Z", utc(2026, 4, 3, 9, 15, 33, 123_456)),
    ("2026-04-03T09:15:33+01:00", utc(2026, 4, 3, 8, 15, 33)),
    ("2026-04-03 09:15:33 +0100", utc(2026, 4, 3, 8, 15, 33)),
    ("2026-04-03 09:15 -05", utc(2026, 4, 3, 14, 15)),
    ("2026-04-03 09:15:00 UTC", utc(2026, 4, 3, 9, 15)),
    ("2026-04-03 09:15 BST", utc(2026, 4, 3, 8, 15)),
    ("2026-04-03 09:15 GMT", utc(2026, 4, 3, 9, 15)),
    ("2026-04-03 09:15 GMT+1", utc(2026, 4, 3, 8, 15)),
    ("2026/04/03 09:15", utc(2026, 4, 3, 8, 15)),
    ("20260403", utc(2026, 4, 2, 23)),
    ("20260403T091500Z", None),  # the basic form of times is not in use; refused below
    # numbers, day first
    ("03/04/2026", utc(2026, 4, 2, 23)),
    ("3/4/26", utc(2026, 4, 2, 23)),
    ("3.4.26", utc(2026, 4, 2, 23)),
    ("03-04-2026 09:15", utc(2026, 4, 3, 8, 15)),
    ("03/01/2026 09:15:59", utc(2026, 1, 3, 9, 15, 59)),
    ("03/04/2026, 09:15", utc(2026, 4, 3, 8, 15)),
    ("03/04/2026 9:15 PM", utc(2026, 4, 3, 20, 15)),
    ("03/04/2026 12:05 am", utc(2026, 4, 2, 23, 5)),
    ("03/01/2026 12:05 p.m.", utc(2026, 1, 3, 12, 5)),
    ("31/12/2025", utc(2025, 12, 31)),
    # words, English and Welsh
    ("3 Apr 2026", utc(2026, 4, 2, 23)),
    ("3-Apr-26", utc(2026, 4, 2, 23)),
    ("3rd April 2026 9.15am", utc(2026, 4, 3, 8, 15)),
    ("3rd of April 2026 at 9.15am", utc(2026, 4, 3, 8, 15)),
    ("Friday 3 April 2026", utc(2026, 4, 2, 23)),
    ("Fri, 3 Apr 2026 09:15:00 +0100", utc(2026, 4, 3, 8, 15)),
    ("April 3, 2026", utc(2026, 4, 2, 23)),
    ("Sept 1 2026 10:00", utc(2026, 9, 1, 9)),
    ("03 Ebrill 2026", utc(2026, 4, 2, 23)),
    ("3ydd o Fawrth 2026", utc(2026, 3, 3)),
    ("1af Mai 2026 am 9.15", utc(2026, 5, 1, 8, 15)),
    ("Dydd Mawrth 3 Mawrth 2026", utc(2026, 3, 3)),
    ("dydd Gwener, 2 Hydref 2026 14:00", utc(2026, 10, 2, 13)),
    # spreadsheets
    (46_115, utc(2026, 4, 2, 23)),
    (46_115.5, utc(2026, 4, 3, 11)),
    ("46115", utc(2026, 4, 2, 23)),
    ("46115.3854166667", utc(2026, 4, 3, 8, 15)),
    (datetime(2026, 4, 3, 9, 15), utc(2026, 4, 3, 8, 15)),  # noqa: DTZ001
    (datetime(2026, 4, 3, 9, tzinfo=timezone(timedelta(hours=2))), utc(2026, 4, 3, 7)),
    (date(2026, 4, 3), utc(2026, 4, 2, 23)),
    ("  03/04/2026 \n", utc(2026, 4, 2, 23)),
]
MEANT = [row for row in MEANT if row[1] is not None]

REFUSED = [
    ("", "empty"),
    ("   ", "empty"),
    (None, "empty"),
    (True, "empty"),
    ("yesterday", "cannot be read"),
    ("n/a", "cannot be read"),
    ("0000-00-00", "does not exist"),
    ("2026-02-30", "does not exist"),
    ("31/04/2026", "does not exist"),
    ("04/13/2026", "read day first"),
    ("29/02/2025", "does not exist"),
    ("2026-04-03 25:00", "does not exist"),
    ("2026-04-03 09:60", "does not exist"),
    ("2026-04-03 13:00 pm", "time does not exist"),
    ("2026-04-03 09:15 +99:00", "does not exist"),
    ("3 Smarch 2026", "cannot be read"),
    ("3 April", "cannot be read"),
    ("3 April 2026 9", "cannot be read"),
    ("April 2026", "cannot be read"),
    ("2026", "cannot be read"),
    ("09:15", "cannot be read"),
    ("03/04/2026/05", "cannot be read"),
    ("3/4-2026", "cannot be read"),
    ("03/04/202", "cannot be read"),
    ("20260403T091500Z", "cannot be read"),
    ("12345", "number outside"),
    ("99999", "number outside"),
    (0, "number outside"),
    (-1, "number outside"),
    (float("nan"), "number outside"),
    (float("inf"), "number outside"),
    (1.0e300, "number outside"),
    ("123456", "cannot be read"),
    ("07700900123", "cannot be read"),
    ("01/01/1970", "before 2000"),
    ("31/12/1899", "before 2000"),
    ("21/11/2026", "future"),
    ("2026-11-20T12:00:01Z", "future"),
    ("20/11/2062", "future"),
    (date(9999, 12, 31), "future"),
    ("9" * 5000, "cannot be read"),
    ("3 April 2026 because I said so", "cannot be read"),
]


@pytest.mark.parametrize(("value", "meant"), MEANT, ids=[str(row[0]) for row in MEANT])
def test_a_date_means_this_moment(value, meant):
    assert read_date(value, now=NOW) == meant


@pytest.mark.parametrize(("value", "reason"), REFUSED, ids=[str(row[0])[:40] for row in REFUSED])
def test_what_is_no_usable_date_is_refused_with_a_reason(value, reason):
    with pytest.raises(DateRefused, match=reason):
        read_date(value, now=NOW)


def test_month_first_is_read_on_request_and_never_guessed():
    assert read_date("04/03/2026", now=NOW, day_first=False) == utc(2026, 4, 2, 23)
    with pytest.raises(DateRefused, match="read month first"):
        read_date("13/04/2026", now=NOW, day_first=False)


def test_the_hour_that_comes_twice_is_the_first_and_the_skipped_hour_is_fixed():
    assert read_date("25/10/2026 01:30", now=NOW) == utc(2026, 10, 25, 0, 30)
    assert read_date("29/03/2026 01:30", now=NOW) == utc(2026, 3, 29, 1, 30)


@pytest.mark.parametrize("hour", [0, 9, 22, 23])
def test_todays_date_without_a_time_is_never_in_the_future(hour):
    now = datetime(2026, 7, 1, hour, 30, tzinfo=UTC)
    today = now.astimezone(UK).date()
    assert read_date(today.isoformat(), now=now) <= now
    with pytest.raises(DateRefused, match="future"):
        read_date((today + timedelta(days=1)).isoformat(), now=now)


FORMS = ["%Y-%m-%dT%H:%M:%S", "%d/%m/%Y %H:%M:%S", "%d.%m.%Y %H:%M:%S", "%d %B %Y %H:%M:%S"]


@given(
    when=st.datetimes(datetime(2000, 1, 2), datetime(2026, 11, 19)),  # noqa: DTZ001
    form=st.sampled_from([*FORMS, "%A %d %b %Y, %I:%M:%S %p"]),
)
def test_a_written_time_reads_back_as_uk_time(when, form):
    when = when.replace(microsecond=0)
    assert read_date(when.strftime(form), now=NOW) == when.replace(tzinfo=UK).astimezone(UTC)


@given(st.one_of(st.text(max_size=90), st.from_regex(r"[0-9/.:TZ+ -]{1,30}", fullmatch=True)))
def test_any_text_gives_a_past_moment_or_a_reason_that_does_not_quote_it(text):
    try:
        when, reason = read_date(text, now=NOW), None
    except DateRefused as refusal:
        when, reason = None, str(refusal)
    assert reason in KNOWN_REASONS if when is None else EARLIEST <= when <= NOW


KNOWN_REASONS = {
    "the date is empty",
    "the date cannot be read",
    "the date does not exist",
    "the date does not exist (read day first)",
    "the time does not exist",
    "the date is before 2000",
    "the date lies in the future",
    "the date is a number outside the years 2000 to 2099",
}
