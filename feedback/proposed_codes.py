"""Codes that a coder missed in the codebook: proposed while coding, decided on later.

A proposed code can be given at once. The codebook itself is a file of the team's: what is accepted
goes into it by hand (`feedback codebook`), and a classifier learns the code once it is there.
"""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

from feedback import schema
from feedback.decisions import write_audit
from feedback.errors import StoreError
from feedback.schema import CodeProposal

__all__ = ["decide_proposal", "propose_code"]

_table = schema.proposed_codes


def propose_code(
    connection: sa.Connection, code: str, label: str, definition: str, who: str, now: datetime
) -> None:
    """Write a proposal.

    Parameters
    ----------
    label, definition
        Redacted.

    Raises
    ------
    StoreError
        The code was proposed before.
    """
    found = connection.execute(sa.select(_table).where(_table.c.code == code)).first()
    if found is not None:
        raise StoreError(
            f"{found.who} proposed '{code}' before ({found.status}). Use it, or choose another id."
        )
    row = {"code": code, "label": label, "definition": definition, "who": who, "at": now}
    connection.execute(sa.insert(_table), {**row, "status": CodeProposal.PROPOSED.value})
    write_audit(connection, now, who, "propose code", f"code {code}", None)


def decide_proposal(
    connection: sa.Connection,
    code: str,
    status: CodeProposal,
    who: str,
    now: datetime,
    *,
    seen: CodeProposal,
) -> None:
    """Write what became of a proposal; comments that carry the code keep it.

    Parameters
    ----------
    seen
        What had become of it as the person saw it.

    Raises
    ------
    StoreError
        There is no such proposal, or somebody else has just decided.
    """
    as_seen = sa.and_(_table.c.code == code, _table.c.status == seen.value)
    done = connection.execute(sa.update(_table).where(as_seen).values(status=status.value))
    if not done.rowcount:
        raise StoreError("Somebody else has decided on this code meanwhile. Look again.")
    detail = {"status": status.value}
    write_audit(connection, now, who, "decide on proposed code", f"code {code}", detail)
