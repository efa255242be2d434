"""Figures of a server that takes feedback, as OpenMetrics: numbers and our own names, no text."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from prometheus_client import CollectorRegistry, Counter, Histogram
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.openmetrics.exposition import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.registry import Collector

if TYPE_CHECKING:
    from prometheus_client.core import Metric

    from feedback.receive import Receiver, Stored
    from feedback.store import Store

__all__ = ["CONTENT_TYPE", "Metrics"]

CONTENT_TYPE = CONTENT_TYPE_LATEST
SECONDS = (0.01, 0.025, 0.05, 0.1, 0.2, 0.3, 0.5, 1.0, 2.0, 5.0)


class Metrics:
    """Counts what happens; one for each server."""

    def __init__(self, store: Store) -> None:
        self.registry = CollectorRegistry()
        named = {"registry": self.registry, "namespace": "feedback"}
        self.answers = Counter(
            "answers", "Requests to post feedback, by status.", ["status"], **named
        )
        self.seconds = Histogram(
            "answer_seconds", "Time to answer a request.", buckets=SECONDS, **named
        )
        self.comments = Counter("comments", "Comments that were stored.", **named)
        self.together = Histogram(
            "messages_together", "Messages in one transaction.", buckets=(1, 2, 4, 8, 16, 32, 64),
            **named,
        )  # fmt: skip
        self.redacted = Counter(
            "redacted", "Personal data that was replaced, by kind.", ["entity"], **named
        )
        self.registry.register(_Queue(store))

    def watch(self, receiver: Receiver) -> None:
        """Tell how many messages wait for a receiver, too."""
        self.registry.register(_Waiting(receiver))

    def stored(self, what: Stored) -> None:
        """Count what one transaction brought."""
        self.comments.inc(what.n_comments)
        self.together.observe(what.n_messages)
        for entity, n in what.entities.items():
            self.redacted.labels(entity).inc(n)

    def answered(self, status: int, seconds: float | None = None) -> None:
        """Count an answer to a sender."""
        self.answers.labels(str(status)).inc()
        if seconds is not None:
            self.seconds.observe(seconds)

    def text(self) -> bytes:
        """Return all figures as OpenMetrics."""
        told: bytes = generate_latest(self.registry)  # type: ignore[no-untyped-call]
        return told


class _Queue(Collector):
    """The comments that wait for a worker, asked for when the figures are."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def collect(self) -> Iterator[Metric]:
        """Yield how many comments wait, how many failed, and how old the oldest is."""
        queue = self._store.queue()
        told = {
            "comments_waiting": ("Comments that wait to be coded.", queue.n_waiting),
            "comments_failed": ("Comments that were set aside.", queue.n_failed),
            "queue_age_seconds": ("Age of the oldest that waits.", queue.age_seconds),
        }
        for name, (help_text, value) in told.items():
            yield GaugeMetricFamily(f"feedback_{name}", help_text, value=value)

    def describe(self) -> Iterator[Metric]:
        """Yield nothing: the store is not asked before there is a request."""
        return iter(())


class _Waiting(Collector):
    def __init__(self, receiver: Receiver) -> None:
        self._receiver = receiver

    def collect(self) -> Iterator[Metric]:
        """Yield how many messages wait."""
        yield GaugeMetricFamily(
            "feedback_messages_waiting", "Messages that wait.", value=self._receiver.n_waiting
        )
