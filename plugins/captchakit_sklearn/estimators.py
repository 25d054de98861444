"""The estimators to choose from, each as a scikit-learn pipeline over the features."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from sklearn.decomposition import PCA
from sklearn.ensemble import ExtraTreesClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import KNeighborsClassifier
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

DIMENSIONS = 64

STEPS = 4000
"""How many batches a perceptron learns from: it goes over few examples often, over many a few times."""

BATCH = 200
MOST_ITERATIONS = 200


class Size(NamedTuple):
    """How much is to be learned: so many `examples` of so many `features`."""

    examples: int
    features: int

    @property
    def dimensions(self) -> int:
        """How many principal components there can be, at most `DIMENSIONS`."""
        return max(1, min(DIMENSIONS, self.examples - 1, self.features))


def _logistic(_: Size, seed: int, strength: float) -> list[Any]:
    return [StandardScaler(), LogisticRegression(C=strength, max_iter=300, random_state=seed)]


def _svm(size: Size, seed: int, _strength: float) -> list[Any]:
    # Scores, not Platt's probabilities: those cost five more fits and fail on a class of one example.
    return [PCA(size.dimensions, whiten=False, random_state=seed), SVC(C=10.0, gamma="scale", random_state=seed)]


def _neighbours(size: Size, seed: int, _strength: float) -> list[Any]:
    return [PCA(size.dimensions, random_state=seed), KNeighborsClassifier(5, weights="distance")]


def _trees(_: Size, seed: int, _strength: float) -> list[Any]:
    return [ExtraTreesClassifier(120, min_samples_leaf=2, max_depth=16, random_state=seed)]


def _perceptron(size: Size, seed: int, _strength: float) -> list[Any]:
    batches = -(-size.examples // BATCH)
    iterations = min(-(-STEPS // batches), MOST_ITERATIONS)
    network = MLPClassifier((128,), alpha=1e-3, max_iter=iterations, tol=1e-4, random_state=seed)
    return [StandardScaler(), network]


ESTIMATORS: Mapping[str, Callable[[Size, int, float], list[Any]]] = {
    "logistic": _logistic,
    "svm": _svm,
    "knn": _neighbours,
    "trees": _trees,
    "mlp": _perceptron,
}
"""By name: given how much there is to learn, a seed and the strength of fitting, the steps of a pipeline."""


def make_estimator(name: str, examples: int, features: int, seed: int, strength: float = 0.3) -> Pipeline:
    """Return an unfitted pipeline for so many examples of so many features."""
    return make_pipeline(*ESTIMATORS[name](Size(examples, features), seed, strength))
