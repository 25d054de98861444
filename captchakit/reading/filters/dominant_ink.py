"""Keep the one colour that the writing has."""

from dataclasses import dataclass

import cv2
import numpy as np

from captchakit.types import Image


@dataclass(frozen=True, slots=True)
class DominantInk:
    """Cluster the colours (k-means in CIE Lab) and keep the cluster that is the writing: the largest but the paper.

    The paper is the largest cluster. Pixels come out the brighter the nearer they are to the ink's colour and the
    farther from the paper's. `clusters` counts paper and ink too.
    """

    clusters: int = 4

    def __post_init__(self) -> None:
        if not 2 <= self.clusters <= 16:
            raise ValueError("clusters must be 2 to 16")

    def __call__(self, image: Image) -> Image:
        """Return one channel, the dominant ink bright."""
        colour = image if image.ndim == 3 else cv2.cvtColor(image, cv2.COLOR_GRAY2BGR)
        lab = cv2.cvtColor(colour, cv2.COLOR_BGR2Lab).reshape(-1, 3).astype(np.float32)
        clusters = min(self.clusters, len(np.unique(lab, axis=0)))
        if clusters < 2:
            return np.zeros(image.shape[:2], np.uint8)
        cv2.setRNGSeed(0)  # k-means starts at random; the same image must give the same answer
        stop = (cv2.TERM_CRITERIA_EPS + cv2.TERM_CRITERIA_MAX_ITER, 20, 0.5)
        start = np.zeros((len(lab), 1), np.int32)
        _, labels, centers = cv2.kmeans(lab, clusters, start, stop, 1, cv2.KMEANS_PP_CENTERS)
        order = np.argsort(-np.bincount(np.asarray(labels).ravel(), minlength=clusters))
        paper, ink = centers[order[0]], centers[order[1]]
        to_paper, to_ink = (np.linalg.norm(lab - c, axis=1) for c in (paper, ink))
        share = to_paper / np.maximum(to_paper + to_ink, 1e-6)
        return np.asarray(np.rint(255 * share), np.uint8).reshape(image.shape[:2])
