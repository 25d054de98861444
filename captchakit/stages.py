"""The verbs: what each kind of part must be able to do. This page is the whole plugin contract.

A part is a frozen dataclass whose fields are its options, registered under an entry-point group:
`captchakit.filters`, `captchakit.segmenters`, `captchakit.codecs`, `captchakit.answers`, `captchakit.classifiers`,
`captchakit.solvers`.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from captchakit.types import (
    ANYTHING,
    Constraint,
    Glyphs,
    Image,
    Predictions,
    Probabilities,
    Reason,
    Solution,
    Targets,
    Tensor,
)

Objective = Literal["class", "sequence", "tags"]
"""What targets mean: one class a glyph, a sequence a glyph (CTC), or a flag for each label."""


@runtime_checkable
class Filter(Protocol):
    """Image in, image of the same height and width out."""

    def __call__(self, image: Image) -> Image:
        """Return the filtered image; the one that was given stays as it was."""
        ...


@runtime_checkable
class Warp(Protocol):
    """A filter that moves pixels: it only says how, so that boxes can be brought back to the image that was given."""

    def matrix(self, image: Image) -> tuple[NDArray[np.float64], tuple[int, int]]:
        """Return the 2x3 affine matrix from `image` to its warped form, and that form's (width, height)."""
        ...


class Segmenter(Protocol):
    """Filtered image in, glyphs in reading order out; ink is whatever is brighter than half."""

    def __call__(self, image: Image) -> Glyphs:
        """Return the glyphs, or the candidates for them, none where there is no ink."""
        ...


@runtime_checkable
class Narrowable(Protocol):
    """A segmenter of overlapping candidates that can offer fewer, which training asks of it: fewer are faster."""

    def coarser(self) -> Sequence[Segmenter]:
        """Return segmenters that cut into somewhat fewer pieces."""
        ...

    def narrower(self) -> Sequence[Segmenter]:
        """Return segmenters that offer somewhat fewer candidates of the same pieces."""
        ...


class Codec(Protocol):
    """What probabilities mean, both ways. Built as `codec(alphabet=..., **options)`."""

    @property
    def alphabet(self) -> tuple[str, ...]:
        """The labels an answer is made of, in the order of the model's classes."""
        ...

    @property
    def classes(self) -> int:
        """How many classes a model must have: the alphabet and whatever the codec adds to it."""
        ...

    @property
    def objective(self) -> Objective:
        """What the targets of `encode` mean."""
        ...

    def encode(
        self, label: str, glyphs: Glyphs, probabilities: Probabilities | None = None
    ) -> tuple[NDArray[np.intp], Targets] | None:
        """Return which glyphs to learn from and their targets `(M, K)`, or None where `label` cannot lie on `glyphs`.

        `probabilities` `(N, T, C)` is what the model so far says of the glyphs, None before it has learned anything.
        """
        ...

    def decode(self, predictions: Predictions, constraint: Constraint = ANYTHING, top: int = 1) -> Solution:
        """Return the most probable answer that `constraint` allows, with `top` above 1 the next ones as alternatives.

        Model, elapsed and calibration are filled in by the caller. Where the constraint allows no answer that the
        model could give at all, the text is empty and all probability excluded; raises `OptionError` where it allows
        none whatever the image.
        """
        ...


class Answer(Protocol):
    """What is made of the text that was read: the result of a sum, say."""

    @property
    def pattern(self) -> str:
        """A regular expression of what can be answered, to which reading is held unless another is asked for."""
        ...

    @property
    def reason(self) -> Reason:
        """Why there is no answer where nothing that was read has one."""
        ...

    def __call__(self, text: str) -> str | None:
        """Return the answer to a text, None where it has none."""
        ...


@dataclass(frozen=True, slots=True)
class Contract:
    """What a classifier has to fit: `(N, channels, height, width)` in, `(N, T, classes)` out, and what targets mean."""

    channels: int
    height: int
    width: int
    classes: int
    objective: Objective


