"""The network."""

from __future__ import annotations

from functools import partial

import torch
from torch import Tensor, nn

STRIDE = 4
"""Columns of the image for one step."""

SHRUNK = 16
"""Rows of the image for one row before the last convolution, which makes one of them all."""


def _block(
    before: int, after: int, kernel: tuple[int, int] = (3, 3), *, flat: bool = False, normalised: bool = True
) -> nn.Sequential:
    padding = (0 if flat else kernel[0] // 2, kernel[1] // 2)
    convolution = nn.Conv2d(before, after, kernel, padding=padding, bias=not normalised)
    return nn.Sequential(convolution, nn.BatchNorm2d(after) if normalised else nn.Identity(), nn.ReLU())


class Context(nn.Module):
    """A residual convolution along the steps."""

    def __init__(self, width: int, *, normalised: bool = True) -> None:
        super().__init__()
        self.block = _block(width, width, (1, 5), normalised=normalised)

    def forward(self, steps: Tensor) -> Tensor:
        """Return steps that have seen their neighbours."""
        seen: Tensor = steps + self.block(steps)
        return seen


class Network(nn.Module):
    """Logits `(N, T, classes)` for images `(N, channels, height, W)`, with `T = W / 4`.

    Convolutions and pooling down to one row, then convolutions along it: no recurrence, which is slow on a processor
    and quantises badly. One that goes on from an exported model has its normalisation folded into the convolutions.
    """

    def __init__(
        self, channels: int, widths: tuple[int, ...], classes: int, *, height: int = 32, normalised: bool = True
    ) -> None:
        super().__init__()
        a, b, c, d, e = widths
        block = partial(_block, normalised=normalised)
        self.body = nn.Sequential(
            block(channels, a),
            nn.MaxPool2d(2),
            block(a, b),
            nn.MaxPool2d(2),
            block(b, c),
            block(c, c),
            nn.MaxPool2d((2, 1)),
            block(c, d),
            block(d, d),
            nn.MaxPool2d((2, 1)),
            block(d, e, (height // SHRUNK, 3), flat=True),
            Context(e, normalised=normalised),
            Context(e, normalised=normalised),
        )
        self.head = nn.Conv2d(e, classes, 1)

    def forward(self, images: Tensor) -> Tensor:
        """Return logits."""
        logits: Tensor = self.head(self.body(images))
        return logits.squeeze(2).transpose(1, 2)


class Speaking(nn.Module):
    """The network with probabilities in the contract's shape `(N, T, C)`, for export."""

    def __init__(self, network: Network) -> None:
        super().__init__()
        self.network = network

    def forward(self, images: Tensor) -> Tensor:
        """Return probabilities."""
        return torch.softmax(self.network(images), dim=2)
