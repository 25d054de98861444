"""A network for whole images: what there is counts, not where it is."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from captchakit.stages import Contract


class PooledNetwork(nn.Module):
    """Logits `(N, classes)` for `(N, channels, height, width)`, by attention over all places beside their maximum.

    Attention lets empty paper go unheard (Ilse, Tomczak and Welling 2018, arXiv:1802.04712).
    """

    def __init__(self, contract: Contract, channels: int, dropout: float) -> None:
        super().__init__()
        wide = 4 * channels
        self.body = body(contract.channels, channels)
        self.attention = nn.Conv2d(wide, 1, 1)
        self.dropout = nn.Dropout(dropout)
        self.head = nn.Linear(2 * wide, contract.classes)

    def forward(self, images: Tensor) -> Tensor:
        """Return logits."""
        seen = self.body(images)
        weights = torch.softmax(self.attention(seen).flatten(2), dim=2)
        heard = (seen.flatten(2) * weights).sum(dim=2)
        logits: Tensor = self.head(self.dropout(torch.cat([heard, seen.flatten(2).amax(dim=2)], dim=1)))
        return logits


def body(given: int, channels: int) -> nn.Sequential:
    """Return three convolutions from `(N, given, H, W)` to `(N, 4 * channels, H / 8, W / 8)`."""
    return nn.Sequential(
        *_layer(given, channels, 5, stride=2),
        nn.MaxPool2d(2, ceil_mode=True),
        *_layer(channels, 2 * channels, 3),
        nn.MaxPool2d(2, ceil_mode=True),
        *_layer(2 * channels, 4 * channels, 3),
    )


def _layer(before: int, after: int, side: int, stride: int = 1) -> list[nn.Module]:
    convolution = nn.Conv2d(before, after, side, stride=stride, padding=side // 2, bias=False)
    return [convolution, nn.BatchNorm2d(after), nn.ReLU()]
