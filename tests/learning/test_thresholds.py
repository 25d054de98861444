"""Several labels: thresholds for F2, and a whole training of tags through the same pipeline."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import fbeta_score

from captchakit import Pipeline
from captchakit.errors import DatasetError, LearningError
from captchakit.learning import dataset as datasets
from captchakit.learning.dataset import Dataset
from captchakit.learning.fitting import fit
from captchakit.learning.thresholds import START, best_thresholds, f_beta
from captchakit.measuring.tags import evaluate_tags

COLOURS = {"blue": (220, 40, 40), "green": (40, 200, 40), "red": (40, 40, 220)}


def tagged_folder(folder: Path, count: int = 60, seed: int = 0) -> Path:
    """Write squares of colour in the quarters of noisy pictures, tagged by which colours there are."""
    dice = np.random.default_rng(seed)
    (folder / "train-jpg").mkdir(parents=True)
    rows, groups = ["image_name,tags"], ["image_name,group"]
    for number in range(count):
        image = dice.integers(90, 130, (32, 32, 3)).astype(np.uint8)
        chosen = [name for name in COLOURS if dice.random() < 0.45] or ["red"]
        for place, name in enumerate(chosen):
            y, x = divmod(place, 2)
            image[16 * y : 16 * y + 12, 16 * x : 16 * x + 12] = COLOURS[name]
        cv2.imwrite(str(folder / "train-jpg" / f"chip_{number}.jpg"), image, [cv2.IMWRITE_JPEG_QUALITY, 95])
        rows.append(f"chip_{number},{' '.join(chosen)}")
        groups.append(f"chip_{number},place_{number // 2}")
    (folder / "train_v2.csv").write_text("\n".join(rows) + "\n")
    (folder / "groups.csv").write_text("\n".join(groups) + "\n")
    return folder


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Sixty tagged pictures."""
    return tagged_folder(tmp_path_factory.mktemp("tags") / "chips")


@pytest.fixture(scope="module")
def chips(folder: Path) -> Dataset:
    """The dataset of the sixty."""
    return datasets.load(folder)


@pytest.mark.parametrize(
    ("classifier", "options"),
    [("sklearn", {}), ("cnn", {"channels": 4, "passes": 12, "exclusive": True, "rate": 0.01})],
)
def test_tags_are_learned_like_anything_else(chips: Dataset, classifier: str, options: dict[str, object]) -> None:
    """Recipe, colour, thresholds and all follow from the task; the model file answers images it never saw."""
    model, trained = fit(chips, classifier, name="chips", options=options)
    pipeline = Pipeline.load(model)
    assert pipeline.card.framing.channels == 3
    thresholds = pipeline.card.recipe.codec.options["thresholds"]
    assert len(thresholds) == len(chips.alphabet) == 3
    assert trained.temperature == 1.0
    assert trained.f2 is not None
    assert trained.f2 > 0.8
    held = chips.split("test")
    answers = [pipeline.solve(chips.read(item)).text for item in held]
    told = evaluate_tags(answers, [item.label for item in held], chips.alphabet, [item.group for item in held])
    assert told.f2.value > 0.8
    assert told.f2.low <= told.f2.value <= told.f2.high
    json.dumps(told.to_json())


@given(seed=st.integers(0, 999))
def test_f2_is_the_competitions(seed: int) -> None:
    """The mean over samples, as scikit-learn has it."""
    dice = np.random.default_rng(seed)
    said, truth = dice.random((12, 4)) < 0.5, dice.random((12, 4)) < 0.4
    expected = fbeta_score(truth, said, beta=2, average="samples", zero_division=0)
    assert f_beta(said, truth) == pytest.approx(expected)


