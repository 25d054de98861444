"""What the handlers share: one object that a worker makes at its start."""

from __future__ import annotations

import asyncio
import ctypes
import os
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any, TypeVar

import cv2
import structlog
from litestar import Request
from sqlalchemy.exc import SQLAlchemyError

from captchakit.reading.library import Library
from captchakit.serving.answers import Answer, Answers
from captchakit.serving.asking import Asked
from captchakit.serving.counting import Counts
from captchakit.serving.deploying import Deploying
from captchakit.serving.models import Models, Running
from captchakit.serving.owners import Owners
from captchakit.serving.store.store import Store
from captchakit.settings import Settings

Returned = TypeVar("Returned")

ASIDE_THREADS = 4
M_ARENA_MAX = -8
FOLLOW_SECONDS = 0.5
"""How long after a deployment another worker may still answer with the old model."""


class Service:
    """Settings, models, answers and numbers of one worker."""

    def __init__(self, settings: Settings) -> None:
        """Load the first model and start the threads; raises `ModelError`, `NotThereError`."""
        cv2.setNumThreads(1)  # images are read in parallel already
        _few_arenas()
        self.settings = settings
        self.counts = Counts()
        self.store = Store(settings)
        self.models = Models(Library((*settings.models, self.store.models_folder)), settings.model)
        self.answers = Answers(settings, self.counts, self.store, settings.threads or os.cpu_count() or 1)
        # Everything else that would hold up the event loop; small, so that it never takes a core from reading for long.
        self.aside = ThreadPoolExecutor(ASIDE_THREADS, thread_name_prefix="aside")
        self.deploying = Deploying(settings, self.store, self.models)
        self.deploying.follow()
        self.owners = Owners(self.store.keys)
        self._note_model(self.models.current)
        _hand_back()

    async def solve(self, data: bytes, asked: Asked) -> Answer:
        """Return the answer for an image; raises `ImageError`, `OptionError`, `NotThereError`, `BusyError`."""
        return await self.answers.solve(data, self.models.named(asked.model), asked)

    async def apart(self, function: Callable[..., Returned], *arguments: Any) -> Returned:
        """Run what would hold up the event loop in a thread of its own."""
        return await asyncio.get_running_loop().run_in_executor(self.aside, function, *arguments)

    def deploy(self, number: int, *, force: bool) -> Running:
        """Make an experiment's model the current one; raises `NotThereError`, `RefusedError`."""
        running = self.deploying.deploy(number, force=force)
        self._note_model(running)
        return running

    def deploy_previous(self) -> Running:
        """Make the model current that was so before; raises `RefusedError`."""
        running = self.deploying.back()
        self._note_model(running)
        return running

    async def follow(self) -> None:
        """Take over what other workers deploy, until cancelled."""
        while True:
            await asyncio.sleep(FOLLOW_SECONDS)
            try:
                if await self.apart(self.deploying.follow):
                    self._note_model(self.models.current)
                for state, count in (await self.apart(self.store.experiments.counts)).items():
                    self.counts.trainings.labels(state).set(count)
                await self.apart(self.store.database.tidy)
            except SQLAlchemyError as error:
                structlog.get_logger().error("the store cannot be followed", error=str(error).splitlines()[0])

    def checks(self) -> dict[str, str]:
        """Return for each part of the service `ok`, or what is wrong with it."""
        return {
            "pool": "ok" if self.answers.pool.alive else "a thread has ended",
            "database": self.store.database.check(),
        }

    def close(self) -> None:
        """Finish what was begun and end the threads."""
        self.answers.pool.close()
        self.aside.shutdown()
        self.store.close()

    def _note_model(self, running: Running) -> None:
        self.counts.runs(running.name, running.sha256)


def _few_arenas() -> None:
    """Let threads share heaps: with one for each, what an image takes for a moment is held several times for ever."""
    if sys.platform == "linux":
        with suppress(OSError, AttributeError):  # another C library than GNU's
            ctypes.CDLL(None).mallopt(M_ARENA_MAX, 2)


def _hand_back() -> None:
    """Give back to the system what loading a model took for a moment, and the GNU library holds."""
    if sys.platform == "linux":
        with suppress(OSError, AttributeError):
            ctypes.CDLL(None).malloc_trim(0)


def service_of(request: Request[Any, Any, Any]) -> Service:
    """Return the service that a request came to: quicker than by injection, where every microsecond is asked for."""
    service: Service = request.app.state.service
    return service
