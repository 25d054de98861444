"""What holds for every registered filter, by whomever it was brought."""

from __future__ import annotations

from dataclasses import fields

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from captchakit.errors import PluginError
from captchakit.reading.prepare import Prepare
from captchakit.registry import filters
from captchakit.stages import Filter, Warp
from captchakit.types import Image
from tests.pictures import captcha

COLOUR_TOO = frozenset({"denoise", "dominant_ink", "gray", "ink_distance", "median", "scale"})
"""The filters that take colour as well; all others want one channel, which their docstrings say."""

WRONG = {
    "adaptive": {"block": 0},
    "contrast": {"low": 90, "high": 10},
    "denoise": {"patch": 4},
    "densest": {"width": 0},
    "deskew": {"limit": 90},
    "dominant_ink": {"clusters": 1},
    "flatten_paper": {"size": 0},
    "local_contrast": {"least": 0},
    "median": {"size": 2},
    "middle": {"rows": 0},
    "otsu": {"softness": 2},
    "remove_dots": {"area": 0},
    "remove_frame": {"share": 0},
    "remove_lines": {"length": 0},
    "remove_thin_strokes": {"width": 1},
    "scale": {"height": 0},
    "stroke_scale": {"period": 0},
}
"""Options that filters must refuse."""


def gray(image: Image) -> Image:
    return np.asarray(cv2.cvtColor(image, cv2.COLOR_BGR2GRAY), np.uint8)


def pictures() -> dict[str, Image]:
    return {
        "captcha": gray(captcha("ABT")),
        "bright on dark": 255 - gray(captcha("ABT")),
        "1x1": np.zeros((1, 1), np.uint8),
        "one row": np.full((1, 40), 200, np.uint8),
        "one column": np.full((40, 1), 200, np.uint8),
        "2x2": np.array([[0, 255], [255, 0]], np.uint8),
        "white": np.full((20, 50), 255, np.uint8),
        "black": np.zeros((20, 50), np.uint8),
        "a cut out of a larger one": gray(captcha("ABT"))[5:30, 3:60],
    }


def apply(name: str, image: Image) -> Image:
    """Return what the filter makes of an image, warps included."""
    return Prepare((filters.build(name),), lambda _: ())(image).image


def check(name: str, image: Image) -> None:
    before = image.copy()
    part, after = filters.build(name), apply(name, image)
    assert after.dtype == np.uint8
    assert np.array_equal(image, before), "the image that was given has been changed"
    if isinstance(part, Warp):
        matrix, (width, height) = part.matrix(image)
        assert after.shape[:2] == (height, width)
        assert matrix.shape == (2, 3)
        assert np.isfinite(matrix).all()
        assert abs(np.linalg.det(matrix[:, :2])) > 1e-6
    else:
        assert after.shape[:2] == image.shape[:2]
        assert after.ndim in (2, image.ndim)


@pytest.mark.parametrize("name", filters)
@pytest.mark.parametrize("kind", pictures())
def test_keeps_the_shape_of_one_channel(name: str, kind: str) -> None:
    """A filter gives uint8 of the same height and width and leaves its input alone; a warp says where pixels go."""
    check(name, pictures()[kind])


@pytest.mark.parametrize("name", sorted(COLOUR_TOO))
@pytest.mark.parametrize("kind", pictures())
def test_keeps_the_shape_of_colour(name: str, kind: str) -> None:
    """The filters that take colour keep its height and width too."""
    check(name, np.ascontiguousarray(np.repeat(pictures()[kind][..., np.newaxis], 3, axis=2)))


@pytest.mark.parametrize("name", filters)
@given(image=arrays(np.uint8, array_shapes(min_dims=2, max_dims=2, max_side=24)))
def test_keeps_the_shape_of_anything(name: str, image: Image) -> None:
    """Images of random pixels and sizes keep their height and width."""
    check(name, image)


@pytest.mark.parametrize("name", sorted(COLOUR_TOO))
@given(seed=st.integers(0, 2**16), height=st.integers(1, 20), width=st.integers(1, 20))
def test_keeps_the_shape_of_any_colours(name: str, seed: int, height: int, width: int) -> None:
    """Images of random colours and sizes keep their height and width."""
    check(name, np.random.default_rng(seed).integers(0, 256, (height, width, 3), np.uint8))


@pytest.mark.parametrize("name", filters)
def test_gives_the_same_twice(name: str) -> None:
    """The same image gives the same result, whatever was filtered in between."""
    first = apply(name, gray(captcha("ABT")))
    apply(name, gray(captcha("TAB", seed=3)))
    assert np.array_equal(first, apply(name, gray(captcha("ABT"))))


@pytest.mark.parametrize("name", filters)
def test_shows_its_options(name: str) -> None:
    """A filter's repr is its configuration, and building it from its own options gives its equal."""
    part = filters.build(name)
    options = {f.name: getattr(part, f.name) for f in fields(part)}
    assert all(f"{key}={value!r}" in repr(part) for key, value in options.items())
    assert filters.build(name, options) == part


@pytest.mark.parametrize("name", filters)
def test_refuses_options_it_does_not_have(name: str) -> None:
    """An unknown option is refused in words that name the filter."""
    with pytest.raises(PluginError, match=f"filter '{name}' refuses"):
        filters.build(name, {"no_such_option": 1})


@pytest.mark.parametrize(("name", "options"), WRONG.items())
def test_refuses_wrong_options(name: str, options: dict[str, float]) -> None:
    """An option out of its range is refused when the filter is built, not when it is used."""
    with pytest.raises(PluginError, match=f"filter '{name}' refuses its options: .*"):
        filters.build(name, options)


@pytest.mark.parametrize("name", filters)
def test_is_a_filter_or_a_warp(name: str) -> None:
    """Every registered filter has one of the two verbs, and not both."""
    part = filters.build(name)
    assert isinstance(part, Filter) != isinstance(part, Warp)
