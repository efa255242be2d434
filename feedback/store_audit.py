"""What the store does for people who check its audit log. See `feedback.store`."""

from __future__ import annotations

import sqlalchemy as sa

from feedback import audit_log, database

__all__ = ["AuditChecks"]


class AuditChecks:
    """The part of a store that tells whether its audit log is as it was written."""

    _engine: sa.Engine

    def audit_head(self) -> audit_log.Head:
        """Return the last line of the audit log, to be noted somewhere else."""
        with database.reading(self._engine) as connection:
            return audit_log.head_of(connection)

    def verify_audit(self, noted: str = "") -> audit_log.Checked:
        """Go through the whole audit log; ``noted`` is the digest of a head noted earlier."""
        with database.reading(self._engine) as connection:
            return audit_log.verify(connection, noted)
