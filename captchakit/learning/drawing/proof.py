"""Does a face draw what it is asked for? Dingbats, boxes, small capitals and unreadable ornaments are found here.

Every glyph is compared, at a normalised size, with the same character of a panel of plain faces of many packages. It
passes where it is like one of them and not more like another character. A face of which too much fails is dropped, and
so are the lower-case letters of a face that draws them as capitals, since their labels would be wrong.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import ImageFont

from captchakit.learning.drawing import glyphs
from captchakit.learning.drawing.faces import Face, builtin
from captchakit.learning.drawing.style import CHARACTERS, DIGITS, LOWER, UPPER

PANEL = (
    "fonts-dejavu", "fonts-liberation", "fonts-freefont", "fonts-lato", "fonts-open-sans", "fonts-go/", "fonts-cmu",
    "fonts-texgyre", "fonts-linuxlibertine", "fonts-comic-neue", "fonts-urw-base35", "fonts-hack", "fonts-croscore",
    "fonts-roboto", "fonts-jura", "fonts-inconsolata",
)  # fmt: skip
LIKE = 0.62
"""Least likeness to the same character of some face of the panel."""
CONFUSION = 0.05
"""How much liker a glyph may be to another character."""
LENIENT = (0.52, 0.12)
"""Both limits for the rest of a face of which four in five characters have passed: it is a face of letters."""

PANEL_SIZE = 60

_SIDE = 20
_SIZE = 40
_NOTHING = "\U0010fffd"
# Characters that look alike in good faces too; being taken for one of these proves nothing.
_ALIKE = (
    "0OoQD", "1Il|i/jJ7tTf", "5Ss", "Cc", "XxK*\N{MULTIPLICATION SIGN}", "Vvyu", "Ww", "Zz2", "UuV", "Kkx", "Pp", "YyV",
    "B8", "9gq", "-=", "6bG", "t+f", "Jj", "ceo", "nhr", "aeo", "adgqo", "08", "4A", "Mm", "7?", "FP", "EF", "GC", "OQ",
    "RK", "HN",
)  # fmt: skip
_CAPS = "ABDEFGHNRT"


@dataclass(frozen=True, slots=True, eq=False)
class Shapes:
    """A face's glyphs: unit vectors `(characters, side * side)`, zero where nothing is drawn, and their heights, px."""

    vectors: NDArray[np.float32]
    heights: NDArray[np.float32]


