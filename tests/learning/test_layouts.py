"""The other layouts: bare names, several labels, and zips of any."""

from __future__ import annotations

import stat
import zipfile
from pathlib import Path

import pytest

from captchakit.errors import DatasetError
from captchakit.learning import dataset as datasets
from tests.learning.test_dataset import folder_of
from tests.pictures import captcha, png, texts


def named_folder(path: Path, names: list[str]) -> Path:
    path.mkdir(parents=True, exist_ok=True)
    for seed, name in enumerate(names):
        (path / name).write_bytes(png(captcha(Path(name).stem.split("_")[0], seed)))
    return path


def zipped(path: Path, folder: Path, inside: str = "") -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        for file in sorted(folder.rglob("*")):
            archive.write(file, f"{inside}{file.relative_to(folder)}")
    return path


def crafted(path: Path, *members: tuple[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in members:
            archive.writestr(name, data)
    return path


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


@pytest.mark.parametrize("inside", ["", "few/"])
def test_a_zip_is_its_folder(tmp_path: Path, inside: str) -> None:
    """A zip of a dataset, with a folder inside or without, reads as the dataset does."""
    folder = folder_of(tmp_path / "few")
    dataset = datasets.load(zipped(tmp_path / "few.zip", folder, inside))
    dataset.check()
    assert dataset.items == datasets.load(folder).items
    assert dataset.digest() == datasets.load(folder).digest()


def test_a_zip_of_bare_names_is_its_folder(tmp_path: Path) -> None:
    """Named images in a zip are labelled like those in a folder."""
    folder = named_folder(tmp_path / "bare", ["ABT.png", "TA.png"])
    dataset = datasets.load(zipped(tmp_path / "bare.zip", folder, "bare/"))
    assert [i.label for i in dataset.items] == ["ABT", "TA"]
    assert dataset.name == "bare"


def test_names_in_a_zip_reach_nothing(tmp_path: Path) -> None:
    """A member whose name leads out of the zip is a name like any other: nothing is written or read outside."""
    (tmp_path / "secret.png").write_bytes(png(captcha("A")))
    before = sorted(tmp_path.rglob("*"))
    rows = b"file,label,split\n../secret.png,A,train\n"
    path = crafted(tmp_path / "x.zip", ("labels.csv", rows), ("../outside.png", b"x"), ("/abs.png", b"x"))
    with pytest.raises(DatasetError, match="there is no image"):
        datasets.load(path).check()
    assert sorted(tmp_path.rglob("*")) == sorted([*before, path])


def test_a_link_in_a_zip_is_refused(tmp_path: Path) -> None:
    """A symbolic link is refused by its name."""
    link = zipfile.ZipInfo("link.png")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(tmp_path / "x.zip", "w") as archive:
        archive.writestr(link, "/etc/passwd")
    with pytest.raises(DatasetError, match=r"link\.png is a link"):
        datasets.load(tmp_path / "x.zip")


def test_an_encrypted_zip_is_refused(tmp_path: Path) -> None:
    """A member that is marked as encrypted is refused by its name."""
    data = bytearray(crafted(tmp_path / "x.zip", ("A.png", b"x")).read_bytes())
    for signature, flags in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.index(signature) + flags] |= 1
    (tmp_path / "x.zip").write_bytes(data)
    with pytest.raises(DatasetError, match=r"A\.png is encrypted"):
        datasets.load(tmp_path / "x.zip")


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_a_name_twice_in_a_zip_is_refused(tmp_path: Path) -> None:
    """Two members of one name leave open which one counts."""
    path = crafted(tmp_path / "x.zip", ("A.png", b"one"), ("A.png", b"two"))
    with pytest.raises(DatasetError, match="twice"):
        datasets.load(path)


def test_a_member_that_unpacks_without_end_is_refused(tmp_path: Path) -> None:
    """A member larger than any image is refused before it fills the memory."""
    with zipfile.ZipFile(tmp_path / "x.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("A.png", bytes(65 * 2**20))
    with pytest.raises(DatasetError, match=r"A\.png is larger than"):
        datasets.load(tmp_path / "x.zip")


def test_a_damaged_member_is_named(tmp_path: Path) -> None:
    """A member whose checksum is wrong is refused by its name."""
    data = crafted(tmp_path / "x.zip", ("A.png", b"unmistakable")).read_bytes()
    (tmp_path / "x.zip").write_bytes(data.replace(b"unmistakable", b"unmistakeable"[:12]))
    with pytest.raises(DatasetError, match=r"A\.png: cannot be read from the zip"):
        datasets.load(tmp_path / "x.zip")


@pytest.mark.parametrize("content", [b"", b"no zip at all", b"PK\x03\x04"])
def test_what_is_no_zip_is_refused(tmp_path: Path, content: bytes) -> None:
    """A file that is neither folder nor zip is refused by its name."""
    (tmp_path / "x.zip").write_bytes(content)
    with pytest.raises(DatasetError, match=r"x\.zip is neither a folder nor a zip"):
        datasets.load(tmp_path / "x.zip")


def test_an_empty_zip_is_refused(tmp_path: Path) -> None:
    """A zip of nothing is no dataset."""
    path = crafted(tmp_path / "x.zip")
    with pytest.raises(DatasetError, match="neither labels"):
        datasets.load(path)
