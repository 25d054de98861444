"""Solvers on datasets: each pair in a process of its own, so that memory and speed are its own too."""

from __future__ import annotations

import multiprocessing
import resource
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from time import perf_counter
from typing import Any

import cv2

from captchakit.errors import ImageError
from captchakit.learning import dataset as datasets
from captchakit.learning.dataset import Dataset
from captchakit.measuring.coverage import Coverage
from captchakit.measuring.evaluation import Evaluation, evaluate, matches
from captchakit.measuring.statistics import percentile
from captchakit.reading.answers import arithmetic as sums
from captchakit.reading.calibration import expected_calibration_error
from captchakit.reading.library import Library
from captchakit.registry import answers, solvers
from captchakit.stages import Answer, Solver
from captchakit.types import ANYTHING, Constraint, Solution


@dataclass(frozen=True, slots=True)
class Task:
    """One row to measure: a dataset's path, a model (name or path) or registered solver, and how.

    `constraint` is asked of the solver, with the dataset's alphabet where that is to be known, and without regard to
    case where answers are compared so. `evaluate` compares the results of sums, whether the labels are these or the
    sums as written. `folders` are looked into for models before the shipped ones.
    """

    dataset: str
    solver: str
    split: str = "test"
    ignore_case: bool = False
    known_alphabet: bool = False
    limit: int | None = None
    folders: tuple[str, ...] = ()
    constraint: Constraint = ANYTHING
    evaluate: bool = False


@dataclass(frozen=True, slots=True)
class Row:
    """What was measured: accuracy, confidence, milliseconds from bytes to text, the process's peak memory in MB.

    `unreadable` are the images that counted as wrong because they cannot be read, by row and with the reason.
    """

    dataset: str
    solver: str
    evaluation: Evaluation
    coverage: Coverage
    calibration_error: float
    median_ms: float
    p95_ms: float
    images_per_second: float
    peak_memory_mb: float
    unreadable: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Return the row as plain values."""
        e = self.evaluation
        return {
            "dataset": self.dataset,
            "solver": self.solver,
            "n": e.n,
            "exact_match": round(e.exact_match, 6),
            "interval": [round(bound, 6) for bound in e.interval],
            "character_error_rate": round(e.character_error_rate, 6),
            "yield": round(e.segmentation_yield, 6),
            "expected_calibration_error": round(self.calibration_error, 6),
            **self.coverage.to_json(),
            "milliseconds": {"median": round(self.median_ms, 4), "p95": round(self.p95_ms, 4)},
            "images_per_second": round(self.images_per_second, 2),
            "peak_memory_mb": round(self.peak_memory_mb, 1),
            "unreadable": len(self.unreadable),
        }


def measure_all(tasks: Sequence[Task]) -> Iterator[Row]:
    """Measure each task in a fresh process, one after the other; raises what the first failing one raised."""
    fresh = multiprocessing.get_context("spawn")
    for task in tasks:
        with ProcessPoolExecutor(max_workers=1, mp_context=fresh) as pool:
            yield pool.submit(measure, task).result()


def measure(task: Task) -> Row:
    """Measure one task in this process, on one core; raises `DatasetError`, `ModelError`, `OptionError`."""
    cv2.setNumThreads(1)
    data = datasets.load(task.dataset)
    answer = "arithmetic" if task.evaluate else data.answer
    solver = open_solver(task.solver, Library(task.folders), answer)
    items = data.split(task.split)[: task.limit]
    images = [data.read(item) for item in items]
    constraint = _constraint(data, task, answer)
    _try_once(solver, images[0], constraint)  # the first run allocates
    solutions, seconds, unreadable = [], [], []
    for item, image in zip(items, images, strict=True):
        started = perf_counter()
        try:
            solutions.append(solver.solve(image, constraint))
        except ImageError as error:
            solutions.append(Solution("", 0.0))
            unreadable.append(f"{item.row}: {item.file}: {error}")
        seconds.append(perf_counter() - started)
    labels = _wanted([item.label for item in items], answer)
    ignore_case = constraint.case is not None or not data.case_sensitive
    texts, sure = [s.text for s in solutions], [s.confidence for s in solutions]
    right = [matches(a, b, ignore_case=ignore_case) for a, b in zip(texts, labels, strict=True)]
    times = [s * 1000 for s in seconds]
    return Row(
        data.name,
        solver.name,
        evaluate(texts, labels, ignore_case=ignore_case),
        Coverage.of(sure, right),
        expected_calibration_error(sure, right),
        percentile(times, 50),
        percentile(times, 95),
        len(images) / max(sum(seconds), 1e-9),
        peak_memory_mb(),
        tuple(unreadable),
    )


def _wanted(labels: Sequence[str], answer: str) -> list[str]:
    """Return the answers to labels as written; a label that has none is one."""
    if not answer:
        return list(labels)
    stage: Answer = answers.build(answer)
    return [label if (value := stage(label)) is None else value for label in labels]


def open_solver(name: str, library: Library, answer: str = "") -> Solver:
    """Return a model's pipeline, or a solver that is registered by that name; raises `ModelError`, `PluginError`.

    A pipeline can be given an `answer` stage; for another solver it is its own affair what it answers.
    """
    if name in solvers and name not in library:
        built: Solver = solvers.build(name)
        return built
    pipeline = library.open(name)
    return pipeline.evaluating(answer) if answer else pipeline


def shipped_tasks(library: Library, shipped_datasets: Path, **how: Any) -> list[Task]:
    """Return each model of the library on the shipped dataset that it was trained for, where that is shipped."""
    tasks = []
    for name in library:
        home = shipped_datasets / str(library.open(name).card.training.get("dataset", ""))
        if (home / "labels.csv").is_file():
            tasks.append(Task(str(home), name, **how))
    return tasks


def _constraint(data: Dataset, task: Task, answer: str) -> Constraint:
    constraint = task.constraint
    if task.ignore_case or not data.case_sensitive:
        constraint = constraint.over(Constraint(case="ignore"))
    if task.known_alphabet and constraint.alphabet is None:
        known = set(data.alphabet) | (set(sums.CHARACTERS) if answer else set())
        if constraint.case:  # spelled out for solvers that know of no case
            known |= {c.lower() for c in known} | {c.upper() for c in known}
        constraint = replace(constraint, alphabet=frozenset(known))
    return constraint


def _try_once(solver: Solver, image: bytes, constraint: Constraint) -> None:
    try:
        solver.solve(image, constraint)
    except ImageError:
        return


def peak_memory_mb() -> float:
    """Return the most memory that this process has held at once, in MB."""
    status = Path("/proc/self/status")
    if status.exists():  # getrusage would count what the parent held before this process began
        for line in status.read_text(encoding="ascii").splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) / 1024
    unit = 2**20 if sys.platform == "darwin" else 2**10
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit
