"""The cnn over whole images: what there is counts, not where; and what else an image might have looked like."""

from __future__ import annotations

import numpy as np
import onnxruntime
import pytest
import torch
from captchakit_cnn.augmentation import LOOKS

from captchakit.errors import PluginError
from captchakit.registry import classifiers
from captchakit.stages import Contract
from tests.plugins.test_patches import SIDE, stripes


@pytest.mark.parametrize("looks", LOOKS)
def test_textures_are_told_apart_wherever_they_lie(looks: str) -> None:
    """Stripes that no pixel's place tells; the graph answers as the network does, for another width too many images."""
    options = {"channels": 4, "places": False, "looks": looks, "batch": 16, "strength": 0.2, "rate": 0.01}
    made = classifiers.build("cnn", options).learner(Contract(1, SIDE, SIDE, 2, "class"), 0)
    tensor, kinds = stripes(64)
    # A transposed photograph has its stripes the other way.
    wanted = kinds[:, np.newaxis] if looks != "photo" else np.ones_like(kinds)[:, np.newaxis]
    for done in range(6):
        made.learn(tensor, wanted, done / 6)
    unseen, truth = stripes(40, seed=1)
    told = made.probabilities(unseen)
    assert (told[:, 0].argmax(axis=1) == (truth if looks != "photo" else 1)).mean() > 0.9
    session = onnxruntime.InferenceSession(made.export(), providers=["CPUExecutionProvider"])
    assert np.allclose(session.run(None, {"input": unseen})[0], told, atol=1e-5)


@pytest.mark.parametrize("looks", LOOKS)
def test_looks_keep_shape_and_range(looks: str) -> None:
    """Colour and oblong images too; at strength 0 nothing changes, and no images are none."""
    images = torch.rand(6, 3, 16, 40)
    chance = torch.Generator().manual_seed(0)
    changed = LOOKS[looks](images, 1.0, chance)
    assert changed.shape == images.shape
    assert 0 <= changed.min() <= changed.max() <= 1
    assert not torch.equal(changed, images)
    assert torch.equal(LOOKS[looks](images, 0.0, chance), images)
    assert LOOKS[looks](images[:0], 1.0, chance).shape[0] == 0


def test_unknown_looks_are_refused() -> None:
    """When the classifier is built."""
    with pytest.raises(PluginError, match="looks 'none' are none of glyph, ink, photo"):
        classifiers.build("cnn", {"looks": "none"})
