"""From a dataset to a model file in one call: what `captchakit train` and the experiments do."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from importlib.metadata import version
from time import monotonic
from typing import Any

from captchakit.learning.dataset import Dataset
from captchakit.learning.export import export
from captchakit.learning.recipes import ready, recipe_for
from captchakit.learning.training import Progress, Trained, train
from captchakit.reading.card import Recipe
from captchakit.reading.framing import Framing
from captchakit.registry import Step, answers, classifiers, options_of, segmenters
from captchakit.stages import Narrowable

SURE = 0.99
"""The exact match on validation from which it is tried whether coarser cuts, which are faster, do as well."""


def _coarser(recipe: Recipe) -> Recipe | None:
    segmenter = segmenters.build(recipe.segmenter.name, recipe.segmenter.options)
    steps = segmenter.coarser() if isinstance(segmenter, Narrowable) else ()
    step = Step(recipe.segmenter.name, options_of(steps[0])) if steps else None
    return None if step is None else replace(recipe, segmenter=step)


def fit(
    dataset: Dataset,
    classifier: str,
    *,
    name: str,
    options: Mapping[str, Any] | None = None,
    recipe: str | None = None,
    filters: Sequence[Step] | None = None,
    seed: int = 0,
    minutes: float | None = None,
    experiment: str = "",
    report: Callable[[Progress], None] = lambda _: None,
) -> tuple[bytes, Trained]:
    """Check the dataset, train, and return the model file and the training.

    Where validation is read (nearly) without a mistake, a segmenter that can be coarser is tried so, and kept where it
    does as well: fewer candidates are faster.
    Raises `DatasetError` naming a row, `PluginError`, `OptionError`, or `LearningError`.
    """
    started = monotonic()
    objectives = classifiers.build(classifier, options).objectives
    suited = ready(dataset, recipe, objectives)
    part = classifiers.build(classifier, {**suited.options.get(classifier, {}), **(options or {})})
    parts = recipe_for(dataset, recipe, filters, objectives)
    if dataset.answer:
        answers.build(dataset.answer)
        parts = replace(parts, answer=Step(dataset.answer, {}))
    dataset.check()
    framing = suited.framing or Framing(part.height, part.width)
    trained = train(dataset, part, parts, framing, passes=part.passes, seed=seed, minutes=minutes, report=report)
    while (coarser := _coarser(parts)) is not None and trained.exact >= SURE:
        parts = coarser
        left = None if minutes is None else max(0.0, minutes - (monotonic() - started) / 60)
        try:
            again = train(dataset, part, parts, framing, passes=part.passes, seed=seed, minutes=left, report=report)
        except KeyboardInterrupt:
            break  # what was learned before is whole
        if again.exact < trained.exact:
            break
        trained = again
    facts = {
        "dataset": dataset.name,
        "dataset_sha256": dataset.digest(),
        "classifier": classifier,
        "options": options_of(part),
        "seed": seed,
        "passes": len(trained.history),
        "images": trained.examples.images,
        "images_used": trained.examples.used,
        "glyphs": len(trained.examples.tensor),
        "seconds": round(monotonic() - started, 1),
        "captchakit": version("captchakit-ocr"),
    }
    return export(trained, name, dataset.task, facts, experiment, dataset.constraint), trained
