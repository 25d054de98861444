"""Characters get their places: sizes, gaps, turns, and the canvas around them."""

from __future__ import annotations

import math
from dataclasses import dataclass

from captchakit.learning.drawing import faces, glyphs
from captchakit.learning.drawing.dice import Dice
from captchakit.learning.drawing.faces import Face
from captchakit.learning.drawing.glyphs import Glyph
from captchakit.learning.drawing.style import Placing, Style

MAX_WIDTH = 420
Affine = tuple[float, float, float, float, float, float]
"""`x' = a x + b y + c` and `y' = d x + e y + f`, in this order, from glyph to canvas."""


@dataclass(frozen=True, slots=True, eq=False)
class Placed:
    """A glyph and the affine map that puts it on the canvas."""

    character: str
    glyph: Glyph
    affine: Affine


@dataclass(frozen=True, slots=True, eq=False)
class Layout:
    """A canvas of `height` and `width` pixels, its characters, their cap height, and how the glyphs are sampled."""

    height: int
    width: int
    cap: float
    characters: tuple[Placed, ...]
    blocky: bool

    def centre(self, index: int) -> float:
        """Return the column of a character's centre."""
        placed = self.characters[index]
        height, width = placed.glyph.mask.shape
        a, b, c, *_ = placed.affine
        return float(a * width / 2 + b * height / 2 + c)


@dataclass(slots=True)
class _Body:
    """One character before it has its place: scales, lean, turn, and the room that it takes, in pixels."""

    glyph: Glyph
    scale_x: float
    scale_y: float
    lean: float
    turn: float
    room: float
    rise: float


def lay_out(style: Style, text: str, dice: Dice) -> Layout:
    """Place a text by the knobs `lettering` and `placing`."""
    placing = style.placing
    low, high = placing.height
    # Heights are drawn evenly in their logarithm: most pictures are small.
    height = low * (high / low) ** dice.random()
    cap = height * dice.uniform(placing.size)
    blocky = dice.chance(style.lettering.blocky)
    bodies = _bodies(style, text, cap, blocky, dice)
    gaps = _gaps(placing, bodies, cap, dice)
    left, right = (dice.uniform(placing.margin) * cap for _ in range(2))
    width = left + sum(b.room for b in bodies) + sum(gaps) + right
    shrink = min(1.0, MAX_WIDTH / width)
    if dice.chance(placing.pane):
        left, width, height = _pane(left, width, height, dice)
    placed = _placed(placing, text, (bodies, gaps), (left, height, width, cap), dice)
    if shrink < 1:
        placed = tuple(_shrunk(p, shrink) for p in placed)
    return Layout(
        max(12, round(height * shrink)), max(16, round(width * shrink)), max(4.0, cap * shrink), placed, blocky
    )


def _bodies(style: Style, text: str, cap: float, blocky: bool, dice: Dice) -> list[_Body]:
    lettering, placing = style.lettering, style.placing
    chosen = _faces(style, text, dice)
    stretch = dice.uniform(lettering.stretch)
    turn, lean = dice.uniform(placing.rotation), dice.uniform(placing.shear)
    slant = dice.uniform(placing.slant)
    own = blocky or (cap < 20 and dice.chance(style.inking.crisp * 0.5))
    # A blocky glyph is one of few pixels that the affine map enlarges without smoothing.
    size = 7 + 2 * dice.below(3) if blocky else min(glyphs.MASTER, max(6, round(cap)))
    bodies = []
    for face, character in zip(chosen, text, strict=True):
        glyph = glyphs.glyph(face, character, size, own)
        scale = cap / glyph.cap * (1 + dice.spread(placing.uneven))
        if blocky:
            scale = max(1.0, float(round(scale)))
        # Dice are thrown only where the knob is turned, so that looks without it stay as they were.
        wide = stretch * (1 + dice.spread(placing.squeeze)) if placing.squeeze else stretch
        body = _Body(glyph, scale * wide, scale, slant + dice.spread(lean), math.radians(dice.spread(turn)), 0, 0)
        body.room = _room(body)
        body.rise = dice.spread(dice.uniform(placing.bounce) * cap)
        bodies.append(body)
    return bodies


def _faces(style: Style, text: str, dice: Dice) -> list[Face]:
    lettering = style.lettering
    if dice.chance(lettering.mixed):
        return [faces.choose(lettering.faces, lettering.kinds, c, dice) for c in text]
    return [faces.choose(lettering.faces, lettering.kinds, text, dice)] * len(text)


def _room(body: _Body) -> float:
    height, width = body.glyph.mask.shape
    lean = abs(body.lean) * height * body.scale_y
    cos, sin = abs(math.cos(body.turn)), abs(math.sin(body.turn))
    return float(cos * (width * body.scale_x + lean) + sin * height * body.scale_y)


def _gaps(placing: Placing, bodies: list[_Body], cap: float, dice: Dice) -> list[float]:
    gap = dice.uniform(placing.spacing)
    if dice.chance(0.4):
        # The pen's step rather than the ink: narrow characters then stand in as much air as the face gives them.
        for body in bodies:
            body.room = max(body.room * 0.6, 0.5 * (body.room + body.glyph.advance * body.scale_x * 0.95))
    if dice.chance(placing.slots):
        slot = max(b.room for b in bodies)
        for body in bodies:
            body.room = slot
    return [(gap + dice.spread(placing.ragged)) * cap for _ in bodies[1:]]


def _pane(left: float, width: float, height: float, dice: Dice) -> tuple[float, float, float]:
    before, after = dice.random() * width * 0.5, dice.random() * width * 0.5
    return left + before, width + before + after, height * dice.uniform((1.0, 2.2))


def _placed(
    placing: Placing,
    text: str,
    line: tuple[list[_Body], list[float]],
    room: tuple[float, float, float, float],
    dice: Dice,
) -> tuple[Placed, ...]:
    (bodies, gaps), (left, height, width, cap) = line, room
    free = max(0.0, height - cap) / 2
    base = height / 2 + cap / 2 + dice.spread(free * placing.drift)
    tilt = math.tan(math.radians(dice.spread(dice.uniform(placing.tilt))))
    placed, pen = [], left
    for body, gap, character in zip(bodies, [*gaps, 0.0], text, strict=True):
        x = pen + body.room / 2
        rows = body.glyph.mask.shape[0]
        y = base - (body.glyph.top - rows / 2) * body.scale_y + body.rise + (x - width / 2) * tilt
        placed.append(Placed(character, body.glyph, _affine(body, x, y)))
        pen += max(body.room + gap, 0.25 * body.room)
    return tuple(placed)


def _affine(body: _Body, x: float, y: float) -> Affine:
    """Scale, then lean, then turn about the glyph's middle, which goes to `(x, y)`."""
    cos, sin = math.cos(body.turn), math.sin(body.turn)
    a, d = cos * body.scale_x, sin * body.scale_x
    lean = -body.lean * body.scale_y
    b, e = cos * lean - sin * body.scale_y, sin * lean + cos * body.scale_y
    rows, columns = body.glyph.mask.shape
    return a, b, x - a * columns / 2 - b * rows / 2, d, e, y - d * columns / 2 - e * rows / 2


def _shrunk(placed: Placed, by: float) -> Placed:
    a, b, c, d, e, f = (by * v for v in placed.affine)
    return Placed(placed.character, placed.glyph, (a, b, c, d, e, f))
