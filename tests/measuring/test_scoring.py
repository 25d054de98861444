"""Scores of every task, from what any solver tells."""

from __future__ import annotations

from dataclasses import dataclass, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from captchakit import Pipeline
from captchakit.errors import ImageError
from captchakit.learning.dataset import Dataset
from captchakit.measuring.evaluation import edit_distance
from captchakit.measuring.scoring import aligned, score
from captchakit.types import ANYTHING, Box, Constraint, Solution, Symbol


@dataclass(frozen=True)
class Told:
    """Answers with what it was told, by the image's bytes."""

    answers: dict[bytes, tuple[str, ...]]
    confidence: float = 0.9
    name: str = "told"

    def solve(self, data: bytes, constraint: Constraint = ANYTHING) -> Solution:
        """Return what was told of the image."""
        del constraint
        if data not in self.answers:
            raise ImageError("not told")
        symbols = tuple(Symbol(s, self.confidence, Box(0, 0, 1, 1)) for s in self.answers[data])
        return Solution("".join(self.answers[data]), self.confidence, symbols)

    def solve_batch(self, batch: list[bytes], constraint: Constraint = ANYTHING) -> list[Solution]:
        """Return what was told of each."""
        return [self.solve(data, constraint) for data in batch]


def truth(dataset: Dataset) -> dict[bytes, tuple[str, ...]]:
    return {dataset.read(item): tuple(item.label) for item in dataset.split("test")}


def test_a_solver_that_knows_all_has_every_score(letters: Dataset) -> None:
    """Accuracy 1, no edits, an area of 1, and intervals that are honest about twelve images."""
    told = score(Told(truth(letters)), letters)  # type: ignore[arg-type]
    assert (told["n"], told["accuracy"], told["character_error_rate"]) == (12, 1.0, 0.0)
    assert told["roc_auc"]["value"] == told["macro_f1"]["value"] == told["character_accuracy"] == 1.0
    assert told["interval"][0] < 0.8


def test_a_solver_that_says_one_letter_knows_nothing(letters: Dataset) -> None:
    """Its area is a half; images that cannot be read count as wrong and are named."""
    told = score(Told(dict.fromkeys(truth(letters), ("A", "A", "A"))), letters)  # type: ignore[arg-type]
    assert told["roc_auc"]["value"] == pytest.approx(0.5)
    told = score(Told({}), letters)  # type: ignore[arg-type]
    assert (told["accuracy"], told["character_error_rate"]) == (0.0, 1.0)
    assert told["unreadable"][0].endswith(": not told")


def test_a_trained_model_passes_the_coursework_mark(pipeline: Pipeline, letters: Dataset) -> None:
    """The area over characters is above 0.95."""
    told = score(pipeline, letters)
    assert told["accuracy"] >= 0.9
    assert told["roc_auc"]["value"] > 0.95


def test_case_is_folded_where_the_dataset_says_so(letters: Dataset) -> None:
    """Small letters count as large ones then, and not otherwise."""
    small = Told({data: tuple(c.lower() for c in label) for data, label in truth(letters).items()})
    assert score(small, replace(letters, case_sensitive=False))["accuracy"] == 1.0  # type: ignore[arg-type]
    assert score(small, letters)["accuracy"] == 0.0  # type: ignore[arg-type]


def test_several_labels_have_their_own_scores(letters: Dataset) -> None:
    """F2 and each label's precision and recall, whatever the order of the answer."""
    items = tuple(replace(item, label=" ".join(sorted(set(item.label)))) for item in letters.items)
    tagged = replace(letters, items=items, task="tags")
    said = {tagged.read(item): tuple(" ".join(reversed(item.label.split()))) for item in tagged.split("test")}
    told = score(Told(said), tagged)  # type: ignore[arg-type]
    assert (told["accuracy"], told["f2"]["value"]) == (1.0, 1.0)
    assert {row["label"] for row in told["labels"]} == {"A", "B", "T"}


@given(said=st.text("ab", max_size=6), truths=st.text("ab", max_size=6))
def test_alignment_is_by_the_least_edits(said: str, truths: str) -> None:
    """What is laid on each other, left out and too much adds up to the edit distance, in order."""
    places = aligned(said, truths)
    laid = [(place, j) for j, place in enumerate(places) if place is not None]
    assert [place for place, _ in laid] == sorted(place for place, _ in laid)
    wrong = sum(said[place] != truths[j] for place, j in laid)
    assert wrong + (len(truths) - len(laid)) + (len(said) - len(laid)) == edit_distance(said, truths)
