"""What a model file says of itself: everything that solving needs, and where the model comes from."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from captchakit.errors import ModelError
from captchakit.reading.calibration import AS_GIVEN, Calibration
from captchakit.reading.conditions import constraint_from_json, constraint_to_json
from captchakit.reading.framing import Framing
from captchakit.registry import Step
from captchakit.types import ANYTHING, Constraint

FORMAT = 1
"""The number that changes whenever an older captchakit would misread a card.

Within a format a card may say more than an older captchakit knows of, which passes over it: `calibration.confidence`,
`constraint`, `looks`, `looks.agreed` and `recipe.answer` came later, and a card without them is read as one that says
nothing there.
"""

METADATA_KEY = "captchakit"

AGREED = (0.0,)
"""Two looks that answer alike are enough, where a card with looks does not say."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """The parts around the model, each by name with its options: filters in order, segmenter, codec.

    `answer` is the stage that makes an answer of the text, None where the text is the answer.
    """

    filters: tuple[Step, ...]
    segmenter: Step
    codec: Step
    answer: Step | None = None

    def to_json(self) -> dict[str, Any]:
        """Return the recipe as plain values."""
        return {
            "filters": [_step_to_json(s) for s in self.filters],
            "segmenter": _step_to_json(self.segmenter),
            "codec": _step_to_json(self.codec),
            **({"answer": _step_to_json(self.answer)} if self.answer else {}),
        }

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> Recipe:
        """Return the recipe that `to_json` wrote."""
        filters = tuple(_step_from_json(s) for s in values["filters"])
        answer = _step_from_json(values["answer"]) if values.get("answer") else None
        return cls(filters, _step_from_json(values["segmenter"]), _step_from_json(values["codec"]), answer)


@dataclass(frozen=True, slots=True)
class Looks:
    """Other ways to prepare an image, taken one after the other while its answer is less probable than `below`.

    `agreed` are lower bounds in its place where two looks answer alike, where three do, and so on, and 0 where more do:
    what is between them, such as 1 and l, no further look decides. `filters` are the filters of each way, in place of
    the recipe's. `calibration` makes a confidence of what several looks give an answer in the mean.
    """

    filters: tuple[tuple[Step, ...], ...] = ()
    below: float = 0.0
    calibration: Calibration = AS_GIVEN
    agreed: tuple[float, ...] = AGREED

    def __post_init__(self) -> None:
        for bound in (self.below, *self.agreed):
            if not 0.0 <= bound <= 1.0:
                raise ValueError(f"looks below {bound}, which is no probability")

    def enough(self, probability: float, alike: int) -> bool:
        """Return whether an answer needs no further look, which so many looks give and all of them this in the mean."""
        bounds = (self.below, *self.agreed)
        return alike > len(bounds) or probability >= bounds[alike - 1]

    def to_json(self) -> dict[str, Any]:
        """Return the looks as plain values."""
        return {
            "filters": [[_step_to_json(step) for step in way] for way in self.filters],
            "below": self.below,
            "agreed": list(self.agreed),
            "confidence": self.calibration.to_json(),
        }

    @classmethod
    def from_json(cls, values: Mapping[str, Any] | None) -> Looks:
        """Return what `to_json` wrote, for None no other looks; raises `KeyError`, `ValueError`."""
        if values is None:
            return cls()
        ways = tuple(tuple(_step_from_json(step) for step in way) for way in values["filters"])
        calibration = Calibration.from_json(values.get("confidence"))
        agreed = tuple(float(bound) for bound in values.get("agreed", AGREED))
        return cls(ways, float(values["below"]), calibration, agreed)


ONE_LOOK = Looks()


@dataclass(frozen=True, slots=True)
class ModelCard:
    """The card in a model's metadata.

    `alphabet` are the labels in the order of the classes, without those that the codec adds; `temperature` divides
    the log-probabilities before decoding (Guo et al. 2017, arXiv:1706.04599), and `calibration` makes of an answer's
    probability its confidence; `constraint` holds answers where the asker says nothing; `looks` are taken where the
    recipe's is not sure; `training` and `scores` are for people and for the benchmark, which looks up
    `training["dataset"]`.
    """

    name: str
    task: str
    alphabet: tuple[str, ...]
    framing: Framing
    recipe: Recipe
    temperature: float = 1.0
    training: Mapping[str, Any] = field(default_factory=dict)
    scores: Mapping[str, Any] = field(default_factory=dict)
    git_commit: str = ""
    saved: str = ""
    experiment: str = ""
    calibration: Calibration = AS_GIVEN
    constraint: Constraint = ANYTHING
    looks: Looks = ONE_LOOK

    def to_json(self) -> str:
        """Return the card as JSON text."""
        framing = {"height": self.framing.height, "width": self.framing.width, "channels": self.framing.channels}
        return json.dumps(
            {
                "format": FORMAT,
                "name": self.name,
                "task": self.task,
                "alphabet": list(self.alphabet),
                "framing": framing,
                "recipe": self.recipe.to_json(),
                "calibration": {
                    "method": "temperature",
                    "temperature": self.temperature,
                    **({} if self.calibration == AS_GIVEN else {"confidence": self.calibration.to_json()}),
                },
                **({} if self.constraint == ANYTHING else {"constraint": constraint_to_json(self.constraint)}),
                **({"looks": self.looks.to_json()} if self.looks.filters else {}),
                "training": dict(self.training),
                "scores": dict(self.scores),
                "git_commit": self.git_commit,
                "saved": self.saved,
                "experiment": self.experiment,
            },
            ensure_ascii=False,
            sort_keys=True,
            default=str,  # an option of a foreign plugin may be anything; the card is for reading it
        )

    @classmethod
    def from_json(cls, text: str) -> ModelCard:
        """Return the card of JSON text; raises `ModelError` where it is of another format or incomplete."""
        try:
            values = json.loads(text)
            found = values["format"]
        except (json.JSONDecodeError, KeyError, TypeError):
            raise ModelError("its card is not a captchakit card") from None
        if found != FORMAT:
            raise ModelError(f"its card is of format {found!r}; this captchakit reads format {FORMAT}")
        try:
            return cls._from_values(values)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise ModelError(f"its card is incomplete or wrong: {error!r}") from None

    @classmethod
    def _from_values(cls, values: Mapping[str, Any]) -> ModelCard:
        calibration = values["calibration"]
        if calibration["method"] != "temperature" or not float(calibration["temperature"]) > 0:
            raise ValueError(f"calibration {calibration}")
        return cls(
            name=str(values["name"]),
            task=str(values["task"]),
            alphabet=tuple(str(a) for a in values["alphabet"]),
            framing=Framing(**values["framing"]),
            recipe=Recipe.from_json(values["recipe"]),
            temperature=float(calibration["temperature"]),
            training=dict(values["training"]),
            scores=dict(values["scores"]),
            git_commit=str(values["git_commit"]),
            saved=str(values["saved"]),
            experiment=str(values["experiment"]),
            calibration=Calibration.from_json(calibration.get("confidence")),
            constraint=constraint_from_json(values.get("constraint")),
            looks=Looks.from_json(values.get("looks")),
        )


def _step_to_json(step: Step) -> dict[str, Any]:
    return {"name": step.name, "options": dict(step.options)}


def _step_from_json(values: Mapping[str, Any]) -> Step:
    return Step(str(values["name"]), dict(values["options"]))
