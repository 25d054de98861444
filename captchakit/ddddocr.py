"""The door for programs written for ddddocr: `from captchakit import ddddocr`, and the rest stays as it is.

Behind it is a pipeline of ours: the shipped general model, one of your own, or what dddd_trainer exported.
"""

from __future__ import annotations

import base64
import binascii
import string
from collections.abc import Iterable, Sequence
from io import BytesIO
from pathlib import Path, PurePath
from typing import Any, Literal, Protocol, overload

import numpy as np

from captchakit.errors import ImageError, OptionError
from captchakit.reading.library import Library
from captchakit.reading.model import read
from captchakit.reading.pipeline import Pipeline
from captchakit.reading.trainer_model import Charsets, TrainerModel
from captchakit.types import ANYTHING, Constraint, Predictions

_DIGITS, _LOWER, _UPPER = string.digits, string.ascii_lowercase, string.ascii_uppercase
RANGES = {
    0: _DIGITS,
    1: _LOWER,
    2: _UPPER,
    3: _LOWER + _UPPER,
    4: _LOWER + _DIGITS,
    5: _UPPER + _DIGITS,
    6: _LOWER + _UPPER + _DIGITS,
}
"""What the numbers of `set_ranges` mean; 7 is all that the model knows but letters and digits."""


class Picture(Protocol):
    """An image of Pillow's."""

    mode: str

    def convert(self, mode: str) -> Picture:
        """Return it in another mode."""
        ...

    def save(self, file: BytesIO, kind: str) -> None:
        """Write it as a file of that kind."""
        ...


class DdddOcr:
    """Reads captchas with the names and arguments of ddddocr's class; threads may share it once ranges are set.

    `import_onnx_path` with `charsets_path` is a model of dddd_trainer, alone one of captchakit's; without either the
    shipped general model reads. `old`, `beta`, `use_gpu`, `device_id` and `show_ad` are taken and change nothing:
    there is one model, on the CPU, and no advertisement. Raises `OptionError` for what is not reading text (`det`).
    """

    def __init__(
        self,
        ocr: bool = True,
        det: bool = False,
        old: bool = False,
        beta: bool = False,
        use_gpu: bool = False,
        device_id: int = 0,
        show_ad: bool = True,
        import_onnx_path: str | Path = "",
        charsets_path: str | Path = "",
    ) -> None:
        """Load the model; raises `ModelError`."""
        del old, beta, use_gpu, device_id, show_ad
        if det or not (ocr or import_onnx_path):
            raise OptionError("captchakit reads text: it neither detects objects (det) nor matches sliders (ocr=False)")
        self._pipeline = _pipeline(import_onnx_path, charsets_path)
        self._allowed = ANYTHING

    @overload
    def classification(self, img: bytes | str | PurePath | Picture, png_fix: bool = ...) -> str: ...

    @overload
    def classification(
        self, img: bytes | str | PurePath | Picture, png_fix: bool = ..., *, probability: Literal[True]
    ) -> dict[str, Any]: ...

    def classification(
        self, img: bytes | str | PurePath | Picture, png_fix: bool = False, probability: bool = False
    ) -> str | dict[str, Any]:
        """Return the text of an image: a file's bytes, its path or base64, or an image of Pillow's.

        With `probability` the text, its `confidence`, and a row of probabilities for each step over `charsets`, blank
        first as an empty string. Transparency is flattened on white, with `png_fix` or without. Raises `ImageError`.
        """
        del png_fix
        data = _bytes_of(img)
        if not probability:
            return self._pipeline.solve(data, self._allowed).text
        solution, view, _ = self._pipeline.see(data, self._allowed)
        charset, rows = self._rows(view.predictions)
        return {
            "text": solution.text,
            "confidence": solution.confidence,
            # Both spellings: the first of ddddocr 1.5 and older, the second of 1.6, with its axis for the batch.
            "charsets": charset,
            "probability": rows.tolist(),
            "charset": charset,
            "probabilities": rows[:, np.newaxis].tolist(),
        }

    def set_ranges(self, charset_range: int | str | Sequence[str]) -> None:
        """Allow these characters alone: a number from 0 to 7 (see `RANGES`), or the characters.

        Raises `OptionError` where the model knows none of them.
        """
        known = set(self._pipeline.card.alphabet)
        if charset_range == 7:
            wanted: Iterable[str] = known - set(RANGES[6])
        elif isinstance(charset_range, int):
            if charset_range not in RANGES:
                raise OptionError(f"a range is a number from 0 to 7 or characters, not {charset_range}")
            wanted = RANGES[charset_range]
        else:
            wanted = charset_range
        allowed = known & set(wanted)
        if not allowed:
            raise OptionError(f"model {self._pipeline.name!r} knows none of the characters {charset_range!r}")
        self._allowed = Constraint(alphabet=frozenset(allowed))

    def get_charset(self) -> list[str]:
        """Return what the model knows, blank first as an empty string."""
        return ["", *self._pipeline.card.alphabet]

    def _rows(self, predictions: Predictions) -> tuple[list[str], np.ndarray[Any, np.dtype[np.float32]]]:
        """Return blank and the allowed labels, and `(steps, labels)`: what is not allowed is left out."""
        labels = self._pipeline.card.alphabet
        rows = predictions.probabilities.reshape(-1, self._pipeline.model.classes)
        kept = [n for n, a in enumerate(labels) if self._allowed.alphabet is None or a in self._allowed.alphabet]
        blank = 1.0 - rows[:, : len(labels)].sum(axis=1) if rows.shape[1] == len(labels) else rows[:, len(labels)]
        told = np.column_stack([blank, rows[:, kept]]).clip(0, 1)
        return ["", *(labels[n] for n in kept)], told / np.maximum(told.sum(axis=1, keepdims=True), 1e-12)


def _pipeline(model: str | Path, charsets: str | Path) -> Pipeline:
    if not model:
        return Library().open()
    if not charsets:
        return Pipeline.load(Path(model))
    return Pipeline.load(TrainerModel(read(model), Charsets.open(charsets), Path(model).stem, str(model)))


def _bytes_of(img: bytes | str | PurePath | Picture) -> bytes:
    if isinstance(img, bytes):
        return img
    if isinstance(img, str | PurePath):
        return _read(img)
    if not hasattr(img, "save"):
        raise ImageError(f"an image is bytes, a path, base64 or Pillow's, not {type(img).__name__}")
    written = BytesIO()
    (img if img.mode in ("1", "L", "LA", "P", "RGB", "RGBA") else img.convert("RGB")).save(written, "PNG")
    return written.getvalue()


def _read(img: str | PurePath) -> bytes:
    try:
        return Path(img).read_bytes()
    except (OSError, ValueError) as error:  # what is too long for a path is base64
        try:
            return base64.b64decode(str(img), validate=True)
        except binascii.Error:
            raise ImageError(f"{str(img)[:80]}: {getattr(error, 'strerror', None) or error}") from None
