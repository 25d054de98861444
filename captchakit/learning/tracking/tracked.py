"""A training that is told to trackers."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from importlib.util import find_spec
from pathlib import Path
from time import monotonic
from typing import Any

from captchakit.errors import OptionError
from captchakit.learning.dataset import Dataset
from captchakit.learning.examples import Preparing
from captchakit.learning.export import git_commit
from captchakit.learning.fitting import fit
from captchakit.learning.recipes import chosen
from captchakit.learning.tracking.curves import curves_png, curves_tsv
from captchakit.learning.tracking.files import Files
from captchakit.learning.tracking.tracker import Start, Tracker, Trackers, new_id
from captchakit.learning.trained import Progress, Trained
from captchakit.registry import Step, classifiers


def trackers(folder: Path, mlflow: str = "", artifacts: Path | None = None) -> Tracker:
    """Return the sinks of one run: files always, TensorBoard where it is installed, MLflow where a store is named.

    MLflow keeps its files in `artifacts`, otherwise in `mlflow` in the folder of runs. Raises `OptionError` where it is
    wanted and not installed.
    """
    each: list[Tracker] = [Files(folder)]
    if find_spec("tensorboardX") is not None:
        from captchakit.learning.tracking.tensorboard import TensorBoard  # noqa: PLC0415 - an extra

        each.append(TensorBoard(folder))
    if mlflow:
        try:
            from captchakit.learning.tracking.mlflow import MLflow  # noqa: PLC0415 - an extra, and slow to load
        except ImportError as error:
            raise OptionError(f"MLflow needs captchakit-ocr with the extra 'mlflow': {error}") from None
        each.append(MLflow(mlflow, artifacts or folder / "mlflow"))
    return Trackers(tuple(each))


def tracked_fit(
    dataset: Dataset,
    classifier: str,
    *,
    tracker: Tracker,
    name: str,
    seed: int = 0,
    filters: Sequence[Step] | None = None,
    report: Callable[[Progress], None] = lambda _: None,
    preparing: Callable[[Preparing], None] = lambda _: None,
    **how: Any,
) -> tuple[bytes, Trained]:
    """Do what `fit` does and tell `tracker` of it from beginning to end; raises what `fit` raises."""
    steps = None if filters is None else [asdict(step) for step in filters]
    asked = {**configured(dataset, classifier, how), "filters": steps}

    def learn(told: Callable[[Progress], None]) -> tuple[bytes, Trained]:
        return fit(dataset, classifier, name=name, seed=seed, filters=filters, report=told, preparing=preparing, **how)

    return track(dataset, learn, tracker=tracker, name=name, seed=seed, asked=asked, report=report)


def configured(dataset: Dataset, classifier: str, how: Mapping[str, Any]) -> dict[str, Any]:
    """Return what `fit` is asked for, with the name of the recipe that it takes where none is given.

    Raises `PluginError`, `OptionError`.
    """
    objectives = classifiers.build(classifier, how.get("options")).objectives
    return {**how, "classifier": classifier, "recipe": chosen(dataset, how.get("recipe"), objectives)}


def track(
    dataset: Dataset,
    learn: Callable[[Callable[[Progress], None]], tuple[bytes, Trained]],
    *,
    tracker: Tracker,
    name: str,
    seed: int,
    asked: Mapping[str, Any],
    report: Callable[[Progress], None] = lambda _: None,
) -> tuple[bytes, Trained]:
    """Call `learn` with something that it reports its progress to, and tell `tracker` of it from beginning to end.

    `asked` is the configuration, in plain values. Raises `DatasetError` naming a row, and what `learn` raises.
    """
    dataset.check()  # before a run is begun: a dataset that cannot be read has no digest either
    start = Start(new_id(name), name, dataset.name, dataset.digest(), seed, git_commit(), asked)
    began = monotonic()
    history: list[dict[str, float]] = []

    def told(progress: Progress) -> None:
        row = _metrics(progress)
        history.append({"epoch": len(history) + 1, **row})
        tracker.epoch(len(history), row)
        report(progress)

    tracker.begin(start)
    try:
        model, trained = learn(told)
        _keep(tracker, model, history, name)
    except BaseException as error:
        stopped = isinstance(error, KeyboardInterrupt)
        tracker.end("interrupted" if stopped else "failed", {}, monotonic() - began)
        raise
    tracker.end("finished", _final(model, trained), monotonic() - began)
    return model, trained


def _metrics(progress: Progress) -> dict[str, float]:
    """Return what is known after a pass: where nothing is validated on, no score stands in it."""
    told = {
        "pass": progress.done,
        "loss": progress.loss,
        "exact_match": progress.exact,
        "best_exact_match": progress.best,
        "used_share": progress.used / progress.images,
        "seconds": progress.elapsed,
    }
    return {name: value for name, value in told.items() if value is not None}


def _keep(tracker: Tracker, model: bytes, history: Sequence[dict[str, float]], name: str) -> None:
    tracker.keep("model.onnx", model)
    tracker.keep("curves.tsv", curves_tsv(history))
    if find_spec("matplotlib") is not None:
        tracker.keep("curves.png", curves_png(history, name))


def _final(model: bytes, trained: Trained) -> dict[str, float]:
    return {
        "exact_match": trained.exact,
        "validation_images": len(trained.validation),
        "passes": len(trained.history),
        "temperature": trained.temperature,
        "model_bytes": len(model),
        **({} if trained.f2 is None else {"f2": trained.f2}),
    }
