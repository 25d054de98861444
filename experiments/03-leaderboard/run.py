"""All readers on all schemes, in one run: per character, by sequence, with no label and with a few, and other people's.

    python experiments/03-leaderboard/run.py SCHEMES --models DIR --measure

SCHEMES is the folder that holds the schemes; models are kept in DIR and not trained twice. --labels names the numbers
of labels to tune the general reader with, --only some of the schemes, --readers some of the readers, all with commas
between; --processes trains so many models at once, --minutes ends the training of each. What --measure does not score
anew stays as an earlier run scored it; the tables say which run that was. Needs the extras train and rivals.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, datetime
from itertools import pairwise
from multiprocessing import get_context
from pathlib import Path
from time import monotonic
from typing import Any

from tables import tables

from captchakit.errors import LearningError
from captchakit.learning import dataset as datasets
from captchakit.learning.fitting import fit
from captchakit.learning.labels import limited
from captchakit.learning.tuning import tune
from captchakit.measuring.benchmark import Row, Task, measure_all
from captchakit.reading.calibration import expected_calibration_error
from captchakit.reading.library import DEFAULT_MODEL, Library
from captchakit.reading.model import Model

HERE = Path(__file__).resolve().parent
Rows = Mapping[tuple[str, str], Row]
Fields = dict[str, Any]
READERS = ("sklearn", "cnn", "general", "tuned", "selftuned", "ddddocr", "rapidocr")
TUNED = ("tuned", "selftuned")
"""Readers with a column for each number of labels; the second learns from the other train images too, unlabelled."""
APART = "hanzi-3"
"""A scheme of Chinese characters: no reader of ours knows them without labels."""


def main() -> None:
    """Train what is missing; with --measure, score everything and write results.json and results.md."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("schemes", type=Path)
    parser.add_argument("--models", type=Path, required=True)
    parser.add_argument("--only", default="")
    parser.add_argument("--readers", default=",".join(READERS))
    parser.add_argument("--labels", default="20,50,100,300")
    parser.add_argument("--processes", type=int, default=1)
    parser.add_argument("--minutes", type=float)
    parser.add_argument("--measure", action="store_true")
    given = parser.parse_args()
    if given.only and given.measure:
        parser.error("--measure scores whole columns: leave --only out")
    schemes = sorted(p.parent for p in given.schemes.glob("*/dataset.toml") if p.parent.name != APART)
    schemes = [s for s in schemes if not given.only or s.name in given.only.split(",")]
    counts = [int(count) for count in given.labels.split(",")]
    given.models.mkdir(parents=True, exist_ok=True)
    columns = _columns(given.readers.split(","), counts)
    wanted = [(scheme, column, given.models, given.minutes) for column in columns for scheme in schemes]
    with ProcessPoolExecutor(given.processes, get_context("spawn")) as pool:
        for told in pool.map(_train, *zip(*wanted, strict=True)):
            if told:
                print(told, flush=True)
    if given.measure:
        _measure(schemes, columns, given.models)


def _columns(readers: Sequence[str], counts: Sequence[int]) -> list[str]:
    each = [[f"{reader}-{count}" for count in counts] if reader in TUNED else [reader] for reader in readers]
    return [column for columns in each for column in columns]


def _train(scheme: Path, column: str, models: Path, minutes: float | None) -> str:
    """Make the model of a column where it needs one and has none; return a line on how it went."""
    path, started = models / f"{scheme.name}-{column}.onnx", monotonic()
    kind, _, count = column.partition("-")
    if path.exists() or kind not in (*TUNED, "sklearn", "cnn"):
        return ""
    data = datasets.load(scheme)
    name, question = path.stem, "03-leaderboard"
    try:
        if kind in TUNED:
            some = limited(data, int(count), 0) if int(count) <= len(data.split("train")) else data
            start, other = Library()[DEFAULT_MODEL], scheme if kind == "selftuned" else None
            model, trained = tune(some, start, name=name, minutes=minutes, unlabelled=other, experiment=question)
        else:
            model, trained = fit(data, kind, name=name, minutes=minutes, experiment=question)
    except LearningError as error:
        return f"{path.stem}: {error}"
    path.write_bytes(model)
    return f"{path.stem}: validation {trained.exact:.3f}, {monotonic() - started:.0f} s"


