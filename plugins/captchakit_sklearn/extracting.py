"""Features of images, by the same graph that solves, and never of more images at once than there is room for."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from captchakit.types import Tensor
from captchakit_sklearn.augmentation import copies_of
from captchakit_sklearn.features import Features, feature_model

AT_ONCE = 16
"""How many images the features are asked of at once: what lies between may be a hundred times as large as both."""


class Extractor:
    """Turns images `(N, channels, height, width)` into rows `(N, D)`, or several rows an image where it is in tiles."""

    def __init__(self, features: Features, channels: int, height: int, width: int) -> None:
        self.features = features
        settings = onnxruntime.SessionOptions()
        settings.intra_op_num_threads = 1
        data = feature_model(features, channels, height, width)
        self._session = onnxruntime.InferenceSession(data, settings, providers=["CPUExecutionProvider"])

    def __call__(self, tensor: Tensor) -> NDArray[np.float32]:
        """Return the rows of images, in their order."""
        return self._rows(tensor[at : at + AT_ONCE] for at in range(0, max(len(tensor), 1), AT_ONCE))

    def with_copies(self, tensor: Tensor, copies: int, seed: int) -> NDArray[np.float32]:
        """Return the rows of images, and then `copies` times those of the same images a little deformed."""
        return np.concatenate(
            [self(tensor), *(self._rows(parts) for parts in copies_of(tensor, copies, seed, AT_ONCE))]
        )

    def _rows(self, parts: Iterable[Tensor]) -> NDArray[np.float32]:
        return np.concatenate([self._session.run(None, {"input": part})[0] for part in parts]).astype(np.float32)
