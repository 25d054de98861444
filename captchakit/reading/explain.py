"""The stages of one image as a picture."""

from __future__ import annotations

from collections.abc import Iterator

import cv2
import numpy as np
from numpy.typing import NDArray

from captchakit.reading.image import decode
from captchakit.reading.pipeline import Pipeline
from captchakit.types import ANYTHING, Box, Constraint, Image, Predictions, Symbol

PANEL_WIDTH, MARGIN, CAPTION = 480, 12, 20
INK, PALE, BOX, CHOSEN = (40, 40, 40), (245, 245, 245), (200, 170, 90), (60, 60, 220)


def explain(pipeline: Pipeline, data: bytes, constraint: Constraint = ANYTHING) -> bytes:
    """Return a PNG: the image, it after each filter, all candidate boxes, and the top guesses for each symbol.

    Where several looks were taken it shows the one that the answer comes from.

    Raises `ImageError` where `data` is not an image.
    """
    image = decode(data)
    solution, (prepare, prepared, predictions), _ = pipeline.see(data, constraint)
    panels = [_panel("image", image), *(_panel(name, stage) for name, stage in prepare.stages(image))]
    boxes = [g.box for g in prepared.glyphs]
    panels.append(_panel(f"{len(boxes)} glyphs", prepared.image, boxes, BOX))
    told = f"answer {solution.text} ({solution.confidence:.2f})"
    panels.append(_panel(told, prepared.image, [s.box for s in solution.symbols], CHOSEN))
    panels.append(_guesses(list(guesses(pipeline, predictions, solution.symbols))))
    encoded = cv2.imencode(".png", np.vstack(panels))[1]
    return encoded.tobytes()


def guesses(
    pipeline: Pipeline, predictions: Predictions, symbols: tuple[Symbol, ...], count: int = 4
) -> Iterator[list[tuple[str, float]]]:
    """Yield for each symbol the `count` labels that the model gave the most probability where the symbol stands."""
    alphabet = pipeline.codec.alphabet
    for symbol in symbols:
        row = _where(predictions, symbol.box)[: len(alphabet)]
        best = np.argsort(-row, kind="stable")[:count]
        yield [(alphabet[k], float(row[k])) for k in best]


def _where(predictions: Predictions, box: Box) -> NDArray[np.float32]:
    for glyph, spoken in zip(predictions.glyphs, predictions.probabilities, strict=True):
        if glyph.box == box:
            return np.asarray(spoken.max(axis=0), np.float32)
    # A part of one glyph, read in steps: the steps that lie over the box.
    whole, spoken = predictions.glyphs[0].box, predictions.probabilities[0]
    scale = len(spoken) / whole.width
    start = int((box.x - whole.x) * scale)
    stop = max(start + 1, round((box.right - whole.x) * scale))
    return np.asarray(spoken[start:stop].max(axis=0), np.float32)


def _panel(caption: str, image: Image, boxes: list[Box] | None = None, colour: tuple[int, int, int] = INK) -> Image:
    scale = min((PANEL_WIDTH - 2 * MARGIN) / image.shape[1], 120 / image.shape[0])
    size = max(1, round(image.shape[1] * scale)), max(1, round(image.shape[0] * scale))
    shown = image if image.ndim == 3 else cv2.cvtColor(image, cv2.COLOR_GRAY2BGR)
    shown = cv2.resize(shown, size, interpolation=cv2.INTER_NEAREST if scale > 1 else cv2.INTER_AREA)
    for box in boxes or []:
        corners = [round(v * scale) for v in (box.x, box.y, box.right, box.bottom)]
        cv2.rectangle(shown, (corners[0], corners[1]), (corners[2] - 1, corners[3] - 1), colour, 1)
    panel = np.full((CAPTION + size[1] + MARGIN, PANEL_WIDTH, 3), PALE, np.uint8)
    panel[CAPTION : CAPTION + size[1], MARGIN : MARGIN + size[0]] = shown
    _write(panel, caption, (MARGIN, 14))
    return panel


def _guesses(columns: list[list[tuple[str, float]]]) -> Image:
    rows = max((len(c) for c in columns), default=0)
    panel = np.full((CAPTION + 16 * rows + MARGIN, PANEL_WIDTH, 3), PALE, np.uint8)
    _write(panel, "top guesses" if columns else "no symbol found", (MARGIN, 14))
    step = (PANEL_WIDTH - 2 * MARGIN) // max(len(columns), 1)
    for place, column in enumerate(columns):
        for row, (label, probability) in enumerate(column):
            # OpenCV's stroke face knows ASCII alone.
            shown = label if label.isascii() else f"U+{ord(label[0]):04X}"
            _write(panel, f"{shown} {probability:.2f}", (MARGIN + place * step, CAPTION + 16 * row + 12))
    return panel


def _write(panel: Image, text: str, at: tuple[int, int]) -> None:
    cv2.putText(panel, text, at, cv2.FONT_HERSHEY_SIMPLEX, 0.42, INK, 1, cv2.LINE_AA)
