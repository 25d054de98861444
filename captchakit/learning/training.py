"""The training loop: one for every classifier, codec and task."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from time import monotonic
from typing import Any

import numpy as np

from captchakit.errors import LearningError
from captchakit.learning.crossing import spoken_crosswise
from captchakit.learning.dataset import Dataset, Item
from captchakit.learning.doubting import FEWEST, Doubt, contradicted, doubts
from captchakit.learning.examples import Examples, Framed, align, frame_all
from captchakit.learning.narrowing import narrowed
from captchakit.learning.piloting import piloted
from captchakit.learning.thresholds import tuned
from captchakit.reading.card import Recipe
from captchakit.reading.framing import Framing
from captchakit.reading.image import decode
from captchakit.reading.model import calibrated
from captchakit.reading.prepare import Prepare
from captchakit.registry import Step, codecs, options_of
from captchakit.stages import Classifier, Codec, Contract, Learner, Narrowable, Segmenter
from captchakit.types import Image, Predictions, Probabilities

REALIGN_AT = frozenset({1, 2, 3, 5, 8, 13, 21, 34})
"""The passes after which labels are laid on the glyphs anew: often while the model changes much."""

NARROW_AT = 5
"""The pass after which the segmenter is narrowed, or halfway through fewer: the paths are known well enough then."""

COOL_DOWN = 6
"""The passes in which the learning rate still falls once validation stands still."""

DOUBT_AT = 8
"""The pass after which each half of the images is read by who learned the other: the labels lie well enough by then."""

CROSSWISE = 4
"""The share of all passes, one in so many, that learners of a half make."""

NARROW_ON = 200
"""How many images the narrowing looks at."""

TEMPERATURES = (0.5, 0.7, 0.85, 1.0, 1.2, 1.5, 2.0, 3.0, 4.0)


@dataclass(frozen=True, slots=True)
class Progress:
    """Where the training stands: after `done` of at most `passes`, in seconds, with validation's exact match."""

    done: int
    passes: int
    elapsed: float
    left: float
    loss: float
    exact: float
    best: float
    used: int
    images: int


@dataclass(frozen=True, slots=True)
class Gained:
    """Exact match `before` anything was learned, and from how many `labels` what was validated had learned."""

    before: float
    labels: float


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


