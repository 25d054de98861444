"""From a trained learner to a model file: what is refused, and what the card says."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from captchakit import Pipeline
from captchakit.errors import LearningError
from captchakit.learning.dataset import Dataset
from captchakit.learning.export import TOLERANCE, export
from captchakit.learning.fitting import fit
from captchakit.learning.recipes import recipe_for
from captchakit.learning.trained import Trained
from captchakit.learning.training import train
from captchakit.reading.framing import Framing
from captchakit.stages import Contract, Objective
from captchakit.types import Probabilities, Targets, Tensor
from tests.graphs import SIDE, graph, weights


@dataclass
class Linear:
    """A learner that has learned already: the linear model of `tests.graphs`, which may export something else."""

    exports: np.ndarray
    says: np.ndarray = field(default_factory=lambda: weights(3))
    broken: bytes | None = None
    settled: bool = True

    def learn(self, tensor: Tensor, targets: Targets, progress: float) -> float:
        """Learn nothing."""
        del tensor, targets, progress
        return 0.0

    def probabilities(self, tensor: Tensor) -> Probabilities:
        """Return softmax of the linear layer."""
        powers = np.exp(tensor.reshape(len(tensor), 1, SIDE * SIDE) @ self.says)
        return np.asarray(powers / powers.sum(axis=2, keepdims=True), np.float32)

    def snapshot(self) -> Any:
        """Return the state, of which there is none."""
        return "as ever"

    def restore(self, state: Any) -> None:
        """Go back to the only state."""
        assert state == "as ever"

    def export(self) -> bytes:
        """Return the graph of other weights, if so told."""
        return self.broken or bytes(graph(self.exports).SerializeToString())


@dataclass(frozen=True)
class Ready:
    """A classifier whose learner is given."""

    ready: Linear
    objectives: frozenset[Objective] = frozenset({"class"})

    def learner(self, contract: Contract, seed: int) -> Linear:
        """Return the learner that was given."""
        del contract, seed
        return self.ready


def trained(letters: Dataset, learner: Linear) -> Trained:
    return train(letters, Ready(learner), recipe_for(letters, "contours"), Framing(SIDE, SIDE), passes=1)


def test_an_honest_learner_is_exported(letters: Dataset) -> None:
    """A graph that repeats the trainer's probabilities becomes a model."""
    made = export(trained(letters, Linear(weights(3))), "linear", "text", {})
    assert Pipeline.load(made).name == "linear"


def test_a_rounding_difference_is_no_lie(letters: Dataset) -> None:
    """A difference within the tolerance is exported."""
    assert export(trained(letters, Linear(weights(3) + np.float32(1e-7))), "linear", "text", {})
    assert TOLERANCE <= 1e-3


@pytest.mark.parametrize("lie", [weights(3, seed=1), weights(3) * 1.01, weights(3) * np.float32(np.nan)])
def test_a_learner_that_lies_is_refused(letters: Dataset, lie: np.ndarray) -> None:
    """A graph that answers otherwise than the trainer is refused, NaN included."""
    with pytest.raises(LearningError, match="differs from the trainer by"):
        export(trained(letters, Linear(lie.astype(np.float32))), "linear", "text", {})


def test_a_graph_of_other_classes_is_refused(letters: Dataset) -> None:
    """A graph with more classes than the trainer speaks of is refused."""
    with pytest.raises(LearningError, match=r"answers \(0, 1, 4\) where the trainer says \(0, 1, 3\)"):
        export(trained(letters, Linear(weights(4))), "linear", "text", {})


@pytest.mark.parametrize("junk", [b"no graph", bytes(graph(np.zeros((16, 3), np.float32)).SerializeToString())])
def test_a_graph_that_does_not_run_is_refused(letters: Dataset, junk: bytes) -> None:
    """Bytes that are no graph, or a graph for another framing, are refused in words."""
    with pytest.raises(LearningError):
        export(trained(letters, Linear(weights(3), broken=junk)), "linear", "text", {})


def test_targets_that_a_classifier_cannot_learn_are_refused(letters: Dataset) -> None:
    """A classifier is asked for nothing that it does not offer."""
    classifier = Ready(Linear(weights(3)), frozenset({"sequence"}))
    with pytest.raises(LearningError, match="Ready cannot learn targets of kind 'class'"):
        train(letters, classifier, recipe_for(letters, "contours"), Framing(SIDE, SIDE), passes=1)


def test_the_card_says_where_the_model_comes_from(letters: Dataset, tmp_path: Path) -> None:
    """Classifier, options, seed, dataset and its version, commit, date, experiment, score and calibration are there."""
    options = {"estimator": "logistic"}
    data, told = fit(letters, "sklearn", name="mine", options=options, recipe="contours", seed=3, experiment="try 1")
    (tmp_path / "any name.onnx").write_bytes(data)
    card = Pipeline.load(tmp_path / "any name.onnx").card
    assert (card.name, card.task, card.alphabet, card.experiment) == ("mine", "text", ("A", "B", "T"), "try 1")
    facts = card.training
    assert (facts["dataset"], facts["dataset_sha256"]) == ("letters", letters.digest())
    assert (facts["classifier"], facts["options"]["estimator"], facts["seed"]) == ("sklearn", "logistic", 3)
    assert card.scores == {"exact_match": told.exact, "n": len(told.validation), "on": told.validated_on}
    assert card.temperature == told.temperature
    assert card.calibration.n == len(told.validation)
    assert 0 <= card.calibration.error <= card.calibration.raw_error <= 1
    assert datetime.fromisoformat(card.saved).tzinfo is not None
    assert all(c in "0123456789abcdef" for c in card.git_commit)


@pytest.mark.parametrize("classifier", ["sklearn", "cnn"])
def test_the_file_says_what_the_trainer_says(letters: Dataset, classifier: str) -> None:
    """For each built-in classifier the model file repeats the trainer on glyphs it has never seen, none included."""
    options = {"passes": 2, "channels": 4} if classifier == "cnn" else {"estimator": "trees"}
    data, told = fit(letters, classifier, name="x", options=options, recipe="contours")
    model, side = Pipeline.load(data).model, told.framing
    glyphs = np.random.default_rng(0).uniform(0, 1, (9, side.channels, side.height, side.width)).astype(np.float32)
    raw = told.learner.probabilities(glyphs) ** (1 / told.temperature)
    assert np.allclose(model(glyphs), raw / raw.sum(axis=2, keepdims=True), atol=1e-4)
    assert model(glyphs[:0]).shape == (0, 1, 3)
