"""Going on from the shipped general model, and from a small one where it does not matter which."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from captchakit_sequence import Sequence

from captchakit import Pipeline
from captchakit.errors import LearningError, OptionError
from captchakit.learning.calibrating import calibrated_on
from captchakit.learning.checkpoint import Checkpoint
from captchakit.learning.dataset import Dataset, load
from captchakit.learning.judging import spoken
from captchakit.learning.trained import Progress
from captchakit.learning.tuning import Start, tune, tuned
from captchakit.learning.tuning.reader import BELIEVED, believed, pictures_of, placed
from captchakit.learning.tuning.schedule import _images
from captchakit.reading.library import DEFAULT_MODEL, Library
from captchakit.reading.model import Model
from captchakit.registry import Step
from captchakit.types import Constraint, Predictions
from tests.pictures import captcha, png, samples, write_dataset

GENERAL = Library()[DEFAULT_MODEL]
NEW_NAMES = str.maketrans("ABT", "7Z4")
"""A scheme in which A is called 7, B is Z and T is 4: the general model knows nothing of it."""


@pytest.fixture
def little(monkeypatch: pytest.MonkeyPatch) -> None:
    """A tuning learns from some hundred pictures, however many labels there are."""
    monkeypatch.setattr("captchakit.learning.tuning.schedule.LEARNED_FROM", 800)
    monkeypatch.setattr("captchakit.learning.tuning.schedule.FOR_EACH_LABEL", 0)


@pytest.fixture(scope="module")
def start(reader: Path, letters: Dataset) -> Start:
    """The small reader, for the letters."""
    return Start.of(reader, letters.alphabet)


@pytest.fixture(scope="module")
def few(letters: Dataset) -> Dataset:
    """Eighteen of the letters."""
    return replace(letters, items=letters.items[:18])


@pytest.fixture(scope="module")
def renamed(letters_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    """The letters under other names."""
    old = load(letters_folder)
    made = [replace(s, label=s.label.translate(NEW_NAMES)) for s in samples([i.label for i in old.items[:30]], "train")]
    return load(write_dataset(tmp_path_factory.mktemp("data") / "renamed", made, "7Z4"))


def test_an_adapted_learner_says_what_the_model_says(letters: Dataset) -> None:
    """Before it has learned anything, its probabilities are the model's over the classes that it keeps.

    But for what the model's integers cost: it learns on in single precision.
    """
    start = Start.of(GENERAL, ("T", "A", "B"))
    picture = pictures_of(letters, letters.items[:1], start.prepare, start.card.framing)[0]
    whole = Model(start.model)._run(picture.framed.tensor)[0]
    kept = [*(start.card.alphabet.index(c) for c in "TAB"), len(start.card.alphabet)]
    wanted = whole[:, kept] / whole[:, kept].sum(axis=1, keepdims=True)
    said = start.adapted(0).probabilities(picture.framed.tensor)[0]
    assert np.array_equal(said.argmax(axis=1), wanted.argmax(axis=1))
    assert np.abs(said - wanted).mean() < 0.02


def test_characters_are_found_where_they_stand(letters: Dataset) -> None:
    """The centres of a label's characters rise, a step of the drawing apart."""
    start = Start.of(GENERAL, letters.alphabet)
    pictures = pictures_of(letters, letters.items[:8], start.prepare, start.card.framing)
    found = [p.centres for p in placed(start.adapted(0), start.codec, pictures)]
    assert sum(len(centres) == 3 for centres in found) >= 6
    for centres in found:
        assert all(18 < b - a < 42 for a, b in pairwise(centres))


