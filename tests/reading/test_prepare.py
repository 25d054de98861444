"""Filters and segmenter together, and the way back to the image that was given."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from captchakit.errors import PluginError
from captchakit.reading.card import Recipe
from captchakit.reading.prepare import Prepare, Prepared, warped
from captchakit.registry import Step
from captchakit.types import Box, Image
from tests.pictures import captcha

CLEAN = (Step("ink_distance", {}), Step("otsu", {}))


def recipe(*filters: Step, segmenter: str = "contours") -> Recipe:
    return Recipe(filters, Step(segmenter, {}), Step("symbols", {}))


def page(height: int, width: int) -> Image:
    return np.full((height, width, 3), 255, np.uint8)


@given(
    height=st.integers(30, 120),
    width=st.integers(60, 300),
    place=st.tuples(st.floats(0.1, 0.5), st.floats(0.1, 0.4)),
    target=st.integers(20, 90),
)
def test_a_scaled_box_comes_back_to_its_ink(height: int, width: int, place: tuple[float, float], target: int) -> None:
    """Whatever the image is scaled to, a glyph's box in the image that was given is that of its ink."""
    image = page(height, width)
    x, y, w, h = round(place[0] * width), round(place[1] * height), max(8, width // 4), max(12, height // 2)
    image[y : y + h, x : x + w] = 0
    prepared = Prepare.from_recipe(recipe(Step("scale", {"height": target}), *CLEAN))(image)
    (glyph,) = prepared.glyphs
    (box,) = prepared.restored([glyph.box])
    slack = 1.5 * max(1.0, height / target) + 1
    for told, true in ((box.x, x), (box.y, y), (box.right, x + w), (box.bottom, y + h)):
        assert abs(told - true) <= slack


@given(lean=st.floats(-0.4, 0.4), target=st.integers(30, 80))
def test_a_deskewed_box_holds_its_ink(lean: float, target: int) -> None:
    """After scaling and deskewing, a glyph's box in the image that was given holds its slanted ink."""
    image = page(60, 160)
    corners = [[80 + lean * 20, 10], [92 + lean * 20, 10], [92 - lean * 20, 50], [80 - lean * 20, 50]]
    cv2.fillPoly(image, [np.rint(corners).astype(np.int32)], (0, 0, 0))
    steps = (Step("scale", {"height": target}), *CLEAN, Step("deskew", {}))
    prepared = Prepare.from_recipe(recipe(*steps))(image)
    (glyph,) = prepared.glyphs
    (box,) = prepared.restored([glyph.box])
    rows, columns = np.nonzero(image[..., 0] < 128)
    slack = 2 + 60 / target
    assert box.x - slack <= columns.min() <= columns.max() < box.right + slack
    assert box.y - slack <= rows.min() <= rows.max() < box.bottom + slack
    assert box.width <= np.ptp(columns) + 1 + abs(lean) * 40 + 2 * slack


@given(
    box=st.builds(Box, st.integers(0, 50), st.integers(0, 50), st.integers(1, 50), st.integers(1, 50)),
    turn=st.floats(-3, 3),
    move=st.tuples(st.floats(-20, 20), st.floats(-20, 20)),
)
def test_a_restored_box_holds_every_pixel(box: Box, turn: float, move: tuple[float, float]) -> None:
    """Each pixel of a box, brought back by the inverse of the matrix, lies in the restored box."""
    matrix = np.array([[np.cos(turn), -np.sin(turn), move[0]], [np.sin(turn), np.cos(turn), move[1]]])
    (restored,) = Prepared(page(1, 1), (), (1, 1), matrix).restored([box])
    for x in (box.x, box.right - 1):
        for y in (box.y, box.bottom - 1):
            back_x, back_y = np.linalg.solve(matrix[:, :2], np.array([x, y]) - matrix[:, 2])
            assert restored.x - 1e-6 <= back_x + 0.5 <= restored.right + 1e-6
            assert restored.y - 1e-6 <= back_y + 0.5 <= restored.bottom + 1e-6


@pytest.mark.parametrize(
    ("box", "kept"),
    [
        (Box(-5, -2, 50, 9), Box(0, 0, 30, 7)),
        (Box(3, 4, 5, 6), Box(3, 4, 5, 6)),
        (Box(-9, 25, 4, 4), Box(0, 20, 0, 0)),
        (Box(40, 2, 4, 4), Box(30, 2, 0, 4)),
    ],
)
def test_a_box_is_cut_at_the_border(box: Box, kept: Box) -> None:
    """What is outside an image of 30x20 has no size and lies at its border."""
    assert box.within(30, 20) == kept


def test_without_a_warp_boxes_stay() -> None:
    """Filters that move nothing leave boxes as they are."""
    prepared = Prepare.from_recipe(recipe(*CLEAN))(captcha("ABT"))
    assert prepared.matrix is None
    boxes = [g.box for g in prepared.glyphs]
    assert prepared.restored(boxes) == boxes


def test_stages_are_the_images_after_each_filter() -> None:
    """The stages carry the filters' names, and the last one is what the segmenter saw."""
    prepare = Prepare.from_recipe(recipe(Step("scale", {"height": 20}), *CLEAN))
    stages = prepare.stages(captcha("ABT"))
    assert [name for name, _ in stages] == ["scale", "ink_distance", "otsu"]
    assert np.array_equal(stages[-1][1], prepare(captcha("ABT")).image)


def test_an_unknown_part_is_named() -> None:
    """A recipe with a part that nobody offers is refused with the parts that there are."""
    with pytest.raises(PluginError, match="no filter 'sharpen'; there are adaptive, "):
        Prepare.from_recipe(recipe(Step("sharpen", {})))


@pytest.mark.parametrize("filters", [(), ("otsu",), ("median",), ("adaptive", "gray"), ("remove_dots",)])
@pytest.mark.parametrize("segmenter", ["contours", "cuts", "projection", "fixed"])
def test_a_recipe_that_forgets_gray_is_told(filters: tuple[str, ...], segmenter: str) -> None:
    """A colour image that reaches a part for one channel is refused in words, not with OpenCV's error."""
    prepare = Prepare.from_recipe(recipe(*(Step(name, {}) for name in filters), segmenter=segmenter))
    with pytest.raises(PluginError, match=r"needs one channel; put gray or ink_distance before it"):
        prepare(captcha("ABT"))


@given(st.integers(1, 60), st.integers(1, 30), st.integers(0, 40), st.integers(0, 20), st.booleans())
def test_a_shift_by_whole_pixels_is_cut_out(width: int, height: int, left: int, top: int, colour: bool) -> None:
    """What a trim keeps has the pixels that warping by its matrix gives, and is not warped for it."""
    shape = (top + height + 3, left + width + 2, *([3] if colour else []))
    image = np.random.default_rng(width).integers(0, 256, shape, np.uint8)
    matrix, size = np.array([[1.0, 0.0, -left], [0.0, 1.0, -top]]), (width, height)
    part = warped(image, matrix, size)
    assert np.shares_memory(part, image)
    assert np.array_equal(part, cv2.warpAffine(image, matrix, size).reshape(part.shape))


def test_a_shift_over_the_border_is_warped() -> None:
    """A window that reaches beyond the image goes on with the border's pixels."""
    image = np.arange(12, dtype=np.uint8).reshape(3, 4)
    shifted = warped(image, np.array([[1.0, 0.0, 1.0], [0.0, 1.0, 0.0]]), (4, 3))
    assert shifted[:, :2].tolist() == [[0, 0], [4, 4], [8, 8]]
