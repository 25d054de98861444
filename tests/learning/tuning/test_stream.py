"""The stream of pictures that a tuning learns from."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from captchakit.learning.tuning import Start
from captchakit.learning.tuning.stream import HIGHEST, Labelled, Stream
from captchakit.reading.library import DEFAULT_MODEL, Library
from tests.pictures import MARGIN, STEP, captcha

CENTRES = tuple(MARGIN + STEP * (k + 0.4) for k in range(3))


@pytest.fixture
def stream() -> Stream:
    """A stream as the general model wants it."""
    start = Start.of(Library()[DEFAULT_MODEL], ("A", "B", "T"))
    return Stream(start.prepare, start.card.framing, np.random.default_rng(0))


def test_a_batch_has_one_width_and_padded_targets(stream: Stream) -> None:
    """Pictures of the same width come together, each with its classes in order and -1 behind them."""
    stream.feed([Labelled(captcha("ABT"), (0, 1, 2)), Labelled(captcha("BA"), (1, 0))])
    seen = set()
    for _ in range(6):
        tensor, targets = stream.batch(8)
        assert tensor.shape[:3] == (8, 3, 32)
        assert len(targets) == 8
        seen |= {tuple(row.tolist()) for row in targets}
    assert seen <= {(0, 1, 2), (1, 0), (1, 0, -1)}


def test_pictures_are_spliced_where_characters_are_known_to_stand(stream: Stream) -> None:
    """With the centres of their characters, pictures give labels that none of them has."""
    known = [Labelled(captcha("ABT"), (0, 1, 2), CENTRES), Labelled(captcha("TTA"), (2, 2, 0), CENTRES)]
    stream.feed(known)
    labels = {tuple(row.tolist()) for _ in range(6) for row in stream.batch(8)[1]}
    assert len(labels) > 2
    assert all(len(label) == 3 for label in labels)


def test_large_pictures_are_made_handy(stream: Stream) -> None:
    """A picture of very many rows is shrunk with the places of its characters; a small one stays as it is."""
    small = captcha("ABT")
    large = np.asarray(cv2.resize(small, None, fx=10, fy=10), np.uint8)
    stream.feed([Labelled(small, (0, 1, 2), CENTRES), Labelled(large, (0, 1, 2), tuple(10 * c for c in CENTRES))])
    as_it_was, shrunk = stream.pictures
    assert np.array_equal(as_it_was.image, small)
    assert shrunk.image.shape[0] == HIGHEST
    assert np.allclose(np.array(shrunk.centres) / shrunk.image.shape[1], np.array(CENTRES) / small.shape[1], atol=0.01)
