"""Training the general reader on drawn captchas alone: `python -m captchakit_sequence.general --help`."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import torch
import typer

from captchakit.learning.drawing import draw
from captchakit.reading.codecs.ctc import best_text
from captchakit.reading.prepare import Prepare
from captchakit_sequence.classifier import Sequence
from captchakit_sequence.drawn import ALPHABET, CONTRACT, RECIPE, batches, frame
from captchakit_sequence.learner import SequenceLearner

GUIDED = 400_000
"""The images over which the guidance by places fades out, and over which the style goes from easy to any."""

DECAY = 0.3
"""The last share of a session in which the rate goes down to nothing."""

WARM_UP = 200
HELD_OUT = 1_000_000_000
"""Drawings from this seed on are never trained on."""


def main(
    checkpoint: Annotated[Path, typer.Option(help="The state to go on from, and to write.")],
    minutes: Annotated[float, typer.Option(min=0.0, help="How long to train.")],
    log: Annotated[Path, typer.Option(help="A line of JSON for each report is added to this file.")],
    workers: Annotated[int, typer.Option(min=1, help="Processes that draw.")] = 1,
    validation: Annotated[int, typer.Option(min=1, help="Drawings to validate on.")] = 500,
) -> None:
    """Train for so many minutes, going on from the checkpoint where there is one."""
    learner = SequenceLearner(Sequence(), CONTRACT, seed=0)
    seen, seed = _resume(learner, checkpoint)
    held = [drawn for s in range(validation) if (drawn := _framed(HELD_OUT + s)) is not None]
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
    learner.restore({name: value.float() for name, value in state["weights"].items()})
    return int(state["seen"]), int(state["seed"])


def _save(learner: SequenceLearner, checkpoint: Path, seen: int, seed: int) -> None:
    """Write beside and rename, so that a kill leaves the old state whole."""
    beside = checkpoint.with_suffix(".new")
    torch.save({"weights": learner.snapshot(), "seen": seen, "seed": seed}, beside)
    beside.replace(checkpoint)


def _framed(seed: int) -> tuple[np.ndarray[Any, np.dtype[np.float32]], str] | None:
    framed = frame(Prepare.from_recipe(RECIPE), draw("any", seed))
    return None if framed is None else (framed[0], "".join(ALPHABET[c] for c in framed[1]))


def _report(log: Path, learner: SequenceLearner, held: list[Any], **facts: Any) -> None:
    right = same = 0
    for tensor, label in held:
        text = "".join(ALPHABET[c] for c in best_text(learner.probabilities(tensor)[0].astype(np.float64), 1))
        right += text == label
        same += text.lower() == label.lower()
    facts |= {"exact": right / len(held), "exact_any_case": same / len(held)}
    with log.open("a", encoding="utf-8") as stream:
        stream.write(json.dumps({k: round(v, 4) if isinstance(v, float) else v for k, v in facts.items()}) + "\n")


if __name__ == "__main__":
    typer.run(main)
