"""What the network is told: the text, and where a drawing knows it, the place of every character."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

BLANK_WEIGHT = 0.3
ELSEWHERE = -100
"""The target of steps beside a character's centre, which are left to the network."""


def ctc(logits: Tensor, targets: Tensor) -> Tensor:
    """Return the mean CTC loss an image; `logits` `(N, T, C)` with blank last, `targets` `(N, L)` padded with -1.

    Targets stay on the processor, so that their lengths are known without waiting for a device.
    """
    steps = torch.full((len(logits),), logits.shape[1], dtype=torch.long)
    lengths = (targets >= 0).sum(dim=1)
    spoken = functional.log_softmax(logits.float(), dim=2).transpose(0, 1)
    losses = functional.ctc_loss(
        spoken,
        targets.clamp(min=0).to(logits.device),
        steps,
        lengths,
        blank=logits.shape[2] - 1,
        reduction="none",
        zero_infinity=True,
    )
    return losses.mean()


def columns(logits: Tensor, places: Tensor) -> Tensor:
    """Return the cross-entropy of each step against `places` `(N, T)`: a class, blank, or `ELSEWHERE`.

    A network started cold on CTC alone sits for long on answering blank everywhere; this shows it the way out.
    """
    classes = logits.shape[2]
    weight = torch.ones(classes, device=logits.device)
    weight[-1] = BLANK_WEIGHT
    return functional.cross_entropy(
        logits.float().reshape(-1, classes), places.reshape(-1), weight=weight, ignore_index=ELSEWHERE
    )
