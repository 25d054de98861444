"""The wheel: one file that brings everything that solving and serving need."""

from __future__ import annotations

import email
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import httpx
import pytest

from captchakit import Library
from tests.shipping.test_deployment import free_port, started, waited

ROOT = Path(__file__).parents[2]
LARGEST = 12 * 10**6
LARGEST_RUN = 330 * 10**6
LARGEST_PROGRAM = 170 * 10**6
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


def test_what_several_extras_have_stands_in_a_group_for_poetry() -> None:
    """Without it Poetry tries every combination of those packages, and does not end."""
    told = tomllib.loads((ROOT / "pyproject.toml").read_text())
    extras = told["project"]["optional-dependencies"].values()
    every = [requirement for requirements in extras for requirement in set(requirements)]
    assert {r for r in every if every.count(r) > 1} == set(told["dependency-groups"]["repeated"])
    assert told["tool"]["poetry"]["group"]["repeated"]["optional"]


def test_extras_hold_others_without_naming_the_distribution() -> None:
    """Poetry refuses a distribution that depends on itself; what is spelt out twice is the same in both places."""
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]
    assert not [r for requirements in extras.values() for r in requirements if r.startswith("captchakit")]
    for whole, parts in {"train": "sklearn draw track", "worker": "train", "dev": "worker mlflow postgresql"}.items():
        assert {r for part in parts.split() for r in extras[part]} <= set(extras[whole])


class Clean:
    """An environment far from the checkout, in which nothing but the wheel and what it needs is installed."""

    def __init__(self, folder: Path, wheel: Path) -> None:
        self.folder, self.environment = folder, folder / "clean"
        self.python = self.environment / "bin" / "python"
        subprocess.run([sys.executable, "-m", "venv", self.environment], check=True, timeout=120)
        subprocess.run([self.python, "-m", "pip", "install", "--quiet", wheel], check=True, timeout=900)

    def run(self, *command: str | Path) -> str:
        """Return what a command prints there."""
        clean = {"PATH": f"{self.python.parent}:/usr/bin:/bin", "HOME": str(self.folder)}
        told = subprocess.run(
            command, cwd=self.folder, env=clean, capture_output=True, text=True, timeout=900, check=False
        )
        assert told.returncode == 0, told.stderr
        return told.stdout

    def solves(self) -> None:
        """Solve a shipped image by the command, with a model of the wheel."""
        where = "from captchakit.reading.library import shipped; print(shipped('datasets'))"
        datasets = Path(self.run(self.python, "-c", where).strip())
        assert self.folder in datasets.parents
        image, label = (datasets / "plain" / "labels.csv").read_text().splitlines()[1].split(",")[:2]
        assert self.run("captchakit", "solve", "--model", "plain-cnn", datasets / "plain" / image).strip() == label
        assert "general" in self.run("captchakit", "models")


@pytest.fixture(scope="module")
def clean(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Clean:
    """Such an environment."""
    return Clean(tmp_path_factory.mktemp("far"), wheel)


@pytest.mark.slow
def test_a_clean_environment_installs_and_runs_it(clean: Clean) -> None:
    """`pip install` of the file alone: it solves a shipped image, and no trainer is there."""
    clean.solves()
    found = f"from importlib.util import find_spec; print([m for m in {sorted(LIGHT)} if find_spec(m)])"
    assert clean.run(clean.python, "-c", found).strip() == "[]"


@pytest.mark.slow
def test_what_a_container_carries_is_slim_and_runs(clean: Clean) -> None:
    """After deploy/slim.py the environment is under `LARGEST_RUN`, solves as before, and serves."""
    subprocess.run([sys.executable, ROOT / "deploy" / "slim.py", clean.environment], check=True, timeout=900)
    size = sum(p.stat().st_size for p in clean.environment.rglob("*") if p.is_file() and not p.is_symlink())
    assert size < LARGEST_RUN
    clean.solves()
    port = str(free_port())
    own = {"PATH": "/usr/bin:/bin", "CAPTCHAKIT_DATA": str(clean.folder / "data")}
    with started(clean.environment / "bin" / "captchakit", "serve", "--no-worker", "--port", port, env=own):
        waited(lambda: httpx.get(f"http://127.0.0.1:{port}/health/ready").status_code == 200, 120)
        assert "/solve" in httpx.get(f"http://127.0.0.1:{port}/schema/openapi.json").json()["paths"]
        assert httpx.get(f"http://127.0.0.1:{port}/browser/ort.wasm").status_code == 200


@pytest.mark.slow
def test_one_file_is_a_program(tmp_path: Path) -> None:
    """PyInstaller's recipe makes a program that needs no Python: it lists, solves and serves."""
    pytest.importorskip("PyInstaller")
    command = [sys.executable, "-m", "PyInstaller", "--distpath", tmp_path, "--workpath", tmp_path / "work"]
    subprocess.run([*command, ROOT / "deploy" / "captchakit.spec"], check=True, capture_output=True, timeout=1800)
    program = tmp_path / "captchakit"
    assert program.stat().st_size < LARGEST_PROGRAM
    alone = {"PATH": "/usr/bin:/bin", "HOME": str(tmp_path), "CAPTCHAKIT_DATA": str(tmp_path / "data")}

    def run(*arguments: str | Path) -> str:
        told = subprocess.run(
            [program, *arguments], cwd=tmp_path, env=alone, capture_output=True, text=True, timeout=300, check=False
        )
        assert told.returncode == 0, told.stderr
        return told.stdout

    assert run("solve", ROOT / "datasets" / "plain" / "images" / "00001.png") == "5IQ7\n"
    assert "general" in run("models")
    assert "remove_lines" in run("plugins")
    port = str(free_port())
    with started(program, "serve", "--no-worker", "--port", port, env=alone):
        waited(lambda: httpx.get(f"http://127.0.0.1:{port}/health/ready").status_code == 200, 300)
        data = (ROOT / "datasets" / "plain" / "images" / "00001.png").read_bytes()
        assert httpx.post(f"http://127.0.0.1:{port}/solve", content=data).json()["text"] == "5IQ7"
        assert "captchakit" in httpx.get(f"http://127.0.0.1:{port}/").text
        assert "/solve" in httpx.get(f"http://127.0.0.1:{port}/schema/openapi.json").json()["paths"]
