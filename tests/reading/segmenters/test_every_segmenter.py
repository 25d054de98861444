"""What holds for every registered segmenter, by whomever it was brought."""

from __future__ import annotations

from dataclasses import fields

import numpy as np
import pytest
from hypothesis import given
from hypothesis.extra.numpy import array_shapes, arrays

from captchakit.errors import PluginError
from captchakit.registry import segmenters
from captchakit.types import Glyphs, Image
from tests.reading.segmenters.ink import ink

PADS = frozenset({"whole"})
"""Segmenters whose boxes may reach beyond the image, and which give a glyph where there is no ink."""

WRONG = {"cuts": {"gap": 0}, "fixed": {"count": 0}, "whole": {"step": -1}}


def check(name: str, image: Image) -> Glyphs:
    before = image.copy()
    glyphs: Glyphs = segmenters.build(name)(image)
    assert np.array_equal(image, before), "the image that was given has been changed"
    height, width = image.shape
    for glyph in glyphs:
        assert glyph.image.dtype == np.uint8
        assert glyph.image.size > 0
        assert glyph.box.width > 0
        assert glyph.box.height > 0
        assert glyph.span[0] < glyph.span[1]
        if name not in PADS:
            assert glyph.box.x >= 0
            assert glyph.box.y >= 0
            assert glyph.box.right <= width
            assert glyph.box.bottom <= height
    assert [g.span for g in glyphs] == sorted(g.span for g in glyphs)
    assert len({g.span for g in glyphs}) == len(glyphs)
    assert {s for g in glyphs for s in range(*g.span)} <= set(range(max((g.span[1] for g in glyphs), default=0)))
    return glyphs


PICTURES = {
    "captcha": ink("ABT"),
    "touching": ink("ABTABT", step=18),
    "1x1 ink": np.full((1, 1), 255, np.uint8),
    "1x1 paper": np.zeros((1, 1), np.uint8),
    "one row": np.full((1, 300), 255, np.uint8),
    "one column": np.full((300, 1), 255, np.uint8),
    "all ink": np.full((30, 90), 255, np.uint8),
    "chequered": (np.indices((30, 90)).sum(axis=0) % 2 * 255).astype(np.uint8),
    "stripes": np.tile(np.array([255, 0, 0], np.uint8), (30, 300)),
    "noise": np.random.default_rng(0).integers(0, 256, (60, 200), np.uint8),
}


@pytest.mark.parametrize("name", segmenters)
@pytest.mark.parametrize("kind", PICTURES)
def test_gives_glyphs_in_order_inside_the_image(name: str, kind: str) -> None:
    """Crops are not empty, boxes lie inside the image, spans are in reading order and each stands once."""
    check(name, PICTURES[kind])


@pytest.mark.parametrize("name", segmenters)
@given(image=arrays(np.uint8, array_shapes(min_dims=2, max_dims=2, max_side=24)))
def test_gives_glyphs_in_order_for_anything(name: str, image: Image) -> None:
    """So it is for random pixels and sizes."""
    check(name, image)


@pytest.mark.parametrize("name", sorted(set(segmenters) - PADS))
@pytest.mark.parametrize("level", [0, 127])
def test_a_blank_image_has_no_glyphs(name: str, level: int) -> None:
    """Where nothing is brighter than half there is nothing to read."""
    assert segmenters.build(name)(np.full((40, 120), level, np.uint8)) == ()


@pytest.mark.parametrize("name", segmenters)
def test_shows_its_options(name: str) -> None:
    """A segmenter's repr is its configuration, and building it from its own options gives its equal."""
    part = segmenters.build(name)
    options = {f.name: getattr(part, f.name) for f in fields(part)}
    assert all(f"{key}={value!r}" in repr(part) for key, value in options.items())
    assert segmenters.build(name, options) == part


@pytest.mark.parametrize("name", segmenters)
def test_refuses_options_it_does_not_have(name: str) -> None:
    """An unknown option is refused in words that name the segmenter."""
    with pytest.raises(PluginError, match=f"segmenter '{name}' refuses"):
        segmenters.build(name, {"no_such_option": 1})


@pytest.mark.parametrize(("name", "options"), WRONG.items())
def test_refuses_wrong_options(name: str, options: dict[str, float]) -> None:
    """An option out of its range is refused when the segmenter is built."""
    with pytest.raises(PluginError, match=f"segmenter '{name}' refuses its options: .*"):
        segmenters.build(name, options)
