"""Zips of datasets: read in memory, member by member, and nothing outside."""

from __future__ import annotations

import stat
import zipfile
from pathlib import Path

import pytest

from captchakit.errors import DatasetError
from captchakit.learning import dataset as datasets
from tests.learning.dataset.folders import folder_of, named_folder
from tests.pictures import captcha, png


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
