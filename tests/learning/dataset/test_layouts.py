"""The three layouts: `labels.csv`, bare names, and several labels an image."""

from __future__ import annotations

from pathlib import Path

import pytest

from captchakit.errors import DatasetError
from captchakit.learning import dataset as datasets
from tests.learning.dataset.folders import ABOUT, ROWS, folder_of, named_folder
from tests.pictures import captcha, png, texts


def test_reads_what_the_files_say(tmp_path: Path) -> None:
    """Description, labels and splits are those of `dataset.toml` and `labels.csv`."""
    dataset = datasets.load(folder_of(tmp_path / "folder"))
    assert (dataset.name, dataset.task, dataset.alphabet) == ("few", "text", ("A", "B", "T"))
    assert (dataset.min_length, dataset.max_length, dataset.case_sensitive) == (2, 3, True)
    assert [(i.file, i.label, i.split) for i in dataset.items] == [tuple(r.split(",")) for r in ROWS]
    assert len(dataset) == len(dataset.split("all")) == 4
    assert [i.label for i in dataset.split("train")] == ["ABT", "TA"]
    assert dataset.read(dataset.items[0]) == png(captcha("ABT", 0))
    dataset.check()


def test_groups_and_sources_are_kept(tmp_path: Path) -> None:
    """The optional columns are read wherever they stand."""
    rows = ["one,ABT,a.png,site,train"]
    path = folder_of(tmp_path / "few", rows, header="group,label,file,source,split")
    (item,) = datasets.load(path).items
    assert (item.file, item.label, item.group, item.source) == ("a.png", "ABT", "one", "site")


def test_description_is_optional(tmp_path: Path) -> None:
    """Without `dataset.toml` alphabet and lengths are those of the labels, the name the folder's."""
    path = folder_of(tmp_path / "few")
    (path / "dataset.toml").unlink()
    dataset = datasets.load(path)
    assert (dataset.name, dataset.alphabet) == ("few", ("A", "B", "T"))
    assert (dataset.min_length, dataset.max_length) == (2, 3)


def test_case_may_not_matter(tmp_path: Path) -> None:
    """Where case does not matter, labels may be in either."""
    path = folder_of(tmp_path / "few", ["a.png,aBt,train"], ABOUT.replace("= true", "= false"))
    assert datasets.load(path).items[0].label == "aBt"


def test_a_dataset_that_is_not_there_is_refused(tmp_path: Path) -> None:
    """A path that is nothing is refused by its name."""
    with pytest.raises(DatasetError, match=r"there is no dataset .*none"):
        datasets.load(tmp_path / "none")


def test_bare_names_are_labels(tmp_path: Path) -> None:
    """Files are labelled by their names up to an underscore, in folders too; other and hidden files are none."""
    path = named_folder(tmp_path / "bare", ["ABT.png", "ABT_2.png", "TA.PNG", ".hidden.png", "notes.txt"])
    named_folder(path / "more", ["BB.png"])
    dataset = datasets.load(path)
    assert sorted(i.label for i in dataset.items) == ["ABT", "ABT", "BB", "TA"]
    assert (dataset.name, dataset.alphabet, dataset.min_length, dataset.max_length) == ("bare", ("A", "B", "T"), 2, 3)


def test_bare_names_split_by_their_bytes(tmp_path: Path) -> None:
    """About a fifth is the test split, the same for the same bytes under any name."""
    names = [f"{t}_{n}.png" for n, t in enumerate(texts(200, "ABT", 3, 0))]
    dataset = datasets.load(named_folder(tmp_path / "one", names))
    assert 20 <= len(dataset.split("test")) <= 60
    first = {dataset.read(i): i.split for i in dataset.items}
    for file in (tmp_path / "one").iterdir():
        file.rename(file.with_name(f"{file.stem}x.png"))
    again = datasets.load(tmp_path / "one")
    assert {again.read(i): i.split for i in again.items} == first


def test_a_file_without_a_label_in_its_name_is_refused(tmp_path: Path) -> None:
    """A name that begins with an underscore has no label."""
    named_folder(tmp_path / "bare", ["ABT.png"])
    (tmp_path / "bare" / "_1.png").write_bytes(png(captcha("A")))
    with pytest.raises(DatasetError, match=r"file _1\.png: _1\.png has an empty label"):
        datasets.load(tmp_path / "bare")


def test_a_folder_of_nothing_is_refused(tmp_path: Path) -> None:
    """The message says which layouts were looked for."""
    with pytest.raises(DatasetError, match=r"neither labels\.csv nor train_v2\.csv nor images"):
        datasets.load(tmp_path)


def test_several_labels_an_image(tmp_path: Path) -> None:
    """`train_v2.csv` beside `train-jpg/` gives tags, each image its set."""
    named_folder(tmp_path / "train-jpg", ["train_0.jpg", "train_1.jpg"])
    (tmp_path / "train_v2.csv").write_text("image_name,tags\ntrain_0,haze primary\ntrain_1,clear\n")
    dataset = datasets.load(tmp_path)
    assert (dataset.task, dataset.alphabet) == ("tags", ("clear", "haze", "primary"))
    assert [(i.file, i.label) for i in dataset.items] == [
        ("train-jpg/train_0.jpg", "haze primary"),
        ("train-jpg/train_1.jpg", "clear"),
    ]
    assert dataset.read(dataset.items[1])


@pytest.mark.parametrize("line", ["train_0", "train_0,"])
def test_an_image_without_tags_is_named(tmp_path: Path, line: str) -> None:
    """A row of `train_v2.csv` without labels is refused by its line."""
    named_folder(tmp_path / "train-jpg", ["train_0.jpg"])
    (tmp_path / "train_v2.csv").write_text(f"image_name,tags\n{line}\n")
    with pytest.raises(DatasetError, match=r"train_v2\.csv line 2"):
        datasets.load(tmp_path)
