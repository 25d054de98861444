"""The door for programs written for ddddocr."""

from __future__ import annotations

import base64
import sys
from pathlib import Path

import numpy as np
import pytest

from captchakit import ddddocr
from captchakit.errors import ImageError, OptionError
from captchakit.reading.library import shipped
from tests.pictures import png
from tests.trainer_graphs import image, write

SAMPLE = shipped("datasets") / "plain" / "images" / "00001.png"


@pytest.fixture
def own(tmp_path: Path) -> ddddocr.DdddOcr:
    """A reader with a model of dddd_trainer's."""
    path = write(tmp_path)
    return ddddocr.DdddOcr(det=False, ocr=False, import_onnx_path=str(path), charsets_path=tmp_path / "charsets.json")


def test_the_shipped_model_reads() -> None:
    """One line is changed in the program: what is imported."""
    ocr = ddddocr.DdddOcr(show_ad=False)
    text = ocr.classification(SAMPLE.read_bytes())
    assert text == "5IQ7"
    ocr.set_ranges(0)
    assert set(ocr.classification(SAMPLE.read_bytes())) <= set("0123456789")


def test_images_come_in_every_form(own: ddddocr.DdddOcr, tmp_path: Path) -> None:
    """Bytes, a path as text or as a path, base64, and Pillow's images of any mode."""
    data = png(image("TAB"))
    (tmp_path / "a.png").write_bytes(data)
    for form in (data, tmp_path / "a.png", str(tmp_path / "a.png"), base64.b64encode(data).decode()):
        assert own.classification(form) == "TAB"
    pillow = pytest.importorskip("PIL.Image")
    for mode in ("RGB", "L", "RGBA", "P", "CMYK"):
        assert own.classification(pillow.fromarray(image("TAB")[:, :, ::-1]).convert(mode)) == "TAB"


@pytest.mark.parametrize("wrong", [b"", b"no image", "no such file.png", 7, None, np.zeros((2, 2))])
def test_what_is_no_image_is_told(own: ddddocr.DdddOcr, wrong: object) -> None:
    """In our own words."""
    with pytest.raises(ImageError):
        own.classification(wrong)  # type: ignore[call-overload]


def test_ranges_hold_the_answer(own: ddddocr.DdddOcr) -> None:
    """Characters as text or as a list, and the numbers; where none is known it is told."""
    data = png(image("TAB"))
    own.set_ranges("ABx")
    assert own.classification(data)[-2:] == "AB"
    assert "T" not in own.classification(data)
    own.set_ranges(["T", "A", "B"])
    assert own.classification(data) == "TAB"
    own.set_ranges(2)
    assert own.classification(data) == "TAB"
    for wrong in (0, 1, 7, 8, -1, "xyz", ""):
        with pytest.raises(OptionError):
            own.set_ranges(wrong)
    assert own.classification(data) == "TAB"


def test_seven_is_what_is_neither_letter_nor_digit() -> None:
    """Of the model's own characters."""
    ocr = ddddocr.DdddOcr()
    ocr.set_ranges(7)
    told = ocr.classification(SAMPLE.read_bytes(), probability=True)
    assert not [c for c in told["charsets"] if c.isalnum()]
    assert len(told["charsets"]) > 1


def test_probabilities_are_those_of_each_step(own: ddddocr.DdddOcr) -> None:
    """A row for each step over blank and the allowed characters, summing to 1; both versions' names have it."""
    own.set_ranges("TAB")
    told = own.classification(png(image("TAB")), probability=True)
    rows = np.array(told["probability"])
    assert rows.shape == (7, 4)
    assert np.allclose(rows.sum(axis=1), 1, atol=1e-5)
    assert told["charsets"] == ["", "A", "B", "T"] == told["charset"] == own.get_charset()
    assert "".join(told["charsets"][row.argmax()] for row in rows) == "TAB" == told["text"]
    assert told["confidence"] > 0.9
    assert np.array(told["probabilities"]).shape == (7, 1, 4)


def test_probabilities_of_models_without_a_blank(models_folder: Path, fresh: object) -> None:
    """One row for each glyph; a class that is no character counts as blank."""
    for name in ("general", "letters-cuts"):
        ocr = ddddocr.DdddOcr(import_onnx_path=models_folder / f"{name}.onnx")
        told = ocr.classification(fresh("TAB"), probability=True)  # type: ignore[operator]
        assert told["text"] == "TAB"
        assert np.allclose(np.array(told["probability"]).sum(axis=1), 1, atol=1e-4)


@pytest.mark.parametrize("other", [{"det": True}, {"ocr": False}])
def test_what_is_not_reading_is_refused(other: dict[str, bool]) -> None:
    """Detection and sliders are no part of captchakit."""
    with pytest.raises(OptionError, match="reads text"):
        ddddocr.DdddOcr(**other)  # type: ignore[arg-type]


def test_it_is_not_that_package() -> None:
    """Importing the door imports neither ddddocr nor Pillow."""
    assert sys.modules["captchakit.ddddocr"] is ddddocr
    assert not hasattr(ddddocr, "Image")
