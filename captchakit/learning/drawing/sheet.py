"""A contact sheet of a style, to be judged by eye."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np

from captchakit.errors import OptionError
from captchakit.learning.drawing import faces, glyphs
from captchakit.learning.drawing.drawing import Drawing, draw, named
from captchakit.learning.drawing.papering import stamp
from captchakit.learning.drawing.style import Style
from captchakit.types import Image

CELL = (208, 88)
"""Width and height of a cell, px; pictures that are larger are scaled down."""
_CAPTION = 16


def sheet(style: Style | str, seed: int, rows: int = 12, columns: int = 6) -> Image:
    """Return a picture, `(88 * rows, 208 * columns, 3)`, of drawings with their labels underneath.

    Raises `OptionError` for an unknown style, or fewer than one row or column.
    """
    if rows < 1 or columns < 1:
        raise OptionError(f"a sheet has at least one row and one column, not {rows} and {columns}")
    chosen = named(style)
    width, height = CELL
    page = np.full((rows * height, columns * width, 3), 120, np.uint8)
    for index in range(rows * columns):
        row, column = divmod(index, columns)
        cell = page[row * height : (row + 1) * height, column * width : (column + 1) * width]
        _show(cell, draw(chosen, image_seed(seed, index)))
    return page


def image_seed(seed: int, index: int) -> int:
    """Return the seed of image number `index` of a set, so that sets of different seeds share no image."""
    return (seed << 32) + index


def _show(cell: Image, drawing: Drawing) -> None:
    image: Any = drawing.image
    room_x, room_y = CELL[0] - 8, CELL[1] - _CAPTION - 6
    scale = min(room_x / image.shape[1], room_y / image.shape[0], 1.0)
    if scale < 1:
        image = cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    cell[4 : 4 + image.shape[0], 4 : 4 + image.shape[1]] = image
    pen = 4
    for character in drawing.label:
        # The stick face draws every character there is.
        glyph = glyphs.glyph(faces.builtin()[3], character, 11)
        stamp(cell, glyph.mask, (pen, CELL[1] - 4 - round(glyph.top)), (255, 255, 255))
        pen += glyph.mask.shape[1] + 2
