"""The general reader, trained on drawn captchas alone: `python -m captchakit_sequence.general --help`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import numpy as np
import torch
import typer

from captchakit.learning.drawing import draw
from captchakit.learning.examples import Examples
from captchakit.learning.export import export as export_model
from captchakit.learning.judging import best_temperature, judged, spoken
from captchakit.learning.looking import looking_again
from captchakit.learning.quantizing import quantized
from captchakit.learning.trained import Trained
from captchakit.reading.card import Looks
from captchakit.registry import codecs, options_of
from captchakit_sequence.classifier import Sequence
from captchakit_sequence.drawn import ALPHABET, GENERAL, SAME_AS
from captchakit_sequence.learner import SequenceLearner
from captchakit_sequence.teaching import HELD_OUT, Lesson, Pupil, held_out, teach
from captchakit_sequence.weights import averaged

OPTIONS = Sequence(widths=(16, 32, 64, 96, 192), depths=(3, 3, 2))
"""The general reader's network; a checkpoint of a narrower or shallower one is grown to it."""

WAYS = ((1.5, 1.0), (0.65, 1.0), (1.8, 1.0), (1.0, 0.75), (1.5, 0.75), (0.8, 1.0), (1.25, 1.0))
"""How many times wider, and which share of the rows."""

LOOKS = Looks(tuple(GENERAL.looking(*way) for way in WAYS), below=0.8, agreed=(0.5, 0.0))
"""It misreads proportions: unsure, it looks at a picture made narrower, wider, and closer at its middle."""

app = typer.Typer(pretty_exceptions_enable=False, add_completion=False)


@app.command()
def train(
    checkpoint: Annotated[Path, typer.Option(help="The state to go on from, and to write.")],
    minutes: Annotated[float, typer.Option(min=0.0, help="How long to train.")],
    log: Annotated[Path, typer.Option(help="A line of JSON for each report is added to this file.")],
    workers: Annotated[int, typer.Option(min=1, help="Processes that draw.")] = 1,
    batch: Annotated[int, typer.Option(min=8, help="Pictures a step; many where there is a GPU.")] = 64,
    rate: Annotated[float, typer.Option(min=0.0, help="The highest learning rate.")] = 1e-3,
    keep: Annotated[float, typer.Option(min=0.01, help="Gigabytes of drawings to show again.")] = 0.2,
    validation: Annotated[int, typer.Option(min=1, help="Drawings to validate on.")] = 500,
) -> None:
    """Train for so many minutes, going on from the checkpoint where there is one."""
    pupil = _pupil(checkpoint, rate)
    teach([pupil], Lesson(minutes, batch, workers, kept=keep * 1e9, validation=validation), log)


def _pupil(checkpoint: Path, rate: float = 1e-3) -> Pupil:
    options = Sequence(widths=OPTIONS.widths, depths=OPTIONS.depths, rate=rate, height=GENERAL.height)
    pupil = Pupil("general", SequenceLearner(options, GENERAL.contract, seed=0), GENERAL, checkpoint)
    pupil.take_up()
    return pupil


@app.command()
def average(
    checkpoint: Annotated[Path, typer.Option(help="The state to move back, and to write.")],
    before: Annotated[Path, typer.Option(help="The state from which its training had gone on.")],
    share: Annotated[float, typer.Option(min=0.0, max=1.0, help="How much of the new state stays.")] = 0.5,
) -> None:
    """Average a checkpoint's weights with those from which it had gone on."""
    pupil = _pupil(checkpoint)
    older = torch.load(before, weights_only=True)["weights"]
    pupil.learner.restore(averaged(older, pupil.learner.snapshot(), share))
    pupil.keep()


@app.command()
def export(
    checkpoint: Annotated[Path, typer.Option(help="The state to export.")],
    output: Annotated[Path, typer.Option(help="The model file to write.")],
    validation: Annotated[int, typer.Option(min=1, help="Drawings to calibrate and score on.")] = 500,
) -> None:
    """Write the checkpoint as a model file, calibrated and scored on drawings that it was not trained on."""
    pupil = _pupil(checkpoint)
    codec = codecs.build("ctc", alphabet=ALPHABET)
    held = held_out(validation, GENERAL)
    learner = quantized(pupil.learner, codec, held)
    temperature = best_temperature(learner, codec, held)
    exact, _ = judged(spoken(learner, held), codec, held, temperature)
    sample = Examples(held[0].tensor, np.zeros((1, 1), np.int64), 1, 1)
    parts = GENERAL.contract, GENERAL.recipe, GENERAL.framing
    trained = Trained(learner, codec, *parts, temperature, held, exact, "drawings never trained on", sample)
    facts = {
        "dataset": "any",
        "classifier": "sequence",
        "options": options_of(OPTIONS),
        "images": pupil.seen,
        "seeds": pupil.seed,
    }
    model = export_model(trained, output.stem, "text", facts, "02-general-reader")
    output.write_bytes(looking_again(model, LOOKS, _drawn(validation)))


def _drawn(count: int) -> list[tuple[bytes, str]]:
    """Return the files of held-out drawings, and their texts as the reader writes them."""
    drawings = [draw("any", seed) for seed in range(HELD_OUT, HELD_OUT + count)]
    return [(d.encode(), "".join(SAME_AS.get(c, c) for c in d.label)) for d in drawings]


if __name__ == "__main__":
    app()
