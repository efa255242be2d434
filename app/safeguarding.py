"""The queue of safeguarding: who looked, what they saw, what they did, at the command line."""

from __future__ import annotations

import math
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from app.wording import ago, counted, moment, percent
from feedback.errors import SettingsError
from feedback.schema import SafeguardingOutcome

if TYPE_CHECKING:
    from app.queries_safeguarding import SafeguardingCounts
    from feedback.settings import Settings
    from feedback.store import Store

__all__ = [
    "LISTED",
    "done_text",
    "list_queue",
    "note_done",
    "queue_text",
    "redacted_note",
    "safeguarding_line",
    "waiting_told",
]

LISTED = "safeguarding list"
"""Action in the audit log: a person was shown comments of the queue."""

MAX_NAME = 120
MAX_NOTE_CHARACTERS = 1_000
LIST = "feedback safeguarding list --reader NAME"
DONE = "feedback safeguarding done ID --reader NAME --outcome"


def list_queue(store: Store, service: str | None, n: int, reader: str) -> dict[str, Any]:
    """Return up to ``n`` comments that wait, and write down who was shown which.

    The line in the audit log is written first: nobody is shown a text of which the log knows
    nothing. It holds ids, never text.
    """
    from app.queries_safeguarding import count_safeguarding, safeguarding_queue
    from feedback.safeguarding_record import note_looks

    who = _name(reader)
    found = safeguarding_queue(store, service, n)
    counts = count_safeguarding(store, service)
    ids = list(found["comment_id"])
    detail = {"n": len(ids), "n_waiting": counts.n_waiting, "service": service, "ids": ids}
    store.audit(who, LISTED, counted(len(ids), "comment"), detail)
    with store.changing() as connection:
        note_looks(connection, ids, who, datetime.now(UTC))
    states = store.count_states()
    return {
        "reader": who,
        "service": service,
        **counts.as_dict(),
        "n_shown": len(ids),
        "n_to_code": states.get("received", 0),
        "n_failed": states.get("failed", 0),
        "comments": [_shown(row) for row in found.to_dict("records")],
    }


def _shown(row: dict[Any, Any]) -> dict[str, Any]:
    probability = row["probability"]
    is_known = probability is not None and not math.isnan(probability)
    return {
        "id": row["comment_id"],
        "service": row["service"],
        "page": row["page"],
        "language": row["language"],
        "submitted_at": row["submitted_at"].isoformat(),
        "decision": "assigned" if row["is_assigned"] else "review",
        "probability": float(probability) if is_known else None,
        "text": row["text"],
    }


def note_done(
    settings: Settings,
    store: Store,
    comment_id: str,
    *,
    reader: str,
    outcome: str,
    note: str | None = None,
) -> dict[str, Any]:
    """Write down what a person did about a comment, which leaves the queue by it.

    Raises
    ------
    SettingsError
        There is no such outcome, or the name or the note is too long.
    StoreError
        The comment is not in the store, or not in the queue.
    """
    from app.queries_safeguarding import count_safeguarding

    who = _name(reader)
    if outcome not in set(SafeguardingOutcome):
        raise SettingsError(f"--outcome is none of the choices: {', '.join(SafeguardingOutcome)}.")
    is_new = store.settle_safeguarding(
        comment_id, SafeguardingOutcome(outcome), who, note=redacted_note(settings, note)
    )
    return {
        "id": comment_id,
        "outcome": outcome,
        "is_new": is_new,
        **count_safeguarding(store).as_dict(),
    }


def _name(reader: str) -> str:
    name = " ".join(reader.split())
    if not 0 < len(name) <= MAX_NAME:
        raise SettingsError(
            f"--reader is who reads, a name of at most {MAX_NAME} letters, such as --reader ann."
        )
    return name


def redacted_note(settings: Settings, note: str | None) -> str | None:
    """Return a note as a comment is stored: cleaned, without personal data."""
    from app.redaction import redacted_words

    if note is None or not note.strip():
        return None
    if len(note) > MAX_NOTE_CHARACTERS:
        raise SettingsError(f"--note has {len(note):,} letters; {MAX_NOTE_CHARACTERS:,} are kept.")
    return redacted_words(settings, note) or None


def safeguarding_line(counts: SafeguardingCounts) -> str:
    """Return how many comments wait, without a word of them, and the command that lists them."""
    told = waiting_told(counts)
    return told if counts.oldest_at is None else f"{told}. {LIST}"


def waiting_told(counts: SafeguardingCounts) -> str:
    """Return how many comments wait, without a word of them.

    Such as "2 comments may be about safeguarding and wait for a person trained to read them, 1 of
    them for review; the oldest for 3 hours".
    """
    if counts.oldest_at is None:
        return "no comment waits"
    waited, n = ago(counts.oldest_at).removesuffix(" ago"), counts.n_waiting
    if n == 1:
        review = ", for review" if counts.n_review else ""
        told = f"waits for a person trained to read it{review}; for {waited}"
    else:
        review = f", {counts.n_review:,} of them for review" if counts.n_review else ""
        told = f"wait for a person trained to read them{review}; the oldest for {waited}"
    return f"{counted(n, 'comment')} may be about safeguarding and {told}"


def queue_text(outcome: dict[str, Any]) -> str:
    """Return what waits, for a person."""
    from app.queries_safeguarding import SafeguardingCounts

    oldest = outcome["oldest_at"]
    counts = SafeguardingCounts(
        outcome["n_waiting"],
        outcome["n_review"],
        datetime.fromisoformat(oldest) if oldest else None,
    )
    where = f" of '{outcome['service']}'" if outcome["service"] else ""
    line = waiting_told(counts)
    told = [f"{line[:1].upper()}{line[1:]}{where}."]
    if outcome["n_shown"] < outcome["n_waiting"]:
        told[0] += f" The first {outcome['n_shown']:,} of {outcome['n_waiting']:,}; more with --n."
    told += [_comment_text(one) for one in outcome["comments"]]
    unseen = [
        f"{counted(outcome[name], 'comment')} {why}"
        for name, why in (("n_to_code", "still to code"), ("n_failed", "that could not be coded"))
        if outcome[name]
    ]
    if unseen:
        told.append(f"Nobody knows yet what is in {' and '.join(unseen)}. See: feedback doctor")
    if outcome["comments"]:
        told.append(f"Say what was done: {DONE} {'|'.join(SafeguardingOutcome)}")
    return "\n\n".join(told)


def _comment_text(one: dict[str, Any]) -> str:
    sure = {"assigned": "safeguarding", "review": "perhaps safeguarding"}[one["decision"]]
    by = "coded by a person" if one["probability"] is None else percent(one["probability"])
    sent = datetime.fromisoformat(one["submitted_at"])
    place = f"{one['service']} {one['page'] or ''}".rstrip()
    body = "\n".join(f"    {line}" for line in one["text"].splitlines())
    return f"{one['id']}  {sure}, {by}\n{place}, sent {moment(sent)}, {ago(sent)}\n{body}"


def done_text(outcome: dict[str, Any]) -> str:
    """Return what was written down, for a person."""
    written = "Written down" if outcome["is_new"] else "Written down before"
    n = counted(outcome["n_waiting"], "comment")
    waits = "waits" if outcome["n_waiting"] == 1 else "wait"
    return f"{written}: {outcome['outcome']}. {n} {waits} still."
