"""From a dataset to a model file in one call: what `captchakit train` and the experiments do."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from importlib.metadata import version
from time import monotonic
from typing import Any

from captchakit.learning.dataset import Dataset
from captchakit.learning.export import export
from captchakit.learning.recipes import recipe_for
from captchakit.learning.training import Progress, Trained, train
from captchakit.reading.framing import Framing
from captchakit.registry import Step, classifiers, options_of


def fit(
    dataset: Dataset,
    classifier: str,
    *,
    name: str,
    options: Mapping[str, Any] | None = None,
    recipe: str = "cuts",
    filters: Sequence[Step] | None = None,
    seed: int = 0,
    minutes: float | None = None,
    experiment: str = "",
    report: Callable[[Progress], None] = lambda _: None,
) -> tuple[bytes, Trained]:
    """Check the dataset, train, and return the model file and the training.

    Raises `DatasetError` naming a row, `PluginError`, `OptionError`, or `LearningError`.
    """
    started = monotonic()
    part = classifiers.build(classifier, options)
    parts = recipe_for(dataset, recipe, filters)
    dataset.check()
    framing = Framing(part.height, part.width)
    trained = train(dataset, part, parts, framing, passes=part.passes, seed=seed, minutes=minutes, report=report)
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
    return export(trained, name, dataset.task, facts, experiment), trained
