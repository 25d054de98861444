"""`captchakit train`."""

from __future__ import annotations

import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from captchakit.cli import options, wishes
from captchakit.errors import OptionError
from captchakit.measuring.prospect import prospect
from captchakit.measuring.statistics import wilson
from captchakit.settings import Settings

if TYPE_CHECKING:  # solve starts quickly because training loads late
    from captchakit.learning.doubting import Doubt
    from captchakit.learning.trained import Trained

MOST_DOUBTS = 20
"""How many labels that look wrong are named."""


def train(
    dataset: wishes.Dataset,
    output: wishes.Output,
    start: wishes.Start = None,
    classifier: wishes.Classifier = None,
    recipe: wishes.Recipe = None,
    filters: wishes.Filters = None,
    option: wishes.Option = None,
    labels: wishes.Labels = None,
    unlabelled: wishes.Unlabelled = None,
    resume: wishes.Resume = False,
    alphabet: options.Alphabet = None,
    length: options.Length = None,
    pattern: options.Pattern = None,
    case: options.Case = None,
    evaluate: options.Evaluate = False,
    seed: options.Seed = 0,
    minutes: wishes.Minutes = None,
    experiment: wishes.Experiment = "",
    runs: wishes.Runs = None,
    mlflow: wishes.MlflowStore = None,
) -> None:
    """Learn a model from labelled images.

    The labels are strings; where the characters stand is found on the way. With --from general, 20 to 300 labels make
    a specialist of the shipped model, in minutes. What is validated on is held out; where labels are few, every one of
    them once. Labels that are contradicted with near-certainty are left out and named, for you to look at. An
    interrupt (or kill) ends the training with the best model so far and leaves a .checkpoint beside it, from which
    --resume goes on; what sklearn learns in one go has none. The run is kept with its configuration, curves and model;
    captchakit experiments lists and compares runs.

    Alphabet, length, pattern and case narrow what is learned and go into the model, which then keeps to them; a label
    that they do not allow is an error. Case maps the labels. --evaluate makes a model that answers sums.

    Example: captchakit train my-captchas/ --from general --output mine.onnx
    """
    try:  # here and not above: solve starts quickly because training loads late
        from captchakit.cli.learning import Asked, learned  # noqa: PLC0415
    except ImportError as error:
        raise OptionError(f"training needs captchakit-ocr with the extra 'train': {error}") from None

    _check_output(output)
    asked = Asked(
        dataset, output, start, _how(classifier, recipe, filters, option), labels, unlabelled, resume, seed, minutes,
        experiment, options.constraint(alphabet, length, pattern, case), "arithmetic" if evaluate else "",
    )  # fmt: skip
    settings = Settings.from_environment()
    started = time.monotonic()
    model, trained = learned(asked, runs or settings.runs, settings.mlflow if mlflow is None else mlflow)
    _tell(output, trained, f"{len(model) / 1000:.0f} kB; {time.monotonic() - started:.0f} s")
    _tell_doubts(trained.doubtful)


def _how(
    classifier: str | None, recipe: str | None, filters: str | None, option: Sequence[str] | None
) -> Mapping[str, Any]:
    """Return what was said of how to learn from nothing, as far as anything was."""
    steps = None if filters is None else [name.strip() for name in filters.split(",") if name.strip()]
    said = {"classifier": classifier, "recipe": recipe, "filters": steps, "options": dict(map(_option, option or []))}
    return {wish: value for wish, value in said.items() if value not in (None, {})}


def _tell(output: Path, trained: Trained, cost: str) -> None:
    """Say how well the model reads, and what more labels would bring."""
    n, examples = len(trained.validation), trained.examples
    if trained.gained is not None and trained.gained.labels:
        gained = trained.gained
        said = prospect(gained.before, trained.exact, n, gained.labels, examples.images)
        print(f"captchakit: {output}: {said}", file=sys.stderr)
    low, high = wilson(round(trained.exact * n), n)
    f2 = "" if trained.f2 is None else f"F2 {trained.f2:.3f} with thresholds tuned on the same images, "
    print(
        f"captchakit: {output}: {f2}exact match {trained.exact:.3f} ({low:.3f}-{high:.3f}) on {n} images "
        f"({trained.validated_on}); {examples.used} of {examples.images} images could be used; {cost}",
        file=sys.stderr,
    )


def _tell_doubts(doubtful: Sequence[Doubt]) -> None:
    """Name the labels that look wrong, the surest first."""
    if doubtful:
        print(f"captchakit: {len(doubtful)} labels look wrong and are worth a look:", file=sys.stderr)
    for doubt in sorted(doubtful, key=lambda d: -d.confidence)[:MOST_DOUBTS]:
        item = doubt.item
        told = f"labelled {item.label!r}, read as {doubt.text!r} ({doubt.confidence:.2f})"
        print(f"captchakit: {item.row}: {item.file}: {told}", file=sys.stderr)
    if len(doubtful) > MOST_DOUBTS:
        print(f"captchakit: and {len(doubtful) - MOST_DOUBTS} more", file=sys.stderr)


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
