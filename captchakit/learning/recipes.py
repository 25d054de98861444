"""Ready recipes: the parts around a model, by one name, fitted to a dataset's description."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from captchakit.errors import OptionError
from captchakit.learning.dataset import Dataset
from captchakit.reading.card import Recipe
from captchakit.registry import Step

CLEANING = (
    Step("scale", {"height": 40}),
    Step("ink_distance", {}),
    Step("otsu", {"softness": 1.0}),
    Step("remove_frame", {}),
)
"""Ink of any colour on paper of any colour, at one height, the shades of its edges kept for the classifier."""


def _one_each(segmenter: Step) -> Callable[[Dataset], tuple[Step, Step]]:
    return lambda _: (segmenter, Step("symbols", {}))


def _equal(dataset: Dataset) -> tuple[Step, Step]:
    if dataset.min_length != dataset.max_length:
        raise OptionError(f"recipe 'fixed' needs labels of one length, {dataset.name} has several")
    return Step("fixed", {"count": dataset.max_length}), Step("symbols", {})


def _cuts(dataset: Dataset) -> tuple[Step, Step]:
    lengths = {"min_length": dataset.min_length, "max_length": dataset.max_length}
    return Step("cuts", {}), Step("lattice", lengths)


RECIPES: Mapping[str, Callable[[Dataset], tuple[Step, Step]]] = {
    "contours": _one_each(Step("contours", {})),
    "projection": _one_each(Step("projection", {})),
    "fixed": _equal,
    "cuts": _cuts,
    "whole": _one_each(Step("whole", {})),
}
"""By name: from a dataset to segmenter and codec."""


def recipe_for(dataset: Dataset, name: str, filters: Sequence[Step] | None = None) -> Recipe:
    """Return the recipe of that name for a dataset; raises `OptionError` where there is none."""
    if name not in RECIPES:
        raise OptionError(f"no recipe {name!r}; there are {', '.join(RECIPES)}")
    segmenter, codec = RECIPES[name](dataset)
    return Recipe(tuple(CLEANING if filters is None else filters), segmenter, codec)
