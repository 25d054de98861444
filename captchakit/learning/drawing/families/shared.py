"""What several families have in common."""

from __future__ import annotations

from captchakit.learning.drawing.style import DIGITS, LOWER, OPERATORS, UPPER, Finishing, Lettering, Text
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
PLAIN_FACE = Lettering("builtin", (("sans", 1),))
