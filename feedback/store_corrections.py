"""What the store does for people who code comments. See `feedback.store`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from typing import TYPE_CHECKING

import sqlalchemy as sa

from feedback import coding_sample, decisions, safeguarding
from feedback.coding_sample import SampledComment
from feedback.errors import StoreError
from feedback.runs import Run
from feedback.schema import SafeguardingOutcome

__all__ = ["Corrections"]


class Corrections:
    """The part of a store that keeps people's codings, and what was drawn for them to code."""

    _engine: sa.Engine
    _clock: Callable[[], datetime]

    if TYPE_CHECKING:

        def changing(self) -> AbstractContextManager[sa.Connection]:
            """Give a transaction; see `Store`."""
            ...

    def correct(self, comment_id: str, codes: Sequence[str], coder: str) -> bool:
        """Write a person's coding beside the machine's; it replaces that person's earlier one.

        Every code the machine gave and the person did not is written as rejected by the person.
        Returns whether anything changed: the same codes given again change nothing.

        Raises
        ------
        StoreError
            The comment is not in the store, or no code is given (``none`` is one).
        """
        return self.correct_all({comment_id: codes}, coder) == 1

    def correct_all(self, codes: Mapping[str, Sequence[str]], coder: str) -> int:
        """Write a person's codings of several comments as `correct` does, all of them or none.

        Parameters
        ----------
        codes
            Codes by comment id.

        Returns
        -------
        int
            How many codings are new or differ from that person's earlier ones.
        """
        if not all(codes.values()):
            raise StoreError("A correction names at least one code; 'none' says there is none.")
        with self.changing() as connection:
            now = self._clock()
            changed = [
                decisions.correct(connection, comment_id, given, coder, now)
                for comment_id, given in codes.items()
            ]
        return sum(changed)

    def add_coding_sample(
        self,
        run: Run,
        chosen: Sequence[SampledComment],
        *,
        service: str | None,
        with_safeguarding: bool,
        n_eligible: int,
    ) -> None:
        """Keep the comments chosen for a person to code, in the order of the sheet.

        Parameters
        ----------
        service, with_safeguarding
            What the draw was limited to.
        n_eligible
            How many comments the random ones were drawn from.
        """
        with self.changing() as connection:
            coding_sample.add_coding_sample(
                connection,
                run,
                chosen,
                service=service,
                with_safeguarding=with_safeguarding,
                n_eligible=n_eligible,
            )

    def settle_safeguarding(
        self, comment_id: str, outcome: SafeguardingOutcome, who: str, *, note: str | None = None
    ) -> bool:
        """Write what a person did about a comment of the safeguarding queue, which it then leaves.

        Returns whether anything changed: the same outcome and note given again change nothing.
        Another outcome takes the earlier one's place; the audit log keeps both.

        Parameters
        ----------
        note
            Redacted.

        Raises
        ------
        StoreError
            There is no such comment, or it is not in the queue.
        """
        with self.changing() as connection:
            return safeguarding.settle(connection, comment_id, outcome, note, who, self._clock())
