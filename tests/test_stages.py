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

    monkeypatch.setattr(stages, "STAGES", {"extract_data": halfway})
    with pytest.raises(KeyboardInterrupt):
        stages.run("extract_data", "tags")
    place = tmp_path / "pipeline" / "tags"
    assert datasets.load(place / "data").digest() == before
    assert {path.name for path in place.iterdir()} == {"data", "data.json"}


def test_unknown_stages_and_tasks_are_refused(stages: ModuleType) -> None:
    """In one line that names those there are."""
    with pytest.raises(
        CaptchakitError, match="stages are extract_data, train_model, inference_model; tasks are captcha"
    ):
        stages.run("deploy", "tags")


@pytest.mark.slow
def test_a_second_run_does_nothing(tmp_path: Path, stages: ModuleType) -> None:
    """DVC runs every stage once, and none again."""
    assert stages
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
