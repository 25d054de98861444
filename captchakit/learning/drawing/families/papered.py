"""Families in which the paper hides the characters, or the picture was spoilt."""

from __future__ import annotations

from captchakit.learning.drawing.families.shared import ANYWHERE, KINDS, LIGHTLY, TEXTS
from captchakit.learning.drawing.style import (
    Bending,
    Cluttering,
    Finishing,
    Inking,
    Lettering,
    Papering,
    Placing,
    Style,
)

TILES = Style(
    "tiles",
    "every character on a tile of its own colour",
    TEXTS,
    Lettering("all", KINDS, mixed=0.4),
    Placing(height=(24, 60), size=(0.25, 0.65), slots=0.9, spacing=(0.1, 0.8), rotation=(0, 35), uneven=0.2),
    inking=Inking(contrast=(0.35, 0.9), saturation=(0, 0.8)),
    papering=Papering((("tiles", 3), ("blocks", 1), ("bands", 1)), ANYWHERE, (0.2, 0.8)),
    cluttering=Cluttering(lines=0.4, line_count=(1, 5), dots=0.3, dot_size=(1, 4), same=0.3, behind=0.4),
    finishing=LIGHTLY,
)

PHOTO = Style(
    "photo",
    "characters over a picture",
    TEXTS,
    Lettering("all", KINDS, mixed=0.15),
    Placing(height=(30, 80), size=(0.3, 0.65), rotation=(0, 20), spacing=(-0.05, 0.4)),
    Bending(wave=0.15),
    Inking(contrast=(0.25, 0.7), saturation=(0, 0.7), each=0.3, relief=(("none", 3), ("halo", 1), ("shadow", 1))),
    Papering((("photo", 3), ("cells", 1), ("blocks", 1)), (((0.3, 0.9), 1),), (0, 0.4), (0.15, 0.5)),
    finishing=Finishing(blur=0.4, jpeg=0.6, noise=0.2),
)

SWATCH = Style(
    "swatch",
    "every character turned far on a tile of its own colour, under thin lines and spots",
    TEXTS,
    Lettering("all", KINDS, mixed=0.3, bold=0.3),
    Placing(
        height=(28, 90), size=(0.25, 0.55), slots=0.9, spacing=(0.2, 1.2), rotation=(15, 60), uneven=0.15, drift=0.7
    ),
    inking=Inking(contrast=(0.4, 0.95), saturation=(0, 0.9), each=0.5),
    papering=Papering((("tiles", 4), ("blocks", 1)), ANYWHERE, (0.2, 1.0)),
    cluttering=Cluttering(
        lines=0.8,
        line_count=(2, 14),
        thickness=(0.02, 0.07),
        dots=0.4,
        dot_size=(1, 5),
        curves=0.2,
        same=0.2,
        behind=0.4,
    ),
    finishing=LIGHTLY,
)

LOWCONTRAST = Style(
    "lowcontrast",
    "ink hardly darker or lighter than its paper",
    TEXTS,
    Lettering("builtin", (("sans", 3), ("pixel", 1), ("stick", 1)), bold=0.3),
    Placing(height=(24, 50), size=(0.4, 0.7)),
    inking=Inking(contrast=(0.1, 0.3), each=0.3, saturation=(0, 0.7)),
    papering=Papering((("plain", 2), ("gradient", 2), ("stripes", 0.5)), (((0.1, 0.95), 1),), (0, 0.3), (0.05, 0.3)),
)

BANNER = Style(
    "banner",
    "small writing in a band or on tiles of a much larger picture",
    TEXTS,
    Lettering("all", KINDS, mixed=0.3, bold=0.2),
    Placing(
        height=(56, 130), size=(0.14, 0.32), spacing=(0, 0.6), rotation=(0, 25), margin=(0.3, 2), pane=0.4, drift=0.7
    ),
    inking=Inking(contrast=(0.4, 0.95), saturation=(0, 0.8)),
    papering=Papering((("bands", 2), ("tiles", 2), ("plain", 2), ("photo", 1), ("gradient", 1)), ANYWHERE, (0, 0.5)),
    cluttering=Cluttering(lines=0.4, dots=0.3, curves=0.2, same=0.4),
    finishing=LIGHTLY,
)

WORN = Style(
    "worn",
    "small pictures spoilt by blur, low resolution, noise, few tones and JPEG",
    TEXTS,
    Lettering("all", KINDS, bold=0.2),
    Placing(height=(24, 60), size=(0.4, 0.75), spacing=(-0.05, 0.3)),
    Bending(wave=0.2),
    Inking(contrast=(0.4, 0.95), each=0.3, saturation=(0, 0.7)),
    Papering((("plain", 3), ("grain", 1), ("gradient", 1), ("photo", 0.5), ("scribble", 0.5)), ANYWHERE),
    Cluttering(lines=0.2, dots=0.3, curves=0.2, decoys=0.2),
    Finishing(
        blur=0.5, shrink=0.5, enlarge=0.3, noise=0.5, palette=0.2, jpeg=0.6, binary=0.06, gray=0.2, emboss=0.1
    ),
)  # fmt: skip

NOISY = Style(
    "noisy",
    "thin characters in strong noise, under one thick curve",
    TEXTS,
    Lettering("all", (("sans", 4), ("serif", 1), ("mono", 2), ("stick", 2)), thin=0.4),
    Placing(
        height=(28, 80),
        size=(0.3, 0.65),
        rotation=(0, 30),
        shear=(0, 0.3),
        spacing=(0, 0.4),
        bounce=(0, 0.15),
        margin=(0.2, 2),
        pane=0.15,
    ),
    Bending(wave=0.2, local=0.2),
    Inking(contrast=(0.25, 0.8), saturation=(0, 0.3)),
    Papering((("grain", 2), ("plain", 2)), (((0.55, 0.95), 4), ((0.05, 0.4), 1)), (0, 0.15), (0.1, 0.4)),
    Cluttering(curves=0.7, curve_count=(1, 2), lines=0.2, thickness=(0.05, 0.16), same=0.7, behind=0.4),
    Finishing(noise=0.8, noise_level=(12, 60), blur=0.2, blur_radius=(0.3, 0.7), gray=0.3, jpeg=0.2),
)
