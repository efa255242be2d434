"""What people do about rounds of coding and proposed codes: open, reconcile, close, decide."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from app.access import acting, current_viewer
from app.live import load, settings
from app.notices import tell_notice
from app.queries_rounds import CodingRound, rounds
from app.wording import counted
from feedback import coding_rounds, proposed_codes
from feedback.coding_rounds import NewRound
from feedback.errors import CodebookError, FeedbackError, StoreError
from feedback.schema import CodeProposal, Role, SampleKind

if TYPE_CHECKING:
    from classifiers.codebook import Codebook
    from feedback.settings import Settings
    from feedback.store import Store

__all__ = [
    "MAX_COMMENTS",
    "accept_agreed",
    "checked_proposal",
    "close",
    "decide_on",
    "draw_round",
    "open_new",
    "propose",
    "settle",
]

MAX_COMMENTS = 500
"""Comments of a round: more than a person codes in a week."""

MAX_NAME = 120
MAX_DEFINITION = 1_000


def draw_round(
    settings: Settings,
    store: Store,
    *,
    name: str,
    service: str | None,
    coders: Sequence[str],
    n: int,
    codebook: str,
    who: str,
) -> tuple[str, int]:
    """Draw comments at random, open a round on them, and return its id and how many they are.

    They are drawn as for `feedback code-next`, so that what is reconciled counts in the live
    figures. Comments that a person has coded before are drawn, too, and not coded again.

    Raises
    ------
    StoreError
        Nothing is left to draw, or the coders cannot be those of a round.
    """
    import numpy as np

    from app.queries_coding import drawable, n_draws
    from classifiers.sample import draw_at_random
    from feedback.coding_sample import SampledComment
    from feedback.runs import new_run

    number = n_draws(store) + 1
    eligible = drawable(store, service, with_safeguarding=False)
    generator = np.random.default_rng([settings.seed, number])
    drawn = eligible.iloc[draw_at_random(len(eligible), n, generator)]
    share = len(drawn) / max(len(eligible), 1)
    sample = [
        SampledComment(str(row.comment_id), SampleKind.RANDOM, share, bool(row.is_flagged))
        for row in drawn.itertuples()
    ]
    to_code = tuple(str(one) for one in drawn.loc[~drawn["is_coded"], "comment_id"])
    if not to_code:
        raise StoreError(
            "No comment is left to draw here: all were coded or drawn before, or none is coded by "
            "the machine yet."
        )
    facts = {"draw": number, "seed": settings.seed, "service": service or "all"}
    run = new_run("coding-round", settings, now=datetime.now(UTC), models=facts, codebook=codebook)
    new = NewRound(name, service, tuple(coders), codebook, to_code)
    with store.changing() as connection:
        round_id = coding_rounds.open_round(
            connection, new, run, sample, who, n_eligible=len(eligible)
        )
    return round_id, len(to_code)


def open_new(
    name: str, service: str | None, coders: Sequence[str], n: int, codebook: Codebook
) -> str | None:
    """Open a round for who looks, and return its id; None where that could not be."""
    told = " ".join(name.split())
    names = list(dict.fromkeys(" ".join(one.split()) for one in coders if one.strip()))
    try:
        if not 0 < len(told) <= MAX_NAME:
            raise StoreError(f"Give the round a name of at most {MAX_NAME} letters.")
        if any(len(one) > MAX_NAME for one in names):
            raise StoreError(f"A coder's name has at most {MAX_NAME} letters.")
        store, who = acting(Role.RESEARCHER, service)
        round_id, n_to_code = draw_round(
            settings(),
            store,
            name=told,
            service=service,
            coders=names,
            n=n,
            codebook=codebook.name,
            who=who,
        )
    except FeedbackError as error:
        tell_notice(f"No round was opened: {error}")
        return None
    tell_notice(f"Opened: {counted(n_to_code, 'comment')} to code by {' and '.join(names)}.")
    return round_id


def _in_round(round_id: str, do: Callable[[Store, str, datetime], str], failed: str) -> bool:
    """Do something about a round whose service the viewer sees, and say what became of it."""
    found = next((one for one in load(rounds) if one.round_id == round_id), None)
    try:
        if found is None:
            raise StoreError("There is no such round of coding for you.")
        store, who = acting(Role.RESEARCHER, found.service)
        told = do(store, who, datetime.now(UTC))
    except FeedbackError as error:
        tell_notice(f"{failed}: {error}")
        return False
    tell_notice(told)
    return True


def settle(
    found: CodingRound, comment_id: str, codes: Sequence[str], seen_at: datetime | None
) -> bool:
    """Write what counts for a comment of a round; return whether it was written."""

    def do(store: Store, who: str, now: datetime) -> str:
        with store.changing() as connection:
            coding_rounds.reconcile(
                connection, found.round_id, comment_id, codes, who, now, seen_at=seen_at
            )
        return "Reconciled."

    return _in_round(found.round_id, do, "Not reconciled")


def accept_agreed(round_id: str) -> None:
    """Reconcile every comment on which all coders agree."""

    def do(store: Store, who: str, now: datetime) -> str:
        with store.changing() as connection:
            n = coding_rounds.accept_agreed(connection, round_id, who, now)
        return f"Accepted: {counted(n, 'comment')} to which all gave the same codes."

    _in_round(round_id, do, "Not accepted")


def close(round_id: str) -> None:
    """Close a round."""

    def do(store: Store, who: str, now: datetime) -> str:
        with store.changing() as connection:
            coding_rounds.close_round(connection, round_id, who, now)
        return "The round is closed. Its codes count in the live figures from now on."

    _in_round(round_id, do, "Not closed")


def checked_proposal(codebook: Codebook, code: str, label: str, definition: str) -> None:
    """Refuse a code that the codebook could not take.

    Raises
    ------
    CodebookError
        With a line for each problem, as `feedback codebook check` tells them.
    """
    import tomllib

    from classifiers.codebook import codebook_from_mapping
    from classifiers.codebook_toml import to_toml

    content = tomllib.loads(to_toml(codebook))
    if code in codebook:
        raise CodebookError("The codebook has a code with this id. Choose another id.")
    labels = {one.label.casefold() for one in codebook.codes}
    if label.casefold() in labels:
        raise CodebookError("The codebook has a code with this name. Use it, or choose another.")
    entry = {"id": code, "label": label, "definition": definition}
    codebook_from_mapping({**content, "codes": [*content["codes"], entry]})


def propose(codebook: Codebook, code: str, label: str, definition: str) -> bool:
    """Write a proposed code, without personal data; return whether it was written."""
    from app.redaction import redacted_words

    try:
        seen = current_viewer().services  # proposals belong to no service; any researcher may
        store, who = acting(Role.RESEARCHER, seen[0] if seen else None)
        if len(definition) > MAX_DEFINITION:
            raise StoreError(f"A definition has at most {MAX_DEFINITION:,} letters.")
        id_ = code.strip().casefold()
        name = " ".join(redacted_words(settings(), label).split())
        meaning = redacted_words(settings(), definition)
        checked_proposal(codebook, id_, name, meaning)
        if len(name) > MAX_NAME:
            raise StoreError(f"A name has at most {MAX_NAME} letters.")
        with store.changing() as connection:
            proposed_codes.propose_code(connection, id_, name, meaning, who, datetime.now(UTC))
    except FeedbackError as error:
        tell_notice(f"Not proposed: {error}")
        return False
    tell_notice("Proposed: the code can be given now, and is decided on later.")
    return True


def decide_on(code: str, status: CodeProposal, seen: CodeProposal) -> None:
    """Write what becomes of a proposed code."""
    try:
        store, who = acting(Role.RESEARCHER, None)
        with store.changing() as connection:
            proposed_codes.decide_proposal(
                connection, code, status, who, datetime.now(UTC), seen=seen
            )
    except FeedbackError as error:
        tell_notice(f"Not changed: {error}")
        return
    tell_notice(f"The proposed code is {status.value} now.")
