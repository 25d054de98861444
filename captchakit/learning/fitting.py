"""From a dataset to a model file in one call: what `captchakit train` and the experiments do."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from importlib.metadata import version
from math import sqrt
from pathlib import Path
from time import monotonic
from typing import Any

from captchakit.learning.checkpoint import Checkpoint
from captchakit.learning.dataset import Dataset
from captchakit.learning.examples import Preparing
from captchakit.learning.export import export
from captchakit.learning.recipes import ready, recipe_for
from captchakit.learning.trained import Progress, Trained
from captchakit.learning.training import train
from captchakit.reading.card import Recipe
from captchakit.reading.framing import Framing
from captchakit.registry import Step, answers, classifiers, options_of, segmenters
from captchakit.stages import Classifier, Narrowable, Shrinkable

SURE = 0.99
"""The exact match on validation from which it is tried whether coarser cuts or a smaller network do as well."""

_Way = tuple[Classifier, Recipe]


def _coarser(part: Classifier, recipe: Recipe) -> _Way | None:
    segmenter = segmenters.build(recipe.segmenter.name, recipe.segmenter.options)
    steps = segmenter.coarser() if isinstance(segmenter, Narrowable) else ()
    return (part, replace(recipe, segmenter=Step(recipe.segmenter.name, options_of(steps[0])))) if steps else None


def _smaller(part: Classifier, recipe: Recipe) -> _Way | None:
    steps = part.smaller() if isinstance(part, Shrinkable) else ()
    return (steps[0], recipe) if steps else None


def fit(  # noqa: PLR0913 - all that can be wished of a training, by name
    dataset: Dataset,
    classifier: str,
    *,
    name: str,
    options: Mapping[str, Any] | None = None,
    recipe: str | None = None,
    filters: Sequence[Step] | None = None,
    seed: int = 0,
    minutes: float | None = None,
    checkpoint: Path | None = None,
    resume: bool = False,
    experiment: str = "",
    report: Callable[[Progress], None] = lambda _: None,
    preparing: Callable[[Preparing], None] = lambda _: None,
) -> tuple[bytes, Trained]:
    """Check the dataset, train, and return the model file and the training.

    Where validation is read (nearly) without a mistake, coarser cuts are tried, and kept as long as they do as well,
    and then smaller networks, as long as what they read is within one standard error: fewer candidates and fewer sums
    are faster. The labels lie by then, so half the passes do.
    Where `checkpoint` names a file, what was learned is kept there after each pass, as far as the classifier can go on
    with it; with `resume` that is done. What is tried after that begins anew.
    Raises `DatasetError` naming a row, `PluginError`, `OptionError`, or `LearningError`.
    """
    started = monotonic()
    objectives = classifiers.build(classifier, options).objectives
    suited = ready(dataset, recipe, objectives)
    part: Classifier = classifiers.build(classifier, {**suited.options.get(classifier, {}), **(options or {})})
    parts = recipe_for(dataset, recipe, filters, objectives)
    if dataset.answer:
        answers.build(dataset.answer)
        parts = replace(parts, answer=Step(dataset.answer, {}))
    dataset.check()

    asked = {
        "dataset": dataset.name,
        "dataset_sha256": dataset.digest(),
        "classifier": classifier,
        "options": options_of(part),
        "recipe": repr(parts),
        "seed": seed,
        "alphabet": dataset.alphabet,
    }
    kept = None if checkpoint is None else Checkpoint(checkpoint, asked)

    def left() -> float | None:
        return None if minutes is None else max(0.0, minutes - (monotonic() - started) / 60)

    def trial(way: _Way, guide: Trained | None = None) -> Trained:
        by, cutting = way
        framing = suited.framing or Framing(by.height, by.width)
        passes = by.passes if guide is None else -(-by.passes // 2)
        return train(
            dataset,
            by,
            cutting,
            framing,
            passes=passes,
            seed=seed,
            minutes=left(),
            report=report,
            preparing=preparing,
            guide=guide,
            checkpoint=kept if guide is None else None,
            resume=resume,
        )

    way, trained = lightened((part, parts), trial((part, parts)), trial, left)
    facts = {
        **_facts(dataset, trained),
        "classifier": classifier,
        "options": options_of(way[0]),
        "seed": seed,
        "seconds": round(monotonic() - started, 1),
    }
    return export(trained, name, dataset.task, facts, experiment, dataset.constraint), trained


def lightened(
    way: _Way, trained: Trained, trial: Callable[[_Way, Trained], Trained], left: Callable[[], float | None]
) -> tuple[_Way, Trained]:
    """Return the lightest way that does as well, and what came of it; an interrupt keeps what was whole before.

    Cuts that are too coarse lose characters that no network can read, so they may cost nothing, nor may any label that
    could be laid on finer ones fit no more. Of networks the least is taken that is within one standard error (Breiman
    et al. 1984): so few images cannot tell them apart.
    """
    if trained.exact < SURE:
        return way, trained
    for lighter, errors in ((_coarser, 0), (_smaller, 1)):
        least = trained.exact - errors * standard_error(trained.exact, len(trained.validation))
        while left() != 0 and (step := lighter(*way)) is not None:
            if trained.interrupted:
                return way, trained
            try:
                again = trial(step, trained)
            except KeyboardInterrupt:
                return way, trained
            if again.exact < least or again.examples.used < trained.examples.used:
                if again.interrupted:
                    return way, trained
                break
            way, trained = step, again
    return way, trained


def standard_error(share: float, count: int) -> float:
    """Return the standard error of a share of `count`, never 0.

    Two more of each outcome are counted (Agresti and Coull 1998): of 60 images all of which are read, one may be lost.
    """
    nearer = (share * count + 2) / (count + 4)
    return sqrt(nearer * (1 - nearer) / (count + 4))


def _facts(dataset: Dataset, trained: Trained) -> dict[str, Any]:
    return {
        "dataset": dataset.name,
        "dataset_sha256": dataset.digest(),
        "passes": len(trained.history),
        "images": trained.examples.images,
        "images_used": trained.examples.used,
        "doubtful": len(trained.doubtful),
        "glyphs": len(trained.examples.tensor),
        "captchakit": version("captchakit-ocr"),
    }
