"""The store: redacted comments, their codes, whose turn it is. SQLAlchemy Core; two databases.

Every public method that writes is one transaction: after a crash it has happened whole or not at
all. Every transaction that changes what a reader can see raises ``data_version`` in the same
breath, so a reader that saw the number unchanged has seen nothing new.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Self

import numpy as np
import pandas as pd
import sqlalchemy as sa

from feedback import (
    database,
    decisions,
    merging,
    results,
    schema,
    standing,
    tallies,
    vectors,
    writes,
)
from feedback.claims import Enriched
from feedback.days import day_column
from feedback.runs import Run, new_run
from feedback.schema import Reject
from feedback.scope import open_scoped_engine
from feedback.store_audit import AuditChecks
from feedback.store_checks import RedactionChecks
from feedback.store_claims import Claims
from feedback.store_corrections import Corrections

if TYPE_CHECKING:
    from collections.abc import Iterator

    from feedback.redact.pseudonyms import KnownNumber
    from feedback.settings import Settings

__all__ = ["Enriched", "Store", "utc_now"]

ID_KEY_BYTES = 32

_CHANGES, _ARRIVALS = "data_version", "arrivals"
"""Facts: how often something was changed, and how often comments came in."""

_DERIVED = "derived_2"
"""Fact: what is kept beside the comments (`feedback.standing`) was worked out, as it is now."""


def utc_now() -> datetime:
    """Return the time, in UTC."""
    return datetime.now(UTC)


class Store(RedactionChecks, AuditChecks, Corrections, Claims):
    """Comments and all that is known of them, in one database.

    Open one with `Store.open`; threads may share it. Use it in a ``with`` block, or `close` it.

    Examples
    --------
    >>> with Store.open("sqlite://") as store:
    ...     len(store.id_key()), store.data_version()
    (32, 0)
    """

    def __init__(self, engine: sa.Engine, clock: Callable[[], datetime]) -> None:
        self._engine = engine
        self._clock = clock

    @classmethod
    def open(
        cls, url: str, *, create: bool = True, clock: Callable[[], datetime] = utc_now
    ) -> Self:
        """Open the store at an SQLAlchemy URL, making it or bringing it up to date as needed.

        Parameters
        ----------
        url
            Such as ``sqlite:////home/me/feedback.db``; ``sqlite://`` is a store in memory.
        create
            Make a SQLite file that is not there; otherwise that is an error.
        clock
            Tells the time, in UTC.

        Raises
        ------
        StoreError
            It cannot be opened, or a newer version made it.
        """
        engine = database.open_engine(url, create=create)
        try:
            database.migrate(engine)
            store = cls(engine, clock)
            store._make_facts()
        except BaseException:
            engine.dispose()
            raise
        return store

    def scoped(self, services: Sequence[str]) -> Self:
        """Return a store, for reading, that has only what belongs to these services.

        Its connections see views in the place of the tables (`feedback.scope`), so that no query
        can reach past them. Close it like any store.
        """
        return type(self)(open_scoped_engine(self._engine.url, services), self._clock)

    def close(self) -> None:
        """Give all connections back. A closed store opens again at its next use."""
        self._engine.dispose()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # Facts about the store

    def id_key(self) -> bytes:
        """Return the 32 random bytes that ids are made with: made once, never changed."""
        return bytes.fromhex(self._facts("id_key")[0])

    def data_version(self) -> int:
        """Return a number that is raised by every change a reader can see."""
        return sum(map(int, self._facts(_CHANGES, _ARRIVALS)))

    def _facts(self, *names: str) -> Sequence[str]:
        query = sa.select(schema.meta.c.value).where(schema.meta.c.name.in_(names))
        with database.reading(self._engine) as connection:
            return connection.scalars(query).all()

    def _make_facts(self) -> None:
        """Write the key and the counter once; of several processes the first one's stay."""
        facts = {"id_key": secrets.token_hex(ID_KEY_BYTES), _CHANGES: "0", _ARRIVALS: "0"}
        with database.reading(self._engine) as connection:
            known = writes.known(connection, schema.meta.c.name, [*facts, _DERIVED])
            if known == {*facts, _DERIVED}:
                return
        with database.writing(self._engine) as connection:
            rows = [{"name": name, "value": value} for name, value in facts.items()]
            writes.insert_new(connection, schema.meta, rows)
            if not writes.known(connection, schema.meta.c.name, [_DERIVED]):
                # A store of an earlier version: work out what this one keeps beside comments.
                standing.renew_all(connection)
                results.put_fact(connection, _DERIVED, "1")

    def count_states(self) -> dict[str, int]:
        """Return how many comments are in each state; states without a comment are left out."""
        state = schema.comments.c.state
        with database.reading(self._engine) as connection:
            rows = connection.execute(sa.select(state, sa.func.count()).group_by(state)).all()
        return {row[0]: row[1] for row in rows}

    def check(self) -> str:
        """Return what is wrong with the store's contents, or nothing; reads all of it."""
        with database.reading(self._engine) as connection:
            return database.damage(connection)

    def forget_deleted(self) -> None:
        """Empty SQLite's log of changes, which may hold what was deleted."""
        database.forget(self._engine)

    @contextmanager
    def changing(self, *, stops_arrivals: bool = False) -> Iterator[sa.Connection]:
        """Give a transaction that raises ``data_version`` at its end.

        One at a time: what it reads stays true until it ends, but for comments that come in
        meanwhile. SQLite has one writer anyway; in PostgreSQL the row of a counter is the lock.

        Parameters
        ----------
        stops_arrivals
            Nothing comes in meanwhile either; senders wait for it.
        """
        with database.writing(self._engine) as connection:
            if stops_arrivals:
                _raise_counter(connection, _ARRIVALS)
            is_counter = schema.meta.c.name == _CHANGES
            connection.execute(sa.select(schema.meta.c.name).where(is_counter).with_for_update())
            yield connection
            _raise_counter(connection, _CHANGES)

    @contextmanager
    def quietly_changing(self) -> Iterator[sa.Connection]:
        """Give a transaction that changes nothing a reader can see."""
        with database.writing(self._engine) as connection:
            yield connection

    # Reading

    def read(self, query: sa.Select[Any]) -> pd.DataFrame:
        """Return a query's rows as a frame.

        Texts have the dtype ``str`` and times ``datetime64[us, UTC]``, also without a row; what is
        missing is NaN or NaT there.
        """
        with database.reading(self._engine) as connection:
            rows = connection.execute(query).all()
        return writes.frame_of(rows, list(query.selected_columns))

    def known_ids(self, comment_ids: Sequence[str]) -> set[str]:
        """Return which of the comments are in the store."""
        with database.reading(self._engine) as connection:
            return writes.known(connection, schema.comments.c.comment_id, comment_ids)

    def known_numbers(self, response_ids: Sequence[str]) -> dict[str, list[KnownNumber]]:
        """Return the pseudonyms that responses have so far, by response id."""
        with database.reading(self._engine) as connection:
            return writes.known_numbers(connection, response_ids)

    # Coming in

    def near_candidates(self, service: str, keys: np.ndarray) -> dict[str, str]:
        """Return text by comment id of a service's comments that may be duplicates' originals.

        ``keys`` is an ndarray of shape (n_texts, n_bands), int64; see `feedback.duplicates`.
        """
        with database.reading(self._engine) as connection:
            return writes.near_candidates(connection, service, keys)

    def start_run(
        self,
        kind: str,
        settings: Settings,
        *,
        models: dict[str, Any] | None = None,
        codebook: str | None = None,
    ) -> str:
        """Write the facts of a run that starts now and return its id; see `feedback.runs`."""
        run = new_run(kind, settings, now=self._clock(), models=models, codebook=codebook)
        with self.changing() as connection:
            writes.insert_run(connection, run)
        return run.run_id

    def finish_run(
        self,
        run_id: str,
        *,
        n_in: int,
        n_rejected: int = 0,
        seconds: dict[str, float] | None = None,
    ) -> None:
        """Write how a run ended; one without an end was broken off."""
        with self.changing() as connection:
            writes.end_run(connection, run_id, self._clock(), n_in, n_rejected, seconds)

    def append(
        self,
        run: Run,
        comments: pd.DataFrame,
        responses: pd.DataFrame,
        spans: pd.DataFrame,
        bands: np.ndarray,
        rejects: Sequence[Reject],
        *,
        also: Callable[[sa.Connection], None] | None = None,
    ) -> int:
        """Add the comments that are not there yet and return how many those were.

        One transaction. The run's own row is written with its first rows, so a run that brought
        nothing leaves no trace. Comments that are there already, and their responses, stay as they
        are; of two rows with one id the first is taken.

        Parameters
        ----------
        comments
            Frame with `schema.PREPARED_COMMENT_COLUMNS`; redacted.
        responses
            Frame with `schema.RESPONSE_COLUMNS`; redacted.
        spans
            Frame with the columns of ``spans``; offsets are in the redacted text.
        bands
            ndarray of shape (n_comments, n_bands), int64, aligned to ``comments``; the bands of
            empty comments and of duplicates are not kept.
        also
            Done in the same transaction.
        """
        comments, responses = (
            frame.assign(day=day_column(frame["submitted_at"])) for frame in (comments, responses)
        )
        with database.writing(self._engine) as connection:
            _raise_counter(connection, _ARRIVALS)
            writes.insert_run(connection, run)
            writes.insert_rejects(connection, run.run_id, rejects)
            if also is not None:
                also(connection)
            redactor = run.models.get("redactor")
            n = writes.append(connection, comments, responses, spans, bands, redactor=redactor)
            # Last: whoever changes comments of these days waits for it, and so for little.
            tallies.mark_days(connection, {*comments["day"], *responses["day"]})
            return n

    # Vectors

    def get_vectors(
        self, model: str, revision: str, text_hashes: Sequence[str]
    ) -> dict[str, np.ndarray]:
        """Return the vectors known, by text hash, float32; unknown hashes are left out."""
        with database.reading(self._engine) as connection:
            return vectors.get(connection, model, revision, text_hashes)

    def put_vectors(self, model: str, revision: str, new: dict[str, np.ndarray]) -> None:
        """Keep vectors by text hash; one that is there already stays as it is."""
        with database.writing(self._engine) as connection:
            vectors.put(connection, model, revision, new)

    # What models found

    def write_topics(
        self, model_version: str, topics: pd.DataFrame, assignments: pd.DataFrame
    ) -> None:
        """Replace a model version's topics; ``assignments``: comment_id, topic_id, similarity."""
        with self.changing() as connection:
            results.upsert_topics(connection, model_version, topics, assignments)

    def write_clusters(
        self,
        issues: pd.DataFrame,
        assignments: pd.DataFrame,
        *,
        merged: Mapping[str, str] | None = None,
        facts: Mapping[str, str] | None = None,
        arrangement: int | None = None,
    ) -> None:
        """Add or renew issue clusters; ``assignments``: comment_id, cluster_id, similarity.

        Owner, ticket and the date of the fix are people's, and so is every status but
        ``provisional``, which may become ``new``. The earlier ``first_seen`` stays. ``merged`` are
        clusters that are no more, and those that they are in now; ``facts`` are kept as they are.
        A title that a person gave stays. Nothing is written if clusters have been changed, by a
        person or another worker, since ``arrangement`` was read (`feedback.merging.arrangement`).
        """
        with self.changing() as connection:
            if arrangement is not None:
                if merging.arrangement(connection) != arrangement:
                    return
                merging.mark_arranged(connection)
            results.upsert_issues(connection, issues, assignments)
            merging.merge_issues(connection, merged or {}, self._clock())
            for name, value in (facts or {}).items():
                results.put_fact(connection, name, value)

    def replace_signals(self, as_of: datetime, signals: pd.DataFrame) -> None:
        """Write the signals seen at one moment in place of an earlier look at that moment."""
        with self.changing() as connection:
            results.replace_signals(connection, as_of, signals)

    # What people decided

    def triage(self, cluster_id: str, who: str, **changes: Any) -> None:
        """Write what a person decided about an issue: status, owner, ticket_url, fixed_at.

        Raises
        ------
        StoreError
            There is no such issue, or a change names another column.
        """
        with self.changing() as connection:
            decisions.triage(connection, cluster_id, who, changes, self._clock())

    def audit(
        self, who: str, action: str, object_: str, detail: dict[str, Any] | None = None
    ) -> None:
        """Add a line to the audit log, such as for an export."""
        with self.changing() as connection:
            decisions.write_audit(connection, self._clock(), who, action, object_, detail)


def _raise_counter(connection: sa.Connection, name: str) -> None:
    """Count one more; until the transaction ends, nobody else can."""
    value = schema.meta.c.value
    connection.execute(
        sa.update(schema.meta)
        .where(schema.meta.c.name == name)
        .values(value=sa.cast(sa.cast(value, sa.BigInteger) + 1, sa.Text))
    )
