"""From when a fix counts that a person dates by its day."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from app.issue_form import moment_of_fix
from app.wording import LONDON


@pytest.mark.parametrize(
    ("on_days_ago", "seen_days_ago", "expected"),
    [(None, 9, "now"), (0, 9, "now"), (2, 9, "midnight"), (9, 9, "seen")],
)
def test_a_fix_counts_from_the_beginning_of_its_day(
    on_days_ago: int | None, seen_days_ago: int, expected: str
) -> None:
    now = datetime.now(UTC)
    seen = now - timedelta(days=seen_days_ago)
    on = None
    if on_days_ago is not None:
        on = (now - timedelta(days=on_days_ago)).astimezone(LONDON).date()
    at = moment_of_fix(on, seen)
    if expected == "now":
        assert abs(at - now) < timedelta(minutes=1)
    elif expected == "seen":
        assert at == seen
    else:
        local = at.astimezone(LONDON)
        assert (local.date(), local.hour, local.minute) == (on, 0, 0)
