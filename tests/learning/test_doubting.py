"""Labels that a good reader contradicts with near-certainty are doubted, and no others."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from captchakit.learning import dataset as datasets
from captchakit.learning.doubting import contradicted
from captchakit.learning.examples import Framed
from captchakit.learning.fitting import fit
from captchakit.reading.codecs.symbols import Symbols
from captchakit.types import Box, Glyph, Probabilities
from tests.pictures import samples, texts, write_dataset

CODEC = Symbols(tuple("ABT"))
BLANK = np.zeros((8, 8), np.uint8)


def image(label: str) -> Framed:
    glyphs = tuple(Glyph(BLANK, Box(9 * k, 0, 8, 8), (k, k + 1)) for k in range(len(label)))
    return Framed(label, glyphs, np.zeros((len(label), 1, 8, 8), np.float32))


def said(text: str, sure: float = 0.999) -> Probabilities:
    flags = np.array([[[c == label for label in CODEC.alphabet]] for c in text])
    return np.where(flags, sure, (1 - sure) / 2).astype(np.float32)


def doubted(
    labels: list[str], answers: list[Probabilities], seconded: list[Probabilities] | None = None
) -> dict[int, str]:
    found = contradicted([image(label) for label in labels], answers, CODEC, 1.0, seconded)
    return {number: answer.text for number, answer in found.items()}


ABT, TAB = ["ABT", "TAB"], [said("ABT"), said("TAB")]


def test_a_sure_contradiction_is_found() -> None:
    """The one label among many that is read otherwise is named with what is read."""
    assert doubted([*ABT * 10, "BAT"], [*TAB * 10, said("TAT")]) == {20: "TAT"}


@pytest.mark.parametrize("sure", [0.6, 0.9])
def test_an_unsure_contradiction_is_none(sure: float) -> None:
    """What is read otherwise without certainty stays as it is labelled."""
    assert doubted([*ABT * 10, "BAT"], [*TAB * 10, said("TAT", sure)]) == {}


@pytest.mark.parametrize(("other", "found"), [("TAT", {20: "TAT"}), ("BAT", {}), ("TBT", {})])
def test_two_who_say_the_same_need_not_be_as_sure(other: str, found: dict[int, str]) -> None:
    """A second reader makes less certainty do where it reads the same; the label, or a third text, is no second."""
    answers = [*TAB * 10, said("TAT", 0.95)]
    assert doubted([*ABT * 10, "BAT"], answers) == {}
    assert doubted([*ABT * 10, "BAT"], answers, [*TAB * 10, said(other, 0.6)]) == found


def test_a_poor_reader_doubts_nothing() -> None:
    """Who misreads three images in ten is no judge of labels, however sure."""
    assert doubted(["ABT"] * 10, [said("ABT")] * 7 + [said("AAT")] * 3) == {}


@pytest.mark.parametrize(("right", "found"), [(39, [39]), (34, [])])
def test_who_tells_words_has_to_be_better(right: int, found: list[int]) -> None:
    """Where a label is one of two words, a reader of nine in ten is no judge; one who errs once in forty is."""
    codec = Symbols(("typed", "written"))
    labels = ["typed", "written"] * 20
    answers = [np.array([[[0.001, 0.999] if n % 2 else [0.999, 0.001]]], np.float32) for n in range(40)]
    unsure = np.array([[[0.6, 0.4]]], np.float32)
    answers[39] = answers[0]
    answers[right:39] = [unsure if n % 2 else 1 - unsure for n in range(right, 39)]
    images = [replace(image("A"), label=label) for label in labels]
    assert list(contradicted(images, answers, codec, 1.0)) == found


def test_many_contradictions_are_the_readers() -> None:
    """More than a tenth is not believed."""
    assert doubted(["ABT"] * 20, [said("ABT")] * 17 + [said("AAT")] * 3) == {}


def test_a_character_that_is_always_misread_is_not_mislabelled() -> None:
    """Were B read as A throughout, leaving its images out would make it so for good."""
    assert doubted(["TAT"] * 38 + ["BAT"] * 2, [said("TAT")] * 38 + [said("AAT")] * 2) == {}


def test_training_names_wrong_labels_and_learns_without_them(tmp_path: Path) -> None:
    """Two labels made wrong on purpose are the two that are named, and no more is learned from the first."""
    made = samples(texts(150, "ABT", 3, 1), "train") + samples(texts(20, "ABT", 3, 2), "validation", 500)
    made[7], made[160] = (replace(made[n], label=made[n].label.translate({65: 66, 66: 84, 84: 65})) for n in (7, 160))
    dataset = datasets.load(write_dataset(tmp_path / "d", made))
    options = {"channels": 6, "passes": 14, "batch": 32, "height": 16, "width": 16}
    _, trained = fit(dataset, "cnn", name="x", options=options, recipe="contours")
    assert [d.item.file for d in trained.doubtful] == [dataset.items[7].file, dataset.items[160].file]
    assert trained.left_out == {7}
    assert trained.examples.used == 149


@pytest.mark.parametrize(("classifier", "recipe"), [("sklearn", "contours"), ("sklearn", "cuts"), ("cnn", "cuts")])
def test_right_labels_are_all_learned(letters: datasets.Dataset, classifier: str, recipe: str) -> None:
    """Where every label is right none is left out."""
    options = {"cnn": {"channels": 6, "passes": 10, "height": 16, "width": 16}, "sklearn": {"copies": 0}}[classifier]
    _, trained = fit(letters, classifier, name="x", options=options, recipe=recipe)
    assert not trained.left_out
    assert trained.examples.used == trained.examples.images


def test_who_sees_a_settled_learners_labels_first_is_another(tmp_path: Path) -> None:
    """What fits all that it is told never contradicts it; a wrong label is found by who learned the other half."""
    made = samples(texts(150, "ABT", 3, 1), "train") + samples(texts(20, "ABT", 3, 2), "validation", 500)
    made[7] = replace(made[7], label=made[7].label.translate({65: 66, 66: 84, 84: 65}))
    dataset = datasets.load(write_dataset(tmp_path / "d", made))
    _, trained = fit(dataset, "sklearn", name="x", options={"estimator": "mlp", "copies": 0}, recipe="contours")
    assert trained.left_out == {7}
