"""Which way of preparing pictures suits a dataset: a model that looks in several ways is gone on from in the best."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from captchakit.learning.dataset import Dataset, Item
from captchakit.learning.judging import spoken
from captchakit.learning.tuning.cases import cased
from captchakit.learning.tuning.heard import Heard
from captchakit.learning.tuning.reader import Picture, pictures_of
from captchakit.learning.tuning.start import Start
from captchakit.reading.codecs.alignments import Alignments
from captchakit.reading.codecs.language import language
from captchakit.reading.pipeline import Pipeline
from captchakit.stages import Codec
from captchakit.types import ANYTHING, Constraint, Probabilities

LEAST = 1e-9
"""A label that is given less is no worse than one that is given this: some labels are wrong."""


class Way(NamedTuple):
    """A start that prepares in this way, the pictures by file as they come of it, and what it says of them."""

    start: Start
    pictures: Mapping[str, Picture]
    heard: Heard


def best_way(start: Start, dataset: Dataset, items: Sequence[Item], seed: int) -> Way:
    """Return the way in which the labels are the most probable; raises `DatasetError` naming a row."""
    ways = [way for each in start.ways() for way in _cases_of(each, dataset, items, seed)]
    return max(ways, key=lambda way: likelihood(way.heard))


def _cases_of(start: Start, dataset: Dataset, items: Sequence[Item], seed: int) -> list[Way]:
    """Return the way in which a start prepares pictures, and with letters of the other case, where that may help."""
    way = way_of(start, dataset, items, seed)
    other = cased(start, way.heard.framed(), seed)
    return [way, _said_of(other, way.pictures, items, seed)] if other.origins else [way]


def way_of(start: Start, dataset: Dataset, items: Sequence[Item], seed: int) -> Way:
    """Return the way in which a start prepares pictures; raises `DatasetError` naming a row."""
    found = pictures_of(dataset, items, start.prepare, start.card.framing)
    pictures = {item.file: picture for item, picture in zip(items, found, strict=True)}
    return _said_of(start, pictures, items, seed)


def _said_of(start: Start, pictures: Mapping[str, Picture], items: Sequence[Item], seed: int) -> Way:
    heard = Heard(start.codec, pictures, list(items))
    heard.said = spoken(start.adapted(seed), heard.framed())
    return Way(start, pictures, heard)


def read_as_it_is(start: Start, dataset: Dataset, heard: Heard) -> float:
    """Return the share of what was heard of that the model reads as it is, with all its looks, told the alphabet."""
    pipeline = replace(Pipeline.load(start.model), answer=None)
    began = {start.origins.get(label, label): label for label in start.codec.alphabet}
    known = frozenset(began) & frozenset(start.card.alphabet)
    if not known:
        return 0.0
    answers = [pipeline.see(dataset.read(item), Constraint(known)).solution.text for item in heard.items]
    right = ["".join(began[c] for c in a) == f.label for a, f in zip(answers, heard.framed(), strict=True)]
    return sum(right) / len(right)


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
