"""The bytes of images, in a folder, each under the hash of its content: the same image lies there once."""

from __future__ import annotations

import hashlib
import os
from contextlib import suppress
from pathlib import Path
from threading import get_ident

from captchakit.errors import DatasetError

SUFFIXES = ((b"\x89PNG", ".png"), (b"\xff\xd8", ".jpg"), (b"GIF8", ".gif"), (b"RIFF", ".webp"), (b"BM", ".bmp"))


class Images:
    """Files named by the SHA-256 of what they hold."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def keep(self, image_hash: str, data: bytes, *, surely: bool = False) -> str:
        """Write an image unless it is there, and return its path below the folder.

        With `surely`, for what is trained on, it is written beside, waited for and renamed, so that no half file has a
        name that counts. What was only asked about is spared two thirds of that work.
        """
        suffix = next((s for magic, s in SUFFIXES if data.startswith(magic)), ".bin")
        path = f"{image_hash[:2]}/{image_hash}{suffix}"
        # Plain calls and strings: this stands in the way of every new answer.
        whole = f"{self.folder}/{path}"
        with suppress(FileNotFoundError):
            if os.stat(whole).st_size == len(data):  # noqa: PTH116
                return path
        if not surely:
            # In place, with no second name: whoever writes the same file at once writes the same bytes to the same
            # places, and one that was cut short has another size and hash.
            _write(whole, data, surely=False)
            return path
        beside = f"{whole}.{os.getpid()}-{get_ident()}"
        _write(beside, data, surely=True)
        os.replace(beside, whole)  # noqa: PTH105
        return path

    def read(self, path: str) -> bytes:
        """Return an image by its path; raises `DatasetError` where it is not there or not what was written."""
        try:
            data = (self.folder / path).read_bytes()
        except OSError as error:
            raise DatasetError(f"image {path} is lost: {error.strerror or error}") from None
        if hashlib.sha256(data).hexdigest() != Path(path).stem:
            raise DatasetError(f"image {path} is damaged")
        return data


def _write(path: str, data: bytes, *, surely: bool) -> None:
    flags = os.O_WRONLY | os.O_CREAT
    try:
        file = os.open(path, flags, 0o640)
    except FileNotFoundError:
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        file = os.open(path, flags, 0o640)
    try:
        if os.write(file, data) != len(data):
            raise OSError(f"{path}: the disk is full")
        if surely:
            os.fsync(file)
    finally:
        os.close(file)
