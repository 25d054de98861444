"""Families whose characters are more, or less, than solid shapes."""

from __future__ import annotations

from captchakit.learning.drawing.families.shared import ANYWHERE, LIGHTLY, TEXTS
from captchakit.learning.drawing.style import Bending, Cluttering, Inking, Lettering, Papering, Placing, Style

HOLLOW = Style(
    "hollow",
    "contours of characters, crossed by thin curves",
    TEXTS,
    Lettering("all", (("sans", 3), ("slab", 1), ("serif", 1), ("display", 1)), bold=0.1),
    Placing(height=(36, 70), size=(0.45, 0.75), spacing=(-0.1, 0.3), rotation=(0, 12)),
    Bending(wave=0.2, local=0.2),
    Inking(contrast=(0.5, 1.0), fill=(("outline", 2), ("hollow", 2)), relief=(("none", 3), ("shadow", 1))),
    Papering(luminance=ANYWHERE),
    Cluttering(curves=0.6, curve_count=(1, 3), thickness=(0.02, 0.06), same=0.7, behind=0.3),
    finishing=LIGHTLY,
)

HANDWRITTEN = Style(
    "handwritten",
    "handwriting, joined loosely, with a curve through it",
    TEXTS,
    Lettering("all", (("hand", 1),)),
    Placing(height=(24, 70), size=(0.35, 0.6), spacing=(-0.1, 0.2), slant=(-0.1, 0.3), bounce=(0, 0.15)),
    Bending(wave=0.3, local=0.5, local_height=(0.03, 0.1)),
    Inking(contrast=(0.4, 1.0), saturation=(0, 0.6)),
    Papering((("plain", 2), ("grain", 1), ("stripes", 1), ("photo", 0.5)), ANYWHERE, relief=(0.05, 0.2)),
    Cluttering(curves=0.4, same=0.7),
    finishing=LIGHTLY,
)

STENCIL = Style(
    "stencil",
    "characters cut through by gaps, stripes or speckles",
    TEXTS,
    Lettering("all", (("sans", 3), ("slab", 1), ("serif", 1), ("display", 1)), bold=0.4),
    Placing(height=(30, 60), size=(0.45, 0.75)),
    Bending(wave=0.2, local=0.2),
    Inking(fill=(("stencil", 3), ("stripes", 1), ("speckle", 1), ("fade", 1)), contrast=(0.4, 0.95), rough=0.2),
    Papering((("plain", 3), ("gradient", 1), ("grain", 1)), ANYWHERE),
    finishing=LIGHTLY,
)

BLOCK = Style(
    "3d",
    "characters with sides, shadows, halos or a double",
    TEXTS,
    Lettering("all", (("sans", 3), ("slab", 1), ("serif", 2), ("display", 2)), bold=0.3),
    Placing(height=(30, 70), size=(0.4, 0.65)),
    Bending(wave=0.3, perspective=0.4, bulge=0.2),
    Inking(
        relief=(("block", 3), ("shadow", 2), ("halo", 2), ("ghost", 1)),
        contrast=(0.3, 0.9),
        each=0.3,
        saturation=(0, 0.8),
    ),
    Papering((("plain", 2), ("gradient", 1), ("blocks", 1)), ANYWHERE, relief=(0.05, 0.3)),
    finishing=LIGHTLY,
)

EMBOSSED = Style(
    "embossed",
    "characters of paper colour that only a contour and a shadow show",
    TEXTS,
    Lettering("all", (("sans", 4), ("slab", 1), ("serif", 2), ("display", 1)), bold=0.4),
    Placing(height=(32, 70), size=(0.45, 0.75), spacing=(0, 0.5), rotation=(0, 15), bounce=(0, 0.1)),
    Bending(wave=0.15, local=0.15),
    Inking(contrast=(0.5, 1.0), saturation=(0, 0.4), fill=(("hollow", 1),), relief=(("shadow", 1), ("block", 1))),
    Papering((("plain", 4), ("gradient", 1)), ANYWHERE),
    Cluttering(curves=0.7, curve_count=(1, 3), thickness=(0.02, 0.06), same=0.8, behind=0.3),
    finishing=LIGHTLY,
)
