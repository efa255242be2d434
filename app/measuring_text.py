"""Figures of evaluation and agreement as tables for a person."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from app.wording import TOO_FEW

__all__ = ["agreement_text", "evaluation_text", "interval_text"]

N_PAIRS = 10
"""Pairs of codes shown; ``--json`` has them all."""

_HEADLINES = {
    "micro_f1": "micro F1",
    "macro_f1": "macro F1",
    "sample_f1": "sample F1",
    "exact_match": "all codes of a comment right",
    "fault_f1": "technical fault or not, F1",
    "urgent_recall": "safeguarding recall",
    "urgent_flags": "others flagged as safeguarding",
    "sentiment_accuracy": "sentiment accuracy",
    "review": "with a code for a person to check",
    "unassigned": "without an assigned code",
}
_OF_PARTS = ("micro_f1", "macro_f1")
_UNUSED = "nobody used it"


def interval_text(figure: Mapping[str, float | None] | None) -> str:
    """Return a figure with its 95% interval; a dash where it has no meaning.

    >>> interval_text({"value": 0.8, "low": 0.71, "high": 0.88})
    '0.80 (0.71-0.88)'
    >>> interval_text({"value": None, "low": None, "high": None})
    '-'
    """
    if figure is None or figure["value"] is None:
        return "-"
    if figure["low"] is None or figure["high"] is None:
        return f"{figure['value']:.2f}"
    return f"{figure['value']:.2f} ({figure['low']:.2f}-{figure['high']:.2f})"


def evaluation_text(figures: Mapping[str, Any]) -> str:
    """Return an evaluation as tables: overall, each code, calibration, confusions, parts."""
    sections = [
        _counts(figures),
        _overall(figures),
        _codes(figures["codes"]),
        _calibration(figures["calibration"]),
        _pairs(
            "Missed, and given instead",
            [(pair["missed"], pair["given"], pair["n"]) for pair in figures["confused"]],
        ),
    ]
    if figures["parts"]:
        sections.append(_parts(figures["parts"]))
    return "\n\n".join(section for section in sections if section)


def agreement_text(figures: Mapping[str, Any]) -> str:
    """Return how far coders agree as tables: whole sets of codes, then each code."""
    coders = ", ".join(f"{coder} {n}" for coder, n in figures["n_codings"].items())
    counts = f"{figures['n_comments']} comments coded by two or more ({coders})"
    if figures["n_uncoded"]:
        counts += f"; {figures['n_uncoded']} rows without a code count as not coded"
    names = {
        "alpha_masi": "alpha of whole sets, MASI",
        "alpha_jaccard": "alpha of whole sets, Jaccard",
        "exact_match": "all codes the same",
    }
    overall = [
        f"{title:<36}{TOO_FEW if figures['is_too_few'] else interval_text(figures[name])}"
        for name, title in names.items()
    ]
    heading = ("alpha", "kappa", "agreement", "on yes")
    lines = [f"{'code':<24}{'n':>5}" + "".join(f"{name:>20}" for name in heading)]
    for code in figures["codes"]:
        lines.append(f"{code['code']:<24}{code['n']:>5}" + _agreement_cells(code))
    disputed = [(pair["one"], pair["other"], pair["n"]) for pair in figures["disputed"]]
    sections = [
        f"{counts}.\n95% intervals from {figures['bootstrap']['n_resamples']} bootstraps over "
        "comments. n: comments to which at least one coder gave the code.",
        "\n".join(overall),
        "\n".join(lines),
        _pairs("Given by one coder, and by another instead", disputed),
    ]
    return "\n\n".join(section for section in sections if section)


def _agreement_cells(code: Mapping[str, Any]) -> str:
    if code["n"] == 0:
        return f"{_UNUSED:>20}"
    if code["is_too_few"]:
        return f"{TOO_FEW:>20}"
    names = ("alpha", "kappa", "agreement", "positive_agreement")
    return "".join(f"{interval_text(code[name]):>20}" for name in names)


def _counts(figures: Mapping[str, Any]) -> str:
    """Return what was measured, what was left out, and what intervals are about."""
    lines = [f"{figures['model']} on {figures['n_comments']} comments."]
    if apart := figures["apart"]:
        kinds = ", ".join(f"{n} {kind}" for kind, n in apart["n_recognised"].items())
        lines.append(
            f"Left out: {apart['n_duplicates']} that repeat another. Nothing to code: "
            f"{apart['n_none']} by label, {apart['n_none_assigned']} by the classifier"
            + (f"; seen by rule: {kinds}." if kinds else ".")
        )
    drawn = figures["bootstrap"]["drawn"]
    lines.append(
        f"95% intervals from {figures['bootstrap']['n_resamples']} bootstraps over "
        f"{figures['n_groups']} {drawn}; near duplicates are drawn together."
    )
    return "\n".join(lines)


def _overall(figures: Mapping[str, Any]) -> str:
    return "\n".join(
        f"{title:<36}{interval_text(figures[name])}"
        + (f" of {figures['n_urgent']}" if name == "urgent_recall" else "")
        for name, title in _HEADLINES.items()
        if figures.get(name) is not None
    )


def _codes(codes: Sequence[Mapping[str, Any]]) -> str:
    lines = [f"{'code':<24}{'n':>5}{'given':>7}{'precision':>20}{'recall':>20}{'F1':>20}"]
    for code in codes:
        names = ("precision", "recall", "f1")
        cells = (
            f"{TOO_FEW:>20}"
            if code["is_too_few"]
            else "".join(f"{interval_text(code[name]):>20}" for name in names)
        )
        lines.append(f"{code['code']:<24}{code['n']:>5}{code['n_assigned']:>7}{cells}")
    return "\n".join(lines)


def _calibration(found: Mapping[str, Any] | None) -> str:
    """Return calibration overall, and of the codes with enough comments."""
    if found is None:
        return ""
    rows = [("every code, every comment", found["all_pairs"]), ("codes told", found["told"])]
    rows += [
        (code["code"], code["reliability"]) for code in found["codes"] if not code["is_too_few"]
    ]
    lines = [f"{'calibration':<28}{'n':>7}{'error':>9}{'by chance':>11}{'Brier':>9}"]
    lines += [
        f"{title:<28}{row['n']:>7}{row['error']:>9.3f}{row['by_chance']:>11.3f}{row['brier']:>9.3f}"
        for title, row in rows
        if row["n"]
    ]
    return "\n".join(lines)


def _pairs(title: str, pairs: Sequence[tuple[str, str, int]]) -> str:
    if not pairs:
        return ""
    shown = [f"  {one:<24}{other:<24}{n:>5}" for one, other, n in pairs[:N_PAIRS]]
    return "\n".join([f"{title} (comments)", *shown])


def _parts(parts: Mapping[str, Mapping[str, Any]]) -> str:
    titles = [_HEADLINES[name] for name in _OF_PARTS]
    lines = [f"{'part':<24}{'n':>5}" + "".join(f"{title:>20}" for title in titles)]
    for value, part in parts.items():
        cells = "".join(f"{interval_text(part[name]):>20}" for name in _OF_PARTS)
        shown = f"{TOO_FEW:>20}" if part["is_too_few"] else cells
        lines.append(f"{value:<24}{part['n_comments']:>5}{shown}")
    return "\n".join(lines)
