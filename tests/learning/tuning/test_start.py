"""What a model that is gone on from makes of another alphabet."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from captchakit_sequence.classifier import Sequence
from captchakit_sequence.learner import SequenceLearner
from captchakit_sequence.weights import network_of

from captchakit.learning.dataset import Dataset, load
from captchakit.learning.quantizing import in_integers
from captchakit.learning.tuning.start import Start
from captchakit.learning.tuning.ways import best_way
from captchakit.reading.library import DEFAULT_MODEL, Library

ROOT = Path(__file__).parents[3]
MANY = 24


@pytest.fixture(scope="module")
def plain() -> Dataset:
    """Drawn captchas of digits and capitals."""
    return load(ROOT / "datasets" / "plain")


def lowered(data: Dataset) -> Dataset:
    """Return the same pictures labelled in lower case, as those do who count no case."""
    items = tuple(replace(item, label=item.label.lower()) for item in data.items)
    return replace(data, items=items, alphabet=tuple(c.lower() for c in data.alphabet))


def begun(data: Dataset) -> Start:
    return Start.of(Library()[DEFAULT_MODEL], data.alphabet)


def test_letters_are_read_in_either_case_where_labels_have_one(plain: Dataset) -> None:
    """Capitals that are labelled in lower case are read at once, with the labels' letters."""
    for data in (lowered(plain), plain):
        way = best_way(begun(data), data, list(data.split("train"))[:MANY], 0)
        assert way.heard.exact() > 0.7


def test_cases_are_told_apart_where_labels_have_both(plain: Dataset) -> None:
    """A letter that is there in both cases is read as itself alone, as are digits and what the model does not know."""
    start = begun(replace(plain, alphabet=tuple("aAb0\N{GREEK SMALL LETTER ALPHA}")))
    assert start.origins == {"a": "a", "A": "A", "b": "b", "B": "b", "0": "0"}


def test_the_probability_of_a_class_is_the_sum_of_those_that_it_was(plain: Dataset) -> None:
    """So says the learner, so says its file in integers or not, and a network that goes on from that."""
    both, one = (begun(replace(plain, alphabet=tuple(text))) for text in ("abB1", "ab1"))
    tensor = np.random.default_rng(0).random((2, 3, 32, 64), np.float32)
    apart, together = both.adapted(0).probabilities(tensor), one.adapted(0)
    said = together.probabilities(tensor)
    assert isinstance(together, SequenceLearner)
    # `a` is of both cases in either, `b` and `B` are one class where the alphabet has one of them.
    expected = np.stack([apart[..., 0], apart[..., 1] + apart[..., 2], apart[..., 3], apart[..., 4]], axis=-1)
    np.testing.assert_allclose(said, expected, atol=1e-5)
    whole = together.export()
    for model, near in ((whole, 1e-5), (in_integers(whole, [tensor]), 0.1)):
        on = SequenceLearner(Sequence(), one.contract, 0, network_of(model, [[0], [1], [2]]))
        np.testing.assert_allclose(on.probabilities(tensor), said, atol=near)
        merged = SequenceLearner(Sequence(), one.contract, 0, network_of(model, [[2], [], [0, 1]]))
        other = merged.probabilities(tensor)
        shares = other[..., [0, 2, 3]] / (1 - other[..., [1]])
        wanted = np.stack([said[..., 2], said[..., 0] + said[..., 1], said[..., 3]], axis=-1)
        np.testing.assert_allclose(shares, wanted, atol=near)
