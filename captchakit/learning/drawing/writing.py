"""Drawings become a dataset on disk."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from pathlib import Path

from captchakit.errors import OptionError
from captchakit.learning.dataset import Sample, write
from captchakit.learning.drawing.drawing import draw, named
from captchakit.learning.drawing.sheet import image_seed
from captchakit.learning.drawing.style import CHARACTERS, Style
from captchakit.learning.drawing.styles import STYLES
from captchakit.learning.drawing.texts import LONGEST_SUM, SHORTEST_SUM, SUM, SUM_CHARACTERS

_TRAIN, _VALIDATION, _TEST = "train", "validation", "test"
# 60, 15 and 25 in a hundred, spread so that a handful of images has all three.
SPLITS: Sequence[str] = (
    _TRAIN, _TEST, _TRAIN, _VALIDATION, _TRAIN, _TEST, _TRAIN, _TRAIN, _TRAIN, _TEST,
    _TRAIN, _VALIDATION, _TRAIN, _TEST, _TRAIN, _TRAIN, _TRAIN, _VALIDATION, _TEST, _TRAIN,
)  # fmt: skip
_TRIES = 1000


def samples(style: Style | str, count: int, seed: int, splits: Sequence[str] = SPLITS) -> Iterator[Sample]:
    """Yield `count` drawings as files, no two alike, their splits taken in turn.

    Raises `OptionError` for an unknown style, a negative seed, a count under 1, or a style that has too few pictures.
    """
    chosen = named(style)
    if count < 1:
        raise OptionError(f"the number of images is 1 or more, not {count}")
    if seed < 0:
        raise OptionError(f"a seed is 0 or more, not {seed}")
    return _samples(chosen, count, seed, splits)


def _samples(style: Style, count: int, seed: int, splits: Sequence[str]) -> Iterator[Sample]:
    seen: set[bytes] = set()
    index = 0
    for number in range(count):
        for _ in range(_TRIES):
            drawing = draw(style, image_seed(seed, index))
            data = drawing.encode()
            index += 1
            digest = hashlib.sha256(data).digest()
            if digest not in seen:
                break
        else:
            raise OptionError(f"style {style.name!r} has no {count} different pictures")
        seen.add(digest)
        yield Sample(data, drawing.suffix, drawing.label, splits[number % len(splits)])


def draw_dataset(out: Path, style: str, count: int, seed: int) -> int:
    """Write a dataset folder of drawings and return how many there are.

    Raises `OptionError` as `samples` does, and `DatasetError` where the folder holds something already.
    """
    chosen = named(style)
    drawn = samples(chosen, count, seed)
    alphabet, shortest, longest = bounds(chosen)
    return write(
        out,
        drawn,
        name=out.resolve().name,
        task="text",
        description=f"drawn by captchakit, style {chosen.name}, seed {seed}: {chosen.description}",
        alphabet=alphabet,
        min_length=shortest,
        max_length=longest,
        case_sensitive=True,
    )


def bounds(style: Style) -> tuple[str, int, int]:
    """Return the characters that a style may write, in the order of `CHARACTERS`, and its least and greatest length."""
    parts = [STYLES[name] for name, _ in style.mix] or [style]
    found: set[str] = set()
    lengths: list[int] = []
    for text in (part.text for part in parts):
        strings = [alphabet for alphabet, _ in text.alphabets if alphabet != SUM]
        found.update(*strings)
        lengths += [round(text.length[0]), round(text.length[1])] if strings else []
        if len(strings) < len(text.alphabets):
            found.update(SUM_CHARACTERS)
            lengths += [SHORTEST_SUM, LONGEST_SUM]
    return "".join(c for c in CHARACTERS if c in found), min(lengths), max(lengths)
