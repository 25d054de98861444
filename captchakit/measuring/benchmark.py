"""Solvers on datasets: each pair in a process of its own, so that memory and speed are its own too."""

from __future__ import annotations

import multiprocessing
import resource
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import Any

import cv2

from captchakit.errors import ImageError
from captchakit.learning import dataset as datasets
from captchakit.learning.dataset import Dataset
from captchakit.measuring.evaluation import Evaluation, evaluate
from captchakit.measuring.statistics import percentile
from captchakit.reading.library import Library
from captchakit.registry import solvers
from captchakit.stages import Solver
from captchakit.types import ANYTHING, Constraint


@dataclass(frozen=True, slots=True)
class Task:
    """One row to measure: a dataset's path, a model (name or path) or registered solver, and how.

    `folders` are looked into for models before the shipped ones.
    """

    dataset: str
    solver: str
    split: str = "test"
    ignore_case: bool = False
    known_alphabet: bool = False
    limit: int | None = None
    folders: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Row:
    """What was measured: accuracy, milliseconds an image from bytes to text, and the process's peak memory in MB."""

    dataset: str
    solver: str
    evaluation: Evaluation
    median_ms: float
    p95_ms: float
    images_per_second: float
    peak_memory_mb: float
    unreadable: int

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
            "milliseconds": {"median": round(self.median_ms, 4), "p95": round(self.p95_ms, 4)},
            "images_per_second": round(self.images_per_second, 2),
            "peak_memory_mb": round(self.peak_memory_mb, 1),
            "unreadable": self.unreadable,
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
    solver = open_solver(task.solver, Library(task.folders))
    items = data.split(task.split)[: task.limit]
    images = [data.read(item) for item in items]
    constraint = _constraint(data, task)
    _try_once(solver, images[0], constraint)  # the first run allocates
    answers, seconds, unreadable = [], [], 0
    for image in images:
        started = perf_counter()
        try:
            answers.append(solver.solve(image, constraint).text)
        except ImageError:
            answers.append("")
            unreadable += 1
        seconds.append(perf_counter() - started)
    labels = [item.label for item in items]
    evaluation = evaluate(answers, labels, ignore_case=task.ignore_case or not data.case_sensitive)
    times = [s * 1000 for s in seconds]
    rate = len(images) / max(sum(seconds), 1e-9)
    spread = percentile(times, 50), percentile(times, 95)
    return Row(data.name, solver.name, evaluation, *spread, rate, peak_memory_mb(), unreadable)


def open_solver(name: str, library: Library) -> Solver:
    """Return a model's pipeline, or a solver that is registered by that name; raises `ModelError`, `PluginError`."""
    if name in solvers and name not in library:
        built: Solver = solvers.build(name)
        return built
    return library.open(name)


def shipped_tasks(library: Library, shipped_datasets: Path, **how: Any) -> list[Task]:
    """Return each model of the library on the shipped dataset that it was trained for, where that is shipped."""
    tasks = []
    for name in library:
        home = shipped_datasets / str(library.open(name).card.training.get("dataset", ""))
        if (home / "labels.csv").is_file():
            tasks.append(Task(str(home), name, **how))
    return tasks


def _constraint(data: Dataset, task: Task) -> Constraint:
    if not task.known_alphabet:
        return ANYTHING
    known = set(data.alphabet)
    if task.ignore_case or not data.case_sensitive:
        known |= {c.lower() for c in known} | {c.upper() for c in known}
    return Constraint(frozenset(known))


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
