"""What readers said of pictures that they had not learned from, and what follows of it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from captchakit_sequence.learner import SequenceLearner

from captchakit.learning.dataset import Dataset
from captchakit.learning.tuning import Start
from captchakit.learning.tuning.heard import Heard, Read
from captchakit.learning.tuning.reader import pictures_of, placed


def test_a_poor_reader_doubts_nobody_and_costs_little(
    letters: Dataset, reader: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where too few are read to judge by, no temperature is looked for."""
    start = Start.of(reader, letters.alphabet)
    items = list(letters.items[:5])
    pictures = pictures_of(letters, items, start.prepare, start.card.framing)
    even = np.full((1, 24, len(letters.alphabet) + 1), 1 / (len(letters.alphabet) + 1), np.float32)
    heard = Heard(start.codec, {i.file: p for i, p in zip(items, pictures, strict=True)}, items, [even] * 5)

    def looked_for(_: object) -> float:
        raise AssertionError("a temperature was looked for")

    monkeypatch.setattr(Heard, "temperature", looked_for)
    assert heard.doubts() == []


def test_a_reader_whose_weights_ran_away_places_nothing(letters: Dataset, reader: Path) -> None:
    """What is no number has no place in a picture; that the loss ran away is said at the end of the pass."""
    start = Start.of(reader, letters.alphabet)
    pictures = pictures_of(letters, letters.items[:3], start.prepare, start.card.framing)
    learner = start.adapted(0)
    assert isinstance(learner, SequenceLearner)
    learner.restore({name: torch.full_like(value, float("nan")) for name, value in learner.snapshot().items()})
    assert [labelled.centres for labelled in placed(learner, start.codec, pictures)] == [()] * 3


def test_what_is_read_is_compared_whole_and_in_a_tie_nearly() -> None:
    """One answer more that is right outweighs any likeness; between equals the nearer answers are more."""
    labels = ["abcd", "efgh"]
    whole, near, far = (Read.of(answers, labels) for answers in (["abcd", ""], ["abcx", "efgx"], ["abxx", "xxxx"]))
    assert whole > near > far
    assert near == (0.0, 0.75)
    assert Read.of([], []) == (0.0, 0.0)
