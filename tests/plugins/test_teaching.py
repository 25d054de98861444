"""How the general reader is taught: drawings kept and shown again, varied, to one reader or to several."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from captchakit_sequence.classifier import Sequence
from captchakit_sequence.drawn import ALPHABET, GENERAL, Batch, Look
from captchakit_sequence.learner import SequenceLearner
from captchakit_sequence.losses import ELSEWHERE
from captchakit_sequence.replay import PARTS, Replay
from captchakit_sequence.teaching import Lesson, Pupil, held_out, teach
from captchakit_sequence.varying import varied
from captchakit_sequence.weights import network_of

from captchakit.errors import LearningError

CPU = torch.device("cpu")
SMALL = Sequence(widths=(8, 8, 8, 16, 16))


def _part(width: int, level: int, label: tuple[int, ...] = (1, 2)) -> Batch:
    images = np.full((2, 3, 32, width), level, np.uint8)
    return Batch(images, np.array([label] * 2), np.full((2, width // 4), 7), 2)


def test_a_batch_is_of_one_width_and_its_labels_are_padded() -> None:
    """Parts of other widths wait for another batch; a shorter label is filled up with -1."""
    replay = Replay(CPU, 1e6, seed=0)
    for part in (_part(32, 10), _part(32, 10, (1, 2, 3)), _part(48, 20)):
        replay.add(part)
    widths = set()
    for _ in range(40):
        shown = replay.batch()
        assert shown.images.shape[:3] == (2 * PARTS, 3, 32)
        assert shown.places.shape == (2 * PARTS, shown.images.shape[3] // 4)
        assert len(shown.targets) == 2 * PARTS
        if shown.targets.shape[1] == 3:
            assert {tuple(row) for row in shown.targets.tolist()} <= {(1, 2, -1), (1, 2, 3)}
        widths.add(shown.images.shape[3])
    assert widths == {32, 48}


def test_the_first_part_of_a_batch_is_as_it_was_drawn_and_varied_ones_have_no_places() -> None:
    """A varied picture's characters have moved, so that their places are not told."""
    replay = Replay(CPU, 1e6, seed=1)
    replay.add(_part(32, 51))
    kinds = set()
    for _ in range(20):
        shown = replay.batch()
        assert torch.allclose(shown.images[:2], torch.tensor(0.2))
        assert (shown.places[:2] == 7).all()
        for at in range(0, len(shown.images), 2):
            told = bool((shown.places[at] == 7).all())
            assert told == bool(torch.allclose(shown.images[at : at + 2], torch.tensor(0.2)))
            assert told or bool((shown.places[at] == ELSEWHERE).all())
            kinds.add(told)
    assert kinds == {True, False}


def test_the_oldest_parts_of_the_commonest_width_are_forgotten() -> None:
    """There is room for so many bytes only, and a rare width keeps its parts."""
    replay = Replay(CPU, 5 * _part(32, 0).images.nbytes, seed=0)
    replay.add(_part(48, 99))
    for level in range(10):
        replay.add(_part(32, level))
    levels = {round(float(replay.batch().images[0, 0, 0, 0]) * 255) for _ in range(200)}
    assert levels == {99, 7, 8, 9}


def test_nothing_drawn_is_nothing_to_show() -> None:
    """Asking too early is an error, not an endless wait."""
    with pytest.raises(IndexError):
        Replay(CPU, 1e6, seed=0).batch()


def test_varied_pictures_are_other_pictures_of_the_same_writing() -> None:
    """They stay in range, differ from each other, are the same for the same seed, and still resemble what they were."""
    image = held_out(1, GENERAL)[0].tensor
    many = torch.from_numpy(np.repeat(image, 32, axis=0))
    first, second = (varied(many, torch.Generator().manual_seed(3)) for _ in range(2))
    assert torch.equal(first, second)
    assert first.shape == many.shape
    assert 0 <= float(first.min()) <= float(first.max()) <= 1
    assert len({tuple(x.flatten().tolist()) for x in first}) == 32
    alike = [abs(np.corrcoef(x.mean(0).flatten(), image[0].mean(0).flatten())[0, 1]) for x in first.numpy()]
    assert np.median(alike) > 0.3


