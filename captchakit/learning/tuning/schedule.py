"""Which rounds a tuning has: each fold without its held-out part, then all labels."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic

import numpy as np

from captchakit.learning.checkpoint import Checkpoint, State
from captchakit.learning.dataset import Dataset
from captchakit.learning.doubting import Doubt
from captchakit.learning.examples import Examples
from captchakit.learning.judging import judged, spoken
from captchakit.learning.trained import Gained, Progress, Trained
from captchakit.learning.tuning.averaging import Folded
from captchakit.learning.tuning.folds import Fold, all_labelled, folds_of
from captchakit.learning.tuning.heard import Heard
from captchakit.learning.tuning.interpolating import Interpolated
from captchakit.learning.tuning.looked import Looked, Looker
from captchakit.learning.tuning.reader import Picture, unlabelled_in
from captchakit.learning.tuning.round import PASSES, Round, Told
from captchakit.learning.tuning.start import Start
from captchakit.learning.tuning.stream import Stream
from captchakit.learning.tuning.ways import best_way
from captchakit.reading.card import ONE_LOOK
from captchakit.stages import Learner, Storable

LEARNED_FROM, FOR_EACH_LABEL, MOST_LEARNED_FROM = 4_000, 100, 24_000
"""How many varied pictures a tuning learns from: so many, and so many for each label, up to so many.

