"""The model card that is written with every model: data, figures, limits, hashes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from classifiers.metrics import TOO_FEW

if TYPE_CHECKING:
    from classifiers.classifier import CommentClassifier

__all__ = ["model_card"]

_HEADLINES = (
    ("micro_f1", "Micro F1"),
    ("macro_f1", "Macro F1"),
    ("sample_f1", "Sample F1"),
    ("exact_match", "All codes of a comment right"),
    ("fault_f1", "Technical fault or not, F1"),
    ("urgent_recall", "Safeguarding found (recall)"),
    ("urgent_flags", "Others flagged as safeguarding"),
    ("sentiment_accuracy", "Sentiment right"),
    ("review", "Comments with a code for a person to check"),
    ("unassigned", "Comments without an assigned code"),
)

_RELIABILITY = ("error", "by_chance", "brier")

N_PAIRS = 10
"""Confusions shown: the most frequent, enough to see where two codes have no clear border."""


def model_card(classifier: CommentClassifier, held_out: Mapping[str, Any] | None = None) -> str:
    """Return the card as Markdown.

    Parameters
    ----------
    classifier
        The classifier; its provenance holds the out-of-fold figures.
    held_out
        `Evaluation.as_dict` of comments that were never trained on; ``note`` says how they came
        about.
    """
    made = classifier.provenance
    sections = [
        f"# Model card: {classifier.version}",
        "Gives the codes of a codebook, a sentiment and the facets of technical faults to redacted "
        "comments about public digital services. It proposes; a person decides.",
        "## What it is",
        _what_it_is(classifier),
        _table(
            ("", ""),
            [
                (
                    "Codebook",
                    f"{classifier.codebook.name}, SHA-256 `{classifier.codebook.fingerprint}`",
                ),
                ("Rules", f"SHA-256 `{classifier.rules.fingerprint}`"),
                ("Encoder", _encoder(classifier)),
                ("Training comments", f"{made.n_comments}, all different"),
                ("Training data", f"SHA-256 `{made.data_hash}`"),
                ("Date of the data", made.data_date or "not given"),
                ("Seed", str(made.seed)),
            ],
        ),
        "## Figures out of fold",
        "Each training comment was scored by models that had seen neither it nor its near "
        "duplicates; calibration and thresholds came from the other folds. Where the authors of "
        "the rules had read the training comments, as for the shipped model, these figures flatter "
        "the rules: the held-out figures are the ones to quote. In brackets: 95% bootstrap "
        "intervals.",
        *_figures(made.figures),
    ]
    if held_out is not None:
        sections += [
            "## Figures on held-out comments",
            str(held_out.get("note", "Comments that were never trained on.")),
            *_figures(held_out),
        ]
    sections += ["## Limits", _limits(made.figures)]
    return "\n\n".join(sections) + "\n"


def _what_it_is(classifier: CommentClassifier) -> str:
    beside = (
        "the log-odds of an encoder tuned to the codebook"
        if classifier.tuned is not None
        else "likeness of the sentence vector to the codebook's words"
    )
    vectors = "" if classifier.tuned is not None else "the sentence vector, "
    welsh = (
        "In Welsh a rule assigns too, and what is unsure waits for a Welsh speaker."
        if classifier.tuned is not None
        else "In Welsh, rules assign and the model only proposes."
    )
    return (
        f"A logistic regression for each code on {vectors}hashed words and letters and the hits of "
        f"hand-written rules, beside {beside}; calibrated together (Platt) on out-of-fold scores, "
        "with a threshold for each code and a band below it for review. Safeguarding is flagged by "
        f"rules or model. {welsh}"
    )


def _encoder(classifier: CommentClassifier) -> str:
    made = classifier.provenance
    name = f"{made.encoder}, revision `{made.encoder_revision}`"
    return f"tuned, from {name}" if classifier.tuned is not None else name


def _figures(figures: Mapping[str, Any]) -> list[str]:
    headlines = [
        (title, _cell(figures[name])) for name, title in _HEADLINES if figures.get(name) is not None
    ]
    codes = [
        (
            f"`{code['code']}`",
            str(code["n"]),
            *(_cell(code[k]) for k in ("precision", "recall", "f1")),
        )
        for code in figures.get("codes", ())
    ]
    sections = [
        f"{figures.get('n_comments', 0)} comments.",
        _table(("Figure", "Value"), headlines),
        _table(("Code", "Comments", "Precision", "Recall", "F1"), codes),
    ]
    if figures.get("calibration"):
        sections += _calibration(figures["calibration"])
    if figures.get("confused"):
        pairs = [
            (f"`{pair['missed']}`", f"`{pair['given']}`", str(pair["n"]))
            for pair in figures["confused"][:N_PAIRS]
        ]
        sections += [
            "Most frequent confusions, in comments where one code was missed and another wrongly "
            "given:",
            _table(("Missed", "Given", "Comments"), pairs),
        ]
    return sections


def _calibration(found: Mapping[str, Any]) -> list[str]:
    rows = [
        (title, str(found[name]["n"]), *(f"{found[name][k]:.3f}" for k in _RELIABILITY))
        for name, title in (("all_pairs", "Every code of every comment"), ("told", "Codes told"))
        if found[name]["n"]
    ]
    return [
        "Calibration: how far probabilities are from the share that came true (bins of equal "
        "size); the error to expect by chance if every probability were true; the Brier score.",
        _table(("Probabilities", "Number", "Error", "By chance", "Brier"), rows),
    ]


def _limits(figures: Mapping[str, Any]) -> str:
    few = [code["code"] for code in figures.get("codes", ()) if code["n"] < TOO_FEW]
    lines = [
        "- Trained on invented comments about courts and tribunals; other services will differ. "
        "Code some of your own and measure before you rely on it.",
        "- One vector for a whole comment: in long comments a code named in passing is missed.",
        "- Sarcasm and praise of one thing beside blame of another are its commonest errors.",
        "- Welsh is coded by rules alone and other languages hardly at all: what is unsure goes to "
        "review, for somebody who reads the language.",
        "- Safeguarding is a safety net beside, never instead of, people reading comments.",
    ]
    if few:
        lines.append(f"- Fewer than {TOO_FEW} training comments: {', '.join(few)}.")
    return "\n".join(lines)


def _cell(figure: Mapping[str, float | None]) -> str:
    value, low, high = figure["value"], figure["low"], figure["high"]
    if value is None:
        return "–"
    return f"{value:.2f}" if low is None or high is None else f"{value:.2f} ({low:.2f}–{high:.2f})"


def _table(heading: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    lines = [f"| {' | '.join(heading)} |", "|" + "---|" * len(heading)]
    return "\n".join([*lines, *(f"| {' | '.join(row)} |" for row in rows)])