def test_thresholds_are_tuned_for_each_label() -> None:
    """A label whose probabilities are all low gets a low threshold; one that cannot be bettered stays where it was."""
    truth = np.tile([[True, False], [False, True]], (20, 1))
    given = np.where(truth, [0.09, 0.8], [0.05, 0.5])
    low, high = best_thresholds(given, truth)
    assert 0.05 < low <= 0.09
    assert 0.5 < high <= 0.8
    assert best_thresholds(np.where(truth, 0.9, 0.1), truth) == (START, START)
    assert f_beta(given >= (low, high), truth) == 1.0


def test_precision_and_recall_by_label() -> None:
    """Worked out by hand; a label that was never given has no precision."""
    told = evaluate_tags(["a b", "a", ""], ["a", "a c", "c"], "abc")
    scores = {s.label: s for s in told.labels}
    assert (scores["a"].precision, scores["a"].recall, scores["a"].there) == (1.0, 1.0, 2)
    assert scores["b"].precision == 0.0
    assert np.isnan(scores["c"].precision)
    assert scores["c"].recall == 0.0
    assert told.to_json()["labels"][2]["precision"] is None
    assert told.f2.value == pytest.approx((5 / 6 + 5 / 9 + 0) / 3)


def test_groups_keep_neighbours_together(chips: Dataset) -> None:
    """Both images of a place are on one side, and both sides have images."""
    sides = {item.group: {other.split for other in chips.items if other.group == item.group} for item in chips.items}
    assert all(len(side) == 1 for side in sides.values())
    assert set().union(*sides.values()) == {"train", "test"}


def changed(tmp_path: Path, file: str, text: str) -> Path:
    made = tagged_folder(tmp_path / "chips", 6)
    with (made / file).open("a") as stream:
        stream.write(text)
    return made


@pytest.mark.parametrize(
    ("file", "text", "reason"),
    [
        ("train_v2.csv", "chip_99,red\n", "line 8: there is no image train-jpg/chip_99.jpg"),
        ("train_v2.csv", "chip_0,red\n", "line 8: train-jpg/chip_0.jpg stands at train_v2.csv line 2 already"),
        ("groups.csv", "chip_0,elsewhere\n", "groups.csv line 8: chip_0 stands at groups.csv line 2 in another group"),
        ("groups.csv", "chip_77,place\n", "groups.csv line 8: chip_77 is in no row of train_v2.csv"),
        ("train-jpg/extra.jpg", "x", "train-jpg/extra.jpg is in no row of train_v2.csv"),
        ("dataset.toml", 'labels = ["red", "green"]\n', "has 'blue', which the alphabet lacks"),
    ],
)
def test_what_does_not_fit_is_named(tmp_path: Path, file: str, text: str, reason: str) -> None:
    """Missing and extra images, rows twice, unknown tags: one line that names the row."""
    made = changed(tmp_path, file, text)
    with pytest.raises(DatasetError, match=reason.replace(".", r"\.")):
        datasets.load(made).check()


def test_one_kind_alone_is_refused(chips: Dataset) -> None:
    """There is nothing to learn, and the first row is named."""
    alike = replace(chips, items=tuple(replace(item, label="red") for item in chips.items))
    with pytest.raises(DatasetError, match=r"train_v2\.csv line \d+: .* nothing to tell apart"):
        fit(alike, "sklearn", name="alike")


def test_a_recipe_of_one_label_an_image_is_refused(chips: Dataset) -> None:
    """Several labels could not be learned with it, and what could is said."""
    with pytest.raises(LearningError, match="codec 'lattice' gives no several labels an image; try recipe 'tags'"):
        fit(chips, "sklearn", name="wrong", recipe="cuts")


@pytest.mark.parametrize("shape", [(32, 32), (20, 50, 3), (32, 32, 4)])
def test_images_of_another_size_or_channel_count_are_answered(chips: Dataset, shape: tuple[int, ...]) -> None:
    """Gray, oblong and transparent pictures are framed like the others."""
    model, _ = fit(chips, "sklearn", name="chips", options={"words": 8})
    image = np.full(shape, 120, np.uint8)
    assert Pipeline.load(model).solve(cv2.imencode(".png", image)[1].tobytes()).confidence >= 0
