"""A stream of drawn captchas, framed as the reader will see them, with the place of every character."""

from __future__ import annotations

import multiprocessing
from collections import deque
from collections.abc import Generator
from dataclasses import dataclass
from itertools import pairwise
from multiprocessing.queues import Queue
from queue import Empty, Full
from time import monotonic

import cv2
import numpy as np

from captchakit.learning.drawing import Drawing, draw, faces, glyphs
from captchakit.reading.card import Recipe
from captchakit.reading.framing import Framing
from captchakit.reading.prepare import Prepare, Prepared
from captchakit.registry import Step
from captchakit.stages import Contract
from captchakit.types import Targets, Tensor
from captchakit_sequence.losses import ELSEWHERE
from captchakit_sequence.network import STRIDE

ALPHABET = tuple("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz+-*/÷=?")
SAME_AS = {"\N{MULTIPLICATION SIGN}": "x"}
"""The cross of multiplication is written as the letter in every label."""


@dataclass(frozen=True, slots=True)
class Look:
    """How a picture comes before the network: in how many rows, in colour (3 channels) or gray (1)."""

    height: int = 32
    channels: int = 3

    @property
    def recipe(self) -> Recipe:
        """The parts around the network."""
        gray = () if self.channels == 3 else (Step("gray", {}),)
        scale = Step("scale", {"height": self.height, "limit": 8.0})
        filters = (Step("trim", {}), *gray, scale, Step("contrast", {}))
        return Recipe(filters, Step("whole", {"step": 0.5}), Step("ctc", {}))

    @property
    def framing(self) -> Framing:
        """The size of the network's input, its width free."""
        return Framing(self.height, 0, self.channels)

    @property
    def contract(self) -> Contract:
        """What the network takes and says."""
        return Contract(self.channels, self.height, 0, len(ALPHABET) + 1, "sequence")


GENERAL = Look()
RECIPE, FRAMING, CONTRACT = GENERAL.recipe, GENERAL.framing, GENERAL.contract
WIDEST = 320
KEPT = 200
PATIENCE = 600
"""Seconds without a new drawing after which something is wrong."""


@dataclass(frozen=True, slots=True, eq=False)
class Batch:
    """Images of one width `(N, 3, 32, W)`, their labels `(N, L)` padded with -1, and each step's class `(N, T)`."""

    tensor: Tensor
    targets: Targets
    places: Targets
    seeds: int


def batches(style: str, seed: int, size: int, workers: int = 1, look: Look = GENERAL) -> Generator[Batch, None, None]:
    """Yield batches without end, drawn by `workers` processes; the seeds of a worker are those of its own residue.

    Where the next is not drawn yet, one of the last `KEPT` comes again, its channels exchanged, rather than nothing.
    """
    kept: deque[Batch] = deque(maxlen=KEPT)
    dice, fresh_at = np.random.default_rng(seed), monotonic()
    fresh = multiprocessing.get_context("spawn")
    queue: Queue[Batch] = fresh.Queue(maxsize=16)
    processes = [
        fresh.Process(target=_draw_on, args=(queue, style, (seed + number, workers), size, look), daemon=True)
        for number in range(workers)
    ]
    for process in processes:
        process.start()
    try:
        while True:
            try:
                kept.append(queue.get(timeout=PATIENCE if len(kept) < KEPT else 0))
                fresh_at = monotonic()
                yield kept[-1]
            except Empty:
                if len(kept) < KEPT or monotonic() - fresh_at > PATIENCE:
                    raise  # nobody draws any more
                yield _again(kept[int(dice.integers(KEPT))], dice)
    finally:
        for process in processes:
            process.terminate()


def _again(batch: Batch, dice: np.random.Generator) -> Batch:
    return Batch(batch.tensor[:, dice.permutation(batch.tensor.shape[1])], batch.targets, batch.places, 0)


def _draw_on(queue: Queue[Batch], style: str, seeds: tuple[int, int], size: int, look: Look) -> None:
    cv2.setNumThreads(1)
    glyphs.warm(faces.fetched(faces.folder()))
    prepare = Prepare.from_recipe(look.recipe)
    seed, step = seeds
    waiting: dict[int, list[tuple[Tensor, list[int], Targets]]] = {}
    drawn = 0
    while True:
        framed = frame(prepare, draw(style, seed), look)
        seed += step
        drawn += 1
        if framed is None:
            continue
        same = waiting.setdefault(framed[0].shape[3], [])
        same.append(framed)
        if len(same) == size:
            if not _taken(queue, _batch(waiting.pop(framed[0].shape[3]), drawn)):
                return
            drawn = 0


def _taken(queue: Queue[Batch], batch: Batch) -> bool:
    """Wait until there is room for a batch; return False where nobody is left to take it."""
    parent = multiprocessing.parent_process()
    while True:
        try:
            queue.put(batch, timeout=5)
        except Full:
            if parent is not None and not parent.is_alive():
                return False
        else:
            return parent is None or parent.is_alive()


def frame(prepare: Prepare, drawing: Drawing, look: Look = GENERAL) -> tuple[Tensor, list[int], Targets] | None:
    """Return a drawing's tensor `(1, 3, 32, W)`, its classes, and its steps' classes; None where it does not fit."""
    prepared = prepare(drawing.image)
    tensor = look.framing.frame(prepared.glyphs)
    steps = tensor.shape[3] // STRIDE
    classes = [ALPHABET.index(SAME_AS.get(c, c)) for c in drawing.label]
    repeats = sum(a == b for a, b in pairwise(classes))
    if tensor.shape[3] > WIDEST * look.height / 32 or len(classes) + repeats > steps:
        return None
    return tensor, classes, _places(prepared, drawing, classes, steps)


def _places(prepared: Prepared, drawing: Drawing, classes: list[int], steps: int) -> Targets:
    """Return the class at each character's centre step, blank away from all centres, and nothing beside them."""
    places = np.full(steps, len(ALPHABET), np.int64)
    matrix = prepared.matrix if prepared.matrix is not None else np.eye(2, 3)
    whole = prepared.glyphs[0].box
    centres: list[tuple[int, int]] = []
    for box, wanted in zip(drawing.boxes, classes, strict=True):
        if box.width == 0 or box.height == 0:
            continue
        x = matrix[0] @ (box.x + box.width / 2 - 0.5, box.y + box.height / 2 - 0.5, 1.0) + 0.5
        at = int((x - whole.x) * steps / whole.width)
        if 0 <= at < steps:
            centres.append((at, wanted))
    for at, _ in centres:
        places[max(at - 1, 0) : at + 2] = ELSEWHERE
    for at, wanted in centres:
        places[at] = wanted
    return places


def _batch(framed: list[tuple[Tensor, list[int], Targets]], seeds: int) -> Batch:
    longest = max(len(classes) for _, classes, _ in framed)
    targets = np.full((len(framed), longest), -1, np.int64)
    for row, (_, classes, _) in zip(targets, framed, strict=True):
        row[: len(classes)] = classes
    return Batch(np.concatenate([f[0] for f in framed]), targets, np.stack([f[2] for f in framed]), seeds)
