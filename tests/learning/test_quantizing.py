"""Networks in 8-bit integers: smaller, the same answers, and refused where they read less."""

from __future__ import annotations

import numpy as np
import onnx
import pytest
from captchakit_sequence.classifier import Sequence
from captchakit_sequence.drawn import ALPHABET, CONTRACT, RECIPE, frame
from captchakit_sequence.learner import SequenceLearner
from captchakit_sequence.weights import network_of

from captchakit.learning import quantizing
from captchakit.learning.drawing import draw
from captchakit.learning.examples import Framed
from captchakit.learning.judging import judged, spoken
from captchakit.learning.quantizing import Quantized, in_integers, quantized
from captchakit.reading.prepare import Prepare
from captchakit.registry import codecs
from captchakit.stages import Codec

CODEC: Codec = codecs.build("ctc", alphabet=ALPHABET)


@pytest.fixture(scope="module")
def drawings() -> list[Framed]:
    """Four drawings of the digits' plainest style."""
    prepare = Prepare.from_recipe(RECIPE)
    found = []
    for seed, label in enumerate(("7K", "A2", "C9", "3X")):
        drawing = draw("plain", seed, label)
        framed = frame(prepare, drawing)
        assert framed is not None
        found.append(Framed(label, prepare(drawing.image).glyphs, framed[0]))
    return found


@pytest.fixture(scope="module")
def learner(drawings: list[Framed]) -> SequenceLearner:
    """A network that knows the drawings by heart."""
    learner = SequenceLearner(Sequence(widths=(16, 16, 24, 24, 32), rate=3e-3), CONTRACT, seed=0)
    for _ in range(90):
        for drawing in drawings:
            targets = np.array([[ALPHABET.index(c) for c in drawing.label]])
            learner.step(np.repeat(drawing.tensor, 2, axis=0), np.repeat(targets, 2, axis=0), share=1.0)
    assert judged(spoken(learner, drawings), CODEC, drawings)[0] == 1.0
    return learner


def test_a_network_in_integers_is_smaller_and_reads_the_same(learner: SequenceLearner, drawings: list[Framed]) -> None:
    """What is taken in its place says nearly the same, for any number of images, none among them."""
    after = quantized(learner, CODEC, drawings)
    assert isinstance(after, Quantized)
    assert judged(spoken(after, drawings), CODEC, drawings)[0] == 1.0
    tensor = drawings[0].tensor
    assert np.abs(after.probabilities(tensor) - learner.probabilities(tensor)).mean() < 0.02
    assert after.probabilities(tensor[:0]).shape == (0, tensor.shape[3] // 4, CODEC.classes)
    kinds = {value.data_type for value in onnx.load_from_string(after.export()).graph.initializer if value.dims}
    assert onnx.TensorProto.INT8 in kinds


def test_weights_in_integers_take_a_byte_each(drawings: list[Framed]) -> None:
    """A wide network's file is little over half of that in half precision."""
    whole = SequenceLearner(Sequence(widths=(16, 32, 64, 96, 96)), CONTRACT, seed=0).export()
    small = in_integers(whole, [drawing.tensor for drawing in drawings])
    assert len(small) < 0.75 * len(whole)


def test_a_network_that_reads_less_in_integers_stays_as_it_is(
    learner: SequenceLearner, drawings: list[Framed], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where ranges are measured on the wrong images, the answers change and the integers are not taken."""

    def spoilt(model: bytes, tensors: object) -> bytes:
        del tensors
        return in_integers(model, [np.full_like(drawings[0].tensor, 0.01)])

    monkeypatch.setattr(quantizing, "in_integers", spoilt)
    assert quantized(learner, CODEC, drawings) is learner
    assert quantized(learner, CODEC, []) is learner


def test_what_is_in_integers_can_be_learned_on_from(learner: SequenceLearner, drawings: list[Framed]) -> None:
    """The network made of its weights reads what it reads; the integers themselves cannot learn."""
    model = in_integers(learner.export(), [drawing.tensor for drawing in drawings])
    again = network_of(model, [[k] for k in range(len(ALPHABET))])
    on = SequenceLearner(Sequence(widths=(16, 16, 24, 24, 32)), CONTRACT, 0, again)
    assert judged(spoken(on, drawings), CODEC, drawings)[0] == 1.0
    with pytest.raises(NotImplementedError, match="cannot learn"):
        Quantized(model).learn(drawings[0].tensor, np.zeros((1, 1), np.intp), 0.0)
