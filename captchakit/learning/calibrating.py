"""Fitting the calibration of whole answers to answers that were right or wrong."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from captchakit.learning.judging import spoken
from captchakit.learning.trained import Trained
from captchakit.reading.calibration import AS_GIVEN, LEAST, Calibration, expected_calibration_error
from captchakit.reading.model import calibrated
from captchakit.types import ANYTHING, Constraint, Predictions

FEWEST = 20
"""Answers under which nothing is fitted."""

FOLDS = 5
PRIOR = 1.0
"""How many answers' worth of doubt keeps slope and intercept near 1 and 0: a few labels must not bend them far."""

LEAST_SLOPE = 0.05


def fitted(probabilities: Sequence[float], right: Sequence[bool]) -> Calibration:
    """Return the calibration of answers' probabilities to whether they are right, with its cross-validated error.

    Every fifth answer is judged by a fit to the others. Under `FEWEST` answers the probabilities are left as they are.
    """
    p, hits = np.asarray(probabilities, np.float64), np.asarray(right, np.bool_)
    raw = expected_calibration_error(p.tolist(), hits.tolist())
    if len(p) < FEWEST:
        return Calibration(n=len(p), error=raw, raw_error=raw)
    unseen = np.empty(len(p))
    folds = np.random.default_rng(0).permutation(len(p)) % FOLDS
    for fold in range(FOLDS):
        held = folds == fold
        known = _platt(p[~held], hits[~held])
        unseen[held] = [known(value) for value in p[held]]
    error = expected_calibration_error(unseen.tolist(), hits.tolist())
    if error >= raw:
        return Calibration(n=len(p), error=raw, raw_error=raw)
    best = _platt(p, hits)
    return Calibration(best.slope, best.intercept, len(p), error, raw)


def calibrated_on(trained: Trained, constraint: Constraint = ANYTHING) -> Calibration:
    """Return the calibration of a training's answers to its validation images, as they are read when solving."""
    said = spoken(trained.learner, trained.validation) if trained.said is None else trained.said
    probabilities, right = [], []
    for image, raw in zip(trained.validation, said, strict=True):
        told = Predictions(calibrated(raw, trained.temperature), image.glyphs)
        solution = trained.codec.decode(told, constraint)
        probabilities.append(solution.confidence)
        right.append(solution.text == image.label)
    return fitted(probabilities, right)


def _platt(p: NDArray[np.float64], hits: NDArray[np.bool_]) -> Calibration:
    """Return slope and intercept of the greatest penalised likelihood, by Newton's method."""
    clipped = np.clip(p, LEAST, 1 - LEAST)
    rows = np.stack([np.log(clipped / (1 - clipped)), np.ones(len(p))], axis=1)
    start = np.array([AS_GIVEN.slope, AS_GIVEN.intercept])
    weights = start
    for _ in range(50):
        said = 1 / (1 + np.exp(-np.clip(rows @ weights, -500, 500)))
        slope = rows.T @ (said - hits) + PRIOR * (weights - start)
        curve = (rows * (said * (1 - said))[:, np.newaxis]).T @ rows + PRIOR * np.eye(2)
        step = np.linalg.solve(curve, slope)
        weights = weights - step * min(1.0, 2.0 / float(np.abs(step).max() + 1e-12))
        if np.abs(step).max() < 1e-9:
            break
    return Calibration(max(float(weights[0]), LEAST_SLOPE), float(weights[1]))
