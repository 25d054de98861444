"""Examples on disk: the same numbers, the same model, and no more memory however many there are."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from captchakit.cli.progress import Shown
from captchakit.errors import LearningError
from captchakit.learning import dataset as datasets
from captchakit.learning.dataset import Dataset
from captchakit.learning.examples import Preparing, align, frame_all
from captchakit.learning.fitting import fit
from captchakit.learning.stored import Store, Stored, for_learner, joined, picked
from captchakit.reading.framing import Framing
from captchakit.reading.prepare import Prepare
from captchakit.reading.segmenters.whole import Whole
from captchakit.registry import classifiers, codecs
from captchakit.stages import Contract, Streaming
from tests.learning.test_thresholds import tagged_folder


@pytest.fixture(scope="module")
def chips(tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    """Forty tagged pictures."""
    return datasets.load(tagged_folder(tmp_path_factory.mktemp("stored") / "chips", 40))


def kept(count: int, seed: int = 0) -> tuple[np.ndarray, Stored]:
    """Return tensors as framing makes them, in memory and in a store, written in two goes."""
    levels = np.random.default_rng(seed).integers(0, 256, (count, 3, 4, 5)).astype(np.uint8)
    tensor = np.multiply(levels, np.float32(1 / 255), dtype=np.float32)
    store = Store((3, 4, 5))
    return tensor, joined([store.keep(tensor[:2]), store.keep(tensor[2:])])  # type: ignore[return-value]


def test_what_is_read_is_what_was_kept() -> None:
    """To the bit: by number, slice or several numbers, a part of it, or all of it to numpy."""
    tensor, stored = kept(7)
    assert isinstance(stored, Stored)
    assert (len(stored), stored.shape, stored.nbytes) == (7, tensor.shape, tensor.nbytes)
    order = np.array([5, 0, 5])
    assert np.array_equal(stored[order], tensor[order])
    assert np.array_equal(stored[1:4], tensor[1:4])
    assert np.array_equal(stored[6], tensor[6])
    assert np.array_equal(np.asarray(stored), tensor)
    part = picked(stored, order)
    assert isinstance(part, Stored)
    assert np.array_equal(part[1:], tensor[order][1:])
    assert stored[:0].shape == (0, 3, 4, 5)


def test_tensors_of_two_stores_are_read_to_be_joined() -> None:
    """And so is one that is in memory."""
    one, first = kept(3)
    two, second = kept(4, seed=1)
    told = joined([first, second, two])
    assert isinstance(told, np.ndarray)
    assert np.array_equal(told, np.concatenate([one, two, two]))


def test_a_full_disk_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """With where it is and what moves it."""
    store = Store((1, 2, 2))
    with Path("/dev/full").open("wb", buffering=0) as full:
        monkeypatch.setattr(store, "_file", full)
        with pytest.raises(LearningError, match=r"cannot be kept in .* \(TMPDIR names another place\): No space left"):
            store.keep(np.zeros((1, 1, 2, 2), np.float32))


@pytest.mark.parametrize(
    ("classifier", "options"),
    [
        ("sklearn", {"exclusive": True}),
        ("sklearn", {"features": "patches", "words": 8, "side": 6, "copies": 1}),
        ("cnn", {"channels": 2, "passes": 2}),
    ],
    ids=["textures", "patches", "cnn"],
)
def test_the_model_is_the_same(
    chips: Dataset, classifier: str, options: dict[str, object], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whether its examples were held in memory or on disk, but for the order of sums."""
    _, held = fit(chips, classifier, name="chips", options=options)
    assert isinstance(held.examples.tensor, np.ndarray)
    monkeypatch.setattr("captchakit.learning.examples.MOST_BYTES", 0)
    monkeypatch.setattr("captchakit.learning.judging.MOST_BYTES", 1)
    told: list[Preparing] = []
    _, stored = fit(chips, classifier, name="chips", options=options, preparing=told.append)
    assert isinstance(stored.examples.tensor, Stored)
    images = np.asarray(stored.examples.tensor[:5])
    assert np.array_equal(images, held.examples.tensor[:5])
    assert np.allclose(stored.learner.probabilities(images), held.learner.probabilities(images), atol=5e-3)
    assert stored.recipe == held.recipe
    assert told[-1].done == told[-1].images == len(chips.split("train"))


def test_learners_that_do_not_stream_are_given_an_array(chips: Dataset, monkeypatch: pytest.MonkeyPatch) -> None:
    """Third parties' go on working, with all of it in memory."""
    monkeypatch.setattr("captchakit.learning.examples.MOST_BYTES", 0)
    framed = frame_all(chips, chips.items, Prepare((), Whole()), Framing(16, 16, 3))
    assert not any(glyph.image.size for image in framed for glyph in image.glyphs)
    examples = align(framed, codecs.build("tags", alphabet=chips.alphabet), None)
    streaming = classifiers.build("cnn").learner(Contract(3, 16, 16, 3, "tags"), 0)
    assert isinstance(streaming, Streaming)
    assert for_learner(streaming, examples.tensor) is examples.tensor
    other = object()
    assert isinstance(for_learner(other, examples.tensor), np.ndarray)  # type: ignore[arg-type]


def test_preparing_many_images_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    """In a line for each tenth with the time left; of few nothing is said where there is no terminal."""
    with Shown() as shown:
        for done in range(100, 4001, 100):
            shown.preparing(Preparing(done, 4000, 1.0, 100.0))
            shown.preparing(Preparing(done // 10, 400, 1.0, 100.0))
    lines = capsys.readouterr().err.splitlines()
    assert lines[0] == "captchakit: image 400/4000: preparing images, 2 min left"
    assert len(lines) == 10
