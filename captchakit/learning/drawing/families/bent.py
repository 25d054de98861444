"""Families whose characters are bent, pushed together, or cut."""

from __future__ import annotations

from captchakit.learning.drawing.families.shared import ALNUM, ANYWHERE, KINDS, LIGHT, LIGHTLY, TEXTS
from captchakit.learning.drawing.style import (
    DIGITS,
    LOWER,
    UPPER,
    Bending,
    Cluttering,
    Inking,
    Lettering,
    Papering,
    Placing,
    Style,
    Text,
)

WAVE = Style(
    "wave",
    "characters in one colour along a wave, often touching",
    Text(((UPPER, 2), (UPPER + DIGITS, 1), (ALNUM, 1)), (4, 7)),
    Lettering("builtin", (("sans", 1),), bold=0.2),
    Placing(height=(40, 70), size=(0.4, 0.6), rotation=(5, 25), spacing=(-0.15, 0.1), tilt=(0, 6)),
    Bending(wave=1, local=0.2, whole=0.2, bulge=0.1),
    Inking(each=0, contrast=(0.6, 1.0)),
    Papering(luminance=LIGHT),
)

RIPPLE = Style(
    "ripple",
    "strokes that shiver, crossed by long lines of their own colour, on a gradient",
    Text(((LOWER + DIGITS, 2), (ALNUM, 1)), (4, 6)),
    Lettering("all", (("sans", 4), ("serif", 2), ("mono", 1)), bold=0.3),
    Placing(height=(28, 60), size=(0.4, 0.62), spacing=(-0.12, 0.1), rotation=(0, 12)),
    Bending(ripple=1, wave=0.4, whole=0.4),
    Inking(contrast=(0.5, 0.95), saturation=(0, 0.2)),
    Papering((("gradient", 3), ("plain", 1)), (*LIGHT, ((0.5, 0.8), 1.0)), relief=(0.1, 0.4)),
    Cluttering(lines=0.6, line_count=(1, 4), poly=0.5, poly_count=(1, 2), same=0.9, behind=0.2),
    finishing=LIGHTLY,
)

OVERLAP = Style(
    "overlap",
    "characters that stand into each other, struck through",
    Text(((DIGITS, 2), (ALNUM, 1), (UPPER, 1)), (4, 7)),
    Lettering("all", (("sans", 4), ("serif", 1), ("mono", 1)), bold=0.15),
    Placing(
        height=(24, 60), size=(0.4, 0.75), spacing=(-0.3, -0.05), slant=(-0.1, 0.35), rotation=(0, 12), uneven=0.15
    ),
    Bending(wave=0.25, whole=0.3),
    Inking(contrast=(0.4, 1.0), each=0.15),
    Papering((("gradient", 1), ("plain", 1)), ANYWHERE, relief=(0.2, 0.8), frame=0.3),
    Cluttering(lines=0.5, line_count=(1, 4), curves=0.3, same=0.8, behind=0.3),
    finishing=LIGHTLY,
)

CLIPPED = Style(
    "clipped",
    "characters cut by the edges of the picture",
    TEXTS,
    Lettering("all", KINDS, mixed=0.2, bold=0.1),
    Placing(height=(18, 50), size=(0.6, 1.0), margin=(-0.2, 0.3), drift=1.6, spacing=(-0.05, 0.2), tilt=(0, 8)),
    inking=Inking(contrast=(0.35, 0.95), each=0.3, crisp=0.2),
    papering=Papering((("plain", 3), ("gradient", 1), ("grain", 1)), ANYWHERE, frame=0.3),
    cluttering=Cluttering(lines=0.3, shorts=0.3, dots=0.3, same=0.5),
    finishing=LIGHTLY,
)

TALL = Style(
    "tall",
    "tall narrow characters from edge to edge, each bent its own way, with dots and an arc",
    TEXTS,
    Lettering("all", KINDS, mixed=0.4, bold=0.3, stretch=(0.45, 0.9)),
    Placing(
        height=(28, 70), size=(0.6, 1.0), uneven=0.2, squeeze=0.35, spacing=(-0.15, 0.3), ragged=0.3, rotation=(0, 25),
        shear=(0, 0.3), bounce=(0, 0.15), drift=1.0,
    ),
    Bending(local=0.7, local_height=(0.04, 0.2), perspective=0.3, wave=0.2),
    Inking(contrast=(0.3, 0.8), saturation=(0.1, 0.8)),
    Papering(luminance=(((0.85, 1.0), 3), ((0.3, 0.8), 1)), saturation=(0, 0.2)),
    Cluttering(
        dots=0.8, dot_size=(1, 4), dot_density=(0.004, 0.02), curves=0.7, curve_count=(1, 2), thickness=(0.03, 0.09),
        same=0.9, behind=0.3,
    ),
    finishing=LIGHTLY,
)  # fmt: skip
