"""What is held out to validate on."""

from __future__ import annotations

from pathlib import Path

from captchakit.learning import dataset as datasets
from captchakit.learning.splitting import learning_split
from tests.pictures import samples, texts, write_dataset


def test_validation_is_its_split_or_a_fifth_by_group(tmp_path: Path) -> None:
    """A validation split is used as it is; else a seeded fifth of train is held out, whole groups together."""
    path = write_dataset(tmp_path / "d", samples(texts(20, "ABT", 3, 1), "train"))
    rows = (path / "labels.csv").read_text().splitlines()
    grouped = [f"{rows[0]},group", *(f"{row},g{n // 2}" for n, row in enumerate(rows[1:]))]
    (path / "labels.csv").write_text("\n".join(grouped))
    dataset = datasets.load(path)
    learn, held, told = learning_split(dataset, 3)
    assert (len(learn), len(held), told) == (16, 4, "a fifth of the train split")
    assert not {i.group for i in learn} & {i.group for i in held}
    assert learning_split(dataset, 3) == (learn, held, told)
    path = write_dataset(tmp_path / "v", samples(["ABT"] * 6, "train") + samples(["TAB"], "validation", 50))
    assert [len(part) for part in learning_split(datasets.load(path), 0)[:2]] == [6, 1]


def test_a_handful_validates_itself(tmp_path: Path) -> None:
    """Under five images there is nothing to spare, which is said."""
    dataset = datasets.load(write_dataset(tmp_path / "few", samples(["ABT"] * 4, "train")))
    learn, held, told = learning_split(dataset, 0)
    assert learn == held
    assert "too few" in told
