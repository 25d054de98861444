"""Ready recipes: the parts around a model, by one name, fitted to a dataset's description."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import dataclass, field
from typing import Any

from captchakit.errors import OptionError
from captchakit.learning.dataset import Dataset
from captchakit.reading.card import Recipe
from captchakit.reading.framing import Framing
from captchakit.registry import Step
from captchakit.stages import Objective

CLEANING = (
    Step("scale", {"height": 40}),
    Step("ink_distance", {}),
    Step("otsu", {"softness": 1.0}),
    Step("remove_frame", {}),
)
"""Ink of any colour on paper of any colour, at one height, the shades of its edges kept for the classifier."""

PAGE = (
    Step("gray", {}),
    Step("local_contrast", {}),
    Step("stroke_scale", {}),
    Step("densest", {"height": 96, "width": 256}),
)
"""Strokes of one size and strength, whatever the paper, the ink and the resolution were; the window with the most."""

PHOTO: Mapping[str, Mapping[str, Any]] = {
    "sklearn": {"estimator": "logistic", "features": "textures", "strength": 0.05, "copies": 0},
    "cnn": {"places": False, "looks": "photo", "batch": 32, "passes": 40, "dropout": 0.3},
}


LINE = (Step("trim", {}), Step("scale", {"height": 32, "limit": 8.0}), Step("contrast", {}))
"""The writing at one height, in the colours that it has."""


@dataclass(frozen=True, slots=True)
class Ready:
    """A recipe's parts, and what suits them: a framing where they settle it, options by classifier's name."""

    parts: Callable[[Dataset], tuple[Step, Step]]
    filters: Sequence[Step] = CLEANING
    framing: Framing | None = None
    options: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)


def _always(segmenter: Step, codec: str = "symbols") -> Callable[[Dataset], tuple[Step, Step]]:
    return lambda _: (segmenter, Step(codec, {}))


def _equal(dataset: Dataset) -> tuple[Step, Step]:
    if dataset.min_length != dataset.max_length:
        raise OptionError(f"recipe 'fixed' needs labels of one length, {dataset.name} has several")
    return Step("fixed", {"count": dataset.max_length}), Step("symbols", {})


def _cuts(dataset: Dataset) -> tuple[Step, Step]:
    lengths = {"min_length": dataset.min_length, "max_length": dataset.max_length}
    return Step("cuts", {}), Step("lattice", lengths)


RECIPES: Mapping[str, Ready] = {
    "contours": Ready(_always(Step("contours", {}))),
    "projection": Ready(_always(Step("projection", {}))),
    "fixed": Ready(_equal),
    "cuts": Ready(_cuts, options={"sklearn": {"estimator": "mlp"}}),
    "whole": Ready(_always(Step("whole", {}))),
    "sequence": Ready(_always(Step("whole", {"step": 0.5}), "ctc"), LINE, Framing(32, 0, 3)),
    "document": Ready(
        _always(Step("whole", {})),
        PAGE,
        Framing(96, 256),
        {
            "sklearn": {"estimator": "logistic", "features": "patches", "copies": 2},
            "cnn": {"channels": 12, "places": False, "looks": "ink", "batch": 32, "passes": 14, "dropout": 0.3},
        },
    ),
    "photo": Ready(_always(Step("whole", {})), (), Framing(64, 64, 3), PHOTO),
    "tags": Ready(_always(Step("whole", {}), "tags"), (), Framing(128, 128, 3), PHOTO),
}
"""By name. `sequence` reads the whole picture along its steps; `document` tells what kind of writing a whole page,
block or line is, `photo` what a colour picture shows, `tags` all that it shows."""

BY_TASK = {"text": "cuts", "single-label": "document", "tags": "tags"}
"""The recipe for a dataset's task where none is named."""


def chosen(dataset: Dataset, name: str | None, objectives: Set[Objective] = frozenset()) -> str:
    """Return the name of a recipe: the one given, or that for what a classifier can learn and the dataset's task.

    Raises `OptionError` where there is none.
    """
    name = name or ("sequence" if objectives == {"sequence"} else None) or BY_TASK.get(dataset.task, "cuts")
    if name not in RECIPES:
        raise OptionError(f"no recipe {name!r}; there are {', '.join(RECIPES)}")
    return name


def ready(dataset: Dataset, name: str | None, objectives: Set[Objective] = frozenset()) -> Ready:
    """Return the recipe that is `chosen`; raises `OptionError` where there is none."""
    return RECIPES[chosen(dataset, name, objectives)]


def recipe_for(
    dataset: Dataset,
    name: str | None,
    filters: Sequence[Step] | None = None,
    objectives: Set[Objective] = frozenset(),
) -> Recipe:
    """Return the parts of the recipe of that name for a dataset; raises `OptionError` where there is none."""
    found = ready(dataset, name, objectives)
    segmenter, codec = found.parts(dataset)
    return Recipe(tuple(found.filters if filters is None else filters), segmenter, codec)
