"""Which rounds a tuning has: each fold without its held-out part, then all labels."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic

import numpy as np

from captchakit.learning.checkpoint import Checkpoint, State
from captchakit.learning.dataset import Dataset, Item
from captchakit.learning.doubting import contradicted, doubts
from captchakit.learning.examples import Examples, Framed
from captchakit.learning.training import Gained, Progress, Trained, judged, spoken, tempered
from captchakit.learning.tuning.folds import Fold, all_labelled, folds_of
from captchakit.learning.tuning.reader import Picture, pictures_of, unlabelled_in
from captchakit.learning.tuning.round import PASSES, Round, Told
from captchakit.learning.tuning.start import Start
from captchakit.learning.tuning.stream import Stream
from captchakit.stages import Learner, Storable
from captchakit.types import Probabilities

LEARNED_FROM, FOR_EACH_LABEL, MOST_LEARNED_FROM = 12_000, 40, 30_000
"""How many varied pictures a tuning learns from: so many, and so many for each label, up to so many."""

FOLD_SHARE = 0.5
"""How long a fold learns, as a share of the last round on all labels."""

MINUTES = 10.0
"""The time that a tuning takes at the most where nothing else is said."""


def tuned(
    dataset: Dataset,
    start: Start,
    *,
    seed: int = 0,
    minutes: float = MINUTES,
    unlabelled: Path | None = None,
    checkpoint: Checkpoint | None = None,
    resume: bool = False,
    report: Callable[[Progress], None] = lambda _: None,
) -> Trained:
    """Go on from a model with a dataset's labels and return the learner, validated on labels held out.

    First each fold is learned without its held-out part, which gives exact match and calibration; then all labels are
    learned together, and pictures of the folder `unlabelled` with them as far as they are read with certainty. Ends
    after `minutes` at the latest, and at an interrupt with what was learned so far. After each pass `checkpoint` is
    written; with `resume` it is where the tuning goes on. Raises `DatasetError`, `LearningError`.
    """
    tuning = _Tuning(dataset, start, seed, minutes * 60, unlabelled, checkpoint, report)
    try:
        tuning.run(checkpoint.load() if checkpoint is not None and resume else None)
    except KeyboardInterrupt:
        if not tuning.history:
            raise
    return tuning.result()


@dataclass(slots=True, eq=False)
class _Tuning:
    dataset: Dataset
    start: Start
    seed: int
    seconds: float
    other: Path | None
    checkpoint: Checkpoint | None
    report: Callable[[Progress], None]
    history: list[Progress] = field(default_factory=list)
    said: list[Probabilities] = field(default_factory=list)
    items: list[Item] = field(default_factory=list)
    """Those held out so far; what was said of them is in `said`."""
    pictures: Mapping[str, Picture] = field(default_factory=dict)
    unlabelled: Sequence[Picture] = ()
    validated_on: str = ""
    before: float = 0.0
    """Exact match before anything is learned."""
    learned_from: float = 0.0
    """How many labels a fold learned from, on average."""
    began: float = field(default_factory=monotonic)
    learner: Learner = field(init=False)

    def run(self, state: State | None) -> None:
        everything = all_labelled(self.dataset)
        found = pictures_of(self.dataset, everything, self.start.prepare, self.start.card.framing)
        self.pictures = {item.file: picture for item, picture in zip(everything, found, strict=True)}
        self.unlabelled = self._unlabelled()
        folds, self.validated_on = folds_of(self.dataset, self.seed)
        self.before = self._unlearned()
        self.learned_from = sum(len(fold.learned) for fold in folds) / max(1, len(folds))
        images = min(LEARNED_FROM + FOR_EACH_LABEL * len(everything), MOST_LEARNED_FROM)
        rounds = [*folds, Fold(everything, [])]
        works = [FOLD_SHARE] * len(folds) + [1.0]
        at, first = self._taken_up(state, folds)
        for number, (fold, work) in enumerate(zip(rounds, works, strict=True)):
            if number < at:
                continue
            share = work / sum(works[number:])
            left = max(0.0, self.seconds - (monotonic() - self.began))
            self.learner = self.start.adapted(self.seed)
            if number == at and state is not None and isinstance(self.learner, Storable):
                self.learner.take_up(state.arrays)
            turn = self._turn(number, fold, round(images * work))
            try:
                turn.run(left * share, self._telling(number, len(rounds)), first if number == at else 0)
            finally:  # an interrupted round has its say too
                self.said += turn.said()
                self.items += fold.held

    def _taken_up(self, state: State | None, folds: Sequence[Fold]) -> tuple[int, int]:
        """Return the round and the pass to go on with, what was said in the rounds before known again."""
        if state is None:
            return 0, 0
        at = int(state.facts["round"])
        self.items = [item for fold in folds[:at] for item in fold.held]
        self.said = [state.arrays[f"said.{number}"] for number in range(len(self.items))]
        return at, int(state.facts["done"])

    def _turn(self, number: int, fold: Fold, images: int) -> Round:
        dice = np.random.default_rng((self.seed, number))
        return Round(
            self.learner,
            self.start.codec,
            Stream(self.start.prepare, self.start.card.framing, dice),
            [self.pictures[item.file] for item in fold.learned],
            [self.pictures[item.file] for item in fold.held],
            self.unlabelled,
            (self.dataset.min_length, self.dataset.max_length),
            images,
        )

    def _telling(self, number: int, rounds: int) -> Callable[[Told], None]:
        def tell(told: Told) -> None:
            self._keep(number, told.done)
            self._tell(number * PASSES + told.done, rounds * PASSES, told)

        return tell

    def _keep(self, number: int, done: int) -> None:
        if self.checkpoint is None or not isinstance(self.learner, Storable):
            return
        said = {f"said.{k}": probabilities for k, probabilities in enumerate(self.said)}
        self.checkpoint.save(State({"round": number, "done": done}, {**self.learner.stored(), **said}))

    def _tell(self, done: int, passes: int, told: Told) -> None:
        spent = monotonic() - self.began
        left = min(spent / done * (passes - done), max(0.0, self.seconds - spent))
        exact = self._exact() if np.isnan(told.exact) else told.exact
        best = max([exact, *(p.best for p in self.history)])
        used = told.learned_from
        self.history.append(Progress(done, passes, spent, left, told.loss, exact, best, used, len(self.pictures)))
        self.report(self.history[-1])

    def _exact(self) -> float:
        return judged(self.said, self.start.codec, self._held())[0] if self.items else float("nan")

    def _held(self) -> list[Framed]:
        return [self.pictures[item.file].framed for item in self.items]

    def result(self) -> Trained:
        """Return the learner as it is, with what is known of it."""
        if not self.items:
            self.items = all_labelled(self.dataset)
            self.said = spoken(self.learner, self._held())
            self.validated_on = "train images: none were held out"
        codec, held = self.start.codec, self._held()
        temperature = tempered(self.said, codec, held)
        exact, _ = judged(self.said, codec, held, temperature)
        count = len(self.pictures)
        sample = Examples(held[0].tensor, np.zeros((1, 1), np.int64), count, count)
        start = self.start
        return Trained(
            self.learner,
            codec,
            start.contract,
            start.recipe,
            start.card.framing,
            temperature,
            held,
            exact,
            self.validated_on,
            sample,
            self.history,
            Gained(self.before, self.learned_from),
            self.said,
            doubts(self.items, contradicted(held, self.said, codec, temperature)),
        )

    def _unlearned(self) -> float:
        pictures = [picture.framed for picture in self.pictures.values()]
        return judged(spoken(self.start.adapted(self.seed), pictures), self.start.codec, pictures)[0]

    def _unlabelled(self) -> list[Picture]:
        """Return the pictures of the other folder that are none of the dataset's, whatever their split."""
        if self.other is None:
            return []
        known = {self.dataset.read(item) for item in self.dataset.items}
        return unlabelled_in(self.other, known, self.start.prepare, self.start.card.framing)
