"""A plugin from its own folder, installed by pip and used like a built-in part."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from captchakit.registry import KINDS

TOY = Path(__file__).parent.parent / "toy_plugin"


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The toy plugin, installed by pip into a folder of its own, without a network."""
    source = shutil.copytree(TOY, tmp_path_factory.mktemp("source") / "toy")
    target = tmp_path_factory.mktemp("installed")
    options = ["--quiet", "--no-deps", "--no-build-isolation", "--no-index", "--disable-pip-version-check"]
    command = [sys.executable, "-m", "pip", "install", *options, "--target", str(target), str(source)]
    subprocess.run(command, check=True, timeout=120, capture_output=True)
    return target


def captchakit(installed: Path, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """Run the command with the plugin installed."""
    environment = {**os.environ, "PYTHONPATH": str(installed), "CAPTCHAKIT_RUNS": str(installed / "runs")}
    command = [sys.executable, "-c", "from captchakit.cli import main; main()", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, env=environment, timeout=120, check=False)


def test_it_is_not_there_before() -> None:
    """Without the installation nobody offers its parts."""
    assert "captchakit-toy" not in {offer.distribution for parts in KINDS for offer in parts.offers()}


def test_its_parts_are_listed_with_its_name(installed: Path) -> None:
    """`captchakit plugins` says that the filter, the classifier and the solver come from captchakit-toy 1.2.3."""
    rows = [line.split() for line in captchakit(installed, "plugins").stdout.splitlines()]
    for part in (["filter", "threshold"], ["classifier", "means"], ["solver", "parrot"]):
        assert [*part, "captchakit-toy", "1.2.3"] in rows


def test_its_filter_and_classifier_train_a_model_that_solves(
    installed: Path, letters_folder: Path, tmp_path: Path
) -> None:
    """The plugin's filter in a recipe and its classifier give a model; it reads with the filter, not without."""
    model = tmp_path / "toy.onnx"
    parts = ("--classifier", "means", "--filters", "ink_distance,threshold", "--recipe", "contours")
    trained = captchakit(installed, "train", letters_folder, "--output", model, *parts)
    assert trained.returncode == 0, trained.stderr
    rows = tmp_path / "rows.json"
    measured = captchakit(installed, "benchmark", letters_folder, "--model", model, "--json", rows)
    assert measured.returncode == 0, measured.stderr
    assert json.loads(rows.read_text())[0]["exact_match"] >= 0.9
    image = letters_folder / "images" / "00000.png"
    without = captchakit(tmp_path, "solve", "--model", model, image)
    assert without.returncode == 2
    assert "no filter 'threshold'" in without.stderr


def test_its_solver_is_measured_beside_models(installed: Path, letters_folder: Path, tmp_path: Path) -> None:
    """A registered solver stands in the same table."""
    rows = tmp_path / "rows.json"
    measured = captchakit(installed, "benchmark", letters_folder, "--model", "parrot", "--json", rows)
    assert measured.returncode == 0, measured.stderr
    (row,) = json.loads(rows.read_text())
    assert (row["solver"], row["n"]) == ("parrot", 12)
    assert row["exact_match"] < 0.5


def test_two_parts_of_one_name_are_told(installed: Path, tmp_path: Path) -> None:
    """A name that two distributions offer is refused with both, instead of one hiding the other."""
    other = shutil.copytree(installed, tmp_path / "both")
    (points,) = other.glob("*.dist-info/entry_points.txt")
    points.write_text("[captchakit.filters]\ngray = captchakit_toy.threshold:Threshold\n")
    code = "from captchakit.registry import filters; filters.build('gray')"
    environment = {**os.environ, "PYTHONPATH": str(other)}
    command = [sys.executable, "-c", code]
    told = subprocess.run(command, capture_output=True, text=True, env=environment, timeout=60, check=False)
    assert "filter 'gray' is offered by " in told.stderr
    assert "captchakit-ocr" in told.stderr
    assert "captchakit-toy" in told.stderr


def test_a_part_that_does_not_load_is_told(installed: Path, tmp_path: Path) -> None:
    """A broken plugin is named when it is used, and hides no other part."""
    broken = shutil.copytree(installed, tmp_path / "broken")
    (broken / "captchakit_toy" / "threshold.py").write_text("import no_such_module\n")
    code = (
        "from captchakit.errors import PluginError\nfrom captchakit.registry import filters\n"
        "print(filters.build('gray'))\n"
        "try: filters.build('threshold')\nexcept PluginError as error: print(error)"
    )
    environment = {**os.environ, "PYTHONPATH": str(broken)}
    told = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env=environment, timeout=60, check=True
    )
    assert told.stdout.splitlines() == [
        "Gray()",
        "filter 'threshold' of captchakit-toy does not load: No module named 'no_such_module'",
    ]
