"""The estimators to choose from, each as a scikit-learn pipeline over the features."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from sklearn.decomposition import PCA
from sklearn.ensemble import ExtraTreesClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import KNeighborsClassifier
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

DIMENSIONS = 64


def _logistic(_: int, seed: int, strength: float) -> list[Any]:
    return [StandardScaler(), LogisticRegression(C=strength, max_iter=300, random_state=seed)]


def _svm(dimensions: int, seed: int, _strength: float) -> list[Any]:
    # Scores, not Platt's probabilities: those cost five more fits and fail on a class of one example.
    return [PCA(dimensions, whiten=False, random_state=seed), SVC(C=10.0, gamma="scale", random_state=seed)]


def _neighbours(dimensions: int, seed: int, _strength: float) -> list[Any]:
    return [PCA(dimensions, random_state=seed), KNeighborsClassifier(5, weights="distance")]


def _trees(_: int, seed: int, _strength: float) -> list[Any]:
    return [ExtraTreesClassifier(120, min_samples_leaf=2, max_depth=16, random_state=seed)]


def _perceptron(_: int, seed: int, _strength: float) -> list[Any]:
    network = MLPClassifier((96,), alpha=1e-3, early_stopping=False, max_iter=60, tol=1e-3, random_state=seed)
    return [StandardScaler(), network]


ESTIMATORS: Mapping[str, Callable[[int, int, float], list[Any]]] = {
    "logistic": _logistic,
    "svm": _svm,
    "knn": _neighbours,
    "trees": _trees,
    "mlp": _perceptron,
}
"""By name: given PCA's dimensions, a seed and the strength of fitting, the steps of a pipeline."""


def make_estimator(name: str, examples: int, features: int, seed: int, strength: float = 0.3) -> Pipeline:
    """Return an unfitted pipeline for so many examples of so many features."""
    dimensions = max(1, min(DIMENSIONS, examples - 1, features))
    return make_pipeline(*ESTIMATORS[name](dimensions, seed, strength))
