"""Sentiment against satisfaction, as ``feedback agreement-with-scores`` tells it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from app.measuring_text import interval_text
from app.wording import TOO_FEW, counted, percent

if TYPE_CHECKING:
    from feedback.settings import Settings
    from feedback.store import Store

__all__ = ["tone_figures", "tone_text"]

_SCORE_NAMES = {5: "very satisfied (5)", 1: "very dissatisfied (1)"}
_WIDTH = 9


def tone_figures(settings: Settings, store: Store, service: str | None = None) -> dict[str, Any]:
    """Return the figures of `classifiers.tone_agreement.measure_tone` over the store."""
    from app.queries_triage import scored_sentiments
    from classifiers.metrics import N_RESAMPLES
    from classifiers.tone_agreement import measure_tone

    rows = scored_sentiments(store, service)
    found = measure_tone(
        rows["sentiment"].tolist(),
        rows["satisfaction"].tolist(),
        rows["response_id"].tolist(),
        seed=settings.seed,
    )
    bootstrap = {"n_resamples": N_RESAMPLES, "seed": settings.seed, "drawn": "responses"}
    return {"service": service, "bootstrap": bootstrap, **found.as_dict()}


def tone_text(figures: Mapping[str, Any]) -> str:
    """Return the figures as lines for a person."""
    place = figures["service"] or "all services"
    lines = [
        f"Sentiment of {counted(figures['n_comments'], 'comment')} against the satisfaction of "
        f"{counted(figures['n_responses'], 'response')}, {place}",
        "",
    ]
    if figures["is_too_few"]:
        return "\n".join([*lines, f"Agreement: {TOO_FEW}, fewer than 30 responses have both."])
    lines += [
        f"weighted kappa        {interval_text(figures['kappa'])}",
        f"rank correlation      {interval_text(figures['spearman'])}",
        "",
        *[_contradiction_line(one) for one in figures["contradictions"]],
        "",
        "".join(["sentiment ", *[f"{score:>{_WIDTH}}" for score in range(1, 6)]]),
    ]
    for name, row in zip(figures["sentiments"], figures["table"], strict=True):
        lines.append("".join([f"{name:<10}", *[f"{n:>{_WIDTH},}" for n in row]]))
    return "\n".join(
        [
            *lines,
            "",
            "95% intervals in brackets. A person may score a service and write of one page: a "
            "contradiction is no mistake by itself, many are a sign.",
        ]
    )


def _contradiction_line(one: Mapping[str, Any]) -> str:
    name = f"{_SCORE_NAMES[one['score']]}, yet {one['sentiment']}"
    base = f"{one['n_against']:,} of {one['n']:,}"
    if one["is_too_few"]:
        return f"{name}: {base}, {TOO_FEW}"
    share = one["share"]
    return (
        f"{name}: {base}, {percent(share['value'])} "
        f"({percent(share['low'])} to {percent(share['high'])})"
    )
