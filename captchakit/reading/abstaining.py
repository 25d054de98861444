"""When no answer is better than the one at hand, and why."""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

from captchakit.stages import Codec
from captchakit.types import Constraint, Predictions, Reason, Solution

SMALLEST = (3, 5)
"""Columns and rows of the smallest characters that can be told apart, those of a 3x5 pixel font."""

MOST = 0.5


class Asked(NamedTuple):
    """What an answer was asked of: what the model said, the conditions, and the (width, height) of the image."""

    codec: Codec
    predictions: Predictions
    constraint: Constraint
    size: tuple[int, int]


def withheld(solution: Solution, min_confidence: float, asked: Asked) -> Solution:
    """Return the solution, without its answer and with the reason where none should be given.

    With a `min_confidence` above 0 an answer is withheld that is less sure, that lies where the model sees little, or
    whose image is too small for it. Without, the reason is told where the model has no answer.
    """
    nothing = not solution.text and (solution.reason is not None or solution.excluded >= 1.0)
    if min_confidence <= 0.0 and not nothing:
        return solution
    reason: Reason | None = None
    if is_too_small(asked):
        reason = "too_small"
    elif solution.reason is not None:
        reason = solution.reason
    elif nothing or solution.confidence < min_confidence or _far(solution):
        reason = mismatch(solution, asked)
        if reason is None and solution.confidence < min_confidence:
            reason = "low_confidence"
    return solution if reason is None else replace(solution, text="", symbols=(), reason=reason)


def is_too_small(asked: Asked) -> bool:
    """Return whether the image has too few columns or rows for the least number of characters asked for."""
    constraint, (width, height) = asked.constraint, asked.size
    least = max(1, len(constraint.positions), constraint.length[0] if constraint.length else 1)
    return width < SMALLEST[0] * least or height < SMALLEST[1]


def mismatch(solution: Solution, asked: Asked) -> Reason | None:
    """Return the condition outside of which most of the probability lies, None where it lies within."""
    codec, predictions, constraint, _ = asked
    if codec.decode(predictions).reason == "no_glyphs":
        return "no_glyphs"
    if constraint.alphabet is not None:
        alone = Constraint(constraint.alphabet, case=constraint.case)
        if _far(codec.decode(predictions, alone)):
            return "outside_alphabet"
    places = len(constraint.positions)
    length = constraint.length or ((places, places) if places else None)
    if length is not None and codec.decode(predictions, Constraint(length=length)).excluded > MOST:
        return "length_mismatch"
    written = constraint.positions or constraint.pattern is not None
    return "pattern_mismatch" if written and solution.excluded > MOST else None


def _far(solution: Solution) -> bool:
    """Return whether most of the probability was excluded: for a character of the answer, in the geometric mean.

    A model that finds each of six characters a little ambiguous gives less than half of its probability to the six
    allowed ones together; one that sees other characters gives next to none.
    """
    allowed = float((1.0 - solution.excluded) ** (1.0 / max(1, len(solution.symbols))))
    return allowed < 1.0 - MOST
