"""`captchakit train`, `benchmark`, `models` and `plugins`."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from captchakit import Pipeline
from captchakit.learning.dataset import Sample
from captchakit.types import Constraint
from tests.conftest import Ran
from tests.pictures import captcha, png, samples, write_dataset

Run = Callable[..., Ran]
QUICK = ("--classifier", "sklearn", "--option", "estimator=logistic", "--recipe", "contours")


def test_train_writes_a_model(captchakit: Run, letters_folder: Path, tmp_path: Path) -> None:
    """The file is a model named after itself; standard output stays empty, standard error tells score and progress."""
    out = tmp_path / "mine.onnx"
    ran = captchakit("train", letters_folder, "--output", out, *QUICK, "--seed", "3", "--experiment", "try")
    assert (ran.status, ran.out) == (0, "")
    card = Pipeline.load(out).card
    assert (card.name, card.training["seed"], card.experiment) == ("mine", 3, "try")
    assert "exact match" in ran.err
    assert str(out) in ran.err
    assert all(line.startswith("captchakit: ") for line in ran.err.splitlines())


def test_train_takes_filters_and_minutes(captchakit: Run, letters_folder: Path, tmp_path: Path) -> None:
    """Filters by name replace the recipe's own, and no minutes still give a model."""
    out = tmp_path / "mine.onnx"
    ran = captchakit("train", letters_folder, "-o", out, *QUICK, "--filters", "gray, polarity,otsu", "--minutes", "0")
    assert ran.status == 0, ran.err
    assert [s.name for s in Pipeline.load(out).card.recipe.filters] == ["gray", "polarity", "otsu"]


def test_what_is_known_goes_into_the_model(captchakit: Run, letters_folder: Path, tmp_path: Path) -> None:
    """A model trained with case, length and pattern keeps to them when it solves, unless told otherwise."""
    out = tmp_path / "mine.onnx"
    known = ("--case", "lower", "--length", "3", "--pattern", "[a-z]+", "--alphabet", "ABT")
    assert captchakit("train", letters_folder, "-o", out, *QUICK, *known).status == 0
    pipeline = Pipeline.load(out)
    assert pipeline.card.alphabet == ("a", "b", "t")
    assert pipeline.card.constraint == Constraint(frozenset("ABT"), length=(3, 3), pattern="[a-z]+", case="lower")
    assert pipeline.solve(png(captcha("TAB", 1))).text == "tab"
    assert pipeline.solve(png(captcha("TAB", 1)), Constraint(case="upper")).text == "TAB"
    assert pipeline.solve(png(captcha("TABT", 1))).reason == "length_mismatch"
    assert pipeline.solve(png(captcha("TABT", 1)), Constraint(length=(4, 4))).text == "tabt"


def test_a_label_that_is_not_allowed_ends_training(captchakit: Run, letters_folder: Path, tmp_path: Path) -> None:
    """The row is named before any image is looked at."""
    ran = captchakit("train", letters_folder, "-o", tmp_path / "mine.onnx", *QUICK, "--length", "4")
    assert (ran.status, ran.out) == (2, "")
    assert ran.err.startswith("captchakit: letters: labels.csv line 2: ")


def test_train_can_make_a_model_that_answers_sums(captchakit: Run, tmp_path: Path) -> None:
    """With `--evaluate` the card has the stage, and solving answers results."""
    made = samples(["1+1=", "1+2=", "2+1=", "2+2="] * 3, "train")
    path = write_dataset(tmp_path / "sums", made, "12+=", 4)
    out = tmp_path / "sums.onnx"
    flags = ("--classifier", "sklearn", "--option", "estimator=logistic", "--recipe", "projection", "--evaluate")
    assert captchakit("train", path, "-o", out, *flags).status == 0
    recipe = Pipeline.load(out).card.recipe
    assert recipe.answer is not None
    assert recipe.answer.name == "arithmetic"
    (tmp_path / "a.png").write_bytes(png(captcha("2+1=", 50)))
    assert captchakit("solve", "--model", out, tmp_path / "a.png") == Ran(0, "3\n", "")


@pytest.mark.parametrize(
    ("more", "reason"),
    [
        (("--output", "mine.bin"), "does not end in .onnx"),
        (("--output", "no/such/mine.onnx"), "there is no folder"),
        (("--classifier", "none"), "no classifier 'none'; there are"),
        (("--recipe", "none"), "no recipe 'none'; there are"),
        (("--filters", "none"), "no filter 'none'; there are"),
        (("--filters", "otsu"), "needs one channel; put gray or ink_distance before it"),
        (("--filters", ""), "needs one channel"),
        (("--option", "estimator"), "--option is KEY=VALUE"),
        (("--option", "estimator=none"), "is none of"),
        (("--option", "no_such=1"), "refuses its options"),
    ],
)
def test_train_refuses_wrong_wishes(
    captchakit: Run, letters_folder: Path, tmp_path: Path, more: tuple[str, ...], reason: str
) -> None:
    """Each wrong wish ends in 2 with one line that names it, and no file is written."""
    given = [*QUICK, "--output", str(tmp_path / "mine.onnx"), *more]
    ran = captchakit("train", letters_folder, *given)
    assert (ran.status, ran.out) == (2, "")
    assert reason in ran.err
    assert ran.err.count("\n") == 1
    assert not list(tmp_path.rglob("*.onnx"))


def test_train_names_the_row_of_a_wrong_dataset(captchakit: Run, tmp_path: Path) -> None:
    """A dataset that breaks its rules ends in 2 with the row."""
    path = write_dataset(tmp_path / "few", samples(["ABT", "ABX"], "train"))
    ran = captchakit("train", path, "--output", tmp_path / "mine.onnx", *QUICK)
    assert (ran.status, ran.out) == (2, "")
    assert ran.err.startswith("captchakit: few: labels.csv line 3: ")


