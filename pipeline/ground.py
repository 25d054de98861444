"""Drawn ground from above, for the pipeline and for tests of size: textures in quarters, several labels an image.

It stands in for aerial photographs where there are none; no score on it says anything about real ones.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

Picture = NDArray[np.uint8]

KINDS = ("field", "forest", "road", "water")
COLOURS = {"field": (90, 170, 180), "forest": (40, 80, 35), "road": (150, 150, 150), "water": (110, 70, 30)}


def write_ground(folder: Path, count: int, seed: int, stats: Path | None = None, side: int = 64) -> None:
    """Write a `train_v2.csv` dataset of `count` pictures of `side` pixels; neighbours in fours share a group.

    With `stats`, a file with `top_tag_sets` (how often each set of tags occurs), the sets are drawn by their frequency
    and every tag has a colour of its own.
    """
    dice = np.random.default_rng(seed)
    (folder / "train-jpg").mkdir(parents=True)
    sets = _sets(dice, count, stats)
    tags, groups = ["image_name,tags"], ["image_name,group"]
    for number, chosen in enumerate(sets):
        name = f"train_{number}"
        data = cv2.imencode(".jpg", ground(chosen, dice, side))[1].tobytes()
        (folder / "train-jpg" / f"{name}.jpg").write_bytes(data)
        tags.append(f"{name},{' '.join(chosen)}")
        groups.append(f"{name},place_{number // 4}")
    (folder / "groups.csv").write_text("\n".join(groups) + "\n", encoding="utf-8")
    (folder / "train_v2.csv").write_text("\n".join(tags) + "\n", encoding="utf-8")


def _sets(dice: np.random.Generator, count: int, stats: Path | None) -> list[Sequence[str]]:
    if stats is None:
        return [sorted(dice.choice(KINDS, dice.integers(1, 4), replace=False)) for _ in range(count)]
    top = json.loads(stats.read_text(encoding="utf-8"))["top_tag_sets"]
    often = np.array(list(top.values()), np.float64)
    names = list(top)
    return [names[k].split() for k in dice.choice(len(names), count, p=often / often.sum())]


def ground(kinds: Sequence[str], dice: np.random.Generator, side: int) -> Picture:
    """Return a picture of which each quarter shows one of the kinds, and every kind is somewhere."""
    places = dice.permutation([kinds[n % len(kinds)] for n in range(max(4, len(kinds)))])
    half = side // 2
    picture = np.zeros((side, side, 3), np.uint8)
    for place, kind in enumerate(places[:4]):
        y, x = divmod(place, 2)
        picture[y * half : (y + 1) * half, x * half : (x + 1) * half] = _texture(str(kind), dice, half)
    return picture


def _texture(kind: str, dice: np.random.Generator, side: int) -> Picture:
    fixed = np.random.default_rng(sum(map(ord, kind)))  # a kind looks alike in every picture
    colour = np.array(COLOURS.get(kind, fixed.integers(30, 220, 3)), np.float32)
    coarse = int(fixed.integers(2, 12))
    rough = cv2.resize(dice.normal(0, 1, (coarse, coarse)), (side, side), interpolation=cv2.INTER_CUBIC)
    texture = colour + rough[..., np.newaxis] * fixed.uniform(8, 30) + dice.normal(0, 6, (side, side, 1))
    if kind == "road":
        cv2.line(texture, (0, int(dice.integers(0, side))), (side, int(dice.integers(0, side))), (230, 230, 230), 3)
    return np.clip(texture, 0, 255).astype(np.uint8)
