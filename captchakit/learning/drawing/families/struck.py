"""Families that put lines, dots and grids over the characters."""

from __future__ import annotations

from captchakit.learning.drawing.families.shared import ALNUM, ANYWHERE, DARK, KINDS, LIGHT, LIGHTLY, TEXTS
from captchakit.learning.drawing.style import (
    DIGITS,
    UPPER,
    Bending,
    Cluttering,
    Finishing,
    Inking,
    Lettering,
    Papering,
    Placing,
    Style,
    Text,
)

STROKES = Style(
    "strokes",
    "coloured characters among short strokes",
    Text(((DIGITS, 2), (UPPER + DIGITS, 1)), (4, 5)),
    Lettering("builtin", (("sans", 3), ("stick", 1)), bold=0.4),
    Placing(
        height=(22, 40), size=(0.45, 0.75), rotation=(0, 12), spacing=(0, 0.25), margin=(0.1, 2), drift=0.8, pane=0.1
    ),
    inking=Inking(each=0.6, contrast=(0.4, 0.8), saturation=(0.2, 0.7)),
    papering=Papering(luminance=LIGHT, saturation=(0, 0.35), frame=0.4),
    cluttering=Cluttering(shorts=1, short_count=(8, 90), same=0.3, behind=0.5),
)

SALT = Style(
    "salt",
    "soft characters under salt and pepper",
    TEXTS,
    Lettering("builtin", (("sans", 2), ("stick", 1)), bold=0.3),
    Placing(height=(28, 50), size=(0.35, 0.65), rotation=(0, 15), spacing=(0, 0.4), margin=(0.2, 3), pane=0.25),
    inking=Inking(contrast=(0.4, 0.9), rough=0.15),
    papering=Papering((("plain", 3), ("grain", 2)), ANYWHERE, relief=(0.1, 0.3)),
    cluttering=Cluttering(salt=0.9, dots=0.3, same=0.6, behind=0.4),
    finishing=Finishing(blur=0.4, blur_radius=(0.4, 0.9), noise=0.2),
)

POLYLINE = Style(
    "polyline",
    "dense zigzags and dots in the colour of the ink",
    Text(((ALNUM, 2), (UPPER + DIGITS, 1)), (4, 7)),
    Lettering("all", (("sans", 3), ("serif", 2), ("display", 1)), bold=0.5),
    Placing(
        height=(24, 60), size=(0.45, 0.7), rotation=(5, 30), spacing=(-0.05, 0.25), bounce=(0, 0.15), margin=(0.1, 1.5)
    ),
    Bending(wave=0.3, local=0.3),
    Inking(contrast=(0.5, 0.95)),
    Papering(luminance=LIGHT),
    Cluttering(poly=1, poly_count=(3, 14), thickness=(0.02, 0.06), dots=0.8, dot_size=(1, 2), same=0.85, behind=0.3),
    finishing=LIGHTLY,
)

GRID = Style(
    "grid",
    "a grid over or under the characters",
    TEXTS,
    Lettering("builtin", (("sans", 3), ("stick", 1)), bold=0.3),
    Placing(height=(26, 60), size=(0.4, 0.7)),
    Bending(wave=0.3, whole=0.7),
    Inking(contrast=(0.35, 0.9), each=0.3),
    Papering((("plain", 2), ("cells", 1)), ANYWHERE, relief=(0.05, 0.2)),
    Cluttering(grid=0.9, dots=0.2, same=0.5, behind=0.6),
)

CURVES = Style(
    "curves",
    "thick curves of the ink's colour through the characters",
    TEXTS,
    Lettering("all", (("sans", 5), ("serif", 2), ("hand", 1), ("stick", 1), ("mono", 1)), bold=0.4),
    Placing(height=(24, 64), size=(0.45, 0.75), spacing=(-0.1, 0.3), rotation=(0, 25)),
    Bending(wave=0.5, local=0.3, whole=0.5),
    Inking(contrast=(0.4, 0.95), saturation=(0, 0.7), each=0.1),
    Papering((("plain", 4), ("gradient", 1)), ANYWHERE),
    Cluttering(curves=1, curve_count=(1, 6), thickness=(0.05, 0.17), same=0.85, behind=0.3, dots=0.3, dot_size=(1, 3)),
    finishing=LIGHTLY,
)

DOTS = Style(
    "dots",
    "soft colours, dots and one arc, as of many web forms",
    TEXTS,
    Lettering("all", (("sans", 3), ("serif", 3), ("mono", 1), ("display", 1)), mixed=0.4),
    Placing(height=(26, 70), size=(0.5, 0.8), spacing=(-0.2, 0.15), rotation=(5, 35), uneven=0.25, bounce=(0, 0.15)),
    Bending(local=0.5, perspective=0.4, wave=0.1),
    Inking(contrast=(0.3, 0.7), saturation=(0.1, 0.8)),
    Papering(luminance=(((0.88, 1.0), 1),), saturation=(0, 0.15)),
    Cluttering(
        dots=0.9, dot_size=(1, 4), dot_density=(0.004, 0.02), curves=0.9, curve_count=(1, 2), same=0.95, behind=0.3
    ),
    finishing=LIGHTLY,
)

INVERTED = Style(
    "inverted",
    "lines and rings that invert what they cross, light writing on dark",
    TEXTS,
    Lettering("all", KINDS, bold=0.3),
    Placing(height=(30, 64), size=(0.45, 0.7), spacing=(-0.05, 0.3)),
    Bending(wave=0.4, local=0.3),
    Inking(contrast=(0.4, 1.0), saturation=(0, 0.9), each=0.3),
    Papering((("plain", 3), ("gradient", 1)), DARK + LIGHT),
    Cluttering(curves=0.6, lines=0.4, poly=0.2, poly_count=(1, 3), inverted=0.7, blobs=0.5, behind=0.2),
    finishing=LIGHTLY,
)

SMUDGED = Style(
    "smudged",
    "characters, dots and lines of one colour, blurred into each other",
    TEXTS,
    Lettering("all", (("sans", 5), ("serif", 2), ("mono", 1), ("display", 1)), bold=0.3),
    Placing(height=(24, 56), size=(0.45, 0.75), spacing=(-0.1, 0.25), rotation=(5, 35), uneven=0.1, margin=(0.1, 1.2)),
    Bending(wave=0.2, local=0.2),
    Inking(contrast=(0.5, 0.95), saturation=(0, 0.4)),
    Papering(luminance=ANYWHERE),
    Cluttering(
        dots=0.9, dot_size=(1, 3), dot_density=(0.01, 0.06), lines=0.7, line_count=(1, 5), curves=0.3,
        thickness=(0.04, 0.1), same=0.95, behind=0.3,
    ),
    Finishing(blur=0.9, blur_radius=(0.4, 1.1), jpeg=0.4, jpeg_quality=(40, 90)),
)  # fmt: skip
