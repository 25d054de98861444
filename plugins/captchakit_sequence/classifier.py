"""The `sequence` classifier plugin: its options. PyTorch is imported when learning starts, not before."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from captchakit.errors import PluginError
from captchakit.stages import Contract, Objective

if TYPE_CHECKING:
    from captchakit_sequence.learner import SequenceLearner


@dataclass(frozen=True, slots=True)
class Sequence:
    """A fully convolutional network that reads the whole image, one step for every four columns.

    `widths` are the channels of its five stages, `depths` how many convolutions the third, the fourth, and the last
    one have, which reads along the row; `rate` is AdamW's peak learning rate, `batch` in images. `height` is
    the framing it asks for; its width is free.
    """

    widths: tuple[int, ...] = (16, 32, 48, 64, 96)
    depths: tuple[int, ...] = (2, 2, 2)
    rate: float = 1e-3
    batch: int = 64
    passes: int = 40
    height: int = 32
    width: int = 0

    def __post_init__(self) -> None:
        object.__setattr__(self, "widths", tuple(int(w) for w in self.widths))
        if len(self.widths) != 5 or min(self.widths) < 1:
            raise ValueError("widths must be five positive numbers")
        object.__setattr__(self, "depths", tuple(int(d) for d in self.depths))
        if len(self.depths) != 3 or min(self.depths[:2]) < 2 or self.depths[2] < 1:
            raise ValueError("depths must be two or more, two or more, and one or more")
        if min(self.batch, self.passes) < 1 or self.rate <= 0 or self.height < 16 or self.height % 16:
            raise ValueError("batch, passes and rate must be positive, height a multiple of 16")

    @property
    def objectives(self) -> frozenset[Objective]:
        """A sequence of labels."""
        return frozenset({"sequence"})

    def adapted(
        self, model: bytes, kept: tuple[tuple[int, ...], ...], contract: Contract, seed: int
    ) -> SequenceLearner:
        """Return a network that goes on from an exported model; raises `PluginError`, `LearningError`."""
        try:
            from captchakit_sequence.learner import SequenceLearner  # noqa: PLC0415 - only learning needs PyTorch
            from captchakit_sequence.weights import network_of  # noqa: PLC0415
        except ImportError as error:
            raise PluginError(f"classifier 'sequence' needs the train extra to learn: {error}") from error
        return SequenceLearner(self, contract, seed, network_of(model, kept))

    def learner(self, contract: Contract, seed: int) -> SequenceLearner:
        """Return an untrained network; raises `PluginError` where PyTorch is not installed."""
        try:
            from captchakit_sequence.learner import SequenceLearner  # noqa: PLC0415 - only learning needs PyTorch
        except ImportError as error:
            raise PluginError(f"classifier 'sequence' needs the train extra to learn: {error}") from error
        return SequenceLearner(self, contract, seed)
