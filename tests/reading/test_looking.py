"""Further looks at an image that is not read with certainty."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from captchakit import Constraint, Pipeline
from captchakit.errors import ModelError, OptionError
from captchakit.learning.export import recarded
from captchakit.learning.looking import looking_again
from captchakit.reading.calibration import AS_GIVEN
from captchakit.reading.card import Looks
from captchakit.reading.looking import mixed
from captchakit.reading.pipeline import Ask
from captchakit.registry import Step
from captchakit.types import Alternative, Solution
from tests.pictures import captcha, png, texts

PICTURES = [png(captcha(t, 900 + n)) for n, t in enumerate(texts(6, "ABT", 3, 31))]
SHARES = st.lists(st.floats(0, 1), min_size=2, max_size=4)


def told(*answers: tuple[str, float]) -> Solution:
    alternatives = tuple(Alternative(*a) for a in answers)
    return Solution(*answers[0], alternatives=alternatives)


def looking(model: bytes, below: float, *ways: tuple[Step, ...]) -> Pipeline:
    card = Pipeline.load(model).card
    return Pipeline.load(recarded(model, replace(card, looks=Looks(ways, below))))


def blurred(model: bytes) -> tuple[Step, ...]:
    """The model's own filters behind one that leaves little of the image."""
    return (Step("middle", {"rows": 0.4}), *Pipeline.load(model).card.recipe.filters)


def test_what_several_looks_half_believe_beats_what_one_is_sure_of() -> None:
    """The answer of the greatest mean probability wins, and comes from the look that shows it best."""
    looks = [told(("AB", 0.5), ("AT", 0.4)), told(("TT", 0.8), ("AB", 0.1)), told(("AB", 0.6), ("B", 0.3))]
    solution, which = mixed(looks, top=3)
    assert (solution.text, which) == ("AB", 2)
    assert solution.confidence == pytest.approx(0.4)
    assert [a.text for a in solution.alternatives] == ["AB", "TT", "AT"]
    assert mixed(looks)[0].alternatives == ()


@given(st.lists(st.tuples(st.sampled_from("ABCD"), st.floats(0, 1)), min_size=1, max_size=5))
def test_a_mixture_is_an_answer_of_some_look(answers: list[tuple[str, float]]) -> None:
    """It answers what one of the looks answers, with no more probability than the surest gives."""
    looks = [told(answer) for answer in answers]
    solution, which = mixed(looks)
    assert looks[which].text == solution.text
    assert solution.confidence <= max(p for _, p in answers) + 1e-9


def test_a_sure_answer_needs_no_second_look(model_file: bytes) -> None:
    """Where the first look is probable enough, nothing of the others is seen."""
    sure, plain = looking(model_file, 0.0, blurred(model_file)), Pipeline.load(model_file)
    for data in PICTURES:
        assert sure.see(data).looks == 1
        assert replace(sure.solve(data), elapsed=0) == replace(plain.solve(data), elapsed=0)


@pytest.mark.parametrize(("agreed", "looks"), [((), 2), ((0.0,), 2), ((1.0, 0.0), 3), ((1.0, 1.0), 4), ((1.0,) * 9, 4)])
def test_as_many_looks_must_agree_as_the_card_says(model_file: bytes, agreed: tuple[float, ...], looks: int) -> None:
    """Three further looks that see the same are taken until so many answer alike, or none is left."""
    card = Pipeline.load(model_file).card
    further = Looks((card.recipe.filters,) * 3, 1.0, agreed=agreed)
    pipeline = Pipeline.load(recarded(model_file, replace(card, looks=further)))
    assert {pipeline.see(data).looks for data in PICTURES} == {looks}


