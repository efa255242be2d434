"""The sentences that a person reads about an issue and about its fix. Days are those of London."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from feedback.dates import UK
from topics.fix_watch import GRACE_DAYS, FixVerdict

__all__ = ["fix_sentence", "issue_sentence"]

UNUSUAL = 1.0
"""The rate is told beside the usual one always; it is unusual where its interval leaves 1 out."""
MOSTLY = 0.5

_VERDICTS = {
    FixVerdict.STOPPED: "Stopped",
    FixVerdict.FEWER: "Fewer",
    FixVerdict.NO_CHANGE: "No change",
    FixVerdict.MORE: "More than before",
}


def issue_sentence(facts: Mapping[str, Any], page: str | None, service: str) -> str:
    """Return an issue's facts as one sentence, what there is too little of left out.

    Parameters
    ----------
    facts
        Of `topics.issue_facts.issue_facts`.
    page
        The issue's page; None for feedback that belongs to none.
    service
        What its service is called.

    Examples
    --------
    >>> share = {"n": 31, "base": 78, "share": 0.397, "low": 0.3, "high": 0.51}
    >>> print(issue_sentence({
    ...     "as_of": "2026-05-24T09:00:00+00:00", "first_seen": "2026-05-03T10:00:00+00:00",
    ...     "n": 31, "recent": {"n": 12, "usual": 1.8}, "share": share,
    ...     "satisfaction": {"difference": -1.2, "is_clear": True}, "skews": [
    ...         {"kind": "browser", "value": "Safari", "share": 0.71, "share_elsewhere": 0.3}],
    ... }, "/evidence", "Appeals"))
    31 comments on /evidence since 3 May, 12 in the last week (usually 2); 40% of the page's \
comments; satisfaction 1.2 lower than others on the page; mostly Safari (71%, elsewhere 30%).
    """
    as_of = datetime.fromisoformat(facts["as_of"])
    n, place = facts["n"], f"on {page}" if page else f"about {service}, no page given,"
    began = f"since {_date(datetime.fromisoformat(facts['first_seen']), as_of)}"
    if facts.get("is_cut"):
        began = f"in the last {facts['days']} days"
    parts = [f"{n:,} {'comment' if n == 1 else 'comments'} {place} {began}{_recent(facts)}"]
    if facts["share"]["base"] > n:
        parts.append(f"{facts['share']['share']:.0%} of {_whose(page)}")
    gap = facts["satisfaction"]
    if gap["is_clear"]:
        word = "lower" if gap["difference"] < 0 else "higher"
        others = "others on the page" if page else "other responses"
        parts.append(f"satisfaction {abs(gap['difference']):.1f} {word} than {others}")
    parts += [_skew(one) for one in facts["skews"]]
    return "; ".join(parts) + "."


def _recent(facts: Mapping[str, Any]) -> str:
    recent = facts["recent"]
    if recent["usual"] is None:
        return f", {recent['n']:,} in the last week"
    usual = recent["usual"]
    told = f"{usual:.0f}" if usual >= UNUSUAL / 2 else "less than 1"
    return f", {recent['n']:,} in the last week (usually {told})"


def _whose(page: str | None) -> str:
    return "the page's comments" if page else "such comments"


def _skew(one: Mapping[str, Any]) -> str:
    word = "mostly" if one["share"] >= MOSTLY else "more often"
    return f"{word} {one['value']} ({one['share']:.0%}, elsewhere {one['share_elsewhere']:.0%})"


def fix_sentence(fix: Mapping[str, Any]) -> str:
    """Return what is known of a fix as two short sentences.

    Parameters
    ----------
    fix
        Record of a `topics.fix_watch.FixWatch`.

    Examples
    --------
    >>> print(fix_sentence({
    ...     "verdict": "stopped", "fixed_at": "2026-05-03T08:00:00+00:00",
    ...     "as_of": "2026-05-12T08:00:00+00:00", "n_before": 14, "n_grace": 0, "n_after": 0,
    ...     "days_after": 8.0, "expected": 11.2, "ratio": 0.0, "low": 0.0, "high": 0.31,
    ...     "days_to_tell": None}))
    No reports in 9 days since the fix on 3 May; 11 would be usual. Stopped (at most 0.3 of the \
earlier rate, 95%).
    """
    if not fix["n_before"]:
        return (
            f"Marked fixed on {_of_fix(fix)}; there were too few reports before to tell whether "
            "they stopped."
        )
    if fix["days_after"] <= 0:
        return (
            f"Marked fixed on {_of_fix(fix)}; reports count from a day after it, when people have "
            f"finished what they had begun.{_wait(fix)}"
        )
    return f"{_counts(fix)} {_judgement(fix)}"


def _of_fix(fix: Mapping[str, Any]) -> str:
    fixed_at, as_of = (datetime.fromisoformat(fix[name]) for name in ("fixed_at", "as_of"))
    return _date(fixed_at, as_of)


def _counts(fix: Mapping[str, Any]) -> str:
    """Return the counted reports, and those of the first day, which are not counted, if any."""
    n, n_grace = fix["n_after"], fix["n_grace"]
    days = max(1, int(fix["days_after"] + (0 if n_grace else GRACE_DAYS)))
    after = f" ({n_grace} on the first day not counted)" if n_grace else ""
    expected = fix["expected"]
    usual = f"{expected:.0f}" if expected >= 1 else "less than 1"
    counted = f"{'No' if not n else f'{n:,}'} {'report' if n == 1 else 'reports'}"
    since = f"{days} {'day' if days == 1 else 'days'} since the fix on {_of_fix(fix)}{after}"
    return f"{counted} in {since}; {usual} would be usual."


def _judgement(fix: Mapping[str, Any]) -> str:
    verdict = FixVerdict(fix["verdict"])
    if verdict is FixVerdict.TOO_EARLY:
        return f"Too early to say.{_wait(fix)}"
    if verdict is FixVerdict.BACK:
        days = round(fix["back_days"])
        return f"They are back: {fix['n_back']:,} in the last {days} days."
    word = _VERDICTS[verdict]
    if not fix["n_after"]:
        wait = _wait(fix) if verdict is FixVerdict.FEWER else ""
        return f"{word} (at most {_ratio(fix['high'])} of the earlier rate, 95%).{wait}"
    interval = f"{_ratio(fix['low'])} to {_ratio(fix['high'])}, 95%"
    return f"{word} ({_ratio(fix['ratio'])} of the earlier rate; {interval})."


def _ratio(value: float | None) -> str:
    """Return a ratio with two digits below a tenth."""
    if value is None:
        return "any number"
    return f"{value:.1f}" if value >= 0.1 else f"{value:.2f}"


def _wait(fix: Mapping[str, Any]) -> str:
    """Return when it will be possible to tell."""
    days = fix["days_to_tell"]
    if days is None and fix["n_after"]:
        return ""
    if days is None:
        return " So few came before that no quiet time of three months would tell."
    another = "another report" if fix["n_after"] else "reports"
    more = f"{days} more {'day' if days == 1 else 'days'}"
    return f" About {more} without {another} would tell that they stopped."


def _date(at: datetime, now: datetime) -> str:
    """Return a day as words, with its year where that is not this year."""
    local, today = at.astimezone(UK), now.astimezone(UK)
    year = "" if local.year == today.year else f" {local.year}"
    return f"{local.day} {local:%B}{year}"
