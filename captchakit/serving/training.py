"""One training, in a process of its own: `python -m captchakit.serving.training NUMBER`.

What it takes of memory is given back when it ends, and it ends when the worker that started it does.
"""

from __future__ import annotations

import hashlib
import os
import sys
from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING, Any

from captchakit.errors import CaptchakitError, ImageError, LearningError
from captchakit.learning.dataset import Dataset
from captchakit.measuring.evaluation import evaluate
from captchakit.measuring.statistics import wilson
from captchakit.reading.library import Library
from captchakit.reading.pipeline import Pipeline
from captchakit.serving.adding import kept_dataset
from captchakit.serving.store.experiments import Experiment
from captchakit.serving.store.store import Store
from captchakit.settings import Settings

if TYPE_CHECKING:  # an extra
    from captchakit.learning.trained import Progress, Trained

    Learn = Callable[[Callable[[Progress], None]], tuple[bytes, Trained]]

NICE = 10
"""Training takes what the web process leaves of the cores."""

Report = Callable[[Mapping[str, Any]], None]


def learn(dataset: Dataset, experiment: Experiment, settings: Settings, report: Report) -> tuple[bytes, dict[str, Any]]:
    """Train as an experiment asks, and return the model file and its metrics.

    The one place where the service calls the learning. Raises `DatasetError`, `LearningError`, `ModelError`,
    `OptionError`, `PluginError`.
    """
    try:
        from captchakit.learning.tracking import track, trackers  # noqa: PLC0415 - an extra
    except ImportError as error:
        raise LearningError(f"training needs captchakit-ocr with the extra 'train': {error}") from None
    asked = experiment.parameters
    # Not named after the attempt: a training that was killed goes on where it was.
    checkpoint = settings.learned / f".experiment-{experiment.id}.checkpoint"
    settings.learned.mkdir(parents=True, exist_ok=True)
    if asked.get("from") is None:
        learned = _from_nothing(dataset, experiment, checkpoint)
    else:
        learned = _from_model(dataset, experiment, checkpoint, Library((*settings.models, settings.learned)))
    model, trained = track(
        dataset,
        learned,
        tracker=trackers(settings.data / "runs", settings.mlflow),
        name=experiment.name,
        seed=asked["seed"],
        asked=asked,
        report=lambda progress: report(asdict(progress)),
    )
    checkpoint.unlink(missing_ok=True)
    n = len(trained.validation)
    metrics = _scores(round(trained.exact * n), n)
    if trained.gained is not None:
        metrics["exact_match_before"] = trained.gained.before
    return model, {**metrics, "validated_on": trained.validated_on, **_tested(model, dataset)}


def _from_nothing(dataset: Dataset, experiment: Experiment, checkpoint: Path) -> Learn:
    from captchakit.learning.fitting import fit  # noqa: PLC0415 - an extra

    asked = experiment.parameters
    return lambda told: fit(
        dataset,
        asked["classifier"],
        name=experiment.name,
        options=asked["options"],
        recipe=asked["recipe"],
        seed=asked["seed"],
        minutes=asked["minutes"],
        checkpoint=checkpoint,
        resume=checkpoint.exists(),
        experiment=str(experiment.id),
        report=told,
    )


def _from_model(dataset: Dataset, experiment: Experiment, checkpoint: Path, library: Library) -> Learn:
    from captchakit.learning.tuning import tune  # noqa: PLC0415 - an extra

    asked = experiment.parameters
    return lambda told: tune(
        dataset,
        library.path(asked["from"]),
        name=experiment.name,
        seed=asked["seed"],
        minutes=asked["minutes"],
        checkpoint=checkpoint,
        resume=checkpoint.exists(),
        experiment=str(experiment.id),
        report=told,
    )


def _scores(right: int, n: int) -> dict[str, Any]:
    low, high = wilson(right, n)
    return {"exact_match": right / n if n else 0.0, "interval": [low, high], "n": n}


def _tested(model: bytes, dataset: Dataset) -> dict[str, Any]:
    """Return the metrics on the test split, for people: nothing is chosen by them."""
    items = [item for item in dataset.items if item.split == "test"]
    if not items:
        return {}
    pipeline = Pipeline.load(model)
    texts = [_text(pipeline, dataset.read(item)) for item in items]
    found = evaluate(texts, [item.label for item in items], ignore_case=not dataset.case_sensitive)
    return {"test": {**_scores(found.right, found.n), "character_error_rate": found.character_error_rate}}


def _text(pipeline: Pipeline, data: bytes) -> str:
    try:
        return pipeline.solve(data).text
    except ImageError:
        return ""


def run(settings: Settings, store: Store, number: int) -> None:
    """Do the experiment of that number, and note what came of it or why nothing did."""
    experiment = store.experiments.get(number)
    if experiment is None:
        raise LearningError(f"there is no experiment {number}")
    version = store.datasets.version(experiment.dataset, experiment.dataset_version)
    if version is None:
        raise LearningError(f"dataset {experiment.dataset!r} has no version {experiment.dataset_version}")
    passes: list[Mapping[str, Any]] = []

    def report(told: Mapping[str, Any]) -> None:
        if not passes:  # what an attempt before this one has told, as far as it is gone on with
            passes.extend(p for p in experiment.progress if p["done"] < told["done"])
        passes.append(told)
        store.experiments.progress(number, passes)

    model, metrics = learn(kept_dataset(store, version), experiment, settings, report)
    path = keep(store.models_folder, f"experiment-{number}.onnx", model)
    store.experiments.finish(number, metrics, hashlib.sha256(model).hexdigest(), path.name)


def keep(folder: Path, name: str, data: bytes) -> Path:
    """Write a file so that it is there whole or not at all, and return its path."""
    folder.mkdir(parents=True, exist_ok=True)
    beside, whole = folder / f".{name}", folder / name
    with beside.open("wb") as stream:
        stream.write(data)
        stream.flush()
        os.fsync(stream.fileno())
    return beside.replace(whole)


def _end_with_parent() -> None:
    """End when the worker does: it holds the other end of standard input, and lets go of it however it dies."""

    def wait() -> None:
        os.read(0, 1)  # not through sys.stdin: its lock must be free when the interpreter ends
        os._exit(3)

    Thread(target=wait, daemon=True).start()


def main() -> None:
    """Do one experiment; what is wrong with it is one line on standard error, and status 1."""
    _end_with_parent()
    os.nice(NICE)
    settings = Settings.from_environment()
    store = Store(settings)
    try:
        run(settings, store, int(sys.argv[1]))
    except CaptchakitError as error:
        print(error, file=sys.stderr)
        sys.exit(1)
    finally:
        store.close()


if __name__ == "__main__":
    main()
