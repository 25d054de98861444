"""A training from nothing that is broken off, and gone on with from its checkpoint."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from captchakit import Pipeline
from captchakit.errors import LearningError
from captchakit.learning.dataset import Dataset
from captchakit.learning.fitting import fit
from captchakit.learning.trained import Progress
from captchakit.registry import classifiers
from captchakit.stages import Contract, Storable

MAIN = "from captchakit.cli import main; main()"
OPTIONS: dict[str, dict[str, Any]] = {
    "cnn": {"channels": 4, "passes": 7, "height": 16, "width": 16},
    "sequence": {"widths": (8, 8, 8, 8, 8), "passes": 5},
}


@pytest.mark.parametrize(("classifier", "recipe"), [("cnn", "cuts"), ("sequence", None)])
def test_it_goes_on_where_it_was(letters: Dataset, tmp_path: Path, classifier: str, recipe: str | None) -> None:
    """Broken off in the fourth pass, the next session begins with the fifth; the best state and the curve are kept."""
    checkpoint = tmp_path / "mine.checkpoint"
    asked: dict[str, Any] = {"name": "mine", "options": OPTIONS[classifier], "recipe": recipe, "checkpoint": checkpoint}

    def stop(progress: Progress) -> None:
        if progress.done == 4:
            raise KeyboardInterrupt

    _, first = fit(letters, classifier, **asked, report=stop)
    later: list[int] = []
    _, second = fit(letters, classifier, **asked, resume=True, report=lambda p: later.append(p.done))
    assert later[0] == 5
    if len(later) == OPTIONS[classifier]["passes"] - 4:  # nothing lighter was tried
        assert second.history[:4] == first.history
    with pytest.raises(LearningError, match="another training: it differs in seed"):
        fit(letters, classifier, **asked, seed=1, resume=True)
    wider = replace(letters, alphabet=(*letters.alphabet, "Z"))
    with pytest.raises(LearningError, match="another training: it differs in alphabet"):
        fit(wider, classifier, **asked, resume=True)


@pytest.mark.parametrize("classifier", OPTIONS)
def test_what_is_stored_is_all_that_was_learned(classifier: str) -> None:
    """A fresh learner that takes it up says the same to the last bit."""
    contract = Contract(1, 16, 16, 3, "class") if classifier == "cnn" else Contract(1, 32, 0, 4, "sequence")
    options = {key: value for key, value in OPTIONS[classifier].items() if key != "passes"}
    made, again = (classifiers.build(classifier, options).learner(contract, seed) for seed in (1, 2))
    dice = np.random.default_rng(0)
    tensor = dice.random((8, 1, contract.height, 16 if classifier == "cnn" else 48), np.float32)
    targets = dice.integers(0, 3, (8, 1 if classifier == "cnn" else 2))
    made.learn(tensor, targets, 0.2)
    assert isinstance(made, Storable)
    again.take_up({name: array.copy() for name, array in made.stored().items()})
    assert np.array_equal(made.probabilities(tensor), again.probabilities(tensor))


def test_who_learns_in_one_go_says_so(letters: Dataset, tmp_path: Path) -> None:
    """There is nothing to go on with, and no checkpoint is left."""
    asked: dict[str, Any] = {"name": "x", "recipe": "contours", "options": {"estimator": "logistic", "copies": 0}}
    fit(letters, "sklearn", checkpoint=tmp_path / "none", **asked)
    assert not list(tmp_path.iterdir())
    with pytest.raises(LearningError, match="Sklearn cannot go on with a training"):
        fit(letters, "sklearn", checkpoint=tmp_path / "none", resume=True, **asked)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such signal")
def test_a_killed_training_is_gone_on_with(letters_folder: Path, tmp_path: Path) -> None:
    """A kill ends it soon with the model so far and a checkpoint; `--resume` goes on from there."""
    out = tmp_path / "mine.onnx"
    options = ("--option", "channels=4", "--option", "passes=4000", "--option", "height=16", "--option", "width=16")
    command = [
        sys.executable,
        "-c",
        MAIN,
        "train",
        str(letters_folder),
        "-o",
        str(out),
        "--recipe",
        "contours",
        *options,
    ]
    environment = {**os.environ, "CAPTCHAKIT_RUNS": str(tmp_path / "runs")}
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=environment) as process:
        deadline = time.monotonic() + 600
        while not out.with_suffix(".checkpoint").exists() and time.monotonic() < deadline:
            assert process.poll() is None
            time.sleep(0.1)
        process.send_signal(signal.SIGTERM)
        _, said = process.communicate(timeout=600)
    assert process.returncode == 0, said
    assert Pipeline.load(out).card.alphabet == ("A", "B", "T")
    out.unlink()
    resumed = [*command, "--resume", "--minutes", "0.02"]
    subprocess.run(resumed, check=True, env=environment, capture_output=True, timeout=600)
    assert Pipeline.load(out).card.alphabet == ("A", "B", "T")