def learning_split(dataset: Dataset, seed: int) -> tuple[list[Item], list[Item], str]:
    """Return the items to learn from, those to validate on, and in a word which those are.

    Where the dataset has no validation split, a seeded fifth of the train split is held out, whole groups together;
    under five images there is nothing to spare and the train images validate themselves.
    """
    train = list(dataset.split("train"))
    held = [item for item in dataset.items if item.split == "validation"]
    if held:
        return train, held, "validation split"
    if len(train) < 5:
        return train, train, "train images, too few to hold any out"
    groups = sorted({item.group or item.file for item in train})
    order = np.random.default_rng(seed).permutation(len(groups))
    chosen = {groups[k] for k in order[: max(1, len(groups) // 5)]}
    held = [item for item in train if (item.group or item.file) in chosen]
    return [item for item in train if (item.group or item.file) not in chosen], held, "a fifth of the train split"


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
    source = _Source(dataset, to_learn, to_validate, framing)
    fresh = partial(classifier.learner, contract)
    loop = _Loop(fresh, seed, codec, source, recipe, passes, minutes, report, guide)
    loop.run()
    said = spoken(loop.learner, loop.validation)
    codec, settled = tuned(codec, loop.recipe, said, loop.validation)
    # One temperature is for probabilities that share a whole, which flags do not.
    temperature = 1.0 if codec.objective == "tags" else tempered(said, codec, loop.validation)
    return Trained(
        loop.learner,
        codec,
        contract,
        settled,
        framing,
        temperature,
        loop.validation,
        loop.best[0],
        validated_on,
        loop.examples,
        loop.history,
        doubtful=loop.doubtful(temperature),
        left_out=frozenset(loop.left_out),
        interrupted=loop.interrupted,
    )


@dataclass(frozen=True, slots=True)
class _Source:
    dataset: Dataset
    to_learn: Sequence[Item]
    to_validate: Sequence[Item]
    framing: Framing

    def framed(self, prepare: Prepare) -> tuple[list[Framed], list[Framed]]:
        learning = frame_all(self.dataset, self.to_learn, prepare, self.framing)
        return learning, frame_all(self.dataset, self.to_validate, prepare, self.framing)

    def filtered(self, prepare: Prepare) -> list[Image]:
        return [prepare(decode(self.dataset.read(item))).image for item in self.to_learn[:NARROW_ON]]


class _Loop:
    def __init__(
        self,
        fresh: Callable[[int], Learner],
        seed: int,
        codec: Codec,
        source: _Source,
        recipe: Recipe,
        passes: int,
        minutes: float | None,
        report: Callable[[Progress], None],
        guide: Trained | None,
    ) -> None:
        self.fresh = fresh
        self.seed = seed
        self.learner = fresh(seed)
        self.codec = codec
        self.source = source
        self.recipe = recipe
        self.passes = passes
        self.limit = minutes * 60 if minutes is not None else float("inf")
        self.report = report
        self.best: tuple[float, float] = (-1.0, 0.0)
        self.state: Any = None
        self.history: list[Progress] = []
        self.learning, self.validation = source.framed(Prepare.from_recipe(recipe))
        self.guided = guide is not None
        self.left_out = set(guide.left_out) if guide else set[int]()
        self.is_crossed = self.guided or codec.objective != "class"
        first_said = self._first_said(guide)
        self.is_overlapping = first_said is not None
        self.examples = self._laid(first_said)
        self.is_narrowed = False
        self.interrupted = False
        self.patience = max(8, passes // 4)
        self.cooling: tuple[int, float] = (0, 0.0)  # the pass from which the schedule is hurried, and where it was

    def _first_said(self, guide: Trained | None) -> list[Probabilities] | None:
        """Return what is said of the glyphs before the learner can say anything."""
        if guide is not None:
            framed = (replace(image, tensor=guide.framing.frame(image.glyphs)) for image in self.learning)
            return spoken(guide.learner, [*framed])
        # One that settles at once also settles on what is laid on wrong.
        return piloted(self.learning, self.codec) if self.learner.settled else None

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
            if done and self._unchanged(done, monotonic() - started):
                return
            loss = self.learner.learn(self.examples.tensor, self.examples.targets, self._share(done, started))
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

    def _unchanged(self, done: int, spent: float) -> bool:
        """Lay the labels on the glyphs anew where it is time to; return whether another pass would change nothing."""
        before, settled = self.examples, self.learner.settled
        if done in REALIGN_AT and (not self.guided or done >= NARROW_AT):
            self.examples = self._aligned()
        same = settled and self.examples.same_targets(before)
        changed = False
        if not self.is_narrowed and (done >= min(NARROW_AT, self.passes // 2) or same):
            changed = self._narrow()
        if not self.is_crossed and (done >= min(DOUBT_AT, self.passes - 1) or same):
            changed = self._crossed(spent / done) or changed
        return same and not changed

    def _crossed(self, seconds: float) -> bool:
        """Leave out labels that are contradicted by who has not seen them, and by the learner though it has.

        Returns whether there are any. A pass takes so many `seconds`; where there is no time for more learners, none.
        """
        self.is_crossed = True
        passes = -(-self.passes // CROSSWISE)
        if len(self.learning) < FEWEST or passes * seconds > self.limit / 4:
            return False
        said = spoken(self.learner, self.learning)
        heard = self._heard(said, passes)
        if heard is None:
            return False
        # Never sharpened: what makes the many clear images surer would do so with the few that are misread.
        temperature = max(1.0, tempered(heard, self.codec, self.learning))
        # One that settles at once says what it was told.
        second = None if self.learner.settled else said
        self.left_out = set(contradicted(self.learning, heard, self.codec, temperature, second))
        if self.left_out:
            self.examples = self._laid(said)
        return bool(self.left_out)

    def _narrow(self) -> bool:
        """Narrow the segmenter to what the labels' paths need; return whether that was possible."""
        self.is_narrowed = True
        wide = Prepare.from_recipe(self.recipe)
        if not isinstance(wide.segmenter, Narrowable):
            return False
        images = self.source.filtered(wide)
        paths = [*map(self._path, self.learning, spoken(self.learner, self.learning[:NARROW_ON]))]
        narrow = narrowed(wide.segmenter, images, lambda segmenter: _served(segmenter, images, paths))
        step = Step(self.recipe.segmenter.name, options_of(narrow))
        self.recipe = replace(self.recipe, segmenter=step)
        self.learning, self.validation = self.source.framed(replace(wide, segmenter=narrow))
        self.examples = self._aligned()
        self.best = (-1.0, 0.0)  # what was best among other candidates need not be
        return True

    def _path(self, image: Framed, said: Probabilities) -> frozenset[tuple[int, int]] | None:
        """Return the spans of the characters where an image is read as its label says, None where it is not."""
        if self.codec.decode(Predictions(said, image.glyphs)).text != image.label:
            return None
        encoded = self.codec.encode(image.label, image.glyphs, said)
        if encoded is None:
            return None
        chosen, targets = encoded
        on_path = targets[:, 0] < len(self.codec.alphabet)
        return frozenset(image.glyphs[k].span for k in chosen[on_path].tolist())

    def _aligned(self) -> Examples:
        """Lay the labels on the glyphs as the learner sees them now."""
        said = spoken(self.learner, self.learning)
        if self.learner.settled and self.is_overlapping:
            # It says what it was told, be that right or wrong; who was told of other images does not.
            said = self._heard(said, 1) or said
        return self._laid(said)

    def _heard(self, said: Sequence[Probabilities], passes: int) -> list[Probabilities] | None:
        """Return what is said of the images by who has not seen them, None where a half has nothing to learn from."""
        try:
            return spoken_crosswise(lambda n: self.fresh(self.seed + 1 + n), passes, self.learning, said, self.codec)
        except LearningError:
            return None

    def _laid(self, said: Sequence[Probabilities] | None) -> Examples:
        """Lay the labels on the glyphs, but for those that are left out."""
        kept = [n for n in range(len(self.learning)) if n not in self.left_out]
        heard = None if said is None else [said[n] for n in kept]
        return align([self.learning[n] for n in kept], self.codec, heard, len(self.learning))

    def doubtful(self, temperature: float) -> list[Doubt]:
        """Return the items whose labels look wrong to the learner as it is."""
        if self.codec.objective != "class":
            return []
        both = [(self.source.to_learn, self.learning), (self.source.to_validate, self.validation)]
        alone = both[:1] if self.source.to_validate is self.source.to_learn else both
        return [
            doubt
            for items, images in alone
            for doubt in doubts(items, contradicted(images, spoken(self.learner, images), self.codec, temperature))
        ]

    def _share(self, done: int, started: float) -> float:
        since, share = self.cooling
        passed = share + (1 - share) * (done - since) / (self.passes - since)
        return min(1.0, max(passed, (monotonic() - started) / self.limit if self.limit else 1.0))

    def _validated(self) -> bool:
        """Score the present state and keep it where it is the best so far."""
        now = judged(spoken(self.learner, self.validation), self.codec, self.validation)
        self.last = now[0]
        if now <= self.best:
            return False
        self.best, self.state = now, self.learner.snapshot()
        return True

    def _told(self, done: int, spent: float, loss: float) -> None:
        left = min(spent / done * (self.passes - done), max(self.limit - spent, 0.0))
        progress = Progress(
            done, self.passes, spent, left, loss, self.last, self.best[0], self.examples.used, self.examples.images
        )
        self.history.append(progress)
        self.report(progress)


def _served(segmenter: Segmenter, images: Sequence[Image], paths: Sequence[frozenset[tuple[int, int]] | None]) -> int:
    """Return in how many filtered images a segmenter offers each glyph of the path.

    That an image is still read right is not enough: what was learned from may be read right without the path that it
    takes, and another image like it is not.
    """
    return sum(
        path is not None and path <= {g.span for g in segmenter(image)}
        for image, path in zip(images, paths, strict=True)
    )


def spoken(learner: Learner, images: Sequence[Framed]) -> list[Probabilities]:
    """Return the learner's probabilities for each image, asking once for all images of one width."""
    answers: dict[int, Probabilities] = {}
    widths: dict[int, list[int]] = {}
    for number, image in enumerate(images):
        widths.setdefault(image.tensor.shape[3] if len(image.tensor) else -1, []).append(number)
    for numbers in widths.values():
        together = learner.probabilities(np.concatenate([images[n].tensor for n in numbers]))
        ends = np.cumsum([len(images[n].tensor) for n in numbers])[:-1]
        answers.update(zip(numbers, np.split(together, ends), strict=True))
    return [answers[n] for n in range(len(images))]


def judged(
    said: Sequence[Probabilities], codec: Codec, images: Sequence[Framed], temperature: float = 1.0
) -> tuple[float, float]:
    """Return exact match over whole images, and a score that tells equals apart: minus the Brier score."""
    right, brier = 0, 0.0
    for image, raw in zip(images, said, strict=True):
        solution = codec.decode(Predictions(calibrated(raw, temperature), image.glyphs))
        correct = solution.text == image.label
        right += correct
        brier += (solution.confidence - correct) ** 2
    return right / len(images), -brier / len(images)


def best_temperature(learner: Learner, codec: Codec, images: Sequence[Framed]) -> float:
    """Return the temperature under which the answers' confidence has the best Brier score."""
    return tempered(spoken(learner, images), codec, images)


def tempered(said: Sequence[Probabilities], codec: Codec, images: Sequence[Framed]) -> float:
    """Return the temperature under which answers from what was said of the images have the best Brier score."""
    return max(TEMPERATURES, key=lambda t: judged(said, codec, images, t)[1])
