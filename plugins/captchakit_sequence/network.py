"""The network."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import torch
from torch import Tensor, nn
from torch.nn import functional

STRIDE = 4
"""Columns of the image for one step."""

SHRUNK = 16
"""Rows of the image for one row before the last convolution, which makes one of them all."""

ALONG = (1, 5)
"""The kernel of the convolutions along the row."""

DEPTHS = (2, 2, 2)

NEVER = -1e4
"""A logit beside which every other is certain."""


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
    convolutions. `members` are the rows of the last convolution that count as one class, for each class, where there
    are more rows than classes: the probability of a class is the sum of theirs.
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
        members: Sequence[Sequence[int]] = (),
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
        self.head = nn.Conv2d(e, max(classes, 1 + max((max(rows) for rows in members), default=0)), 1)
        self.most = max(map(len, members), default=0)
        for number in range(self.most):
            rows = [each[number] if number < len(each) else self.head.out_channels for each in members]
            self.register_buffer(f"members_{number}", torch.tensor(rows))

    def forward(self, images: Tensor) -> Tensor:
        """Return logits."""
        rows: Tensor = self.head(self.body(images))
        logits = rows.squeeze(2).transpose(1, 2)
        if not self.most:
            return logits
        logits = functional.pad(logits.float(), (0, 1), value=NEVER)  # a last row for classes that have fewer than most
        parts = [logits.index_select(2, self.get_buffer(f"members_{number}")) for number in range(self.most)]
        return torch.logsumexp(torch.stack(parts), dim=0)


class Speaking(nn.Module):
    """The network with probabilities in the contract's shape `(N, T, C)`, for export."""

    def __init__(self, network: Network) -> None:
        super().__init__()
        self.network = network

    def forward(self, images: Tensor) -> Tensor:
        """Return probabilities."""
        return torch.softmax(self.network(images), dim=2)
