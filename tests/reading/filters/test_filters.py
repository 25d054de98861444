"""What single filters are for."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from captchakit.reading.prepare import Prepare
from captchakit.registry import filters
from captchakit.types import Image
from tests.pictures import captcha


def ink(text: str = "ABT", seed: int = 0) -> Image:
    """Return a clean one-channel captcha with ink 255."""
    return np.where(cv2.cvtColor(captcha(text, seed), cv2.COLOR_BGR2GRAY) < 128, 255, 0).astype(np.uint8)


@pytest.mark.parametrize(
    "colours", [((0, 0, 0), (255, 255, 255)), ((255, 255, 255), (0, 0, 0)), ((200, 30, 30), (30, 30, 200))]
)
@pytest.mark.parametrize("name", ["ink_distance", "dominant_ink"])
def test_ink_comes_out_bright_whatever_its_colour(name: str, colours: tuple[tuple[int, ...], tuple[int, ...]]) -> None:
    """The filters that settle polarity from colour make ink bright and paper dark."""
    drawn = ink() > 0
    image = np.where(drawn[..., np.newaxis], np.array(colours[0]), np.array(colours[1])).astype(np.uint8)
    told = filters.build(name)(image)
    assert told[drawn].min() > 127
    assert told[~drawn].max() < 64


@pytest.mark.parametrize("image", [ink(), 255 - ink()])
def test_polarity_makes_ink_bright(image: Image) -> None:
    """Dark on bright and bright on dark come out the same."""
    assert np.array_equal(filters.build("polarity")(image), ink())


def test_dominant_ink_drops_another_colour() -> None:
    """A line in another colour than the writing's goes, the writing stays."""
    image = captcha("ABT", ink=(160, 20, 20))
    cv2.line(image, (0, 36), (109, 38), (30, 200, 30), 1)
    told = filters.build("dominant_ink")(image)
    assert told[36:, 50].max() < 128
    assert (told > 127).sum() > 0.5 * (captcha("ABT")[..., 1] < 128).sum()


def test_gray_is_luma() -> None:
    """Green counts most, blue least, and one channel stays as it is."""
    told = filters.build("gray")(np.array([[[255, 0, 0], [0, 255, 0], [0, 0, 255]]], np.uint8))
    assert told.tolist() == [[29, 150, 76]]
    assert filters.build("gray")(told) is told


def test_median_takes_salt_and_pepper_out() -> None:
    """Single wrong pixels vanish."""
    image = np.full((9, 9), 100, np.uint8)
    image[4, 4], image[2, 6] = 255, 0
    assert (filters.build("median")(image) == 100).all()


def test_denoising_brings_gray_levels_together() -> None:
    """Non-local means takes most of a Gaussian noise away and leaves the writing."""
    noise = np.random.default_rng(0).normal(0, 15, ink().shape)
    noisy = np.clip(ink() * 0.6 + 50 + noise, 0, 255).astype(np.uint8)
    told = filters.build("denoise")(noisy)
    assert told[ink() == 0].std() < noisy[ink() == 0].std() / 2
    assert ((filters.build("otsu")(told) > 0) != (ink() > 0)).mean() < 0.03


@pytest.mark.parametrize("softness", [0.0, 0.5, 1.0])
def test_otsu_splits_between_two_grays(softness: float) -> None:
    """Whatever the softness, ink is what lies above the threshold."""
    image = np.where(ink() > 0, 150, 90).astype(np.uint8)
    told = filters.build("otsu", {"softness": softness})(image)
    assert np.array_equal(told > 127, ink() > 0)


def test_adaptive_follows_a_gradient() -> None:
    """Where the paper at one side is brighter than the ink at the other, each neighbourhood has its threshold."""
    slope = np.linspace(0, 180, ink().shape[1])[np.newaxis]
    image = np.where(ink() > 0, slope + 60, slope).astype(np.uint8)
    wrong = ((filters.build("adaptive")(image) > 127) != (ink() > 0)).mean()
    assert wrong < 0.02 < ((filters.build("otsu")(image) > 127) != (ink() > 0)).mean()


def test_flatten_paper_takes_a_gradient_away() -> None:
    """A slow gradient becomes paper, the strokes stay."""
    slope = np.linspace(0, 180, ink().shape[1])[np.newaxis]
    image = np.clip(np.where(ink() > 0, slope + 60, slope), 0, 255).astype(np.uint8)
    told = filters.build("flatten_paper")(image)
    assert np.median(told[ink() > 0]) > 40
    assert np.median(told[ink() == 0]) < 10


def test_contrast_uses_the_whole_range() -> None:
    """The percentiles become 0 and 255."""
    told = filters.build("contrast", {"low": 0, "high": 100})(np.array([[90, 100, 110]], np.uint8))
    assert told.tolist() == [[0, 128, 255]]


def test_remove_dots_keeps_characters() -> None:
    """Specks smaller than the area go, larger ink does not change."""
    image = ink()
    image[2, 3] = image[36:38, 100] = 255
    assert np.array_equal(filters.build("remove_dots")(image), ink())


def test_remove_frame_takes_the_border_alone() -> None:
    """A frame around the picture goes and the writing stays."""
    image = ink()
    image[[0, 1, -1]] = 255
    image[:, [0, -1]] = 255
    assert np.array_equal(filters.build("remove_frame")(image), ink())


def test_remove_lines_takes_a_line_and_leaves_letters() -> None:
    """A thin level line across the picture goes, nearly all of the writing's pixels stay."""
    image = ink()
    image[20:22] = 255
    told = filters.build("remove_lines")(image)
    drawn = ink() > 0
    assert (told[20:22][~drawn[20:22]] > 0).mean() < 0.1
    assert (told > 0)[drawn].mean() > 0.9


def test_remove_thin_strokes_takes_a_curve_and_leaves_letters() -> None:
    """A curve one pixel thin goes where it touches nothing, thick strokes stay."""
    image = cv2.dilate(ink(), np.ones((2, 2), np.uint8))
    before = image > 0
    image[np.arange(40) % 3 + 1, np.arange(40)] = 255
    told = filters.build("remove_thin_strokes")(image)
    assert not told[:5].any()
    assert (told > 0)[before].mean() > 0.95


def test_deskew_stands_a_slanted_bar_upright() -> None:
    """A bar slanted by 20 degrees is as wide as an upright one afterwards."""
    image = np.zeros((60, 80), np.uint8)
    lean = np.tan(np.radians(20))
    for row in range(10, 50):
        left = round(40 - lean * (row - 30))
        image[row, left : left + 6] = 255
    told = Prepare((filters.build("deskew"),), lambda _: ())(image).image
    assert np.ptp(np.flatnonzero((image > 127).any(axis=0))) > 15
    assert np.ptp(np.flatnonzero((told > 127).any(axis=0))) <= 9


@pytest.mark.parametrize(("height", "width"), [(20, 50), (40, 100), (120, 300), (1, 1), (10, 4000)])
def test_scale_brings_images_to_one_height(height: int, width: int) -> None:
    """Images come out at the height asked for unless that takes more than the limit, never wider than 2048."""
    _, (across, down) = filters.build("scale", {"height": 40}).matrix(np.zeros((height, width), np.uint8))
    assert across <= 2048
    assert down == min(40, 4 * height) or across == 2048