def proven(candidates: list[Face]) -> list[Face]:
    """Return the faces that pass, with the characters that they draw and their cap height; copies are dropped."""
    drawn = [(face, shapes) for face in candidates if (shapes := shapes_of(face)) is not None]
    members = [s.vectors for f, s in drawn if f.name.startswith(PANEL)]
    # More members hardly change a verdict, and every face is compared with all of them.
    panel = np.stack(members[:: len(members) // PANEL_SIZE + 1] or [_own()])
    passed, seen = [], set()
    for face, shapes in drawn:
        # A package may hold the same face in two formats, and two packages the same face.
        print_of = (np.round(shapes.vectors * 40).astype(np.int8)).tobytes()
        characters = judged(shapes, panel)
        if print_of in seen or not characters:
            continue
        seen.add(print_of)
        cap = shapes.heights[[CHARACTERS.index(c) for c in "H0"]].max() / _SIZE
        if 0.15 < cap < 1.2:
            passed.append(replace(face, characters=characters, cap=round(float(cap), 4)))
    return passed


def _own() -> NDArray[np.float32]:
    """Return the built-in face, which stands in where no face of the panel was fetched."""
    found = [shapes_of(face) for face in builtin() if face.source == "pillow"]
    return next(s.vectors for s in found if s is not None)


def shapes_of(face: Face) -> Shapes | None:
    """Draw every character of a face; `None` where the file cannot be read as a font."""
    try:
        font = _open(face)
        missing = _mask(font, _NOTHING)
        masks = [_mask(font, c) for c in CHARACTERS]
    except (OSError, ValueError):
        return None
    heights = np.zeros(len(masks), np.float32)
    vectors = np.zeros((len(masks), _SIDE * _SIDE), np.float32)
    for i, mask in enumerate(masks):
        if mask.size and not (mask.shape == missing.shape and np.array_equal(mask, missing)):
            heights[i], vectors[i] = mask.shape[0], vector(mask)
    return Shapes(vectors, heights)


def _open(face: Face) -> ImageFont.FreeTypeFont:
    if face.source == "pillow":
        font = ImageFont.load_default(_SIZE)
        assert isinstance(font, ImageFont.FreeTypeFont), "Pillow was built without FreeType"
        return font
    return ImageFont.truetype(face.source, _SIZE, index=face.index, layout_engine=ImageFont.Layout.BASIC)


def _mask(font: ImageFont.FreeTypeFont, character: str) -> NDArray[np.uint8]:
    canvas, _ = glyphs.write(font, character, _SIZE)
    x, y, width, height = cv2.boundingRect(canvas)
    return canvas[y : y + height, x : x + width]


def vector(mask: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Return a glyph as a unit vector: scaled to a square by its longer side, softened, its mean taken off."""
    height, width = mask.shape
    scale = (_SIDE - 2) / max(height, width)
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    small = cv2.resize(mask, size, interpolation=cv2.INTER_AREA)
    square = np.zeros((_SIDE, _SIDE), np.float32)
    top, left = (_SIDE - size[1]) // 2, (_SIDE - size[0]) // 2
    square[top : top + size[1], left : left + size[0]] = small
    flat = np.asarray(cv2.GaussianBlur(square, (0, 0), 1.2), np.float32).ravel()
    flat -= flat.mean()
    return np.asarray(flat / (np.linalg.norm(flat) or 1.0), np.float32)


def judged(shapes: Shapes, panel: NDArray[np.float32]) -> frozenset[str]:
    """Return the characters that a face draws fit for a label; `panel` is `(faces, characters, side * side)`."""
    # One flat product: numpy multiplies stacks without BLAS, fifty times slower.
    flat = panel.reshape(-1, panel.shape[2]) @ shapes.vectors.T
    likeness = flat.reshape(len(panel), len(CHARACTERS), -1).max(axis=0)
    passed = {c for i, c in enumerate(CHARACTERS) if _passes(likeness[:, i], i, LIKE, CONFUSION)}
    if len(passed) >= 0.8 * len(CHARACTERS):
        passed = {c for i, c in enumerate(CHARACTERS) if _passes(likeness[:, i], i, *LENIENT)}
    for group in (DIGITS, UPPER, LOWER):
        # Where most of a group fails, the rest passed by luck.
        if len(passed & set(group)) < 0.7 * len(group):
            passed -= set(group)
    if _same_case(likeness):
        passed -= set(LOWER)
    passed -= {c for c in "cosvwxz" if _height(shapes, c) > 0.9 * _height(shapes, c.upper())}
    passed -= {i for i in LOWER + UPPER if _twin(shapes, i, passed)}
    return frozenset(passed) if passed & set(DIGITS + UPPER + LOWER) else frozenset()


def _passes(column: NDArray[np.float32], index: int, like: float, confusion: float) -> bool:
    character = CHARACTERS[index]
    alike = set(character).union(*(group for group in _ALIKE if character in group))
    others = [i for i, c in enumerate(CHARACTERS) if c not in alike and c.lower() != character.lower()]
    return bool(column[index] >= like and column[others].max() <= column[index] + confusion)


def _same_case(likeness: NDArray[np.float32]) -> bool:
    """Whether lower-case letters look like capitals."""
    votes = 0
    for c in _CAPS:
        column = likeness[:, CHARACTERS.index(c.lower())]
        votes += int(column[CHARACTERS.index(c)] > column[CHARACTERS.index(c.lower())] + 0.02)
    return votes >= 4


def _height(shapes: Shapes, character: str) -> float:
    return float(shapes.heights[CHARACTERS.index(character)])


def _twin(shapes: Shapes, character: str, passed: set[str]) -> bool:
    """Whether a lower-case letter is, in this face, its capital at the same size."""
    if not character.islower() or character.upper() not in passed:
        return False
    lower, upper = CHARACTERS.index(character), CHARACTERS.index(character.upper())
    same = float(shapes.vectors[lower] @ shapes.vectors[upper])
    return same > 0.97 and _height(shapes, character) > 0.93 * _height(shapes, character.upper())