def _measure(schemes: Sequence[Path], columns: Sequence[str], models: Path) -> None:
    """Score the columns side by side, in one run; those of earlier runs that are not scored anew stay as they are."""
    cells = {(s.name, c): _solver(s, c, models) for s in schemes for c in columns}
    there = {cell: solver for cell, solver in cells.items() if solver}
    homes = {s.name: str(s) for s in schemes}
    tasks = [Task(homes[name], solver, ignore_case=True, known_alphabet=True) for (name, _), solver in there.items()]
    rows = dict(zip(there, measure_all(tasks), strict=True))
    told = [{"column": cell[1], **row.to_json(), **_cost(there[cell])} for cell, row in rows.items()]
    run = datetime.now(UTC).strftime("%Y-%m-%d %H:%M")
    about = {c: {"run": run, **_about(rows, c, models)} for c in columns if any(cell[1] == c for cell in rows)}
    told, about = _with_earlier(told, about)
    (HERE / "results.json").write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")
    (HERE / "columns.json").write_text(json.dumps(about, indent=1) + "\n", encoding="utf-8")
    (HERE / "results.md").write_text(tables(told, about), encoding="utf-8")


def _with_earlier(rows: list[Fields], about: dict[str, Fields]) -> tuple[list[Fields], dict[str, Fields]]:
    """Return rows and columns with those of earlier runs that were not scored now, in the order of the table."""
    if not (HERE / "columns.json").exists():
        return rows, about
    earlier: list[Fields] = json.loads((HERE / "results.json").read_text(encoding="utf-8"))
    columns: dict[str, Fields] = json.loads((HERE / "columns.json").read_text(encoding="utf-8")) | about
    every = _columns(READERS, sorted({int(c.partition("-")[2]) for c in columns if c.partition("-")[0] in TUNED}))
    rows = sorted(
        [*rows, *(row for row in earlier if row["column"] not in about)],
        key=lambda row: (every.index(row["column"]), row["dataset"]),
    )
    return rows, {column: columns[column] for column in every if column in columns}


def _about(rows: Rows, column: str, models: Path) -> Fields:
    """Return a column's calibration error over the images of all schemes, and which model was tuned, by its hash."""
    sure, right = list[float](), list[bool]()
    for (_, reader), row in rows.items():
        if reader == column:
            hits = [0, *row.coverage.right]
            sure += row.coverage.confidences
            right += [after > before for before, after in pairwise(hits)]
    found: Fields = {"calibration_error": round(expected_calibration_error(sure, right), 6)}
    tuned = {str(Model.open(path).card.training.get("from_sha256"))[:8] for path in models.glob(f"*-{column}.onnx")}
    return found | ({"from": ", ".join(sorted(tuned))} if column.partition("-")[0] in TUNED else {})


def _cost(solver: str) -> dict[str, float]:
    """Return the size of a model, and how long its training took where that is a part of the experiment."""
    path = Library()[solver] if solver == DEFAULT_MODEL else Path(solver)
    if not path.is_file():
        return {}
    seconds = Model.open(path).card.training.get("seconds")
    return {"kilobytes": round(path.stat().st_size / 1000, 1), **({} if seconds is None else {"seconds": seconds})}


def _solver(scheme: Path, column: str, models: Path) -> str:
    if column in ("ddddocr", "rapidocr"):
        return column
    if column == "general":
        return DEFAULT_MODEL
    path = models / f"{scheme.name}-{column}.onnx"
    return str(path) if path.exists() else ""


if __name__ == "__main__":
    main()
