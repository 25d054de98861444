"""The stages of dvc.yaml: python pipeline/stages.py extract_data|train_model|inference_model TASK.

Every stage makes its results beside their places and puts them there when all are whole, so that an interrupted one
leaves nothing that a later stage takes for a result.
"""

from __future__ import annotations

import csv
import io
import json
import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import yaml
from ground import write_ground

from captchakit import CaptchakitError, Pipeline
from captchakit.errors import DatasetError, ImageError
from captchakit.learning import dataset as datasets
from captchakit.learning.drawing import draw_dataset
from captchakit.learning.drawing.documents import write_documents
from captchakit.learning.tracking import Runs, tracked_fit, trackers
from captchakit.measuring.scoring import score

HERE = Path("pipeline")


def extract_data(task: str, params: Mapping[str, Any], made: Path) -> None:
    """Draw a dataset, or copy the one that is named, and check it."""
    count, seed, style = params["count"], params["seed"], params["style"]
    if params["source"]:
        shutil.copytree(params["source"], made / "data")
    elif style == "documents":
        write_documents(made / "data", count, seed)
    elif style == "ground":
        write_ground(made / "data", count, seed)
    else:
        draw_dataset(made / "data", style, count, seed)
    data = datasets.load(made / "data")
    data.check()
    splits = {name: sum(item.split == name for item in data.items) for name in datasets.SPLITS}
    told = {"images": len(data), "sha256": data.digest(), "task": data.task, "labels": len(data.alphabet), **splits}
    _write(made / "data.json", told)
    print(f"{task}: {len(data)} images")


def train_model(task: str, params: Mapping[str, Any], made: Path) -> None:
    """Learn a model; the run is kept as every run is."""
    tracker = trackers(made / "runs", os.environ.get("CAPTCHAKIT_MLFLOW", ""), HERE / "mlflow")
    model, _ = tracked_fit(
        datasets.load(HERE / task / "data"),
        params["classifier"],
        tracker=tracker,
        name=task,
        seed=params["seed"],
        recipe=params["recipe"],
        options=params["options"],
        minutes=params["minutes"],
        experiment="pipeline",
        report=lambda p: print(f"{task}: pass {p.done}/{p.passes}, loss {p.loss:.3f}, {p.left:.0f} s left", flush=True),
    )
    runs = Runs(made / "runs")
    run = runs.find(task)
    for name in ("model.onnx", "curves.tsv", "curves.png"):
        (made / name).write_bytes(runs.kept(run.id, name))
    (made / "runs" / run.id / "tensorboard").rename(made / "tensorboard")
    _write(made / "training.json", {**run.metrics, "seconds": run.seconds})
    shutil.rmtree(made / "runs")
    assert model == (made / "model.onnx").read_bytes()


def inference_model(task: str, params: Mapping[str, Any], made: Path) -> None:
    """Read the test split with the model file alone, and score the answers."""
    del params
    pipeline, data = Pipeline.load(HERE / task / "model.onnx"), datasets.load(HERE / task / "data")
    stream = io.StringIO()
    rows = csv.writer(stream, lineterminator="\n")
    rows.writerow(("file", "label", "answer", "confidence"))
    for item in data.split("test"):
        try:
            solution = pipeline.solve(data.read(item))
        except ImageError as error:
            raise DatasetError(f"{task}: {item.row}: {item.file}: {error}") from None
        rows.writerow((item.file, item.label, solution.text, f"{solution.confidence:.4f}"))
    (made / "answers.csv").write_text(stream.getvalue(), encoding="utf-8")
    told = score(pipeline, data)
    _write(made / "scores.json", told)
    f2 = f"F2 {told['f2']['value']:.3f}, " if "f2" in told else ""
    print(f"{task}: {f2}accuracy {told['accuracy']:.3f} on {told['n']} images")


STAGES: Mapping[str, Callable[[str, Mapping[str, Any], Path], None]] = {
    "extract_data": extract_data,
    "train_model": train_model,
    "inference_model": inference_model,
}


def run(stage: str, task: str) -> None:
    """Run a stage and put what it made in place; raises `CaptchakitError`."""
    params = yaml.safe_load(Path("params.yaml").read_text(encoding="utf-8"))
    if stage not in STAGES or task not in params:
        raise CaptchakitError(f"stages are {', '.join(STAGES)}; tasks are {', '.join(params)}")
    place = HERE / task
    place.mkdir(parents=True, exist_ok=True)
    making = f".making-{stage}-"
    for left in place.glob(f"{making}*"):  # by a stage that was killed
        shutil.rmtree(left)
    with tempfile.TemporaryDirectory(dir=place, prefix=making) as folder:
        made, former = Path(folder, "made"), Path(folder, "former")
        made.mkdir()
        former.mkdir()
        STAGES[stage](task, params[task], made)
        for result in sorted(made.iterdir()):
            _put(result, place / result.name, former / result.name)


def _put(result: Path, target: Path, former: Path) -> None:
    """Put a result in its place in steps that each happen or not: what was there is moved away, not emptied."""
    if target.exists():
        target.rename(former)
    result.rename(target)


def _write(path: Path, values: Mapping[str, Any]) -> None:
    path.write_text(json.dumps(values, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    try:
        run(*(sys.argv[1:] if len(sys.argv) == 3 else ("", "")))
    except CaptchakitError as error:
        sys.exit(f"pipeline: {error}")
