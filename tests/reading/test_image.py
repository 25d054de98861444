"""From bytes to an image: tiny/ can all be read, broken/ cannot."""

import time
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from captchakit.errors import ImageError
from captchakit.reading.image import MAX_BYTES, decode, dimensions

TESTS = Path(__file__).parent.parent
TINY = sorted(p for p in (TESTS / "tiny").rglob("*") if p.is_file())
BROKEN = sorted(p for p in (TESTS / "broken").iterdir() if p.is_file())


def named(paths: list[Path]) -> list[object]:
    return [pytest.param(p, id=p.name) for p in paths]


def slack(path: Path) -> int:
    """Return by how many levels a format may be off: not at all unless it loses something."""
    return 40 if path.suffix == ".jpg" or "lossy" in path.name else 0


@pytest.mark.parametrize("path", named(TINY))
def test_reads_every_tiny_image(path: Path) -> None:
    """Every file of tiny/ becomes three channels of uint8 in the size that its header gives."""
    data = path.read_bytes()
    image = decode(data)
    assert image.dtype == np.uint8
    assert (image.shape[1], image.shape[0]) == dimensions(data)
    assert image.shape[2] == 3


@pytest.mark.parametrize("path", named([p for p in TINY if p.parent.name == "colour"]))
def test_shows_the_same_colours_in_every_format(path: Path) -> None:
    """Whatever the format, depth, palette or transparency, white is white, black is black and blue is blue."""
    image = decode(path.read_bytes())
    for (x, y), bgr in {
        (16, 12): (255, 255, 255),
        (1, 1): (255, 255, 255),
        (8, 12): (0, 0, 0),
        (24, 12): (255, 0, 0),
    }.items():
        assert np.abs(image[y, x].astype(int) - bgr).max() <= slack(path), f"{(x, y)} is {image[y, x]}"


@pytest.mark.parametrize("path", named([p for p in TINY if p.parent.name == "gray"]))
def test_shows_the_same_gray_in_every_format(path: Path) -> None:
    """One channel, one bit or sixteen, with alpha or without: black is black and white is white."""
    image = decode(path.read_bytes())
    assert image[12, 8].max() <= slack(path)
    assert image[12, 20].min() >= 255 - slack(path)


@pytest.mark.parametrize("name", ["blank.png", "transparent.png"])
def test_nothing_is_white(name: str) -> None:
    """A blank image and a fully transparent one are white all over."""
    assert (decode((TESTS / "tiny" / name).read_bytes()) == 255).all()


@pytest.mark.parametrize("path", named(BROKEN))
def test_refuses_every_broken_image_at_once(path: Path) -> None:
    """Every file of broken/ is refused with one line, within a second, before its pixels are asked for."""
    started = time.perf_counter()
    with pytest.raises(ImageError) as refused:
        decode(path.read_bytes())
    assert time.perf_counter() - started < 1
    assert str(refused.value)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("path", named([p for p in BROKEN if p.stem.startswith("bomb")]))
def test_tells_the_size_of_a_bomb(path: Path) -> None:
    """An image that is too large is refused for its size, which the message names."""
    with pytest.raises(ImageError, match="50000x50000"):
        decode(path.read_bytes())


def test_refuses_a_file_too_long_to_be_a_captcha() -> None:
    """A file of more bytes than the limit is refused unread."""
    with pytest.raises(ImageError, match="bytes"):
        decode(bytes(MAX_BYTES + 1))


@pytest.mark.parametrize("path", named([p for p in TINY if p.stat().st_size < 2000]))
def test_a_file_cut_anywhere_is_read_or_refused(path: Path) -> None:
    """However much of a file's end is missing, it is either an image or an `ImageError`, nothing else."""
    data = path.read_bytes()
    for length in range(0, len(data), 7):
        with suppress(ImageError):
            assert decode(data[:length]).ndim == 3


@given(st.sampled_from([p.read_bytes() for p in TINY]), st.data())
def test_a_damaged_file_is_read_or_refused(data: bytes, more: st.DataObject) -> None:
    """Whatever bytes are changed in a file, it is either an image or an `ImageError`, nothing else."""
    damaged = bytearray(data)
    places = more.draw(st.lists(st.integers(0, len(data) - 1), min_size=1, max_size=4))
    for place in places:
        damaged[place] = more.draw(st.integers(0, 255))
    with suppress(ImageError):
        assert decode(bytes(damaged)).dtype == np.uint8


@given(st.binary(max_size=200))
def test_bytes_at_random_are_refused(data: bytes) -> None:
    """Bytes without a known signature are no image."""
    with pytest.raises(ImageError):
        decode(data)
