"""Statistics of textures, and the labels of tiles that are only known of the whole image."""

from __future__ import annotations

from itertools import product

import numpy as np
import onnxruntime
import pytest
from captchakit_sklearn.features import feature_model
from captchakit_sklearn.textures import CHROMA, DETAIL, LEVELS, Textures
from captchakit_sklearn.tiles import believed, mosaics

from captchakit.registry import classifiers
from captchakit.stages import Contract
from captchakit.types import Tensor

SIDE = 32
TILED = {"estimator": "logistic", "features": "textures", "exclusive": True, "copies": 0, "strength": 1.0}


def rows_of(made: Textures, tensor: Tensor) -> np.ndarray:
    session = onnxruntime.InferenceSession(feature_model(made, *tensor.shape[1:]), providers=["CPUExecutionProvider"])
    return np.asarray(session.run(None, {"input": tensor})[0])


def grounds(kinds: np.ndarray, seed: int) -> Tensor:
    """Return pictures whose quarters show the kinds `(N, 4)`: plain, rough, or striped, in colours of their own."""
    dice = np.random.default_rng(seed)
    images = np.empty((len(kinds), 3, SIDE, SIDE), np.float32)
    half = SIDE // 2
    for image, four in zip(images, kinds, strict=True):
        for place, kind in enumerate(four):
            y, x = divmod(place, 2)
            tile = np.full((3, half, half), 0.4) + dice.normal(0, 0.02, (3, half, half))
            tile[kind] += 0.1
            if kind == 1:
                tile += dice.normal(0, 0.1, (1, half, half))
            if kind == 2:
                tile[:, dice.integers(0, 4) :: 4] += 0.3
            image[:, y * half : (y + 1) * half, x * half : (x + 1) * half] = tile.clip(0, 1)
    return images


def flags_of(kinds: np.ndarray, labels: int = 3) -> np.ndarray:
    return (kinds[:, :, np.newaxis] == np.arange(labels)).any(axis=1).astype(np.int64)


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize(("side", "levels"), [(8, 1), (40, 3), (64, 4), (128, LEVELS)])
def test_as_many_levels_as_there_is_room_for(channels: int, side: int, levels: int) -> None:
    """Every number is finite, of blank images too, and no images have no rows."""
    made = Textures(channels, side, side)
    tensor = np.random.default_rng(0).random((3, channels, side, side), np.float32)
    tensor[0] = 0
    rows = rows_of(made, tensor)
    assert rows.shape == (3, CHROMA + levels * DETAIL)
    assert made.graph()[2] == rows.shape[1]
    assert np.isfinite(rows).all()
    assert rows_of(made, tensor[:0]).shape == (0, rows.shape[1])


def test_a_turn_changes_nothing() -> None:
    """A quarter turn or a mirror image has the same statistics, but for the borders."""
    tensor = grounds(np.array([[0, 1, 2, 2]]), 0).repeat(2, axis=2).repeat(2, axis=3)
    rows = rows_of(Textures(3, 2 * SIDE, 2 * SIDE), tensor)
    for other in (np.rot90(tensor, axes=(2, 3)), tensor[:, :, ::-1]):
        assert np.allclose(rows_of(Textures(3, 2 * SIDE, 2 * SIDE), np.ascontiguousarray(other)), rows, atol=0.05)


def test_tiles_are_pieces_of_the_image() -> None:
    """Each tile's row is that of the piece by itself, row by row."""
    tensor = grounds(np.array([[0, 1, 2, 2], [1, 1, 0, 0]]), 0)
    half = SIDE // 2
    whole = rows_of(Textures(3, SIDE, SIDE, 2), tensor).reshape(2, 4, -1)
    for place, (y, x) in enumerate(product((0, half), (0, half))):
        piece = np.ascontiguousarray(tensor[:, :, y : y + half, x : x + half])
        assert np.allclose(whole[:, place], rows_of(Textures(3, half, half), piece), atol=1e-5)


def test_belief_is_that_of_all_ways_to_lay_the_labels() -> None:
    """Against counting them out; a label that the image has is in some tile, and no other label is."""
    said = np.random.default_rng(0).dirichlet(np.ones(4), 4)
    told = believed(said, [0, 2])
    expected = np.zeros((4, 4))
    for way in product((0, 2), repeat=4):
        if set(way) == {0, 2}:
            expected[np.arange(4), way] += np.prod(said[np.arange(4), way])
    expected /= expected.sum(axis=1, keepdims=True)
    assert np.allclose(told, expected, atol=1e-6)
    assert np.allclose(believed(said, [1]), np.eye(4)[[1, 1, 1, 1]])


def test_more_labels_than_tiles_may_lie_anywhere() -> None:
    """Each tile shows one of them as likely as it looks like it."""
    said = np.random.default_rng(0).dirichlet(np.ones(6), 4)
    told = believed(said, [0, 1, 2, 3, 4])
    assert np.allclose(told[:, :5], said[:, :5] / said[:, :5].sum(axis=1, keepdims=True), atol=1e-6)
    assert not told[:, 5].any()


def test_mosaics_hold_every_image_once_shrunk() -> None:
    """In the order of their tiles; the last mosaic is filled up from the beginning."""
    tensor = np.random.default_rng(0).random((6, 3, 8, 8), np.float32)
    made = mosaics(tensor, 2)
    small = tensor.reshape(6, 3, 4, 2, 4, 2).mean(axis=(3, 5))
    assert made.shape == (2, 3, 8, 8)
    assert np.allclose(made[0, :, :4, 4:], small[1])
    assert np.allclose(made[1, :, :4, :4], small[4])
    assert np.allclose(made[1, :, 4:, :4], small[0])
    assert mosaics(tensor[:0], 2).shape == (0, 3, 8, 8)


@pytest.mark.parametrize("alone", [0, 12], ids=["only mosaics", "some images of one label"])
def test_tiles_are_told_though_only_images_are_labelled(alone: int) -> None:
    """Which quarter shows what is nowhere said; a label never seen is never given; the graph says the same."""
    dice = np.random.default_rng(1)
    kinds = np.array([dice.choice(dice.choice(3, 2, replace=False), 4) for _ in range(60)])
    kinds[:alone] = (np.arange(alone) % 3)[:, np.newaxis]
    made = classifiers.build("sklearn", TILED).learner(Contract(3, SIDE, SIDE, 4, "tags"), 0)
    made.learn(grounds(kinds, 2), flags_of(kinds, 4), 0.0)
    unseen = dice.integers(0, 3, (30, 4))
    tensor = grounds(unseen, 3)
    told = made.probabilities(tensor)
    assert ((told[:, 0] > 0.5) == flags_of(unseen, 4)).mean() > 0.9
    assert (told[:, 0, 3] < 1e-6).all()
    session = onnxruntime.InferenceSession(made.export(), providers=["CPUExecutionProvider"])
    assert np.allclose(session.run(None, {"input": tensor})[0], told, atol=1e-4)


@pytest.mark.parametrize("seen", [1, 2])
def test_few_labels_are_enough(seen: int) -> None:
    """One label, or two, which have but one score between them."""
    kinds = np.random.default_rng(0).integers(0, seen, (60, 4))
    made = classifiers.build("sklearn", TILED).learner(Contract(3, SIDE, SIDE, 3, "tags"), 0)
    made.learn(grounds(kinds, 0), flags_of(kinds), 0.0)
    assert ((made.probabilities(grounds(kinds, 1))[:, 0] > 0.5) == flags_of(kinds)).mean() > 0.9
