"""What is held out to be validated on."""

from __future__ import annotations

from dataclasses import replace

import pytest

from captchakit.learning.dataset import Dataset, Item
from captchakit.learning.tuning.folds import FEW, FOLDS, LEAST, all_labelled, folds_of


def _of(letters: Dataset, count: int, groups: int = 0, validation: int = 0) -> Dataset:
    items = [
        Item(f"{k}.png", "ABT", "train", f"row {k}", group=f"g{k % groups}" if groups else "") for k in range(count)
    ]
    held = [Item(f"v{k}.png", "ABT", "validation", f"row v{k}") for k in range(validation)]
    return replace(letters, items=(*items, *held, Item("t.png", "ABT", "test", "row t")))


def test_few_labels_are_all_held_out_once(letters: Dataset) -> None:
    """Each fold learns from what it does not hold out, and together they hold out every label exactly once."""
    folds, _ = folds_of(_of(letters, 20), 0)
    assert len(folds) == FOLDS
    assert sorted(item.file for fold in folds for item in fold.held) == sorted(f"{k}.png" for k in range(20))
    assert all(len(fold.learned) + len(fold.held) == 20 for fold in folds)
    assert all(not {i.file for i in fold.learned} & {i.file for i in fold.held} for fold in folds)


def test_many_labels_spare_a_fifth(letters: Dataset) -> None:
    """From `FEW` on one fifth is held out, once."""
    (fold,), told = folds_of(_of(letters, FEW), 0)
    assert len(fold.held) == FEW // 5
    assert "fifth" in told


@pytest.mark.parametrize("count", [24, 200])
def test_groups_stay_together(letters: Dataset, count: int) -> None:
    """No group is learned from and validated on in the same fold."""
    for fold in folds_of(_of(letters, count, groups=8), 1)[0]:
        assert not {i.group for i in fold.learned} & {i.group for i in fold.held}
        assert fold.held


def test_a_validation_split_is_used_as_it_is(letters: Dataset) -> None:
    """It alone is held out, and learned from only in the end; the test split never is."""
    dataset = _of(letters, 30, validation=5)
    (fold,), told = folds_of(dataset, 0)
    assert {i.split for i in fold.held} == {"validation"}
    assert told == "validation split"
    assert len(all_labelled(dataset)) == 35


def test_a_handful_of_labels_spares_none(letters: Dataset) -> None:
    """Under `LEAST` labels there are no folds."""
    assert folds_of(_of(letters, LEAST - 1), 0)[0] == []
