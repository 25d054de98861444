"""An ONNX file and its card."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import onnx
import pytest

from captchakit.errors import ModelError
from captchakit.reading.framing import Framing
from captchakit.reading.model import GLYPHS_AT_ONCE, Model, calibrated
from captchakit.reading.pipeline import Pipeline
from captchakit.registry import Step
from tests.graphs import SIDE, card, model
from tests.reading.codecs.glyphs import random_probabilities


def tensor(count: int) -> np.ndarray:
    return np.random.default_rng(0).uniform(0, 1, (count, 1, SIDE, SIDE)).astype(np.float32)


@pytest.mark.parametrize("count", [0, 1, 7, GLYPHS_AT_ONCE, GLYPHS_AT_ONCE + 1])
def test_any_number_of_glyphs_is_answered(count: int) -> None:
    """`(N, T, C)` comes for any N, none included, and sums to 1 over the classes."""
    told = Model(model(card()))(tensor(count))
    assert told.shape == (count, 1, 3)
    assert np.allclose(told.sum(axis=2), 1, atol=1e-5)


def test_large_batches_change_nothing() -> None:
    """A glyph's probabilities do not hang on how many others are asked for."""
    opened, many = Model(model(card())), tensor(GLYPHS_AT_ONCE + 5)
    assert np.allclose(opened(many)[-1], opened(many[-1:])[0], atol=1e-6)


@pytest.mark.parametrize("temperature", [0.5, 1.0, 2.0, 4.0])
def test_calibration_flattens_or_sharpens(temperature: float) -> None:
    """The card's temperature divides the log-probabilities: order stays, the sum stays 1."""
    plain = Model(model(card()))(tensor(20))
    told = Model(model(card(temperature=temperature)))(tensor(20))
    assert np.array_equal(told.argmax(axis=2), plain.argmax(axis=2))
    assert np.allclose(told.sum(axis=2), 1, atol=1e-5)
    logs = np.log(plain) / temperature
    expected = np.exp(logs) / np.exp(logs).sum(axis=2, keepdims=True)
    assert np.allclose(told, expected, atol=1e-5)


def test_calibration_keeps_impossible_classes_unlikely() -> None:
    """A class of probability 0 stays near 0, and nothing becomes NaN."""
    sure = np.array([[[1.0, 0.0, 0.0]]], np.float32)
    assert np.allclose(calibrated(sure, 2.0), sure, atol=1e-5)
    assert np.isfinite(calibrated(random_probabilities((5, 2, 3), 0), 0.05)).all()


def test_a_file_without_a_card_is_refused() -> None:
    """An ONNX file that is nobody's captcha model is told apart from a broken one."""
    with pytest.raises(ModelError, match="has no captchakit card"):
        Model(model(None))


def test_an_old_card_is_refused_by_its_file(tmp_path: Path) -> None:
    """The message names the file, the format found and the one that is read."""
    path = tmp_path / "old.onnx"
    path.write_bytes(model('{"format": 0}'))
    with pytest.raises(ModelError, match=r"old\.onnx: its card is of format 0"):
        Model.open(path)


@pytest.mark.parametrize("data", [b"", b"no model", b"\x08\x0a\x12", model(card())[:200]])
def test_what_is_no_onnx_is_refused(data: bytes, tmp_path: Path) -> None:
    """Bytes that are no ONNX model are refused in one line that names the file."""
    path = tmp_path / "broken.onnx"
    path.write_bytes(data)
    with pytest.raises(ModelError, match=r"broken\.onnx: not an ONNX model") as refused:
        Model.open(path)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("name", ["none.onnx", "."])
def test_what_is_no_file_is_refused(name: str, tmp_path: Path) -> None:
    """A path that is no file is refused with the reason."""
    with pytest.raises(ModelError, match=r"No such file|Is a directory"):
        Model.open(tmp_path / name)


@pytest.mark.parametrize("classes", [2, 4])
def test_a_wrong_class_count_is_refused_at_load(classes: int) -> None:
    """A graph with more or fewer classes than the card's labels is refused with both numbers."""
    with pytest.raises(ModelError, match=f"graph has {classes} classes where codec 'symbols' with 3 labels needs 3"):
        Pipeline.load(model(card(), classes))


def test_a_codecs_own_class_counts() -> None:
    """A codec that adds a class wants one more of the graph."""
    recipe = replace(card().recipe, codec=Step("lattice", {}))
    assert Pipeline.load(model(card(recipe=recipe), 4)).codec.classes == 4
    with pytest.raises(ModelError, match="needs 4"):
        Pipeline.load(model(card(recipe=recipe), 3))


@pytest.mark.parametrize("framing", [Framing(SIDE, SIDE + 1), Framing(SIDE + 1, SIDE), Framing(SIDE, SIDE, 3)])
def test_a_card_that_frames_otherwise_is_refused(framing: Framing) -> None:
    """A framing of another size or number of channels than the graph takes is refused at load."""
    with pytest.raises(ModelError, match=r"its graph takes .* and its card frames"):
        Model(model(card(framing=framing)))


def test_a_free_framing_of_a_fixed_graph_is_refused() -> None:
    """A width that follows the glyph does not fit a graph of one width."""
    with pytest.raises(ModelError, match="its graph takes"):
        Model(model(card(framing=Framing(SIDE, 0))))


def test_an_unnamed_number_of_classes_is_refused() -> None:
    """A graph whose output does not say its number of classes cannot be checked."""
    with pytest.raises(ModelError, match="how many classes"):
        Model(model(card(), unnamed=True))


def test_another_type_of_number_is_refused() -> None:
    """A graph of doubles is refused at load, not when it is first run."""
    with pytest.raises(ModelError, match=r"tensor\(double\)"):
        Model(model(card(), kind=onnx.TensorProto.DOUBLE))


@pytest.mark.parametrize(
    "step", [Step("no-such-part", {}), Step("contours", {"no_such_option": 1}), Step("fixed", {"count": 0})]
)
def test_a_card_of_parts_that_are_not_there_is_refused(step: Step) -> None:
    """A card that names an unknown part or option is refused at load, naming the model and the part."""
    wrong = replace(card().recipe, segmenter=step)
    with pytest.raises(ModelError, match=f"model 'by-hand': .*'{step.name}'"):
        Pipeline.load(model(card(recipe=wrong)))


def test_a_file_whose_parts_do_not_agree_is_named(tmp_path: Path) -> None:
    """With its path, since a card may have any name."""
    wrong = replace(card().recipe, segmenter=Step("no-such-part", {}))
    (tmp_path / "mine.onnx").write_bytes(model(card(recipe=wrong)))
    with pytest.raises(ModelError, match=r"mine\.onnx: model 'by-hand': "):
        Pipeline.load(tmp_path / "mine.onnx")


def test_a_card_with_a_label_twice_is_refused() -> None:
    """The alphabet of a card is checked like any other."""
    with pytest.raises(ModelError, match="twice"):
        Pipeline.load(model(card(alphabet=("A", "A", "B"))))
