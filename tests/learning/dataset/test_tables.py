"""The files beside the images: what cannot be parsed is refused by its name."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.learning.dataset.folders import ABOUT, folder_of, refused


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


@pytest.mark.parametrize(
    "line", ['min_length = "two"', "alphabet = 3", "max_length = [1]", 'task = "poetry"', 'alphabet = "ABTA"']
)
def test_a_description_with_nonsense_is_refused(tmp_path: Path, line: str) -> None:
    """A value of the wrong kind in `dataset.toml` is refused by that file's name."""
    key = line.split(maxsplit=1)[0]
    about = "".join(f"{old}\n" for old in ABOUT.splitlines() if not old.startswith(key)) + line + "\n"
    assert "dataset.toml" in refused(folder_of(tmp_path / "few", about=about))


def test_a_line_that_is_not_utf_8_is_named(tmp_path: Path) -> None:
    """By its number, also where the table begins with a byte order mark."""
    path = folder_of(tmp_path / "few")
    rows = (path / "labels.csv").read_bytes().split(b"\n")
    rows[2] = b"\xe9" + rows[2]
    for mark in (b"", b"\xef\xbb\xbf"):
        (path / "labels.csv").write_bytes(mark + b"\n".join(rows))
        assert "labels.csv line 3 is not UTF-8" in refused(path)
