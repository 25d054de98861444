"""A stream of drawn captchas, framed as the reader will see them, with the place of every character."""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from multiprocessing.queues import Queue
from queue import Empty, Full, SimpleQueue
from threading import Thread
from time import monotonic, sleep
from typing import Self

import cv2
import numpy as np
from numpy.typing import NDArray

from captchakit.errors import LearningError
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
        return Recipe(self.looking(), Step("whole", {"step": 0.5}), Step("ctc", {}))

    def looking(self, across: float = 1.0, rows: float = 1.0) -> tuple[Step, ...]:
        """Return the filters, for a picture made so many times wider, with this share of its rows in the middle."""
        middle = () if rows == 1.0 else (Step("middle", {"rows": rows}),)
        gray = () if self.channels == 3 else (Step("gray", {}),)
        wider = {} if across == 1.0 else {"across": across}
        scale = Step("scale", {"height": self.height, "limit": 8.0, **wider})
        return (*middle, Step("trim", {}), *gray, scale, Step("contrast", {}))

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
EASY = 100_000
"""Drawings under this seed are of the gentle style, to begin learning with; the others are of any."""
GIVES_WAY = 6
"""How nice drawing is to learning where they share cores: what is drawn is shown again, what is not learned is lost."""
AHEAD = 64
"""How many batches may lie ready before the next is taken from the pipe."""
PATIENCE = 600
"""Seconds without a new drawing after which something is wrong."""


@dataclass(frozen=True, slots=True, eq=False)
class Batch:
    """Images of one width `(N, C, H, W)`, 0 to 255, their labels `(N, L)` padded with -1, each step's class `(N, T)`.

    `seeds` is how many drawings it took.
    """

    images: NDArray[np.uint8]
    targets: Targets
    places: Targets
    seeds: int


class Drawers:
    """Processes that draw batches of `size` without end, each drawing as every one of the `looks`.

    The seeds of a process are those of its own residue from `seed` on. Used with `with`, which ends them.
    """

    def __init__(self, seed: int, size: int, workers: int = 1, looks: Sequence[Look] = (GENERAL,)) -> None:
        fresh = multiprocessing.get_context("spawn")
        self._queue: Queue[Batch] = fresh.Queue(maxsize=4 + 2 * workers)
        self._arrived = SimpleQueue[Batch]()
        self._fresh_at = monotonic()
        self._processes = [
            fresh.Process(target=_draw_on, args=(self._queue, (seed + number, workers), size, looks), daemon=True)
            for number in range(workers)
        ]

    def __enter__(self) -> Self:
        for process in self._processes:
            process.start()
        Thread(target=self._receive, daemon=True).start()
        return self

    def _receive(self) -> None:
        """Empty the pipe all the time: it holds less than one batch, and whoever draws waits until it is empty."""
        while True:
            while self._arrived.qsize() > AHEAD:
                sleep(0.01)
            try:
                self._arrived.put(self._queue.get())
            except (EOFError, OSError):
                return

    def __exit__(self, *_: object) -> None:
        for process in self._processes:
            process.terminate()

    def ready(self, wait: float = 0.0) -> Iterator[Batch]:
        """Yield what is drawn by now; where that is nothing, wait for the first so many seconds.

        Raises `LearningError` where nothing has come for ten minutes.
        """
        while True:
            try:
                batch = self._arrived.get(timeout=wait) if wait else self._arrived.get_nowait()
            except Empty:
                if monotonic() - self._fresh_at > PATIENCE:
                    raise LearningError("nobody draws any more") from None
                return
            self._fresh_at, wait = monotonic(), 0.0
            yield batch


def _draw_on(queue: Queue[Batch], seeds: tuple[int, int], size: int, looks: Sequence[Look]) -> None:
    queue.cancel_join_thread()  # what nobody reads any more must not keep the process
    if hasattr(os, "nice"):
        os.nice(GIVES_WAY)
    cv2.setNumThreads(1)
    glyphs.warm(faces.fetched(faces.folder()))
    ways = [(look, Prepare.from_recipe(look.recipe)) for look in looks]
    seed, step = seeds
    waiting: dict[tuple[int, ...], list[tuple[Tensor, list[int], Targets]]] = {}
    drawn = 0
    while True:
        drawing = draw("easy" if seed < EASY else "any", seed)
        seed += step
        drawn += 1
        for look, prepare in ways:
            framed = frame(prepare, drawing, look)
            if framed is None:
                continue
            shape = framed[0].shape[1:]
            same = waiting.setdefault(shape, [])
            same.append(framed)
            if len(same) == size:
                if not _taken(queue, _batch(waiting.pop(shape), drawn)):
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
    images = np.rint(np.concatenate([f[0] for f in framed]) * 255).astype(np.uint8)
    return Batch(images, targets, np.stack([f[2] for f in framed]), seeds)
