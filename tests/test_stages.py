"""The stages of `make reproduce`: whole results or none, and parameters for every task."""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest
import yaml

from captchakit.errors import CaptchakitError
from captchakit.learning import dataset as datasets

ROOT = Path(__file__).parent.parent


@pytest.fixture
def stages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The script, imported, in a folder of its own with small parameters."""
    params = yaml.safe_load((ROOT / "params.yaml").read_text())
    for task in params.values():
        task["count"] = 24
    (tmp_path / "params.yaml").write_text(yaml.safe_dump(params))
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(ROOT / "pipeline"))
    spec = importlib.util.spec_from_file_location("pipeline_stages", ROOT / "pipeline" / "stages.py")
    assert spec is not None
    assert spec.loader is not None
    made = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(made)
    return made


def test_a_task_goes_through_its_stages(stages: ModuleType, tmp_path: Path) -> None:
    """Data, then a model with curves and event files, then answers and scores, each named in dvc.yaml."""
    for stage in ("extract_data", "train_model", "inference_model"):
        stages.run(stage, "tags")
    place = tmp_path / "pipeline" / "tags"
    told = yaml.safe_load((ROOT / "dvc.yaml").read_text())["stages"]
    for stage in told.values():
        for out in [*stage["do"].get("outs", []), *stage["do"].get("metrics", []), *stage["do"].get("plots", [])]:
            name = (out if isinstance(out, str) else next(iter(out))).replace("pipeline/${item}/", "")
            assert (place / name).exists(), name
    assert json.loads((place / "scores.json").read_text())["f2"]["value"] > 0.4
    assert not [path for path in place.iterdir() if path.name.startswith(".")]


def test_an_interrupted_stage_leaves_nothing(
    stages: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What it had made so far is gone, and what was there before is still whole."""
    stages.run("extract_data", "tags")
    before = datasets.load(tmp_path / "pipeline" / "tags" / "data").digest()

    def halfway(*_: object) -> None:
        (Path(str(_[2])) / "data").mkdir()
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(stages, "STAGES", {"extract_data": halfway})
        with pytest.raises(KeyboardInterrupt):
            stages.run("extract_data", "tags")
    place = tmp_path / "pipeline" / "tags"
    assert datasets.load(place / "data").digest() == before
    assert {path.name for path in place.iterdir()} == {"data", "data.json"}


def test_what_a_killed_stage_left_is_swept_away(stages: ModuleType, tmp_path: Path) -> None:
    """By the same stage when it runs again; what another one is making at the moment stays."""
    place = tmp_path / "pipeline" / "tags"
    for left in (".making-extract_data-killed", ".making-train_model-running"):
        (place / left / "made" / "data").mkdir(parents=True)
    stages.run("extract_data", "tags")
    assert {path.name for path in place.iterdir()} == {"data", "data.json", ".making-train_model-running"}


def test_a_test_image_that_cannot_be_read_is_named(stages: ModuleType, tmp_path: Path) -> None:
    """With its row, and there are no scores that leave it out."""
    stages.run("extract_data", "tags")
    place = tmp_path / "pipeline" / "tags"
    shutil.copy(ROOT / "models" / "documents.onnx", place / "model.onnx")
    item = datasets.load(place / "data").split("test")[0]
    (place / "data" / item.file).write_bytes(b"")
    with pytest.raises(CaptchakitError, match=f"tags: {item.row}: {item.file}: the image is empty"):
        stages.run("inference_model", "tags")
    assert not (place / "scores.json").exists()


def test_what_mlflow_keeps_outlives_the_stage(
    stages: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The model and the curves of its run are there when the stage has ended."""
    from mlflow import MlflowClient  # noqa: PLC0415 - slow to load

    monkeypatch.setenv("CAPTCHAKIT_MLFLOW", f"sqlite:///{tmp_path}/mlflow.db")
    stages.run("extract_data", "tags")
    stages.run("train_model", "tags")
    client = MlflowClient(f"sqlite:///{tmp_path}/mlflow.db")
    experiment = client.get_experiment_by_name("captchakit")
    assert experiment is not None
    (told,) = client.search_runs([experiment.experiment_id])
    assert {f.path for f in client.list_artifacts(told.info.run_id)} == {"model.onnx", "curves.tsv", "curves.png"}
    assert {path.name for path in (tmp_path / "pipeline").iterdir()} == {"tags", "mlflow"}


def test_unknown_stages_and_tasks_are_refused(stages: ModuleType) -> None:
    """In one line that names those there are."""
    with pytest.raises(
        CaptchakitError, match="stages are extract_data, train_model, inference_model; tasks are captcha"
    ):
        stages.run("deploy", "tags")


@pytest.mark.slow
def test_a_second_run_does_nothing(tmp_path: Path, stages: ModuleType) -> None:
    """DVC runs every stage once, and none again, until the code has changed that some depend on."""
    assert stages
    for room in ("captchakit/learning", "captchakit/reading", "captchakit/measuring", "plugins"):
        shutil.copytree(ROOT / room, tmp_path / room)
    shutil.copy(ROOT / ".dvcignore", tmp_path)
    shutil.copytree(
        ROOT / "pipeline",
        tmp_path / "pipeline",
        ignore=lambda folder, names: {n for n in names if (Path(folder) / n).is_dir()},
    )
    shutil.copy(ROOT / "dvc.yaml", tmp_path)

    def dvc(*arguments: str) -> str:
        command = [sys.executable, "-m", "dvc", *arguments]
        # As `make reproduce` does: the stages call the python that is first in the path.
        path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
        env = {**os.environ, "PATH": path, "DVC_NO_ANALYTICS": "1"}
        return subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True, env=env).stdout

    dvc("init", "--no-scm")
    assert "Running stage 'inference_model@tags'" in dvc("repro")
    assert "Running" not in dvc("repro")
    (tmp_path / "captchakit" / "measuring" / "__pycache__").mkdir(exist_ok=True)
    (tmp_path / "captchakit" / "measuring" / "__pycache__" / "new.pyc").touch()
    assert "Running" not in dvc("repro")
    (tmp_path / "captchakit" / "measuring" / "new.py").touch()
    again = dvc("repro")
    assert "Running stage 'inference_model@tags'" in again
    assert "Running stage 'train_model" not in again
