"""Features of learned patches: textures are told apart wherever they lie."""

from __future__ import annotations

import numpy as np
import onnxruntime
import pytest
from captchakit_sklearn.features import feature_model
from captchakit_sklearn.patches import learned_patches

from captchakit.errors import PluginError
from captchakit.registry import classifiers
from captchakit.stages import Contract
from captchakit.types import Tensor

SIDE = 32


def stripes(count: int, seed: int = 0, channels: int = 1) -> tuple[Tensor, np.ndarray]:
    """Return images with a patch of upright or level stripes somewhere, and which it is."""
    dice = np.random.default_rng(seed)
    images = np.zeros((count, channels, SIDE, SIDE), np.float32)
    kinds = np.arange(count) % 2
    for image, kind in zip(images, kinds, strict=True):
        y, x = dice.integers(0, SIDE - 16, 2)
        piece = np.zeros((16, 16), np.float32)
        piece[:, dice.integers(0, 4) :: 4] = 1
        image[:, y : y + 16, x : x + 16] = piece if kind else piece.T
    return images, kinds


def features(tensor: Tensor, *, amounts: bool, seed: int = 0) -> np.ndarray:
    made = learned_patches(tensor, 8, 6, seed, amounts=amounts)
    session = onnxruntime.InferenceSession(feature_model(made, *tensor.shape[1:]), providers=["CPUExecutionProvider"])
    return np.asarray(session.run(None, {"input": tensor})[0])


def test_shares_are_shares() -> None:
    """Squared they sum to one, and a blank image has none."""
    tensor, _ = stripes(12)
    tensor[0] = 0
    rows = features(tensor, amounts=False)
    assert rows.shape == (12, 16)
    assert np.allclose((rows[1:] ** 2).sum(axis=1), 1, atol=1e-3)
    assert not rows[0].any()


@pytest.mark.parametrize("channels", [1, 3])
def test_amounts_are_added(channels: int) -> None:
    """How much there is in all, and each channel's mean."""
    tensor, _ = stripes(12, channels=channels)
    rows = features(tensor, amounts=True)
    assert rows.shape == (12, 16 + 1 + channels)
    assert np.allclose(rows[:, -channels:], tensor.mean(axis=(2, 3)), atol=1e-5)


def test_textures_are_told_apart_wherever_they_lie() -> None:
    """Stripes that no pixel's place tells are told by the patches, and not by the cells."""
    options = {"estimator": "logistic", "features": "patches", "words": 8, "side": 6, "copies": 0}
    made = classifiers.build("sklearn", options).learner(Contract(1, SIDE, SIDE, 2, "class"), 0)
    tensor, kinds = stripes(40)
    made.learn(tensor, kinds[:, np.newaxis], 0.0)
    unseen, truth = stripes(40, seed=1)
    assert (made.probabilities(unseen)[:, 0].argmax(axis=1) == truth).mean() > 0.95


def test_blank_images_can_be_learned_from() -> None:
    """Where nothing is to be seen there is still an answer."""
    options = {"estimator": "logistic", "features": "patches", "words": 4, "copies": 0}
    made = classifiers.build("sklearn", options).learner(Contract(1, SIDE, SIDE, 2, "class"), 0)
    made.learn(np.zeros((4, 1, SIDE, SIDE), np.float32), np.array([[0], [1], [0], [1]]), 0.0)
    assert np.allclose(made.probabilities(np.zeros((1, 1, SIDE, SIDE), np.float32)), 0.5, atol=1e-3)


def test_several_labels_are_learned_each_for_itself() -> None:
    """Flags that every example has or lacks are certain, the others follow the texture; the graph says the same."""
    options = {"estimator": "logistic", "features": "patches", "words": 8, "side": 6, "copies": 0}
    made = classifiers.build("sklearn", options).learner(Contract(1, SIDE, SIDE, 4, "tags"), 0)
    tensor, kinds = stripes(40)
    flags = np.stack([kinds, 1 - kinds, np.ones(40), np.zeros(40)], axis=1).astype(np.int64)
    assert made.learn(tensor, flags, 0.0) < 0.3
    told = made.probabilities(tensor)
    assert ((told[:, 0] > 0.5) == flags).mean() > 0.98
    (said,) = onnxruntime.InferenceSession(made.export(), providers=["CPUExecutionProvider"]).run(
        None, {"input": tensor}
    )
    assert np.allclose(said, told, atol=1e-5)


@pytest.mark.parametrize("options", [{"features": "none"}, {"words": 1}, {"side": 1}, {"strength": 0}])
def test_wrong_options_are_refused(options: dict[str, object]) -> None:
    """When the classifier is built."""
    with pytest.raises(PluginError, match="refuses its options"):
        classifiers.build("sklearn", options)
