"""Draw the comments that need a Welsh speaker onto a sheet. It is no sample: chance has no part."""

from __future__ import annotations

import getpass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from app.correcting import Drawn, DrawRequest, keep_drawn
from app.wording import counted
from feedback.coding_sample import SampledComment
from feedback.errors import SettingsError, StoreError
from feedback.schema import SampleKind

if TYPE_CHECKING:
    from feedback.settings import Settings
    from feedback.store import Store

__all__ = ["draw_welsh", "draw_welsh_text"]


def draw_welsh(settings: Settings, store: Store, out: Path, request: DrawRequest) -> dict[str, Any]:
    """Write a sheet of those that have waited longest for a Welsh speaker, and keep that it was.

    They are from the queue of `app.queries_welsh.needs_welsh_speaker` and nowhere else, and stand
    for no other comment, so live figures leave this draw out. No classifier is asked.

    Raises
    ------
    StoreError
        Nothing needs a Welsh speaker.
    SettingsError
        The sheet cannot be written, or more was asked for than this queue can give.
    """
    from app.codebook_at_hand import codebook_at_hand
    from app.queries_coding import n_draws
    from app.queries_welsh import count_welsh, welsh_queue

    _refuse_what_cannot_be(request)
    counts = count_welsh(store, request.service)
    ids = welsh_queue(store, request.service, request.n)
    if not ids:
        raise StoreError(_nothing_waits(request.service, counts.n_safeguarding))
    number = n_draws(store) + 1
    facts = {
        "draw": number,
        "kind": SampleKind.WELSH.value,
        "service": request.service or "all",
        "with_safeguarding": False,
    }
    sheet = [SampledComment(key, SampleKind.WELSH, None, is_flagged=False) for key in ids]
    drawn = Drawn(sheet, [], counts.n_waiting, 0.0)
    codebook = codebook_at_hand(settings).codebook.name
    run_id = keep_drawn(settings, store, out, request, drawn, codebook, facts)
    detail = {"run_id": run_id, "n": len(ids), **facts}
    store.audit(getpass.getuser(), "draw for coding", f"sample {number}", detail)
    n_fresh = counts.n_waiting - counts.n_on_sheet
    return {
        "run_id": run_id,
        "sheet": str(out),
        "n_asked": request.n,
        "n_drawn": len(ids),
        "n_drawn_again": max(0, len(ids) - n_fresh),
        "n_waiting": counts.n_waiting,
        "n_safeguarding": counts.n_safeguarding,
        **facts,
    }


def _refuse_what_cannot_be(request: DrawRequest) -> None:
    if request.with_safeguarding:
        raise SettingsError(
            "--welsh and --with-safeguarding exclude each other: what may be about safeguarding is "
            "in no queue but its own. Draw it with: feedback code-next --with-safeguarding"
        )
    if request.seed is not None:
        raise SettingsError(
            "--seed has no meaning with --welsh: nothing is drawn by chance, those that have "
            "waited longest come first. Leave --seed out."
        )


def _nothing_waits(service: str | None, n_safeguarding: int) -> str:
    where = f" of '{service}'" if service else ""
    left_out = (
        f" {n_safeguarding:,} in Welsh may be about safeguarding; they are for people trained to "
        "read them: feedback code-next --with-safeguarding"
        if n_safeguarding
        else ""
    )
    return (
        f"No comment{where} needs a Welsh speaker: none in Welsh has unsure codes, or people have "
        f"coded them, or the machine has not yet. Code what waits with: feedback run.{left_out}"
    )


def draw_welsh_text(outcome: dict[str, Any]) -> str:
    """Return what was drawn, for a person."""
    again = (
        f" {outcome['n_drawn_again']:,} of them are on an earlier sheet that has not come back."
        if outcome["n_drawn_again"]
        else ""
    )
    left_out = (
        f" {outcome['n_safeguarding']:,} more in Welsh may be about safeguarding and "
        f"{'is' if outcome['n_safeguarding'] == 1 else 'are'} left out."
        if outcome["n_safeguarding"]
        else ""
    )
    n_waiting = counted(outcome["n_waiting"], "comment")
    return (
        f"{counted(outcome['n_drawn'], 'comment')} to code in {outcome['sheet']}, the oldest of "
        f"{n_waiting} that {'needs' if outcome['n_waiting'] == 1 else 'need'} a Welsh speaker "
        f"(draw {outcome['draw']}; in no live figure).{again}{left_out}\n"
        f"Write codes in the column 'codes', separated by ';', then: "
        f"feedback correct {outcome['sheet']} --coder NAME"
    )