def test_a_few_labels_teach_other_names(renamed: Dataset, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the general model calls otherwise is learned from thirty pictures in seconds, and exported whole."""
    monkeypatch.setattr("captchakit.learning.tuning.schedule.LEARNED_FROM", 2400)
    monkeypatch.setattr("captchakit.learning.tuning.schedule.FOR_EACH_LABEL", 0)
    held = replace(
        renamed, items=tuple(replace(i, split="validation") if k > 23 else i for k, i in enumerate(renamed.items))
    )
    model, trained = tune(held, GENERAL, name="renamed")
    pipeline = Pipeline.load(model)
    fresh = ["ABT", "TTA", "BAB", "TBA", "AAB", "BTT"]
    read = [pipeline.solve(png(captcha(text, 900 + k))).text for k, text in enumerate(fresh)]
    assert sum(a == b.translate(NEW_NAMES) for a, b in zip(read, fresh, strict=True)) >= 5
    assert pipeline.card.alphabet == ("7", "Z", "4")
    assert pipeline.card.training["from"] == "general"
    assert pipeline.card.training["images"] == 30
    assert len(trained.validation) == 6


@pytest.mark.usefixtures("little")
def test_an_interrupt_leaves_a_model_and_a_checkpoint(few: Dataset, reader: Path, tmp_path: Path) -> None:
    """What was learned so far is exported; from the checkpoint the training goes on where it was."""
    seen: list[int] = []

    def stop(progress: Progress) -> None:
        seen.append(progress.done)
        if len(seen) == 3:
            raise KeyboardInterrupt

    checkpoint = tmp_path / "mine.checkpoint"
    model, _ = tune(few, reader, name="mine", checkpoint=checkpoint, report=stop)
    assert Pipeline.load(model).card.name == "mine"
    later: list[int] = []
    tune(few, reader, name="mine", checkpoint=checkpoint, resume=True, report=lambda p: later.append(p.done))
    assert later[0] == seen[-1] + 1
    with pytest.raises(LearningError, match="another training: it differs in seed"):
        tune(few, reader, name="mine", seed=1, checkpoint=checkpoint, resume=True)
    wider = replace(few, alphabet=(*few.alphabet, "Z"))
    with pytest.raises(LearningError, match="another training: it differs in alphabet"):
        tune(wider, reader, name="mine", checkpoint=checkpoint, resume=True)


@pytest.mark.usefixtures("little")
def test_confidence_is_calibrated_on_what_was_held_out(few: Dataset, start: Start) -> None:
    """The exported calibration is fitted to answers of learners that had not seen the images, one for each of them."""
    trained = tuned(few, start)
    assert trained.said is not None
    assert len(trained.said) == len(trained.validation) == 18
    assert calibrated_on(trained) == calibrated_on(replace(trained, learner=None))  # type: ignore[arg-type]


def test_where_little_is_read_more_is_learned_from() -> None:
    """Twice as much for a scheme that is not read at all as for one that is, and more for more labels, to a limit."""
    assert _images(100, 0.0) == 2 * _images(100, 1.0)
    assert _images(20, 0.5) < _images(50, 0.5) < _images(100, 0.5) < _images(300, 0.5) == _images(9000, 0.5)


@pytest.mark.usefixtures("little")
def test_what_a_model_is_to_keep_to_goes_into_it(few: Dataset, reader: Path) -> None:
    """The dataset's constraint and answer stage are the new model's."""
    told = replace(few, constraint=Constraint(length=(3, 3)), answer="arithmetic")
    card = Pipeline.load(tune(told, reader, name="told")[0]).card
    assert card.constraint == Constraint(length=(3, 3))
    assert card.recipe.answer == Step("arithmetic", {})


def test_a_wrong_label_is_doubted(letters: Dataset, start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    """A label that learners contradict which had not seen it is named, with what they read."""
    monkeypatch.setattr("captchakit.learning.tuning.schedule.LEARNED_FROM", 1600)
    monkeypatch.setattr("captchakit.learning.tuning.schedule.FOR_EACH_LABEL", 0)
    # Of forty labels one that is wrong tips the temperature now this way, now that, by the processor's rounding.
    monkeypatch.setattr("captchakit.learning.judging.TEMPERATURES", (1.0,))
    first = letters.items[0]
    wrong = replace(first, label=first.label.translate(str.maketrans("ABT", "BTA")))
    used: list[int] = []
    trained = tuned(replace(letters, items=(wrong, *letters.items[1:])), start, report=lambda p: used.append(p.used))
    assert [(doubt.item, doubt.text) for doubt in trained.doubtful] == [(wrong, first.label)]
    assert used[-1] == len(letters.split("train")) - 1


@pytest.mark.usefixtures("little")
def test_where_learning_does_harm_the_model_is_kept(letters: Dataset, start: Start) -> None:
    """Steps far too large spoil a model that reads well; what comes out reads as it did, and the message says why."""
    assert isinstance(start.classifier, Sequence)
    rash = replace(start, classifier=replace(start.classifier, rate=0.3))
    trained = tuned(letters, rash)
    assert "kept as it was" in trained.validated_on
    assert trained.gained is not None
    assert trained.exact == trained.gained.before
    picture = pictures_of(letters, letters.items[:1], start.prepare, start.card.framing)[0]
    said = [learner.probabilities(picture.framed.tensor) for learner in (trained.learner, start.adapted(0))]
    assert np.array_equal(*said)


@pytest.mark.usefixtures("little")
def test_one_image_is_enough_to_end(letters: Dataset, start: Start) -> None:
    """Nothing can be held out, which is said, and the training ends; no pass has a score."""
    alone = replace(letters, items=letters.items[:1])
    trained = tuned(alone, start)
    assert "none were held out" in trained.validated_on
    assert {(progress.exact, progress.best) for progress in trained.history} == {(None, None)}


@pytest.mark.usefixtures("little")
def test_unlabelled_pictures_are_learned_from(letters: Dataset, letters_folder: Path, start: Start) -> None:
    """As many as there are labels, read with certainty; labelled ones and the test split are not taken again."""
    few = replace(letters, items=(*letters.items[:6], *letters.split("test")))
    used: list[int] = []
    tuned(few, start, unlabelled=letters_folder, report=lambda p: used.append(p.used))
    assert used[0] <= 6
    assert 6 < max(used) <= 6 + 6


def test_the_surest_answers_come_first(letters: Dataset, start: Start) -> None:
    """Pictures without a label are given their answers, those of which the learner is most sure before the others."""
    pictures = pictures_of(letters, letters.items[:12], start.prepare, start.card.framing)
    learner = start.adapted(0)
    sure = believed(learner, start.codec, pictures, (3, 3))
    said = [
        Predictions(raw, p.framed.glyphs)
        for p, raw in zip(sure, spoken(learner, [p.framed for p in sure]), strict=True)
    ]
    answers = [start.codec.decode(each) for each in said]
    assert len(sure) > 1
    assert [answer.text for answer in answers] == [picture.label for picture in sure]
    assert [answer.confidence for answer in answers] == sorted((a.confidence for a in answers), reverse=True)
    assert all(answer.confidence >= BELIEVED for answer in answers)


def test_a_model_whose_classifier_cannot_go_on_is_refused(models_folder: Path) -> None:
    """Models of scikit-learn are made from nothing each time."""
    with pytest.raises(OptionError, match="classifier 'sklearn' cannot be gone on from"):
        Start.of(models_folder / "letters-cuts.onnx", ("A",))


def test_a_checkpoint_that_is_none_is_an_error(tmp_path: Path) -> None:
    """Neither a missing nor a broken file is taken for a state."""
    with pytest.raises(LearningError, match="no training to resume"):
        Checkpoint(tmp_path / "none", {}).load()
    for junk in (b"PK\x03\x04 broken", b"", b"junk", b"[]"):
        (tmp_path / "broken").write_bytes(junk)
        with pytest.raises(LearningError, match="broken cannot be resumed from: it is damaged, or no checkpoint"):
            Checkpoint(tmp_path / "broken", {}).load()
