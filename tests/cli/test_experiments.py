"""`captchakit experiments`."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

from captchakit.learning.tracking.files import Files
from captchakit.learning.tracking.tracker import Start, new_id
from tests.conftest import Ran

Run = Callable[..., Ran]
QUICK = ("--classifier", "sklearn", "--option", "estimator=logistic", "--recipe", "contours")


def test_trainings_are_listed_and_compared(captchakit: Run, letters_folder: Path, tmp_path: Path) -> None:
    """Every training is a line; two side by side show the options in which they differ; one shows everything."""
    for name, copies in (("one", 0), ("two", 1)):
        out = tmp_path / f"{name}.onnx"
        ran = captchakit("train", letters_folder, "-o", out, *QUICK, "--option", f"copies={copies}")
        assert ran.status == 0, ran.err
    listed = captchakit("experiments").out.splitlines()
    assert len(listed) == 3
    assert all("finished" in line and "sklearn" in line for line in listed[1:])
    compared = captchakit("experiments", "one", "two").out
    (row,) = [line.split() for line in compared.splitlines() if line.startswith("options.copies")]
    assert row == ["options.copies", "0", "1"]
    assert "exact_match" in compared
    assert "recipe" in captchakit("experiments", "one").out
    told = [json.loads(line) for line in captchakit("experiments", "--json").out.splitlines()]
    assert [run["name"] for run in told] == ["one", "two"]


def test_a_training_that_went_on_from_a_model_says_from_which(captchakit: Run, tmp_path: Path) -> None:
    """In the place of a recipe, which is that model's."""
    files = Files(tmp_path)
    files.begin(Start(new_id("tuned"), "tuned", "letters", "00", 0, "", {"from": "general", "minutes": None}))
    (_, row) = captchakit("experiments", "--runs", tmp_path).out.splitlines()
    assert "from general" in row
    assert "None" not in row


def test_what_is_not_there_is_said(captchakit: Run, tmp_path: Path) -> None:
    """No folder, no such run: one line and status 2; a broken run is told and the others are listed."""
    ran = captchakit("experiments", "--runs", tmp_path / "none")
    assert (ran.status, ran.out) == (2, "")
    assert "there is no folder of runs" in ran.err
    ran = captchakit("experiments", "nobody", "--runs", tmp_path)
    assert ran.status == 2
    assert "no run 'nobody'" in ran.err
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "run.json").write_text("[")
    ran = captchakit("experiments", "--runs", tmp_path)
    assert ran.status == 0
    assert "not a run" in ran.err


def test_evaluate_prints_scores(captchakit: Run, letters_folder: Path) -> None:
    """One JSON object, accuracy and ROC AUC among its members."""
    told = json.loads(captchakit("evaluate", letters_folder).out)
    assert told["accuracy"] > 0.8
    assert told["roc_auc"]["value"] > 0.95
