"""What few labels miss."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from captchakit_sequence.learner import SequenceLearner

from captchakit.learning.dataset import Dataset, load
from captchakit.learning.restricting import restricted
from captchakit.learning.tuning import Start, tune, tuned
from captchakit.learning.tuning.missing import UNLIKELY, compared, widened
from captchakit.reading.library import DEFAULT_MODEL, Library
from captchakit.reading.model import Model
from captchakit.types import Constraint
from tests.pictures import captcha, png, samples, write_dataset


def test_few_labels_compare_what_they_show() -> None:
    """Of 36 classes two labels show three; an answer that is taken for a label shows another."""
    assert set(compared([[0, 1], [1, 2]], [], 36)) == {0, 1, 2}
    assert set(compared([[0, 1], [1, 2]], [[2, 7]], 36)) == {0, 1, 2, 7}


def test_what_many_labels_miss_is_not_there() -> None:
    """Where a class would hardly be missed by chance, all are compared; answers taken for labels do not count."""
    enough = next(count for count in range(1000) if (1 - 1 / 10) ** count < UNLIKELY)
    assert len(compared([[3]] * enough, [], 10)) == 10
    assert set(compared([[3]] * (enough - 1), [[3]] * enough, 10)) == {3}


@pytest.mark.parametrize("alphabet", ["ABT", "ABTabcdefghijklmnopqrstuvwxyz"])
def test_a_tuning_compares_what_its_labels_show(
    letters: Dataset, reader: Path, monkeypatch: pytest.MonkeyPatch, alphabet: str
) -> None:
    """Whatever else the alphabet has, twelve labels of three letters are told apart from each other, in each round."""
    few = replace(letters, items=letters.items[:12], alphabet=tuple(alphabet))
    told: list[Collection[int]] = []
    monkeypatch.setattr(SequenceLearner, "confine", lambda _, classes: told.append(set(classes)))
    monkeypatch.setattr("captchakit.learning.tuning.schedule.LEARNED_FROM", 200)
    monkeypatch.setattr("captchakit.learning.tuning.schedule.FOR_EACH_LABEL", 0)
    tuned(few, Start.of(reader, few.alphabet))
    assert told
    assert all(classes == {0, 1, 2} for classes in told)


def bare(folder: Path, labels: Sequence[str]) -> Dataset:
    """Return images named after their labels, of which nothing else is known."""
    for number, label in enumerate(labels):
        (folder / f"{label}_{number}.png").write_bytes(png(captcha(label, number)))
    return load(folder)


def test_an_alphabet_made_of_few_labels_is_widened(tmp_path: Path) -> None:
    """What a model knows of digits and small letters may come, where two of each did; capitals may not."""
    known = (*"0123456789", *"ABC", *"abcx", "+")
    assert "".join(widened(bare(tmp_path, ["7a2", "b71"]), known).alphabet) == "0123456789abcx"


def test_an_alphabet_that_was_stated_stays(tmp_path: Path) -> None:
    """Of `dataset.toml`, or of a constraint, which adds what labels do not show."""
    few = bare(tmp_path, ["7a2", "b71"])
    held = restricted(few, Constraint(alphabet=frozenset("0127ab")))
    assert "".join(widened(held, "0123456789abcx").alphabet) == "".join(held.alphabet) == "127ab0"
    told = load(write_dataset(tmp_path / "told", samples(["7a2", "b71"], "train"), "127abz"))
    assert widened(told, "0123456789abcx").alphabet == tuple("127abz")


def test_one_letter_among_digits_is_a_sign(tmp_path: Path) -> None:
    """As in 7x2: other letters are not expected."""
    assert "".join(widened(bare(tmp_path, ["7x2", "8x1"]), "0123456789abcx").alphabet) == "0123456789x"


def test_many_labels_show_their_alphabet(tmp_path: Path) -> None:
    """Seven hundred characters of two digits: a third would have come."""
    few = bare(tmp_path, ["12"])
    many = replace(few, items=few.items * 350)
    assert widened(many, "0123456789").alphabet == ("1", "2")


def test_a_tuned_model_knows_what_its_labels_may_have_missed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Six images of a bare folder make a model for all capitals."""
    monkeypatch.setattr("captchakit.learning.tuning.schedule.LEARNED_FROM", 100)
    monkeypatch.setattr("captchakit.learning.tuning.schedule.FOR_EACH_LABEL", 0)
    few = bare(tmp_path, ["ABT", "TBA", "BAT", "TAB", "ATB", "BTA"])
    assert "".join(few.alphabet) == "ABT"
    path = tmp_path / "tuned.onnx"
    path.write_bytes(tune(few, Library()[DEFAULT_MODEL], name="capitals")[0])
    assert "".join(Model.open(path).card.alphabet) == "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
