"""A stick face of our own: strokes on a grid four wide, six above the baseline and two below."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from captchakit.types import Image

CAP = 6

# Strokes are runs of points, a point is column and row; row 0 is the cap line, 2 the x line, 6 the baseline.
_STROKES = {
    "0": "102031352616050110", "1": "112026", "2": "01103041420646", "3": "004023334445361605",
    "4": "300444 3036", "5": "400002324345361605", "6": "4130100105163645443304",
    "7": "004016", "8": "1030414233130405163645443313020110", "9": "051636454130100102133342",
    "A": "062046 1434", "B": "06003041423303 3344453606", "C": "4130100105163645", "D": "00204244260600",
    "E": "40000646 0333", "F": "400006 0333", "G": "41301001051636454323", "H": "0006 4046 0343",
    "I": "1030 2026 1636", "J": "4045361605", "K": "0006 400346", "L": "000646", "M": "0600234046",
    "N": "06004640", "O": "103041453616050110", "P": "06003041423303", "Q": "103041453616050110 2446",
    "R": "06003041423303 2346", "S": "413010010213334445361605", "T": "0040 2026", "U": "000516364540",
    "V": "002640", "W": "0016223640", "X": "0046 4006", "Y": "002340 2326", "Z": "00400646",
    "a": "0312324346 441405163645", "b": "0006 0312324345361605", "c": "4332120305163645",
    "d": "4046 4332120305163645", "e": "04444332120305163645", "f": "41302126 1232",
    "g": "4332120305163645 4247381807", "h": "0006 0312324346", "i": "2226 2020", "j": "3237281807 3030",
    "k": "0006 4204 1346", "l": "202536", "m": "0602 03122326 23324346", "n": "0602 0312324346",
    "o": "123243453616050312", "p": "0208 0312324345361605", "q": "4248 4332120305163645", "r": "0206 042232",
    "s": "43321203143445361605", "t": "202536 1232", "u": "0205163645 4246", "v": "022642",
    "w": "0216233642", "x": "0246 4206", "y": "0225 4208", "z": "02420646", "+": "0444 2226", "-": "0444",
    "\N{MULTIPLICATION SIGN}": "0235 3205", "*": "2125 0244 4204", "÷": "0444 2222 2626", "/": "4006", "=": "0343 0545",
    "?": "011030414223 2324 2626",
}  # fmt: skip

CHARACTERS = "".join(_STROKES)
_SHIFT = 4


def strokes(character: str) -> list[NDArray[np.float64]]:
    """Return a character's strokes as points `(n, 2)` of column and row."""
    written = _STROKES[character].split()
    return [
        np.array([(int(a), int(b)) for a, b in zip(stroke[::2], stroke[1::2], strict=True)], np.float64)
        for stroke in written
    ]


def draw_stick(character: str, size: int, weight: float, *, rounded: bool) -> tuple[Image, int]:
    """Return a glyph, ink 255 on 0, and the row of its top above the baseline; `size` is the cap height in pixels.

    `weight` is the thickness of the strokes over the cap height, `rounded` cuts their corners twice.
    """
    thickness = max(1, round(size * weight))
    border = thickness + 1
    scale = (size - thickness) / CAP
    canvas = np.zeros((round(8 * scale) + 2 * border + 1, round(4 * scale) + 2 * border + 1), np.uint8)
    for stroke in strokes(character):
        points = cut_corners(cut_corners(stroke)) if rounded and len(stroke) > 2 else stroke
        fixed = np.round((points * scale + border) * (1 << _SHIFT)).astype(np.int32)
        cv2.polylines(canvas, [fixed], False, 255, thickness, cv2.LINE_AA, _SHIFT)
    return canvas, border + round(CAP * scale) + thickness // 2


def cut_corners(points: NDArray[np.float64]) -> NDArray[np.float64]:
    """Chaikin's cut: every corner becomes two; ends stay, and a closed stroke stays closed."""
    first, last = points[:-1] * 0.75 + points[1:] * 0.25, points[:-1] * 0.25 + points[1:] * 0.75
    inner = np.stack([first, last], axis=1).reshape(-1, 2)
    return np.concatenate([points[:1], inner[1:-1], points[-1:]])
