"""Live figures as a table for a person."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from app.measuring_text import interval_text
from app.names import service_name
from app.tell_welsh import DRAW
from app.wording import TOO_FEW, counted

__all__ = ["quality_text"]

_NAMES = ("precision", "recall", "f1")
_WIDTH = 20
NOT_DRAWN = "left out of the draws"


def quality_text(found: Mapping[str, Any]) -> str:
    """Return live figures: what they stand on, overall, each code, agreement; the Welsh queue."""
    sections = [_base(found)]
    model = found["model"]
    if model and model["figures"]:
        sections += [_overall(model["figures"]), _codes(model["figures"])]
        sections.append(_calibration(model["calibration"]))
    sections += [_earlier(model) for model in found["earlier_models"]]
    if found["agreement"]:
        sections.append(_agreement(found["agreement"]))
    sections.append(_welsh(found["needs_welsh_speaker"]))
    return "\n\n".join(sections)


def _base(found: Mapping[str, Any]) -> str:
    """Return what the figures stand on, and what they leave out."""
    if not found["n_drawn"]:
        return (
            "Live figures: not measured. Draw comments for a person to code: "
            "feedback code-next --out SHEET.csv"
        )
    scope = service_name(found["service"]) if found["service"] else "all services"
    coders = ", ".join(f"{name} {n:,}" for name, n in found["coders"].items()) or "nobody"
    lines = [
        f"{found['n_coded']:,} of {counted(found['n_drawn'], 'comment')} drawn at random on "
        f"{scope} coded by people ({coders})."
    ]
    if found["n_outside"]:
        lines.append(
            f"{counted(found['n_outside'], 'more comment')} coded because the machine was unsure: "
            "in no figure."
        )
    lines.append(_safeguarding(found))
    if model := found["model"]:
        lines.append(_of_model(model))
    return "\n".join(lines)


def _safeguarding(found: Mapping[str, Any]) -> str:
    n, n_with = found["n_draws"], found["n_draws_with_safeguarding"]
    if not n_with:
        return (
            "What the machine takes for safeguarding was left out of every draw: the figures are "
            "about the rest."
        )
    return f"What the machine takes for safeguarding could be drawn in {n_with} of {n} draws."


def _of_model(model: Mapping[str, Any]) -> str:
    line = f"Model {model['version']}, on {counted(model['n_comments'], 'comment')} of these"
    if figures := model["figures"]:
        line += f" (worth {figures['n_effective']:,.0f} of equal weight)"
    if model["n_learnt"]:
        line += (
            f"; {model['n_learnt']:,} more were coded by people before it came, so it may have "
            "learnt them"
        )
    return line + "."


def _overall(figures: Mapping[str, Any]) -> str:
    titles = {
        "micro_precision": "micro precision",
        "micro_recall": "micro recall",
        "micro_f1": "micro F1",
        "macro_f1": f"macro F1, {figures['n_macro']} codes",
    }
    return "\n".join(
        f"{title:<36}{TOO_FEW if figures['is_too_few'] else interval_text(figures[name])}"
        for name, title in titles.items()
    )


def _codes(figures: Mapping[str, Any]) -> str:
    lines = [
        f"{'code':<24}{'n':>5}{'given':>7}"
        + "".join(f"{name:>{_WIDTH}}" for name in ("precision", "recall", "F1"))
    ]
    for code in figures["codes"]:
        line = f"{code['code']:<24}{code['n']:>5}{code['n_assigned']:>7}"
        lines.append(line + _cells(code))
    return "\n".join(lines)


def _calibration(held: Mapping[str, Any]) -> str:
    """Return whether the probabilities of the codes that people were told came true."""
    base = f"{counted(held['n'], 'code')} on {counted(held['n_comments'], 'comment')}"
    if held["is_too_few"]:
        return f"Probabilities of {base}: {TOO_FEW} whether they come true."
    return (
        f"Probabilities of {base}: off by {held['error']:.2f} on average (expected calibration "
        f"error); true ones would be by {held['by_chance']:.2f}, by chance."
    )


def _cells(code: Mapping[str, Any]) -> str:
    if code["is_left_out"]:
        return f"{NOT_DRAWN:>{_WIDTH + 4}}"
    return "".join(
        f"{TOO_FEW if code['too_few'][name] else interval_text(code[name]):>{_WIDTH}}"
        for name in _NAMES
    )


def _earlier(model: Mapping[str, Any]) -> str:
    figures = model["figures"]
    shown = TOO_FEW if figures["is_too_few"] else interval_text(figures["micro_f1"])
    return f"Apart: {_of_model(model)} Micro F1 {shown}."


def _agreement(found: Mapping[str, Any]) -> str:
    shown = TOO_FEW if found["is_too_few"] else interval_text(found["alpha_masi"])
    return (
        f"Coders on {counted(found['n_comments'], 'comment')} that two or more coded: "
        f"alpha of whole sets (MASI) {shown}. Each of the coders counts for a part of such a "
        "comment in the figures above."
    )


def _welsh(counts: Mapping[str, Any]) -> str:
    """Return how many comments wait for somebody who reads them; nobody's codes, so no figures."""
    line = (
        f"Needs a Welsh speaker: {counted(counts['n_waiting'], 'comment')} with unsure codes that "
        "nobody has coded yet"
    )
    if n := counts["n_safeguarding"]:
        line += f"; {n:,} more in Welsh may be about safeguarding, so not among these"
    draw = f" Draw them with: {DRAW}" if counts["n_waiting"] else ""
    return f"{line}.{draw}"
