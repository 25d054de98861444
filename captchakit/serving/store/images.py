"""The bytes of images, in a folder, each under the hash of its content: the same image lies there once."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from uuid import uuid4

from captchakit.errors import DatasetError

SUFFIXES = ((b"\x89PNG", ".png"), (b"\xff\xd8", ".jpg"), (b"GIF8", ".gif"), (b"RIFF", ".webp"), (b"BM", ".bmp"))


class Images:
    """Files named by the SHA-256 of what they hold."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def keep(self, image_hash: str, data: bytes, *, surely: bool = False) -> str:
        """Write an image unless it is there, and return its path below the folder.

        It is written beside and renamed, so that no half file has a name that counts; `surely` waits for the disk too,
        which what has been trained on needs and what was only asked about does not.
        """
        suffix = next((s for magic, s in SUFFIXES if data.startswith(magic)), ".bin")
        path = Path(image_hash[:2]) / f"{image_hash}{suffix}"
        whole = self.folder / path
        if whole.exists() and whole.stat().st_size == len(data):
            return str(path)
        whole.parent.mkdir(parents=True, exist_ok=True)
        beside = whole.with_name(f".{image_hash}.{uuid4().hex}")
        with beside.open("wb") as stream:
            stream.write(data)
            if surely:
                stream.flush()
                os.fsync(stream.fileno())
        beside.replace(whole)
        return str(path)

    def read(self, path: str) -> bytes:
        """Return an image by its path; raises `DatasetError` where it is not there or not what was written."""
        try:
            data = (self.folder / path).read_bytes()
        except OSError as error:
            raise DatasetError(f"image {path} is lost: {error.strerror or error}") from None
        if hashlib.sha256(data).hexdigest() != Path(path).stem:
            raise DatasetError(f"image {path} is damaged")
        return data
