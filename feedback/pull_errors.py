"""Say in one line why a place could not be asked: never what it answered, which may quote a row."""

from __future__ import annotations

import errno

from sqlalchemy.exc import NoSuchModuleError, SQLAlchemyError

from feedback.errors import PullError

__all__ = ["database_problem", "files_problem"]

_SQL_CAUSES = {
    # SQLSTATE of PostgreSQL and others: appendix A of its manual.
    "08": "cannot be reached. Look whether the server runs and can be reached from here",
    "28": "lets nobody in under this name and password",
    "3D": "is not there: the server has no database of this name",
    "42501": "refuses this user: grant it SELECT on what the query names",
    "42601": "does not understand the query: look at its spelling",
    "42703": "has not all columns that the query names",
    "42P01": "has not all tables that the query names",
    "42": "does not understand the query: look at its tables, columns and types",
    "22": "cannot compare the values: look whether --since is of the kind of the ordered column",
    "25006": "was to be changed by the query; a source is only read",
    "53300": "has no connection left for us",
    "57014": "took too long to answer. An index on the ordered column helps",
    "57P": "is shutting down or starting up",
    # Of SQLite.
    "SQLITE_CANTOPEN": "cannot be opened: look at the path and the rights of the file",
    "SQLITE_NOTADB": "is no SQLite file",
    "SQLITE_BUSY": "is busy: another process is writing",
    "SQLITE_READONLY": "was to be changed by the query; a source is only read",
    "SQLITE_ERROR": "does not understand the query: look at its tables, columns and spelling",
}
_NO_CODE = ("OperationalError", "ConnectionTimeout")
"""What psycopg raises where no connection is made or one is lost: words, and no code."""

_FILE_CAUSES = {
    errno.ENOENT: "is not there",
    errno.ENOTDIR: "is no folder",
    errno.EACCES: "lets us not in: look at the rights",
    errno.EPERM: "lets us not in: look at the rights",
    errno.ENOSPC: "has no room left",
    errno.EROFS: "is read-only",
}


def database_problem(error: Exception, shown: str) -> PullError:
    """Return the error for a database, called ``shown``, that raised ``error``."""
    if isinstance(error, ImportError | NoSuchModuleError):
        return PullError(
            f"The database {shown} needs a driver that is not installed here. PostgreSQL: "
            "pip install 'feedback-toolkit[postgres]'; others: see docs/sources.md."
        )
    original = getattr(error, "orig", None) or error
    code = getattr(original, "sqlstate", None) or getattr(original, "sqlite_errorname", None)
    kind = type(original)
    if code is None and kind.__module__.startswith("psycopg") and kind.__name__ in _NO_CODE:
        code = "08"
    told = code or kind.__name__
    fitting = [cause for cause in _SQL_CAUSES if told.startswith(cause)]
    if not fitting:
        return PullError(f"The database {shown} refused to work ({told}).")
    return PullError(f"The database {shown} {_SQL_CAUSES[max(fitting, key=len)]}.")


def files_problem(error: Exception, shown: str) -> PullError:
    """Return the error for files, called ``shown``, of which reading raised ``error``."""
    name = type(error).__name__
    if isinstance(error, ImportError):
        return PullError(
            f"{shown} needs a driver that is not installed here. S3: "
            "pip install 'feedback-toolkit[s3]'; others: see docs/sources.md."
        )
    if isinstance(error, FileNotFoundError):
        return PullError(f"{shown} is not there: look at the address.")
    if isinstance(error, PermissionError) or name in ("ClientError", "AuthenticationError"):
        return PullError(f"{shown} denies access: look at the keys and at what they may read.")
    if name in ("NoCredentialsError", "PartialCredentialsError", "ProfileNotFound"):
        return PullError(
            f"{shown} needs keys, and none were found. Set AWS_PROFILE, or AWS_ACCESS_KEY_ID and "
            "AWS_SECRET_ACCESS_KEY, where this runs."
        )
    if isinstance(error, OSError) and error.errno in _FILE_CAUSES:
        return PullError(f"{shown} {_FILE_CAUSES[error.errno]}.")
    is_away = isinstance(error, ConnectionError | TimeoutError)
    if is_away or any(word in name for word in ("Connect", "Timeout", "Endpoint")):
        return PullError(f"{shown} cannot be reached. Look at the network and the address.")
    if isinstance(error, SQLAlchemyError):
        return database_problem(error, shown)
    if isinstance(error, ValueError):
        return PullError(f"{shown} is no address that can be read.")
    return PullError(f"{shown} could not be read ({name}).")
