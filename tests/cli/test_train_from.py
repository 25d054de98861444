"""`captchakit train --from`."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from captchakit import Pipeline
from tests.conftest import Ran

Run = Callable[..., Ran]
MAIN = "from captchakit.cli import main; main()"


def test_train_goes_on_from_a_model(captchakit: Run, letters_folder: Path, reader: Path, tmp_path: Path) -> None:
    """The new model reads the dataset's alphabet, says where it comes from and how many labels it had."""
    out = tmp_path / "mine.onnx"
    ran = captchakit("train", letters_folder, "-o", out, "--from", reader, "--labels", "12", "--minutes", "0.05")
    assert (ran.status, ran.out) == (0, ""), ran.err
    card = Pipeline.load(out).card
    assert card.alphabet == ("A", "B", "T")
    assert (card.training["from"], card.training["images"]) == ("small", 12)
    assert "on 12 images (all labels, held out in 3 folds)" in ran.err


@pytest.mark.parametrize(
    ("more", "reason"),
    [
        (("--from", "READER", "--recipe", "cuts"), "leave out recipe"),
        (("--from", "READER", "--classifier", "cnn", "--option", "a=1"), "leave out classifier, options"),
        (("--resume",), "no training to resume"),
        (("--classifier", "sklearn", "--resume"), "Sklearn cannot go on with a training"),
        (("--unlabelled", "."), "--unlabelled belongs to --from"),
        (("--from", "none"), "no model 'none'; there are"),
        (("--from", "READER", "--resume"), "no training to resume"),
        (("--from", "READER", "--labels", "99"), "there are 40 labels to learn from, 99 are asked for"),
        (("--from", "READER", "--unlabelled", "models"), "there is no image"),
    ],
)
def test_train_from_refuses_wrong_wishes(
    captchakit: Run, letters_folder: Path, reader: Path, tmp_path: Path, more: tuple[str, ...], reason: str
) -> None:
    """Each wrong wish ends in 2 with one line that names it, and no file is written."""
    given = [word.replace("READER", str(reader)) for word in more]
    ran = captchakit("train", letters_folder, "--output", tmp_path / "mine.onnx", *given)
    assert (ran.status, ran.out) == (2, "")
    assert reason in ran.err
    assert ran.err.count("\n") == 1
    assert not list(tmp_path.glob("*.onnx"))


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such signal")
def test_a_killed_training_leaves_a_model_and_a_checkpoint(letters_folder: Path, reader: Path, tmp_path: Path) -> None:
    """A kill ends it soon with the model so far; `--resume` goes on from there and cleans up when all is done."""
    out, runs = tmp_path / "mine.onnx", tmp_path / "runs"
    command = [
        sys.executable,
        "-c",
        MAIN,
        "train",
        str(letters_folder),
        "-o",
        str(out),
        "--from",
        str(reader),
        "--minutes",
        "0.5",  # short passes, and much is left to do at the kill
    ]
    environment = {**os.environ, "CAPTCHAKIT_RUNS": str(runs)}
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=environment) as process:
        deadline = time.monotonic() + 600
        while not out.with_suffix(".checkpoint").exists() and time.monotonic() < deadline:
            assert process.poll() is None
            time.sleep(0.1)
        process.send_signal(signal.SIGTERM)
        _, said = process.communicate(timeout=600)
    assert process.returncode == 0, said
    assert Pipeline.load(out).card.alphabet == ("A", "B", "T")
    assert out.with_suffix(".checkpoint").exists()
    subprocess.run([*command, "--resume", "--minutes", "0.02"], check=True, env=environment, capture_output=True)
    kept = [json.loads(path.read_text()) for path in sorted(runs.glob("*/run.json"))]
    assert len(kept) == 2
