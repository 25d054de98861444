"""The weights of the folds go into the model of the end."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from captchakit_sequence.learner import SequenceLearner

from captchakit.learning.dataset import Dataset
from captchakit.learning.tuning import Start, tuned
from captchakit.learning.tuning.averaging import Folded
from captchakit.stages import Averageable, Learner
from tests.readers import CONTRACT, OPTIONS


def _weights(learner: object) -> np.ndarray:
    assert isinstance(learner, SequenceLearner)
    return np.concatenate([v.numpy().ravel() for n, v in learner.snapshot().items() if n.endswith("weight")])


@pytest.fixture
def three() -> list[SequenceLearner]:
    """Three learners of the same kind with weights of their own."""
    return [SequenceLearner(OPTIONS, CONTRACT, seed=seed) for seed in range(3)]


def test_half_of_the_end_is_the_mean_of_the_folds(three: list[SequenceLearner]) -> None:
    """Two folds weigh a quarter each, the last round half."""
    first, second, last = (_weights(learner) for learner in three)
    folded = Folded()
    folded.add(three[0])
    folded.add(three[1])
    folded.into(three[2])
    assert np.allclose(_weights(three[2]), first / 4 + second / 4 + last / 2, atol=1e-6)


def test_the_mean_survives_a_break(three: list[SequenceLearner]) -> None:
    """What a checkpoint held goes on to be averaged with the folds that follow."""
    whole, part, again = Folded(), Folded(), Folded()
    whole.add(three[0])
    part.add(three[0])
    again.take_up({**three[2].stored(), **part.stored()}, 1)
    for folded in (whole, again):
        folded.add(three[1])
    assert whole.count == again.count == 2
    assert whole.mean.keys() == again.mean.keys() == three[0].stored().keys()
    assert all(np.allclose(value, again.mean[key]) for key, value in whole.mean.items())


def test_without_folds_nothing_is_averaged(three: list[SequenceLearner]) -> None:
    """Too few labels to hold any out leave the last round as it is."""
    before = _weights(three[0])
    Folded().into(three[0])
    assert np.array_equal(_weights(three[0]), before)
    assert isinstance(three[0], Averageable)


def test_a_tuning_ends_with_its_folds_taken_in(letters: Dataset, reader: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Three folds are averaged into the last round, once, and what comes of it is the model."""
    monkeypatch.setattr("captchakit.learning.tuning.schedule.LEARNED_FROM", 200)
    monkeypatch.setattr("captchakit.learning.tuning.schedule.FOR_EACH_LABEL", 0)
    monkeypatch.setattr("captchakit.learning.tuning.interpolating.SHARES", (0.0,))
    taken: list[tuple[int, np.ndarray, np.ndarray]] = []
    into = Folded.into

    def watched(folded: Folded, learner: Learner) -> None:
        before = _weights(learner)
        into(folded, learner)
        taken.append((folded.count, before, _weights(learner)))

    monkeypatch.setattr(Folded, "into", watched)
    few = replace(letters, items=letters.items[:12])
    trained = tuned(few, Start.of(reader, letters.alphabet))
    ((count, before, after),) = taken
    assert count == 3
    assert not np.allclose(before, after, atol=1e-4)
    assert np.array_equal(_weights(trained.learner), after)
