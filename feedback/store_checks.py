"""What the store does for people who check whether redaction holds. See `feedback.store`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from typing import TYPE_CHECKING

import sqlalchemy as sa

from feedback import audit_sample, database
from feedback.removal import Removal, remove_words
from feedback.runs import Run
from feedback.schema import AuditVerdict, Entity

__all__ = ["RedactionChecks"]


class RedactionChecks:
    """The part of a store that keeps samples, verdicts, and takes words out."""

    _engine: sa.Engine
    _clock: Callable[[], datetime]

    if TYPE_CHECKING:

        def changing(self, *, stops_arrivals: bool = ...) -> AbstractContextManager[sa.Connection]:
            """Give a transaction; see `Store`."""
            ...

    def add_audit_sample(
        self, run: Run, comment_ids: Sequence[str], *, service: str | None, n_eligible: int
    ) -> int:
        """Keep comments drawn for a person to check, in that order; return how many were new.

        Parameters
        ----------
        service
            What the draw was limited to.
        n_eligible
            How many comments it was drawn from.
        """
        with self.changing() as connection:
            return audit_sample.add_sample(
                connection, run, comment_ids, service=service, n_eligible=n_eligible
            )

    def judge_redaction(
        self,
        comment_id: str,
        verdict: AuditVerdict | None,
        who: str,
        *,
        entity: Entity | None = None,
    ) -> None:
        """Write what a person found in a comment drawn for that; None takes a verdict back.

        Raises
        ------
        StoreError
            The comment was not drawn, or a leak has no kind.
        """
        with self.changing() as connection:
            audit_sample.judge(connection, comment_id, verdict, entity, who, self._clock())

    def remove_words(
        self, comment_id: str, words: Sequence[str], entity: Entity, who: str, *, put_in: str = ""
    ) -> Removal:
        """Replace words that redaction missed, in a comment and in those with the same text.

        They wait to be coded again; vectors of the old text are deleted. The audit log tells that
        it was done, never which words.

        Parameters
        ----------
        put_in
            What stands there from now on; the entity's placeholder without it.

        Raises
        ------
        StoreError
            There is no such comment.
        """
        word = put_in or entity.placeholder
        with self.changing(stops_arrivals=True) as connection:
            removal = remove_words(connection, comment_id, words, entity, word, who, self._clock())
        database.forget(self._engine)
        return removal
