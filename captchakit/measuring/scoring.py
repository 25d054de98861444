"""A solver's scores on a dataset, those that its task is measured by."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from captchakit.errors import ImageError
from captchakit.learning.dataset import Dataset, Item, labels_of
from captchakit.measuring.classes import accuracy, estimated, macro_auc, macro_f1
from captchakit.measuring.evaluation import evaluate
from captchakit.measuring.statistics import wilson
from captchakit.measuring.tags import evaluate_tags
from captchakit.stages import Solver
from captchakit.types import Solution, Symbol

UNREAD = Solution("", 0.0)


def score(solver: Solver, dataset: Dataset, split: str = "test") -> dict[str, Any]:
    """Return the scores on a split as plain values; an image that cannot be read is answered with nothing.

    Every task has accuracy: the share of images whose whole answer is right, with its 95 % Wilson interval. Text adds
    the character error rate and the ROC AUC, macro one-versus-rest over characters; classes F1 and ROC AUC; several
    labels F2 and each label's precision and recall. `unreadable` names the images that cannot be read by their rows.
    """
    items = dataset.split(split)
    unreadable: list[str] = []
    answers = [_answered(solver, dataset, item, unreadable) for item in items]
    pairs = list(zip(answers, items, strict=True))
    right = sum(_same(dataset, answer, item) for answer, item in pairs)
    told: dict[str, Any] = {
        "dataset": dataset.name,
        "solver": solver.name,
        "split": split,
        "n": len(items),
        "accuracy": round(right / len(items), 6),
        "interval": [round(bound, 6) for bound in wilson(right, len(items))],
        "unreadable": unreadable,
    }
    if dataset.task == "tags":
        groups = [item.group or item.file for item in items]
        truths = [item.label for item in items]
        return {**told, **evaluate_tags([a.text for a in answers], truths, dataset.alphabet, groups).to_json()}
    return {**told, **_classes(dataset, pairs)}


def _answered(solver: Solver, dataset: Dataset, item: Item, unreadable: list[str]) -> Solution:
    try:
        return solver.solve(dataset.read(item))
    except ImageError as error:
        unreadable.append(f"{item.row}: {item.file}: {error}")
        return UNREAD


def _same(dataset: Dataset, answer: Solution, item: Item) -> bool:
    if dataset.task == "tags":
        return set(answer.text.split()) == set(item.label.split())
    return _folded(dataset, answer.text) == _folded(dataset, item.label)


def _folded(dataset: Dataset, text: str) -> str:
    return text if dataset.case_sensitive else text.lower()


def _classes(dataset: Dataset, pairs: Sequence[tuple[Solution, Item]]) -> dict[str, Any]:
    labels = sorted({_folded(dataset, label) for label in dataset.alphabet})
    rows = [_rows(dataset, answer, item, labels) for answer, item in pairs]
    scores, truth = np.concatenate([r[0] for r in rows]), np.concatenate([r[1] for r in rows])
    groups = [item.group or item.file for (_, item), row in zip(pairs, rows, strict=True) for _ in row[1]]
    told: dict[str, Any] = {}
    if dataset.task == "text":
        texts = [a.text for a, _ in pairs], [item.label for _, item in pairs]
        evaluation = evaluate(*texts, ignore_case=not dataset.case_sensitive)
        told["character_error_rate"] = round(evaluation.character_error_rate, 6)
        told["character_accuracy"] = round(accuracy(scores, truth), 6)
    told["macro_f1"] = estimated(macro_f1, scores, truth, groups).to_json()
    told["roc_auc"] = estimated(macro_auc, scores, truth, groups).to_json()
    return told


def _rows(
    dataset: Dataset, answer: Solution, item: Item, labels: Sequence[str]
) -> tuple[NDArray[np.float64], NDArray[np.intp]]:
    """Return a score for each class `(K, C)` at each of the `K` labels of an image, and which is true `(K,)`.

    A label's symbol is the one that the least edits lay on it. Its confidence is the score of its own class and what is
    left is shared by the others, since any solver tells as much; where no symbol lies all classes are alike.
    """
    truths = [_folded(dataset, part) for part in labels_of(item.label, dataset.task)]
    said = [_folded(dataset, symbol.label) for symbol in answer.symbols]
    scores = np.full((len(truths), len(labels)), 1 / len(labels))
    for row, place in enumerate(aligned(said, truths)):
        if place is not None:
            scores[row] = _shared(answer.symbols[place], said[place], labels)
    return scores, np.array([labels.index(label) for label in truths], np.intp)


def _shared(symbol: Symbol, label: str, labels: Sequence[str]) -> NDArray[np.float64]:
    if label not in labels:
        return np.full(len(labels), 1 / len(labels))
    row = np.full(len(labels), (1 - symbol.confidence) / max(len(labels) - 1, 1))
    row[labels.index(label)] = symbol.confidence
    return row


def aligned(said: Sequence[str], truths: Sequence[str]) -> list[int | None]:
    """Return for each of `truths` which of `said` lies on it by the least edits, None where it was left out."""
    costs = np.zeros((len(said) + 1, len(truths) + 1), np.intp)
    costs[:, 0], costs[0] = np.arange(len(said) + 1), np.arange(len(truths) + 1)
    for i, a in enumerate(said, start=1):
        for j, b in enumerate(truths, start=1):
            costs[i, j] = min(costs[i - 1, j - 1] + (a != b), costs[i - 1, j] + 1, costs[i, j - 1] + 1)
    places: list[int | None] = [None] * len(truths)
    i, j = len(said), len(truths)
    while i and j:
        if costs[i, j] == costs[i - 1, j - 1] + (said[i - 1] != truths[j - 1]):
            i, j = i - 1, j - 1
            places[j] = i
        elif costs[i, j] == costs[i - 1, j] + 1:
            i -= 1
        else:
            j -= 1
    return places
