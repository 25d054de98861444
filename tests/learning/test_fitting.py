"""How light a reader may be made."""

from __future__ import annotations

from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any

import pytest

from captchakit.learning.fitting import lightened, standard_error
from captchakit.reading.card import Recipe
from captchakit.registry import Step, classifiers

WHOLE, LESS_ONE, LESS_TWO = 60 / 60, 59 / 60, 58 / 60


def kept(segmenter: str, results: Sequence[float], used: Sequence[int] = ()) -> tuple[float, int, str]:
    """Return exact match, channels and cuts of what is kept where the first training and the trials read so much.

    `used` is how many labels fitted in each of them, all of 240 if nothing is said.
    """
    coming = zip(results, used or [240] * len(results), strict=True)

    def trained(*_: Any) -> Any:
        exact, fitted = next(coming)
        examples = SimpleNamespace(used=fitted)
        return SimpleNamespace(exact=exact, validation=[None] * 60, interrupted=False, examples=examples)

    way = classifiers.build("cnn"), Recipe((), Step(segmenter, {}), Step("symbols", {}))
    (part, recipe), last = lightened(way, trained(), trained, lambda: None)
    return last.exact, part.channels, str(recipe.segmenter.options.get("gap", "as given"))  # type: ignore[attr-defined]


def test_a_smaller_network_may_lose_what_chance_may_lose() -> None:
    """One image of sixty is within a standard error and two are not, counted from where the networks began."""
    assert kept("contours", [WHOLE, LESS_ONE, LESS_TWO]) == (LESS_ONE, 8, "as given")
    assert kept("contours", [WHOLE, LESS_TWO]) == (WHOLE, 16, "as given")


def test_coarser_cuts_may_lose_nothing() -> None:
    """Cuts are made coarser as long as every image is read that was."""
    assert kept("cuts", [WHOLE, WHOLE, LESS_ONE, LESS_TWO]) == (WHOLE, 16, "0.2")


def test_cuts_on_which_a_label_fits_no_more_are_too_coarse() -> None:
    """Though all that is validated is read, a label that could be laid on finer cuts tells of characters lost."""
    assert kept("cuts", [WHOLE, WHOLE, LESS_TWO], [240, 239, 240]) == (WHOLE, 16, "as given")


def test_where_images_are_misread_nothing_is_made_lighter() -> None:
    """A reader that still makes mistakes needs what it has."""
    assert kept("cuts", [LESS_ONE]) == (LESS_ONE, 16, "as given")


@pytest.mark.parametrize("count", [1, 5, 60, 148, 5000])
def test_of_what_is_all_right_chance_may_lose_one(count: int) -> None:
    """The standard error is not 0 at the end of the scale, and worth at most about one of many, none of few."""
    lost = standard_error(1.0, count) * count
    assert 0 < lost < 1.5
    assert (lost >= 1) == (count >= 60)
