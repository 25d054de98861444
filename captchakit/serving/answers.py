"""An answer for an image: the one that is remembered, the one that is being made, or a new one."""

from __future__ import annotations

import asyncio
import hashlib
from collections import OrderedDict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import msgspec
import structlog
from sqlalchemy.exc import SQLAlchemyError

from captchakit.errors import CaptchakitError, ImageError
from captchakit.reading.image import dimensions
from captchakit.reading.pipeline import Ask
from captchakit.serving.asking import Asked
from captchakit.serving.counting import Counts
from captchakit.serving.drift import Drift
from captchakit.serving.errors import BusyError
from captchakit.serving.models import Running
from captchakit.serving.pool import Pool
from captchakit.serving.store.results import NewResult
from captchakit.serving.store.store import Store
from captchakit.settings import Settings
from captchakit.types import Solution


class Sign(msgspec.Struct):
    """One label of an answer: `box` is x, y, width, height in pixels of the image that was sent."""

    label: str
    confidence: float
    box: tuple[int, int, int, int]


class Guess(msgspec.Struct):
    """One of several answers and its probability."""

    text: str
    probability: float


class Answer(msgspec.Struct):
    """What a model says of an image; `reason` says why where it withholds its answer."""

    text: str
    confidence: float
    symbols: list[Sign]
    model: str
    elapsed_ms: float
    cached: bool
    image_hash: str
    excluded: float = 0.0
    reason: str | None = None
    alternatives: list[Guess] = []


@dataclass(frozen=True, slots=True)
class Wish:
    """An image to be read by a model, and the key under which the answer will be found again."""

    data: bytes
    image_hash: str
    running: Running
    asked: Asked
    key: str


class Found(NamedTuple):
    """An answer, and whether it was there already."""

    answer: Answer
    stored: bool


