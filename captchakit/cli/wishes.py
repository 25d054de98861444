"""The options of `captchakit train` alone."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

Dataset = Annotated[str, typer.Argument(metavar="DATASET", help="A folder or zip of labelled images.")]
Output = Annotated[Path, typer.Option("--output", "-o", metavar="FILE", help="The model file to write, .onnx.")]
Start = Annotated[
    str | None,
    typer.Option("--from", metavar="NAME|PATH", help="Go on from this model, such as general: few labels do."),
]
Classifier = Annotated[
    str | None, typer.Option(metavar="NAME", help="A classifier that learns from nothing, cnn where none is named.")
]
Recipe = Annotated[
    str | None,
    typer.Option(
        metavar="NAME",
        help="cuts, contours, projection, fixed, whole, sequence, document, photo, tags; else what suits the task.",
    ),
]
Filters = Annotated[
    str | None, typer.Option(metavar="A,B,C", help="Filters instead of the recipe's own; see captchakit plugins.")
]
Option = Annotated[
    list[str] | None, typer.Option("--option", metavar="KEY=VALUE", help="An option of the classifier; repeatable.")
]
Labels = Annotated[
    int | None, typer.Option(min=1, metavar="N", help="Use only N labels: the first of a seeded shuffle.")
]
Unlabelled = Annotated[
    Path | None,
    typer.Option(metavar="DIR", help="With --from: more images of the same look, learned from where read surely."),
]
Resume = Annotated[bool, typer.Option("--resume", help="Go on with a training that was broken off.")]
Minutes = Annotated[
    float | None, typer.Option(min=0.0, help="Stop after so many minutes at the latest; with --from 10.")
]
Experiment = Annotated[str, typer.Option(metavar="NAME", help="Noted on the card.")]
Runs = Annotated[
    Path | None, typer.Option(metavar="DIR", help="Where the run is kept; otherwise CAPTCHAKIT_RUNS, else runs/.")
]
MlflowStore = Annotated[
    str | None, typer.Option(metavar="URI", help="An MLflow store that is told too, such as sqlite:///mlflow.db.")
]
