"""The leak rate: how often redaction leaves personal data in a comment, as far as is known.

People read comments drawn at random; what they find bounds the rate. The bound belongs to the
version of the redactor that made those comments, and is said to be older when another has come.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from app.wording import counted, day
from feedback.intervals import share_interval, upper_bound
from feedback.schema import AuditVerdict

if TYPE_CHECKING:
    import pandas as pd

    from feedback.store import Store

__all__ = ["LeakRate", "best_rate", "leak_line", "leak_rates", "meaning", "rate_text"]

NOT_MEASURED = "not measured"
UNKNOWN_VERSION = "of an unknown version"


@dataclass(frozen=True)
class LeakRate:
    """What was found in the comments of one redactor, drawn from one service or from all.

    ``entities`` counts leaks by kind; rates are shares of the comments checked.
    """

    redactor: str
    service: str | None
    is_current: bool
    n_drawn: int = 0
    n_checked: int = 0
    n_leaks: int = 0
    n_over: int = 0
    entities: dict[str, int] = field(default_factory=dict)
    last_at: datetime | None = None

    @property
    def upper(self) -> float:
        """The exact upper 95% bound of the share of comments with a leak."""
        return upper_bound(self.n_leaks, self.n_checked)

    def as_dict(self) -> dict[str, Any]:
        """Return all figures, for JSON."""
        n = self.n_checked
        share, low, high = share_interval(self.n_over, n) if n else (None, None, None)
        return {
            **asdict(self),
            "leak_rate": self.n_leaks / n if n else None,
            "upper_95": self.upper,
            "entities": {
                name: {"n": hits, "upper_95": upper_bound(hits, n)}
                for name, hits in sorted(self.entities.items())
            },
            "over_rate": share,
            "over_95": [low, high],
        }


def leak_rates(store: Store) -> list[LeakRate]:
    """Return a rate for each redactor and service drawn from: current first, then the latest."""
    from app.queries_audit import audit_counts, redactor_now

    now = redactor_now(store)
    counts = audit_counts(store)
    keys = ["redactor", "service"]
    found = [
        _rate(group, is_current=_text(group["redactor"].iloc[0]) == now)
        for _, group in counts.groupby(keys, dropna=False, sort=True)
    ]
    return sorted(found, key=lambda rate: (not rate.is_current, -_seconds(rate.last_at)))


def _rate(group: pd.DataFrame, *, is_current: bool) -> LeakRate:
    checked = group[group["verdict"].notna()]
    leaks = checked[checked["verdict"] == AuditVerdict.LEAK.value]
    over = checked[checked["verdict"] == AuditVerdict.OVER.value]
    last = checked["last_at"].max() if len(checked) else None
    return LeakRate(
        redactor=_text(group["redactor"].iloc[0]),
        service=_text(group["service"].iloc[0]) or None,
        is_current=is_current,
        n_drawn=int(group["n"].sum()),
        n_checked=int(checked["n"].sum()),
        n_leaks=int(leaks["n"].sum()),
        n_over=int(over["n"].sum()),
        entities={str(name): int(n) for name, n in leaks.groupby("entity")["n"].sum().items()},
        last_at=last.to_pydatetime() if last is not None else None,
    )


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _seconds(at: datetime | None) -> float:
    return at.timestamp() if at is not None else 0.0


def best_rate(rates: list[LeakRate], service: str | None = None) -> LeakRate | None:
    """Return the rate that says most about a service or, without one, about all of them.

    The current redactor comes before older ones, then a sample of the service (or of all) before
    one of another scope. None where nobody has checked a comment.
    """
    measured = [rate for rate in rates if rate.n_checked]

    def order(rate: LeakRate) -> tuple[bool, bool, bool, float]:
        fits = rate.service == service
        return (not rate.is_current, not fits, rate.service is not None, -_seconds(rate.last_at))

    usable = [rate for rate in measured if rate.service in (None, service)] or measured
    return min(usable, key=order) if usable else None


def rate_text(share: float) -> str:
    """Return a share as a percentage with the digits that mean something.

    >>> rate_text(0.0950), rate_text(0.00029), rate_text(1.0)
    ('9.5%', '0.029%', '100%')
    """
    percent = 100 * share
    if percent >= 99.95:
        return "100%"
    return f"{percent:.1f}%" if percent >= 1 else f"{percent:.2g}%"


def leak_line(store: Store, service: str | None = None) -> str:
    """Return the leak rate as one line, as exports carry it.

    Such as "at most 9.5% (95%), 30 comments checked on 01/04/2026, redactor standard 3f2a...".
    """
    rate = best_rate(leak_rates(store), service)
    if rate is None or rate.last_at is None:
        return NOT_MEASURED
    line = (
        f"at most {rate_text(rate.upper)} (95%), {counted(rate.n_checked, 'comment')} checked on "
        f"{day(rate.last_at)}, redactor {shown_version(rate.redactor)}"
    )
    if rate.service is not None:
        line += f"; drawn from {rate.service} alone"
    if not rate.is_current:
        line += "; an older redactor: the newest comments were made by another, not measured yet"
    return line


def shown_version(redactor: str) -> str:
    """Return the name of a redactor's version as a person reads it."""
    return redactor.removeprefix("TextRedactor ") or UNKNOWN_VERSION


def meaning(rate: LeakRate) -> str:
    """Return in plain English what a bound says."""
    if not rate.n_checked:
        return "Nobody has checked a comment yet, so nothing can be said of the leak rate."
    found = counted(rate.n_leaks, "leak") if rate.n_leaks else "no leak"
    return (
        f"In {counted(rate.n_checked, 'comment')} drawn at random people found {found}. So we can "
        f"be 95% sure that at most {rate_text(rate.upper)} of comments still hold personal data. "
        "Each further check makes this more certain."
    )
