"""From what was read to what is answered, where the two differ."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import replace

from captchakit.stages import Answer, Codec
from captchakit.types import Alternative, Constraint, Predictions, Solution

READINGS = 8
"""How many readings are looked at: those of one answer add up, and one without an answer gives way to the next."""

CLEAR = 0.9
"""The probability of one reading from which the others are not looked for."""


def answered(codec: Codec, predictions: Predictions, constraint: Constraint, top: int, answer: Answer) -> Solution:
    """Return the most probable answer; its symbols are those of its most probable reading.

    Reading is held to what can be answered, unless the constraint says how it is to be written. The confidence is the
    sum over the readings found that have this answer, or that of the first where it is clear.
    """
    if not constraint.positions and constraint.pattern is None:
        constraint = replace(constraint, pattern=answer.pattern)
    read = codec.decode(predictions, constraint)
    value = answer(read.text)
    if value is not None and read.confidence > CLEAR and top == 1:
        return replace(read, text=value)
    read = codec.decode(predictions, constraint, max(READINGS, top))
    sums: dict[str, float] = defaultdict(float)
    readings: dict[str, str] = {}
    for text, probability in read.alternatives:
        value = answer(text)
        if value is not None:
            sums[value] += probability
            readings.setdefault(value, text)
    if not sums:
        reason = read.reason or answer.reason
        return replace(read, text="", confidence=0.0, symbols=(), reason=reason, alternatives=())
    told = sorted((Alternative(*item) for item in sums.items()), key=lambda a: -a.probability)
    first = readings[told[0].text]
    if first != read.text:
        read = replace(codec.decode(predictions, replace(constraint, pattern=_exactly(first))), excluded=read.excluded)
    best = told[0]
    alternatives = tuple(told[:top]) if top > 1 else ()
    return replace(read, text=best.text, confidence=min(1.0, best.probability), alternatives=alternatives)


def _exactly(text: str) -> str:
    return re.sub(r"([^0-9A-Za-z])", r"\\\1", text)
