"""The training loop: one for every classifier, codec and task."""

from __future__ import annotations

from collections.abc import Callable
from time import monotonic
from typing import Any

import numpy as np

from captchakit.errors import LearningError
from captchakit.learning.dataset import Dataset
from captchakit.learning.examples import Preparing
from captchakit.learning.judging import judged, spoken, tempered
from captchakit.learning.laying import Laid, Source
from captchakit.learning.splitting import learning_split
from captchakit.learning.stored import for_learner
from captchakit.learning.thresholds import tuned
from captchakit.learning.trained import Progress, Trained
from captchakit.reading.card import Recipe
from captchakit.reading.framing import Framing
from captchakit.registry import codecs
from captchakit.stages import Classifier, Codec, Contract, Learner

COOL_DOWN = 6
"""The passes in which the learning rate still falls once validation stands still."""


def train(
    dataset: Dataset,
    classifier: Classifier,
    recipe: Recipe,
    framing: Framing,
    *,
    passes: int,
    seed: int = 0,
    minutes: float | None = None,
    report: Callable[[Progress], None] = lambda _: None,
    preparing: Callable[[Preparing], None] = lambda _: None,
    guide: Trained | None = None,
) -> Trained:
    """Learn a classifier from string labels and return it in its best state on whole validation images.

    Ends after `passes`, when nothing changes any more, soon after validation has stood still for a quarter of all
    passes, after `minutes`, or at an interrupt: always with the best state so far. A `guide`, trained before on the
    same dataset, lays the labels on the glyphs at first.

    Raises `DatasetError`, `LearningError`.
    """
    codec: Codec = codecs.build(recipe.codec.name, recipe.codec.options, alphabet=dataset.alphabet)
    if codec.objective not in classifier.objectives:
        raise LearningError(f"{type(classifier).__name__} cannot learn targets of kind {codec.objective!r}")
    contract = Contract(framing.channels, framing.height, framing.width, codec.classes, codec.objective)
    to_learn, to_validate, validated_on = learning_split(dataset, seed)
    source = Source(dataset, to_learn, to_validate, framing, preparing)

    def fresh(number: int) -> Learner:
        return classifier.learner(contract, seed + number)

    laid = Laid(source, recipe, codec, fresh, guide)
    loop = _Loop(laid, passes, minutes, report)
    loop.run()
    said = spoken(laid.learner, laid.validation)
    codec, settled = tuned(codec, laid.recipe, said, laid.validation)
    # One temperature is for probabilities that share a whole, which flags do not.
    temperature = 1.0 if codec.objective == "tags" else tempered(said, codec, laid.validation)
    return Trained(
        laid.learner,
        codec,
        contract,
        settled,
        framing,
        temperature,
        laid.validation,
        loop.best[0],
        validated_on,
        laid.examples,
        loop.history,
        doubtful=laid.doubtful(temperature),
        left_out=frozenset(laid.left_out),
        interrupted=loop.interrupted,
    )


class _Loop:
    def __init__(self, laid: Laid, passes: int, minutes: float | None, report: Callable[[Progress], None]) -> None:
        self.laid = laid
        self.learner = laid.learner
        self.passes = passes
        self.limit = minutes * 60 if minutes is not None else float("inf")
        self.report = report
        self.best: tuple[float, float] = (-1.0, 0.0)
        self.state: Any = None
        self.history: list[Progress] = []
        self.interrupted = False
        self.patience = max(8, passes // 4)
        self.cooling: tuple[int, float] = (0, 0.0)  # the pass from which the schedule is hurried, and where it was

    def run(self) -> None:
        started = monotonic()
        try:
            self._passes(started)
        except KeyboardInterrupt:
            if self.state is None:
                raise
            self.interrupted = True
        self.learner.restore(self.state)

    def _passes(self, started: float) -> None:
        since_best = done = 0
        while done < self.passes:
            if done and not self._renewed(done, monotonic() - started):
                return
            examples = self.laid.examples
            tensor = for_learner(self.learner, examples.tensor)
            loss = self.learner.learn(tensor, examples.targets, self._share(done, started))
            if not np.isfinite(loss):
                raise LearningError(f"the loss is {loss} after {done + 1} passes; try a lower rate")
            since_best = 0 if self._validated() else since_best + 1
            done += 1
            spent = monotonic() - started
            self._told(done, spent, loss)
            if spent > self.limit:
                return
            if since_best > self.patience and self.passes - done > COOL_DOWN:
                # Nothing is gained at this rate any more: bring the schedule to its end instead of breaking it off.
                self.cooling = done, self._share(done, started)
                self.passes = done + COOL_DOWN

    def _renewed(self, done: int, spent: float) -> bool:
        """Lay the labels anew where it is time to; return whether another pass would change anything."""
        recipe = self.laid.recipe
        changing = self.laid.renew(done, self.passes, spent / done, self.limit)
        if self.laid.recipe is not recipe:
            self.best = (-1.0, 0.0)  # what was best among other candidates need not be
        return changing

    def _share(self, done: int, started: float) -> float:
        since, share = self.cooling
        passed = share + (1 - share) * (done - since) / (self.passes - since)
        return min(1.0, max(passed, (monotonic() - started) / self.limit if self.limit else 1.0))

    def _validated(self) -> bool:
        """Score the present state and keep it where it is the best so far."""
        validation = self.laid.validation
        now = judged(spoken(self.learner, validation), self.laid.codec, validation)
        self.last = now[0]
        if now <= self.best:
            return False
        self.best, self.state = now, self.learner.snapshot()
        return True

    def _told(self, done: int, spent: float, loss: float) -> None:
        left = min(spent / done * (self.passes - done), max(self.limit - spent, 0.0))
        used, images = self.laid.examples.used, self.laid.examples.images
        progress = Progress(done, self.passes, spent, left, loss, self.last, self.best[0], used, images)
        self.history.append(progress)
        self.report(progress)
