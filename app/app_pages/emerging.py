"""Emerging issues by service and page: what is reported more, or less, than usual."""

from __future__ import annotations

from app import queries, queries_issues, queries_signals
from app.blocks import show_issues, show_signal
from app.evidence import facts_or_stop, heading
from app.filters import bind_all, choose
from app.live import load, settings
from app.print_view import is_printing
from app.queries_signals import FIRST_SIGNALS, MAX_SIGNALS
from app.tell_signals import false_alarms_told
from app.wording import counted, moment

facts = facts_or_stop(load(queries.store_facts))
filters = choose(facts)
newest, n_signals = load(queries_signals.newest_signals, filters)

if n_signals:
    shown = f"The first {MAX_SIGNALS} are shown. " if n_signals > MAX_SIGNALS else ""
    heading(
        f"{counted(n_signals, 'signal')}, strongest evidence first",
        f"{shown}Looked at {moment(newest['as_of'].iloc[0])}. "
        f"{false_alarms_told(settings().false_alarms_per_week)} Signals to watch are weaker.",
    )
else:
    heading(
        "No signal here",
        "Nothing is reported more or less than usual, or nobody has looked yet: feedback run "
        "looks whenever new comments are in.",
    )
n_shown = MAX_SIGNALS
if len(newest) > FIRST_SIGNALS and not is_printing():
    told = f"Show all {len(newest)}, not only the first {FIRST_SIGNALS}"
    n_shown = MAX_SIGNALS if bind_all(told, "signals") else FIRST_SIGNALS
found = load(queries_issues.emerging, filters, n_shown)
for signal in found.signals.itertuples():
    key = signal.signal_id
    show_signal(
        signal,
        found.days[found.days["signal_id"] == key],
        found.behind[found.behind["signal_id"] == key],
    )

show_issues(found.issues, found.n_issues, filters)
