"""A dataset held to a constraint: a smaller alphabet, one case, known lengths or a pattern."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from captchakit.errors import DatasetError
from captchakit.learning.dataset import Dataset, Item, labels_of
from captchakit.learning.examples import framed_label
from captchakit.reading.codecs.language import Language, language
from captchakit.types import ANYTHING, Constraint


def restricted(dataset: Dataset, constraint: Constraint) -> Dataset:
    """Return the dataset with labels and alphabet as the constraint writes them, and the constraint noted.

    Where nobody else said what the alphabet is, that of the constraint is it, whether or not the labels show all of it.
    Raises `DatasetError` naming the first row whose label is not allowed, `OptionError` where no label could be.
    """
    if constraint == ANYTHING:
        return dataset
    more = set() if dataset.alphabet_stated else {*(constraint.alphabet or ())}.difference(dataset.alphabet)
    allowed = language((*dataset.alphabet, *sorted(more)), constraint)
    places = {_key(label, constraint): number for number, label in enumerate(allowed.labels)}
    items = tuple(replace(item, label=_written(dataset, item, allowed, places, constraint)) for item in dataset.items)
    lengths = [len(labels_of(item.label, dataset.task)) for item in items]
    return replace(
        dataset,
        alphabet=allowed.labels,
        min_length=min(lengths, default=0),
        max_length=max(lengths, default=0),
        case_sensitive=dataset.case_sensitive and constraint.case is None,
        items=items,
        constraint=constraint,
        alphabet_stated=dataset.alphabet_stated or bool(constraint.alphabet),
    )


def _key(label: str, constraint: Constraint) -> str:
    return label.lower() if constraint.case else label


def _written(dataset: Dataset, item: Item, allowed: Language, places: Mapping[str, int], constraint: Constraint) -> str:
    numbers = [places.get(_key(part, constraint), -1) for part in labels_of(framed_label(dataset, item), dataset.task)]
    if -1 in numbers or not allowed.allows(numbers):
        raise DatasetError(f"{dataset.name}: {item.row}: {item.file}: the label {item.label!r} is not allowed")
    between = " " if dataset.task == "tags" else ""
    return between.join(allowed.labels[number] for number in numbers)
