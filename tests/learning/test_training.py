"""Training on a few drawn images: every classifier reads what it has learned, and it always ends with a model."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from captchakit import Pipeline
from captchakit.learning import dataset as datasets
from captchakit.learning.dataset import Dataset, Sample, write
from captchakit.learning.fitting import fit
from captchakit.learning.recipes import recipe_for
from captchakit.learning.trained import Progress, Trained
from captchakit.learning.training import train
from captchakit.reading.framing import Framing
from captchakit.registry import classifiers
from tests.pictures import captcha, png, samples, texts, write_dataset

QUICK: dict[str, dict[str, Any]] = {
    "sklearn": {"estimator": "logistic", "copies": 0},
    "cnn": {"channels": 4, "passes": 4, "height": 16, "width": 16},
}


def score(model: bytes, dataset: Dataset) -> float:
    pipeline, items = Pipeline.load(model), dataset.split("test")
    return sum(pipeline.solve(dataset.read(i)).text == i.label for i in items) / len(items)


def learned(dataset: Dataset, classifier: str, recipe: str, seed: int) -> Trained:
    """Return a training without its export, which takes longer."""
    part = classifiers.build(classifier, QUICK[classifier])
    parts, framing = recipe_for(dataset, recipe), Framing(part.height, part.width)
    return train(dataset, part, parts, framing, passes=2, seed=seed)


def small(folder: Path, made: list[Sample], alphabet: str = "ABT", length: int = 3) -> Dataset:
    return datasets.load(write_dataset(folder / "small", made, alphabet, length))


@pytest.mark.parametrize("estimator", ["logistic", "svm", "knn", "trees", "mlp"])
def test_every_estimator_reads_what_it_learned(letters: Dataset, estimator: str) -> None:
    """Forty images of three letters are enough for each of scikit-learn's estimators to read new ones."""
    model, trained = fit(letters, "sklearn", name="x", options={"estimator": estimator, "copies": 0}, recipe="contours")
    assert score(model, letters) >= 0.9
    assert trained.exact >= 0.9


@pytest.mark.parametrize("recipe", ["contours", "cuts"])
def test_the_network_reads_what_it_learned(letters: Dataset, recipe: str) -> None:
    """Forty images and a few passes are enough for the network to read new ones."""
    options = {"channels": 6, "passes": 5, "height": 16, "width": 16}
    assert score(fit(letters, "cnn", name="x", options=options, recipe=recipe)[0], letters) >= 0.9


@pytest.mark.parametrize("recipe", ["projection", "fixed"])
def test_every_recipe_for_text_trains(letters: Dataset, recipe: str) -> None:
    """The plain segmenters learn too."""
    assert score(fit(letters, "sklearn", name="x", options=QUICK["sklearn"], recipe=recipe)[0], letters) >= 0.8


@pytest.mark.parametrize("estimator", ["logistic", "mlp"])
def test_touching_letters_are_learned_with_cuts(tmp_path: Path, estimator: str) -> None:
    """Where letters touch, `cuts` finds them from the string labels alone and reads most of new images."""
    made = samples(texts(60, "ABT", 3, 1), "train", step=19) + samples(texts(20, "ABT", 3, 2), "test", 900, step=19)
    dataset = small(tmp_path, made)
    model, trained = fit(dataset, "sklearn", name="x", options={"estimator": estimator, "copies": 0}, recipe="cuts")
    assert trained.examples.used >= 0.9 * trained.examples.images
    assert score(model, dataset) >= 0.8