def test_benchmark_prints_a_table_and_writes_rows(
    captchakit: Run, letters_folder: Path, models_folder: Path, tmp_path: Path
) -> None:
    """Each dataset meets each model; the table goes to standard output, the rows to the JSON file."""
    models = ("--model", "letters-cuts", "--model", str(models_folder / "general.onnx"))
    ran = captchakit("benchmark", letters_folder, *models, "--limit", "6", "--json", tmp_path / "rows.json")
    assert ran.status == 0
    assert len(ran.out.splitlines()) == 3
    rows = json.loads((tmp_path / "rows.json").read_text())
    assert [(r["dataset"], r["solver"], r["n"]) for r in rows] == [
        ("letters", "letters-cuts", 6),
        ("letters", "letters", 6),
    ]


@pytest.mark.parametrize("command", ["benchmark", "evaluate"])
def test_scores_of_what_was_learned_are_told(
    captchakit: Run, models_folder: Path, tmp_path: Path, command: str
) -> None:
    """The number of images and one row go to standard error; the scores are there all the same."""
    learned = samples(["ABT", "TAB", "BAT"], "train")
    leaky = write_dataset(tmp_path / "leaky", [*learned, replace(learned[1], split="test")])
    ran = captchakit(command, leaky, "--model", models_folder / "letters-cuts.onnx")
    assert ran.status == 0
    assert "captchakit: leaky: 1 of 1 images of split test are in another split too" in ran.err
    assert "labels.csv line 5: images/00003.png is the same image as images/00001.png (train, " in ran.err
    assert ran.out


@pytest.mark.parametrize("command", ["benchmark", "evaluate"])
def test_scored_images_that_cannot_be_read_are_named(
    captchakit: Run, models_folder: Path, tmp_path: Path, command: str
) -> None:
    """With row and reason; they count as wrong, and the exit status is 1."""
    bad = Sample(b"no image", ".png", "ABT", "test")
    folder = write_dataset(tmp_path / "bad", [*samples(["TAB"], "test"), bad])
    ran = captchakit(command, folder, "--model", models_folder / "letters-cuts.onnx")
    assert (ran.status, bool(ran.out)) == (1, True)
    told = ran.err.splitlines()[-1]
    assert told.startswith("captchakit: bad: labels.csv line 3: images/00001.png: not an image of a known format")
    assert told.endswith("(counted as wrong)")


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        (("none",), "there is no dataset none"),
        (("DATA", "--model", "none"), "no model 'none'"),
        (("DATA", "--split", "none"), "no image in split 'none'"),
        (("DATA", "--json", "no/such/rows.json"), "there is no folder no/such"),
    ],
)
def test_benchmark_refuses_what_is_not_there(
    captchakit: Run, letters_folder: Path, given: tuple[str, ...], reason: str
) -> None:
    """An unknown dataset, model, split or folder ends in 2 with the reason."""
    ran = captchakit("benchmark", *(g.replace("DATA", str(letters_folder)) for g in given))
    assert ran.status == 2
    assert reason in ran.err.splitlines()[-1]


def test_models_lists_cards(captchakit: Run) -> None:
    """One line a model with task, alphabet, dataset and score, the default marked, a broken one told as such."""
    ran = captchakit("models")
    lines = {line.split()[0]: line for line in ran.out.splitlines()}
    assert ran.status == 0
    assert "ABT" in lines["general*"]
    assert "letters" in lines["letters-cuts"]


def test_a_broken_model_does_not_hide_the_others(
    captchakit: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, models_folder: Path
) -> None:
    """A file that is no model is listed as unusable."""
    (tmp_path / "broken.onnx").write_bytes(b"no model")
    monkeypatch.setenv("CAPTCHAKIT_MODELS", f"{tmp_path}:{models_folder}")
    ran = captchakit("models")
    assert ran.status == 0
    assert any(line.startswith("broken") and "unusable" in line for line in ran.out.splitlines())
    assert any(line.startswith("letters-cuts") for line in ran.out.splitlines())


def test_plugins_lists_every_part(captchakit: Run) -> None:
    """One line a part with its kind, name and distribution."""
    ran = captchakit("plugins")
    rows = [line.split() for line in ran.out.splitlines()]
    assert rows[0] == ["kind", "name", "distribution"]
    assert ["filter", "gray", "captchakit-ocr"] in [row[:3] for row in rows]
    assert ["classifier", "cnn", "captchakit-ocr"] in [row[:3] for row in rows]


@pytest.mark.parametrize(
    "command", ["solve", "benchmark", "evaluate", "train", "draw", "experiments", "models", "plugins", "serve"]
)
def test_every_command_has_help_with_an_example(captchakit: Run, command: str) -> None:
    """`--help` shows how the command is used."""
    ran = captchakit(command, "--help")
    assert ran.status == 0
    assert f"Example: captchakit {command}" in " ".join(ran.out.split())


def test_help_lists_commands_and_exit_codes(captchakit: Run) -> None:
    """The help of the whole says what there is and what the exit status means."""
    told = " ".join(captchakit("--help").out.split())
    assert all(command in told for command in ("solve", "benchmark", "train", "draw", "models", "plugins"))
    assert "Exit status: 0 all went well; 1 some images could not be read" in told


def test_version_is_printed(captchakit: Run) -> None:
    """`--version` says which captchakit this is."""
    ran = captchakit("--version")
    assert ran.status == 0
    assert ran.out.startswith("captchakit 0.")
