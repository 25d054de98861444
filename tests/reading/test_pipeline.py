"""From image bytes to a solution."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import cv2
import numpy as np
import pytest

from captchakit import Constraint, Pipeline
from captchakit.errors import ImageError, OptionError
from captchakit.reading.explain import explain
from captchakit.stages import Solver
from captchakit.types import Solution
from tests.pictures import captcha, png, texts

TEXTS = texts(12, "ABT", 3, 77)
TINY = sorted(p for p in (Path(__file__).parent.parent / "tiny").rglob("*") if p.is_file())


def pictures() -> list[bytes]:
    return [png(captcha(t, 500 + n)) for n, t in enumerate(TEXTS)]


@pytest.fixture(params=["model_file", "cuts_file"], scope="module")
def either(request: pytest.FixtureRequest) -> Pipeline:
    """Each of the two pipelines: contours with symbols, cuts with lattice."""
    return Pipeline.load(request.getfixturevalue(request.param))


def test_reads_captchas_it_has_not_seen(either: Pipeline) -> None:
    """A trained model reads nearly all of new captchas of its kind."""
    assert sum(either.solve(p).text == t for p, t in zip(pictures(), TEXTS, strict=True)) >= 11


def test_a_solution_says_all(either: Pipeline) -> None:
    """Text, confidence, model and time are there, and each symbol's box lies over its character."""
    solution = either.solve(png(captcha("TAB", 1)))
    assert solution.text == "TAB"
    assert 0.3 < solution.confidence <= 1
    assert solution.model == either.name
    assert 0 < solution.elapsed < 5
    for place, symbol in enumerate(solution.symbols):
        assert symbol.label == "TAB"[place]
        assert abs(symbol.box.x + symbol.box.width / 2 - (10 + 30 * place + 12)) <= 10


def test_a_solution_in_json_has_the_field_names_of_every_door(pipeline: Pipeline) -> None:
    """The JSON of an answer is plain values under the agreed names."""
    values = json.loads(json.dumps(pipeline.solve(pictures()[0]).to_json()))
    assert values.keys() == {
        "text",
        "confidence",
        "symbols",
        "excluded",
        "reason",
        "alternatives",
        "model",
        "elapsed_ms",
    }
    assert values["symbols"][0].keys() == {"label", "confidence", "box"}


def assert_same(one: Solution, other: Solution) -> None:
    assert (one.text, one.model) == (other.text, other.model)
    assert one.confidence == pytest.approx(other.confidence, abs=1e-5)
    assert [(s.label, s.box) for s in one.symbols] == [(s.label, s.box) for s in other.symbols]


@pytest.mark.parametrize("constraint", [Constraint(), Constraint(frozenset("AB"))])
def test_a_batch_is_solved_as_each_alone(either: Pipeline, constraint: Constraint) -> None:
    """`solve_batch` gives what `solve` gives, in order, blank images among them."""
    batch = [*pictures(), png(np.full((30, 90, 3), 255, np.uint8)), pictures()[0], png(captcha("ABTAB", 4))]
    for one, other in zip(
        either.solve_batch(batch, constraint), map(either.solve, batch, [constraint] * 99), strict=False
    ):
        assert_same(one, other)
    assert len(either.solve_batch(batch)) == len(batch)


def test_an_empty_batch_has_no_answers(either: Pipeline) -> None:
    """No images, no answers."""
    assert either.solve_batch([]) == []


def test_a_bad_image_of_a_batch_is_named(pipeline: Pipeline) -> None:
    """The message says which place of the batch is no image."""
    with pytest.raises(ImageError, match="image 1 of the batch: the image is empty"):
        pipeline.solve_batch([pictures()[0], b""])


def test_threads_share_a_pipeline(either: Pipeline) -> None:
    """Four threads get the answers that one gets."""
    alone = [either.solve(p) for p in pictures()]
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(either.solve, pictures() * 10))
    for number, solution in enumerate(together):
        assert_same(solution, alone[number % len(alone)])


@pytest.mark.parametrize("path", [pytest.param(p, id=p.name) for p in TINY])
def test_every_tiny_image_is_answered(either: Pipeline, path: Path) -> None:
    """Whatever can be read as an image gets an answer, be it an empty one."""
    solution = either.solve(path.read_bytes())
    assert set(solution.text) <= set("ABT")


def test_a_blank_image_is_answered_with_nothing(either: Pipeline) -> None:
    """Where there is no ink there is no text, in no confidence."""
    solution = either.solve((Path(__file__).parent.parent / "tiny" / "blank.png").read_bytes())
    assert (solution.text, solution.confidence) == ("", 0.0)


def test_an_alphabet_bounds_the_answer(either: Pipeline) -> None:
    """With an alphabet only its characters are answered, and what was kept out is told."""
    solution = either.solve(png(captcha("TAB", 1)), Constraint(frozenset("AT")))
    assert set(solution.text) <= {"A", "T"}
    assert solution.excluded > 0.3


def test_an_alphabet_out_of_reach_is_refused(either: Pipeline) -> None:
    """An alphabet of which the model knows nothing is refused, on a blank image too."""
    for data in (pictures()[0], png(np.full((30, 90, 3), 255, np.uint8))):
        with pytest.raises(OptionError, match="knows no label of the alphabet '01'"):
            either.solve(data, Constraint(frozenset("01")))


def test_a_pipeline_is_a_solver_and_shows_its_parts(pipeline: Pipeline) -> None:
    """It has the verbs that a benchmark asks of every solver, and its repr is its configuration."""
    assert isinstance(pipeline, Solver)
    for part in ("letters", "Scale(height=", "Contours(", "Symbols("):
        assert part in repr(pipeline)


@pytest.mark.parametrize("data", [pictures()[0], (TINY[0].parent / "blank.png").read_bytes(), png(captcha("AB" * 9))])
def test_an_explanation_is_a_picture(either: Pipeline, data: bytes) -> None:
    """The stages become one PNG with a panel for the image, each filter, the boxes, the answer and the guesses."""
    picture = cv2.imdecode(np.frombuffer(explain(either, data), np.uint8), cv2.IMREAD_COLOR)
    assert picture is not None
    panels = 1 + len(either.prepare.filters) + 3
    assert picture.shape[0] >= panels * 30


def test_an_explanation_of_no_image_is_refused(pipeline: Pipeline) -> None:
    """What is no image cannot be explained."""
    with pytest.raises(ImageError, match="empty"):
        explain(pipeline, b"")
