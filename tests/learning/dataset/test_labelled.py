"""A dataset once it is read: its splits, its images, and its version."""

from __future__ import annotations

from pathlib import Path

import pytest

from captchakit.errors import DatasetError
from captchakit.learning import dataset as datasets
from tests.learning.dataset.folders import ROWS, folder_of


def test_a_split_without_images_is_refused(tmp_path: Path) -> None:
    """The message says which splits there are and how large."""
    dataset = datasets.load(folder_of(tmp_path / "few", ROWS[:2]))
    with pytest.raises(DatasetError, match=r"few: no image in split 'test' \(train: 2\)"):
        dataset.split("test")


def test_the_digest_is_the_datasets_version(tmp_path: Path) -> None:
    """The digest stays the same for the same content anywhere and changes with a label, a split or a pixel."""
    first = datasets.load(folder_of(tmp_path / "one")).digest()
    assert datasets.load(folder_of(tmp_path / "two")).digest() == first
    others = [[*ROWS[:3], "d.png,TA,test"], [*ROWS[:3], "d.png,TT,train"], ROWS[:3]]
    digests = {datasets.load(folder_of(tmp_path / "two", rows)).digest() for rows in others}
    assert len(digests | {first}) == 4
