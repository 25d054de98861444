"""Faces become glyphs: masks with their place on the baseline, drawn once and kept."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from captchakit.errors import OptionError
from captchakit.learning.drawing import pixel, stick
from captchakit.learning.drawing.faces import Face
from captchakit.types import Image

try:
    from PIL import Image as Pictures
    from PIL import ImageDraw, ImageFont
except ImportError:
    raise OptionError("drawing needs Pillow: install captchakit-ocr with the extra 'draw'") from None

MASTER = 44
"""Cap height in pixels at which glyphs are drawn and kept; smaller ones are scaled down from it, larger ones up."""

# All characters of some 1,800 faces, about 300 MB; what lies beyond is drawn anew.
_KEPT = 130_000
_kept: OrderedDict[tuple[str, str, int, bool], Glyph] = OrderedDict()


@dataclass(frozen=True, slots=True, eq=False)
class Glyph:
    """A character's mask `(height, width)`, ink 255, cropped to its ink.

    `top` is how many rows above the baseline it begins, `left` its first column after the pen, `advance` the pen's
    step, all in pixels of the mask. `hull` are the corners of its convex hull, `(n, 2)` of x and y.
    """

    mask: Image
    top: float
    left: float
    advance: float
    cap: int
    hull: NDArray[np.float32]


def glyph(face: Face, character: str, cap: int, own: bool = False) -> Glyph:
    """Return a face's glyph for a cap height in pixels, at most that of the master.

    It is scaled down from the master unless it is to be drawn at its `own` size, in two tones, as small type is that
    was set without anti-aliasing.
    """
    if own or face.source == "pixel":
        return _found(face, character, cap, own)
    master = _found(face, character, MASTER, False)
    return master if cap >= MASTER else _scaled(master, cap)


def warm(all_faces: Iterable[Face]) -> int:
    """Draw the master glyphs of faces ahead, and return how many there are.

    The first drawings with many faces are slow since each meets new glyphs; whoever draws for hours in several
    processes calls this once, before forking. It takes some 140 microseconds and 3 kB a glyph.
    """
    wanted = [(face, character) for face in all_faces for character in sorted(face.characters)]
    for face, character in wanted:
        glyph(face, character, MASTER)
    return len(wanted)


def _found(face: Face, character: str, cap: int, crisp: bool) -> Glyph:
    key = (face.name, character, cap, crisp)
    found = _kept.get(key)
    if found is None:
        found = _kept[key] = _drawn(face, character, cap, crisp)
        if len(_kept) > _KEPT:
            _kept.popitem(last=False)
    return found


def _scaled(master: Glyph, cap: int) -> Glyph:
    by = cap / MASTER
    height, width = master.mask.shape
    size = (max(1, round(width * by)), max(1, round(height * by)))
    mask = np.asarray(cv2.resize(master.mask, size, interpolation=cv2.INTER_AREA), np.uint8)
    hull = master.hull * np.array((size[0] / width, size[1] / height), np.float32)
    return Glyph(mask, master.top * by, master.left * by, master.advance * by, cap, hull)


def _drawn(face: Face, character: str, cap: int, crisp: bool) -> Glyph:
    if face.source == "stick":
        canvas, top = stick.draw_stick(character, cap, face.weight, rounded=face.rounded)
    elif face.source == "pixel":
        canvas, top = pixel.draw_pixel(character, cap)
        cap = top
    else:
        return _written(face, character, cap, crisp)
    return _cropped(canvas, top, 0, 0.0, cap)


def _written(face: Face, character: str, cap: int, crisp: bool) -> Glyph:
    size = max(4, round(cap / face.cap))
    font = _font(face.source, face.index, size)
    canvas, origin = write(font, character, size, crisp)
    return _cropped(canvas, origin[1], origin[0], float(font.getlength(character)), cap)


def write(
    font: ImageFont.FreeTypeFont, character: str, size: int, crisp: bool = False
) -> tuple[Image, tuple[int, int]]:
    """Return a canvas with one character in white, and the column and row of its pen on the baseline."""
    pen = (size, 3 * size // 2)
    picture = Pictures.new("L", (3 * size, 9 * size // 4))
    drawing = ImageDraw.Draw(picture)
    drawing.fontmode = "1" if crisp else "L"
    drawing.text(pen, character, fill=255, font=font, anchor="ls")
    return np.asarray(picture), pen


def _cropped(canvas: Image, top: int, left: int, advance: float, cap: int) -> Glyph:
    x, y, width, height = cv2.boundingRect(canvas)
    width, height = max(width, 1), max(height, 1)
    mask = np.ascontiguousarray(canvas[y : y + height, x : x + width])
    inked = cv2.findNonZero((mask > 60).astype(np.uint8))
    corners: Any = [[[0, 0]], [[width - 1, height - 1]]] if inked is None else cv2.convexHull(inked)
    hull = _outline(np.asarray(corners, np.float32).reshape(-1, 2))
    return Glyph(mask, top - y, x - left, advance or width * 1.15, cap, hull)


def _outline(corners: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return points all along a polygon, since a bend moves its sides as well as its corners."""
    ahead = np.roll(corners, -1, axis=0)
    return np.concatenate([corners + (ahead - corners) * np.float32(share) for share in (0, 0.25, 0.5, 0.75)])


@lru_cache(maxsize=48)
def _font(source: str, index: int, size: int) -> ImageFont.FreeTypeFont:
    if source == "pillow":
        face = ImageFont.load_default(size)
        assert isinstance(face, ImageFont.FreeTypeFont), "Pillow was built without FreeType"
        return face
    return ImageFont.truetype(source, size, index=index, layout_engine=ImageFont.Layout.BASIC)
