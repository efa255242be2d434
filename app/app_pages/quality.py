"""Quality: how far the codes, the redaction and the data themselves can be trusted."""

from __future__ import annotations

from app import quality_view, queries, queries_quality, tell_quality
from app.evidence import facts_or_stop, heading
from app.filters import choose
from app.live import load, settings

facts = facts_or_stop(load(queries.store_facts))
filters = choose(facts, has_page=False)
found = load(queries_quality.live_quality, filters.service, settings().seed)

heading(tell_quality.model_answer(found))
quality_view.show_drift(load(queries_quality.incoming, filters.last_day, filters.service))
quality_view.show_codes(found)
quality_view.show_calibration(found, filters.service)
quality_view.show_leak_bound(filters.service)
quality_view.show_missing(filters)
quality_view.show_rejects(filters)
quality_view.show_processing(filters.service)
