"""`captchakit experiments`."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from captchakit.cli.options import columns
from captchakit.errors import CaptchakitError, OptionError
from captchakit.settings import Settings

if TYPE_CHECKING:
    from captchakit.learning.tracking.runs import Run, Runs


def experiments(
    chosen: Annotated[
        list[str] | None, typer.Argument(metavar="[RUN...]", help="Runs by identifier, its beginning, or name.")
    ] = None,
    runs: Annotated[
        Path | None, typer.Option(metavar="DIR", help="The folder of runs; otherwise CAPTCHAKIT_RUNS, else runs/.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object for each run.")] = False,
) -> None:
    """List the trainings that were kept, or compare some.

    Without a run, one line each, oldest first: identifier, status, dataset, classifier, recipe, exact match on
    validation, passes, seconds. With one, all that is known of it; with several, the settings in which they differ
    and all their scores, side by side.

    Example: captchakit experiments plain-cnn plain-sklearn
    """
    from captchakit.learning.tracking.runs import Runs  # noqa: PLC0415 - solve starts quickly

    there = Runs(runs or Settings.from_environment().runs)
    if chosen is None and not there.folder.is_dir():
        raise OptionError(f"there is no folder of runs {there.folder}; captchakit train makes one")
    found = [there.find(name) for name in chosen] if chosen else _readable(there)
    if as_json:
        for run in found:
            print(json.dumps(run.to_json(), ensure_ascii=False))
    else:
        columns(_compared(found) if chosen else [HEADER, *map(_line, found)])


HEADER = ("run", "status", "dataset", "classifier", "recipe", "exact match", "passes", "seconds")


def _readable(there: Runs) -> list[Run]:
    found = []
    for name in there:
        try:
            found.append(there[name])
        except CaptchakitError as error:
            print(f"captchakit: {error}", file=sys.stderr)
    return found


def _line(run: Run) -> tuple[str, ...]:
    asked = [str(run.configuration.get(key) or "") for key in ("classifier", "recipe")]
    if start := run.configuration.get("from"):
        asked[1] = f"from {start}"
    scores = [_cell(run.metrics.get(key, "")) for key in ("exact_match", "passes")]
    return (run.id, run.status, run.dataset, *asked, *scores, f"{run.seconds:.0f}")


def _compared(runs: Sequence[Run]) -> list[tuple[str, ...]]:
    from captchakit.learning.tracking.runs import compared  # noqa: PLC0415

    rows = compared(runs)
    return [("", *(run.id for run in runs)), *((name, *map(_cell, values)) for name, values in rows)]


def _cell(value: object) -> str:
    if isinstance(value, float):
        return f"{value:.4g}"
    return "" if value is None else str(value)
