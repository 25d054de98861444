"""What is shipped: every model reads its shipped dataset, and both keep to their sizes."""

from __future__ import annotations

from pathlib import Path

import pytest

from captchakit import Library
from captchakit.learning import dataset as datasets
from captchakit.reading.library import DEFAULT_MODEL, shipped

MODELS = sorted(Library())
DATASETS = sorted(p.parent for p in shipped("datasets").glob("*/labels.csv"))
ENOUGH = 0.8
"""The share of its validation score that a shipped model must reach on shipped images: less is no chance."""


def test_the_default_model_is_shipped() -> None:
    """`captchakit solve` works without an option."""
    assert DEFAULT_MODEL in MODELS


@pytest.mark.parametrize("name", MODELS)
def test_a_shipped_model_is_small_and_says_where_it_comes_from(name: str) -> None:
    """Under 2 MB, named as its file, with what it was trained on and how it scored."""
    path = Library()[name]
    card = Library().open(name).card
    assert path.stat().st_size < 2_000_000
    assert card.name == name
    assert card.training["dataset"]
    assert 0 < card.scores["exact_match"] <= 1


@pytest.mark.parametrize("name", MODELS)
def test_a_shipped_model_does_not_tell_on_whose_machine_it_was_made(name: str) -> None:
    """No path of the trainer's source is in the file."""
    assert b".py" not in Library()[name].read_bytes().replace(b"remake.py", b"")


@pytest.mark.parametrize("name", MODELS)
def test_a_shipped_model_reads_its_shipped_dataset(name: str) -> None:
    """Images that it has not learned from are read as their labels say."""
    pipeline = Library().open(name)
    home = shipped("datasets") / pipeline.card.training["dataset"]
    assert home in DATASETS, f"{home} is not shipped"
    dataset = datasets.load(home)
    items = dataset.split("test")[:60]
    right = sum(pipeline.solve(dataset.read(i)).text == i.label for i in items)
    assert right >= ENOUGH * float(pipeline.card.scores["exact_match"]) * len(items)


@pytest.mark.parametrize("path", DATASETS, ids=lambda p: p.name)
def test_a_shipped_dataset_keeps_its_rules(path: Path) -> None:
    """Every row has its image, none straddles splits, and there is something to learn from and to test on."""
    dataset = datasets.load(path)
    dataset.check()
    assert dataset.name == path.name
    assert dataset.description
    assert dataset.split("train")
    assert dataset.split("test")


def test_shipped_datasets_are_small() -> None:
    """All shipped datasets together have less than 5 MB."""
    assert sum(p.stat().st_size for p in shipped("datasets").rglob("*") if p.is_file()) < 5_000_000
