"""From the answers that a search has found to a solution."""

from __future__ import annotations

from collections.abc import Sequence

from captchakit.reading.codecs.language import Language
from captchakit.types import Alternative, Reason, Solution, Symbol

Found = Sequence[tuple[tuple[int, ...], float]]
"""Answers as labels with their probabilities, best first."""

NO_GLYPHS: Reason = "no_glyphs"
NOTHING = Solution("", 0.0, reason=NO_GLYPHS)
"""What an image without glyphs is answered with."""


def solution(
    language: Language, found: Found, total: float, symbols: Sequence[Symbol], *, excluded: float, top: int
) -> Solution:
    """Return the first of the answers, probabilities as shares of `total`, that of all allowed answers."""
    if not found or total <= 0.0:
        return Solution("", 0.0, excluded=1.0)
    told = [Alternative(spelled(language, text), min(1.0, p / total)) for text, p in found]
    return Solution(
        told[0].text,
        told[0].probability,
        tuple(symbols),
        excluded=min(1.0, max(0.0, excluded)),
        reason=None if told[0].text else NO_GLYPHS,
        alternatives=tuple(told) if top > 1 else (),
    )


def spelled(language: Language, text: Sequence[int]) -> str:
    """Return an answer's labels as one string."""
    return "".join([language.labels[label] for label in text])
