"""From image bytes to a solution: one flow for every task."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from time import perf_counter
from typing import Any, NamedTuple

import numpy as np

from captchakit.errors import CaptchakitError, ImageError, ModelError, OptionError, PluginError
from captchakit.reading.abstaining import Asked, withheld
from captchakit.reading.answering import answered
from captchakit.reading.card import ModelCard
from captchakit.reading.image import decode
from captchakit.reading.looking import Reading, Seen, View
from captchakit.reading.model import Model
from captchakit.reading.opening import opened
from captchakit.reading.prepare import Prepare, Prepared
from captchakit.registry import answers, codecs
from captchakit.stages import Answer, Codec
from captchakit.types import ANYTHING, Constraint, Glyphs, Predictions, Probabilities, Solution, Symbol


class Ask(NamedTuple):
    """An image file, and what its answer is to be: the arguments of `Pipeline.solve`."""

    data: bytes
    constraint: Constraint = ANYTHING
    top: int = 1
    min_confidence: float = 0.0


@dataclass(frozen=True, eq=False)
class Pipeline:
    """A loaded model with the parts that its card names. Safe to share between threads; implements `Solver`."""

    model: Model
    prepare: Prepare
    codec: Codec
    answer: Answer | None = None
    again: tuple[Prepare, ...] = ()
    """How an image is prepared for further looks, where the first leaves doubt."""

    @classmethod
    def load(cls, model: str | Path | bytes | Model) -> Pipeline:
        """Open a model file, its bytes, or a model; raises `ModelError` where card, parts and graph do not agree.

        A file without a card that has a `charsets.json` beside it is read as one of dddd_trainer's.
        """
        where = f"{model}: " if isinstance(model, str | Path) else ""
        if isinstance(model, bytes):
            model = Model(model)
        elif not isinstance(model, Model):
            model = opened(model)
        card = model.card
        try:
            prepare, *again = (
                Prepare.from_recipe(replace(card.recipe, filters=f)) for f in (card.recipe.filters, *card.looks.filters)
            )
            codec: Codec = codecs.build(card.recipe.codec.name, card.recipe.codec.options, alphabet=card.alphabet)
            step = card.recipe.answer
            answer: Answer | None = answers.build(step.name, step.options) if step else None
        except PluginError as error:
            raise ModelError(f"{where}model {card.name!r}: {error}") from None
        if codec.classes != model.classes:
            raise ModelError(
                f"{where}model {card.name!r}: its graph has {model.classes} classes where codec "
                f"{card.recipe.codec.name!r} with {len(card.alphabet)} labels needs {codec.classes}"
            )
        return cls(model, prepare, codec, answer, tuple(again))

    def __repr__(self) -> str:
        return f"Pipeline({self.model!r}, {self.prepare!r}, {self.codec!r})"

    @property
    def card(self) -> ModelCard:
        """The card of the model."""
        return self.model.card

    @property
    def name(self) -> str:
        """The model's name."""
        return self.model.card.name

    def solve(
        self, data: bytes, constraint: Constraint = ANYTHING, *, top: int = 1, min_confidence: float = 0.0
    ) -> Solution:
        """Read one image file; `top` above 1 asks for alternatives, an answer under `min_confidence` is withheld.

        Raises `ImageError` where the bytes are no image, `OptionError` where nothing is allowed.
        """
        (found,) = self.solve_each([Ask(data, constraint, top, min_confidence)])
        if isinstance(found, CaptchakitError):
            raise found
        return found

    def solve_batch(
        self,
        batch: Sequence[bytes],
        constraint: Constraint = ANYTHING,
        *,
        top: int = 1,
        min_confidence: float = 0.0,
    ) -> list[Solution]:
        """Read several image files in one run of the model; `ImageError` names the place of one that is none.

        `elapsed` of each answer is the batch's mean.
        """
        solutions = list[Solution]()
        for place, found in enumerate(self.solve_each([Ask(data, constraint, top, min_confidence) for data in batch])):
            if isinstance(found, ImageError):
                raise ImageError(f"image {place} of the batch: {found}")
            if isinstance(found, CaptchakitError):
                raise found
            solutions.append(found)
        return solutions

    def solve_each(self, asks: Sequence[Ask]) -> list[Solution | CaptchakitError]:
        """Read image files that have nothing to do with each other in one run of the model.

        Returns for each its solution, or what `solve` would have raised; `elapsed` is the mean.
        """
        started = perf_counter()
        readings = [_or_error(_reading, ask) for ask in asks]
        self._read([r for r in readings if isinstance(r, Reading)])
        found = [_or_error(self._solution, *pair) for pair in zip(readings, asks, strict=True)]
        share = (perf_counter() - started) / max(len(asks), 1)
        return [replace(s, elapsed=share) if isinstance(s, Solution) else s for s in found]

    def see(self, data: bytes, constraint: Constraint = ANYTHING) -> Seen:
        """Read one image file and return the answer with the look that it comes from; raises as `solve` does."""
        reading = _reading(Ask(data, constraint))
        self._read([reading])
        return self._found(reading)

    def _read(self, readings: Sequence[Reading]) -> None:
        """Look at all images, and again at those whose answers are not probable enough yet."""
        for prepare in (self.prepare, *self.again):
            waiting = [reading for reading in readings if reading.goes_on(self.card.looks)]
            if waiting:
                self._look(prepare, waiting)

    def _look(self, prepare: Prepare, readings: Sequence[Reading]) -> None:
        """Take one look at each image, in one run of the model for each width that occurs."""
        prepared = [_or_error(prepare, reading.image) for reading in readings]
        spoken = iter(self._predicted([p.glyphs for p in prepared if isinstance(p, Prepared)]))
        for reading, made in zip(readings, prepared, strict=True):
            try:
                if isinstance(made, CaptchakitError):
                    raise made
                reading.add(View(prepare, made, next(spoken)), self._decoded)
            except CaptchakitError as error:
                reading.error = error

    def probabilities(self, glyphs: Glyphs) -> Probabilities:
        """Return `(N, T, C)` for glyphs of one image."""
        if not glyphs:
            return np.zeros((0, 1, self.model.classes), np.float32)
        return self.model(self.card.framing.frame(glyphs))

    def _predicted(self, groups: list[Glyphs]) -> list[Predictions]:
        """Run the model once for each width that occurs, over all images together."""
        framing = self.card.framing
        widths: dict[int, list[int]] = {}
        for number, glyphs in enumerate(groups):
            width = framing.width_of(glyphs[0].image) if glyphs else 0
            widths.setdefault(width, []).append(number)
        told: dict[int, Predictions] = {}
        for numbers in widths.values():
            together = self.probabilities(tuple(g for n in numbers for g in groups[n]))
            at = 0
            for n in numbers:
                told[n] = Predictions(together[at : at + len(groups[n])], groups[n])
                at += len(groups[n])
        return [told[n] for n in range(len(groups))]

    def evaluating(self, answer: str) -> Pipeline:
        """Return this pipeline with an answer stage by name, such as `arithmetic`; raises `PluginError`."""
        return replace(self, answer=answers.build(answer))

    def decoded(self, predictions: Predictions, constraint: Constraint = ANYTHING, top: int = 1) -> Solution:
        """Return the answer to predictions of one look, its boxes in the filtered image, before it may be withheld."""
        solution = self._decoded(predictions, constraint, top)
        return replace(solution, confidence=self.card.calibration(solution.confidence))

    def _decoded(self, predictions: Predictions, constraint: Constraint, top: int) -> Solution:
        constraint = constraint.over(self.card.constraint)
        if self.answer is None:
            return self.codec.decode(predictions, constraint, top)
        return answered(self.codec, predictions, constraint, top, self.answer)

    def _found(self, reading: Reading) -> Seen:
        """Return what was seen, with a calibrated confidence; raises the error that ended it."""
        seen, card = reading.seen(), self.card
        calibration = card.calibration if seen.looks == 1 else card.looks.calibration
        return seen._replace(solution=replace(seen.solution, confidence=calibration(seen.solution.confidence)))

    def _solution(self, reading: Reading | CaptchakitError, ask: Ask) -> Solution:
        if isinstance(reading, CaptchakitError):
            raise reading
        found, (_, prepared, predictions), _ = self._found(reading)
        asked = Asked(self.codec, predictions, ask.constraint.over(self.card.constraint), prepared.size)
        found = withheld(found, ask.min_confidence, asked)
        boxes = [box.within(*prepared.size) for box in prepared.restored([s.box for s in found.symbols])]
        symbols = tuple(Symbol(s.label, s.confidence, box) for s, box in zip(found.symbols, boxes, strict=True))
        return replace(found, symbols=symbols, model=self.name)


def _reading(ask: Ask) -> Reading:
    if ask.top < 1 or not 0.0 <= ask.min_confidence <= 1.0:
        raise OptionError(f"top is 1 or more and a confidence from 0 to 1, not {ask.top} and {ask.min_confidence}")
    return Reading(decode(ask.data), ask.constraint, ask.top)


def _or_error(make: Callable[..., Any], *arguments: Any) -> Any:
    try:
        return make(*arguments)
    except CaptchakitError as error:
        return error
