"""ddddocr, a recogniser of captchas for some ten thousand characters."""

from __future__ import annotations

import numpy as np

from captchakit.errors import ImageError, PluginError
from captchakit.measuring.rivals.spoken import CtcRival
from captchakit.types import Probabilities


class Ddddocr(CtcRival):
    """Its default model, on one thread."""

    name = "ddddocr"

    def __init__(self) -> None:
        """Load it; raises `PluginError` where it is not installed."""
        super().__init__()
        try:
            from ddddocr import DdddOcr  # noqa: PLC0415 - an extra
        except ImportError as error:
            raise PluginError(f"solver 'ddddocr' needs captchakit-ocr with the extra 'rivals': {error}") from None
        self._reader = DdddOcr(show_ad=False)
        self.characters = self._reader.get_charset()

    def own_answer(self, image: bytes) -> str:
        """Return what it says."""
        return str(self._classified(image, probability=False))

    def steps(self, image: bytes) -> Probabilities:
        """Return its probabilities."""
        told = np.asarray(self._classified(image, probability=True)["probabilities"], np.float32)
        return told.reshape(-1, told.shape[-1])

    def _classified(self, image: bytes, *, probability: bool):  # type: ignore[no-untyped-def]
        try:
            return self._reader.classification(image, probability=probability)
        except Exception as error:  # its own kinds have no common name but this
            raise ImageError(f"ddddocr: {error}") from None
