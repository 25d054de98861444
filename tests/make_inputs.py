"""Makes the files of tiny/ and broken/, whose listing is the specification: `python -m tests.make_inputs`.

Everything in tiny/ can be read. All of tiny/colour shows one picture, a black bar to the left and a blue bar to the
right on white, all of tiny/gray the black bar alone. Nothing in broken/ can be read.
"""

from __future__ import annotations

import io
import struct
import zlib
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from PIL import Image

HERE = Path(__file__).parent
WIDTH, HEIGHT = 32, 24
HUGE = 50_000


def colour() -> Image.Image:
    picture = Image.new("RGB", (WIDTH, HEIGHT), "white")
    picture.paste("black", (4, 4, 12, 20))
    picture.paste((0, 0, 255), (20, 4, 28, 20))
    return picture


def gray() -> Image.Image:
    picture = Image.new("L", (WIDTH, HEIGHT), 255)
    picture.paste(0, (4, 4, 12, 20))
    return picture


def see_through(picture: Image.Image) -> Image.Image:
    """Return the picture with its white made transparent black, which only blending on white shows as white."""
    white = np.asarray(picture.convert("L")) == 255
    pixels = np.asarray(picture.convert("RGBA")).copy()
    pixels[white] = 0
    return Image.fromarray(pixels)


def saved(picture: Image.Image, kind: str, **options: Any) -> bytes:
    stream = io.BytesIO()
    picture.save(stream, kind, **options)
    return stream.getvalue()


def opencv_png(picture: Image.Image) -> bytes:
    pixels = np.asarray(picture).astype(np.uint16) * 257
    return cv2.imencode(".png", pixels[..., ::-1] if pixels.ndim == 3 else pixels)[1].tobytes()


def colour_files() -> dict[str, bytes]:
    picture, clear = colour(), see_through(colour())
    palette = picture.convert("P", palette=Image.Palette.ADAPTIVE, colors=4)
    white = int(np.asarray(palette)[0, 0])
    other = Image.new("RGB", (WIDTH, HEIGHT), "red")
    return {
        "rgb.png": saved(picture, "PNG"),
        "rgb-16-bit.png": opencv_png(picture),
        "alpha.png": saved(clear, "PNG"),
        "palette.png": saved(palette, "PNG"),
        "palette-transparent.png": saved(palette, "PNG", transparency=white),
        "rgb.jpg": saved(picture, "JPEG", quality=95),
        "progressive.jpg": saved(picture, "JPEG", quality=95, progressive=True),
        "cmyk.jpg": saved(picture.convert("CMYK"), "JPEG", quality=95),
        "rgb.gif": saved(picture, "GIF"),
        "animated.gif": saved(picture, "GIF", save_all=True, append_images=[other], duration=100),
        "lossy.webp": saved(picture, "WEBP", quality=95),
        "lossless.webp": saved(picture, "WEBP", lossless=True),
        "alpha.webp": saved(clear, "WEBP", lossless=True),
        "animated.webp": saved(picture, "WEBP", lossless=True, save_all=True, append_images=[other], duration=100),
        "rgb.bmp": saved(picture, "BMP"),
        "palette.bmp": saved(palette, "BMP"),
    }


def gray_files() -> dict[str, bytes]:
    picture = gray()
    return {
        "gray.png": saved(picture, "PNG"),
        "gray-16-bit.png": opencv_png(picture),
        "gray-alpha.png": saved(see_through(picture).convert("LA"), "PNG"),
        "1-bit.png": saved(picture.convert("1"), "PNG"),
        "gray.jpg": saved(picture, "JPEG", quality=95),
        "gray.gif": saved(picture, "GIF"),
        "1-bit.bmp": saved(picture.convert("1"), "BMP"),
    }


def small_files() -> dict[str, bytes]:
    dot, blank = Image.new("RGB", (1, 1), "black"), Image.new("RGB", (60, 20), "white")
    kinds = {"png": "PNG", "jpg": "JPEG", "gif": "GIF", "webp": "WEBP", "bmp": "BMP"}
    return {
        **{f"1x1.{suffix}": saved(dot, kind) for suffix, kind in kinds.items()},
        "blank.png": saved(blank, "PNG"),
        "black.png": saved(Image.new("RGB", (60, 20), "black"), "PNG"),
        "transparent.png": saved(Image.new("RGBA", (60, 20), (0, 0, 0, 0)), "PNG"),
        "1x200.png": saved(Image.new("L", (1, 200), 0), "PNG"),
        "200x1.png": saved(Image.new("L", (200, 1), 0), "PNG"),
    }


def huge_png(width: int, height: int) -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    rows = chunk(b"IDAT", zlib.compress(bytes(1000)))
    return b"\x89PNG\r\n\x1a\n" + header + rows + chunk(b"IEND", b"")


def patched(data: bytes, offset: int, layout: str, *values: int) -> bytes:
    written = struct.pack(layout, *values)
    return data[:offset] + written + data[offset + len(written) :]


def bombs() -> dict[str, bytes]:
    jpg, gif, bmp = saved(colour(), "JPEG"), saved(colour(), "GIF"), saved(colour(), "BMP")
    webp = saved(see_through(colour()), "WEBP", quality=90)  # lossy with alpha: the extended header
    edge = struct.pack("<I", HUGE - 1)[:3]
    return {
        "bomb.png": huge_png(HUGE, HUGE),
        "bomb.jpg": patched(jpg, jpg.index(b"\xff\xc0") + 5, ">HH", HUGE, HUGE),
        "bomb.gif": patched(gif, 6, "<HH", HUGE, HUGE),
        "frame-too-large.gif": patched(gif, gif.index(b"\x2c\0\0\0\0") + 5, "<HH", HUGE, HUGE),
        "bomb.webp": webp[:24] + edge + edge + webp[30:],
        "bomb.bmp": patched(bmp, 18, "<ii", HUGE, HUGE),
        "bomb-upside-down.bmp": patched(bmp, 18, "<ii", HUGE, -HUGE),
        "no-width.png": huge_png(0, 10),
    }


def broken_files() -> dict[str, bytes]:
    whole = {**colour_files(), "rgb.webp": saved(colour(), "WEBP")}
    png = whole["rgb.png"]
    middle = png.index(b"IDAT") + 8
    return {
        "empty.png": b"",
        "text.png": b"this is no image\n",
        "page.jpg": b"<!DOCTYPE html><title>404</title>\n",
        "picture.tiff": saved(gray(), "TIFF"),
        "picture.ppm": saved(gray(), "PPM"),
        "signature-alone.png": png[:8],
        "signature-alone.jpg": b"\xff\xd8\xff",
        "signature-alone.gif": b"GIF89a",
        "signature-alone.webp": b"RIFF\0\0\0\0WEBP",
        "signature-alone.bmp": b"BM",
        "corrupt.png": png[:middle] + bytes(6) + png[middle + 6 :],
        **{f"truncated.{s}": whole[f"rgb.{s}"][: len(whole[f"rgb.{s}"]) * 2 // 3] for s in ("png", "jpg", "gif")},
        **{f"truncated.{s}": whole[f"rgb.{s}"][: len(whole[f"rgb.{s}"]) * 2 // 3] for s in ("webp", "bmp")},
        **bombs(),
    }


def main() -> None:
    folders = {
        "tiny": small_files(),
        "tiny/colour": colour_files(),
        "tiny/gray": gray_files(),
        "broken": broken_files(),
    }
    for folder, files in folders.items():
        (HERE / folder).mkdir(parents=True, exist_ok=True)
        for name, data in files.items():
            (HERE / folder / name).write_bytes(data)


if __name__ == "__main__":
    main()
