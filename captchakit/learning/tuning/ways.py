"""Which way of preparing pictures suits a dataset: a model that looks in several ways is gone on from in the best."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from captchakit.learning.dataset import Dataset, Item
from captchakit.learning.judging import spoken
from captchakit.learning.tuning.heard import Heard
from captchakit.learning.tuning.reader import Picture, pictures_of
from captchakit.learning.tuning.start import Start
from captchakit.reading.codecs.alignments import Alignments
from captchakit.reading.codecs.language import language
from captchakit.stages import Codec
from captchakit.types import ANYTHING, Probabilities

LEAST = 1e-9
"""A label that is given less is no worse than one that is given this: some labels are wrong."""


class Way(NamedTuple):
    """A start that prepares in this way, the pictures by file as they come of it, and what it says of them."""

    start: Start
    pictures: Mapping[str, Picture]
    heard: Heard


def best_way(start: Start, dataset: Dataset, items: Sequence[Item], seed: int) -> Way:
    """Return the way in which the labels are the most probable; raises `DatasetError` naming a row."""
    ways = [way_of(each, dataset, items, seed) for each in start.ways()]
    return max(ways, key=lambda way: likelihood(way.heard))


def way_of(start: Start, dataset: Dataset, items: Sequence[Item], seed: int) -> Way:
    """Return the way in which a start prepares pictures; raises `DatasetError` naming a row."""
    found = pictures_of(dataset, items, start.prepare, start.card.framing)
    pictures = {item.file: picture for item, picture in zip(items, found, strict=True)}
    heard = Heard(start.codec, pictures, list(items))
    heard.said = spoken(start.adapted(seed), heard.framed())
    return Way(start, pictures, heard)


def likelihood(heard: Heard) -> float:
    """Return the mean logarithm of the probability that labels were given, summed over all alignments."""
    given = [_given(heard.codec, picture.label, said) for picture, said in zip(heard.framed(), heard.said, strict=True)]
    return float(np.mean(np.log(np.maximum(given, LEAST)))) if given else 0.0


def _given(codec: Codec, label: str, said: Probabilities) -> float:
    if len(said) != 1:
        return 0.0
    index = {c: number for number, c in enumerate(codec.alphabet)}
    steps = Alignments(said[0].astype(np.float64), language(codec.alphabet, ANYTHING))
    return steps.probability([index[c] for c in label])
