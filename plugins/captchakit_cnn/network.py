"""The network."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from captchakit.stages import Contract


class Network(nn.Module):
    """Logits `(N, classes)` for `(N, channels, height, width)`: strided, cheap at the top, wide at the bottom."""

    def __init__(self, contract: Contract, channels: int, dropout: float) -> None:
        super().__init__()
        widths = (channels, 2 * channels, 4 * channels)
        layers: list[nn.Module] = []
        before = contract.channels
        for width in widths:
            layers += [
                nn.Conv2d(before, width, 3, padding=1, bias=False),
                nn.BatchNorm2d(width),
                nn.ReLU(),
                nn.MaxPool2d(2, ceil_mode=True),
            ]
            before = width
        self.body = nn.Sequential(*layers)
        rows, columns = (-(-side // 8) for side in (contract.height, contract.width))
        self.head = nn.Linear(before * rows * columns, contract.classes)
        self.dropout = nn.Dropout(dropout)

    def forward(self, images: Tensor) -> Tensor:
        """Return logits."""
        logits: Tensor = self.head(self.dropout(self.body(images).flatten(1)))
        return logits


class Speaking(nn.Module):
    """The network with its probabilities in the contract's shape `(N, 1, C)`, for export."""

    def __init__(self, network: nn.Module, *, exclusive: bool) -> None:
        super().__init__()
        self.network = network
        self.exclusive = exclusive

    def forward(self, images: Tensor) -> Tensor:
        """Return probabilities: softmax where labels exclude each other, sigmoid where not."""
        logits = self.network(images)
        spoken = torch.softmax(logits, dim=1) if self.exclusive else torch.sigmoid(logits)
        return spoken.unsqueeze(1)
