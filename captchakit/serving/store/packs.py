"""Images one behind the other in tar files: to make a file for each takes a hundred times as long as to write it."""

from __future__ import annotations

import os
import tarfile
import time
from collections.abc import Iterable
from pathlib import Path
from threading import Lock
from uuid import uuid4

MOST = 64 * 2**20
"""How long a file grows before the next one is begun."""

_BLOCK = tarfile.BLOCKSIZE
_BLANK = tarfile.TarInfo()
_BLANK.mode = 0o640
_HEAD = bytearray(_BLANK.tobuf(tarfile.USTAR_FORMAT))
_SUM, _SIZE, _TIME = slice(148, 156), slice(124, 135), slice(136, 147)
"""Where a member's head has its check sum, its size and its time: octal digits as ASCII, the sum taken over spaces."""

_HEAD[_SUM] = b" " * 8


class Packs:
    """Tar files that only ever grow, each written by one process; any program that reads tar reads them."""

    def __init__(self, folder: Path, most: int = MOST) -> None:
        self.folder, self._most = folder, most
        self._turn = Lock()
        self._file, self._name, self._end = -1, "", 0

    def add(self, members: Iterable[tuple[str, bytes]]) -> list[str]:
        """Write named bytes in one go and return for each its place, `FILE.tar/START+LENGTH/NAME`; raises `OSError`."""
        with self._turn:
            if self._file < 0 or self._end >= self._most:
                self._begin()
            places: list[str] = []
            parts: list[bytes] = []
            end = self._end
            for name, data in members:
                parts += (_head(name, len(data)), data, bytes(-len(data) % _BLOCK))
                places.append(f"{self._name}/{end + _BLOCK}+{len(data)}/{name}")
                end += sum(len(part) for part in parts[-3:])
            whole = b"".join(parts)
            if os.write(self._file, whole) != len(whole):
                self._finish()  # behind half a member nothing can stand
                raise OSError(f"{self.folder / self._name}: the disk is full")
            self._end = end
            return places

    def read(self, place: str) -> bytes:
        """Return the bytes at a place; raises `OSError`."""
        name, span, _ = place.split("/")
        start, length = map(int, span.split("+"))
        with (self.folder / name).open("rb") as file:
            file.seek(start)
            return file.read(length)

    def close(self) -> None:
        """Let go of the file."""
        with self._turn:
            self._finish()

    def _begin(self) -> None:
        self._finish()
        self.folder.mkdir(parents=True, exist_ok=True)
        self._name, self._end = f"{time.strftime('%Y%m%d')}-{uuid4().hex[:12]}.tar", 0
        self._file = os.open(self.folder / self._name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o640)

    def _finish(self) -> None:
        if self._file >= 0:
            os.close(self._file)
            self._file = -1


def _head(name: str, length: int) -> bytes:
    """Return the block before a member, whose name has at most 100 bytes: `tarfile` takes ten times as long for it."""
    head, named = _HEAD.copy(), name.encode()
    head[: len(named)] = named
    head[_SIZE] = b"%011o" % length
    head[_TIME] = b"%011o" % int(time.time())
    head[_SUM] = b"%06o\0 " % sum(head)
    return bytes(head)
