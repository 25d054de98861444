"""Small datasets to read, and in which words they are refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from captchakit.errors import DatasetError
from captchakit.learning import dataset as datasets
from tests.pictures import captcha, png

ABOUT = 'name = "few"\ntask = "text"\nalphabet = "ABT"\nmin_length = 2\nmax_length = 3\ncase_sensitive = true\n'
ROWS = ["a.png,ABT,train", "b.png,TA,train", "c.png,BAT,validation", "d.png,TT,test"]


def folder_of(path: Path, rows: list[str] = ROWS, about: str = ABOUT, header: str = "file,label,split") -> Path:
    """Write four different images and these rows."""
    path.mkdir(exist_ok=True)
    for seed, name in enumerate("abcd"):
        (path / f"{name}.png").write_bytes(png(captcha("ABT", seed)))
    (path / "dataset.toml").write_text(about)
    (path / "labels.csv").write_text("\n".join([header, *rows]) + "\n")
    return path


def named_folder(path: Path, names: list[str]) -> Path:
    path.mkdir(parents=True, exist_ok=True)
    for seed, name in enumerate(names):
        (path / name).write_bytes(png(captcha(Path(name).stem.split("_")[0], seed)))
    return path


def refused(path: Path, *, images_too: bool = False) -> str:
    """Return in what words the dataset is refused: one line that names it."""
    with pytest.raises(DatasetError) as error:
        datasets.load(path).check() if images_too else datasets.load(path)
    assert "\n" not in str(error.value)
    assert "few" in str(error.value)
    return str(error.value)
