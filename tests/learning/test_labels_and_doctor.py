"""Fewer labels, and what is odd about them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from captchakit.errors import DatasetError
from captchakit.learning.dataset import Dataset, load
from captchakit.learning.doctor import leaks, oddities
from captchakit.learning.labels import limited
from tests.pictures import samples, texts, write_dataset


def test_labels_are_the_first_of_a_seeded_shuffle(letters: Dataset) -> None:
    """A smaller number is part of a larger one, another seed gives others, and the test split stays."""
    five, ten = ({i.file for i in limited(letters, n, 0).split("train")} for n in (5, 10))
    assert (len(five), len(ten)) == (5, 10)
    assert five < ten
    assert {i.file for i in limited(letters, 10, 1).split("train")} != ten
    assert limited(letters, 5, 0).split("test") == letters.split("test")


def test_labels_of_a_validation_split_are_labels_too(letters: Dataset) -> None:
    """Whoever has N labels has none beside them to validate on."""
    held = replace(letters, items=(*letters.items[1:], replace(letters.items[0], split="validation")))
    assert not [i for i in limited(held, 5, 0).items if i.split == "validation"]


@pytest.mark.parametrize("count", [0, 41])
def test_more_labels_than_there_are_is_an_error(letters: Dataset, count: int) -> None:
    """How many there are is said."""
    with pytest.raises(DatasetError, match="there are 40 labels"):
        limited(letters, count, 0)


def test_one_image_under_two_labels_is_told_with_both_rows(tmp_path: Path) -> None:
    """Somebody mistyped one of them."""
    made = samples(texts(20, "ABT", 3, 1), "train")
    wrong = replace(made[0], label="TAB" if made[0].label != "TAB" else "BAT")
    (told, count) = oddities(load(write_dataset(tmp_path / "twice", [*made, wrong])))[:2]
    assert "labels.csv line 22: images/00020.png is the same image as images/00000.png" in told
    assert f"labelled '{wrong.label}', not '{made[0].label}'" in told
    assert count == "1 of 21 images are copies of others"


def test_images_that_are_all_one_are_told(tmp_path: Path) -> None:
    """Nothing but that image can be learned."""
    dataset = load(write_dataset(tmp_path / "same", [samples(["ABT"], "train")[0]] * 8))
    assert any("all 8 images are the same one" in told for told in oddities(dataset))


def test_characters_that_no_label_has_are_told(tmp_path: Path) -> None:
    """A character that never occurs, or hardly ever, is not learned."""
    made = samples(["ABA", "BAB", "ABB", "BAA", "ABT"], "train")
    told = oddities(load(write_dataset(tmp_path / "rare", made, "ABTX")))
    assert told == ["no label has X: nothing of it is learned", "fewer than 3 labels have T: more of them would help"]


def test_a_sound_dataset_has_no_oddities(letters: Dataset) -> None:
    """Nothing is told where there is nothing to tell."""
    assert oddities(letters) == []


def test_scored_images_of_another_split_are_told(tmp_path: Path) -> None:
    """With their number and the rows of one; an image twice in one split is no leak, nor is one that is missing."""
    learned, tested = samples(texts(6, "ABT", 3, 1), "train"), samples(texts(4, "ABT", 3, 2), "test", 50)
    copies = [replace(sample, split="test") for sample in learned[:2]]
    folder = write_dataset(tmp_path / "leaky", [*learned, *tested, tested[0], *copies])
    dataset = load(folder)
    (told,) = leaks(dataset, dataset.split("test"))
    assert told.startswith("2 of 7 images of split test are in another split too")
    assert "line 13: images/00011.png is the same image as images/00000.png (train, labels.csv line 2)" in told
    assert leaks(dataset, dataset.split("test")[:5]) == []
    for name in ("00000", "00001"):
        (folder / "images" / f"{name}.png").unlink()
    assert leaks(dataset, dataset.split("test")) == []


def test_all_splits_together_are_no_leak(letters: Dataset) -> None:
    """Whoever scores everything asks for what was learned too."""
    copied = replace(letters, items=(*letters.items, replace(letters.items[0], split="test")))
    assert leaks(copied, copied.split("test"))
    assert leaks(copied, copied.split("all")) == []