@pytest.mark.slow
def test_readers_of_several_looks_learn_from_the_same_drawings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each keeps a checkpoint and adds its lines to the log; what they have seen and what was drawn is told."""
    monkeypatch.setenv("CAPTCHAKIT_FONTS", str(tmp_path))  # the faces that need no file are there at once
    looks = {"colour": GENERAL, "rows": Look(height=48), "gray": Look(channels=1)}
    pupils = [
        Pupil(name, SequenceLearner(SMALL, look.contract, seed=0), look, tmp_path / f"{name}.pt")
        for name, look in looks.items()
    ]
    teach(pupils, Lesson(0.5, batch=16, threads=2, validation=2), tmp_path / "log.jsonl")
    rows = [json.loads(line) for line in (tmp_path / "log.jsonl").read_text(encoding="utf-8").splitlines()]
    assert [row["reader"] for row in rows] == list(looks)
    assert rows[0]["seen"] == rows[1]["seen"] == rows[2]["seen"] > 0
    assert all(row["drawn"] > 0 for row in rows)
    again = Pupil("colour", SequenceLearner(SMALL, GENERAL.contract, seed=9), GENERAL, tmp_path / "colour.pt")
    again.take_up()
    assert (again.seen, again.seed) == (rows[0]["seen"], rows[0]["drawn"])


def test_held_out_drawings_are_the_same_for_looks_that_are_compared() -> None:
    """A drawing that is too wide for one of them is left out for all."""
    looks = (GENERAL, Look(height=48), Look(channels=1))
    labels = [[framed.label for framed in held_out(40, look, looks)] for look in looks]
    assert labels[0] == labels[1] == labels[2]
    assert 30 < len(labels[0]) <= len(held_out(40, GENERAL)) <= 40


@pytest.mark.parametrize("depths", [(2, 2, 2), (2, 3, 3), (4, 2, 1)])
def test_a_model_of_any_depth_is_gone_on_from(depths: tuple[int, int, int]) -> None:
    """What the file holds tells how deep the network was."""
    options = Sequence(widths=(8, 8, 16, 16, 16), depths=depths)
    learner = SequenceLearner(options, GENERAL.contract, seed=2)
    drawings = np.random.default_rng(1).random((4, 3, 32, 48), np.float32)
    learner.learn(drawings, np.array([[1, 2]] * 4), 0.0)
    network = network_of(learner.export(), [[k] for k in range(len(ALPHABET))])
    on = SequenceLearner(options, GENERAL.contract, 2, network)
    tensor = np.random.default_rng(0).random((2, 3, 32, 48), np.float32)
    assert np.abs(on.probabilities(tensor) - learner.probabilities(tensor)).max() < 1e-5


def test_a_checkpoint_of_a_deeper_network_is_refused(tmp_path: Path) -> None:
    """A shallower network has no room for its layers; a deeper one takes up what the checkpoint knows."""
    path = tmp_path / "state.pt"
    middle, deep = (Sequence(widths=SMALL.widths, depths=depths) for depths in ((2, 3, 2), (3, 3, 2)))
    Pupil("a", SequenceLearner(middle, GENERAL.contract, 0), GENERAL, path).keep()
    Pupil("b", SequenceLearner(deep, GENERAL.contract, 0), GENERAL, path).take_up()
    with pytest.raises(LearningError, match="another network"):
        Pupil("c", SequenceLearner(SMALL, GENERAL.contract, 0), GENERAL, path).take_up()


@pytest.mark.parametrize("depths", [(1, 2, 2), (2, 2, 0), (2, 2)])
def test_depths_have_their_bounds(depths: tuple[int, ...]) -> None:
    """Two convolutions at least in the third and the fourth stage, and one along the row."""
    with pytest.raises(ValueError, match="depths"):
        Sequence(depths=depths)
