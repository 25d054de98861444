"""From a dataset and a model to a model file in one call: what `captchakit train --from` does."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path
from time import monotonic
from typing import Any

from captchakit.learning.checkpoint import Checkpoint
from captchakit.learning.dataset import Dataset
from captchakit.learning.export import export
from captchakit.learning.quantizing import quantized
from captchakit.learning.trained import Progress, Trained
from captchakit.learning.tuning.missing import widened
from captchakit.learning.tuning.schedule import MINUTES, tuned
from captchakit.learning.tuning.start import Start
from captchakit.reading.model import Model
from captchakit.registry import options_of


def tune(
    dataset: Dataset,
    model: Path,
    *,
    name: str,
    seed: int = 0,
    minutes: float | None = None,
    unlabelled: Path | None = None,
    checkpoint: Path | None = None,
    resume: bool = False,
    experiment: str = "",
    report: Callable[[Progress], None] = lambda _: None,
) -> tuple[bytes, Trained]:
    """Check the dataset, go on from a model with its labels, and return the new model file and the training.

    Where nobody said what the alphabet is, labels too few to show all of it are taken to have missed some (`widened`).
    Where `checkpoint` names a file, what was learned is kept there after each pass, until the model is whole.
    Raises `DatasetError` naming a row, `ModelError`, `OptionError`, or `LearningError`.
    """
    began = monotonic()
    dataset.check()
    dataset = widened(dataset, Model.open(model).card.alphabet)
    start = Start.of(model, dataset.alphabet, dataset.answer)
    asked = _asked(dataset, start, seed)
    kept = None if checkpoint is None else Checkpoint(checkpoint, {**asked, "alphabet": dataset.alphabet})
    trained = tuned(
        dataset,
        start,
        seed=seed,
        minutes=MINUTES if minutes is None else minutes,
        unlabelled=unlabelled,
        checkpoint=kept,
        resume=resume,
        report=report,
    )
    trained = replace(trained, learner=quantized(trained.learner, trained.codec, trained.validation))
    facts = {
        **asked,
        **_facts(trained),
        "unlabelled": unlabelled is not None,
        "seconds": round(monotonic() - began, 1),
        "captchakit": version("captchakit-ocr"),
    }
    return export(trained, name, dataset.task, facts, experiment, dataset.constraint), trained


def _asked(dataset: Dataset, start: Start, seed: int) -> dict[str, Any]:
    """Return what the card tells of what was learned from, and how."""
    return {
        "dataset": dataset.name,
        "dataset_sha256": dataset.digest(),
        "classifier": start.card.training["classifier"],
        "options": options_of(start.classifier),
        "from": start.card.name,
        "from_sha256": hashlib.sha256(start.model).hexdigest(),
        "seed": seed,
    }


def _facts(trained: Trained) -> dict[str, float]:
    """Return what the card tells of how the training went."""
    told: dict[str, float] = {"passes": len(trained.history), "images": trained.examples.images}
    if trained.gained is not None:
        told |= {"exact_match_before": round(trained.gained.before, 4), "kept_of_weights": trained.gained.kept}
    return told
