"""Models by name."""

from __future__ import annotations

from pathlib import Path

import pytest

from captchakit import Library
from captchakit.errors import ModelError
from captchakit.reading.library import DEFAULT_MODEL, shipped
from tests.graphs import card, model


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder of two models."""
    (tmp_path / "one.onnx").write_bytes(model(card(name="one")))
    (tmp_path / "two.onnx").write_bytes(model(card(name="two")))
    (tmp_path / "notes.txt").write_text("no model")
    return tmp_path


def test_lists_the_models_of_its_folders(folder: Path) -> None:
    """Names are the files' stems, sorted; other files are none."""
    library = Library([folder])
    assert {"one", "two"} <= set(library)
    assert list(library) == sorted(library)
    assert len(library) == len(list(library))
    assert library["one"] == folder / "one.onnx"
    assert "notes" not in library


def test_opens_by_name_and_by_path(folder: Path) -> None:
    """A name and a path lead to the same model, and a name opened twice is one pipeline."""
    library = Library([folder])
    assert library.open("one").name == "one"
    assert library.open(folder / "two.onnx").name == "two"
    assert library.open("one") is library.open("one")


def test_earlier_folders_hide_later_ones(folder: Path, tmp_path: Path) -> None:
    """The first folder that has a name is the one that counts, so that one's own models come before the shipped."""
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / f"{DEFAULT_MODEL}.onnx").write_bytes(model(card(name="mine")))
    (tmp_path / "mine" / "one.onnx").write_bytes(model(card(name="other one")))
    library = Library([tmp_path / "mine", folder])
    assert library.open("one").name == "other one"
    assert library.open().name == "mine"


def test_an_unknown_model_is_refused_with_those_there_are(folder: Path) -> None:
    """The message lists the names."""
    with pytest.raises(ModelError, match=r"no model 'three'; there are .*one.*two"):
        Library([folder]).open("three")


@pytest.mark.parametrize("name", ["../one", "sub/one", "/etc/passwd", "..", ""])
def test_a_name_is_no_way_out_of_the_folder(folder: Path, name: str) -> None:
    """A name with a folder in it is not looked up as a name."""
    (folder / "sub").mkdir()
    assert name not in Library([folder / "sub"])


def test_a_missing_file_is_refused(folder: Path) -> None:
    """A path that is not there is refused by its name."""
    with pytest.raises(ModelError, match=r"gone\.onnx: No such file"):
        Library([folder]).open(folder / "gone.onnx")


def test_a_folder_named_like_a_model_is_none(folder: Path) -> None:
    """Only files are models."""
    (folder / "odd.onnx").mkdir()
    assert "odd" not in set(Library([folder]))
    assert all(path.is_file() for path in Library([folder]).values())


def test_a_folder_that_is_not_there_holds_no_models(tmp_path: Path) -> None:
    """Folders need not exist."""
    assert set(Library([tmp_path / "none"])) == set(Library())


def test_the_shipped_folders_are_there() -> None:
    """A checkout has its models and datasets where the library looks."""
    assert shipped("models").is_dir()
    assert shipped("datasets").is_dir()
