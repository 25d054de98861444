"""The named styles: the usual families of captchas, and mixtures of them.

Styles whose faces are `builtin` are the same on every machine; the mixtures use every face that there is.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from captchakit.learning.drawing.families import bent, gentle, papered, shaped, struck
from captchakit.learning.drawing.families.shared import KINDS, TEXTS
from captchakit.learning.drawing.style import Finishing, Lettering, Style

_FAMILIES = (
    (gentle.PLAIN, 1.5), (gentle.COURSEWORK, 1), (gentle.ARITHMETIC, 0.7), (gentle.STICK, 1.5), (gentle.PIXEL, 1.2),
    (gentle.BINARY, 1), (gentle.SPACED, 1.5),
    (bent.WAVE, 1.2), (bent.RIPPLE, 1), (bent.OVERLAP, 1), (bent.CLIPPED, 0.8), (bent.TALL, 1.8),
    (struck.STROKES, 1.4), (struck.SALT, 1.3), (struck.POLYLINE, 1.3), (struck.GRID, 0.5), (struck.CURVES, 1.5),
    (struck.DOTS, 1.2), (struck.INVERTED, 0.5), (struck.SMUDGED, 1.5),
    (shaped.HOLLOW, 0.8), (shaped.EMBOSSED, 0.7), (shaped.HANDWRITTEN, 0.6), (shaped.STENCIL, 0.5), (shaped.BLOCK, 0.7),
    (papered.TILES, 1.3), (papered.PHOTO, 0.8), (papered.LOWCONTRAST, 0.7), (papered.BANNER, 0.5), (papered.NOISY, 1.5),
    (papered.WORN, 1), (papered.SWATCH, 1),
)  # fmt: skip
_ANY = Style(
    "any",
    "everything: each picture takes a family whole or mixes the traits of several, in every face there is",
    TEXTS,
    Lettering("all", KINDS),
    mix=tuple((style.name, float(weight)) for style, weight in _FAMILIES),
    swaps=((0.0, 3), (0.15, 3), (0.4, 2), (1.0, 1)),
    finishing=Finishing(stretched=0.5),
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
