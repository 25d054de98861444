"""Readers learn from one stream of drawings, side by side where there are several, for as long as is given."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from captchakit.learning.drawing import draw
from captchakit.learning.examples import Framed
from captchakit.learning.judging import spoken
from captchakit.reading.codecs.ctc import best_text
from captchakit.reading.prepare import Prepare
from captchakit.stages import Learner
from captchakit_sequence.drawn import ALPHABET, Drawers, Look, frame
from captchakit_sequence.learner import SequenceLearner
from captchakit_sequence.replay import PARTS, Replay
from captchakit_sequence.weights import grown

GUIDED = 4_000
"""The steps over which the guidance by places fades out."""

WARM_UP = 200
DECAY = 0.5
"""The last share of a session in which the rate goes down to nothing."""

EVERY = 120.0
"""Seconds between two reports."""

HELD_OUT = 1_000_000_000
"""Drawings from this seed on are never trained on."""


@dataclass(slots=True, eq=False)
class Pupil:
    """A reader that learns: its state goes on from `checkpoint` where there is one, and is kept there."""

    name: str
    learner: SequenceLearner
    look: Look
    checkpoint: Path
    seen: int = 0
    """Pictures learned from."""
    seed: int = 0
    """The first drawing that was not asked for yet."""
    losses: list[Tensor] = field(default_factory=list)

    def take_up(self) -> None:
        """Go on from the checkpoint, if it is there; raises `LearningError` where it is of another network."""
        if self.checkpoint.exists():
            state: dict[str, Any] = torch.load(self.checkpoint, weights_only=True)
            self.learner.restore(grown(state["weights"], self.learner.snapshot()))
            self.seen, self.seed = int(state["seen"]), int(state["seed"])

    def keep(self) -> None:
        """Write beside and rename, so that a kill leaves the old state whole; large weights in half precision."""
        beside = self.checkpoint.with_suffix(".new")
        weights = {k: v.half() if v.dim() == 4 else v for k, v in self.learner.snapshot().items()}
        torch.save({"weights": weights, "seen": self.seen, "seed": self.seed}, beside)
        beside.replace(self.checkpoint)


@dataclass(frozen=True, slots=True)
class Lesson:
    """How long and how: `batch` pictures a step from the last `kept` bytes of drawings of each look, `workers` draw."""

    minutes: float
    batch: int = 64
    workers: int = 1
    kept: float = 2e8
    validation: int = 500


def teach(pupils: Sequence[Pupil], lesson: Lesson, log: Path) -> None:
    """Let all learn from the same drawings until the time is over; each report adds a line a pupil to `log`."""
    looks = tuple(dict.fromkeys(pupil.look for pupil in pupils))
    device = pupils[0].learner.device
    seed = max(pupil.seed for pupil in pupils)
    replays = {look: Replay(device, lesson.kept, seed) for look in looks}
    by_height = {look.height: replays[look] for look in looks}
    held = {look: held_out(lesson.validation, look) for look in looks}
    started = reported = time.monotonic()
    steps = 0
    with Drawers(seed, lesson.batch // PARTS, lesson.workers, looks) as drawers:
        while (spent := time.monotonic() - started) < lesson.minutes * 60:
            for part in drawers.ready(wait=0.0 if all(map(len, replays.values())) else 1.0):
                by_height[part.images.shape[2]].add(part)
                seed += part.seeds
            if not all(len(replay) >= PARTS for replay in replays.values()):
                continue
            share = min(1.0, (steps + 1) / WARM_UP, (1 - spent / (lesson.minutes * 60)) / DECAY)
            _step(pupils, replays, share, lesson.batch)
            steps += 1
            if time.monotonic() - reported > EVERY:
                reported = time.monotonic()
                _report(pupils, held, log, spent, seed)
    _report(pupils, held, log, spent, seed)


def _step(pupils: Sequence[Pupil], replays: dict[Look, Replay], share: float, batch: int) -> None:
    shown = {look: replay.batch() for look, replay in replays.items()}
    for pupil in pupils:
        now = shown[pupil.look]
        guidance = max(0.0, 1.0 - pupil.seen / (GUIDED * batch))
        loss = pupil.learner.shown(now.images, now.targets, share=share, places=now.places, guidance=guidance)
        pupil.losses.append(loss)
        pupil.seen += len(now.images)


def _report(pupils: Sequence[Pupil], held: dict[Look, list[Framed]], log: Path, spent: float, seed: int) -> None:
    for pupil in pupils:
        exact, any_case = read(pupil.learner, held[pupil.look])
        loss = float(torch.stack(pupil.losses).mean()) if pupil.losses else 0.0
        pupil.seed, pupil.losses = seed, []
        pupil.keep()
        facts = {"reader": pupil.name, "seen": pupil.seen, "drawn": seed, "minutes": round(spent / 60, 2)}
        facts |= {"loss": round(loss, 4), "exact": round(exact, 4), "exact_any_case": round(any_case, 4)}
        with log.open("a", encoding="utf-8") as stream:
            stream.write(json.dumps(facts) + "\n")


def held_out(count: int, look: Look) -> list[Framed]:
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
        text = "".join(ALPHABET[c] for c in best_text(said[0].astype("float64"), 1))
        right += text == image.label
        same += text.lower() == image.label.lower()
    return right / len(held), same / len(held)
