"""`captchakit draw`."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import cv2
import pytest

from captchakit.learning import dataset as datasets
from tests.conftest import Ran

Run = Callable[..., Ran]


def test_draw_writes_a_dataset(captchakit: Run, tmp_path: Path) -> None:
    """The folder is a dataset of so many images that keeps its rules; nothing goes to standard output."""
    ran = captchakit("draw", "--out", tmp_path / "new", "--count", "12", "--seed", "3")
    assert (ran.status, ran.out) == (0, "")
    dataset = datasets.load(tmp_path / "new")
    dataset.check()
    assert len(dataset) == 12


def test_draw_is_the_same_for_the_same_seed(captchakit: Run, tmp_path: Path) -> None:
    """One seed gives one dataset to the byte, another seed another."""
    for name, seed in (("a", 3), ("b", 3), ("c", 4)):
        captchakit("draw", "--out", tmp_path / name, "--count", "5", "--seed", seed)
    first, second, third = (datasets.load(tmp_path / name).digest() for name in "abc")
    assert first == second != third


def test_draw_lists_its_styles(captchakit: Run) -> None:
    """`--styles` prints a line a style, its name first, the default among them."""
    ran = captchakit("draw", "--styles")
    assert ran.status == 0
    assert "plain" in [line.split("\t")[0] for line in ran.out.splitlines()]
    assert all(line.split("\t")[1] for line in ran.out.splitlines())


def test_draw_shows_a_sheet(captchakit: Run, tmp_path: Path) -> None:
    """`--sheet` draws samples of a style into one picture."""
    ran = captchakit("draw", "--sheet", tmp_path / "sheet.png")
    assert (ran.status, ran.out) == (0, "")
    assert cv2.imread(str(tmp_path / "sheet.png")) is not None


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ((), "give either --out DIR or --sheet OUT.png"),
        (("--out", "HERE"), "is there already"),
        (("--out", "HERE/new", "--style", "none"), "'none'"),
        (("--out", "HERE/new", "--sheet", "HERE/s.png"), "give either"),
    ],
)
def test_draw_refuses_wrong_wishes(captchakit: Run, tmp_path: Path, given: tuple[str, ...], reason: str) -> None:
    """Each wrong wish ends in 2 with one line, and nothing is overwritten."""
    (tmp_path / "mine.txt").write_text("precious")
    ran = captchakit("draw", "--count", "2", *(g.replace("HERE", str(tmp_path)) for g in given))
    assert (ran.status, ran.out) == (2, "")
    assert reason in ran.err
    assert ran.err.count("\n") == 1
    assert [p.name for p in tmp_path.iterdir()] == ["mine.txt"]


def test_documents_are_drawn_as_a_dataset(captchakit: Run, tmp_path: Path) -> None:
    """The style is listed, makes a folder that can be learned from, and has no sheet."""
    assert "documents\t" in captchakit("draw", "--styles").out
    ran = captchakit("draw", "--style", "documents", "--out", tmp_path / "papers", "--count", "4")
    assert ran.status == 0, ran.err
    assert (tmp_path / "papers" / "labels.csv").read_text().count("manuscrit") == 2
    assert captchakit("draw", "--style", "documents", "--sheet", tmp_path / "x.png").status == 2
