"""The named styles: the usual families of captchas, and mixtures of them.

Styles whose faces are `builtin` are the same on every machine; the mixtures use every face that there is.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from captchakit.learning.drawing.style import (
    DIGITS,
    LOWER,
    OPERATORS,
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
from captchakit.learning.drawing.texts import SUM

ALNUM = DIGITS + UPPER + LOWER
LIGHT = (((0.8, 1.0), 1.0),)
DARK = (((0.0, 0.3), 1.0),)
ANYWHERE = (((0.8, 1.0), 5.0), ((0.45, 0.8), 2.0), ((0.0, 0.3), 2.0))
TEXTS = Text(
    (
        (DIGITS, 6),
        (ALNUM, 9),
        (UPPER + DIGITS, 5),
        (LOWER + DIGITS, 5),
        (UPPER, 2.5),
        (LOWER, 2.5),
        (SUM, 2),
        (ALNUM + OPERATORS, 0.5),
    ),
    (3, 7),
)
KINDS = (
    ("sans", 8),
    ("serif", 6),
    ("mono", 3),
    ("slab", 2),
    ("hand", 3),
    ("display", 4),
    ("pixel", 1.5),
    ("stick", 1.5),
)
LIGHTLY = Finishing(
    blur=0.12, blur_radius=(0.3, 0.8), shrink=0.06, noise=0.04, palette=0.03, jpeg=0.2, jpeg_quality=(50, 95)
)  # fmt: skip
"""What any picture may have gone through on its way."""
PLAIN = Lettering("builtin", (("sans", 1),))

_PLAIN = Style(
    "plain",
    "dark characters on white, a little turned, nothing else",
    Text(((DIGITS, 1), (UPPER + DIGITS, 1)), (4, 4)),
    PLAIN,
    Placing(height=(22, 40), size=(0.4, 0.7), rotation=(0, 15), spacing=(0.05, 0.5)),
    inking=Inking(contrast=(0.7, 1.0), saturation=(0, 0.2)),
    papering=Papering(luminance=(((0.95, 1.0), 1),), saturation=(0, 0)),
)
_COURSEWORK = Style(
    "coursework",
    "3 to 6 mixed-case characters in one plain face and one grey over a photo-like picture, blurred",
    Text(((UPPER + LOWER, 1),), (3, 6)),
    PLAIN,
    Placing(height=(40, 64), size=(0.4, 0.6), uneven=0.05, rotation=(0, 8), spacing=(0, 0.3), drift=0.4),
    inking=Inking(each=0, contrast=(0.25, 0.5), saturation=(0, 0), crisp=0),
    papering=Papering((("photo", 1),), (((0.5, 0.8), 3), ((0.2, 0.4), 1)), (0.05, 0.3), (0.2, 0.45), frame=0),
    finishing=Finishing(blur=1, blur_radius=(0.7, 1.6), jpeg=0.3),
)
_WAVE = Style(
    "wave",
    "characters in one colour along a wave, often touching",
    Text(((UPPER, 2), (UPPER + DIGITS, 1), (ALNUM, 1)), (4, 7)),
    Lettering("builtin", (("sans", 1),), bold=0.2),
    Placing(height=(40, 70), size=(0.4, 0.6), rotation=(5, 25), spacing=(-0.15, 0.1), tilt=(0, 6)),
    Bending(wave=1, local=0.2, whole=0.2, bulge=0.1),
    Inking(each=0, contrast=(0.6, 1.0)),
    Papering(luminance=LIGHT),
)
_RIPPLE = Style(
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
_STROKES = Style(
    "strokes",
    "coloured characters among short strokes",
    Text(((DIGITS, 2), (UPPER + DIGITS, 1)), (4, 5)),
    Lettering("builtin", (("sans", 3), ("stick", 1)), bold=0.4),
    Placing(height=(22, 36), size=(0.45, 0.7), rotation=(0, 8), spacing=(0, 0.25)),
    inking=Inking(each=0.6, contrast=(0.4, 0.8), saturation=(0.2, 0.7)),
    papering=Papering(luminance=LIGHT, saturation=(0, 0.35), frame=0.4),
    cluttering=Cluttering(shorts=1, short_count=(8, 60), same=0.3, behind=0.5),
)
_SALT = Style(
    "salt",
    "soft characters under salt and pepper",
    TEXTS,
    Lettering("builtin", (("sans", 2), ("stick", 1)), bold=0.3),
    Placing(height=(28, 50), size=(0.35, 0.65), rotation=(0, 15), spacing=(0, 0.4)),
    inking=Inking(contrast=(0.4, 0.9), rough=0.15),
    papering=Papering((("plain", 3), ("grain", 2)), ANYWHERE, relief=(0.1, 0.3)),
    cluttering=Cluttering(salt=0.9, dots=0.3, same=0.6, behind=0.4),
    finishing=Finishing(blur=0.4, blur_radius=(0.4, 0.9), noise=0.2),
)
_ARITHMETIC = Style(
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
_PIXEL = Style(
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
_OVERLAP = Style(
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
_POLYLINE = Style(
    "polyline",
    "dense zigzags and dots in the colour of the ink",
    Text(((ALNUM, 2), (UPPER + DIGITS, 1)), (4, 7)),
    Lettering("all", (("sans", 3), ("serif", 2), ("display", 1)), bold=0.5),
    Placing(height=(24, 60), size=(0.45, 0.7), rotation=(5, 30), spacing=(-0.05, 0.25), bounce=(0, 0.15)),
    Bending(wave=0.3, local=0.3),
    Inking(contrast=(0.5, 0.95)),
    Papering(luminance=LIGHT),
    Cluttering(poly=1, poly_count=(3, 14), thickness=(0.02, 0.06), dots=0.8, dot_size=(1, 2), same=0.85, behind=0.3),
    finishing=LIGHTLY,
)
_TILES = Style(
    "tiles",
    "every character on a tile of its own colour",
    TEXTS,
    Lettering("all", KINDS, mixed=0.4),
    Placing(height=(24, 60), size=(0.35, 0.65), slots=0.9, spacing=(0.1, 0.8), rotation=(0, 35), uneven=0.2),
    inking=Inking(contrast=(0.35, 0.9), saturation=(0, 0.8)),
    papering=Papering((("tiles", 3), ("blocks", 1), ("bands", 1)), ANYWHERE, (0.2, 0.8)),
    cluttering=Cluttering(lines=0.4, line_count=(1, 5), dots=0.3, dot_size=(1, 4), same=0.3, behind=0.4),
    finishing=LIGHTLY,
)
_HOLLOW = Style(
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
_STICK = Style(
    "stick",
    "thin strokes in one bright colour among dots, or grey on noise",
    TEXTS,
    Lettering("builtin", (("stick", 1),), thin=0.1),
    Placing(height=(20, 60), size=(0.4, 0.8), spacing=(0.1, 0.7), rotation=(0, 18), bounce=(0, 0.15)),
    inking=Inking(contrast=(0.25, 0.8), saturation=(0, 1), crisp=0.4),
    papering=Papering((("plain", 2), ("grain", 1), ("gradient", 1)), ANYWHERE, (0, 0.25), (0.1, 0.4)),
    cluttering=Cluttering(
        dots=0.6, lines=0.4, line_count=(1, 4), curves=0.3, thickness=(0.02, 0.08), same=0.7, behind=0.5
    ),
)
_HANDWRITTEN = Style(
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
_PHOTO = Style(
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
_LOWCONTRAST = Style(
    "lowcontrast",
    "ink hardly darker or lighter than its paper",
    TEXTS,
    Lettering("builtin", (("sans", 3), ("pixel", 1), ("stick", 1)), bold=0.3),
    Placing(height=(24, 50), size=(0.4, 0.7)),
    inking=Inking(contrast=(0.1, 0.3), each=0.3, saturation=(0, 0.7)),
    papering=Papering((("plain", 2), ("gradient", 2), ("stripes", 0.5)), (((0.1, 0.95), 1),), (0, 0.3), (0.05, 0.3)),
)
_GRID = Style(
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
_BINARY = Style(
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
_STENCIL = Style(
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
_BLOCK = Style(
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
_CURVES = Style(
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
_SPACED = Style(
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
_DOTS = Style(
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
_CLIPPED = Style(
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
_BANNER = Style(
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
_INVERTED = Style(
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
_WORN = Style(
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

_FAMILIES = (
    (_PLAIN, 1.5), (_COURSEWORK, 1), (_WAVE, 1.2), (_RIPPLE, 1), (_STROKES, 1), (_SALT, 1), (_ARITHMETIC, 0.7),
    (_PIXEL, 1), (_OVERLAP, 1), (_POLYLINE, 1), (_TILES, 0.7), (_HOLLOW, 0.8), (_STICK, 1), (_HANDWRITTEN, 0.6),
    (_PHOTO, 0.8), (_LOWCONTRAST, 0.7), (_GRID, 0.5), (_BINARY, 1), (_STENCIL, 0.5), (_BLOCK, 0.7), (_CURVES, 1.5),
    (_SPACED, 1.5), (_DOTS, 1.2), (_CLIPPED, 0.8), (_INVERTED, 0.5), (_BANNER, 0.5), (_WORN, 1),
)  # fmt: skip
_ANY = Style(
    "any",
    "everything: each picture takes a family whole or mixes the traits of several, in every face there is",
    TEXTS,
    Lettering("all", KINDS),
    mix=tuple((style.name, float(weight)) for style, weight in _FAMILIES),
    swaps=((0.0, 3), (0.15, 3), (0.4, 2), (1.0, 1)),
)
_EASY = Style(
    "easy",
    "the gentle families, to begin learning with",
    TEXTS,
    Lettering("all", (("sans", 3), ("serif", 2), ("mono", 1))),
    mix=(("plain", 4), ("spaced", 1), ("binary", 1), ("strokes", 1), ("stick", 1), ("arithmetic", 1)),
    swaps=((0.0, 1),),
)

STYLES: Mapping[str, Style] = MappingProxyType({s.name: s for s in (*(f for f, _ in _FAMILIES), _ANY, _EASY)})
"""All named styles. `any` is the general mixture, `easy` a gentler one."""
