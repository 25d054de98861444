"""Image files as they are named on a command line."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from captchakit.errors import ImageError
from captchakit.learning.dataset import IMAGE_SUFFIXES
from captchakit.reading.image import MAX_BYTES

STANDARD_INPUT = "-"


def expanded(names: Sequence[str]) -> Iterator[str]:
    """Yield each name, for a folder the images in it in order, or the folder where there is none."""
    for name in names:
        files = Path(name).iterdir() if name and Path(name).is_dir() else ()
        found = sorted(str(file) for file in files if file.suffix.lower() in IMAGE_SUFFIXES)
        yield from found or [name]


def read(path: str) -> bytes:
    """Return the bytes of a file or of standard input, at most one more than an image may have; raises `ImageError`.

    A named pipe that nobody writes to is empty: whoever waited for a writer might wait for ever.
    """
    if path != STANDARD_INPUT and Path(path).is_dir():
        raise ImageError("no image in this folder")
    if path == STANDARD_INPUT and sys.stdin is None:
        raise ImageError("standard input is closed")
    try:
        if path == STANDARD_INPUT:
            return sys.stdin.buffer.read(MAX_BYTES + 1)
        with open(path, "rb", opener=_without_waiting) as stream:
            return stream.read(MAX_BYTES + 1)
    except OSError as error:
        raise ImageError(error.strerror or str(error)) from None


def _without_waiting(path: str, flags: int) -> int:
    if not hasattr(os, "O_NONBLOCK"):  # Windows has no named pipes among its files
        return os.open(path, flags)
    opened = os.open(path, flags | os.O_NONBLOCK)
    os.set_blocking(opened, True)
    return opened
