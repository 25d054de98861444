"""What is wrong with a dataset is told by the row."""

from __future__ import annotations

from pathlib import Path

import pytest

from captchakit.learning import dataset as datasets
from tests.learning.dataset.folders import ABOUT, folder_of, refused
from tests.pictures import captcha, png


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("b.png,AXT,train", "label 'AXT' has 'X', which the alphabet lacks"),
        ("b.png,abt,train", "label 'abt' has 'a', which the alphabet lacks"),
        ("b.png,,train", "has an empty label"),
        ("b.png,A,train", "length 1, not 2 to 3"),
        ("b.png,ABTA,train", "length 4, not 2 to 3"),
        ("b.png,AB,training", "split 'training' is none of train, validation, test"),
        ("b.png,AB,", "split '' is none of"),
        ("a.png,ABT,train", "stands at labels.csv line 2 already"),
        ("a.png,ABT,test", "stands at labels.csv line 2 already (train and test)"),
        ("b.png,AB", "no split"),
        ("b.png", "no label"),
    ],
)
def test_a_wrong_row_is_named(tmp_path: Path, row: str, reason: str) -> None:
    """The message names the line and says what is wrong with it."""
    told = refused(folder_of(tmp_path / "few", ["a.png,ABT,train", row]))
    assert "labels.csv line 3" in told
    assert reason in told


@pytest.mark.parametrize("file", ["none.png", "../few/labels.csv/a.png", "", "../../outside.png", "/etc/hostname"])
def test_a_missing_image_is_named(tmp_path: Path, file: str) -> None:
    """An image that is not there, or not inside the folder, is named with its row."""
    (tmp_path / "outside.png").write_bytes(png(captcha("ABT", 9)))
    (tmp_path / "in").mkdir()
    told = refused(folder_of(tmp_path / "in" / "few", ["a.png,ABT,train", f"{file},AB,train"]), images_too=True)
    assert "labels.csv line 3" in told
    assert f"there is no image {file}" in told


def test_a_link_out_of_the_folder_is_not_followed(tmp_path: Path) -> None:
    """A link to a file elsewhere is as good as missing."""
    path = folder_of(tmp_path / "few", ["link.png,AB,train"])
    (tmp_path / "outside.png").write_bytes(png(captcha("ABT", 9)))
    (path / "link.png").symlink_to(tmp_path / "outside.png")
    assert "there is no image link.png" in refused(path, images_too=True)


def test_the_same_image_in_two_splits_is_named(tmp_path: Path) -> None:
    """The same bytes under two names must not be learned from and tested on; both rows are named."""
    path = folder_of(tmp_path / "few")
    (path / "d.png").write_bytes((path / "a.png").read_bytes())
    told = refused(path, images_too=True)
    assert "labels.csv line 5: d.png (test) is the same image as a.png (train, labels.csv line 2)" in told


def test_one_text_alone_may_be_learned(tmp_path: Path) -> None:
    """Where every image says the same there is a model of it, however little it is worth."""
    datasets.load(folder_of(tmp_path / "same", ["a.png,ABT,train", "b.png,ABT,train"], ABOUT)).check()


def test_a_group_in_two_splits_is_named(tmp_path: Path) -> None:
    """What belongs together must not be learned from and tested on; the rows are named."""
    rows = ["a.png,ABT,train,one", "b.png,TA,test,one"]
    told = refused(folder_of(tmp_path / "few", rows, header="file,label,split,group"), images_too=True)
    assert "labels.csv line 3" in told
    assert "group 'one'" in told
