"""Zips from strangers: counted, sized and their paths checked from the directory alone, before anything is unpacked.

Nothing is ever unpacked to disk: members are read one by one, in memory, by `captchakit.learning.storage`.
"""

from __future__ import annotations

import struct
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from time import time
from uuid import uuid4

from captchakit.errors import DatasetError
from captchakit.learning.storage import Storage, Zip

MOST_MEMBERS = 50_000
MOST_DIRECTORY_BYTES = 16 * 2**20
MOST_RATIO = 200
"""Deflate reaches a thousand on zeros; images and tables of labels stay far below this."""

UNPACKED_TIMES = 8
"""How many times its own limit an archive may hold unpacked."""

_END, _END_64 = b"PK\x05\x06", b"PK\x06\x06"


LEFT_SECONDS = 3600.0
"""After so long an upload is taken for one that a killed process has left."""


@contextmanager
def incoming(folder: Path) -> Iterator[Path]:
    """Give a place for one upload, and clear it afterwards, whatever happened."""
    folder.mkdir(parents=True, exist_ok=True)
    for left in folder.iterdir():
        if time() - left.stat().st_mtime > LEFT_SECONDS:
            left.unlink(missing_ok=True)
    path = folder / f"upload-{uuid4().hex}.zip"
    try:
        yield path
    finally:
        path.unlink(missing_ok=True)


def opened(path: Path, most_bytes: int, most_member: int) -> Storage:
    """Return an archive's files; raises `DatasetError` for one that is broken or not to be trusted."""
    try:
        check(path, most_bytes * UNPACKED_TIMES, most_member)
        return Zip(path)
    except DatasetError as error:
        raise DatasetError(str(error).replace(f"{path}: ", "").replace(str(path), "the archive")) from None


def check(path: Path, most_bytes: int, most_member: int) -> None:
    """Refuse an archive by its directory; raises `DatasetError`."""
    _check_end(path)
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError, UnicodeError) as error:
        raise DatasetError(f"the archive is no zip that can be read: {error}") from None
    for member in members:
        _check_member(member, most_member)
    total = sum(m.file_size for m in members)
    if total > most_bytes:
        raise DatasetError(f"the archive holds {total} bytes unpacked, more than {most_bytes}")
    names = [m.filename for m in members]
    if len(set(names)) != len(names):
        raise DatasetError("a file name stands in the archive twice")
    _check_places(members)


def _check_end(path: Path) -> None:
    """Count entries by the archive's end, before a library makes an object of each."""
    size = path.stat().st_size
    with path.open("rb") as stream:
        stream.seek(max(0, size - 65_557 - 76))
        tail = stream.read()
    at = tail.rfind(_END)
    if at < 0 or len(tail) < at + 20:
        raise DatasetError("the archive is no zip, or is cut off")
    entries, directory = struct.unpack_from("<HI", tail, at + 10)
    at = tail.rfind(_END_64)
    if at >= 0 and len(tail) >= at + 48:
        entries, directory = struct.unpack_from("<QQ", tail, at + 32)
    if entries > MOST_MEMBERS or directory > MOST_DIRECTORY_BYTES:
        raise DatasetError(f"the archive has {entries} entries, more than {MOST_MEMBERS}")


def _check_member(member: zipfile.ZipInfo, most: int) -> None:
    name = member.filename
    path = PurePosixPath(name.replace("\\", "/"))
    shown = name[:100]
    if path.is_absolute() or ".." in path.parts or ":" in name or "\\" in name or not name.isprintable():
        raise DatasetError(f"the archive has a path that leads out of it or is none: {shown!r}")
    if member.flag_bits & 1:
        raise DatasetError(f"{shown!r} is encrypted")
    if member.external_attr >> 28 == 0xA:
        raise DatasetError(f"{shown!r} is a link")
    if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise DatasetError(f"{shown!r} is packed in another way than stored or deflated")
    if member.file_size > most:
        raise DatasetError(f"{shown!r} has {member.file_size} bytes, more than {most}")
    if member.file_size > MOST_RATIO * max(member.compress_size, 64):
        raise DatasetError(f"{shown!r} unpacks to {member.file_size} bytes from {member.compress_size}")


def _check_places(members: list[zipfile.ZipInfo]) -> None:
    """Refuse members that share bytes: a bomb needs few of its own."""
    end = 0
    for member in sorted(members, key=lambda m: m.header_offset):
        if member.header_offset < end:
            raise DatasetError(f"{member.filename[:100]!r} lies over another file of the archive")
        end = member.header_offset + 30 + member.compress_size
