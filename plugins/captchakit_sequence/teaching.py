"""Readers learn from one stream of drawings, side by side where there are several, for as long as is given."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from captchakit.learning.drawing import draw
from captchakit.learning.examples import Framed
from captchakit.learning.judging import spoken
from captchakit.reading.codecs.ctc import best_text
from captchakit.reading.prepare import Prepare
from captchakit.stages import Learner
from captchakit_sequence.drawn import ALPHABET, Drawers, Look, frame
from captchakit_sequence.learner import SequenceLearner
from captchakit_sequence.replay import PARTS, Replay, Shown
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
    """How long and how: `batch` pictures a step from the last `kept` bytes of drawings of each look.

    `workers` processes draw, and so many of the readers learn at a time as there are `threads`.
    """

    minutes: float
    batch: int = 64
    workers: int = 1
    threads: int = 1
    kept: float = 2e8
    validation: int = 500


def teach(pupils: Sequence[Pupil], lesson: Lesson, log: Path) -> None:
    """Let all learn from the same drawings until the time is over; each report adds a line a pupil to `log`."""
    looks = tuple(dict.fromkeys(pupil.look for pupil in pupils))
    device = pupils[0].learner.device
    seed = max(pupil.seed for pupil in pupils)
    replays = {look: Replay(device, lesson.kept, seed) for look in looks}
    by_shape = {(look.channels, look.height): replays[look] for look in looks}
    held = {look: held_out(lesson.validation, look) for look in looks}
    started = reported = time.monotonic()
    steps = 0
    pool = ThreadPoolExecutor(lesson.threads, initializer=torch.set_num_threads, initargs=(1,))
    with pool, Drawers(seed, lesson.batch // PARTS, lesson.workers, looks) as drawers:
        while (spent := time.monotonic() - started) < lesson.minutes * 60:
            for part in drawers.ready(wait=0.0 if all(map(len, replays.values())) else 1.0):
                by_shape[part.images.shape[1:3]].add(part)
                seed += part.seeds
            if not all(len(replay) >= PARTS for replay in replays.values()):
                continue
            share = min(1.0, (steps + 1) / WARM_UP, (1 - spent / (lesson.minutes * 60)) / DECAY)
            shown = {look: replay.batch() for look, replay in replays.items()}
            list(pool.map(partial(_step, shown=shown, share=share, batch=lesson.batch), pupils))
            steps += 1
            if time.monotonic() - reported > EVERY:
                reported = time.monotonic()
                _report(pupils, held, log, spent, seed)
    _report(pupils, held, log, spent, seed)


def _step(pupil: Pupil, *, shown: Mapping[Look, Shown], share: float, batch: int) -> None:
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


def held_out(count: int, look: Look, beside: Sequence[Look] = ()) -> list[Framed]:
    """Return drawings that are never trained on, framed; of `count` seeds, those that fit the looks `beside` too."""
    ways = [(each, Prepare.from_recipe(each.recipe)) for each in dict.fromkeys((look, *beside))]
    held = []
    for seed in range(HELD_OUT, HELD_OUT + count):
        drawing = draw("any", seed)
        framed = [frame(prepare, drawing, each) for each, prepare in ways]
        if framed[0] is not None and all(framed):
            tensor, classes, _ = framed[0]
            label = "".join(ALPHABET[c] for c in classes)
            held.append(Framed(label, ways[0][1](drawing.image).glyphs, tensor))
    return held


def read(learner: Learner, held: list[Framed]) -> tuple[float, float]:
    """Return the shares of drawings that are read whole, and whole but for the case of letters."""
    exact, any_case = right(learner, held).mean(axis=0)
    return float(exact), float(any_case)


def right(learner: Learner, held: list[Framed]) -> NDArray[np.bool_]:
    """Return `(N, 2)`: whether each drawing is read whole, and whole but for the case of letters."""
    said = [best_text(rows[0].astype("float64"), 1) for rows in spoken(learner, held)]
    texts = ["".join(ALPHABET[c] for c in classes) for classes in said]
    both = [(t == h.label, t.lower() == h.label.lower()) for t, h in zip(texts, held, strict=True)]
    return np.array(both, bool).reshape(-1, 2)
