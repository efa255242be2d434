"""Draw comments for the leak meter, and tell what was found, as the command line asks for it."""

from __future__ import annotations

import getpass
import random
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from app.leak_rate import LeakRate, leak_line, leak_rates, rate_text, shown_version
from app.wording import counted, day
from feedback.errors import StoreError

if TYPE_CHECKING:
    from feedback.settings import Settings
    from feedback.store import Store

__all__ = ["draw", "draw_text", "progress", "progress_text"]


def draw(settings: Settings, store: Store, n: int, *, service: str | None = None) -> dict[str, Any]:
    """Draw ``n`` redacted comments at random for a person to check, and keep them in the store.

    A simple random sample without replacement of the comments that say something, are coded, are
    not safeguarding and were not drawn before. The run tells seed and number of the draw: the same
    store, seed and number give the same sample.

    Raises
    ------
    StoreError
        No comment can be drawn.
    """
    from app.queries_audit import drawable_ids, n_draws
    from feedback.runs import new_run

    number = n_draws(store) + 1
    eligible = drawable_ids(store, service)
    if not eligible:
        where = f" of '{service}'" if service else ""
        raise StoreError(
            f"No comment{where} can be drawn: all were drawn before, or none is coded yet. Code "
            "what waits with: feedback run"
        )
    chosen = random.Random(f"{settings.seed} {number}").sample(  # noqa: S311 - to be repeatable
        eligible, min(n, len(eligible))
    )
    facts = {"draw": number, "service": service or "all"}
    run = new_run("redact-audit", settings, now=datetime.now(UTC), models=facts)
    n_drawn = store.add_audit_sample(run, chosen, service=service, n_eligible=len(eligible))
    detail = {"run_id": run.run_id, "n": n_drawn, "seed": settings.seed, **facts}
    store.audit(getpass.getuser(), "draw for redaction check", f"sample {number}", detail)
    return {
        "run_id": run.run_id,
        "n_asked": n,
        "n_drawn": n_drawn,
        "n_eligible": len(eligible),
        "service": service,
        "seed": settings.seed,
        "draw": number,
    }


def draw_text(outcome: dict[str, Any]) -> str:
    """Return what was drawn, for a person."""
    fewer = "" if outcome["n_drawn"] == outcome["n_asked"] else " (there are no more)"
    return (
        f"{counted(outcome['n_drawn'], 'comment')} drawn{fewer} from {outcome['n_eligible']:,} "
        f"(draw {outcome['draw']}, seed {outcome['seed']}). Check them on the page 'Redaction "
        "check' of: feedback dashboard"
    )


def progress(store: Store) -> dict[str, Any]:
    """Return how far the checks are and the leak rate of each version of the redactor."""
    rates = leak_rates(store)
    return {
        "n_drawn": sum(rate.n_drawn for rate in rates),
        "n_checked": sum(rate.n_checked for rate in rates),
        "leak_rate": leak_line(store),
        "rates": [rate.as_dict() for rate in rates],
    }


def progress_text(store: Store) -> str:
    """Return progress and rates, for a person."""
    rates = leak_rates(store)
    n_drawn = sum(rate.n_drawn for rate in rates)
    if not n_drawn:
        return "Leak rate: not measured. Draw comments to check: feedback redact-audit --sample 100"
    n_checked = sum(rate.n_checked for rate in rates)
    lines = [
        f"{n_checked:,} of {counted(n_drawn, 'comment')} checked.",
        f"Leak rate: {leak_line(store)}.",
    ]
    for rate in rates:
        lines += _rate_lines(rate)
    return "\n".join(lines)


def _rate_lines(rate: LeakRate) -> list[str]:
    age = "in use" if rate.is_current else "older"
    scope = rate.service or "all services"
    lines = [f"Redactor {shown_version(rate.redactor)} ({age}), {scope}:"]
    if not rate.n_checked or rate.last_at is None:
        return [*lines, f"  none of {counted(rate.n_drawn, 'comment')} checked yet"]
    figures = rate.as_dict()
    low, high = figures["over_95"]
    lines.append(
        f"  {rate.n_leaks:,} of {rate.n_checked:,} comments leaked: at most "
        f"{rate_text(rate.upper)} (95%), last checked {day(rate.last_at)}"
    )
    lines += [
        f"    {name}: {found['n']:,}, at most {rate_text(found['upper_95'])}"
        for name, found in figures["entities"].items()
    ]
    lines.append(
        f"  over-redacted: {rate.n_over:,}, {rate_text(figures['over_rate'])} "
        f"({rate_text(low)} to {rate_text(high)})"
    )
    return lines
