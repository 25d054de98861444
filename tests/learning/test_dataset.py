"""A dataset folder with `labels.csv`: what is read, and what is refused by its row."""

from __future__ import annotations

from pathlib import Path

import pytest

from captchakit.errors import DatasetError
from captchakit.learning import dataset as datasets
from captchakit.learning.dataset import Dataset, Sample, write
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


def refused(path: Path, *, images_too: bool = False) -> str:
    """Return in what words the dataset is refused: one line that names it."""
    with pytest.raises(DatasetError) as error:
        datasets.load(path).check() if images_too else datasets.load(path)
    assert "\n" not in str(error.value)
    assert "few" in str(error.value)
    return str(error.value)


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


def test_a_group_in_two_splits_is_named(tmp_path: Path) -> None:
    """What belongs together must not be learned from and tested on; the rows are named."""
    rows = ["a.png,ABT,train,one", "b.png,TA,test,one"]
    told = refused(folder_of(tmp_path / "few", rows, header="file,label,split,group"), images_too=True)
    assert "labels.csv line 3" in told
    assert "group 'one'" in told


@pytest.mark.parametrize("missing", ["file", "label", "split"])
def test_a_missing_column_is_named(tmp_path: Path, missing: str) -> None:
    """A table without a needed column is refused by the column's name."""
    header = ",".join(c if c != missing else "other" for c in ("file", "label", "split"))
    assert f"labels.csv has no column '{missing}'" in refused(folder_of(tmp_path / "few", header=header))


@pytest.mark.parametrize(
    ("file", "data"), [("labels.csv", b"\xff\xfe\x00bad"), ("dataset.toml", b"name = ["), ("labels.csv", b"")]
)
def test_a_table_that_is_none_is_refused(tmp_path: Path, file: str, data: bytes) -> None:
    """A description or table that cannot be parsed is refused by its name."""
    path = folder_of(tmp_path / "few")
    (path / file).write_bytes(data)
    assert file in refused(path)


@pytest.mark.parametrize("line", ['min_length = "two"', "alphabet = 3", "max_length = [1]"])
def test_a_description_with_nonsense_is_refused(tmp_path: Path, line: str) -> None:
    """A value of the wrong kind in `dataset.toml` is refused by that file's name."""
    key = line.split(maxsplit=1)[0]
    about = "".join(f"{old}\n" for old in ABOUT.splitlines() if not old.startswith(key)) + line + "\n"
    assert "dataset.toml" in refused(folder_of(tmp_path / "few", about=about))


def test_a_split_without_images_is_refused(tmp_path: Path) -> None:
    """The message says which splits there are and how large."""
    dataset = datasets.load(folder_of(tmp_path / "few", ROWS[:2]))
    with pytest.raises(DatasetError, match=r"few: no image in split 'test' \(train: 2\)"):
        dataset.split("test")


def test_a_dataset_that_is_not_there_is_refused(tmp_path: Path) -> None:
    """A path that is nothing is refused by its name."""
    with pytest.raises(DatasetError, match=r"there is no dataset .*none"):
        datasets.load(tmp_path / "none")


def test_the_digest_is_the_datasets_version(tmp_path: Path) -> None:
    """The digest stays the same for the same content anywhere and changes with a label, a split or a pixel."""
    first = datasets.load(folder_of(tmp_path / "one")).digest()
    assert datasets.load(folder_of(tmp_path / "two")).digest() == first
    others = [[*ROWS[:3], "d.png,TA,test"], [*ROWS[:3], "d.png,TT,train"], ROWS[:3]]
    digests = {datasets.load(folder_of(tmp_path / "two", rows)).digest() for rows in others}
    assert len(digests | {first}) == 4


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
