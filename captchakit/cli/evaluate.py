"""`captchakit evaluate`."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from captchakit.cli import options


def evaluate(
    dataset: Annotated[str, typer.Argument(metavar="DATASET", help="A folder or zip of labelled images.")],
    model: options.Model = None,
    split: Annotated[str, typer.Option(help="train, validation, test or all.")] = "test",
) -> None:
    """Print a model's scores on labelled images as JSON.

    Text: accuracy over whole images with its 95 % interval, character error rate, ROC AUC (macro one-versus-rest over
    characters). Classes: accuracy, macro F1, ROC AUC. Several labels: F2, precision and recall by label. For speed,
    memory and several models side by side, see captchakit benchmark. Images that cannot be read count as wrong, are
    named, and the exit status is 1.

    Example: captchakit evaluate my-captchas/ --model mine.onnx
    """
    from captchakit.cli.scored import end_unreadable, tell_leaks  # noqa: PLC0415 - solve starts quickly
    from captchakit.learning import dataset as datasets  # noqa: PLC0415
    from captchakit.measuring.scoring import score  # noqa: PLC0415

    data = datasets.load(dataset)
    tell_leaks(data, split)
    told = score(options.library().open(model), data, split)
    print(json.dumps(told, ensure_ascii=False, indent=1))
    end_unreadable(f"{data.name}: {line}" for line in told["unreadable"])
