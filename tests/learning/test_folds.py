"""Held-out answers: what a model has not learned from."""

from __future__ import annotations

from dataclasses import replace

import pytest

from captchakit.errors import DatasetError
from captchakit.learning.dataset import Dataset
from captchakit.learning.folds import by_source, by_split, held_out, scores_of
from captchakit.learning.recipes import recipe_for
from captchakit.reading.framing import Framing
from captchakit.registry import classifiers
from tests.conftest import QUICK


@pytest.fixture(scope="module")
def sourced(letters: Dataset) -> Dataset:
    """The letters as three sources of single letters, which are whole images told apart by class."""
    items = [replace(item, label=item.label[0], source=f"s{n % 3}") for n, item in enumerate(letters.items)]
    return replace(letters, items=tuple(items), min_length=1, max_length=1)


def test_each_source_is_left_out_once(sourced: Dataset) -> None:
    """Every item is answered by one fold, which learned from nothing of its source."""
    folds = by_source(sourced)
    assert [fold.name for fold in folds] == ["s0", "s1", "s2"]
    assert sorted(n for fold in folds for n in fold.answer) == list(range(len(sourced)))
    for fold in folds:
        assert not set(fold.learn) & set(fold.answer)
        assert {sourced.items[n].source for n in fold.answer} == {fold.name}
        assert fold.name not in {sourced.items[n].source for n in fold.learn}


def test_the_split_is_a_fold(sourced: Dataset) -> None:
    """The test split is answered by the others."""
    (fold,) = by_split(sourced)
    assert {sourced.items[n].split for n in fold.answer} == {"test"}
    assert len(fold.learn) + len(fold.answer) == len(sourced)


def test_one_source_cannot_be_left_out(letters: Dataset) -> None:
    """It is said which column lacks."""
    with pytest.raises(DatasetError, match="no two values of 'source'"):
        by_source(letters)


def test_answers_come_for_every_item(sourced: Dataset) -> None:
    """Each model is asked about its own fold only, and the answers are probabilities in the items' order."""
    part = classifiers.build("sklearn", QUICK)
    told: list[str] = []
    said = held_out(
        sourced,
        by_source(sourced),
        part,
        recipe_for(sourced, "whole"),
        Framing(24, 72),
        passes=2,
        report=lambda fold: told.append(fold.name),
    )
    scores = scores_of(said)
    assert told == ["s0", "s1", "s2"]
    assert scores.shape == (len(sourced), len(sourced.alphabet))
    right = [sourced.alphabet[k] == item.label for k, item in zip(scores.argmax(axis=1), sourced.items, strict=True)]
    assert sum(right) / len(right) > 0.6, "a third would be chance"
