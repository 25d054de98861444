"""`captchakit benchmark`."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated

import typer

from captchakit.cli import options
from captchakit.errors import OptionError
from captchakit.reading.library import DEFAULT_MODEL, shipped


def benchmark(
    datasets: Annotated[
        list[str] | None, typer.Argument(metavar="[DATASET...]", help="Dataset folders or zips; none: the shipped.")
    ] = None,
    model: Annotated[
        list[str] | None,
        typer.Option("--model", "-m", metavar="NAME|PATH", help="A model or registered solver; may be repeated."),
    ] = None,
    split: Annotated[str, typer.Option(help="train, validation, test or all.")] = "test",
    ignore_case: Annotated[bool, typer.Option("--ignore-case", help="Count a as A.")] = False,
    known_alphabet: Annotated[
        bool, typer.Option("--known-alphabet", help="Tell the solver the dataset's alphabet.")
    ] = False,
    alphabet: options.Alphabet = None,
    length: options.Length = None,
    pattern: options.Pattern = None,
    case: options.Case = None,
    evaluate: options.Evaluate = False,
    limit: Annotated[int | None, typer.Option(min=1, help="Only the first so many images.")] = None,
    json_file: Annotated[Path | None, typer.Option("--json", metavar="FILE", help="Write the rows as JSON.")] = None,
) -> None:
    """Measure solvers on labelled images.

    Without a dataset every shipped model runs on its shipped dataset. Each row is measured in a process of its own:
    exact match with its 95 % Wilson interval, character error rate (CER), yield (images in which as many characters
    were found as there are), expected calibration error of the confidence (ECE), the share of images that a
    threshold on it answers with 99 % right, the area under the risk-coverage curve (AURC), milliseconds from bytes to
    text, and peak memory. With --json also the precision-coverage curve. A solver is told what is known: alphabet,
    length, pattern, and with --ignore-case that case does not count. With --evaluate the results of sums are compared;
    labels may be these or the sums as written. Images of the split that are in another split too are told, and so are
    those that cannot be read, which count as wrong; the exit status is 1 then.

    Example: captchakit benchmark my-captchas/ --model plain-cnn --ignore-case
    """
    from captchakit.cli.scored import end_unreadable, tell_leaks  # noqa: PLC0415 - solve is quick
    from captchakit.learning.dataset import load  # noqa: PLC0415
    from captchakit.measuring.benchmark import Row, Task, measure_all, shipped_tasks  # noqa: PLC0415
    from captchakit.measuring.report import table  # noqa: PLC0415

    library = options.library()
    how = {
        "split": split,
        "ignore_case": ignore_case,
        "known_alphabet": known_alphabet,
        "limit": limit,
        "constraint": options.constraint(alphabet, length, pattern, case),
        "evaluate": evaluate,
        "folders": tuple(map(str, library.folders)),
    }
    if datasets:
        tasks = [Task(d, m, **how) for d in datasets for m in model or [DEFAULT_MODEL]]  # type: ignore[arg-type]
    else:
        tasks = [t for t in shipped_tasks(library, shipped("datasets"), **how) if not model or t.solver in model]
    if json_file is not None and not json_file.resolve().parent.is_dir():  # told before it is measured
        raise OptionError(f"there is no folder {json_file.parent}")
    if not tasks:
        raise OptionError("no model has a shipped dataset; name a dataset")
    for path in dict.fromkeys(task.dataset for task in tasks):
        tell_leaks(load(path), split, limit)
    rows: list[Row] = []
    for number, row in enumerate(measure_all(tasks), start=1):
        print(f"captchakit: {number}/{len(tasks)} {row.solver} on {row.dataset}", file=sys.stderr)
        rows.append(row)
    print(table(rows))
    if json_file is not None:
        try:
            json_file.write_text(json.dumps([row.to_json() for row in rows], indent=1) + "\n", encoding="utf-8")
        except OSError as error:
            raise OptionError(f"{json_file}: {error.strerror or error}") from None
    end_unreadable(f"{row.dataset}: {line}" for row in rows for line in row.unreadable)
