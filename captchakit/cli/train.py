"""`captchakit train`."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import Annotated, Any

import typer

from captchakit.cli import options
from captchakit.errors import OptionError
from captchakit.measuring.statistics import wilson
from captchakit.settings import Settings


def train(
    dataset: Annotated[str, typer.Argument(metavar="DATASET", help="A folder or zip of labelled images.")],
    output: Annotated[Path, typer.Option("--output", "-o", metavar="FILE", help="The model file to write, .onnx.")],
    classifier: Annotated[str, typer.Option(metavar="NAME", help="A classifier; see captchakit plugins.")] = "cnn",
    recipe: Annotated[
        str | None,
        typer.Option(
            metavar="NAME", help="cuts, contours, projection, fixed, whole or document; otherwise what suits the task."
        ),
    ] = None,
    filters: Annotated[
        str | None, typer.Option(metavar="A,B,C", help="Filters instead of the recipe's own; see captchakit plugins.")
    ] = None,
    option: Annotated[
        list[str] | None, typer.Option("--option", metavar="KEY=VALUE", help="An option of the classifier; repeatable.")
    ] = None,
    seed: options.Seed = 0,
    minutes: Annotated[float | None, typer.Option(min=0.0, help="Stop after so many minutes at the latest.")] = None,
    experiment: Annotated[str, typer.Option(metavar="NAME", help="Noted on the card.")] = "",
    runs: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Where the run is kept; otherwise CAPTCHAKIT_RUNS, else runs/.")
    ] = None,
    mlflow: Annotated[
        str | None, typer.Option(metavar="URI", help="An MLflow store that is told too, such as sqlite:///mlflow.db.")
    ] = None,
) -> None:
    """Learn a model from labelled images.

    The labels are strings; where the characters stand is found on the way. A fifth of the train split is held out
    for validation unless there is a validation split. An interrupt ends the training with the best model so far.
    The run is kept with its configuration, curves and model; captchakit experiments lists and compares runs.

    Example: captchakit train my-captchas/ --classifier cnn --output mine.onnx
    """
    try:  # here and not above: solve starts quickly because training loads late
        from captchakit.cli.progress import Shown  # noqa: PLC0415
        from captchakit.learning import dataset as datasets  # noqa: PLC0415
        from captchakit.learning.tracking import tracked_fit, trackers  # noqa: PLC0415
        from captchakit.registry import Step  # noqa: PLC0415
    except ImportError as error:
        raise OptionError(f"training needs captchakit-ocr with the extra 'train': {error}") from None

    _check_output(output)
    steps = None if filters is None else [Step(name.strip(), {}) for name in filters.split(",") if name.strip()]
    data = datasets.load(dataset)
    settings = Settings.from_environment()
    tracker = trackers(runs or settings.runs, settings.mlflow if mlflow is None else mlflow)
    started = time.monotonic()
    with Shown() as shown:
        model, trained = tracked_fit(
            data,
            classifier,
            tracker=tracker,
            name=output.stem,
            options=dict(_option(given) for given in option or []),
            recipe=recipe,
            filters=steps,
            seed=seed,
            minutes=minutes,
            experiment=experiment,
            report=shown,
        )
    try:
        output.write_bytes(model)
    except OSError as error:
        raise OptionError(f"{output}: {error.strerror or error}") from None
    n = len(trained.validation)
    low, high = wilson(round(trained.exact * n), n)
    print(
        f"captchakit: {output}: exact match {trained.exact:.3f} ({low:.3f}-{high:.3f}) on {n} images "
        f"({trained.validated_on}); {trained.examples.used} of {trained.examples.images} images could be used; "
        f"{len(model) / 1000:.0f} kB; {time.monotonic() - started:.0f} s",
        file=sys.stderr,
    )


def _check_output(output: Path) -> None:
    """Refuse before training what could not be written after it."""
    if output.suffix != ".onnx":
        raise OptionError(f"--output names an ONNX file; {output} does not end in .onnx")
    if not output.resolve().parent.is_dir():
        raise OptionError(f"there is no folder {output.parent}")


def _option(given: str) -> tuple[str, Any]:
    key, equals, value = given.partition("=")
    if not equals or not key:
        raise OptionError(f"--option is KEY=VALUE, not {given!r}")
    for kind in (int, float):
        try:
            return key, kind(value)
        except ValueError:
            continue
    return key, value
