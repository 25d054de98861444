"""What is written is a dataset."""

from __future__ import annotations

from pathlib import Path

import pytest

from captchakit.errors import DatasetError
from captchakit.learning import dataset as datasets
from captchakit.learning.dataset import Dataset, Sample, write
from tests.pictures import captcha, png


def described(path: Path) -> Dataset:
    made = [Sample(png(captcha("ABT", n)), ".png", "ABT", split) for n, split in enumerate(("train", "test"))]
    about: dict[str, str | int | bool] = {
        "name": 'a "quoted"\\name',
        "task": "text",
        "alphabet": "ABT",
        "min_length": 3,
        "max_length": 3,
    }
    assert write(path, made, **about, case_sensitive=False, description="two\nlines") == 2
    return datasets.load(path)


def test_what_is_written_is_read(tmp_path: Path) -> None:
    """A written folder reads back, whatever its description holds."""
    dataset = described(tmp_path / "new" / "folder")
    assert (dataset.name, dataset.description) == ('a "quoted"\\name', "two\nlines")
    assert dataset.case_sensitive is False
    assert [(i.label, i.split) for i in dataset.items] == [("ABT", "train"), ("ABT", "test")]
    assert dataset.read(dataset.items[1]) == png(captcha("ABT", 1))


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    """A folder that holds something is left alone."""
    (tmp_path / "mine.txt").write_text("precious")
    with pytest.raises(DatasetError, match="not an empty folder"):
        write(tmp_path, [])
    assert [p.name for p in tmp_path.iterdir()] == ["mine.txt"]
