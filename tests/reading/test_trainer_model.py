"""Models of dddd_trainer, in both forms that it has exported."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from captchakit import Constraint, Library, Pipeline
from captchakit.errors import ModelError
from captchakit.reading.opening import opened
from captchakit.reading.trainer_model import Charsets, TrainerModel
from captchakit.serving.models import load
from tests.conftest import Ran
from tests.pictures import png
from tests.trainer_graphs import charsets, image, model, write


@pytest.mark.parametrize("named", [False, True])
@pytest.mark.parametrize(("channels", "text"), [(1, "TAB"), (1, "AABBA"), (3, "RGB"), (3, "BBRG")])
def test_it_reads(tmp_path: Path, text: str, channels: int, named: bool) -> None:
    """Gray and colour, as logits and as named classes: the file with its charsets beside it is all that is needed."""
    pipeline = Pipeline.load(write(tmp_path, channels, named=named))
    solution = pipeline.solve(png(image(text, channels)))
    assert solution.text == text
    assert solution.confidence > 0.9
    assert [s.label for s in solution.symbols] == list(text)
    assert solution.symbols[0].box.x == pytest.approx(16, abs=2)


@pytest.mark.parametrize("named", [False, True])
@pytest.mark.parametrize("label", "ABT")
def test_one_class_is_the_whole_answer(tmp_path: Path, label: str, named: bool) -> None:
    """Where the charsets say `word`."""
    pipeline = Pipeline.load(write(tmp_path, word=True, named=named))
    assert pipeline.solve(png(image(label)[:, 16:32])).text == label


def test_sizes_follow_the_charsets(tmp_path: Path) -> None:
    """A larger image is brought to the height, and in a batch each has its own width."""
    pipeline = Pipeline.load(write(tmp_path))
    large = np.kron(image("TAB"), np.ones((2, 2, 1), np.uint8))
    told = pipeline.solve_batch([png(large), png(image("AB")), png(image("TTTTT"))])
    assert [s.text for s in told] == ["TAB", "AB", "TTTTT"]


def test_what_is_known_narrows_the_answer(tmp_path: Path) -> None:
    """Constraints hold as for every model; of named classes those that are not allowed become blank."""
    scored, named = tmp_path / "scored", tmp_path / "named"
    for folder in (scored, named):
        folder.mkdir()
    for path in (write(scored), write(named, named=True)):
        solution = Pipeline.load(path).solve(png(image("TAB")), Constraint(alphabet=frozenset("AB")))
        assert set(solution.text) <= {"A", "B"}
        assert solution.text.endswith("AB")
        assert solution.excluded > 0.9


def test_the_doors_open_it(tmp_path: Path, captchakit: Callable[..., Ran]) -> None:
    """The library, the service and the command line, by name and by path."""
    path = write(tmp_path)
    (tmp_path / "a.png").write_bytes(png(image("BAT")))
    assert Library([tmp_path]).open("mine").solve(png(image("BAT"))).text == "BAT"
    assert load("mine", path).pipeline.solve(png(image("BAT"))).text == "BAT"
    ran = captchakit("solve", "--model", path, tmp_path / "a.png")
    assert (ran.status, ran.out) == (0, "BAT\n")


def test_charsets_of_its_own_go_before_common_ones(tmp_path: Path) -> None:
    """So that models of several trainings can lie in one folder."""
    path = write(tmp_path)
    (tmp_path / "mine.json").write_text(json.dumps(charsets(charset=[" ", "X", "Y", "Z"])))
    assert Pipeline.load(path).solve(png(image("TAB"))).text == "ZXY"


def test_without_charsets_it_is_nobodys(tmp_path: Path) -> None:
    """A file without a card is refused as before."""
    path = write(tmp_path)
    (tmp_path / "charsets.json").unlink()
    with pytest.raises(ModelError, match=r"mine\.onnx: the ONNX file has no captchakit card"):
        opened(path)


@pytest.mark.parametrize(
    "text",
    ["", "[]", "{}", '{"charset": ["", "A"], "image": [-1], "word": false, "channel": 1}']
    + [json.dumps(charsets(**wrong)) for wrong in ({"charset": [" "]}, {"channel": 2}, {"channel": "one"})],
)
def test_wrong_charsets_are_refused_in_a_line(tmp_path: Path, text: str) -> None:
    """The message names the file."""
    (tmp_path / "charsets.json").write_text(text)
    with pytest.raises(ModelError, match=r"charsets\.json: "):
        Charsets.open(tmp_path / "charsets.json")


@pytest.mark.parametrize("named", [False, True])
@pytest.mark.parametrize(
    "wrong", [{"charset": [" ", "A"]}, {"image": [-1, 32]}, {"image": [-1, -1]}, {"channel": 3}, {"image": [40, 9999]}]
)
def test_charsets_of_another_model_are_refused(tmp_path: Path, wrong: dict[str, Any], named: bool) -> None:
    """What graph and charsets do not agree on is told, at the latest when an image is read."""
    (tmp_path / "charsets.json").write_text(json.dumps(charsets(**wrong)))
    with pytest.raises(ModelError, match="mine"):
        Pipeline.load(
            TrainerModel(model(named=named), Charsets.open(tmp_path / "charsets.json"), "mine", "mine.onnx")
        ).solve(png(image("TAB")))
