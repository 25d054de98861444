"""Glyphs as they might also have looked."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import torch
from torch import Tensor
from torch.nn import functional


def augmented(images: Tensor, strength: float, generator: torch.Generator) -> Tensor:
    """Return `(N, channels, H, W)` rotated, sheared, scaled and moved at random, in other contrast and noise.

    At strength 1: 10 degrees, a shear of 0.15, 12 % in scale, 10 % in place, 20 % in contrast.
    """
    if strength == 0 or not len(images):
        return images
    count = len(images)

    def spread(reach: float, *shape: int) -> Tensor:
        return (torch.rand(count, *shape, generator=generator) * 2 - 1) * reach * strength

    angle, shear = spread(0.175), spread(0.15)
    across, down = 1 + spread(0.12), 1 + spread(0.12)
    transform = torch.zeros(count, 2, 3)
    transform[:, 0, 0] = torch.cos(angle) * across
    # Places count from -1 to 1 along both sides, which are not as long as each other.
    long = images.shape[3] / images.shape[2]
    transform[:, 0, 1] = (-torch.sin(angle) + shear) / long
    transform[:, 1, 0] = torch.sin(angle) * long
    transform[:, 1, 1] = torch.cos(angle) * down
    transform[:, :, 2] = spread(0.1, 2)
    grid = functional.affine_grid(transform, list(images.shape), align_corners=False)
    moved = functional.grid_sample(images, grid, align_corners=False)
    noise = torch.randn(moved.shape, generator=generator) * 0.04 * strength
    return (moved * (1 + spread(0.2, 1, 1, 1)) + noise).clamp(0, 1)


def restroked(images: Tensor, strength: float, generator: torch.Generator) -> Tensor:
    """Return images of ink augmented, and at random thicker, thinner or softer, by up to `strength`."""
    moved = augmented(images, strength / 2, generator)  # half: lines that slope by more are turned straight by hand
    if strength == 0 or not len(images):
        return moved
    amount = torch.rand(len(moved), 1, 1, 1, generator=generator) * min(strength, 1.0)
    kind = torch.randint(0, 4, (len(moved), 1, 1, 1), generator=generator)
    thick = functional.max_pool2d(moved, 3, 1, 1)
    thin = -functional.max_pool2d(-moved, 3, 1, 1)
    soft = functional.avg_pool2d(moved, 3, 1, 1)
    other = torch.where(kind == 0, thick, torch.where(kind == 1, thin, torch.where(kind == 2, soft, moved)))
    return moved + (other - moved) * amount


def relit(images: Tensor, strength: float, generator: torch.Generator) -> Tensor:
    """Return photographs `(N, channels, H, W)` mirrored both ways and turned at random, in other light and colour.

    At strength 1: 15 % in brightness, 20 % in contrast, 5 % in each channel.
    """
    if strength == 0 or not len(images):
        return images
    count = len(images)
    for dimension in (2, 3):
        flip = torch.rand(count, 1, 1, 1, generator=generator) < 0.5
        images = torch.where(flip, images.flip(dimension), images)
    if images.shape[2] == images.shape[3]:
        turn = torch.rand(count, 1, 1, 1, generator=generator) < 0.5
        images = torch.where(turn, images.transpose(2, 3), images)

    def spread(reach: float, channels: int = 1) -> Tensor:
        return (torch.rand(count, channels, 1, 1, generator=generator) * 2 - 1) * reach * strength

    middle = images.mean(dim=(1, 2, 3), keepdim=True)
    lit = (images - middle) * (1 + spread(0.2)) + middle + spread(0.15) + spread(0.05, images.shape[1])
    return lit.clamp(0, 1)


LOOKS: Mapping[str, Callable[[Tensor, float, torch.Generator], Tensor]] = {
    "glyph": augmented,
    "ink": restroked,
    "photo": relit,
}
"""What else an image might have looked like, by the name of the option."""
