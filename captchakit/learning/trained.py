"""How a training stands, and what comes of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from captchakit.learning.doubting import Doubt
from captchakit.learning.examples import Examples, Framed
from captchakit.reading.card import ONE_LOOK, Looks, Recipe
from captchakit.reading.framing import Framing
from captchakit.stages import Codec, Contract, Learner
from captchakit.types import Probabilities


@dataclass(frozen=True, slots=True)
class Progress:
    """Where the training stands: after `done` of at most `passes`, in seconds, with validation's exact match.

    `exact` and `best` are None where nothing is held out to validate on.
    """

    done: int
    passes: int
    elapsed: float
    left: float
    loss: float
    exact: float | None
    best: float | None
    used: int
    images: int


@dataclass(frozen=True, slots=True)
class Gained:
    """Exact match `before` anything was learned, and from how many `labels` what was validated had learned.

    `kept` is the share of the model that was gone on from in the weights, 1 where nothing that was learned is kept.
    """

    before: float
    labels: float
    kept: float


@dataclass(slots=True)
class Trained:
    """A trained learner in its best state, with what was found on the way."""

    learner: Learner
    codec: Codec
    contract: Contract
    recipe: Recipe
    framing: Framing
    temperature: float
    validation: Sequence[Framed]
    exact: float
    validated_on: str
    examples: Examples
    history: list[Progress] = field(default_factory=list)
    gained: Gained | None = None
    said: Sequence[Probabilities] | None = None
    """What learners that had not seen them said of the validation images, where the learner itself has seen them."""
    doubtful: list[Doubt] = field(default_factory=list)
    left_out: frozenset[int] = frozenset()
    """The places of the images, among those to learn from, whose labels were not learned."""
    interrupted: bool = False
    f2: float | None = None
    """Of several labels: the mean F2 on the validation images, on which the thresholds were tuned."""
    looks: Looks = ONE_LOOK
    """What else the model looks at where it is not sure."""
