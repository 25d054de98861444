"""What several rooms' tests share: a small dataset, models trained on it once, and the command line."""

from __future__ import annotations

import io
import sys
from collections.abc import Callable
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import hypothesis
import pytest

from captchakit import Pipeline
from captchakit.cli import main
from captchakit.learning import dataset as datasets
from captchakit.learning.dataset import Dataset
from captchakit.learning.fitting import fit
from tests.pictures import captcha, png, samples, texts, write_dataset

hypothesis.settings.register_profile("suite", deadline=None, max_examples=40, derandomize=True, database=None)
hypothesis.settings.load_profile("suite")


QUICK = {"estimator": "logistic", "copies": 0}


@pytest.fixture(scope="session")
def letters_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Forty drawn captchas of three letters to learn from and twelve to test on."""
    made = samples(texts(40, "ABT", 3, 1), "train") + samples(texts(12, "ABT", 3, 2), "test", seed=1000)
    return write_dataset(tmp_path_factory.mktemp("data") / "letters", made)


@pytest.fixture(scope="session")
def letters(letters_folder: Path) -> Dataset:
    """The dataset of `letters_folder`."""
    return datasets.load(letters_folder)


@pytest.fixture(scope="session")
def model_file(letters: Dataset) -> bytes:
    """A model with `contours` and `symbols` that reads the letters."""
    return fit(letters, "sklearn", name="letters", options=QUICK, recipe="contours")[0]


@pytest.fixture(scope="session")
def cuts_file(letters: Dataset) -> bytes:
    """A model with `cuts` and `lattice` that reads the letters."""
    return fit(letters, "sklearn", name="letters-cuts", options=QUICK, recipe="cuts")[0]


@pytest.fixture(scope="session")
def reader(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small sequence reader that reads the letters, to go on from where it need not be the shipped one."""
    from tests.readers import small_reader  # noqa: PLC0415 - most tests need no PyTorch

    path = tmp_path_factory.mktemp("reader") / "small.onnx"
    path.write_bytes(small_reader())
    return path


@pytest.fixture(scope="session")
def pipeline(model_file: bytes) -> Pipeline:
    """The pipeline of `model_file`."""
    return Pipeline.load(model_file)


@pytest.fixture(scope="session")
def models_folder(tmp_path_factory: pytest.TempPathFactory, model_file: bytes, cuts_file: bytes) -> Path:
    """A folder of models: `general`, so that it is the default, and `letters-cuts`."""
    folder = tmp_path_factory.mktemp("models")
    (folder / "general.onnx").write_bytes(model_file)
    (folder / "letters-cuts.onnx").write_bytes(cuts_file)
    return folder


@pytest.fixture(scope="session")
def fresh() -> Callable[[str], bytes]:
    """Draws a captcha that no test has used before."""
    numbers = count(10_000)
    return lambda text="ABT": png(captcha(text, next(numbers)))


@dataclass(frozen=True)
class Ran:
    """How a command ended."""

    status: int
    out: str
    err: str


@pytest.fixture
def captchakit(
    models_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> Callable[..., Ran]:
    """The command line, run in this process: arguments in, exit status and both outputs out."""
    monkeypatch.setenv("CAPTCHAKIT_MODELS", str(models_folder))
    monkeypatch.setenv("CAPTCHAKIT_RUNS", str(tmp_path / "kept-runs"))

    def run(*arguments: str | Path, stdin: bytes = b"") -> Ran:
        monkeypatch.setattr(sys, "argv", ["captchakit", *map(str, arguments)])
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin)))
        capfd.readouterr()
        try:
            main()
            status = 0
        except SystemExit as end:
            status = end.code if isinstance(end.code, int) else int(bool(end.code))
        told = capfd.readouterr()
        return Ran(status, told.out, told.err)

    return run
