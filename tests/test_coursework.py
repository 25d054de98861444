"""`model.py` at the root: the interface that the coursework asks for."""

from __future__ import annotations

import csv
import importlib.util
import json
import os
import sys
import zipfile
from pathlib import Path
from types import ModuleType

import pytest

from captchakit.errors import ImageError
from tests.conftest import QUICK

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def module() -> ModuleType:
    """The script, imported."""
    spec = importlib.util.spec_from_file_location("coursework", ROOT / "model.py")
    assert spec is not None
    assert spec.loader is not None
    made = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(made)
    return made


def test_it_learns_predicts_and_evaluates(
    module: ModuleType, letters_folder: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Training saves below model/ and logs, prediction returns text and appends a row, the area is above 0.95."""
    caplog.set_level("INFO")
    solver = module.My_CaptchaSolver_Model(tmp_path)
    assert solver.train(letters_folder, classifier="sklearn", recipe="contours", options=QUICK) > 0.8
    assert (tmp_path / "model" / "model.onnx").stat().st_size > 1000
    assert "pass 1 of" in caplog.text
    picture = letters_folder / "images" / "00040.png"
    again = module.My_CaptchaSolver_Model(tmp_path)  # reads what was saved
    text = again.predict(picture)
    assert again.predict(picture.read_bytes()) == text
    with (tmp_path / "data" / "results.csv").open(newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert [(row["picture"], row["text"], row["model"]) for row in rows] == [
        (str(picture), text, "model"),
        ("", text, "model"),
    ]
    told = again.evaluate(letters_folder)
    assert told["accuracy"] > 0.8
    assert told["roc_auc"]["value"] > 0.95
    with pytest.raises(ImageError):
        again.predict(b"")


def run(module: ModuleType, monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    monkeypatch.setattr(sys, "argv", ["model.py", *arguments])
    status: int = module.main()
    return status


def test_the_command_line(
    module: ModuleType,
    letters_folder: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """An image, a folder or a zip is predicted with the shipped model where none was trained; what is wrong is said."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("logging.basicConfig", lambda **_: None)
    image = letters_folder / "images" / "00000.png"
    assert run(module, monkeypatch, "predict", f"--dataset={image}") == 0
    assert capsys.readouterr().out.startswith(f"{image}\t")
    (tmp_path / "few").mkdir()
    (tmp_path / "few" / "a.png").write_bytes(image.read_bytes())
    (tmp_path / "few" / "b.png").write_bytes(b"")
    assert run(module, monkeypatch, "predict", "--dataset=few") == 1
    assert "b.png: the image is empty" in capsys.readouterr().err
    with zipfile.ZipFile("few.zip", "w") as packed:
        packed.write(image, "a.png")
        packed.writestr("labels.txt", "none")
    assert run(module, monkeypatch, "predict", "--dataset=few.zip") == 0
    assert capsys.readouterr().out.startswith("few.zip/a.png\t")
    assert run(module, monkeypatch, "predict", "--dataset=none.png") == 2
    assert capsys.readouterr().err == "model.py: none.png: No such file or directory\n"
    os.mkfifo("pipe")
    assert run(module, monkeypatch, "predict", "--dataset=pipe") == 1
    assert capsys.readouterr().err == "model.py: pipe: the image is empty\n"
    assert run(module, monkeypatch, "train", "--dataset=none") == 2
    assert capsys.readouterr().err == "model.py: there is no dataset none\n"
    assert run(module, monkeypatch, "predict", "--dataset=model") == 2
    (tmp_path / "model" / "model.onnx").write_bytes(b"none")
    capsys.readouterr()
    assert run(module, monkeypatch, "predict", "--dataset=few") == 2
    assert capsys.readouterr().err.startswith("model.py: model/model.onnx: not an ONNX model")
    (tmp_path / "model" / "model.onnx").unlink()
    assert run(module, monkeypatch, "evaluate", f"--dataset={letters_folder}") == 0
    assert json.loads(capsys.readouterr().out)["n"] == 12