@pytest.mark.parametrize("file", ["model_file", "cuts_file"])
def test_looks_that_see_the_same_change_nothing_but_time(file: str, request: pytest.FixtureRequest) -> None:
    """Where all looks are alike their mean is the answer of one: text, probability, symbols and boxes."""
    model: bytes = request.getfixturevalue(file)
    card = Pipeline.load(model).card
    doubting = looking(model, 1.0, card.recipe.filters, card.recipe.filters)
    plain = Pipeline.load(recarded(model, replace(card, calibration=AS_GIVEN)))
    for data in PICTURES:
        one, other = plain.solve(data), doubting.solve(data)
        assert doubting.see(data).looks == 2  # the second agrees, which is enough
        assert (one.text, [s.box for s in one.symbols]) == (other.text, [s.box for s in other.symbols])
        assert one.confidence == pytest.approx(other.confidence, abs=1e-6)


def test_boxes_are_those_of_the_image_whatever_look_the_answer_comes_from(model_file: bytes) -> None:
    """A look at a part of the image tells its boxes in the whole one."""
    card = Pipeline.load(model_file).card
    half = looking(model_file, 1.0, (Step("middle", {"rows": 0.9}), *card.recipe.filters))
    for data in PICTURES:
        for one, other in zip(Pipeline.load(model_file).solve(data).symbols, half.solve(data).symbols, strict=True):
            assert abs(one.box.x - other.box.x) <= 3
            assert abs(one.box.y - other.box.y) <= 4


def test_images_of_a_batch_are_looked_at_as_often_as_alone(model_file: bytes) -> None:
    """Those that are sure wait for no one, those that are not are looked at again together."""
    doubting = looking(model_file, 0.97, blurred(model_file))
    alone = [doubting.solve(data) for data in PICTURES]
    for one, other in zip(alone, doubting.solve_batch(PICTURES), strict=True):
        assert (one.text, one.symbols) == (other.text, other.symbols)
        assert one.confidence == pytest.approx(other.confidence, abs=1e-5)
    wrong = Ask(PICTURES[0], Constraint(frozenset("01")))
    found = doubting.solve_each([Ask(PICTURES[0]), wrong, Ask(b"")])
    assert isinstance(found[1], OptionError)
    assert found[0] == replace(alone[0], elapsed=found[0].elapsed) if isinstance(found[0], Solution) else False


def test_alternatives_are_those_of_all_looks(model_file: bytes) -> None:
    """As many as are asked for, most probable first, the answer among them first."""
    solution = looking(model_file, 1.0, blurred(model_file)).solve(PICTURES[0], top=4)
    assert solution.alternatives[0] == (solution.text, pytest.approx(solution.confidence))
    shares = [a.probability for a in solution.alternatives[1:]]
    assert shares == sorted(shares, reverse=True)
    assert len(solution.alternatives) <= 4


def test_confidence_is_calibrated_on_images_that_were_looked_at_again(model_file: bytes) -> None:
    """The card tells the looks, how often they are taken, and a calibration of their own."""
    labelled = [(png(captcha(t, 700 + n)), t) for n, t in enumerate(texts(40, "ABT", 3, 8))]
    model = looking_again(model_file, Looks((blurred(model_file),), 1.0), labelled)
    card = Pipeline.load(model).card
    again = [Pipeline.load(model).see(data).looks > 1 for data, _ in labelled]
    assert card.looks.calibration.n == sum(again)
    assert card.scores["looks"] == pytest.approx(1 + sum(again) / len(again))
    assert card.scores["n"] == 40


def test_looks_that_cannot_be_are_refused(model_file: bytes) -> None:
    """A filter that is not there, or a probability that is none, is an error at load."""
    with pytest.raises(ModelError, match="nothing"):
        looking(model_file, 0.5, (Step("nothing", {}),))
    with pytest.raises(ValueError, match="no probability"):
        Looks((), 1.5)
    with pytest.raises(ValueError, match="no probability"):
        Looks((), 0.5, agreed=(0.5, -0.1))


def test_an_answer_that_more_looks_give_may_be_less_probable() -> None:
    """One look must be sure, two need half, three are enough."""
    looks = Looks((), 0.8, agreed=(0.5, 0.0))
    assert [looks.enough(0.6, alike) for alike in (1, 2, 3, 4)] == [False, True, True, True]
    assert [looks.enough(0.1, alike) for alike in (1, 2, 3, 4)] == [False, False, True, True]
    assert looks.enough(0.8, 1)