def test_whole_images_are_told_apart(tmp_path: Path) -> None:
    """With `whole` an image has one class, named by a word: document types are learned like characters."""
    kinds = {"form": "TTTT", "card": "A"}
    made = [
        Sample(
            png(captcha(kinds[kind], n, step=20, ink=(9 * n, 30, 20))[:, :90]),
            ".png",
            kind,
            "train" if n < 12 else "test",
        )
        for n in range(16)
        for kind in kinds
    ]
    write(tmp_path / "kinds", made, name="kinds", task="single-label")
    dataset = datasets.load(tmp_path / "kinds")
    model, _ = fit(dataset, "sklearn", name="x", options=QUICK["sklearn"], recipe="whole")
    assert Pipeline.load(model).card.alphabet == ("card", "form")
    assert score(model, dataset) >= 0.8


@pytest.mark.parametrize("classifier", QUICK)
@pytest.mark.parametrize("recipe", ["contours", "cuts"])
def test_the_same_seed_gives_the_same_model(letters: Dataset, classifier: str, recipe: str) -> None:
    """Trained twice with one seed, a model says the same of the same glyphs to the last bit."""
    few = replace(letters, items=letters.items[:12])
    first, second = (learned(few, classifier, recipe, seed=5) for _ in range(2))
    tensor = first.examples.tensor
    assert np.array_equal(first.learner.probabilities(tensor), second.learner.probabilities(tensor))


def test_another_seed_gives_another_network(letters: Dataset) -> None:
    """The seed is used."""
    first, second = (learned(letters, "cnn", "contours", seed=s) for s in (1, 2))
    tensor = first.examples.tensor
    assert not np.allclose(first.learner.probabilities(tensor), second.learner.probabilities(tensor))


@pytest.mark.parametrize(("classifier", "recipe"), [("sklearn", "contours"), ("sklearn", "cuts"), ("cnn", "cuts")])
def test_a_class_that_never_comes_keeps_its_column(tmp_path: Path, classifier: str, recipe: str) -> None:
    """A letter of the alphabet without one example leaves the others in their columns; the model loads and reads."""
    made = samples(texts(30, "AT", 3, 1), "train") + samples(texts(8, "AT", 3, 2), "test", seed=900)
    dataset = small(tmp_path, made)
    options = {**QUICK[classifier], **({"passes": 10} if classifier == "cnn" else {})}
    model, _ = fit(dataset, classifier, name="x", options=options, recipe=recipe)
    pipeline = Pipeline.load(model)
    assert pipeline.model.classes == (3 if recipe == "contours" else 4)
    assert score(model, dataset) >= 0.9


@pytest.mark.parametrize(("classifier", "recipe"), [("sklearn", "contours"), ("sklearn", "cuts"), ("cnn", "contours")])
def test_a_single_class_can_be_learned(tmp_path: Path, classifier: str, recipe: str) -> None:
    """Where every image says the same letter there is still a model."""
    dataset = small(tmp_path, samples(["TTT"] * 10, "train") + samples(["TTT"] * 2, "test", 90), "T")
    assert score(fit(dataset, classifier, name="x", options=QUICK[classifier], recipe=recipe)[0], dataset) == 1.0


def test_progress_tells_where_it_stands(letters: Dataset) -> None:
    """Each pass is told with loss, exact match, the best so far, and the time left, which reaches 0."""
    seen: list[Progress] = []
    fit(letters, "cnn", name="x", options=QUICK["cnn"], recipe="contours", report=seen.append)
    assert [p.done for p in seen] == list(range(1, len(seen) + 1))
    assert all(p.best >= p.exact or p.best == max(q.exact for q in seen[: p.done]) for p in seen)
    assert seen[-1].loss < seen[0].loss
    assert all(p.left >= 0 for p in seen)


def test_a_smaller_network_is_kept_where_it_reads_as_well(letters: Dataset) -> None:
    """Where validation is read without a mistake, half the channels and smaller glyphs are tried and kept."""
    model, trained = fit(letters, "cnn", name="x", options={"passes": 6}, recipe="contours")
    card = Pipeline.load(model).card
    assert trained.exact == 1.0
    assert (card.training["options"]["channels"], card.framing.height, card.framing.width) == (8, 16, 16)
    assert score(model, letters) >= 0.9
