"""The built-in classifier plugins as learners: the contract's small print."""

from __future__ import annotations

from typing import Any

import numpy as np
import onnx
import pytest

from captchakit.errors import PluginError
from captchakit.reading.model import Model
from captchakit.registry import classifiers
from captchakit.stages import Contract, Learner
from tests.graphs import card

SIDE = 8
QUICK: list[tuple[str, dict[str, Any]]] = [
    *(("sklearn", {"estimator": e, "copies": 0}) for e in ("logistic", "svm", "knn", "trees", "mlp")),
    ("sklearn", {"estimator": "logistic", "features": "patches", "words": 4, "side": 4, "amounts": True, "copies": 0}),
    ("sklearn", {"estimator": "logistic", "features": "textures", "copies": 0}),
    ("cnn", {"channels": 2, "batch": 8, "passes": 1}),
]


def examples(classes: int, count: int = 24, first: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Return glyphs whose class, counted from `first`, is told by where they are bright."""
    targets = first + np.arange(count) % classes
    tensor = np.random.default_rng(0).uniform(0, 0.2, (count, 1, SIDE, SIDE)).astype(np.float32)
    for glyph, target in zip(tensor, targets, strict=True):
        glyph[0, :, 2 * target : 2 * target + 2] += 0.8
    return tensor, targets[:, np.newaxis].astype(np.int64)


def learner(name: str, options: dict[str, Any], classes: int, seed: int = 0) -> Learner:
    made: Learner = classifiers.build(name, options).learner(Contract(1, SIDE, SIDE, classes, "class"), seed)
    return made


@pytest.mark.parametrize(("name", "options"), QUICK, ids=lambda v: v if isinstance(v, str) else v.get("estimator", ""))
@pytest.mark.parametrize(("classes", "seen"), [(3, 3), (4, 2), (3, 1), (1, 1)])
def test_probabilities_have_the_contracts_shape(name: str, options: dict[str, Any], classes: int, seen: int) -> None:
    """`(N, 1, C)` that sum to 1, for no glyphs too, whichever classes have been seen; the graph says the same."""
    made, (tensor, targets) = learner(name, options, classes), examples(seen, first=classes - seen)
    assert np.isfinite(made.learn(tensor, targets, 0.0))
    told = made.probabilities(tensor)
    assert told.shape == (len(tensor), 1, classes)
    assert np.allclose(told.sum(axis=2), 1, atol=1e-5)
    labels = tuple("ABCD"[:classes])
    framing = type(card().framing)(SIDE, SIDE)
    model = Model(with_card(made.export(), card(alphabet=labels, framing=framing).to_json()))
    for count in (0, 1, 2, len(tensor)):
        assert model(tensor[:count]).shape == (count, 1, classes)
        assert np.allclose(model(tensor[:count]), told[:count], atol=1e-4)


def with_card(graph: bytes, text: str) -> bytes:
    made = onnx.load_from_string(graph)
    onnx.helper.set_model_props(made, {"captchakit": text})
    return bytes(made.SerializeToString())


@pytest.mark.parametrize(("name", "options"), QUICK[-2:], ids=["mlp", "cnn"])
def test_a_state_can_be_gone_back_to(name: str, options: dict[str, Any]) -> None:
    """A snapshot is not changed by what is learned later."""
    made, (tensor, targets) = learner(name, options, 3), examples(3)
    made.learn(tensor, targets, 0.0)
    state, before = made.snapshot(), made.probabilities(tensor)
    made.learn(tensor, (targets + 1) % 3, 0.5)
    assert not np.allclose(made.probabilities(tensor), before, atol=1e-3)
    made.restore(state)
    assert np.array_equal(made.probabilities(tensor), before)


@pytest.mark.parametrize(("name", "options"), QUICK, ids=lambda v: v if isinstance(v, str) else v.get("estimator", ""))
def test_one_seed_is_one_learner(name: str, options: dict[str, Any]) -> None:
    """The same seed and examples give the same probabilities, whatever else draws random numbers in between."""
    tensor, targets = examples(3)
    spoken = []
    for _ in range(2):
        np.random.random(7)  # noqa: NPY002 - somebody else's use of the global generator
        made = learner(name, options, 3, seed=4)
        made.learn(tensor, targets, 0.0)
        spoken.append(made.probabilities(tensor))
    assert np.array_equal(spoken[0], spoken[1])


@pytest.mark.parametrize(
    ("name", "options"),
    [
        *(("sklearn", options) for options in ({"estimator": "oracle"}, {"cell": 0}, {"copies": -1}, {"passes": 0})),
        *(("cnn", options) for options in ({"channels": 0}, {"dropout": 1.0}, {"rate": 0}, {"strength": -1})),
    ],
)
def test_wrong_options_are_refused(name: str, options: dict[str, Any]) -> None:
    """Options out of their range are refused when the classifier is built."""
    with pytest.raises(PluginError, match=f"classifier '{name}' refuses its options"):
        classifiers.build(name, options)


def test_labels_that_do_not_exclude_each_other_are_learned_by_the_network() -> None:
    """For several labels each probability stands for itself, and the graph says the same."""
    contract = Contract(1, SIDE, SIDE, 3, "tags")
    made: Learner = classifiers.build("cnn", {"channels": 4, "batch": 8, "strength": 0.0}).learner(contract, 0)
    tensor, targets = examples(3)
    flags = np.eye(3, dtype=np.int64)[targets[:, 0]] | np.array([[1, 0, 0]])
    for step in range(10):
        made.learn(tensor, flags, step / 10)
    told = made.probabilities(tensor)
    assert ((told[:, 0] > 0.5) == flags).mean() > 0.9
    assert told[:, 0].sum(axis=1).max() > 1.2
