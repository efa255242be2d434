"""Sentences and tables of the page Quality: how right the codes are, and the probabilities."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from app.charts import Telling
from app.names import service_name
from app.wording import TOO_FEW, code_label, counted, percent

__all__ = [
    "about_calibration",
    "calibration_meaning",
    "codes_table",
    "figure_text",
    "model_answer",
    "model_note",
]

NOT_MEASURED = "Nobody has coded enough to say how right the machine is."
HOW_TO_CODE = (
    "Draw comments at random, code them, and the figures stand here. Draw: feedback code-next "
    "--out SHEET.csv"
)

CODE_COLUMNS = {
    "Code": "medium",
    "Precision": "medium",
    "Recall": "medium",
    "F1": "medium",
    "Given by the machine": "medium",
    "Given by people": "medium",
}


# How right the codes are


def figure_text(figure: Mapping[str, float | None], *, is_too_few: bool) -> str:
    """Return a figure of 0 to 1 with its interval, or that there are too few to say.

    >>> figure_text({"value": 0.8, "low": 0.71, "high": 0.88}, is_too_few=False)
    '80% (71% to 88%)'
    """
    value, low, high = (figure[name] for name in ("value", "low", "high"))
    if is_too_few:
        return TOO_FEW
    if value is None:
        return "–"
    if low is None or high is None:
        return percent(value)
    return f"{percent(value)} ({percent(low)} to {percent(high)})"


def model_answer(found: Mapping[str, Any]) -> str:
    """Return how right the model in use is, in one sentence."""
    figures = _figures(found)
    if figures is None or figures["is_too_few"]:
        return NOT_MEASURED
    both = (
        f"{figure_text(figures[name], is_too_few=False)}"
        for name in ("micro_precision", "micro_recall")
    )
    right, missed = both
    return (
        f"Of the codes the machine gives, {right} are right; it finds {missed} of those it should."
    )


def _figures(found: Mapping[str, Any]) -> Mapping[str, Any] | None:
    model = found["model"]
    return model["figures"] if model else None


def model_note(found: Mapping[str, Any]) -> str:
    """Return what the figures stand on."""
    figures = _figures(found)
    if figures is None or figures["is_too_few"]:
        n = figures["n_comments"] if figures else 0
        return f"{counted(n, 'comment')} drawn at random and coded by people so far. {HOW_TO_CODE}"
    learnt = found["model"]["n_learnt"]
    parts = [
        f"By {counted(figures['n_comments'], 'comment')} drawn at random and coded by people, "
        f"weighted by how likely each was to be drawn (worth {figures['n_effective']:,.0f} of "
        f"equal weight). Model {found['model']['version']}. In brackets: 95% intervals."
    ]
    if learnt:
        parts.append(
            f"{learnt:,} more were coded before this model came; it may have learnt them, so they "
            "do not count."
        )
    if not found["n_draws_with_safeguarding"]:
        parts.append("What the machine takes for safeguarding was left out of every draw.")
    return " ".join(parts)


def codes_table(found: Mapping[str, Any]) -> pd.DataFrame:
    """Return a row for each code, those on most comments first, then all codes together."""
    figures = _figures(found)
    if figures is None:
        return pd.DataFrame(columns=list(CODE_COLUMNS))
    rows = [
        {
            "Code": code_label(code["code"]),
            **_cells(code),
            "Given by the machine": code["n_assigned"],
            "Given by people": code["n"],
        }
        for code in sorted(figures["codes"], key=lambda one: (-one["n"], one["code"]))
    ]
    return pd.DataFrame(rows, columns=list(CODE_COLUMNS))


def _cells(code: Mapping[str, Any]) -> dict[str, str]:
    names = {"Precision": "precision", "Recall": "recall", "F1": "f1"}
    if code["is_left_out"]:
        return dict.fromkeys(names, "left out of the draws")
    return {
        title: figure_text(code[name], is_too_few=code["too_few"][name])
        for title, name in names.items()
    }


# Whether probabilities came true


def about_calibration(
    found: Mapping[str, Any], service: str | None
) -> tuple[pd.DataFrame, Telling] | None:
    """Return the bins and words of the calibration chart; None where too few were coded."""
    held = found["model"]["calibration"] if found["model"] else None
    if held is None or held["is_too_few"]:
        return None
    frame = pd.DataFrame([{**one, **one["confirmed"]} for one in held["bins"]])
    gap = held["error"]
    headline = (
        "The machine's probabilities can be taken at their word"
        if gap <= held["by_chance"]
        else f"The machine's probabilities are off by {_points(gap)} on average"
    )
    where = service_name(service) if service else "all services"
    subtitle = (
        "Share of codes that people confirmed, by the probability the machine stated, 95% "
        f"intervals; {counted(held['n'], 'code')} on {counted(held['n_comments'], 'comment')}, "
        f"{where}."
    )
    alt = (
        f"Chart of stated probability against share confirmed, {len(frame)} bins, confirmed from "
        f"{percent(frame['value'].min())} to {percent(frame['value'].max())}"
    )
    return frame, Telling(headline, subtitle, alt)


def calibration_meaning(found: Mapping[str, Any]) -> str:
    """Return what the calibration error says, or that nobody has coded enough."""
    held = found["model"]["calibration"] if found["model"] else None
    if held is None or held["is_too_few"]:
        return f"Whether the machine's probabilities come true: {TOO_FEW}. {HOW_TO_CODE}"
    return (
        f"Expected calibration error: {_points(held['error'])}. Of a sample this small, true "
        f"probabilities would show {_points(held['by_chance'])} by chance. A point below the line: "
        "the machine was too sure."
    )


def _points(share: float) -> str:
    return f"{100 * share:.1f} percentage points"
