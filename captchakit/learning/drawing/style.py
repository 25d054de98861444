"""What a drawing may look like: every knob, in the order in which it is applied.

A knob is a probability (0 to 1), a `Range` (drawn evenly), or `Weights` (one of several). Lengths without a unit are in
cap heights of the text, so that a look is the same at every size; "px" are pixels of the canvas.
"""

from __future__ import annotations

from dataclasses import dataclass

from captchakit.learning.drawing.dice import Range, Weights

DIGITS = "0123456789"
UPPER = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
LOWER = "abcdefghijklmnopqrstuvwxyz"
TIMES = "\N{MULTIPLICATION SIGN}"
OPERATORS = f"+-x{TIMES}*÷/=?"
CHARACTERS = DIGITS + UPPER + LOWER + "".join(o for o in OPERATORS if o != "x")
"""All that can be drawn: digits, both cases, operators; the letter x is one, the sign of multiplication another."""


@dataclass(frozen=True, slots=True)
class Text:
    """What is written. `sum` in place of an alphabet is an arithmetic question such as `9x6=`."""

    alphabets: Weights[str] = ((DIGITS, 1), (UPPER, 1), (LOWER, 1), (UPPER + LOWER + DIGITS, 1))
    length: Range = (4, 6)


@dataclass(frozen=True, slots=True)
class Lettering:
    """The faces. `builtin` faces are the same on every machine, `all` adds those fetched (see `fonts`)."""

    faces: str = "all"
    kinds: Weights[str] = (("sans", 5), ("serif", 3), ("mono", 2), ("slab", 1), ("hand", 1), ("display", 1))
    mixed: float = 0.1
    """Probability that every character has a face of its own."""
    bold: float = 0.1
    thin: float = 0.0
    blocky: float = 0.0
    """Probability that glyphs are drawn tiny in two tones and enlarged."""
    stretch: Range = (0.85, 1.15)
    """Width of the glyphs over that of the face."""


@dataclass(frozen=True, slots=True)
class Placing:
    """Where the characters stand, and on how large a canvas."""

    height: Range = (24, 70)
    """Canvas height, px; small ones are likelier than large ones."""
    size: Range = (0.4, 0.75)
    """Cap height over canvas height."""
    uneven: float = 0.1
    """How far a character's size may be from the others', as a share."""
    spacing: Range = (-0.05, 0.3)
    """Gap between the ink of neighbours; negative for overlap."""
    ragged: float = 0.05
    """How far a gap may be from the others."""
    slots: float = 0.2
    """Probability that characters stand in slots of equal width."""
    rotation: Range = (0, 12)
    """Largest rotation of a character, degrees."""
    shear: Range = (0, 0.1)
    """Largest sideways lean of a character, width over height."""
    slant: Range = (0, 0)
    """Lean that all characters share."""
    bounce: Range = (0, 0.1)
    """Largest distance of a character from the baseline."""
    tilt: Range = (0, 3)
    """Largest angle of the whole line, degrees."""
    margin: Range = (0.2, 0.8)
    """Free space left and right; negative clips."""
    drift: float = 0.6
    """How far up or down the line may stand, as a share of the free height; above 1 clips."""
    pane: float = 0.0
    """Probability that the picture is a part of a larger empty one."""
    squeeze: float = 0.0
    """How far a character's width may be from that of its face, as a share."""


@dataclass(frozen=True, slots=True)
class Bending:
    """One displacement field an image, made of the parts that the dice allow. Amplitudes are in cap heights."""

    wave: float = 0.0
    wave_height: Range = (0.05, 0.25)
    wave_length: Range = (1.5, 6)
    ripple: float = 0.0
    ripple_height: Range = (0.02, 0.07)
    ripple_length: Range = (0.25, 0.9)
    local: float = 0.0
    local_height: Range = (0.04, 0.16)
    bulge: float = 0.0
    perspective: float = 0.0
    """Probability that the line narrows or tapers to one side."""
    whole: float = 0.3
    """Probability that the field bends all of the picture rather than the writing alone."""


