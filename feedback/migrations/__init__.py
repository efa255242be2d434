"""Alembic's migrations, run from Python by `feedback.database.migrate`; no ini file is needed."""

__all__ = ["HEAD"]

HEAD = "0008"
"""Revision of the newest migration. A store that has it is opened without loading Alembic."""
