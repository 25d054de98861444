"""A network for several labels: each part of the image says what it shows, and a label that any part shows is given."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from captchakit.stages import Contract
from captchakit_cnn.pooled import body

TILES = 2
"""Parts along each side."""

LEAST = 1e-4


class TiledNetwork(nn.Module):
    """Logits `(N, classes)` for `(N, channels, height, width)`: noisy-or over parts (Maron and Lozano-Perez 1998).

    With `exclusive` each part shows one thing, so that labels share its probability; else they are independent there
    as well.
    """

    def __init__(self, contract: Contract, channels: int, dropout: float, *, exclusive: bool) -> None:
        super().__init__()
        self.exclusive = exclusive
        self.body = body(contract.channels, channels)
        # Convolutions of one pixel, since a matrix product over three axes fails for no images at all.
        self.head = nn.Sequential(
            nn.Dropout(dropout), nn.Conv2d(8 * channels, 4 * channels, 1), nn.ReLU(), nn.Dropout(dropout)
        )
        self.out = nn.Conv2d(4 * channels, contract.classes, 1)

    def forward(self, images: Tensor) -> Tensor:
        """Return logits; once it has learned, the mean over the image and its mirror images."""
        if self.training:
            return self._said(images)
        mirrored = (images, images.flip(2), images.flip(3), images.flip(2, 3))
        return torch.stack([self._said(each) for each in mirrored]).mean(dim=0)

    def _said(self, images: Tensor) -> Tensor:
        seen = self.body(images)
        sides = [side // TILES for side in seen.shape[2:]]
        mean = functional.avg_pool2d(seen, sides, sides)
        most = functional.max_pool2d(seen, sides, sides)
        said = self.out(self.head(torch.cat([mean, most], dim=1))).flatten(2)
        given = torch.softmax(said, dim=1) if self.exclusive else torch.sigmoid(said)
        missing = torch.log(1 - given.clamp(max=1 - LEAST)).sum(dim=2).clamp(max=-LEAST)
        return torch.log(1 - torch.exp(missing)) - missing
