"""Solvers on datasets."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from captchakit import Library
from captchakit.errors import DatasetError, ModelError, OptionError
from captchakit.learning import dataset as datasets
from captchakit.learning.dataset import Dataset, Sample, write
from captchakit.learning.fitting import fit
from captchakit.measuring.benchmark import Row, Task, measure, measure_all, shipped_tasks
from captchakit.measuring.coverage import Coverage
from captchakit.measuring.evaluation import evaluate
from captchakit.measuring.report import COLUMNS, markdown, table
from captchakit.types import Constraint
from tests.conftest import QUICK
from tests.pictures import samples, texts, write_dataset


@pytest.fixture
def task(letters_folder: Path, models_folder: Path) -> Task:
    """The letters' test split, read by the model that was trained for it."""
    return Task(str(letters_folder), "letters-cuts", folders=(str(models_folder),))


def test_a_row_says_what_was_measured(task: Task) -> None:
    """Accuracy with its interval, error rate, times, throughput and memory are those of the split."""
    row = measure(task)
    assert (row.dataset, row.solver) == ("letters", "letters-cuts")
    assert row.evaluation.n == 12
    assert row.evaluation.exact_match >= 0.9
    assert 0 < row.median_ms <= row.p95_ms < 1000
    assert row.images_per_second > 1
    assert row.peak_memory_mb > 10
    assert row.unreadable == ()


def test_a_row_in_json_has_the_agreed_names(task: Task) -> None:
    """The fields that others read are there, as plain numbers."""
    values = measure(task).to_json()
    assert {
        "dataset",
        "solver",
        "n",
        "exact_match",
        "interval",
        "character_error_rate",
        "expected_calibration_error",
        "coverage_at_precision",
        "precision_at_coverage",
        "aurc",
        "milliseconds",
    } <= values.keys()
    low, high = values["interval"]
    assert low <= values["exact_match"] <= high
    assert values["milliseconds"].keys() == {"median", "p95"}


@pytest.mark.parametrize(
    ("split", "limit", "n"), [("train", None, 40), ("all", None, 52), ("test", 5, 5), ("test", 99, 12)]
)
def test_split_and_limit_choose_the_images(task: Task, split: str, limit: int | None, n: int) -> None:
    """The images are those of the split, the first so many of them."""
    assert measure(Task(task.dataset, task.solver, split, limit=limit, folders=task.folders)).evaluation.n == n


def test_an_unreadable_image_is_an_error_not_an_end(task: Task, tmp_path: Path) -> None:
    """An image that is none counts as wrong, at whatever place it stands, and the row names it."""
    bad = Sample(b"no image", ".png", "ABT", "test")
    path = write_dataset(tmp_path / "some-bad", [bad, *samples(texts(3, "ABT", 3, 5), "test", 700)])
    row = measure(Task(str(path), task.solver, folders=task.folders))
    (told,) = row.unreadable
    assert row.evaluation.n == 4
    assert told.startswith("labels.csv line 2: images/00000.png: not an image")
    assert row.evaluation.right <= 3
    assert row.to_json()["unreadable"] == 1


def test_a_known_alphabet_bounds_the_answers(task: Task, tmp_path: Path) -> None:
    """Told the dataset's alphabet, a solver answers nothing else; without, it says what it sees."""
    path = write_dataset(tmp_path / "two", samples(texts(6, "AT", 3, 5), "test", 700), "AT")
    told = Task(str(path), task.solver, known_alphabet=True, folders=task.folders)
    assert measure(told).evaluation.exact_match >= 0.8
    strange = write_dataset(tmp_path / "digits", samples(texts(2, "12", 3, 5), "test", 700), "12")
    with pytest.raises(OptionError, match="knows no label"):
        measure(Task(str(strange), task.solver, known_alphabet=True, folders=task.folders))


def test_case_is_ignored_where_told_or_where_it_does_not_matter(task: Task, tmp_path: Path) -> None:
    """Labels in the other case are right with `ignore_case`, or where the dataset says that case does not matter."""
    made = [Sample(s.data, s.suffix, s.label.lower(), s.split) for s in samples(texts(4, "ABT", 3, 5), "test", 700)]
    path = write_dataset(tmp_path / "lower", made, "abt")
    assert measure(Task(str(path), task.solver, folders=task.folders)).evaluation.right == 0
    assert measure(Task(str(path), task.solver, ignore_case=True, folders=task.folders)).evaluation.right >= 3
    about = (path / "dataset.toml").read_text().replace("case_sensitive = true", "case_sensitive = false")
    (path / "dataset.toml").write_text(about)
    assert measure(Task(str(path), task.solver, folders=task.folders)).evaluation.right >= 3


