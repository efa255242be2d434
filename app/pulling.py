"""Ask sources for feedback: once, or again and again on each one's schedule."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import cached_property
from typing import TYPE_CHECKING, Any

from app.wording import counted
from feedback.errors import StoreError
from feedback.pull_schedule import Schedule
from feedback.pull_sources import PullSource
from feedback.pull_turn import Turn, take_turn
from feedback.schema import PullOutcome
from feedback.store import utc_now

if TYPE_CHECKING:
    from feedback.protocols import LanguageIdentifier, Redactor
    from feedback.reference import Reference
    from feedback.settings import Settings
    from feedback.store import Store

__all__ = ["WiredParts", "as_plain", "follow_sources", "pull_once", "turn_text"]


class WiredParts:
    """What makes raw rows fit to be stored, loaded when it is first needed and kept."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    @cached_property
    def redactor(self) -> Redactor:
        """Takes personal data out."""
        from app.wiring import make_redactor

        return make_redactor(self._settings)

    @cached_property
    def language(self) -> LanguageIdentifier:
        """Names languages."""
        from app.wiring import make_language_identifier

        return make_language_identifier()

    @cached_property
    def reference(self) -> Reference:
        """Knows services and pages."""
        from app.wiring import make_reference

        return make_reference()


def pull_once(
    settings: Settings,
    store: Store,
    names: Sequence[str],
    *,
    progress: Callable[[int], None] | None = None,
) -> list[Turn]:
    """Ask the named sources, or all that are not paused, and return what came of each.

    Raises
    ------
    SettingsError
        A name is none of a source, or of one that is paused.
    """
    from app.pull_setup import chosen_sources

    parts = WiredParts(settings)
    with _stop_signal() as stop:
        return [
            _turn(settings, store, one, parts, stop, progress)
            for one in chosen_sources(store, names)
            if not stop.is_set()
        ]


def follow_sources(
    settings: Settings, store: Store, names: Sequence[str], report: Callable[[str], None]
) -> None:
    """Ask each source when it is due, until told to stop (Ctrl+C or SIGTERM).

    Sources that people add, pause, resume or remove meanwhile are followed or let be. What is being
    written when the signal comes is written, and nothing after it.
    """
    from app.pull_setup import chosen_sources

    chosen_sources(store, names)  # a name that there is not is told at once
    parts, schedule = WiredParts(settings), Schedule()
    report("Following the sources: each is asked when it is due. Stop with Ctrl+C.")
    is_away = False
    with _stop_signal() as stop:
        while not stop.is_set():
            try:
                due = schedule.due(chosen_sources(store, names, is_strict=False), utc_now())
                for one in due:
                    if stop.is_set():
                        break
                    turn = _turn(settings, store, one, parts, stop)
                    if told := turn_text(turn, is_brief=True):
                        report(told)
                is_away = False
            except StoreError as error:
                if not is_away:  # once, not at every look
                    report(f"{error} It is tried again.")
                is_away = True
            stop.wait(settings.poll_seconds)


def _turn(
    settings: Settings,
    store: Store,
    source: PullSource,
    parts: WiredParts,
    stop: threading.Event,
    progress: Callable[[int], None] | None = None,
) -> Turn:
    return take_turn(
        store,
        source,
        parts,
        settings,
        clock=utc_now,
        wait=stop.wait,
        is_stopped=stop.is_set,
        progress=progress,
    )


@contextmanager
def _stop_signal() -> Iterator[threading.Event]:
    """Give an event that is set by Ctrl+C and by SIGTERM, in place of dying at once."""
    stop = threading.Event()
    if threading.current_thread() is not threading.main_thread():
        yield stop  # signals go to the main thread alone
        return
    kinds = (signal.SIGINT, signal.SIGTERM)
    before = {kind: signal.signal(kind, lambda *_: stop.set()) for kind in kinds}
    try:
        yield stop
    finally:
        for kind, handler in before.items():
            signal.signal(kind, handler)


def as_plain(turn: Turn) -> dict[str, Any]:
    """Return what came of a turn as plain values for JSON."""
    tally = turn.tally
    return {
        "source": turn.name,
        "outcome": turn.outcome.value if turn.outcome else "left",
        "problem": turn.problem,
        "n_files": tally.n_files,
        "n_rows": tally.n_rows,
        "n_new": tally.n_new,
        "n_known": tally.n_known,
        "n_rejected": tally.n_rejected,
        "failed": [{"file": name, "error": why} for name, why in tally.failures.items()],
    }


def turn_text(turn: Turn, *, is_brief: bool = False) -> str:
    """Return what came of a turn as a sentence; in brief, nothing where nothing happened."""
    tally = turn.tally
    if turn.outcome is None:
        return "" if is_brief else f"{turn.name}: left alone. {turn.problem}"
    is_quiet = not tally.n_new and not tally.n_rejected and turn.outcome is PullOutcome.DONE
    if is_brief and is_quiet:
        return ""
    files = f"{counted(tally.n_files, 'file')}, " if tally.n_files else ""
    told = (
        f"{turn.name}: {files}{counted(tally.n_rows, 'row')}; {counted(tally.n_new, 'comment')} "
        f"went in, {tally.n_known:,} were there already, {tally.n_rejected:,} rows rejected."
    )
    return f"{told} {turn.problem}" if turn.problem else told
