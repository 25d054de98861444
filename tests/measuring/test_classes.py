"""Accuracy, F1 and ROC AUC against values worked out by hand and by scikit-learn."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import f1_score, roc_auc_score

from captchakit.measuring.classes import accuracy, auc, estimated, macro_auc, macro_f1


def scored(seed: int, classes: int, count: int) -> tuple[np.ndarray, np.ndarray]:
    dice = np.random.default_rng(seed)
    truth = np.concatenate([np.arange(classes), dice.integers(0, classes, count)])
    scores = np.round(dice.random((len(truth), classes)) + 0.5 * np.eye(classes)[truth], 1)
    return scores / scores.sum(axis=1, keepdims=True), truth


@given(seed=st.integers(0, 999), classes=st.integers(3, 5), count=st.integers(0, 30))
def test_as_scikit_learn_says(seed: int, classes: int, count: int) -> None:
    """Macro F1 and macro one-versus-rest area are those of scikit-learn, ties included."""
    scores, truth = scored(seed, classes, count)
    assert macro_f1(scores, truth) == pytest.approx(f1_score(truth, scores.argmax(axis=1), average="macro"))
    assert macro_auc(scores, truth) == pytest.approx(roc_auc_score(truth, scores, multi_class="ovr"))


def test_area_by_hand() -> None:
    """Of four pairs three are in order and one is a tie: 3.5 of 4. With one kind alone there is no area."""
    scores = np.array([0.9, 0.5, 0.5, 0.1])
    assert auc(scores, np.array([True, True, False, False])) == 3.5 / 4
    assert np.isnan(auc(scores, np.ones(4, np.bool_)))
    assert np.isnan(macro_auc(scores[:, np.newaxis], np.zeros(4, np.intp)))


def test_the_interval_holds_the_value_and_grows_with_groups() -> None:
    """Rows that come in groups of alike ones say less than as many rows alone."""
    scores, truth = scored(1, 2, 300)
    alone = estimated(accuracy, scores, truth)
    assert alone.low < alone.value < alone.high
    repeated = estimated(accuracy, np.repeat(scores, 9, axis=0), np.repeat(truth, 9), list(np.repeat(truth, 9) * 0))
    assert repeated.value == pytest.approx(alone.value)
    groups = [str(n) for n in range(len(truth)) for _ in range(9)]
    grouped = estimated(accuracy, np.repeat(scores, 9, axis=0), np.repeat(truth, 9), groups)
    assert grouped.high - grouped.low == pytest.approx(alone.high - alone.low, rel=0.1)
    assert set(alone.to_json()) == {"value", "low", "high"}


def test_no_error_is_not_certainty() -> None:
    """Thirty groups without an error: by the rule of three the rate may still be a tenth."""
    told = estimated(accuracy, np.eye(2)[[0, 1] * 15], np.array([0, 1] * 15))
    assert (told.value, told.high) == (1.0, 1.0)
    assert told.low == pytest.approx(0.9)
