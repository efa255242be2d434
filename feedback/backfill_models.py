"""Take a model's folder to machines that cannot see it: packed once, checked where it arrives."""

from __future__ import annotations

import hashlib
import io
import tempfile
import zipfile
from dataclasses import dataclass, field
from pathlib import Path

from feedback.errors import ModelHashError

__all__ = ["PackedModel", "folder_mark", "pack"]


@dataclass(frozen=True)
class PackedModel:
    """A folder as a zip, with the SHA-256 of its files' names and contents."""

    folder: str
    mark: str
    content: bytes = field(repr=False)

    def settle(self) -> Path:
        """Return the folder: the one of this name where it holds the same, else one unpacked.

        Raises
        ------
        ModelHashError
            What arrived is not what was sent.
        """
        here = Path(self.folder)
        if here.is_dir() and folder_mark(here) == self.mark:
            return here
        target = Path(tempfile.mkdtemp(prefix="feedback-model-"))
        with zipfile.ZipFile(io.BytesIO(self.content)) as archive:
            archive.extractall(target)  # takes no name out of the folder
        if folder_mark(target) != self.mark:
            raise ModelHashError(
                "The model that arrived at a worker is not the one that was sent. Start again."
            )
        return target


def pack(folder: Path) -> PackedModel:
    """Return a folder, packed."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in _files(folder):
            archive.write(path, path.relative_to(folder).as_posix())
    return PackedModel(str(folder.resolve()), folder_mark(folder), content.getvalue())


def folder_mark(folder: Path) -> str:
    """Return one SHA-256 of the names and contents of all files of a folder."""
    digest = hashlib.sha256()
    for path in _files(folder):
        name = path.relative_to(folder).as_posix()
        digest.update(f"{name}\0{hashlib.sha256(path.read_bytes()).hexdigest()}\n".encode())
    return digest.hexdigest()


def _files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())
