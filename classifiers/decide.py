"""From probabilities and rules to decisions: assigned, for review, or neither.

- A code is assigned where its probability reaches its threshold, and put to review in a band below.
- A rule that speaks for a code puts it to review at least; the model has learnt how far each
  code's rules can be trusted, and takes most of them.
- In Welsh a rule assigns. The encoder knows no Welsh, so what only the model says is for review,
  unless an encoder was tuned on Welsh comments, too.
- An urgent code (safeguarding) is assigned where a rule *or* the model says so, whatever else. A
  rule that the model is all but certain to be wrong puts it to review.
- ``none`` is assigned where nothing else is and there is evidence for it; it stands alone where
  the whole text says nothing ("n/a"). Where nothing at all is assigned, the most probable code goes
  to review: no comment passes unseen.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from classifiers.codebook import Codebook
from feedback.schema import EMPTY_LABEL, CodeDecision, Decision, Language, Origin, Sentiment

__all__ = ["REVIEW_SHARE", "Evidence", "decide", "tone_of_codes", "urgent_threshold"]

REVIEW_SHARE = 0.5
"""The band for review reaches from the threshold down to this share of it."""

URGENT_MAX_FLAGS = 0.02
"""Share of comments without an urgent code that may be flagged: 2 in 100 for a person to read."""

URGENT_RULE_FLOOR = 0.1
"""Probability from which a rule assigns an urgent code. Out of fold no true hit of 103 was below,
and 19 of 40 false ones were, for which the model may flag more (recall .83 for .76)."""

WELSH_RULE_FLOOR = 0.1
"""Probability from which a rule assigns in Welsh where the model knows it: precision .81 at recall
.71 out of fold on 224 comments; any rule .75 at .78."""

URGENT_FLOOR = 0.01
"""Least threshold of an urgent code: below it, chance decides who is flagged."""

_REJECTED, _REVIEW, _ASSIGNED = 0, 1, 2


@dataclass(frozen=True, slots=True)
class Evidence:
    """What is known of some comments.

    ``probabilities`` and ``hits`` are ndarrays of shape (n_texts, n_codes), float64 and bool;
    ``languages`` has one entry a text; ``knows_welsh`` tells whether the model does.
    """

    probabilities: np.ndarray
    hits: np.ndarray
    languages: Sequence[str]
    knows_welsh: bool = False


def decide(
    evidence: Evidence, thresholds: np.ndarray, rule_precision: np.ndarray, codebook: Codebook
) -> list[tuple[CodeDecision, ...]]:
    """Return the codes of each comment, assigned first, then by probability.

    Parameters
    ----------
    evidence
        Probabilities, rule hits and languages.
    thresholds : ndarray of shape (n_codes,) or (n_texts, n_codes)
        Probability from which a code is assigned.
    rule_precision : ndarray of shape (n_codes,)
        Share of a code's rule hits that were right in training: the least probability of a code
        that a rule assigns.
    codebook
        In whose order the columns stand.
    """
    status = _statuses(evidence, np.broadcast_to(thresholds, evidence.hits.shape), codebook)
    by_rule = evidence.hits & (status > _REJECTED)
    shown = np.where(
        by_rule & (status == _ASSIGNED),
        np.maximum(evidence.probabilities, rule_precision),
        evidence.probabilities,
    )
    return [_decisions(*row, codebook.code_ids) for row in zip(status, shown, by_rule, strict=True)]


def _statuses(evidence: Evidence, thresholds: np.ndarray, codebook: Codebook) -> np.ndarray:
    """Return ndarray of shape (n_texts, n_codes): rejected, review or assigned."""
    probabilities, hits = evidence.probabilities, evidence.hits
    is_over = probabilities >= thresholds
    is_welsh = np.array([language == Language.WELSH for language in evidence.languages], dtype=bool)
    urgent = np.isin(codebook.code_ids, codebook.urgent_ids)
    in_welsh = hits
    if evidence.knows_welsh:
        in_welsh = is_over | (hits & (probabilities >= WELSH_RULE_FLOOR))
    assigned = np.where(is_welsh[:, None], in_welsh, is_over)
    by_rule = hits & (probabilities >= URGENT_RULE_FLOOR)
    assigned[:, urgent] = (by_rule | is_over)[:, urgent]
    review = hits | ((probabilities >= REVIEW_SHARE * thresholds) & ~urgent)
    if EMPTY_LABEL in codebook.code_ids:
        none = codebook.code_ids.index(EMPTY_LABEL)
        is_empty = hits[:, none] & ~assigned[:, urgent].any(axis=1)
        assigned[is_empty] = False
        review[is_empty] &= urgent  # a rule speaks for these
        others = np.delete(assigned, none, axis=1).any(axis=1)
        assigned[:, none] = ~others & (hits | is_over)[:, none]
        review[:, none] &= ~others
    status = np.where(assigned, _ASSIGNED, np.where(review, _REVIEW, _REJECTED))
    silent = np.flatnonzero(~assigned.any(axis=1))
    best = probabilities[silent].argmax(axis=1)
    status[silent, best] = np.maximum(status[silent, best], _REVIEW)
    return status


def _decisions(
    status: np.ndarray, shown: np.ndarray, by_rule: np.ndarray, code_ids: Sequence[str]
) -> tuple[CodeDecision, ...]:
    columns = np.flatnonzero(status)
    order = columns[np.lexsort((columns, -shown[columns], -status[columns]))]
    return tuple(
        CodeDecision(
            code_ids[column],
            float(shown[column]),
            Decision.ASSIGNED if status[column] == _ASSIGNED else Decision.REVIEW,
            Origin.RULE if by_rule[column] else Origin.MODEL,
        )
        for column in order.tolist()
    )


def urgent_threshold(truth: np.ndarray, probabilities: np.ndarray, hits: np.ndarray) -> float:
    """Return the lowest threshold that, with the rules, flags few of the comments without the code.

    Parameters
    ----------
    truth, hits : ndarray of shape (n_texts,), bool
        Whether the code applies, and whether a rule says so.
    probabilities : ndarray of shape (n_texts,)
        Out of fold.

    Examples
    --------
    Two in a hundred may be flagged:

    >>> nowhere = np.zeros(100, bool)
    >>> threshold = urgent_threshold(nowhere, np.arange(100) / 100, nowhere)
    >>> int((np.arange(100) / 100 >= threshold).sum())
    2
    """
    hits = hits & (probabilities >= URGENT_RULE_FLOOR)
    rest = np.sort(probabilities[~truth & ~hits])[::-1]
    allowed = max(0, int(URGENT_MAX_FLAGS * (~truth).sum()) - int((hits & ~truth).sum()))
    if allowed >= len(rest):
        return URGENT_FLOOR
    return max(URGENT_FLOOR, float(np.nextafter(rest[allowed], 1)))


def tone_of_codes(codes: Sequence[CodeDecision], codebook: Codebook) -> Sentiment | None:
    """Return the tone of the assigned codes, or None where none is assigned.

    Used for Welsh, whose words say little to the encoder.
    """
    tones = {codebook[code.code].tone for code in codes if code.decision == Decision.ASSIGNED}
    if not tones:
        return None
    if {Sentiment.POSITIVE, Sentiment.NEGATIVE} <= tones:
        return Sentiment.MIXED
    for tone in (Sentiment.POSITIVE, Sentiment.NEGATIVE):
        if tone in tones:
            return tone
    return Sentiment.NEUTRAL
