"""When no answer is better than the one at hand."""

from __future__ import annotations

from dataclasses import replace

from captchakit.types import Solution


def withheld(solution: Solution, min_confidence: float) -> Solution:
    """Return the solution, without its answer and with the reason where its confidence is under `min_confidence`."""
    if solution.reason is None and solution.confidence < min_confidence:
        return replace(solution, text="", symbols=(), reason="low_confidence")
    return solution
