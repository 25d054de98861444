"""A dataset held to a constraint."""

from __future__ import annotations

from pathlib import Path

import pytest

from captchakit.errors import DatasetError, OptionError
from captchakit.learning import dataset as datasets
from captchakit.learning.dataset import Dataset
from captchakit.learning.restricting import restricted
from captchakit.types import ANYTHING, Constraint
from tests.pictures import samples, write_dataset


@pytest.fixture
def mixed(tmp_path: Path) -> Dataset:
    """Three labels in both cases."""
    return datasets.load(write_dataset(tmp_path / "mixed", samples(["aBT", "ABt", "BAT"], "train"), "ABTabt"))


@pytest.mark.parametrize(
    ("constraint", "labels", "alphabet"),
    [
        (ANYTHING, ["aBT", "ABt", "BAT"], "ABTabt"),
        (Constraint(case="lower"), ["abt", "abt", "bat"], "abt"),
        (Constraint(case="upper"), ["ABT", "ABT", "BAT"], "ABT"),
        (Constraint(frozenset("ABT"), case="ignore"), ["ABT", "ABT", "BAT"], "ABT"),
        (Constraint(frozenset("ABTat")), ["aBT", "ABt", "BAT"], "ABTat"),
        (Constraint(length=(2, 4), pattern="[a-zA-Z]+"), ["aBT", "ABt", "BAT"], "ABTabt"),
    ],
)
def test_labels_and_alphabet_are_written_as_wanted(
    mixed: Dataset, constraint: Constraint, labels: list[str], alphabet: str
) -> None:
    """Case maps them, an alphabet narrows, and what is to be kept to is noted."""
    held = restricted(mixed, constraint)
    assert [i.label for i in held.items] == labels
    assert "".join(held.alphabet) == alphabet
    assert held.constraint == constraint


@pytest.mark.parametrize(
    "constraint", [Constraint(frozenset("ABT")), Constraint(length=(4, 5)), Constraint(pattern="A.*")]
)
def test_a_label_that_is_not_allowed_is_named(mixed: Dataset, constraint: Constraint) -> None:
    """The first row whose label breaks it is an error, no silent skip."""
    with pytest.raises(DatasetError, match=r"mixed: labels.csv line [23]: .*: the label '.*' is not allowed"):
        restricted(mixed, constraint)


def test_where_case_does_not_matter_labels_follow_the_alphabet(tmp_path: Path) -> None:
    """Labels in either case are allowed by an alphabet of one."""
    path = write_dataset(tmp_path / "loose", samples(["abt", "ABT"], "train"))
    about = path / "dataset.toml"
    about.write_text(about.read_text().replace("case_sensitive = true", "case_sensitive = false"))
    held = restricted(datasets.load(path), Constraint(frozenset("ABT"), length=(3, 3)))
    assert [i.label for i in held.items] == ["ABT", "ABT"]


def test_an_alphabet_that_no_label_could_have_is_refused(mixed: Dataset) -> None:
    """One line says so before any image is read."""
    with pytest.raises(OptionError, match="knows no label of the alphabet"):
        restricted(mixed, Constraint(frozenset("0123")))
