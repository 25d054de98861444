"""The stages of one image, as a client can show them."""

from __future__ import annotations

import base64

import cv2
import msgspec

from captchakit.reading.explain import guesses
from captchakit.reading.image import decode
from captchakit.reading.pipeline import Pipeline
from captchakit.types import Box, Constraint, Image

Corners = tuple[int, int, int, int]


class Stage(msgspec.Struct):
    """What a stage made of the image: a PNG in base64, and boxes as x, y, width, height in its pixels."""

    name: str
    image: str
    width: int
    height: int
    boxes: list[Corners] = []


class Likely(msgspec.Struct):
    """A label and the probability that the model gave it."""

    label: str
    probability: float


class Explained(msgspec.Struct):
    """The image, it after each filter, the glyphs, the answer, and what else each of its symbols may have been."""

    text: str
    confidence: float
    stages: list[Stage]
    guesses: list[list[Likely]]


def explained(pipeline: Pipeline, data: bytes, constraint: Constraint) -> Explained:
    """Read an image and keep what every stage made of it; raises `ImageError`."""
    image = decode(data)
    solution, (prepare, prepared, predictions), _ = pipeline.see(data, constraint)
    stages = [_stage("image", image), *(_stage(name, made) for name, made in prepare.stages(image))]
    stages.append(_stage("glyphs", prepared.image, [g.box for g in prepared.glyphs]))
    stages.append(_stage("answer", prepared.image, [s.box for s in solution.symbols]))
    likely = [[Likely(*one) for one in column] for column in guesses(pipeline, predictions, solution.symbols)]
    return Explained(solution.text, solution.confidence, stages, likely)


def _stage(name: str, image: Image, boxes: list[Box] | None = None) -> Stage:
    encoded = base64.b64encode(cv2.imencode(".png", image)[1].tobytes()).decode()
    corners = [(b.x, b.y, b.width, b.height) for b in boxes or []]
    return Stage(name, encoded, image.shape[1], image.shape[0], corners)