class Learner(Protocol):
    """A classifier in the making, which the training loop drives."""

    @property
    def settled(self) -> bool:
        """Whether another pass over the same examples would change nothing."""
        ...

    def learn(self, tensor: Tensor, targets: Targets, progress: float) -> float:
        """Make one pass over the examples and return the mean loss; `progress` runs from 0 to 1 over the training."""
        ...

    def probabilities(self, tensor: Tensor) -> Probabilities:
        """Return `(N, T, C)` for framed glyphs, as the exported model must repeat it."""
        ...

    def snapshot(self) -> Any:
        """Return the present state, to be restored later."""
        ...

    def restore(self, state: Any) -> None:
        """Go back to a state of `snapshot`."""
        ...

    def export(self) -> bytes:
        """Return an ONNX model: one float input `(N, channels, H, W)`, one float output `(N, T, C)`, N free."""
        ...


class Classifier(Protocol):
    """A way of learning. Its options are what it is configured with; `learner` starts from nothing."""

    @property
    def objectives(self) -> frozenset[Objective]:
        """The kinds of targets it can learn."""
        ...

    @property
    def height(self) -> int:
        """The height in pixels to which it wants glyphs framed."""
        ...

    @property
    def width(self) -> int:
        """The width in pixels to which it wants glyphs framed, 0 where it follows the glyph."""
        ...

    @property
    def passes(self) -> int:
        """How many passes over the examples it wants at the most."""
        ...

    def learner(self, contract: Contract, seed: int) -> Learner:
        """Return an untrained learner for the contract; the same seed and examples give the same result."""
        ...


@runtime_checkable
class Streaming(Protocol):
    """A learner that only measures and indexes the tensor of `learn`, in parts: then it may lie on disk.

    What lies there has `len` and `shape` as an array has, and gives the rows of a number, a slice or several numbers.
    """

    @property
    def at_once(self) -> int:
        """How many rows it reads at once."""
        ...


@runtime_checkable
class Storable(Protocol):
    """A learner whose training can be broken off, and gone on with in another process."""

    def stored(self) -> dict[str, NDArray[Any]]:
        """Return all that it has learned so far, as arrays by name that stay as they are while it learns on."""
        ...

    def take_up(self, stored: Mapping[str, NDArray[Any]]) -> None:
        """Go on from what `stored` returned."""
        ...


@runtime_checkable
class Averageable(Storable, Protocol):
    """A storable learner whose weights can be averaged with those of others that went on from the same model."""

    def average(self, others: Mapping[str, NDArray[Any]], share: float) -> None:
        """Take up what another one `stored`, with this share, into what it has learned itself."""
        ...


@runtime_checkable
class Confinable(Protocol):
    """A learner that can leave classes alone of which it is shown nothing."""

    def confine(self, classes: Collection[int]) -> None:
        """Learn from now on to tell these classes of labels apart: the others are not learned to be wrong."""
        ...


@runtime_checkable
class Adaptable(Protocol):
    """A classifier that can go on from a model that it has exported before: few labels are enough then."""

    def adapted(self, model: bytes, kept: tuple[tuple[int, ...], ...], contract: Contract, seed: int) -> Learner:
        """Return a learner that says what the model says, of other classes.

        `kept` says for each label of the new alphabet which classes of the model it was, none for a new one; the
        probability of a label that was several is their sum. Raises `LearningError` where the model is not one of this
        classifier's.
        """
        ...


@runtime_checkable
class Shrinkable(Protocol):
    """A classifier that can be had smaller, which training asks of it where nothing is misread: smaller is faster."""

    def smaller(self) -> Sequence[Classifier]:
        """Return classifiers of the same kind that take markedly less time to solve, none where this is the least."""
        ...


@runtime_checkable
class Solver(Protocol):
    """Anything that turns image bytes into a solution: a `Pipeline`, or a rival recogniser."""

    @property
    def name(self) -> str:
        """The name shown in tables."""
        ...

    def solve(self, data: bytes, constraint: Constraint = ANYTHING) -> Solution:
        """Read one image; raises `ImageError` where the bytes are not one."""
        ...

    def solve_batch(self, batch: Sequence[bytes], constraint: Constraint = ANYTHING) -> list[Solution]:
        """Read several images, answers in the order given."""
        ...
