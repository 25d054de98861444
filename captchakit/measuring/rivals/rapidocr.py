"""RapidOCR's recogniser of text lines alone: the captcha is taken for a line."""

from __future__ import annotations

import numpy as np

from captchakit.errors import PluginError
from captchakit.measuring.rivals.spoken import CtcRival
from captchakit.reading.image import decode
from captchakit.types import Probabilities

QUIET = {"Global.log_level": "error", "EngineConfig.onnxruntime.intra_op_num_threads": 1}


class Rapidocr(CtcRival):
    """Its default model, on one thread, without its detector of text."""

    name = "rapidocr"

    def __init__(self) -> None:
        """Load it; raises `PluginError` where it is not installed."""
        super().__init__()
        try:
            from rapidocr import RapidOCR  # noqa: PLC0415 - an extra
        except ImportError as error:
            raise PluginError(f"solver 'rapidocr' needs captchakit-ocr with the extra 'rivals': {error}") from None
        self._reader = RapidOCR(params=QUIET)
        self._reader(np.full((48, 160, 3), 255, np.uint8), use_det=False, use_cls=False)  # which loads the recogniser
        self._line = self._reader.text_rec
        self.characters = list(self._line.postprocess_op.character)

    def own_answer(self, image: bytes) -> str:
        """Return what it says."""
        read = self._reader(decode(image), use_det=False, use_cls=False)
        return "".join(read.txts or ())

    def steps(self, image: bytes) -> Probabilities:
        """Return its probabilities."""
        line = decode(image)
        _, height, width = self._line.rec_image_shape
        ratio = max(width / height, line.shape[1] / line.shape[0])
        framed = self._line.resize_norm_img(line, ratio)[np.newaxis].astype(np.float32)
        return np.asarray(self._line.session(framed)[0], np.float32)
