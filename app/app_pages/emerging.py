"""Emerging issues by service and page: what is reported more, or less, than usual."""

from __future__ import annotations

from app import queries, queries_issues
from app.blocks import show_issues, show_signal
from app.evidence import facts_or_stop, heading
from app.filters import choose
from app.live import load, settings
from app.queries_issues import MAX_SIGNALS
from app.tell_signals import false_alarms_told
from app.wording import counted, moment

facts = facts_or_stop(load(queries.store_facts))
filters = choose(facts)
found = load(queries_issues.emerging, filters)

if found.as_of is not None:
    shown = f"The first {MAX_SIGNALS} are shown. " if found.n_signals > MAX_SIGNALS else ""
    heading(
        f"{counted(found.n_signals, 'signal')}, strongest evidence first",
        f"{shown}Looked at {moment(found.as_of)}. "
        f"{false_alarms_told(settings().false_alarms_per_week)} Signals to watch are weaker.",
    )
else:
    heading(
        "No signal here",
        "Nothing is reported more or less than usual, or nobody has looked yet: feedback run "
        "looks whenever new comments are in.",
    )
for signal in found.signals.itertuples():
    key = signal.signal_id
    show_signal(
        signal,
        found.days[found.days["signal_id"] == key],
        found.behind[found.behind["signal_id"] == key],
    )

show_issues(found.issues, found.n_issues, filters)
