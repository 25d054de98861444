"""Answers against labels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from captchakit.measuring.statistics import wilson


def edit_distance(one: str, other: str) -> int:
    """Return the least number of insertions, deletions and substitutions between two texts (Levenshtein 1966)."""
    row = list(range(len(other) + 1))
    for i, a in enumerate(one, start=1):
        diagonal, row[0] = row[0], i
        for j, b in enumerate(other, start=1):
            diagonal, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, diagonal + (a != b))
    return row[-1]


@dataclass(frozen=True, slots=True)
class Evaluation:
    """Whole-string exact match with its 95 % Wilson interval, character error rate, and yield.

    The character error rate is all edits over all characters of the labels. Yield is the share of images in which
    as many characters were found as the label has, right or wrong.
    """

    n: int
    right: int
    edits: int
    characters: int
    counted: int

    @property
    def exact_match(self) -> float:
        """The share of images whose whole text is right."""
        return self.right / self.n if self.n else 0.0

    @property
    def interval(self) -> tuple[float, float]:
        """The 95 % Wilson interval of exact match."""
        return wilson(self.right, self.n)

    @property
    def character_error_rate(self) -> float:
        """Edits over characters; above 1 where a solver invents more than there is."""
        return self.edits / self.characters if self.characters else 0.0

    @property
    def segmentation_yield(self) -> float:
        """The share of images with the right number of characters."""
        return self.counted / self.n if self.n else 0.0


def matches(answer: str, label: str, *, ignore_case: bool = False) -> bool:
    """Return whether an answer is the whole label."""
    return answer.lower() == label.lower() if ignore_case else answer == label


def evaluate(answers: Sequence[str], labels: Sequence[str], *, ignore_case: bool = False) -> Evaluation:
    """Compare answers with labels of the same order; raises `ValueError` where there are not as many."""
    if ignore_case:
        answers, labels = [a.lower() for a in answers], [b.lower() for b in labels]
    pairs = list(zip(answers, labels, strict=True))
    return Evaluation(
        n=len(pairs),
        right=sum(a == b for a, b in pairs),
        edits=sum(edit_distance(a, b) for a, b in pairs),
        characters=sum(len(b) for _, b in pairs),
        counted=sum(len(a) == len(b) for a, b in pairs),
    )
