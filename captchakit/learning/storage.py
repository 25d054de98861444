"""Files of a dataset, in a folder or in a zip, by their path inside it.

A zip is never unpacked: its members are listed, checked and read in memory, so no name in it can reach the disk.
"""

from __future__ import annotations

import zipfile
from pathlib import Path, PurePosixPath
from typing import Protocol

from captchakit.errors import DatasetError

MAX_MEMBERS = 200_000
MAX_MEMBER_BYTES = 64 * 2**20


class Storage(Protocol):
    """Named files; `read` raises `KeyError` where there is none."""

    def __contains__(self, file: object) -> bool: ...
    def files(self) -> list[str]:
        """Return the paths of all files, sorted."""
        ...

    def read(self, file: str) -> bytes:
        """Return a file's bytes."""
        ...


class Folder:
    """Files below a folder; a path that leads out of it is as good as missing."""

    def __init__(self, root: Path) -> None:
        self._root = root.resolve()

    def _path(self, file: object) -> Path | None:
        path = (self._root / str(file)).resolve()
        return path if path.is_relative_to(self._root) and path.is_file() else None

    def __contains__(self, file: object) -> bool:
        return self._path(file) is not None

    def files(self) -> list[str]:
        """Return the paths of all files, sorted."""
        return sorted(p.relative_to(self._root).as_posix() for p in self._root.rglob("*") if p.is_file())

    def read(self, file: str) -> bytes:
        """Return a file's bytes; raises `KeyError`."""
        path = self._path(file)
        if path is None:
            raise KeyError(file)
        return path.read_bytes()


class Zip:
    """Files of a zip; where all lie in one folder inside it, that folder is the root."""

    def __init__(self, path: Path) -> None:
        self._zip = _open_zip(path)
        members = [m for m in self._zip.infolist() if not m.is_dir() and not m.filename.startswith("__MACOSX/")]
        if len(members) > MAX_MEMBERS:
            raise DatasetError(f"{path}: more than {MAX_MEMBERS} files")
        for member in members:
            _check_member(path, member)
        top = {PurePosixPath(m.filename).parts[0] for m in members}
        nested = len(top) == 1 and all("/" in m.filename for m in members)
        prefix = f"{top.pop()}/" if nested else ""
        self._members = {m.filename.removeprefix(prefix): m for m in members}
        if len(self._members) != len(members):
            raise DatasetError(f"{path}: a file name stands in the zip twice")

    def __contains__(self, file: object) -> bool:
        return file in self._members

    def files(self) -> list[str]:
        """Return the paths of all files, sorted."""
        return sorted(self._members)

    def read(self, file: str) -> bytes:
        """Return a member's bytes, no more than it may hold; raises `KeyError`."""
        member = self._members[file]
        try:
            with self._zip.open(member) as stream:
                data = stream.read(MAX_MEMBER_BYTES + 1)
        except (zipfile.BadZipFile, EOFError, OSError, RuntimeError) as error:
            raise DatasetError(f"{file}: cannot be read from the zip: {error}") from None
        if len(data) > MAX_MEMBER_BYTES:
            raise DatasetError(f"{file}: larger than {MAX_MEMBER_BYTES} bytes")
        return data


def _open_zip(path: Path) -> zipfile.ZipFile:
    try:
        return zipfile.ZipFile(path)
    except (zipfile.BadZipFile, OSError) as error:
        raise DatasetError(f"{path} is neither a folder nor a zip: {error}") from None


def _check_member(path: Path, member: zipfile.ZipInfo) -> None:
    if member.flag_bits & 1:
        raise DatasetError(f"{path}: {member.filename} is encrypted")
    if member.external_attr >> 28 == 0xA:
        raise DatasetError(f"{path}: {member.filename} is a link")
    if member.file_size > MAX_MEMBER_BYTES:
        raise DatasetError(f"{path}: {member.filename} is larger than {MAX_MEMBER_BYTES} bytes")


def open_storage(path: Path) -> Storage:
    """Return the files of a folder or a zip; raises `DatasetError` where it is neither."""
    if path.is_dir():
        return Folder(path)
    if not path.exists():
        raise DatasetError(f"there is no dataset {path}")
    return Zip(path)
