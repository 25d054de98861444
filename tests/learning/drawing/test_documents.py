"""Documents of our own: seeded, of both kinds, in every shape, told apart by what they are made of."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from captchakit.errors import OptionError
from captchakit.learning import dataset as datasets
from captchakit.learning.drawing.dice import Dice
from captchakit.learning.drawing.documents import LABELS, draw_document, write_documents
from captchakit.learning.drawing.documents.document import LONGEST, documents
from captchakit.learning.drawing.documents.pen import Hand, written
from captchakit.learning.drawing.documents.words import phrase
from captchakit.reading.image import decode


@pytest.mark.parametrize("label", LABELS)
def test_the_same_seed_draws_the_same(label: str) -> None:
    """Bytes for bytes; another seed draws another."""
    assert draw_document(label, 3).data == draw_document(label, 3).data
    assert draw_document(label, 3).data != draw_document(label, 4).data


def test_documents_come_in_every_shape_and_both_kinds() -> None:
    """Each is a picture that can be read, has ink on it, and is no larger than a scan that was made small."""
    seen = set()
    for document in documents(24, 1):
        image = decode(document.data)
        assert max(image.shape) <= LONGEST
        assert np.ptp(image) > 20
        seen.add((document.label, document.shape))
    assert len(seen) == 6


def test_a_dataset_of_documents_is_one(tmp_path: Path) -> None:
    """Labels, splits and images can be loaded; both splits have both kinds."""
    assert write_documents(tmp_path / "drawn", 20, 2) == 20
    data = datasets.load(tmp_path / "drawn")
    data.check()
    assert (data.task, set(data.alphabet)) == ("single-label", set(LABELS))
    for split in ("train", "test"):
        assert {item.label for item in data.split(split)} == set(LABELS)


def test_wrong_wishes_are_refused() -> None:
    """Another kind, no document at all."""
    with pytest.raises(OptionError, match="manuscrit or dactylographie"):
        draw_document("stencilled", 0)
    with pytest.raises(OptionError, match="1 or more"):
        next(documents(0, 0))


@pytest.mark.parametrize("seed", range(6))
def test_no_two_words_of_a_hand_are_alike(seed: int) -> None:
    """The same letters written twice by the same hand differ, and lie between ascender and descender."""
    dice = Dice("hand", seed)
    hand = Hand.drawn(dice)
    one, end = written(hand, "langage", dice)
    other, _ = written(hand, "langage", dice)
    assert end > 1
    assert any(
        a.points.shape != b.points.shape or not np.allclose(a.points, b.points)
        for a, b in zip(one, other, strict=False)
    )
    heights = np.concatenate([s.points[:, 1] for s in one])
    assert -5 < heights.min() < -0.8
    assert heights.max() < 4


def test_words_mean_nothing_and_look_like_words() -> None:
    """They are of letters, digits and signs, in capitals where asked for."""
    words = phrase(Dice("words", 0), 200)
    assert len(set(words)) > 120
    assert 3 < np.mean([len(w) for w in words]) < 9
    assert all(w == w.upper() for w in phrase(Dice("words", 0), 20, capitals=True))


def test_encoding_is_jpeg() -> None:
    """As scans are."""
    data = draw_document("manuscrit", 0).data
    assert data.startswith(b"\xff\xd8\xff")
    assert cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED).ndim == 2
