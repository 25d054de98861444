"""Runs: kept while they go on, read back, compared."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from captchakit.errors import DatasetError, LearningError, OptionError
from captchakit.learning.dataset import Dataset
from captchakit.learning.tracking import Runs, Start, configured, track, tracked_fit, trackers
from captchakit.learning.tracking.curves import _trainings as split
from captchakit.learning.tracking.curves import curves_png, curves_tsv
from captchakit.learning.tracking.files import Files
from captchakit.learning.tracking.runs import compared
from captchakit.learning.tracking.tracker import flat, new_id
from captchakit.learning.trained import Progress, Trained
from captchakit.learning.tuning import tune
from tests.conftest import QUICK

HOW = {"options": QUICK, "recipe": "contours"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, letters: Dataset) -> Path:
    """A folder with one run, also told to an MLflow store beside it."""
    at = tmp_path_factory.mktemp("runs")
    tracked_fit(letters, "sklearn", tracker=trackers(at, f"sqlite:///{at}/mlflow.db"), name="mine", seed=5, **HOW)
    return at


def test_a_run_holds_what_it_takes_to_repeat_it(folder: Path, letters: Dataset) -> None:
    """Configuration, seed, the data's hash, commit, duration, final metrics and the files that came of it."""
    run = Runs(folder).find("mine")
    assert (run.status, run.seed, run.dataset) == ("finished", 5, letters.name)
    assert run.dataset_sha256 == letters.digest()
    assert run.configuration["classifier"] == "sklearn"
    assert run.configuration["options"] == QUICK
    assert run.seconds > 0
    assert 0.5 < run.metrics["exact_match"] <= 1
    assert set(run.files) == {"model.onnx", "curves.tsv", "curves.png"}
    assert Runs(folder).kept(run.id, "curves.png").startswith(b"\x89PNG")
    assert run.metrics["model_bytes"] == len(Runs(folder).kept(run.id, "model.onnx"))


def test_a_run_has_metrics_for_each_pass(folder: Path) -> None:
    """They are numbered from 1, end at the final score, and stand in the table as well."""
    runs = Runs(folder)
    run = runs.find("mine")
    history = runs.history(run.id)
    assert [row["epoch"] for row in history] == list(range(1, int(run.metrics["passes"]) + 1))
    assert [row["pass"] for row in history] == [row["epoch"] for row in history]
    assert history[-1]["best_exact_match"] == run.metrics["exact_match"]
    table = runs.kept(run.id, "curves.tsv").decode().splitlines()
    assert len(table) == 1 + len(history)
    assert table[0].split("\t") == list(history[0])


