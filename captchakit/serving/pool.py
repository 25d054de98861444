"""Work off the event loop: a few threads that take what is waiting in batches, and a queue of bounded length."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from threading import Condition, Thread
from time import monotonic
from typing import Generic, TypeVar

from captchakit.serving.errors import BusyError

Wish = TypeVar("Wish")
Outcome = TypeVar("Outcome")


SMOOTHING = 0.2
"""How much the latest batch counts in what a wish is taken to cost."""

PRESSED = 3
"""How many may wait for each thread while ever more come than can be read: enough that none stands still, and so few
that who is let in waits for one batch and not for two."""


@dataclass(slots=True)
class _Job(Generic[Wish, Outcome]):
    wish: Wish
    promise: asyncio.Future[Outcome]
    loop: asyncio.AbstractEventLoop


class Pool(Generic[Wish, Outcome]):
    """Threads that grant wishes in batches.

    `work` takes a batch and returns an outcome or an exception for each wish. A thread takes what is waiting, at most
    `size`; only while another thread is at work anyway it waits for `window` seconds more, so that a lone request is
    never held up. More than `room` waiting wishes are refused with `BusyError`.
    """

    def __init__(
        self,
        work: Callable[[Sequence[Wish]], Sequence[Outcome | Exception]],
        *,
        threads: int,
        room: int,
        size: int,
        window: float,
        patience: float = float("inf"),
    ) -> None:
        self._work, self._room, self._size, self._window = work, room, size, window
        self._patience, self._each = patience, 0.0
        self._waiting: deque[_Job[Wish, Outcome]] = deque()
        self._changed = Condition()
        self._busy = 0
        self._open = True
        self._threads = [Thread(target=self._run, name=f"reading-{n}", daemon=True) for n in range(threads)]
        for thread in self._threads:
            thread.start()

    @property
    def waiting(self) -> int:
        """How many wishes no thread has taken yet."""
        return len(self._waiting)

    def refusal(self, before: int = 0, *, pressed: bool = False) -> str | None:
        """Return why a wish would be refused now, None where it would not: too many wait, or it would wait too long.

        `before` more are on their way to the pool. While `pressed`, only a few may wait.
        """
        waiting = len(self._waiting) + before
        if pressed:
            late = waiting >= min(PRESSED * len(self._threads), self._size)
        else:
            late = waiting >= self._size and waiting * self._each > self._patience
        return f"{waiting} images are waiting already" if late or waiting >= self._room or not self._open else None

    @property
    def alive(self) -> bool:
        """Whether every thread still runs."""
        return self._open and all(thread.is_alive() for thread in self._threads)

    def submit(self, wish: Wish) -> asyncio.Future[Outcome]:
        """Take a wish from the event loop; raises `BusyError` at once where no more may wait."""
        loop = asyncio.get_running_loop()
        promise: asyncio.Future[Outcome] = loop.create_future()
        with self._changed:
            if (why := self.refusal()) is not None:
                raise BusyError(why)
            self._waiting.append(_Job(wish, promise, loop))
            self._changed.notify()
        return promise

    def close(self) -> None:
        """Finish what is waiting and end the threads."""
        with self._changed:
            self._open = False
            self._changed.notify_all()
        for thread in self._threads:
            thread.join(timeout=30)

    def _run(self) -> None:
        while jobs := self._taken():
            started = monotonic()
            try:
                outcomes = self._work([job.wish for job in jobs])
            except Exception as error:  # a thread that died would leave everybody waiting
                outcomes = [error] * len(jobs)
            with self._changed:
                self._busy -= 1
                each = (monotonic() - started) / len(jobs) / len(self._threads)
                self._each += SMOOTHING * (each - self._each)
            _tell(jobs, outcomes)

    def _taken(self) -> list[_Job[Wish, Outcome]]:
        """Wait for jobs and return a batch of them, none when the pool is closed."""
        with self._changed:
            while self._open or self._waiting:
                self._changed.wait_for(lambda: self._waiting or not self._open)
                self._linger()
                jobs = [self._waiting.popleft() for _ in range(min(self._size, len(self._waiting)))]
                if jobs:  # none where another thread was quicker
                    self._busy += 1
                    return jobs
            return []

    def _linger(self) -> None:
        until = monotonic() + self._window
        while self._busy and self._open and 0 < len(self._waiting) < self._size:
            left = until - monotonic()
            if left <= 0:
                return
            self._changed.wait(left)


def _tell(jobs: Sequence[_Job[Wish, Outcome]], outcomes: Sequence[Outcome | Exception]) -> None:
    """Bring outcomes to where they are awaited: one call for each event loop, since each call wakes it."""
    loops: dict[asyncio.AbstractEventLoop, list[tuple[asyncio.Future[Outcome], Outcome | Exception]]] = {}
    for job, outcome in zip(jobs, outcomes, strict=True):
        loops.setdefault(job.loop, []).append((job.promise, outcome))
    for loop, told in loops.items():
        if not loop.is_closed():
            loop.call_soon_threadsafe(_settle, told)


def _settle(told: Sequence[tuple[asyncio.Future[Outcome], Outcome | Exception]]) -> None:
    for promise, outcome in told:
        if promise.done():
            continue  # whoever asked has left
        if isinstance(outcome, Exception):
            promise.set_exception(outcome)
        else:
            promise.set_result(outcome)
