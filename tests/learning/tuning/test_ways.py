"""In which of its looks a model is gone on from."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
from captchakit_sequence import Sequence

from captchakit.learning.dataset import Dataset, load
from captchakit.learning.tuning import Start, tuned
from captchakit.learning.tuning.heard import Heard
from captchakit.learning.tuning.ways import LEAST, best_way, likelihood
from tests.pictures import captcha, png, samples, texts, write_dataset


def narrow(folder: Path) -> Dataset:
    """Return letters in pictures of half the width."""
    made = samples(texts(8, "ABT", 3, 6), "train")
    for number, sample in enumerate(made):
        image = cv2.resize(captcha(sample.label, number), None, fx=0.5, fy=1, interpolation=cv2.INTER_AREA)
        made[number] = replace(sample, data=png(np.asarray(image, np.uint8)))
    return load(write_dataset(folder, made))


def test_pictures_are_prepared_in_the_way_that_reads_them(looking: Path, letters: Dataset, tmp_path: Path) -> None:
    """Letters of half the width are read twice as wide, others as they are; what was seen is of that way."""
    squeezed = narrow(tmp_path / "narrow")
    for data, across in ((squeezed, 2.0), (letters, 1.0)):
        items = list(data.items[:8])
        start, pictures, heard = best_way(Start.of(looking, data.alphabet), data, items, 0)
        assert [s.options.get("across", 1.0) for s in start.recipe.filters if s.name == "scale"] == [across]
        assert start.prepare(pictures[items[0].file].image).image.shape == pictures[items[0].file].prepared.image.shape
        assert heard.exact() >= 0.5
        assert heard.items == items


def test_a_label_that_is_wrong_counts_no_more_than_one_that_is_unlikely(looking: Path, letters: Dataset) -> None:
    """The likelihood of a single label has a floor; that of none is nothing."""
    start = Start.of(looking, letters.alphabet)
    items = list(letters.items[:1])
    _, pictures, heard = best_way(start, letters, items, 0)
    sure = np.zeros_like(heard.said[0])
    sure[..., -1] = 1.0
    assert likelihood(Heard(start.codec, pictures, items, [sure])) == pytest.approx(np.log(LEAST))
    assert likelihood(Heard(start.codec, pictures)) == 0.0


def test_a_model_that_is_kept_keeps_its_looks(looking: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where learning does harm, the model reads as it came: the look that suits the labels first, then the other."""
    monkeypatch.setattr("captchakit.learning.tuning.schedule.LEARNED_FROM", 400)
    monkeypatch.setattr("captchakit.learning.tuning.schedule.FOR_EACH_LABEL", 0)
    squeezed = narrow(tmp_path / "narrow")
    given = Start.of(looking, squeezed.alphabet)
    assert isinstance(given.classifier, Sequence)
    trained = tuned(squeezed, replace(given, classifier=replace(given.classifier, rate=0.3)))
    assert "kept as it was" in trained.validated_on
    assert (trained.recipe.filters, trained.looks.filters) == (given.card.looks.filters[0], (given.recipe.filters,))
    assert trained.looks.below == given.card.looks.below
    assert trained.exact > 0.5
