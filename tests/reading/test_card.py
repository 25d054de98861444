"""What a model file says of itself."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from captchakit.errors import ModelError
from captchakit.reading.calibration import Calibration
from captchakit.reading.card import FORMAT, Looks, ModelCard, Recipe
from captchakit.reading.framing import Framing
from captchakit.registry import Step
from captchakit.types import Constraint
from tests.graphs import card

WORDS = st.text(max_size=8)
VALUES = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | WORDS
STEPS = st.builds(Step, WORDS, st.dictionaries(WORDS, VALUES, max_size=3))
SETS = st.frozensets(st.text(min_size=1, max_size=1), max_size=3)
CALIBRATIONS = st.builds(Calibration, st.floats(0.1, 9), st.floats(-9, 9), st.integers(0, 99), st.floats(0, 1))
WAYS = st.lists(st.lists(STEPS, max_size=2).map(tuple), min_size=1, max_size=3).map(tuple)
CARDS = st.builds(
    ModelCard,
    name=WORDS,
    task=WORDS,
    alphabet=st.lists(st.text(min_size=1, max_size=3), min_size=1, max_size=5).map(tuple),
    framing=st.builds(Framing, st.integers(1, 64), st.integers(0, 64), st.sampled_from([1, 3])),
    recipe=st.builds(Recipe, st.lists(STEPS, max_size=3).map(tuple), STEPS, STEPS, st.none() | STEPS),
    temperature=st.floats(0.1, 10),
    training=st.dictionaries(WORDS, VALUES, max_size=3),
    scores=st.dictionaries(WORDS, VALUES, max_size=3),
    git_commit=WORDS,
    saved=WORDS,
    experiment=WORDS,
    calibration=CALIBRATIONS,
    looks=st.just(Looks())
    | st.builds(Looks, WAYS, st.floats(0, 1), CALIBRATIONS, st.lists(st.floats(0, 1)).map(tuple)),
    constraint=st.builds(
        Constraint,
        st.none() | SETS,
        st.lists(SETS, max_size=2).map(tuple),
        st.sampled_from([None, (0, None), (2, 3)]),
        st.none() | WORDS,
        st.sampled_from([None, "lower", "ignore"]),
    ),
)


@given(CARDS)
def test_a_card_comes_back_from_json(given_card: ModelCard) -> None:
    """Whatever a card says, its JSON says the same."""
    assert ModelCard.from_json(given_card.to_json()) == given_card


def test_a_card_says_what_the_issue_asks() -> None:
    """The JSON carries format, alphabet, recipe, calibration, training facts, commit, save date and experiment."""
    values = json.loads(card().to_json())
    wanted = {"format", "name", "task", "alphabet", "framing", "recipe", "calibration", "training", "scores"}
    assert values.keys() == wanted | {"git_commit", "saved", "experiment"}
    assert values["format"] == FORMAT


def test_a_card_without_what_came_later_is_read() -> None:
    """A card that says nothing of answers, constraint or calibrated confidence is one that has none."""
    old = ModelCard.from_json(card().to_json())
    assert old.recipe.answer is None
    assert old.constraint == Constraint()
    assert old.calibration(0.7) == 0.7


@pytest.mark.parametrize("text", ["", "no json", "[]", "3", "{}", '"format"', "null"])
def test_what_is_no_card_is_refused(text: str) -> None:
    """Text that is not a card's JSON is refused as such."""
    with pytest.raises(ModelError, match="not a captchakit card"):
        ModelCard.from_json(text)


@pytest.mark.parametrize("number", [0, FORMAT + 1, "1", None])
def test_another_format_is_refused(number: object) -> None:
    """A card of another format is refused with both numbers."""
    values = {**json.loads(card().to_json()), "format": number}
    with pytest.raises(ModelError, match=f"is of format {number!r}; this captchakit reads format {FORMAT}"):
        ModelCard.from_json(json.dumps(values))


@pytest.mark.parametrize("missing", sorted(set(json.loads(card().to_json())) - {"format"}))
def test_an_incomplete_card_is_refused(missing: str) -> None:
    """A card without one of its fields is refused with the field's name."""
    values = json.loads(card().to_json())
    del values[missing]
    with pytest.raises(ModelError, match=missing):
        ModelCard.from_json(json.dumps(values))


@pytest.mark.parametrize(
    "wrong",
    [
        {"framing": {"height": 0, "width": 8, "channels": 1}},
        {"framing": {"depth": 8}},
        {"framing": 3},
        {"recipe": {}},
        {"recipe": {"filters": [{"name": "gray"}], "segmenter": {}, "codec": {}}},
        {"calibration": {"method": "temperature", "temperature": 0}},
        {"calibration": {"method": "isotonic", "temperature": 1}},
        {"calibration": {"method": "temperature", "temperature": 1, "confidence": {"method": "none"}}},
        {"calibration": {"method": "temperature", "temperature": 1, "confidence": {"method": "platt", "slope": -1}}},
        {"constraint": {"alphabet": "ABC"}},
        {"constraint": {"alphabet": None, "positions": [], "length": [3, 2], "pattern": None, "case": None}},
        {"constraint": {"alphabet": None, "positions": [], "length": None, "pattern": None, "case": "camel"}},
        {"calibration": {"method": "temperature", "temperature": "warm"}},
        {"alphabet": 3},
        {"training": 3},
    ],
)
def test_a_card_with_nonsense_is_refused(wrong: dict[str, object]) -> None:
    """Values of the wrong kind are refused in one line."""
    with pytest.raises(ModelError, match="incomplete or wrong") as refused:
        ModelCard.from_json(json.dumps({**json.loads(card().to_json()), **wrong}))
    assert "\n" not in str(refused.value)
