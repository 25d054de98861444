"""The drawings of late, kept where the network learns: drawing is slower than learning, so each is shown again."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from captchakit.types import Targets
from captchakit_sequence.drawn import Batch
from captchakit_sequence.losses import ELSEWHERE
from captchakit_sequence.varying import varied

PARTS = 8
"""How many parts a batch is put together from; a part comes from the drawing as a whole and is varied as a whole."""

VARIED = 0.6
"""The probability that a part is varied; the first of a batch never is, so that some places are always exact."""


@dataclass(frozen=True, slots=True, eq=False)
class Shown:
    """Images `(N, C, H, W)` from 0 to 1 and the class of each step `(N, T)`, on the device; labels `(N, L)` beside."""

    images: Tensor
    targets: Tensor
    places: Tensor


class Replay:
    """Parts of one width each, the oldest of the commonest width forgotten beyond `most` bytes on `device`."""

    def __init__(self, device: torch.device, most: float, seed: int) -> None:
        self._device, self._most, self._bytes = device, most, 0
        self._held: dict[int, deque[tuple[Tensor, Targets, Tensor]]] = {}
        self._dice = np.random.default_rng(seed)
        self._generator = torch.Generator(device).manual_seed(seed)

    def __len__(self) -> int:
        return sum(len(parts) for parts in self._held.values())

    def add(self, part: Batch) -> None:
        """Keep a part."""
        images, places = (torch.from_numpy(a).to(self._device) for a in (part.images, part.places))
        self._held.setdefault(images.shape[3], deque()).append((images, part.targets, places))
        self._bytes += images.nbytes
        while self._bytes > self._most and len(self) > 1:
            self._bytes -= max(self._held.values(), key=len).popleft()[0].nbytes

    def batch(self) -> Shown:
        """Return some parts of one width, most of them varied; raises `IndexError` where nothing was added yet."""
        lengths = np.array([len(parts) for parts in self._held.values()], float)
        if not lengths.sum():
            raise IndexError("nothing has been drawn yet")
        width = list(self._held)[int(self._dice.choice(len(lengths), p=lengths / lengths.sum()))]
        parts = self._held[width]
        chosen = [parts[int(at)] for at in self._dice.integers(len(parts), size=PARTS)]
        spoilt = self._dice.random(PARTS) < VARIED
        spoilt[0] = False
        images = [self._shown(p[0], vary=bool(v)) for p, v in zip(chosen, spoilt, strict=True)]
        places = [torch.full_like(p[2], ELSEWHERE) if v else p[2] for p, v in zip(chosen, spoilt, strict=True)]
        longest = max(p[1].shape[1] for p in chosen)
        targets = [np.pad(p[1], ((0, 0), (0, longest - p[1].shape[1])), constant_values=-1) for p in chosen]
        return Shown(torch.cat(images), torch.from_numpy(np.concatenate(targets)), torch.cat(places))

    def _shown(self, images: Tensor, *, vary: bool) -> Tensor:
        known = images.float() / 255
        return varied(known, self._generator) if vary else known
