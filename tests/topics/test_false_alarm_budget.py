"""The false alarms in a week without any change are about as many as were allowed."""

from __future__ import annotations

from collections import Counter

import pytest

from tests.topics.simulation import simulate_counts
from topics.emerging import replay
from topics.lookout import BUDGET_SHARES

N_DAYS = 84
WEEKS_LOOKED_AT = (N_DAYS - 14) / 7
SEEDS = range(900, 904)


@pytest.mark.slow
@pytest.mark.parametrize("budget", [1.0, 4.0])
def test_the_rate_of_false_alarms_is_within_a_factor_two_of_the_budget(budget: float) -> None:
    told: Counter[str] = Counter()
    for seed in SEEDS:
        for new in replay(simulate_counts(seed, n_days=N_DAYS), false_alarms_per_week=budget):
            told.update(new["kind"])
    per_week = {kind: n / (len(SEEDS) * WEEKS_LOOKED_AT) for kind, n in told.items()}
    assert budget / 2 < sum(per_week.values()) < budget * 2
    for kind, share in BUDGET_SHARES.items():
        assert per_week.get(kind.value, 0.0) < 2.5 * share * budget
