"""Training on what is hardly enough, or not at all: it ends with a model, or says in a line why there is none."""

from __future__ import annotations

from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from captchakit import Pipeline
from captchakit.errors import DatasetError, LearningError, OptionError, PluginError
from captchakit.learning import dataset as datasets
from captchakit.learning.dataset import Dataset, Sample
from captchakit.learning.fitting import fit
from captchakit.learning.trained import Progress
from tests.learning.test_training import QUICK, small
from tests.pictures import captcha, png, samples, texts, write_dataset


@pytest.mark.parametrize(
    ("classifier", "recipe", "count"),
    [*product(["sklearn"], ["contours", "cuts"], [1, 4, 5, 20]), ("cnn", "contours", 1), ("cnn", "cuts", 20)],
)
def test_few_images_still_give_a_model(tmp_path: Path, classifier: str, recipe: str, count: int) -> None:
    """However few images there are, training ends and the model answers."""
    dataset = small(tmp_path, samples(texts(count, "ABT", 3, 3), "train"))
    options = {**QUICK[classifier], **({"passes": 2} if classifier == "cnn" else {})}
    model, trained = fit(dataset, classifier, name="x", options=options, recipe=recipe)
    assert len(trained.validation) >= 1
    assert set(Pipeline.load(model).solve(png(captcha("ABT"))).text) <= set("ABT")


@pytest.mark.parametrize("count", [1, 5, 20])
def test_few_images_are_enough_for_the_estimator_of_cuts(tmp_path: Path, count: int) -> None:
    """What `sklearn` takes for overlapping candidates where nothing is said also ends with a model that answers."""
    dataset = small(tmp_path, samples(texts(count, "ABT", 3, 3), "train"))
    model, _ = fit(dataset, "sklearn", name="x", options={"copies": 1}, recipe="cuts")
    pipeline = Pipeline.load(model)
    assert pipeline.card.training["options"]["estimator"] == "mlp"
    assert set(pipeline.solve(png(captcha("ABT"))).text) <= set("ABT")


@pytest.mark.parametrize("classifier", QUICK)
def test_the_same_image_again_and_again_can_be_learned(tmp_path: Path, classifier: str) -> None:
    """Twelve copies of one image are as good as one."""
    made = [Sample(png(captcha("ABT")), ".png", "ABT", "train")] * 12
    model, _ = fit(small(tmp_path, made), classifier, name="x", options=QUICK[classifier], recipe="contours")
    assert Pipeline.load(model).model.classes == 3


@pytest.mark.parametrize("classifier", QUICK)
@pytest.mark.parametrize("recipe", ["contours", "cuts"])
@pytest.mark.parametrize("image", [captcha(""), captcha("A"), np.full((30, 90, 3), 255, np.uint8)])
def test_images_without_the_letters_cannot_be_learned(
    tmp_path: Path, classifier: str, recipe: str, image: np.ndarray
) -> None:
    """Where no image falls into glyphs that its label fits, the message says so and what to try."""
    made = [Sample(png(image), ".png", t, "train") for t in ("ABTABTABTABTABTABT", "TTTTTTTTTTTTTTTTTT")]
    dataset = small(tmp_path, made, length=18)
    with pytest.raises(LearningError, match="none of 2 images falls into glyphs that its label fits"):
        fit(dataset, classifier, name="x", options=QUICK[classifier], recipe=recipe)


def test_images_that_do_not_segment_are_passed_over(tmp_path: Path) -> None:
    """A blank image among good ones is no example, and the facts say how many were."""
    blank = [Sample(png(np.full((30, 90 + n, 3), 255, np.uint8)), ".png", "ABT", "train") for n in range(3)]
    made = samples(texts(20, "ABT", 3, 3), "train") + blank + samples(["TAB"] * 3, "validation", 90)
    model, trained = fit(small(tmp_path, made), "sklearn", name="x", options=QUICK["sklearn"], recipe="contours")
    facts = Pipeline.load(model).card.training
    assert (trained.examples.used, trained.examples.images) == (20, 23)
    assert (facts["images_used"], facts["images"]) == (20, 23)


def test_an_unreadable_image_is_named(tmp_path: Path) -> None:
    """An image that is none stops the training with its row."""
    made = [*samples(texts(4, "ABT", 3, 3), "train"), Sample(b"no image", ".png", "ABT", "train")]
    with pytest.raises(DatasetError, match=r"labels\.csv line 6: images/00004\.png: not an image of a known format"):
        fit(small(tmp_path, made), "sklearn", name="x", recipe="contours")


def test_a_straddling_image_is_named_before_anything_is_learned(tmp_path: Path) -> None:
    """An image in two splits stops the training with its row."""
    made = [Sample(png(captcha("ABT")), ".png", "ABT", split) for split in ("train", "test")]
    with pytest.raises(DatasetError, match=r"labels\.csv line 3: .* is the same image as"):
        fit(small(tmp_path, made), "sklearn", name="x", recipe="contours")


@pytest.mark.parametrize("classifier", QUICK)
def test_no_time_is_time_enough_for_a_model(letters: Dataset, classifier: str) -> None:
    """With no minutes at all one pass is made, and there is a model."""
    options = {**QUICK[classifier], "passes": 500}
    seen: list[Progress] = []
    model, _ = fit(letters, classifier, name="x", options=options, minutes=0, recipe="contours", report=seen.append)
    assert [p.done for p in seen] == [1]
    assert Pipeline.load(model).model.classes == 3


def test_an_interrupt_keeps_the_best_so_far(letters: Dataset) -> None:
    """Interrupted after two passes, training returns the best state that it has had."""

    def interrupt(progress: Progress) -> None:
        if progress.done == 2:
            raise KeyboardInterrupt

    model, trained = fit(letters, "cnn", name="x", options=QUICK["cnn"], recipe="contours", report=interrupt)
    assert len(trained.history) == 2
    assert trained.exact == max(p.exact for p in trained.history)
    assert Pipeline.load(model).card.scores["exact_match"] == trained.exact


@pytest.mark.parametrize(
    ("arguments", "kind", "reason"),
    [
        ({"classifier": "none"}, PluginError, "no classifier 'none'; there are cnn, "),
        ({"options": {"estimator": "none"}}, PluginError, "estimator 'none' is none of"),
        ({"options": {"no_such": 1}}, PluginError, "classifier 'sklearn' refuses its options"),
        ({"recipe": "none"}, OptionError, "no recipe 'none'; there are contours"),
    ],
)
def test_wrong_wishes_are_refused(
    letters: Dataset, arguments: dict[str, Any], kind: type[Exception], reason: str
) -> None:
    """An unknown classifier, option or recipe is refused before anything is read."""
    with pytest.raises(kind, match=reason):
        fit(letters, **{"classifier": "sklearn", "name": "x", **arguments})


def test_equal_slices_want_labels_of_one_length(tmp_path: Path) -> None:
    """The recipe `fixed` is refused for a dataset of several lengths."""
    path = write_dataset(tmp_path / "d", samples(["ABT", "TAB"], "train"))
    about = (path / "dataset.toml").read_text().replace("max_length = 3", "max_length = 4")
    (path / "dataset.toml").write_text(about)
    with pytest.raises(OptionError, match="'fixed' needs labels of one length"):
        fit(datasets.load(path), "sklearn", name="x", recipe="fixed")
