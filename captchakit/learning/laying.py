"""What a training learns from: images cut into glyphs, their labels laid on them, and anew as more is known."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from captchakit.errors import LearningError
from captchakit.learning.crossing import spoken_crosswise
from captchakit.learning.dataset import Dataset, Item
from captchakit.learning.doubting import FEWEST, Doubt, contradicted, doubts
from captchakit.learning.examples import Examples, Framed, Preparing, align, frame_all
from captchakit.learning.judging import spoken, tempered
from captchakit.learning.narrowing import narrowed, offering, path_of
from captchakit.learning.piloting import piloted
from captchakit.learning.stored import Stored
from captchakit.learning.trained import Trained
from captchakit.reading.card import Recipe
from captchakit.reading.framing import Framing
from captchakit.reading.image import decode
from captchakit.reading.prepare import Prepare
from captchakit.registry import Step, options_of
from captchakit.stages import Codec, Learner, Narrowable
from captchakit.types import Image, Probabilities

REALIGN_AT = frozenset({1, 2, 3, 5, 8, 13, 21, 34})
"""The passes after which labels are laid on the glyphs anew: often while the model changes much."""

NARROW_AT = 5
"""The pass after which the segmenter is narrowed, or halfway through fewer: the paths are known well enough then."""

DOUBT_AT = 8
"""The pass after which each half of the images is read by who learned the other: the labels lie well enough by then."""

CROSSWISE = 4
"""The share of all passes, one in so many, that learners of a half make."""

NARROW_ON = 200
"""How many images the narrowing looks at."""


@dataclass(frozen=True, slots=True)
class Source:
    """A dataset's items to learn from and to validate on, and the size in which a model takes glyphs."""

    dataset: Dataset
    to_learn: Sequence[Item]
    to_validate: Sequence[Item]
    framing: Framing
    preparing: Callable[[Preparing], None] = lambda _: None

    def framed(self, prepare: Prepare) -> tuple[list[Framed], list[Framed]]:
        """Return both, prepared."""
        both = [*self.to_learn, *self.to_validate]
        framed = frame_all(self.dataset, both, prepare, self.framing, self.preparing)
        return framed[: len(self.to_learn)], framed[len(self.to_learn) :]

    def filtered(self, prepare: Prepare) -> list[Image]:
        """Return the first images to learn from as they come before the segmenter."""
        return [prepare(decode(self.dataset.read(item))).image for item in self.to_learn[:NARROW_ON]]


class Laid:
    """The images in glyphs and the labels as they lie on them, `examples`; `left_out` are images that are not learned.

    `fresh(0)` makes the learner that is trained, other numbers those that are to see a half of the images. A `guide`,
    trained before on the same images, says where the labels lie at first.
    """

    def __init__(
        self,
        source: Source,
        recipe: Recipe,
        codec: Codec,
        fresh: Callable[[int], Learner],
        guide: Trained | None = None,
    ) -> None:
        self.source = source
        self.recipe = recipe
        self.codec = codec
        self.fresh = fresh
        self.learner = fresh(0)
        self.learning, self.validation = source.framed(Prepare.from_recipe(recipe))
        self.is_guided = guide is not None
        self.left_out = set(guide.left_out) if guide else set[int]()
        self.is_crossed = self.is_guided or codec.objective != "class"
        self.is_narrowed = False
        first_said = self._first_said(guide)
        self.is_overlapping = first_said is not None
        self.examples = self._laid(first_said)

    def renew(self, done: int, passes: int, seconds: float, limit: float) -> bool:
        """Lay the labels anew where it is time to, after `done` of `passes`; return whether another changes anything.

        A pass takes so many `seconds`, and all of them together at most `limit`.
        """
        before, settled = self.examples, self.learner.settled
        if done in REALIGN_AT and (not self.is_guided or done >= NARROW_AT):
            self.examples = self._aligned()
        same = settled and self.examples.same_targets(before)
        changed = False
        if not self.is_narrowed and (done >= min(NARROW_AT, passes // 2) or same):
            changed = self._narrow()
        if not self.is_crossed and (done >= min(DOUBT_AT, passes - 1) or same):
            changed = self._crossed(-(-passes // CROSSWISE), seconds, limit) or changed
        return changed or not same

    def stored(self) -> dict[str, Any]:
        """Return what has been found out on the way, in plain values."""
        return {
            "segmenter": dict(self.recipe.segmenter.options),
            "is_narrowed": self.is_narrowed,
            "is_crossed": self.is_crossed,
            "left_out": sorted(self.left_out),
        }

    def take_up(self, stored: Mapping[str, Any]) -> None:
        """Go on with what `stored` returned, and with the labels where the learner as it is would lay them."""
        segmenter = Step(self.recipe.segmenter.name, stored["segmenter"])
        self.recipe = replace(self.recipe, segmenter=segmenter)
        self.is_narrowed, self.is_crossed = stored["is_narrowed"], stored["is_crossed"]
        self.left_out = set(stored["left_out"])
        self.learning, self.validation = self.source.framed(Prepare.from_recipe(self.recipe))
        self.examples = self._aligned()

    def _first_said(self, guide: Trained | None) -> list[Probabilities] | None:
        """Return what is said of the glyphs before the learner can say anything."""
        if guide is not None and isinstance(self.learning[0].tensor, Stored):
            return None  # a whole image is one glyph, on which a label lies in one way
        if guide is not None:
            framed = (replace(image, tensor=guide.framing.frame(image.glyphs)) for image in self.learning)
            return spoken(guide.learner, [*framed])
        # One that settles at once also settles on what is laid on wrong.
        return piloted(self.learning, self.codec) if self.learner.settled else None

    def _crossed(self, passes: int, seconds: float, limit: float) -> bool:
        """Leave out labels that are contradicted by who has not seen them, and by the learner though it has.

        Returns whether there are any. Learners of a half make so many `passes`; where there is no time for them, none.
        """
        self.is_crossed = True
        if len(self.learning) < FEWEST or passes * seconds > limit / 4:
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
        said = spoken(self.learner, self.learning[:NARROW_ON])
        paths = [path_of(image, heard, self.codec) for image, heard in zip(self.learning, said, strict=False)]
        narrow = narrowed(wide.segmenter, images, lambda segmenter: offering(segmenter, images, paths))
        step = Step(self.recipe.segmenter.name, options_of(narrow))
        self.recipe = replace(self.recipe, segmenter=step)
        self.learning, self.validation = self.source.framed(replace(wide, segmenter=narrow))
        self.examples = self._aligned()
        return True

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
            return spoken_crosswise(lambda n: self.fresh(1 + n), passes, self.learning, said, self.codec)
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
