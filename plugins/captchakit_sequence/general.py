"""The general reader, trained on drawn captchas alone: `python -m captchakit_sequence.general --help`."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import torch
import typer

from captchakit.learning.drawing import draw
from captchakit.learning.examples import Examples, Framed
from captchakit.learning.export import export as export_model
from captchakit.learning.judging import best_temperature, judged, spoken
from captchakit.learning.quantizing import quantized
from captchakit.learning.trained import Trained
from captchakit.reading.codecs.ctc import best_text
from captchakit.reading.prepare import Prepare
from captchakit.registry import codecs, options_of
from captchakit.stages import Learner
from captchakit_sequence.classifier import Sequence
from captchakit_sequence.drawn import ALPHABET, CONTRACT, FRAMING, GENERAL, RECIPE, Look, batches, frame
from captchakit_sequence.learner import SequenceLearner
from captchakit_sequence.weights import grown

GUIDED = 400_000
"""The images over which the guidance by places fades out, and over which the style goes from easy to any."""

DECAY = 0.3
"""The last share of a session in which the rate goes down to nothing."""

WIDTHS = (16, 32, 64, 96, 192)
"""The channels of the general reader's stages; a checkpoint of a narrower network is grown to them."""

OPTIONS = Sequence(widths=WIDTHS)
WARM_UP = 200
HELD_OUT = 1_000_000_000
"""Drawings from this seed on are never trained on."""


app = typer.Typer(pretty_exceptions_enable=False, add_completion=False)


@app.command()
def train(
    checkpoint: Annotated[Path, typer.Option(help="The state to go on from, and to write.")],
    minutes: Annotated[float, typer.Option(min=0.0, help="How long to train.")],
    log: Annotated[Path, typer.Option(help="A line of JSON for each report is added to this file.")],
    workers: Annotated[int, typer.Option(min=1, help="Processes that draw.")] = 1,
    validation: Annotated[int, typer.Option(min=1, help="Drawings to validate on.")] = 500,
) -> None:
    """Train for so many minutes, going on from the checkpoint where there is one."""
    learner = SequenceLearner(OPTIONS, CONTRACT, seed=0)
    seen, seed = _resume(learner, checkpoint)
    held = held_out(validation)
    started, reported, losses, steps = time.monotonic(), time.monotonic(), [], 0
    style = "easy" if seen < GUIDED // 4 else "any"
    stream = batches(style, seed, 64, workers)
    while (spent := time.monotonic() - started) < minutes * 60:
        if style == "easy" and seen >= GUIDED // 4:
            style, stream = "any", batches("any", seed, 64, workers)
        batch = next(stream)
        share = min(1.0, (steps + 1) / WARM_UP, (1 - spent / (minutes * 60)) / DECAY)
        guidance = max(0.0, 1.0 - seen / GUIDED)
        losses.append(learner.step(batch.tensor, batch.targets, share=share, places=batch.places, guidance=guidance))
        steps += 1
        seen += len(batch.tensor)
        seed += batch.seeds
        if time.monotonic() - reported > 120 or steps == 20:
            reported = time.monotonic()
            _report(log, learner, held, seen=seen, minutes=spent / 60, loss=float(np.mean(losses)), style=style)
            losses = []
            _save(learner, checkpoint, seen, seed)
    _report(log, learner, held, seen=seen, minutes=minutes, loss=float(np.mean(losses or [0.0])), style=style)
    _save(learner, checkpoint, seen, seed)


def _resume(learner: SequenceLearner, checkpoint: Path) -> tuple[int, int]:
    if not checkpoint.exists():
        return 0, 0
    state: dict[str, Any] = torch.load(checkpoint, weights_only=True)
    learner.restore(grown(state["weights"], learner.snapshot()))
    return int(state["seen"]), int(state["seed"])


def _save(learner: SequenceLearner, checkpoint: Path, seen: int, seed: int) -> None:
    """Write beside and rename, so that a kill leaves the old state whole."""
    beside = checkpoint.with_suffix(".new")
    torch.save({"weights": learner.snapshot(), "seen": seen, "seed": seed}, beside)
    beside.replace(checkpoint)


@app.command()
def export(
    checkpoint: Annotated[Path, typer.Option(help="The state to export.")],
    output: Annotated[Path, typer.Option(help="The model file to write.")],
    validation: Annotated[int, typer.Option(min=1, help="Drawings to calibrate and score on.")] = 500,
) -> None:
    """Write the checkpoint as a model file, calibrated and scored on drawings that it was not trained on."""
    trainer = SequenceLearner(OPTIONS, CONTRACT, seed=0)
    seen, seed = _resume(trainer, checkpoint)
    codec = codecs.build("ctc", alphabet=ALPHABET)
    held = held_out(validation)
    learner = quantized(trainer, codec, held)
    temperature = best_temperature(learner, codec, held)
    exact, _ = judged(spoken(learner, held), codec, held, temperature)
    sample = Examples(held[0].tensor, np.zeros((1, 1), np.int64), 1, 1)
    on = "drawings never trained on"
    trained = Trained(learner, codec, CONTRACT, RECIPE, FRAMING, temperature, held, exact, on, sample)
    facts = {
        "dataset": "any",
        "classifier": "sequence",
        "options": options_of(OPTIONS),
        "images": seen,
        "seeds": seed,
    }
    output.write_bytes(export_model(trained, output.stem, "text", facts, "02-general-reader"))


def held_out(count: int, look: Look = GENERAL) -> list[Framed]:
    """Return drawings that are never trained on, framed."""
    prepare = Prepare.from_recipe(look.recipe)
    held = []
    for seed in range(HELD_OUT, HELD_OUT + count):
        drawing = draw("any", seed)
        framed = frame(prepare, drawing, look)
        if framed is not None:
            label = "".join(ALPHABET[c] for c in framed[1])
            held.append(Framed(label, prepare(drawing.image).glyphs, framed[0]))
    return held


def read(learner: Learner, held: list[Framed]) -> tuple[float, float]:
    """Return the shares of drawings that are read whole, and whole but for the case of letters."""
    right = same = 0
    for image, said in zip(held, spoken(learner, held), strict=True):
        text = "".join(ALPHABET[c] for c in best_text(said[0].astype(np.float64), 1))
        right += text == image.label
        same += text.lower() == image.label.lower()
    return right / len(held), same / len(held)


def _report(log: Path, learner: SequenceLearner, held: list[Framed], **facts: Any) -> None:
    exact, any_case = read(learner, held)
    facts |= {"exact": exact, "exact_any_case": any_case}
    with log.open("a", encoding="utf-8") as stream:
        stream.write(json.dumps({k: round(v, 4) if isinstance(v, float) else v for k, v in facts.items()}) + "\n")


if __name__ == "__main__":
    app()
