"""Faults under load: what was accepted is there once, is coded, and the service goes on by itself.

Each fault is done once; ``tests/benchmarks/bench_faults.py`` does each 20 times.
"""

from __future__ import annotations

import pytest

from tests.faults.rounds import FAULTS, do_fault, loaded, missing_for

PER_SECOND = 8.0
SEED = 7
ONCE = [
    ("server killed", "sqlite"),
    ("server stopped", "sqlite"),
    ("worker killed", "postgresql"),
    ("two workers on one batch", "sqlite"),
    ("PostgreSQL killed", "postgresql"),
    ("disk full", "sqlite"),
    ("clock stepped", "postgresql"),
    ("connections cut", "sqlite"),
]
"""Each fault once, on one of the databases: three minutes together."""


@pytest.mark.slow
@pytest.mark.parametrize(("name", "database"), ONCE)
def test_nothing_accepted_is_lost(name: str, database: str) -> None:
    fault = loaded(next(fault for fault in FAULTS if fault.name == name), PER_SECOND)
    if missing := missing_for(fault, database):
        pytest.skip(missing)
    outcome = do_fault(fault, database, 1, seed=SEED)
    found = outcome.reckoning
    assert found.problems == []
    assert (found.n_lost, found.n_doubled, found.n_stored_unasked, found.n_not_coded) == (0,) * 4
    assert found.n_accepted >= found.n_messages - found.n_never_whole
    assert found.n_accepted > 20
    assert outcome.is_sound, outcome.as_dict()
