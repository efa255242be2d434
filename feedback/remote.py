"""Files that are not on this machine, read where they are through fsspec: S3, Azure, a web server.

A `RemoteFile` has what the readers ask of a `pathlib.Path`, and no more. Nothing is copied to the
disk: what is read of raw text stays in memory.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO, Any, NamedTuple

from feedback.errors import MissingExtraError, SettingsError

__all__ = ["RemoteFile", "is_remote", "opened", "problem", "reach"]

_PACKAGES = {"s3": "s3fs", "s3a": "s3fs"}
_LOCAL = ("file", "local")


class _Known(NamedTuple):
    """As much of ``os.stat_result`` as is asked for."""

    st_size: int


@dataclass(frozen=True)
class RemoteFile:
    """A file by its URL, such as ``s3://bucket/history/2024.csv``."""

    url: str

    def __str__(self) -> str:
        return self.url

    @property
    def name(self) -> str:
        """The last part of the URL."""
        return PurePosixPath(self.url.partition("://")[2]).name

    @property
    def suffix(self) -> str:
        """The ending of its name, with the point."""
        return PurePosixPath(self.name).suffix

    def open(self, mode: str = "r", **options: Any) -> IO[Any]:
        """Open it for reading; a failure to reach it is an ``OSError``."""
        fs, path = reach(self.url)
        try:
            opened_file: IO[Any] = fs.open(path, mode, **options)
        except OSError:
            raise
        except Exception as error:  # noqa: BLE001 - each driver has errors of its own
            raise OSError(0, problem(error)) from None
        return opened_file

    def stat(self) -> _Known:
        """Return its size."""
        fs, path = reach(self.url)
        try:
            return _Known(int(fs.size(path) or 0))
        except OSError:
            raise
        except Exception as error:  # noqa: BLE001 - each driver has errors of its own
            raise OSError(0, problem(error)) from None


def is_remote(place: object) -> bool:
    """Return whether a text is a URL and not a path of this machine.

    >>> is_remote("s3://bucket/a.csv"), is_remote("a.csv"), is_remote("file:///a.csv")
    (True, False, False)
    """
    scheme, found, _ = str(place).partition("://")
    return bool(found) and scheme not in _LOCAL


def reach(url: str) -> tuple[Any, str]:
    """Return the file system of a URL and the path within it.

    Raises
    ------
    MissingExtraError
        Its driver is not installed.
    SettingsError
        Nothing knows such URLs, or the driver cannot be set up.
    """
    from fsspec.core import url_to_fs

    scheme = url.partition("://")[0]
    try:
        fs, path = url_to_fs(url)
    except ImportError:
        package = _PACKAGES.get(scheme)
        how = "pip install 'feedback-toolkit[s3]'" if package else "install fsspec's driver for it"
        raise MissingExtraError(f"{scheme}:// needs a package that is missing: {how}.") from None
    except Exception as error:  # noqa: BLE001 - each driver has errors of its own
        raise SettingsError(f"{scheme}:// cannot be used: {problem(error)}.") from None
    return fs, path


def problem(error: BaseException) -> str:
    """Return why a place could not be used: a driver's words may hold keys, its class does not."""
    if isinstance(error, OSError) and error.strerror:
        return error.strerror.lower()
    return type(error).__name__


def opened(path: Path | RemoteFile) -> Path | IO[bytes]:
    """Return what libraries for binary files take: a path of this machine, or an open file."""
    return path.open("rb") if isinstance(path, RemoteFile) else path
