"""Zips for the service, good and bad."""

from __future__ import annotations

import io
import struct
import zipfile
from collections.abc import Callable, Mapping

from tests.pictures import captcha, png, texts


def zipped(files: Mapping[str, bytes], packing: int = zipfile.ZIP_DEFLATED) -> bytes:
    """Return a zip of files by name."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", packing) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return out.getvalue()


def dataset(
    labels: list[str], split: str = "train", seed: int = 0, about: str = "", images: Mapping[str, bytes] | None = None
) -> dict[str, bytes]:
    """Return the files of a dataset of drawn captchas; `images` replace those of the same name."""
    rows = "".join(f"images/{n}.png,{label},{split}\n" for n, label in enumerate(labels))
    files = {f"images/{n}.png": png(captcha(label, seed + n)) for n, label in enumerate(labels)}
    described = about or 'task = "text"\nalphabet = "ABT"\n'
    files |= {"labels.csv": f"file,label,split\n{rows}".encode(), "dataset.toml": described.encode()}
    return {**files, **(images or {})}


def letters(count: int, seed: int = 0, split: str = "train") -> bytes:
    """Return the zip of a dataset of so many captchas of three letters."""
    return zipped(dataset(texts(count, "ABT", 3, seed), split, seed * 1000))


def _link() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        link = zipfile.ZipInfo("images/passwd.png")
        link.external_attr = 0o120777 << 16
        archive.writestr(link, "/etc/passwd")
    return out.getvalue()


def _twice() -> bytes:
    whole = zipped({"images/a.png": b"a", "images/b.png": b"b"})
    return whole.replace(b"images/b.png", b"images/a.png")


def _encrypted() -> bytes:
    whole = bytearray(zipped({"a.png": b"x" * 50}))
    at = whole.rfind(b"PK\x01\x02")
    whole[at + 8] |= 1
    return bytes(whole)


def _overlapping() -> bytes:
    """Return a zip whose second entry points at the first one's bytes."""
    whole = bytearray(zipped({"a.png": b"x" * 500, "b.png": b"x" * 500}, zipfile.ZIP_STORED))
    second = whole.rfind(b"PK\x01\x02")
    whole[second + 42 : second + 46] = struct.pack("<I", 0)
    return bytes(whole)


def _many() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as archive:
        for n in range(100_000):
            archive.writestr(zipfile.ZipInfo(f"{n}.png"), b"")
    return out.getvalue()


BAD: Mapping[str, Callable[[], bytes]] = {
    "no zip": lambda: b"text",
    "half": lambda: letters(4)[:-300],
    "bomb": lambda: zipped({"labels.csv": b"file,label,split\n", "images/a.png": bytes(150_000)}),
    "large member": lambda: zipped({"a.png": bytes(range(256)) * 4000}),
    "up": lambda: zipped({"labels.csv": b"file,label,split\n", "../a.png": b"x"}),
    "absolute": lambda: zipped({"/etc/a.png": b"x"}),
    "backslash": lambda: zipped({"..\\a.png": b"x"}),
    "drive": lambda: zipped({"C:a.png": b"x"}),
    "link": _link,
    "twice": _twice,
    "encrypted": _encrypted,
    "overlapping": _overlapping,
    "100,000 entries": _many,
    "other packing": lambda: zipped({"a.png": b"x" * 99}, zipfile.ZIP_LZMA),
    "no image": lambda: zipped({"readme.txt": b"x"}),
    "damaged member": lambda: zipped(dataset(["ABT", "TAB"]), zipfile.ZIP_STORED).replace(b"IDAT", b"IDAX"),
}
