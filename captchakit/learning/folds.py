"""Held-out answers by folds: each part of a dataset is answered by what was learned from the others."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from captchakit.errors import DatasetError
from captchakit.learning.dataset import Dataset, Item
from captchakit.learning.examples import Framed, align, frame_all
from captchakit.learning.judging import spoken
from captchakit.learning.stored import for_learner
from captchakit.reading.card import Recipe
from captchakit.reading.framing import Framing
from captchakit.reading.prepare import Prepare
from captchakit.registry import codecs
from captchakit.stages import Classifier, Codec, Contract
from captchakit.types import Probabilities


@dataclass(frozen=True, slots=True)
class Fold:
    """What to learn from and what to answer, as places in the dataset's items."""

    name: str
    learn: tuple[int, ...]
    answer: tuple[int, ...]


def by_split(dataset: Dataset) -> list[Fold]:
    """Return one fold: everything but the test split, and the test split."""
    learn = tuple(n for n, item in enumerate(dataset.items) if item.split != "test")
    return [Fold("test", learn, tuple(n for n, item in enumerate(dataset.items) if item.split == "test"))]


def by_source(dataset: Dataset) -> list[Fold]:
    """Return a fold for each source, left out as a whole; raises `DatasetError` where there are not two sources."""
    return _left_out(dataset, lambda item: item.source, "source")


def _left_out(dataset: Dataset, part: Callable[[Item], str], word: str) -> list[Fold]:
    parts: Mapping[str, list[int]] = {}
    for number, item in enumerate(dataset.items):
        parts.setdefault(part(item), []).append(number)  # type: ignore[attr-defined]
    if len(parts) < 2:
        raise DatasetError(f"{dataset.name}: labels.csv names no two values of {word!r} to leave out in turn")
    everything = range(len(dataset.items))
    return [
        Fold(name, tuple(n for n in everything if n not in set(held)), tuple(held))
        for name, held in sorted(parts.items())
    ]


def held_out(
    dataset: Dataset,
    folds: Sequence[Fold],
    classifier: Classifier,
    recipe: Recipe,
    framing: Framing,
    *,
    passes: int,
    seed: int = 0,
    framed: Sequence[Framed] | None = None,
    more: Sequence[Framed] = (),
    report: Callable[[Fold], None] = lambda _: None,
) -> dict[int, Probabilities]:
    """Return for each item that a fold answers what the model of that fold says, `(N, T, C)`.

    Each model makes the same number of passes; nothing is chosen on what is held out. `more` are examples that every
    fold learns from. Images are prepared once, or given as `framed`.
    """
    codec: Codec = codecs.build(recipe.codec.name, recipe.codec.options, alphabet=dataset.alphabet)
    if framed is None:
        framed = frame_all(dataset, dataset.items, Prepare.from_recipe(recipe), framing)
    contract = Contract(framing.channels, framing.height, framing.width, codec.classes, codec.objective)
    answers: dict[int, Probabilities] = {}
    for fold in folds:
        learner = classifier.learner(contract, seed)
        examples = align([*(framed[n] for n in fold.learn), *more], codec, None)
        for done in range(passes):
            learner.learn(for_learner(learner, examples.tensor), examples.targets, done / passes)
            if learner.settled:
                break
        said = spoken(learner, [framed[n] for n in fold.answer])
        answers.update(zip(fold.answer, said, strict=True))
        report(fold)
    return answers


def scores_of(answers: Mapping[int, Probabilities]) -> np.ndarray[tuple[int, int], np.dtype[np.float32]]:
    """Return `(N, C)` of whole-image answers, in the order of the items that were answered."""
    return np.stack([answers[n][0, 0] for n in sorted(answers)])
