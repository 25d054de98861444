"""The `cnn` classifier plugin: its options. PyTorch is imported when learning starts, not before."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from captchakit.errors import PluginError
from captchakit.stages import Contract, Objective

if TYPE_CHECKING:
    from captchakit_cnn.learner import CnnLearner

LOOKS = ("glyph", "ink", "photo")


@dataclass(frozen=True, slots=True)
class Cnn:
    """Three convolutions and a linear layer; `channels` of the first, twice and four times that in the next.

    `places` says whether it counts where in the glyph something is, as it does for characters, or only that it is
    there, as for the kind of a whole image. `looks` is what else an image might have looked like: `glyph` turns,
    shears, scales and moves a little; `ink` makes strokes thicker, thinner or softer as well; `photo` mirrors and
    changes the light. Several labels of a whole image are looked for in each quarter; with `exclusive` a quarter shows
    one of them, as a photograph of the ground does.

    `rate` is AdamW's peak learning rate, `batch` in glyphs, `dropout` before the linear layer, `smoothing` of the
    labels; `strength` scales the augmentation, 0 switching it off. `height` and `width` are the framing it asks for.
    """

    channels: int = 16
    places: bool = True
    looks: str = "glyph"
    exclusive: bool = False
    rate: float = 3e-3
    batch: int = 128
    dropout: float = 0.2
    smoothing: float = 0.02
    strength: float = 1.0
    passes: int = 48
    height: int = 24
    width: int = 24

    def __post_init__(self) -> None:
        if self.looks not in LOOKS:
            raise ValueError(f"looks {self.looks!r} are none of {', '.join(LOOKS)}")
        if min(self.channels, self.batch, self.passes) < 1 or self.rate <= 0:
            raise ValueError("channels, batch, passes and rate must be positive")
        if not 0 <= self.dropout < 1 or not 0 <= self.smoothing < 1 or self.strength < 0:
            raise ValueError("dropout and smoothing must be shares, strength not negative")

    @property
    def objectives(self) -> frozenset[Objective]:
        """One class a glyph, or several labels."""
        return frozenset({"class", "tags"})

    def smaller(self) -> tuple[Cnn, ...]:
        """Return the network with half the channels on glyphs a sixth smaller, or on yet smaller ones: less time.

        ONNX Runtime computes eight channels at once, so fewer would gain nothing.
        """
        least = min(self.height, self.width)
        if self.channels >= 16 and least >= 24:
            return (replace(self, channels=self.channels // 2, height=self.height * 5 // 6, width=self.width * 5 // 6),)
        if least >= 20:
            return (replace(self, height=self.height * 4 // 5, width=self.width * 4 // 5),)
        return ()

    def learner(self, contract: Contract, seed: int) -> CnnLearner:
        """Return an untrained network; raises `PluginError` where PyTorch is not installed."""
        try:
            from captchakit_cnn.learner import CnnLearner  # noqa: PLC0415 - only learning needs PyTorch
        except ImportError as error:
            raise PluginError(f"classifier 'cnn' needs the train extra to learn: {error}") from error
        return CnnLearner(self, contract, seed)
