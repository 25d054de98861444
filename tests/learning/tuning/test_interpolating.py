"""Held-out labels choose how much of the start stays in the weights of the end."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from captchakit_sequence.learner import SequenceLearner

from captchakit.learning.dataset import Dataset
from captchakit.learning.tuning import Start, tuned
from captchakit.learning.tuning.heard import Heard
from captchakit.learning.tuning.interpolating import FURTHER, SHARES, UNHEARD, Chosen, Interpolated
from captchakit.learning.tuning.looked import Looker
from captchakit.learning.tuning.ways import best_way, likelihood


def _weights(learner: object) -> np.ndarray:
    assert isinstance(learner, SequenceLearner)
    return np.concatenate([v.numpy().ravel() for n, v in learner.snapshot().items() if n.endswith("weight")])


@pytest.fixture
def start(letters: Dataset, reader: Path) -> Start:
    """The small reader, for the letters."""
    return Start.of(reader, letters.alphabet)


@pytest.fixture
def spoiled(start: Start) -> SequenceLearner:
    """A learner that went away from the start, and not for the better."""
    learner, dice = start.adapted(0), np.random.default_rng(7)
    assert isinstance(learner, SequenceLearner)
    stored = learner.stored().items()
    noisy = {key: value + dice.normal(0, 0.2, value.shape).astype(np.float32) for key, value in stored if value.ndim}
    learner.take_up({**learner.stored(), **noisy})
    return learner


@pytest.fixture
def looker(start: Start) -> Looker:
    """A single look."""
    return Looker.of(start, start.ways())


@pytest.fixture
def nothing(letters: Dataset, start: Start) -> Heard:
    """The pictures of the letters, of which nothing was heard."""
    return Heard(start.codec, best_way(start, letters, letters.split("train"), 0).pictures)


def test_a_learner_that_unlearned_is_drawn_back_to_its_start(
    letters: Dataset, start: Start, spoiled: SequenceLearner, looker: Looker, nothing: Heard
) -> None:
    """Nothing is kept of weights that read less than those that they began with; hearing changes nothing."""
    reads = start.adapted(0)
    between = Interpolated.of(reads, looker, nothing)
    before, began = _weights(spoiled), _weights(reads)
    between.hear(spoiled, letters.split("train")[:6])
    assert np.array_equal(_weights(spoiled), before)
    assert [len(heard.said) for heard in between.heard.values()] == [6] * len(SHARES)
    chosen = between.chosen()
    assert chosen == (1.0, between.heard[1.0], between.looked[1.0])
    assert chosen.kept == 1.0
    assert likelihood(chosen.heard) == max(likelihood(heard) for heard in between.heard.values())
    for share in SHARES:
        moved = start.adapted(0)
        assert isinstance(moved, SequenceLearner)
        moved.take_up(spoiled.stored())
        between.draw(moved, share)
        assert np.allclose(_weights(moved), (1 - share) * before + share * began, atol=1e-6)


def test_what_has_learned_well_is_left_as_it_is(
    letters: Dataset, start: Start, spoiled: SequenceLearner, looker: Looker, nothing: Heard
) -> None:
    """Weights that read keep no share of a start that reads less."""
    learner = start.adapted(0)
    between = Interpolated.of(spoiled, looker, nothing)
    between.hear(learner, letters.split("train")[:6])
    assert between.chosen().heard is between.learned


def test_where_nothing_was_heard_most_of_the_start_stays(start: Start, looker: Looker, nothing: Heard) -> None:
    """Too few labels to hold any out cannot choose, and no fold is behind the last round."""
    chosen = Interpolated.of(start.adapted(0), looker, nothing).chosen()
    assert chosen.share == chosen.kept == UNHEARD


@pytest.mark.parametrize("share", SHARES)
def test_the_last_round_goes_further_from_its_start_than_the_folds(
    letters: Dataset, looker: Looker, nothing: Heard, share: float
) -> None:
    """It knows more than they did; what is kept whole stays whole."""
    heard = replace(nothing, items=[letters.items[0]])
    kept = Chosen(share, heard, looker.look(looker.first.adapted(0), [], [])).kept
    assert kept == (1.0 if share == 1 else FURTHER * share)


def test_a_learner_is_drawn_to_its_start_for_a_while(
    start: Start, spoiled: SequenceLearner, looker: Looker, nothing: Heard
) -> None:
    """It says what the weights between say, and afterwards what it said before."""
    reads = start.adapted(0)
    between = Interpolated.of(reads, looker, nothing)
    before, began = _weights(spoiled), _weights(reads)
    with between.drawn(spoiled):
        assert np.allclose(_weights(spoiled), (1 - UNHEARD) * before + UNHEARD * began, atol=1e-6)
    assert np.array_equal(_weights(spoiled), before)


def test_what_was_heard_survives_a_break(
    letters: Dataset, start: Start, spoiled: SequenceLearner, looker: Looker, nothing: Heard
) -> None:
    """A checkpoint keeps what was said at every share."""
    reads, items = start.adapted(0), letters.split("train")[:3]
    between, again = (Interpolated.of(reads, looker, nothing) for _ in range(2))
    between.hear(spoiled, items)
    again.take_up(between.stored(), items)
    for share in SHARES:
        assert again.heard[share].items == list(items)
        assert all(map(np.array_equal, again.heard[share].said, between.heard[share].said))
        assert again.looked[share] == between.looked[share]


def test_learners_without_weights_to_average_have_one_share(
    letters: Dataset, start: Start, looker: Looker, nothing: Heard
) -> None:
    """Whoever cannot be averaged is heard as it is."""
    classes = start.contract.classes

    class Plain:
        settled = True

        def probabilities(self, tensor: np.ndarray) -> np.ndarray:
            return np.full((len(tensor), tensor.shape[3] // 4, classes), 1 / classes, np.float32)

    between = Interpolated.of(Plain(), looker, nothing)  # type: ignore[arg-type]
    between.hear(Plain(), letters.split("train")[:2])  # type: ignore[arg-type]
    assert list(between.heard) == [0.0]
    assert len(between.learned.said) == 2


def test_a_tuning_chooses(letters: Dataset, start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is validated on is what the chosen weights said."""
    monkeypatch.setattr("captchakit.learning.tuning.schedule.LEARNED_FROM", 200)
    monkeypatch.setattr("captchakit.learning.tuning.schedule.FOR_EACH_LABEL", 0)
    made: list[Chosen] = []
    chosen = Interpolated.chosen

    def watched(between: Interpolated) -> Chosen:
        made.append(chosen(between))
        return made[-1]

    monkeypatch.setattr(Interpolated, "chosen", watched)
    trained = tuned(replace(letters, items=letters.items[:12]), start)
    ((share, heard, looked),) = made
    assert len(heard.items) == len(looked.texts) == 12
    assert trained.said is heard.said
    assert trained.gained is not None
    assert trained.gained.kept == made[0].kept
    assert ("kept as it was" in trained.validated_on) == (share == 1)
