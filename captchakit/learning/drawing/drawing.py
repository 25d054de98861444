"""The order of things: text, layout, bend, paper, clutter, ink, finish."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import accumulate

import cv2
import numpy as np

from captchakit.errors import OptionError
from captchakit.learning.drawing import bending, cluttering, finishing, inking, layout, papering, texts
from captchakit.learning.drawing.bending import Bend
from captchakit.learning.drawing.dice import Dice
from captchakit.learning.drawing.layout import Layout
from captchakit.learning.drawing.papering import Paper
from captchakit.learning.drawing.style import CHARACTERS, Style
from captchakit.learning.drawing.styles import STYLES
from captchakit.types import Box, Image

GROUPS = ("text", "lettering", "placing", "bending", "inking", "papering", "cluttering", "finishing")


@dataclass(frozen=True, slots=True, eq=False)
class Drawing:
    """A drawn captcha: `image` is `(height, width, 3)` BGR, `boxes` holds one box for each character of `label`.

    A box surrounds the character's ink in pixels of the image; it is cut at the border, so a character that was
    clipped away has an empty one. `jpeg` is the image's file where it went through JPEG.
    """

    image: Image
    label: str
    boxes: tuple[Box, ...]
    jpeg: bytes | None = None

    @property
    def suffix(self) -> str:
        """How a file of it is named, `.png` or `.jpg`."""
        return ".jpg" if self.jpeg is not None else ".png"

    def encode(self) -> bytes:
        """Return the image file; decoding it gives `image`, bit for bit."""
        return self.jpeg if self.jpeg is not None else cv2.imencode(".png", self.image)[1].tobytes()


def named(style: Style | str) -> Style:
    """Return a style by its name; raises `OptionError` where there is none of that name."""
    if isinstance(style, Style):
        return style
    if style not in STYLES:
        raise OptionError(f"there is no style {style!r}, but {', '.join(STYLES)}")
    return STYLES[style]


def draw(style: Style | str, seed: int, label: str | None = None) -> Drawing:
    """Draw one captcha; the same style and seed (0 or more) give the same bytes, whatever was drawn before.

    A `label` is written as it is, else one is drawn too. Raises `OptionError` for an unknown style, a negative seed, or
    a label that is empty, longer than 24, or has characters that cannot be drawn.
    """
    chosen = named(style)
    if seed < 0:
        raise OptionError(f"a seed is 0 or more, not {seed}")
    dice = Dice(chosen.name, seed)
    mixed = mixture(chosen, dice)
    text = texts.compose(mixed.text, dice) if label is None else _writable(label)
    return _drawn(mixed, text, dice)


def mixture(style: Style, dice: Dice) -> Style:
    """Return the style itself, or what the dice make of those that it mixes."""
    if not style.mix:
        return style
    first = STYLES[dice.weighted(style.mix)]
    share = dice.weighted(style.swaps)
    swapped = {g: getattr(STYLES[dice.weighted(style.mix)], g) for g in GROUPS if dice.chance(share)}
    lettering, finishing = (swapped.get(group, getattr(first, group)) for group in ("lettering", "finishing"))
    # A mixture brings its own faces: those of the family, or of any kind, from the mixture's whole set.
    kinds = lettering.kinds if dice.chance(0.4) else style.lettering.kinds
    swapped["lettering"] = replace(lettering, faces=style.lettering.faces, kinds=kinds)
    swapped["finishing"] = replace(finishing, stretched=style.finishing.stretched)
    return replace(first, **swapped)


def _writable(label: str) -> str:
    strange = [c for c in label if c not in CHARACTERS]
    if strange:
        raise OptionError(f"label {label!r} has {strange[0]!r}, which cannot be drawn")
    if not 1 <= len(label) <= 24:
        raise OptionError(f"a label has 1 to 24 characters, not {len(label)}")
    return label


def _drawn(style: Style, text: str, dice: Dice) -> Drawing:
    placed = layout.lay_out(style, text, dice)
    bend = bending.bend(style.bending, placed.height, placed.width, placed.cap, dice)
    paper = papering.paper(style.papering, placed, dice)
    plan = inking.plan(style.inking, paper, placed, _weight(style, dice), dice)
    image = _written(style, paper, plan, placed, bend, dice)
    if dice.chance(style.papering.frame):
        corner = (placed.width - 1, placed.height - 1)
        cv2.rectangle(image, (0, 0), corner, cluttering.any_colour(dice), 1 + dice.below(2))
    done = finishing.finish(style.finishing, image, _middle(plan, paper), dice)
    return Drawing(done.image, text, _boxes(placed, bend, done), done.jpeg)


def _middle(plan: inking.Plan, paper: Paper) -> float:
    """Return the grey level between the ink and that side of the paper which is nearer to it."""
    return 255 * (plan.luminance + (paper.low if plan.luminance < paper.low else paper.high)) / 2


def _weight(style: Style, dice: Dice) -> int:
    if dice.chance(style.lettering.bold):
        return 1 + dice.below(2)
    return -1 if dice.chance(style.lettering.thin) else 0


def _written(style: Style, paper: Paper, plan: inking.Plan, placed: Layout, bend: Bend | None, dice: Dice) -> Image:
    """Put clutter, writing, and clutter again onto the paper, and bend it all where the paper bends too."""
    image, knobs, ink = paper.image, style.cluttering, (plan.colour, placed.cap)
    lines = _parted(cluttering.strokes(knobs, dice), knobs.behind, dice)
    spots = _parted(cluttering.scatter(knobs, dice), knobs.behind, dice)
    if dice.chance(knobs.decoys):
        cluttering.draw_decoys(image, (paper.low, paper.high), placed.cap, dice)
    cluttering.draw_scatter(image, spots[0], knobs, plan.colour, dice)
    cluttering.draw_strokes(image, lines[0], knobs, ink, dice)
    layer = inking.masks(plan, placed, None if bend is None or bend.whole else bend, dice)
    inking.texture(layer.ink, plan, dice.chance(style.inking.rough), placed.cap, dice)
    inking.lay_on(image, layer, plan, placed.cap, dice)
    cluttering.draw_strokes(image, lines[1], knobs, ink, dice)
    cluttering.draw_scatter(image, spots[1], knobs, plan.colour, dice)
    if bend is None or not bend.whole:
        return image
    bent = cv2.remap(image, bend.map_x, bend.map_y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(bent, np.uint8)


def _parted(kinds: list[str], behind: float, dice: Dice) -> tuple[list[str], list[str]]:
    below = [kind for kind in kinds if dice.chance(behind)]
    return below, [kind for kind in kinds if kind not in below]


def _boxes(placed: Layout, bend: Bend | None, done: finishing.Finished) -> tuple[Box, ...]:
    """Follow the corners of every glyph through layout, bend and resizing."""
    hulls = [character.glyph.hull for character in placed.characters]
    counts = [len(hull) for hull in hulls]
    # Rows are a, b, c and d, e, f of each point's own map.
    maps = np.array([character.affine for character in placed.characters], np.float32).repeat(counts, axis=0)
    corners = np.concatenate(hulls) + np.float32(0.5)
    points = maps[:, [0, 3]] * corners[:, :1] + maps[:, [1, 4]] * corners[:, 1:] + maps[:, [2, 5]]
    if bend is not None:
        points = bend.forward(points)
    points *= np.asarray(done.scale, np.float32)
    height, width = done.image.shape[:2]
    starts = [0, *accumulate(counts[:-1])]
    least, most = np.minimum.reduceat(points, starts).tolist(), np.maximum.reduceat(points, starts).tolist()
    return tuple(_box(low, high, width, height) for low, high in zip(least, most, strict=True))


def _box(low: list[float], high: list[float], width: int, height: int) -> Box:
    (left, top), (right, bottom) = low, high
    x, y = _within(left - 0.5, width), _within(top - 0.5, height)
    return Box(x, y, _within(right + 0.5, width) - x, _within(bottom + 0.5, height) - y)


def _within(value: float, limit: int) -> int:
    return min(limit, max(0, round(value)))