class Answers:
    """Answers of one worker: what is asked twice at once is read once, what was answered is not read again."""

    def __init__(self, settings: Settings, counts: Counts, store: Store, threads: int) -> None:
        self._settings, self._counts, self._store = settings, counts, store
        self._drift = Drift(counts)
        self._remembered: OrderedDict[str, bytes] = OrderedDict()  # as JSON, a third as large
        self._coming: dict[str, asyncio.Future[Found]] = {}
        self.pool: Pool[Wish, Found] = Pool(
            self._answered,
            threads=threads,
            room=settings.queue,
            size=settings.batch,
            window=settings.window_ms / 1000,
            patience=settings.wait_ms / 1000,
        )

    async def solve(self, data: bytes, running: Running, asked: Asked) -> Answer:
        """Return the answer; raises `ImageError`, `OptionError`, `BusyError`."""
        asked.constraint()  # refused before anything is queued
        image_hash = hashlib.sha256(data).hexdigest()
        key = hashlib.sha256(f"{image_hash}\0{running.sha256}\0{asked.key()}".encode()).hexdigest()
        found = self._remembered.get(key)
        if found is not None:
            self._remembered.move_to_end(key)
            return self._counted(msgspec.json.decode(found, type=Answer), cached=True)
        coming = self._coming.get(key)
        if coming is not None:  # whoever came first may leave: the others still get it
            return self._counted((await asyncio.shield(coming)).answer, cached=True)
        try:
            promise = self.pool.submit(Wish(data, image_hash, running, asked, key))
        except BusyError:
            self.turned_away()
            raise
        self._coming[key] = promise
        promise.add_done_callback(lambda done: self._arrived(key, done))
        answer, stored = await asyncio.shield(promise)
        if not stored:
            self._drift.answered(running, answer.confidence)
        return self._counted(answer, cached=stored)

    def turned_away(self) -> None:
        """Count a request that finds the queue full."""
        self._counts.turned_away.inc()

    def _arrived(self, key: str, promise: asyncio.Future[Found]) -> None:
        self._coming.pop(key, None)
        if promise.cancelled() or promise.exception() is not None:
            return
        self._remembered[key] = msgspec.json.encode(promise.result().answer)
        if len(self._remembered) > self._settings.remembered:
            self._remembered.popitem(last=False)

    def _counted(self, answer: Answer, *, cached: bool) -> Answer:
        self._counts.solved(answer.model, answer.confidence, cached=cached, abstained=answer.reason is not None)
        self._counts.waiting.set(self.pool.waiting)
        return msgspec.structs.replace(answer, cached=cached) if cached else answer

    def _answered(self, wishes: Sequence[Wish]) -> list[Found | Exception]:
        """Look up a batch, let each model read its images in one run, and keep what is new; in a thread of the pool."""
        stored, pictured = self._stored(wishes)
        outcomes: dict[int, Found | Exception] = dict(stored)
        by_model: dict[str, list[int]] = {}
        for place, wish in enumerate(wishes):
            if place in outcomes:
                continue
            try:
                check_size(wish.data, self._settings.max_pixels)
                by_model.setdefault(wish.running.sha256, []).append(place)
            except ImageError as error:
                outcomes[place] = error
        for places in by_model.values():
            outcomes.update(zip(places, read([wishes[p] for p in places]), strict=True))
        new = [(w, found) for k, w in enumerate(wishes) if isinstance(found := outcomes[k], Found) and not found.stored]
        self._keep(new, pictured)
        return [outcomes[place] for place in range(len(wishes))]

    def _stored(self, wishes: Sequence[Wish]) -> tuple[dict[int, Found], set[str]]:
        """Return what the database knows: answers, and images by their hashes.

        Where it does not answer, images are read as if they were new.
        """
        try:
            known, pictured = self._store.results.known([w.key for w in wishes], [w.image_hash for w in wishes])
        except SQLAlchemyError as error:
            self._lament("look up", error)
            return {}, set()
        found = {
            place: Found(msgspec.json.decode(known[w.key], type=Answer), stored=True)
            for place, w in enumerate(wishes)
            if w.key in known
        }
        return found, pictured

    def _keep(self, new: Sequence[tuple[Wish, Found]], pictured: Collection[str]) -> None:
        """Keep images that are not known yet, and answers. An answer that cannot be kept is given all the same."""
        try:
            unknown = {wish.image_hash: wish.data for wish, _ in new if wish.image_hash not in pictured}
            paths = self._store.images.gather(unknown) if self._settings.keep_images else {}
            self._store.results.add([_row(wish, found, paths.get(wish.image_hash)) for wish, found in new])
        except (SQLAlchemyError, OSError) as error:
            self._lament("keep", error)

    def _lament(self, what: str, error: Exception) -> None:
        self._counts.not_kept.inc()
        structlog.get_logger().error(f"the store cannot {what}", error=str(error).splitlines()[0])


def _row(wish: Wish, found: Found, path: str | None) -> NewResult:
    answer = found.answer
    return NewResult(
        key=wish.key,
        image_hash=wish.image_hash,
        path=path,
        bytes=len(wish.data),
        model=answer.model,
        model_sha256=wish.running.sha256,
        options=wish.asked.key(),
        text=answer.text,
        confidence=answer.confidence,
        reason=answer.reason,
        answer=msgspec.json.encode(answer).decode(),
    )


def read(wishes: Sequence[Wish]) -> list[Found | CaptchakitError]:
    """Let one model read the images of several wishes."""
    asks = [Ask(w.data, w.asked.constraint(), w.asked.top, w.asked.min_confidence) for w in wishes]
    said = wishes[0].running.pipeline.solve_each(asks)
    return [
        Found(answer_of(s, w.image_hash), stored=False) if isinstance(s, Solution) else s
        for s, w in zip(said, wishes, strict=True)
    ]


def answer_of(solution: Solution, image_hash: str) -> Answer:
    """Return a solution as the service tells it."""
    told: dict[str, Any] = {**solution.to_json(), "cached": False, "image_hash": image_hash}
    return msgspec.convert(told, Answer)


def check_size(data: bytes, most: int) -> None:
    """Refuse an image by its header alone; raises `ImageError`."""
    width, height = dimensions(data)
    if width * height > most:
        raise ImageError(f"the image is {width}x{height}, more than the {most} pixels that this service reads")
