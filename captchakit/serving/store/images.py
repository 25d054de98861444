"""The bytes of images, in a folder, each found by the hash of its content."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from threading import get_ident

from captchakit.errors import DatasetError
from captchakit.serving.store.packs import Packs

SUFFIXES = ((b"\x89PNG", ".png"), (b"\xff\xd8", ".jpg"), (b"GIF8", ".gif"), (b"RIFF", ".webp"), (b"BM", ".bmp"))
ASKED = "asked"


class Images:
    """Files named by the SHA-256 of what they hold, and beside them the images that were only asked about, in packs."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._asked = Packs(folder / ASKED)

    def keep(self, image_hash: str, data: bytes) -> str:
        """Write an image for training unless it is there, and return its path below the folder.

        It is written beside, waited for and renamed, so that no half file has a name that counts.
        """
        path = self.folder / image_hash[:2] / _named(image_hash, data)
        with suppress(FileNotFoundError):
            if path.stat().st_size == len(data):
                return str(path.relative_to(self.folder))
        path.parent.mkdir(parents=True, exist_ok=True)
        beside = path.with_name(f"{path.name}.{os.getpid()}-{get_ident()}")
        with beside.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
        return str(path.relative_to(self.folder))

    def gather(self, images: Mapping[str, bytes]) -> dict[str, str]:
        """Keep images that were asked about, by their hashes, and return their paths below the folder.

        They are not waited for: who asked has the answer, and the disk takes some seconds more.
        """
        if not images:
            return {}
        places = self._asked.add((_named(image_hash, data), data) for image_hash, data in images.items())
        return {image_hash: f"{ASKED}/{place}" for image_hash, place in zip(images, places, strict=True)}

    def read(self, path: str) -> bytes:
        """Return an image by its path; raises `DatasetError` where it is not there or not what was written."""
        try:
            if path.startswith(f"{ASKED}/"):
                data = self._asked.read(path.removeprefix(f"{ASKED}/"))
            else:
                data = (self.folder / path).read_bytes()
        except OSError as error:
            raise DatasetError(f"image {path} is lost: {error.strerror or error}") from None
        if hashlib.sha256(data).hexdigest() != Path(path).stem:
            raise DatasetError(f"image {path} is damaged")
        return data

    def close(self) -> None:
        """Let go of open files."""
        self._asked.close()


def _named(image_hash: str, data: bytes) -> str:
    return image_hash + next((suffix for magic, suffix in SUFFIXES if data.startswith(magic)), ".bin")
