"""The training loop: passes, validation after each, and the best state."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict
from time import monotonic
from typing import Any

import numpy as np
from numpy.typing import NDArray

from captchakit.errors import LearningError
from captchakit.learning.checkpoint import Checkpoint, State
from captchakit.learning.judging import judged, spoken
from captchakit.learning.laying import Laid
from captchakit.learning.stored import for_learner
from captchakit.learning.trained import Progress
from captchakit.stages import Storable

COOL_DOWN = 6
"""The passes in which the learning rate still falls once validation stands still."""


class Loop:
    """Passes over what is laid until nothing is gained any more; `best` is what the learner is brought back to."""

    def __init__(
        self,
        laid: Laid,
        passes: int,
        minutes: float | None,
        report: Callable[[Progress], None],
        checkpoint: Checkpoint | None,
    ) -> None:
        self.laid = laid
        self.learner = laid.learner
        self.passes = passes
        self.limit = minutes * 60 if minutes is not None else float("inf")
        self.report = report
        self.checkpoint = checkpoint
        self.done = self.since_best = 0
        self.best: tuple[float, float] = (-1.0, 0.0)
        self.state: Any = None
        self.stored: Mapping[str, NDArray[Any]] = {}  # the best state, as arrays for the checkpoint
        self.history: list[Progress] = []
        self.interrupted = False
        self.patience = max(8, passes // 4)
        self.cooling: tuple[int, float] = (0, 0.0)  # the pass from which the schedule is hurried, and where it was

    def run(self) -> None:
        """Learn to the end, the limit or an interrupt, and go back to the best state."""
        started = monotonic()
        try:
            self._passes(started)
        except KeyboardInterrupt:
            if self.state is None:
                raise
            self.interrupted = True
        self.learner.restore(self.state)

    def _passes(self, started: float) -> None:
        while self.done < self.passes:
            if self.done and not self._renewed(self.done, monotonic() - started):
                return
            examples = self.laid.examples
            tensor = for_learner(self.learner, examples.tensor)
            loss = self.learner.learn(tensor, examples.targets, self._share(self.done, started))
            if not np.isfinite(loss):
                raise LearningError(f"the loss is {loss} after {self.done + 1} passes; try a lower rate")
            self.since_best = 0 if self._validated() else self.since_best + 1
            self.done += 1
            spent = monotonic() - started
            progress = self._progress(spent, loss)
            if self.since_best > self.patience and self.passes - self.done > COOL_DOWN:
                # Nothing is gained at this rate any more: bring the schedule to its end instead of breaking it off.
                self.cooling = self.done, self._share(self.done, started)
                self.passes = self.done + COOL_DOWN
            self._keep()
            self.report(progress)
            if spent > self.limit:
                return

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
        if self.checkpoint is not None and isinstance(self.learner, Storable):
            self.stored = self.learner.stored()
        return True

    def _progress(self, spent: float, loss: float) -> Progress:
        """Note how it stands after a pass."""
        left = min(spent / self.done * (self.passes - self.done), max(self.limit - spent, 0.0))
        used, images = self.laid.examples.used, self.laid.examples.images
        progress = Progress(self.done, self.passes, spent, left, loss, self.last, self.best[0], used, images)
        self.history.append(progress)
        return progress

    def _keep(self) -> None:
        """Write the checkpoint: where the schedule is, what lies where, the learner now and at its best."""
        if self.checkpoint is None or not isinstance(self.learner, Storable):
            return
        schedule = {"done": self.done, "passes": self.passes, "since_best": self.since_best, "cooling": self.cooling}
        history = [asdict(progress) for progress in self.history]
        facts = {**schedule, "best": self.best, "history": history, "laid": self.laid.stored()}
        states = {"now": self.learner.stored(), "best": self.stored}
        arrays = {f"{which}.{name}": array for which, state in states.items() for name, array in state.items()}
        self.checkpoint.save(State(facts, arrays))

    def take_up(self, state: State) -> None:
        """Go on from a checkpoint; the time begins anew."""
        facts, learner = state.facts, self.learner
        assert isinstance(learner, Storable)
        self.stored = _part(state, "best.")
        learner.take_up(self.stored)
        self.state = self.learner.snapshot()
        learner.take_up(_part(state, "now."))
        self.laid.take_up(facts["laid"])
        self.done, self.passes, self.since_best = (int(facts[name]) for name in ("done", "passes", "since_best"))
        self.cooling = int(facts["cooling"][0]), float(facts["cooling"][1])
        self.best = float(facts["best"][0]), float(facts["best"][1])
        self.history = [Progress(**progress) for progress in facts["history"]]


def _part(state: State, which: str) -> dict[str, NDArray[Any]]:
    return {name.removeprefix(which): array for name, array in state.arrays.items() if name.startswith(which)}
