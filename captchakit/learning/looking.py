"""Further looks for a model file: which they are, and what confidence their answers deserve."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from captchakit.learning.calibrating import fitted
from captchakit.learning.export import recarded
from captchakit.reading.card import Looks
from captchakit.reading.pipeline import Pipeline


def looking_again(model: bytes, looks: Looks, labelled: Sequence[tuple[bytes, str]]) -> bytes:
    """Return the model file with further looks in its card.

    Their confidence is calibrated on those of the `labelled` image files, pairs of bytes and text, at which the model
    looks more than once, and its scores become those of all of them. Raises `ModelError`, `ImageError`.
    """
    card = replace(Pipeline.load(model).card, looks=looks)
    pipeline = Pipeline.load(recarded(model, card))
    seen = [(pipeline.see(data), label) for data, label in labelled]
    right = [found.solution.text == label for found, label in seen]
    again = [(s.solution.confidence, hit) for (s, _), hit in zip(seen, right, strict=True) if s.looks > 1]
    calibration = fitted([p for p, _ in again], [hit for _, hit in again])
    scores = {**card.scores, "exact_match": sum(right) / max(1, len(right)), "n": len(right)}
    scores |= {"looks": sum(s.looks for s, _ in seen) / max(1, len(seen))}
    return recarded(model, replace(card, looks=replace(looks, calibration=calibration), scores=scores))
