"""Stand slanted writing upright."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from captchakit.types import Image


@dataclass(frozen=True, slots=True)
class Deskew:
    """Shear away the slant that the second moments of the ink show, at most `limit` degrees; ink bright."""

    limit: float = 30.0

    def __post_init__(self) -> None:
        if not 0 <= self.limit < 80:
            raise ValueError("limit must be 0 to 80 degrees")

    def matrix(self, image: Image) -> tuple[NDArray[np.float64], tuple[int, int]]:
        """Return the shear about the middle row and the unchanged (width, height)."""
        height, width = image.shape[:2]
        shear = 0.0
        _, labels, stats, _ = cv2.connectedComponentsWithStats((image > 127).astype(np.uint8))
        weights, slants = [], []
        for label in range(1, len(stats)):
            moments = cv2.moments((labels == label).astype(np.uint8), binaryImage=True)
            if moments["mu02"] > 0:
                weights.append(float(stats[label][cv2.CC_STAT_AREA]))
                slants.append(moments["mu11"] / moments["mu02"])
        if weights:
            most = float(np.tan(np.radians(self.limit)))
            shear = float(np.clip(np.average(slants, weights=weights), -most, most))
        return np.array([[1.0, -shear, shear * height / 2], [0.0, 1.0, 0.0]]), (width, height)
