"""Faces from files: the index, the proof of what they draw, and the table of packages."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import ImageFont

from captchakit.errors import OptionError
from captchakit.learning.drawing import CHARACTERS, draw, faces, fonts

KINDS = {"sans", "serif", "mono", "slab", "hand", "display", "pixel"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Make a folder as `fetch` leaves it: one face under a package of the table, twice, and a file that is no font."""
    embedded = ImageFont.load_default(20)
    assert isinstance(embedded, ImageFont.FreeTypeFont)
    room = tmp_path / "fonts-lato"
    room.mkdir()
    (room / "Good.ttf").write_bytes(embedded.font_bytes)
    (room / "Same.ttf").write_bytes(embedded.font_bytes)
    (room / "Junk.ttf").write_bytes(b"not a font")
    return tmp_path


def test_index_keeps_one_copy_of_each_face_that_draws_characters(folder: Path) -> None:
    """Copies and files that are no fonts are dropped; boxes drawn for signs that a face lacks do not count."""
    assert fonts.main(["index", str(folder)]) == 0
    (face,) = faces.fetched(folder)
    assert face.name == "fonts-lato/Good.ttf"
    assert face.kind == "sans"
    assert 0.6 < face.cap < 0.8
    assert set(CHARACTERS) - face.characters == {"\N{MULTIPLICATION SIGN}", "÷"}


def test_fetched_faces_are_drawn_with(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder named by the variable adds its faces to those of the mixtures, and not to the built-in styles."""
    fonts.index(folder)
    plain = draw("plain", 5).encode()
    monkeypatch.setenv(faces.FOLDER_VARIABLE, str(folder))
    assert len(faces.by_kind("all", faces.folder())["sans"]) == 2
    assert draw("plain", 5).encode() == plain


def test_folders_without_faces_and_broken_indexes_are_errors(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The message names the folder; a missing index means no faces."""
    assert faces.fetched(tmp_path / "nowhere") == ()
    assert fonts.main(["index", str(tmp_path)]) == 1
    assert str(tmp_path) in capsys.readouterr().err
    (tmp_path / faces.INDEX).write_text('{"faces": [{"name": 1}]}', encoding="utf-8")
    with pytest.raises(OptionError, match="no index of faces"):
        faces.fetched(tmp_path)
    with pytest.raises(OptionError, match="'builtin' or 'all'"):
        faces.by_kind("some", None)


def test_without_a_command_the_usage_is_shown(capsys: pytest.CaptureFixture[str]) -> None:
    """An unknown command ends with status 2."""
    assert fonts.main([]) == fonts.main(["steal"]) == 2
    assert "fetch [FOLDER]" in capsys.readouterr().err


def test_every_package_has_a_licence_and_a_kind() -> None:
    """The table says of each package under which licence its faces come."""
    rows = [row for group in fonts.table().values() for row in group]
    assert len(rows) == len({row["name"] for row in rows}) > 150
    assert all(row["licence"] and row["kind"] in KINDS for row in rows)
