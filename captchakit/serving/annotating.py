"""The image with its answer drawn into it."""

from __future__ import annotations

import cv2
import numpy as np

from captchakit.reading.image import decode
from captchakit.serving.answers import Answer
from captchakit.types import Image

LEAST_WIDTH, BAND = 160, 24
BOX, INK, PAPER = (60, 60, 220), (40, 40, 40), (245, 245, 245)


def annotated(data: bytes, answer: Answer) -> bytes:
    """Return a PNG: the image with a box around each symbol, its text and confidence below; raises `ImageError`."""
    image = decode(data)
    for symbol in answer.symbols:
        x, y, width, height = symbol.box
        cv2.rectangle(image, (x, y), (x + width - 1, y + height - 1), BOX, 1)
    return bytes(cv2.imencode(".png", np.vstack([_widened(image), _band(image, answer)]))[1].tobytes())


def _widened(image: Image) -> Image:
    missing = max(0, LEAST_WIDTH - image.shape[1])
    return np.asarray(cv2.copyMakeBorder(image, 0, 0, 0, missing, cv2.BORDER_CONSTANT, value=PAPER), np.uint8)


def _band(image: Image, answer: Answer) -> Image:
    band = np.full((BAND, max(LEAST_WIDTH, image.shape[1]), 3), PAPER, np.uint8)
    # OpenCV's stroke face knows ASCII alone.
    text = "".join(c if c.isascii() else f"<{ord(c):X}>" for c in answer.text)
    told = f"{text}  {answer.confidence:.2f}" if answer.reason is None else str(answer.reason)
    cv2.putText(band, told, (6, 16), cv2.FONT_HERSHEY_SIMPLEX, 0.45, INK, 1, cv2.LINE_AA)
    return band