def test_passes_that_nothing_validates_have_no_score(
    letters: Dataset, reader: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One image leaves none to hold out: metrics without a score, in JSON that every reader takes, and a plot."""
    monkeypatch.setattr("captchakit.learning.tuning.schedule.LEARNED_FROM", 400)
    monkeypatch.setattr("captchakit.learning.tuning.schedule.FOR_EACH_LABEL", 0)
    alone = replace(letters, items=letters.items[:1])

    def learn(told: Callable[[Progress], None]) -> tuple[bytes, Trained]:
        return tune(alone, reader, name="alone", report=told)

    track(alone, learn, tracker=trackers(tmp_path), name="alone", seed=0, asked={})
    run = Runs(tmp_path).find("alone")
    text = (tmp_path / run.id / "metrics.jsonl").read_text()
    names = [set(json.loads(line, parse_constant=pytest.fail)) for line in text.splitlines()]
    assert names == [{"epoch", "pass", "loss", "used_share", "seconds"}] * 12
    assert Runs(tmp_path).kept(run.id, "curves.png").startswith(b"\x89PNG")
    assert Runs(tmp_path).kept(run.id, "curves.tsv").startswith(b"epoch\tpass\tloss\tused_share\tseconds\n")


def test_tensorboard_is_told(folder: Path) -> None:
    """The event file of the run names its scalars and holds the plot."""
    (events,) = folder.glob("*/tensorboard/*")
    written = events.read_bytes()
    assert all(name in written for name in (b"loss", b"exact_match", b"curves", b"final/"))


def test_mlflow_is_told(folder: Path) -> None:
    """The store holds parameters, every pass, the commit's tag and the model."""
    from mlflow import MlflowClient  # noqa: PLC0415 - slow to load

    client = MlflowClient(f"sqlite:///{folder}/mlflow.db")
    experiment = client.get_experiment_by_name("captchakit")
    assert experiment is not None
    (told,) = client.search_runs([experiment.experiment_id])
    run = Runs(folder).find("mine")
    assert told.info.status == "FINISHED"
    assert told.data.params["options.estimator"] == "logistic"
    assert told.data.params["seed"] == "5"
    assert told.data.tags["captchakit.id"] == run.id
    passes = client.get_metric_history(told.info.run_id, "exact_match")
    assert [m.step for m in passes] == [row["epoch"] for row in Runs(folder).history(run.id)]
    assert told.data.metrics["final_exact_match"] == run.metrics["exact_match"]
    assert {f.path for f in client.list_artifacts(told.info.run_id)} == set(run.files)


def test_a_store_that_cannot_be_opened_is_refused(tmp_path: Path) -> None:
    """Before anything is trained, in one line."""
    with pytest.raises(OptionError, match="MLflow store 'no-such://x' cannot be used"):
        trackers(tmp_path, "no-such://x")


def test_a_configuration_names_what_was_taken_for_granted(letters: Dataset) -> None:
    """The recipe stands in it that the classifier or the task calls for, or the one that was asked for."""
    assert configured(letters, "cnn", {})["recipe"] == "cuts"
    assert configured(letters, "sequence", {})["recipe"] == "sequence"
    assert configured(letters, "sklearn", {"recipe": "contours", "options": QUICK}) == {
        "recipe": "contours",
        "options": QUICK,
        "classifier": "sklearn",
    }


def test_a_failed_training_is_kept_as_failed(letters: Dataset, tmp_path: Path) -> None:
    """The error goes on its way and the run says so."""
    with pytest.raises(LearningError):
        tracked_fit(letters, "sequence", tracker=trackers(tmp_path), name="wrong", recipe="contours")
    (run,) = Runs(tmp_path).values()
    assert (run.status, run.files, run.metrics) == ("failed", [], {})


def test_an_interrupted_training_is_kept_as_interrupted(
    letters: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An interrupt before there is anything to keep ends the run, and goes on its way."""

    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("captchakit.learning.tracking.tracked.fit", interrupted)
    with pytest.raises(KeyboardInterrupt):
        tracked_fit(letters, "sklearn", tracker=trackers(tmp_path), name="stopped", **HOW)
    assert [run.status for run in Runs(tmp_path).values()] == ["interrupted"]


def start(name: str, **asked: object) -> Start:
    return Start(new_id(name), name, "letters", "00", 0, "", asked)


def test_a_run_is_readable_while_it_goes_on(tmp_path: Path) -> None:
    """Its status is running, and a line that is half written is not read."""
    files = Files(tmp_path)
    files.begin(start("slow"))
    files.epoch(1, {"loss": 2.0})
    with (files.folder / "metrics.jsonl").open("a") as stream:
        stream.write('{"epoch": 2, "lo')
    run = Runs(tmp_path).find("slow")
    assert run.status == "running"
    assert Runs(tmp_path).history(run.id) == [{"epoch": 1, "loss": 2.0}]


def test_a_run_whose_process_was_killed_is_told_as_killed(tmp_path: Path) -> None:
    """While it lives it is running, from whichever process one looks; what is left of it says so too."""
    code = f"""
import sys
from pathlib import Path
from captchakit.learning.tracking import Start
from captchakit.learning.tracking.files import Files
Files(Path({str(tmp_path)!r})).begin(Start("1-mine", "mine", "letters", "", 0, ""))
print("begun", flush=True)
sys.stdin.read()
"""
    with subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == b"begun\n"
        assert Runs(tmp_path)["1-mine"].status == "running"
        child.kill()
    assert Runs(tmp_path)["1-mine"].status == "killed"


def test_a_run_that_has_ended_leaves_no_lock(tmp_path: Path) -> None:
    """Its folder holds what was kept of it and nothing else."""
    files = Files(tmp_path)
    files.begin(Start("1-mine", "mine", "letters", "", 0, ""))
    files.end("finished", {}, 1.0)
    assert [path.name for path in files.folder.iterdir()] == ["run.json"]
    assert Runs(tmp_path)["1-mine"].status == "finished"


def test_a_run_is_found_by_its_beginning_or_its_latest_name(tmp_path: Path) -> None:
    """What is ambiguous or unknown is refused by name, and nothing outside the folder is reached."""
    ids = []
    for _ in range(2):
        files = Files(tmp_path)
        files.begin(start("twice"))
        ids.append(files.folder.name)
    runs = Runs(tmp_path)
    assert runs.find("twice").id == sorted(ids)[-1]
    assert runs.find(ids[0]).id == ids[0]
    with pytest.raises(DatasetError, match="no run '2'; 2 begin so"):
        runs.find("2")
    with pytest.raises(DatasetError, match="no run 'never'"):
        runs.find("never")
    assert "../" + tmp_path.name not in runs
    with pytest.raises(KeyError):
        runs.kept(ids[0], "../secret")


def test_a_broken_run_is_named(tmp_path: Path) -> None:
    """A run.json that is none says which file it is."""
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "run.json").write_text("{}")
    with pytest.raises(DatasetError, match=r"run\.json: not a run"):
        Runs(tmp_path)["broken"]


def test_comparison_shows_what_differs_and_every_score(tmp_path: Path) -> None:
    """Equal settings are left out; a score that one lacks is None."""
    for name, rate in (("a", 1), ("b", 2)):
        files = Files(tmp_path)
        files.begin(start(name, recipe="cuts", options={"rate": rate, "same": 0}))
        files.end("finished", {"exact_match": rate / 4} | ({"auc": 0.5} if name == "b" else {}), 1.0)
    rows = dict(compared([Runs(tmp_path).find(n) for n in "ab"]))
    assert rows["options.rate"] == [1, 2]
    assert rows["exact_match"] == [0.25, 0.5]
    assert rows["auc"] == [None, 0.5]
    assert not {"recipe", "options.same", "dataset"} & set(rows)
    assert "recipe" in dict(compared([Runs(tmp_path).find("a")]))


def test_trainings_of_one_run_are_lines_of_their_own() -> None:
    """Passes that are counted from 1 again begin another line, and a pass has a whole number."""
    rows = [{"epoch": n + 1, "pass": p, "loss": 1 / p, "exact_match": 0.5} for n, p in enumerate([1, 2, 3, 1, 2])]
    assert [[row["pass"] for row in rows] for rows in split(rows)] == [[1, 2, 3], [1, 2]]
    assert curves_png(rows, "twice").startswith(b"\x89PNG")


def test_plain_values() -> None:
    """Nested settings become dotted names, an identifier is a file name, and no passes make no table."""
    assert dict(flat({"a": {"b": 1, "c": {}}, "d": [2]})) == {"a.b": 1, "a.c": {}, "d": [2]}
    assert "/" not in new_id("../../x")
    assert json.loads(json.dumps(start("x").to_json()))["name"] == "x"
    assert curves_tsv([]) == b""
