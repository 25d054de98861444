"""From bytes to an image: one path for learning and for solving.

The header is read before anything is decoded, because a few hundred bytes can ask for gigabytes of pixels.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable, Iterator

import cv2
import numpy as np
from numpy.typing import NDArray

from captchakit.errors import ImageError
from captchakit.types import Image

# A damaged file is reported as an ImageError; OpenCV's own account of it would only litter standard error.
cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)

MAX_SIDE = 16_384
MAX_PIXELS = 40_000_000
MAX_BYTES = 64 * 2**20


def decode(data: bytes) -> Image:
    """Return a PNG, JPEG, GIF, WebP or BMP as `(height, width, 3)` BGR, transparency on white, first frame of several.

    Raises `ImageError` for anything else: empty, truncated, corrupt, another format, more than `MAX_PIXELS`.
    """
    if not data:
        raise ImageError("the image is empty")
    if len(data) > MAX_BYTES:
        raise ImageError(f"the file has more than {MAX_BYTES} bytes")
    width, height = dimensions(data)
    if width < 1 or height < 1:
        raise ImageError(f"the image is {width}x{height}")
    if width > MAX_SIDE or height > MAX_SIDE or width * height > MAX_PIXELS:
        raise ImageError(f"the image is {width}x{height}, more than {MAX_PIXELS} pixels or {MAX_SIDE} a side")
    try:
        pixels = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
    except cv2.error as error:
        raise ImageError(f"the image cannot be decoded: {error.err}") from None
    if pixels is None:
        raise ImageError("the image is corrupt or truncated")
    return _as_bgr(_as_bytes(pixels))


def dimensions(data: bytes) -> tuple[int, int]:
    """Return (width, height) from the header alone; raises `ImageError` for an unknown or truncated file."""
    for matches, read in _FORMATS:
        if matches(data):
            try:
                return read(data)
            except (struct.error, IndexError):
                raise ImageError("the image is truncated") from None
    raise ImageError("not an image of a known format (PNG, JPEG, GIF, WebP, BMP)")


def _png(data: bytes) -> tuple[int, int]:
    width, height = struct.unpack_from(">II", data, 16)
    view, offset, kind = memoryview(data), 8, b""
    while kind != b"IEND":
        length, kind = struct.unpack_from(">I4s", data, offset)
        (checksum,) = struct.unpack_from(">I", data, offset + 8 + length)
        # libpng would find it too, and print it to standard error by itself.
        if zlib.crc32(view[offset + 4 : offset + 8 + length]) != checksum:
            raise ImageError("the image is corrupt")
        offset += 12 + length
    return width, height


def _gif(data: bytes) -> tuple[int, int]:
    width, height = struct.unpack_from("<HH", data, 6)
    return width, height


def _bmp(data: bytes) -> tuple[int, int]:
    (size,) = struct.unpack_from("<I", data, 2)
    if size > len(data):
        raise ImageError("the image is truncated")
    (header,) = struct.unpack_from("<I", data, 14)
    layout = "<HH" if header == 12 else "<ii"
    width, height = struct.unpack_from(layout, data, 18)
    return abs(width), abs(height)


def _webp(data: bytes) -> tuple[int, int]:
    (size,) = struct.unpack_from("<I", data, 4)
    if size + 8 > len(data):
        raise ImageError("the image is truncated")
    kind = data[12:16]
    if kind == b"VP8X":
        low = struct.unpack_from("<HBHB", data, 24)
        return 1 + low[0] + (low[1] << 16), 1 + low[2] + (low[3] << 16)
    if kind == b"VP8L":
        (bits,) = struct.unpack_from("<I", data, 21)
        return 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)
    width, height = struct.unpack_from("<HH", data, 26)
    return width & 0x3FFF, height & 0x3FFF


_JPEG_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}


def _jpeg(data: bytes) -> tuple[int, int]:
    for marker, offset in _jpeg_segments(data):
        if marker in _JPEG_FRAMES:
            height, width = struct.unpack_from(">HH", data, offset + 3)
            if b"\xff\xd9" not in data[offset:]:
                raise ImageError("the image is truncated")
            return width, height
    raise ImageError("the image is truncated")


def _jpeg_segments(data: bytes) -> Iterator[tuple[int, int]]:
    """Yield each marker and where its length field stands."""
    offset = 2
    while offset + 4 <= len(data):
        if data[offset] != 0xFF:
            raise ImageError("the image is corrupt")
        marker = data[offset + 1]
        if marker == 0xFF:  # a fill byte before the marker
            offset += 1
            continue
        yield marker, offset + 2
        offset += 2 + struct.unpack_from(">H", data, offset + 2)[0]


_FORMATS: tuple[tuple[Callable[[bytes], bool], Callable[[bytes], tuple[int, int]]], ...] = (
    (lambda d: d.startswith(b"\x89PNG\r\n\x1a\n"), _png),
    (lambda d: d.startswith(b"\xff\xd8\xff"), _jpeg),
    (lambda d: d.startswith((b"GIF87a", b"GIF89a")), _gif),
    (lambda d: d.startswith(b"RIFF") and d[8:12] == b"WEBP", _webp),
    (lambda d: d.startswith(b"BM"), _bmp),
)


def _as_bytes(pixels: NDArray[np.generic]) -> Image:
    if pixels.dtype == np.uint16:
        return (pixels.astype(np.uint32) // 257).astype(np.uint8)
    if pixels.dtype != np.uint8:
        raise ImageError(f"the image has {pixels.dtype} pixels")
    return np.asarray(pixels, np.uint8)


def _as_bgr(pixels: Image) -> Image:
    channels = 1 if pixels.ndim == 2 else pixels.shape[2]
    if channels == 1:
        return np.asarray(cv2.cvtColor(pixels, cv2.COLOR_GRAY2BGR), np.uint8)
    if channels == 3:
        return pixels
    if channels == 4:
        return _on_white(pixels)
    raise ImageError(f"the image has {channels} channels")


def _on_white(pixels: Image) -> Image:
    alpha = pixels[..., 3:].astype(np.uint16)
    blended = (pixels[..., :3] * alpha + 255 * (255 - alpha) + 127) // 255
    return blended.astype(np.uint8)
