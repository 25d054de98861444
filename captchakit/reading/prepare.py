"""Everything up to the glyphs, the same for learning and for solving."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from math import ceil, floor

import cv2
import numpy as np
from numpy.typing import NDArray

from captchakit.errors import PluginError
from captchakit.reading.card import Recipe
from captchakit.registry import filters, segmenters
from captchakit.stages import Filter, Segmenter, Warp
from captchakit.types import Box, Glyphs, Image

_Row = tuple[float, float, float]


@dataclass(frozen=True, slots=True, eq=False)
class Prepared:
    """A filtered image, its glyphs, and the 2x3 matrix from the given image to the filtered one (None: the same).

    `size` is that of the given image, (width, height).
    """

    image: Image
    glyphs: Glyphs
    size: tuple[int, int]
    matrix: NDArray[np.float64] | None = None

    def restored(self, boxes: Sequence[Box]) -> list[Box]:
        """Return boxes of the filtered image as the smallest boxes that hold them in the image that was given."""
        if self.matrix is None:
            return list(boxes)
        across, down = np.asarray(cv2.invertAffineTransform(self.matrix)).tolist()
        return [_moved(box, tuple(across), tuple(down)) for box in boxes]


def _moved(box: Box, across: _Row, down: _Row) -> Box:
    # Corners lie between pixels, the matrix speaks of their centres.
    left, right = _reach(across, box.x - 0.5, box.y - 0.5, box.width, box.height)
    top, bottom = _reach(down, box.x - 0.5, box.y - 0.5, box.width, box.height)
    left, top = floor(left + 1e-6), floor(top + 1e-6)
    return Box(left, top, ceil(right - 1e-6) - left, ceil(bottom - 1e-6) - top)


def _reach(row: _Row, x: float, y: float, width: int, height: int) -> tuple[float, float]:
    """Return the least and greatest that a row of the matrix makes of a box whose corner is at `(x, y)`."""
    by_x, by_y, offset = row
    wide, high = by_x * width, by_y * height
    least = by_x * x + by_y * y + offset + 0.5
    most = least
    # Conditions and not min and max: one call costs as much as all of them, and there are eight for each symbol.
    if wide < 0:
        least += wide
    else:
        most += wide
    if high < 0:
        least += high
    else:
        most += high
    return least, most


@dataclass(frozen=True)
class Prepare:
    """Filters, then a segmenter."""

    filters: tuple[Filter | Warp, ...]
    segmenter: Segmenter
    names: tuple[str, ...] = field(default=(), repr=False)

    @classmethod
    def from_recipe(cls, recipe: Recipe) -> Prepare:
        """Build the parts of a recipe; raises `PluginError`."""
        made = tuple(filters.build(step.name, step.options) for step in recipe.filters)
        names = tuple(step.name for step in recipe.filters)
        return cls(made, segmenters.build(recipe.segmenter.name, recipe.segmenter.options), names)

    @cached_property
    def _warps(self) -> tuple[bool, ...]:
        return tuple(isinstance(f, Warp) for f in self.filters)

    def __call__(self, image: Image) -> Prepared:
        """Return the filtered image and its glyphs."""
        _, filtered, matrix = self._filtered(image, keep=False)
        try:
            glyphs = self.segmenter(filtered)
        except _UNLIKE as error:
            _blame(self.segmenter, filtered, error)
            raise
        return Prepared(filtered, glyphs, (image.shape[1], image.shape[0]), matrix)

    def stages(self, image: Image) -> list[tuple[str, Image]]:
        """Return the image after each filter, with the filter's name."""
        return self._filtered(image, keep=True)[0]

    def _filtered(
        self, image: Image, *, keep: bool
    ) -> tuple[list[tuple[str, Image]], Image, NDArray[np.float64] | None]:
        seen: list[tuple[str, Image]] = []
        matrix: NDArray[np.float64] | None = None
        for number, step in enumerate(self.filters):
            try:
                if self._warps[number]:
                    own, size = step.matrix(image)  # type: ignore[union-attr]
                    image = warped(image, own, size)
                    matrix = own if matrix is None else _after(own, matrix)
                else:
                    image = step(image)  # type: ignore[operator]
            except _UNLIKE as error:
                _blame(step, image, error)
                raise
            if keep:
                seen.append((self.names[number] if self.names else repr(step), image))
        return seen, image, matrix


_UNLIKE = (cv2.error, ValueError, IndexError)


def _blame(part: object, image: Image, error: Exception) -> None:
    """Say what is wrong where a part for one channel has met colour: OpenCV's words name neither."""
    if image.ndim != 2:
        raise PluginError(f"{part!r} needs one channel; put gray or ink_distance before it") from error


def warped(image: Image, matrix: NDArray[np.float64], size: tuple[int, int]) -> Image:
    """Return the image moved by a matrix to a (width, height)."""
    if (part := _shifted(image, matrix, size)) is not None:
        return part
    if _only_scales(matrix, image, size):  # then resizing does it, in half the time
        # It samples 2x2 pixels unless told to average: shrinking by more than that aliases.
        how = cv2.INTER_AREA if matrix[0, 0] < 0.5 else cv2.INTER_LINEAR
        return np.asarray(cv2.resize(image, size, interpolation=how), np.uint8)
    moved = cv2.warpAffine(image, matrix, size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(moved, np.uint8)


def _shifted(image: Image, matrix: NDArray[np.float64], size: tuple[int, int]) -> Image | None:
    """Return the part of the image that a matrix leaves as it is, None where it does more than cut."""
    (xx, xy, x0), (yx, yy, y0) = matrix.tolist()
    left, top, (width, height) = -x0, -y0, size
    inside = 0 <= left <= image.shape[1] - width and 0 <= top <= image.shape[0] - height
    if not (inside and xx == yy == 1 and xy == yx == 0 and left == int(left) and top == int(top)):
        return None
    return image[int(top) : int(top) + height, int(left) : int(left) + width]


def _only_scales(matrix: NDArray[np.float64], image: Image, size: tuple[int, int]) -> bool:
    """Return whether a matrix stretches the whole image to the whole of `size` (width, height) and no more."""
    across, down = size[0] / image.shape[1], size[1] / image.shape[0]
    (xx, xy, x0), (yx, yy, y0) = matrix.tolist()
    aside = abs(x0 - (across - 1) / 2) + abs(y0 - (down - 1) / 2)
    return bool(xy == yx == 0 and abs(xx - across) + abs(yy - down) + aside < 1e-9)


def _after(second: NDArray[np.float64], first: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the matrix that applies `first` and then `second`."""
    bottom = np.array([[0.0, 0.0, 1.0]])
    return np.asarray((np.vstack([second, bottom]) @ np.vstack([first, bottom]))[:2], np.float64)
