"""A small sequence reader, made in seconds: for tests of going on from a model, whichever that is."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
from captchakit_sequence import Sequence
from captchakit_sequence.learner import SequenceLearner

from captchakit.learning.examples import Examples, Framed
from captchakit.learning.export import export
from captchakit.learning.judging import judged, spoken
from captchakit.learning.trained import Trained
from captchakit.reading.card import Recipe
from captchakit.reading.framing import Framing
from captchakit.reading.prepare import Prepare
from captchakit.registry import Step, codecs, options_of
from captchakit.stages import Contract
from tests.pictures import captcha, texts

ALPHABET = "ABHKT"
OPTIONS = Sequence(widths=(8, 16, 24, 24, 32), rate=4e-3, batch=8)
FILTERS = Step("trim", {}), Step("scale", {"height": 32, "limit": 8.0}), Step("contrast", {})
RECIPE = Recipe(FILTERS, Step("whole", {"step": 0.5}), Step("ctc", {}))
FRAMING = Framing(32, 0, 3)
CONTRACT = Contract(3, 32, 0, len(ALPHABET) + 1, "sequence")
STEPS = 100


def small_reader() -> bytes:
    """Return a model named `small` that has learned to read three letters of `ALPHABET` as the tests draw them."""
    learner, drawn = SequenceLearner(OPTIONS, CONTRACT, seed=0), _drawn()
    waiting: dict[int, list[Framed]] = {}
    step = 0
    while step < STEPS:
        image = next(drawn)
        same = waiting.setdefault(image.tensor.shape[3], [])
        same.append(image)
        if len(same) == OPTIONS.batch:
            targets = np.array([[ALPHABET.index(c) for c in image.label] for image in same])
            learner.step(np.concatenate([image.tensor for image in same]), targets, share=1 - step / STEPS)
            same.clear()
            step += 1
    return _exported(learner, [next(drawn) for _ in range(40)])


def _drawn() -> Iterator[Framed]:
    prepare = Prepare.from_recipe(RECIPE)
    for number, label in enumerate(texts(2000, ALPHABET, 3, 1)):
        glyphs = prepare(captcha(label, 50_000 + number)).glyphs
        yield Framed(label, glyphs, FRAMING.frame(glyphs))


def _exported(learner: SequenceLearner, held: list[Framed]) -> bytes:
    codec = codecs.build("ctc", alphabet=tuple(ALPHABET))
    exact = judged(spoken(learner, held), codec, held)[0]
    sample = Examples(held[0].tensor, np.zeros((1, 1), np.int64), 1, 1)
    trained = Trained(learner, codec, CONTRACT, RECIPE, FRAMING, 1.0, held, exact, "drawings", sample)
    facts = {
        "dataset": "letters",
        "classifier": "sequence",
        "options": options_of(replace(OPTIONS, rate=1e-3, batch=32)),
    }
    return export(trained, "small", "text", facts)
