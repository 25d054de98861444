"""The wheel: one file that brings everything that solving and serving need."""

from __future__ import annotations

import email
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

from captchakit import Library

ROOT = Path(__file__).parents[2]
LARGEST = 12 * 10**6
LIGHT = {"sklearn", "skl2onnx", "torch", "onnx", "dbos", "matplotlib", "PIL"}
"""Import names of what solving must not bring."""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built as `python -m build` builds it: from the archive of sources."""
    out = tmp_path_factory.mktemp("dist")
    command = [sys.executable, "-m", "build", "--no-isolation", "--outdir", str(out), str(ROOT)]
    subprocess.run(command, check=True, capture_output=True, timeout=300)
    (made,) = out.glob("*.whl")
    return made


def test_it_is_small_and_brings_models_datasets_and_pages(wheel: Path) -> None:
    """Under 12 MB, with every shipped model, the datasets, the migrations and the files of the pages."""
    assert wheel.stat().st_size < LARGEST
    names = set(zipfile.ZipFile(wheel).namelist())
    for name in Library():
        assert f"captchakit/shipped/models/{name}.onnx" in names
    sources = (p for kind in ("datasets", "captchakit") for p in (ROOT / kind).rglob("*") if p.is_file())
    for path in sources:
        inside = path.relative_to(ROOT).as_posix()
        if "__pycache__" not in inside:
            assert inside.replace("datasets/", "captchakit/shipped/datasets/", 1) in names


def test_it_asks_for_no_trainer(wheel: Path) -> None:
    """What is required without an extra are numpy, OpenCV, ONNX Runtime and the two doors' needs."""
    archive = zipfile.ZipFile(wheel)
    (name,) = (n for n in archive.namelist() if n.endswith(".dist-info/METADATA"))
    required = email.message_from_bytes(archive.read(name)).get_all("Requires-Dist", [])
    plain = {r.split(">")[0].split("<")[0].split(";")[0].strip() for r in required if "extra ==" not in r}
    assert {"numpy", "onnxruntime", "opencv-python-headless", "typer", "litestar"} <= plain
    assert not plain & {"scikit-learn", "torch", "onnx", "skl2onnx", "pillow", "dbos"}


def test_extras_hold_others_without_naming_the_distribution() -> None:
    """Poetry refuses a distribution that depends on itself; what is spelt out twice is the same in both places."""
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]
    assert not [r for requirements in extras.values() for r in requirements if r.startswith("captchakit")]
    for whole, parts in {"train": "sklearn draw track", "worker": "train", "dev": "worker mlflow postgresql"}.items():
        assert {r for part in parts.split() for r in extras[part]} <= set(extras[whole])


@pytest.mark.slow
def test_a_clean_environment_installs_and_runs_it(wheel: Path, tmp_path: Path) -> None:
    """`pip install` of the file alone, far from the checkout: it solves a shipped image, and no trainer is there."""
    subprocess.run([sys.executable, "-m", "venv", tmp_path / "clean"], check=True, timeout=120)
    python = tmp_path / "clean" / "bin" / "python"

    def run(*command: str | Path) -> str:
        clean = {"PATH": f"{python.parent}:/usr/bin:/bin", "HOME": str(tmp_path)}
        told = subprocess.run(
            command, cwd=tmp_path, env=clean, capture_output=True, text=True, timeout=900, check=False
        )
        assert told.returncode == 0, told.stderr
        return told.stdout

    subprocess.run([python, "-m", "pip", "install", "--quiet", wheel], check=True, timeout=900)
    where = "from captchakit.reading.library import shipped; print(shipped('datasets'))"
    datasets = Path(run(python, "-c", where).strip())
    assert tmp_path in datasets.parents
    image, label = (datasets / "plain" / "labels.csv").read_text().splitlines()[1].split(",")[:2]
    assert run("captchakit", "solve", "--model", "plain-cnn", datasets / "plain" / image).strip() == label
    assert "general" in run("captchakit", "models")
    found = f"from importlib.util import find_spec; print([m for m in {sorted(LIGHT)} if find_spec(m)])"
    assert run(python, "-c", found).strip() == "[]"
