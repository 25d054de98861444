"""In which case letters are begun with."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from captchakit.learning.dataset import Dataset, load
from captchakit.learning.tuning.start import Start
from captchakit.learning.tuning.ways import best_way, read_as_it_is
from captchakit.reading.library import DEFAULT_MODEL, Library

ROOT = Path(__file__).parents[3]
MANY = 24


@pytest.fixture(scope="module")
def plain() -> Dataset:
    """Drawn captchas of digits and capitals."""
    return load(ROOT / "datasets" / "plain")


def lowered(data: Dataset) -> Dataset:
    """Return the same pictures labelled in lower case, as those do who count no case."""
    items = tuple(replace(item, label=item.label.lower()) for item in data.items)
    return replace(data, items=items, alphabet=tuple(c.lower() for c in data.alphabet))


def begun(data: Dataset) -> Start:
    return Start.of(Library()[DEFAULT_MODEL], data.alphabet)


def test_letters_begin_as_what_they_are_drawn_as(plain: Dataset) -> None:
    """Capitals that are labelled in lower case are read at once, with the labels' letters."""
    data = lowered(plain)
    items = list(data.split("train"))[:MANY]
    given = begun(data)
    assert given.lone == {c.lower(): c for c in plain.alphabet if c.isalpha()}
    way = best_way(given, data, items, 0)
    assert {label: other for label, other in way.start.origins.items() if other != label.upper()} == {}
    assert len(way.start.origins) > len(given.lone) / 2
    assert way.heard.exact() > 0.7
    without = read_as_it_is(given, data, way.heard)
    assert read_as_it_is(replace(given, origins=way.start.origins), data, way.heard) > without + 0.2


def test_letters_that_are_drawn_as_they_are_labelled_stay(plain: Dataset) -> None:
    """Capitals that are labelled so begin as themselves, all but those that look alike in either case."""
    way = best_way(begun(plain), plain, list(plain.split("train"))[:MANY], 0)
    assert set(way.start.origins) <= set("COSUVWXZ")
    assert way.heard.exact() > 0.7


def test_an_alphabet_of_both_cases_or_none_has_nothing_to_choose(plain: Dataset) -> None:
    """Letters in both cases are told apart, digits have none; a case that the model does not know is no choice."""
    for alphabet in ("0123456789", "aAbB01", "\N{GREEK SMALL LETTER ALPHA}"):
        assert begun(replace(plain, alphabet=tuple(alphabet))).lone == {}
