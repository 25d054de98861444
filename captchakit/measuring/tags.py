"""How well several labels at once are told."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from captchakit.learning.thresholds import f_beta
from captchakit.measuring.classes import Estimate, estimated


@dataclass(frozen=True, slots=True)
class LabelScore:
    """One label: how often it was right to give it, and how often it was given where it belongs (NaN: never)."""

    label: str
    there: int
    precision: float
    recall: float

    def to_json(self) -> dict[str, Any]:
        """Return the scores as plain values."""
        values = {"precision": self.precision, "recall": self.recall}
        rounded = {key: None if np.isnan(value) else round(value, 6) for key, value in values.items()}
        return {"label": self.label, "there": self.there, **rounded}


@dataclass(frozen=True, slots=True)
class TagsEvaluation:
    """F2 as the mean over images, with its interval over groups, and each label's precision and recall."""

    n: int
    f2: Estimate
    labels: tuple[LabelScore, ...]

    def to_json(self) -> dict[str, Any]:
        """Return the scores as plain values."""
        return {"n": self.n, "f2": self.f2.to_json(), "labels": [score.to_json() for score in self.labels]}


def evaluate_tags(
    answers: Sequence[str], truths: Sequence[str], alphabet: Sequence[str], groups: Sequence[str] = ()
) -> TagsEvaluation:
    """Compare answers with truths of the same order, both tags between spaces."""
    said = np.array([[label in answer.split() for label in alphabet] for answer in answers])
    truth = np.array([[label in label_set.split() for label in alphabet] for label_set in truths])
    places = np.arange(len(truth))
    f2 = estimated(lambda _, rows: f_beta(said[rows], truth[rows]), said.astype(np.float64), places, groups)
    both, given, there = (said & truth).sum(axis=0), said.sum(axis=0), truth.sum(axis=0)
    with np.errstate(invalid="ignore"):
        precision, recall = both / given, both / there
    scores = zip(alphabet, there, precision, recall, strict=True)
    return TagsEvaluation(len(truth), f2, tuple(LabelScore(a, int(t), float(p), float(r)) for a, t, p, r in scores))
