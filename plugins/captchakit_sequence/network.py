"""The network."""

from __future__ import annotations

from functools import partial

import torch
from torch import Tensor, nn

STRIDE = 4
"""Columns of the image for one step."""

SHRUNK = 16
"""Rows of the image for one row before the last convolution, which makes one of them all."""

ALONG = (1, 5)
"""The kernel of the convolutions along the row."""

DEPTHS = (2, 2, 2)


def _block(
    before: int, after: int, kernel: tuple[int, int] = (3, 3), *, flat: bool = False, normalised: bool = True
) -> nn.Sequential:
    padding = (0 if flat else kernel[0] // 2, kernel[1] // 2)
    convolution = nn.Conv2d(before, after, kernel, padding=padding, bias=not normalised)
    return nn.Sequential(convolution, nn.BatchNorm2d(after) if normalised else nn.Identity(), nn.ReLU())


class Residual(nn.Module):
    """A convolution whose answer is added to what it was asked (He et al. 2016, arXiv:1512.03385)."""

    def __init__(self, width: int, kernel: tuple[int, int] = (3, 3), *, normalised: bool = True) -> None:
        super().__init__()
        self.block = _block(width, width, kernel, normalised=normalised)

    def forward(self, seen: Tensor) -> Tensor:
        """Return as many channels as it is given."""
        changed: Tensor = seen + self.block(seen)
        return changed


class Network(nn.Module):
    """Logits `(N, T, classes)` for images `(N, channels, height, W)`, with `T = W / 4`.

    Convolutions and pooling down to one row, then convolutions along it: no recurrence, which is slow on a processor
    and quantises badly. `depths` are the convolutions of the third and the fourth stage, those beyond two residual, and
    the residual ones along the row. One that goes on from an exported model has its normalisation folded into the
    convolutions.
    """

    def __init__(
        self,
        channels: int,
        widths: tuple[int, ...],
        classes: int,
        *,
        depths: tuple[int, ...] = DEPTHS,
        height: int = 32,
        normalised: bool = True,
    ) -> None:
        super().__init__()
        a, b, c, d, e = widths
        block, more = partial(_block, normalised=normalised), partial(Residual, normalised=normalised)
        self.body = nn.Sequential(
            block(channels, a),
            nn.MaxPool2d(2),
            block(a, b),
            nn.MaxPool2d(2),
            block(b, c),
            block(c, c),
            *[more(c) for _ in range(depths[0] - 2)],
            nn.MaxPool2d((2, 1)),
            block(c, d),
            block(d, d),
            *[more(d) for _ in range(depths[1] - 2)],
            nn.MaxPool2d((2, 1)),
            block(d, e, (height // SHRUNK, 3), flat=True),
            *[more(e, ALONG) for _ in range(depths[2])],
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