@dataclass(frozen=True, slots=True)
class Inking:
    """How glyphs become colour."""

    each: float = 0.2
    """Probability that every character has a colour of its own."""
    saturation: Range = (0, 0.5)
    contrast: Range = (0.35, 0.95)
    """Distance in luminance between ink and paper."""
    fill: Weights[str] = (("solid", 1),)
    """solid, outline (contour alone), hollow (contour around paper), stencil, stripes, speckle, fade."""
    relief: Weights[str] = (("none", 1),)
    """What lies under the glyphs: none, shadow, block (3-D), halo, ghost."""
    crisp: float = 0.1
    """Probability of hard edges without anti-aliasing."""
    rough: float = 0.0
    """Probability of edges eaten at random."""


@dataclass(frozen=True, slots=True)
class Papering:
    """What lies under the writing."""

    kinds: Weights[str] = (("plain", 1),)
    """plain, gradient, blocks, tiles (one for each character), grain, photo, stripes, cells, bands, scribble."""
    luminance: Weights[Range] = (((0.8, 1.0), 4), ((0.0, 0.25), 1))
    """Which luminance ranges the paper is drawn from; ink is put where there is room for its contrast."""
    saturation: Range = (0, 0.15)
    relief: Range = (0.05, 0.3)
    """Luminance span of a paper that is not plain."""
    frame: float = 0.1
    """Probability of a border line."""


@dataclass(frozen=True, slots=True)
class Cluttering:
    """What is drawn to disturb. Probabilities are of the kind being there at all; counts hold where it is."""

    curves: float = 0.0
    curve_count: Range = (1, 3)
    lines: float = 0.0
    line_count: Range = (1, 6)
    poly: float = 0.0
    poly_count: Range = (2, 8)
    shorts: float = 0.0
    short_count: Range = (10, 60)
    thickness: Range = (0.04, 0.12)
    """Line thickness; never under 1 px."""
    same: float = 0.4
    """Probability that lines have the colour of the ink; else another, random one."""
    behind: float = 0.4
    inverted: float = 0.0
    """Probability that lines or shapes invert what they cross."""
    grid: float = 0.0
    dots: float = 0.0
    dot_density: Range = (0.003, 0.03)
    """Dots a pixel."""
    dot_size: Range = (1, 3)
    blobs: float = 0.0
    blob_count: Range = (2, 10)
    salt: float = 0.0
    salt_density: Range = (0.01, 0.12)
    decoys: float = 0.0
    """Probability of faint small characters behind the writing."""


@dataclass(frozen=True, slots=True)
class Finishing:
    """What happens to the picture afterwards."""

    blur: float = 0.0
    blur_radius: Range = (0.4, 1.2)
    """Sigma, px."""
    shrink: float = 0.0
    shrink_factor: Range = (0.45, 0.8)
    restore: float = 0.5
    """Probability that a shrunken picture is brought back to its size."""
    enlarge: float = 0.0
    stretched: float = 0.0
    """Probability that the picture is made wider or narrower but not higher."""
    stretch: Range = (1.05, 1.7)
    """By how much."""
    noise: float = 0.0
    noise_level: Range = (4, 25)
    """Standard deviation, grey levels."""
    binary: float = 0.0
    palette: float = 0.0
    """Probability of few tones, as of a GIF."""
    jpeg: float = 0.0
    jpeg_quality: Range = (35, 90)
    gray: float = 0.0
    emboss: float = 0.0


@dataclass(frozen=True, slots=True)
class Style:
    """A look, as eight groups of knobs, or a mixture of other looks.

    Where `mix` names styles (with weights), an image takes one of them whole and then, with a probability drawn from
    `swaps`, each of its groups from another.
    """

    name: str
    description: str = ""
    text: Text = Text()
    lettering: Lettering = Lettering()
    placing: Placing = Placing()
    bending: Bending = Bending()
    inking: Inking = Inking()
    papering: Papering = Papering()
    cluttering: Cluttering = Cluttering()
    finishing: Finishing = Finishing()
    mix: Weights[str] = ()
    swaps: Weights[float] = ((0.0, 1),)
