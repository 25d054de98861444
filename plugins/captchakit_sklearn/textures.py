"""Statistics of colour and texture as an ONNX graph: what ground a photograph shows, wherever in it and however turned.

Joint histograms of brightness and chromaticity; rotation-invariant uniform binary patterns (Ojala, Pietikäinen and
Mäenpää 2002, doi:10.1109/TPAMI.2002.1017623), strengths of edges and moments of detail at halved and halved again
sizes. Histograms share a value between the two nearest bins, so that a little more light moves them a little.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from captchakit_sklearn.features import Graph
from captchakit_sklearn.nodes import Nodes

LEVELS = 4
"""How often the picture is looked at, each time at half the size."""

LEAST = 8
"""The least side in pixels at which a level can be looked at."""

STANDS_OUT = 0.005
"""By how much of the full range a neighbour must be brighter to count as brighter: noise is less."""

TINY = 1e-7


@dataclass(frozen=True, slots=True)
class Textures:
    """Statistics of images `(N, channels, height, width)`, or with `parts` above 1 of each of `parts` squared tiles.

    Tiles of one image follow each other, by rows: `(N * parts * parts, D)`.
    """

    channels: int
    height: int
    width: int
    parts: int = 1

    def graph(self) -> Graph:
        """Return the nodes from `input` `(N, channels, H, W)` to `features`, their constants, and D."""
        made = Nodes()
        colours = made.op("Concat", "input", "input", "input", axis=1) if self.channels == 1 else "input"
        high, wide = self.height // self.parts, self.width // self.parts
        levels = sum(min(high, wide) >= LEAST << level for level in range(LEVELS))
        rows = [_chroma(made, tiles := _tiles(made, colours, high, wide, self.parts), high * wide)]
        # Blue, green and red become brightness and two opponent colours.
        mixed = np.array([[1 / 3, 1 / 3, 1 / 3], [0, -1, 1], [-1, 0.5, 0.5]])
        seen = made.op("Conv", tiles, made.constant(mixed.reshape(3, 3, 1, 1)))
        for _ in range(levels):
            rows.append(_detail(made, seen))
            seen = made.op("AveragePool", seen, kernel_shape=[2, 2], strides=[2, 2])
        made.op("Concat", *rows, axis=1, into="features")
        return made.nodes, made.constants, CHROMA + levels * DETAIL


def _tiles(made: Nodes, images: str, high: int, wide: int, parts: int) -> str:
    if parts == 1:
        return images
    whole = made.op("Slice", images, made.whole([0, 0]), made.whole([high * parts, wide * parts]), made.whole([2, 3]))
    cut = made.op("Reshape", whole, made.whole([-1, 3, parts, high, parts, wide]))
    turned = made.op("Transpose", cut, perm=[0, 2, 4, 1, 3, 5])
    return made.op("Reshape", turned, made.whole([-1, 3, high, wide]))


LIGHT, TINT = 6, 7
CHROMA = TINT * TINT + 2 * LIGHT * TINT


def _chroma(made: Nodes, images: str, pixels: int) -> str:
    """Return joint histograms of the shares of red and green, and of each with brightness, `(N, CHROMA)`."""
    light = made.op("ReduceMean", images, made.whole([1]), keepdims=1)
    total = made.op("Add", made.op("Mul", light, made.number(3.0)), made.number(0.05))
    shares = made.op("Sub", made.op("Div", images, total), made.number(1 / 3))
    red, green = (made.op("Gather", shares, made.whole([channel]), axis=1) for channel in (2, 1))
    bins = [_shared(made, red, -0.1, 0.1, TINT), _shared(made, green, -0.06, 0.06, TINT)]
    bright = _shared(made, light, 0.0, 0.9, LIGHT)
    pairs = [(bins[0], bins[1]), (bright, bins[0]), (bright, bins[1])]
    return made.op("Concat", *(_joint(made, *pair, pixels) for pair in pairs), axis=1)


def _shared(made: Nodes, values: str, low: float, high: float, bins: int) -> str:
    """Return what each pixel of `(N, 1, H, W)` adds to each bin from `low` to `high`, `(N, bins, H, W)`."""
    centres = np.linspace(low, high, bins).reshape(1, bins, 1, 1)
    step = (high - low) / (bins - 1)
    held = made.op("Clip", values, made.number(low), made.number(high))
    away = made.op("Div", made.op("Abs", made.op("Sub", held, made.constant(centres))), made.number(step))
    return made.op("Relu", made.op("Sub", made.number(1.0), away))


def _joint(made: Nodes, one: str, other: str, pixels: int) -> str:
    """Return by square root how much of the image lies in each pair of bins, `(N, bins * bins)`."""
    flat = made.whole([0, 0, pixels])
    by_row, by_column = (made.op("Reshape", bins, flat) for bins in (one, other))
    shared = made.op("MatMul", by_row, made.op("Transpose", by_column, perm=[0, 2, 1]))
    mean = made.op("Div", shared, made.number(pixels))
    return made.op("Sqrt", made.op("Flatten", mean))


PATTERNS, STRENGTHS = 10, 9
DETAIL = PATTERNS + STRENGTHS + 3 * 3


def _detail(made: Nodes, seen: str) -> str:
    """Return patterns, strengths of edges, and moments of what blurring takes away, `(N, DETAIL)`."""
    light = made.op("Gather", seen, made.whole([0]), axis=1)
    lost = made.op("Sub", seen, made.op("Conv", _framed(made, seen, 2), made.constant(_blur()), group=3))
    return made.op("Concat", _patterns(made, light), _edges(made, light), _moments(made, lost), axis=1)


def _framed(made: Nodes, images: str, by: int) -> str:
    return made.op("Pad", images, made.whole([0, 0, by, by, 0, 0, by, by]), mode="reflect")


def _blur() -> NDArray[np.float64]:
    row = np.array([1, 4, 6, 4, 1]) / 16
    return np.tile(np.outer(row, row), (3, 1, 1, 1))


ROUND = ((-1, -1), (-1, 0), (-1, 1), (0, 1), (1, 1), (1, 0), (1, -1), (0, -1))
"""The eight neighbours, in turn."""


def _patterns(made: Nodes, light: str) -> str:
    """Return by square root the share of each pattern of brighter neighbours."""
    kernels = np.zeros((8, 1, 3, 3))
    for kernel, (down, across) in zip(kernels, ROUND, strict=True):
        kernel[0, 1 + down, 1 + across], kernel[0, 1, 1] = 1, -1
    more = made.op("GreaterOrEqual", made.op("Conv", light, made.constant(kernels)), made.number(STANDS_OUT))
    powers = made.constant(np.reshape(2.0 ** np.arange(8), (1, 8, 1, 1)))
    code = made.op("Conv", made.op("Cast", more, to=1), powers)
    kinds = made.op("Gather", made.constant(_kinds()), made.op("Cast", made.op("Flatten", code), to=7), axis=0)
    return made.op("Sqrt", made.op("ReduceMean", kinds, made.whole([1]), keepdims=0))


def _kinds() -> NDArray[np.float64]:
    """Return which pattern each of 256 codes is: how many are brighter where they lie together, else the last one."""
    table = np.zeros((256, PATTERNS))
    for code in range(256):
        bits = np.array([code >> place & 1 for place in range(8)])
        together = np.abs(bits - np.roll(bits, 1)).sum() <= 2
        table[code, bits.sum() if together else PATTERNS - 1] = 1
    return table


def _edges(made: Nodes, light: str) -> str:
    """Return by square root how much of the image has edges of each strength, in steps of the logarithm."""
    across = np.array([[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]]) / 4
    kernels = made.constant(np.stack([across, across.T])[:, np.newaxis])
    slopes = made.op("Conv", _framed(made, light, 1), kernels)
    strength = made.op("ReduceL2", slopes, made.whole([1]), keepdims=1)
    told = made.op("Log", made.op("Add", strength, made.number(0.01)))
    shares = _shared(made, told, float(np.log(0.012)), float(np.log(0.5)), STRENGTHS)
    return made.op("Sqrt", made.op("Flatten", made.op("GlobalAveragePool", shares)))


def _moments(made: Nodes, lost: str) -> str:
    """Return the logarithm of the spread of each channel, its skewness and its peakedness."""
    squared = made.op("Mul", lost, lost)
    spread = made.op("Sqrt", made.op("Add", made.op("GlobalAveragePool", squared), made.number(TINY)))
    scaled = made.op("Div", lost, spread)
    third = made.op("Mul", made.op("Mul", scaled, scaled), scaled)
    fourth = made.op("GlobalAveragePool", made.op("Mul", third, scaled))
    skew = made.op("Mul", made.op("GlobalAveragePool", third), made.number(0.2))
    peaked = made.op("Sqrt", made.op("Sqrt", made.op("Add", fourth, made.number(TINY))))
    return made.op("Flatten", made.op("Concat", made.op("Log", spread), skew, peaked, axis=1))