def test_a_constraint_is_asked_of_the_solver(task: Task) -> None:
    """Answers keep to it: with a length that no label has, none is right."""
    two = Task(task.dataset, task.solver, constraint=Constraint(length=(2, 2)), folders=task.folders)
    assert measure(two).evaluation.counted == 0


@pytest.mark.parametrize("labels", [["1+1=", "1+1=", "1+1="], ["2", "2", "2"]])
def test_results_of_sums_are_compared(tmp_path: Path, labels: list[str]) -> None:
    """Where the dataset says so, or with `evaluate`, a label may be the sum as written or its result."""
    learned = samples(["1+1="] * 6, "train")
    model = fit(_sums(tmp_path / "learned", learned), "sklearn", name="sums", options=QUICK, recipe="projection")[0]
    (tmp_path / "sums.onnx").write_bytes(model)
    drawn = samples(["1+1="] * 3, "test", 50)
    data = _sums(tmp_path / "told", [replace(s, label=label) for s, label in zip(drawn, labels, strict=True)])
    row = measure(Task(str(tmp_path / "told"), "sums", known_alphabet=True, folders=(str(tmp_path),)))
    assert data.answer == "arithmetic"
    assert row.evaluation.right == 3


def _sums(path: Path, made: list[Sample]) -> Dataset:
    """Write a dataset of sums and load it."""
    lengths = [len(s.label) for s in made]
    about: dict[str, str | int | bool] = {"min_length": min(lengths), "max_length": max(lengths)}
    write(path, made, name=path.name, task="text", alphabet="12+=", answer="arithmetic", **about)
    return datasets.load(path)


def test_each_pair_is_measured_in_a_fresh_process(task: Task) -> None:
    """The process's peak memory is its own, less than that of this one with its trainers loaded."""
    (row,) = measure_all([task])
    assert row.evaluation.exact_match >= 0.9
    assert row.peak_memory_mb < 400


@pytest.mark.parametrize(
    ("dataset", "solver", "kind"), [("none", "letters-cuts", DatasetError), (None, "none", ModelError)]
)
def test_what_is_not_there_is_refused(task: Task, dataset: str | None, solver: str, kind: type[Exception]) -> None:
    """An error in the measuring process arrives here as it was."""
    with pytest.raises(kind, match="none"):
        list(measure_all([Task(dataset or task.dataset, solver, folders=task.folders)]))


def test_shipped_models_run_on_the_dataset_that_they_were_trained_for(
    letters_folder: Path, models_folder: Path, tmp_path: Path
) -> None:
    """A model's card leads to its shipped dataset; a model whose dataset is not shipped has no row."""
    library = Library([models_folder])
    tasks = {t.solver: t for t in shipped_tasks(library, letters_folder.parent, split="test")}
    assert tasks["letters-cuts"].dataset == str(letters_folder)
    assert "letters-cuts" not in {t.solver for t in shipped_tasks(library, tmp_path)}


def test_tables_hold_every_row() -> None:
    """Text and Markdown have one line for the names and one for each row, the same cells in both."""
    told = evaluate(["A"] * 9 + ["B"], ["A"] * 10)
    curve = Coverage.of([0.9] * 10, [True] * 9 + [False])
    rows = [Row(name, "s", told, curve, 0.012, 1.234, 5.678, 99.5, 123.4) for name in ("one", "another")]
    lines = table(rows).splitlines()
    assert len(lines) == 3
    assert lines[0].split()[:3] == ["dataset", "solver", "n"]
    assert {"another", "10", "0.900", "0.596-0.982", "0.012", "1.23", "5.68"} <= set(lines[2].split())
    cells = [c.strip() for c in markdown(rows).splitlines()[3].strip("|").split("|")]
    assert len(cells) == len(COLUMNS)
    assert set(cells) <= set(lines[2].split())
