"""A drawing shown again looks a little different: cheap changes to a whole batch at once, where the network learns."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

NEGATIVE, NOISY, SOFT, COARSE, STRUCK = 0.1, 0.3, 0.15, 0.1, 0.15
"""The shares of pictures that become their negative, noisy, blurred, drawn coarsely, crossed by a curve."""


def varied(images: Tensor, generator: torch.Generator) -> Tensor:
    """Return pictures `(N, C, H, W)` from 0 to 1 bent, shifted, toned, struck and spoilt at random, each by itself.

    Text stays where it is but for some pixels: the place of a character is no longer exact. `generator` is all the
    chance, of the pictures' device.
    """
    bent = functional.grid_sample(images, _grid(images, generator), padding_mode="border", align_corners=False)
    toned = _toned(bent, generator)
    struck = _struck(toned, generator)
    return _spoilt(struck, generator).clamp_(0, 1)


def _chance(images: Tensor, share: float, generator: torch.Generator) -> Tensor:
    return _even(images, 0, 1, generator) < share


def _even(images: Tensor, low: float, high: float, generator: torch.Generator, channels: int = 1) -> Tensor:
    """Return a number for each picture (and channel), `(N, channels, 1, 1)`."""
    shape = (len(images), channels, 1, 1)
    return low + (high - low) * torch.rand(shape, device=images.device, generator=generator)


def _grid(images: Tensor, generator: torch.Generator) -> Tensor:
    """Return where each pixel comes from, `(N, H, W, 2)` from -1 to 1: a tilt, a lean, other sizes, and a wave."""
    height, width = images.shape[2:]

    def number(reach: float) -> Tensor:
        return _even(images, -reach, reach, generator).reshape(-1, 1, 1)

    y = ((torch.arange(height, device=images.device) * 2 + 1) / height - 1).reshape(1, -1, 1)
    x = ((torch.arange(width, device=images.device) * 2 + 1) / width - 1).reshape(1, 1, -1)
    across = width / height
    from_x = x * (1 + number(0.06)) + y * number(0.15) / across + number(0.08) / across
    from_y = y * (1.03 + number(0.12)) + x * number(0.06) * across / 3 + number(0.08)
    from_x = from_x + number(0.05) / across * torch.sin(number(8) * y + number(3.2))
    from_y = from_y + number(0.08) * torch.sin(number(4) * across * x + number(3.2))
    return torch.stack([from_x, from_y], dim=3)


def _toned(images: Tensor, generator: torch.Generator) -> Tensor:
    channels = images.shape[1]
    images = images[:, torch.randperm(channels, device=images.device, generator=generator)]
    images = torch.where(_chance(images, NEGATIVE, generator), 1 - images, images)
    flat = images.mean(dim=(1, 2, 3), keepdim=True)
    contrast, light = _even(images, 0.6, 1.1, generator), _even(images, -0.08, 0.08, generator)
    return (images - flat) * contrast * _even(images, 0.9, 1.1, generator, channels) + flat + light


def _struck(images: Tensor, generator: torch.Generator) -> Tensor:
    """Draw a curve through some pictures, in a colour of its own: as thick as a stroke of the writing at the most."""
    height, width = images.shape[2:]

    def number(low: float, high: float) -> Tensor:
        return _even(images, low, high, generator)

    x = torch.linspace(0, 1, width, device=images.device).reshape(1, 1, 1, -1)
    y = torch.linspace(0, 1, height, device=images.device).reshape(1, 1, -1, 1)
    middle = number(0.15, 0.85) + number(-0.5, 0.5) * (x - 0.5)
    middle = middle + number(-0.2, 0.2) * torch.sin(number(1, 12) * x + number(0, 6.3))
    ink = ((number(0.3, 1.6) - (y - middle).abs() * height) + 0.5).clamp(0, 1)
    ink = ink * _chance(images, STRUCK, generator)
    return images + ink * (number(0, 1) * torch.ones_like(images) - images)


def _spoilt(images: Tensor, generator: torch.Generator) -> Tensor:
    soft = functional.avg_pool2d(images, 3, stride=1, padding=1, count_include_pad=False)
    images = torch.where(_chance(images, SOFT, generator), soft, images)
    coarse = functional.interpolate(functional.avg_pool2d(images, 2), scale_factor=2, mode="bilinear")
    images = torch.where(_chance(images, COARSE, generator), coarse, images)
    level = _even(images, 0, 0.08, generator) * _chance(images, NOISY, generator)
    return images + level * torch.randn(images.shape, device=images.device, generator=generator)
