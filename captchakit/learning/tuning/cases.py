"""In which case a letter is begun with, where a dataset's alphabet has one case alone and the model knows both.

What a scheme writes as `e` it may well draw as `E`: many count no case, and some faces have small capitals. A model
that sees the one and is asked for the other alone says something else.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from captchakit.learning.examples import Framed
from captchakit.learning.judging import spoken
from captchakit.learning.tuning.start import Start
from captchakit.reading.codecs.alignments import alignment


def cased(start: Start, images: Sequence[Framed], seed: int) -> Start:
    """Return the start in which each such letter begins as what the model sees more where the labels have it.

    A letter that no label has begins as most others do.
    """
    lone = start.lone
    if not lone or not images:
        return start
    given = start.codec.alphabet
    both = start.with_labels((*given, *lone.values()))
    place = {label: number for number, label in enumerate(both.codec.alphabet)}
    other = {place[label]: place[swapped] for label, swapped in lone.items()}
    more: dict[int, float] = defaultdict(float)
    for image, said in zip(images, spoken(both.adapted(seed), images), strict=True):
        if len(said) != 1:
            continue
        for label, by in _swayed(said[0].astype(np.float64), [place[c] for c in image.label], len(given), other):
            more[label] += by
    mostly = sum(np.sign(by) for by in more.values())
    swapped = [label for label in given if label in lone and more.get(place[label], mostly) > 0]
    return replace(start, origins={label: lone[label] for label in swapped})


def _swayed(
    steps: NDArray[np.float64], text: list[int], count: int, other: Mapping[int, int]
) -> Iterator[tuple[int, float]]:
    """Yield by how much more the other case of each letter is seen where a text lies, both cases counted as one.

    `steps` `(T, classes)` with blank last; the first `count` classes are the alphabet's.
    """
    merged = np.concatenate([steps[:, :count], steps[:, -1:]], axis=1)
    for own, swapped in other.items():
        merged[:, own] += steps[:, swapped]
    for label, (begin, end) in zip(text, alignment(merged, text), strict=True):
        if label in other:
            part = steps[begin:end]
            yield label, float((part[:, other[label]] - part[:, label]).sum())