Where the model that is gone on from reads little there is more to learn: up to twice as many (`_images`).
"""

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

    Pictures are prepared in that way, of those in which the model looks, in which it reads the labels best, and a
    letter that the labels have in one case alone begins as what the model reads in either. First each fold is
    learned without its held-out part, which gives exact match and calibration; then all labels are learned
    together, and pictures of the folder `unlabelled` with them as far as they are read with certainty; the weights
    that come of it are averaged with those of the folds, and with those of the model that was gone on from, in the
    share under which the labels held out are the most probable. Labels that a reader contradicts which did not
    learn from them are not learned from. Where that share is all, the model that was gone on from is kept. The new
    one takes further looks where that reads no less of what was held out. Ends after `minutes` at the latest, and
    at an interrupt with what was learned so far. After each pass `checkpoint` is written; with `resume` it is where
    the tuning goes on. Raises `DatasetError`, `LearningError`.
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
    pictures: Mapping[str, Picture] = field(default_factory=dict)
    unlabelled: Sequence[Picture] = ()
    validated_on: str = ""
    learned_from: float = 0.0
    """How many labels a fold learned from, on average."""
    began: float = field(default_factory=monotonic)
    given: Start = field(init=False)
    """The model that is gone on from as it came; `start` prepares in the way that was chosen."""
    learner: Learner = field(init=False)
    before: Heard = field(init=False)
    """What the model that is gone on from says of all pictures."""
    between: Interpolated = field(init=False)
    """What the folds said of those held out so far, as they had learned and nearer to the start."""
    folded: Folded = field(default_factory=Folded)

    def run(self, state: State | None) -> None:
        everything = all_labelled(self.dataset)
        self.given = self.start
        self.start, self.pictures, self.before = best_way(self.given, self.dataset, everything, self.seed)
        self.unlabelled = self._unlabelled()
        folds, self.validated_on = folds_of(self.dataset, self.seed)
        looker, nothing = Looker.of(self.start, self.given.ways()), Heard(self.start.codec, self.pictures)
        self.between = Interpolated.of(self.start.adapted(self.seed), looker, nothing)
        doubted = self.before.doubts()
        self.learned_from = sum(len(fold.learned) for fold in folds) / max(1, len(folds))
        images = _images(len(everything), self.before.exact())
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
            turn = self._turn(number, self._trusted(fold, doubted), round(images * work))
            try:
                turn.run(left * share, self._telling(number, len(rounds)), first if number == at else 0)
            finally:  # an interrupted round has its say too
                self.between.hear(self.learner, fold.held)
            if number < len(folds):
                self.folded.add(self.learner)
        self.folded.into(self.learner)

    def _trusted(self, fold: Fold, doubted: Sequence[Doubt]) -> Fold:
        """Return the fold without the labels that were doubted before or are so far, unless nothing is left then."""
        files = {doubt.item.file for doubt in (*doubted, *self.between.learned.doubts())}
        learned = [item for item in fold.learned if item.file not in files]
        return Fold(learned or fold.learned, fold.held)

    def _taken_up(self, state: State | None, folds: Sequence[Fold]) -> tuple[int, int]:
        """Return the round and the pass to go on with, what was said in the rounds before known again."""
        if state is None:
            return 0, 0
        at = int(state.facts["round"])
        self.between.take_up(state.arrays, [item for fold in folds[:at] for item in fold.held])
        self.folded.take_up(state.arrays, at)
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
            self.between.drawn,
        )

    def _telling(self, number: int, rounds: int) -> Callable[[Told], None]:
        def tell(told: Told) -> None:
            self._keep(number, told.done)
            self._tell(number * PASSES + told.done, rounds * PASSES, told)

        return tell

    def _keep(self, number: int, done: int) -> None:
        if self.checkpoint is None or not isinstance(self.learner, Storable):
            return
        arrays = {**self.learner.stored(), **self.between.stored(), **self.folded.stored()}
        self.checkpoint.save(State({"round": number, "done": done}, arrays))

    def _tell(self, done: int, passes: int, told: Told) -> None:
        spent = monotonic() - self.began
        left = min(spent / done * (passes - done), max(0.0, self.seconds - spent))
        held = self.between.learned
        exact = held.exact() if told.exact is None and held.items else told.exact
        known = [score for score in (exact, *(p.best for p in self.history)) if score is not None]
        best = max(known, default=None)
        used = told.learned_from
        self.history.append(Progress(done, passes, spent, left, told.loss, exact, best, used, len(self.pictures)))
        self.report(self.history[-1])

    def result(self) -> Trained:
        """Return the learner as it is, drawn towards its start as far as reads best, with what is known of it."""
        chosen = self.between.chosen()
        _, heard, looked = chosen
        self.between.draw(self.learner, chosen.kept)
        if not heard.items:
            heard, looked = self._heard_of_all()
            self.validated_on = "train images: none were held out"
        elif chosen.kept == 1:
            self.validated_on += "; they are more probable without what was learned, so the model is kept as it was"
        held, count, start = heard.framed(), len(self.pictures), self.start
        labels = [picture.label for picture in held]
        read = looked.read(labels)
        again = bool(self.between.looker.further) and read >= heard.read()
        # Several looks are weighed as they are given; what they deserve of confidence is fitted afterwards.
        temperature = 1.0 if again else heard.temperature()
        return Trained(
            self.learner,
            start.codec,
            start.contract,
            start.recipe,
            start.card.framing,
            temperature,
            held,
            read.exact if again else judged(heard.said, start.codec, held, temperature)[0],
            self.validated_on,
            Examples(held[0].tensor, np.zeros((1, 1), np.int64), count, count),
            self.history,
            Gained(self.before.exact(), self.learned_from, chosen.kept),
            heard.said,
            heard.doubts(),
            looks=looked.calibrated(self.between.looker.looks, labels) if again else ONE_LOOK,
        )

    def _heard_of_all(self) -> tuple[Heard, Looked]:
        """Return what is said and answered of what was learned from."""
        items = all_labelled(self.dataset)
        pictures = [self.pictures[item.file] for item in items]
        said = spoken(self.learner, [picture.framed for picture in pictures])
        return (
            Heard(self.start.codec, self.pictures, items, said),
            self.between.looker.look(self.learner, pictures, said),
        )

    def _unlabelled(self) -> list[Picture]:
        """Return the pictures of the other folder that are none of the dataset's, whatever their split."""
        if self.other is None:
            return []
        known = {self.dataset.read(item) for item in self.dataset.items}
        return unlabelled_in(self.other, known, self.start.prepare, self.start.card.framing)


def _images(labels: int, before: float) -> int:
    """Return how many varied pictures the last round learns from, by the share of labels that is read already."""
    return round(min(LEARNED_FROM + FOR_EACH_LABEL * labels, MOST_LEARNED_FROM) * (2 - before))
