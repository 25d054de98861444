"""Families that a person reads at once: few traits, little disturbance."""

from __future__ import annotations

from captchakit.learning.drawing.families.shared import ALNUM, ANYWHERE, DARK, KINDS, LIGHT, LIGHTLY, PLAIN_FACE, TEXTS
from captchakit.learning.drawing.style import (
    DIGITS,
    LOWER,
    UPPER,
    Cluttering,
    Finishing,
    Inking,
    Lettering,
    Papering,
    Placing,
    Style,
    Text,
)
from captchakit.learning.drawing.texts import SUM

PLAIN = Style(
    "plain",
    "dark characters on white, a little turned, nothing else",
    Text(((DIGITS, 1), (UPPER + DIGITS, 1)), (4, 4)),
    PLAIN_FACE,
    Placing(height=(22, 40), size=(0.4, 0.7), rotation=(0, 15), spacing=(0.05, 0.5)),
    inking=Inking(contrast=(0.7, 1.0), saturation=(0, 0.2)),
    papering=Papering(luminance=(((0.95, 1.0), 1),), saturation=(0, 0)),
)

COURSEWORK = Style(
    "coursework",
    "3 to 6 mixed-case characters in one plain face and one grey over a photo-like picture, blurred",
    Text(((UPPER + LOWER, 1),), (3, 6)),
    PLAIN_FACE,
    Placing(height=(40, 64), size=(0.4, 0.6), uneven=0.05, rotation=(0, 8), spacing=(0, 0.3), drift=0.4),
    inking=Inking(each=0, contrast=(0.25, 0.5), saturation=(0, 0), crisp=0),
    papering=Papering((("photo", 1),), (((0.5, 0.8), 3), ((0.2, 0.4), 1)), (0.05, 0.3), (0.2, 0.45), frame=0),
    finishing=Finishing(blur=1, blur_radius=(0.7, 1.6), jpeg=0.3),
)

ARITHMETIC = Style(
    "arithmetic",
    "a sum to be solved, on a lightly disturbed paper",
    Text(((SUM, 1),)),
    Lettering("builtin", (("sans", 3), ("stick", 1), ("pixel", 0.5)), bold=0.2),
    Placing(height=(28, 50), size=(0.35, 0.65), rotation=(0, 12), spacing=(0.05, 0.5)),
    inking=Inking(each=0.3, contrast=(0.4, 0.9)),
    papering=Papering((("plain", 3), ("grain", 1), ("gradient", 1)), ANYWHERE),
    cluttering=Cluttering(salt=0.2, dots=0.3, curves=0.2, shorts=0.2, lines=0.2, behind=0.5),
    finishing=Finishing(blur=0.2, jpeg=0.2),
)

STICK = Style(
    "stick",
    "thin strokes in one bright colour among dots, or grey on noise",
    TEXTS,
    Lettering("builtin", (("stick", 1),), thin=0.1),
    Placing(
        height=(20, 60), size=(0.4, 0.8), spacing=(0.1, 0.7), rotation=(0, 18), bounce=(0, 0.15), margin=(0.1, 1.5)
    ),
    inking=Inking(contrast=(0.25, 0.8), saturation=(0, 1), crisp=0.4),
    papering=Papering((("plain", 2), ("grain", 1), ("gradient", 1)), ANYWHERE, (0, 0.25), (0.1, 0.4)),
    cluttering=Cluttering(
        dots=0.6, lines=0.4, line_count=(1, 4), curves=0.3, thickness=(0.02, 0.08), same=0.7, behind=0.5
    ),
)

PIXEL = Style(
    "pixel",
    "characters of few large pixels, two sizes mixed, little contrast",
    TEXTS,
    Lettering("builtin", (("pixel", 3), ("sans", 1)), blocky=0.7),
    Placing(
        height=(18, 40), size=(0.3, 0.75), uneven=0.5, rotation=(0, 0), shear=(0, 0), spacing=(0.05, 0.6), tilt=(0, 0)
    ),
    inking=Inking(contrast=(0.18, 0.8), crisp=0.8, each=0.2),
    papering=Papering((("gradient", 2), ("plain", 1)), ANYWHERE, (0, 0.25), (0.1, 0.4)),
)

BINARY = Style(
    "binary",
    "two tones, small, faces and weights mixed",
    Text(((DIGITS, 2), (ALNUM, 1), (UPPER + DIGITS, 1)), (4, 6)),
    Lettering("all", (("sans", 3), ("serif", 3), ("mono", 2), ("slab", 1), ("stick", 1)), mixed=0.5, bold=0.2),
    Placing(height=(18, 40), size=(0.45, 0.75), spacing=(0, 0.35), slant=(-0.1, 0.35), uneven=0.25),
    inking=Inking(contrast=(0.5, 1.0), crisp=0.8, saturation=(0, 0.1)),
    papering=Papering(luminance=LIGHT + DARK, saturation=(0, 0.1)),
    cluttering=Cluttering(salt=0.2, salt_density=(0.005, 0.04), lines=0.15, curves=0.2, shorts=0.2, same=0.9),
    finishing=Finishing(binary=0.8),
)

SPACED = Style(
    "spaced",
    "characters far apart, each at its own height and turn",
    TEXTS,
    Lettering("all", KINDS, mixed=0.4, bold=0.1),
    Placing(
        height=(24, 70), size=(0.3, 0.6), spacing=(0.3, 1.6), ragged=0.3, rotation=(0, 35), bounce=(0, 0.5), drift=0.5,
        margin=(0.1, 1.5), uneven=0.25, pane=0.1,
    ),
    inking=Inking(contrast=(0.18, 0.95), each=0.25),
    papering=Papering((("plain", 4), ("gradient", 1), ("photo", 0.3)), ANYWHERE),
    cluttering=Cluttering(dots=0.3, curves=0.15, lines=0.2, thickness=(0.03, 0.08)),
    finishing=LIGHTLY,
)  # fmt: skip
