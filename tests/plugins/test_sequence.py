"""The `sequence` plugin: learning on drawings, export at every width, and a training that goes on."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import onnxruntime
import pytest
import torch
from captchakit_sequence.classifier import Sequence
from captchakit_sequence.drawn import ALPHABET, CONTRACT, RECIPE, frame
from captchakit_sequence.general import export as export_general
from captchakit_sequence.general import train as train_general
from captchakit_sequence.learner import SequenceLearner
from captchakit_sequence.losses import ELSEWHERE
from captchakit_sequence.weights import averaged, grown

from captchakit.errors import LearningError
from captchakit.learning.dataset import Dataset
from captchakit.learning.drawing import draw
from captchakit.learning.fitting import fit
from captchakit.reading.pipeline import Pipeline
from captchakit.reading.prepare import Prepare
from captchakit.stages import Contract
from captchakit.types import Targets, Tensor

SMALL = Sequence(widths=(8, 8, 16, 16, 24), rate=3e-3, batch=8)
DEEP = replace(SMALL, depths=(3, 4, 3))


def _framed(seed: int, label: str) -> tuple[Tensor, list[int], Targets]:
    framed = frame(Prepare.from_recipe(RECIPE), draw("plain", seed, label))
    assert framed is not None
    return framed


def test_a_few_steps_on_the_same_drawings_lower_the_loss() -> None:
    """The network learns what it is shown, text and places together."""
    tensor, classes, places = _framed(3, "7K")
    batch, targets = np.repeat(tensor, 8, axis=0), np.repeat(np.array([classes]), 8, axis=0)
    learner = SequenceLearner(SMALL, CONTRACT, seed=0)
    told = np.repeat(places[np.newaxis], 8, axis=0)
    losses = [learner.step(batch, targets, share=1.0, places=told, guidance=1.0) for _ in range(30)]
    assert losses[-1] < 0.3 * losses[0]


def test_the_exported_model_repeats_the_learner_at_every_width_and_number() -> None:
    """N and the width are free in the graph, and its probabilities are the learner's."""
    learner = SequenceLearner(SMALL, CONTRACT, seed=1)
    model = learner.export()
    numbers = sum(value.numel() for name, value in learner.snapshot().items() if name.endswith("weight"))
    assert len(model) < 2 * numbers + 60_000  # half precision
    session = onnxruntime.InferenceSession(model, providers=["CPUExecutionProvider"])
    for count, width in ((1, 16), (3, 96), (2, 208)):
        tensor = np.random.default_rng(0).random((count, 3, 32, width), np.float32)
        (repeated,) = session.run(None, {"input": tensor})
        assert repeated.shape == (count, width // 4, len(ALPHABET) + 1)
        assert np.abs(repeated - learner.probabilities(tensor)).max() < 1e-5


def test_every_character_of_a_drawing_has_its_step() -> None:
    """Reading the places from left to right spells the label."""
    tensor, classes, places = _framed(5, "A2C9")
    assert len(places) == tensor.shape[3] // 4
    assert [p for p in places.tolist() if p not in (len(ALPHABET), ELSEWHERE)] == classes


def test_the_cross_of_multiplication_is_read_as_the_letter() -> None:
    """What people write as x has one class."""
    assert _framed(1, "3\N{MULTIPLICATION SIGN}4")[1] == [ALPHABET.index(c) for c in "3x4"]


def test_learning_on_a_contract_with_few_classes_is_the_same_twice() -> None:
    """The same seed and images give the same probabilities."""
    contract = Contract(1, 32, 0, 4, "sequence")
    tensor = np.random.default_rng(2).random((8, 1, 32, 48), np.float32)
    targets = np.array([[0, 1, -1], [2, 1, 0]] * 4)
    answers = []
    for _ in range(2):
        learner = SequenceLearner(SMALL, contract, seed=7)
        learner.learn(tensor, targets, 0.0)
        answers.append(learner.probabilities(tensor))
    assert np.array_equal(*answers)


def test_a_confined_learner_leaves_the_other_classes_alone() -> None:
    """What the classes that are not compared answer to stays; when all are compared again, they learn again."""
    tensor = np.random.default_rng(2).random((8, 1, 32, 48), np.float32)
    targets = np.array([[0, 1, -1], [1, 1, 0]] * 4)
    learner = SequenceLearner(SMALL, Contract(1, 32, 0, 5, "sequence"), seed=7)
    rows = [learner.stored()["network.head.bias"]]
    for classes in ({0, 1}, range(4)):
        learner.confine(classes)
        learner.learn(tensor, targets, 0.0)
        rows.append(learner.stored()["network.head.bias"])
    before, confined, free = rows
    decay = 1e-4  # the little that the optimizer takes from every weight
    assert np.allclose(before[[2, 3]], confined[[2, 3]], rtol=decay, atol=0)
    assert not np.isclose(before[[0, 1, 4]], confined[[0, 1, 4]], rtol=decay, atol=0).any()
    assert not np.isclose(confined[[2, 3]], free[[2, 3]], rtol=decay, atol=0).any()


@pytest.mark.slow
def test_training_goes_on_from_its_checkpoint(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A second session starts with what the first has seen."""
    monkeypatch.setenv("CAPTCHAKIT_FONTS", str(tmp_path))  # the faces that need no file are there at once
    checkpoint, log = tmp_path / "state.pt", tmp_path / "log.jsonl"
    for _ in range(2):
        train_general(checkpoint, 0.5, log, workers=1, batch=64, rate=1e-3, keep=0.05, validation=5)
    seen = [json.loads(line)["seen"] for line in log.read_text(encoding="utf-8").splitlines()]
    assert seen == sorted(seen)
    assert seen[-1] > seen[0]
    assert checkpoint.stat().st_size < 3_000_000


def test_a_grown_network_says_what_the_narrow_one_said() -> None:
    """Wider stages begin with the narrow weights; what is not a part of the wider network is refused."""
    tensor, _, _ = _framed(3, "7K")
    narrow, wide = (SequenceLearner(o, CONTRACT, seed=1) for o in (SMALL, replace(SMALL, widths=(8, 16, 16, 24, 32))))
    wide.restore(grown(narrow.snapshot(), wide.snapshot()))
    assert np.abs(wide.probabilities(tensor) - narrow.probabilities(tensor)).max() < 1e-6
    before = wide.snapshot()["body.2.0.weight"].clone()
    classes = np.array([[1, 2]])
    for _ in range(3):
        wide.step(tensor, classes, share=1.0)
    assert not torch.equal(wide.snapshot()["body.2.0.weight"][8:], before[8:])  # the new channels learn
    with pytest.raises(LearningError, match="not in"):
        grown(wide.snapshot(), narrow.snapshot())


def test_a_deeper_network_says_nearly_what_the_shallow_one_said() -> None:
    """New residual layers begin quietly, each after those of its stage; a shallower one is refused."""
    tensor, _, _ = _framed(3, "7K")
    shallow, deep = (SequenceLearner(o, CONTRACT, seed=1) for o in (SMALL, replace(SMALL, depths=(3, 4, 3))))
    state = grown(shallow.snapshot(), deep.snapshot())
    deep.restore(state)
    assert np.abs(deep.probabilities(tensor) - shallow.probabilities(tensor)).max() < 0.02
    assert torch.allclose(state["body.6.block.1.weight"], torch.tensor(0.1))
    with pytest.raises(LearningError, match="another network"):
        grown(deep.snapshot(), shallow.snapshot())


def test_weights_are_averaged_with_those_they_went_on_from() -> None:
    """None of the way says what the network before said, all of it what the new one says, whose layers it may lack."""
    tensor, _, _ = _framed(3, "7K")
    old, new, made = (SequenceLearner(o, CONTRACT, seed=s) for o, s in ((SMALL, 1), (DEEP, 2), (DEEP, 3)))
    said = {}
    for share in (0.0, 0.5, 1.0):
        made.restore(averaged(old.snapshot(), new.snapshot(), share))
        said[share] = made.probabilities(tensor)
    assert np.abs(said[0.0] - old.probabilities(tensor)).max() < 1e-5
    assert np.abs(said[1.0] - new.probabilities(tensor)).max() < 1e-5
    assert np.abs(said[0.5] - said[0.0]).max() > 1e-3
    with pytest.raises(LearningError, match="not"):
        averaged(
            old.snapshot(), SequenceLearner(replace(DEEP, widths=(8, 16, 16, 24, 32)), CONTRACT, 1).snapshot(), 0.5
        )


def test_a_checkpoint_becomes_a_model_that_reads_images_of_any_width(tmp_path: Path) -> None:
    """The exported file carries its card, and a pipeline needs nothing else to answer, one image or several widths."""
    checkpoint, output = tmp_path / "state.pt", tmp_path / "reader.onnx"
    learner = SequenceLearner(Sequence(), CONTRACT, seed=3)
    torch.save({"weights": learner.snapshot(), "seen": 12, "seed": 34}, checkpoint)
    export_general(checkpoint, output, validation=3)
    pipeline = Pipeline.load(output)
    assert pipeline.card.training["images"] == 12
    images = [draw("plain", seed, "7K" * n).encode() for seed, n in enumerate((1, 2, 3))]
    together = pipeline.solve_batch(images)
    assert [s.text for s in together] == [pipeline.solve(i).text for i in images]


def test_it_learns_a_dataset_from_nothing(letters: Dataset) -> None:
    """Without a recipe it takes its own: the whole picture in colour, read along its steps."""
    model, trained = fit(letters, "sequence", name="line", options={"widths": (8, 8, 8, 8, 8)}, minutes=0.02)
    card = Pipeline.load(model).card
    assert (card.recipe.segmenter.name, card.recipe.codec.name) == ("whole", "ctc")
    assert (card.framing.height, card.framing.width, card.framing.channels) == (32, 0, 3)
    assert trained.examples.used == 32
