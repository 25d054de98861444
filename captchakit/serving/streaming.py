"""Many images of one request: a few at a time, each told as soon as it is read."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable

import msgspec

from captchakit.errors import CaptchakitError
from captchakit.serving.answers import Answer
from captchakit.serving.asking import Asked
from captchakit.serving.errors import BusyError, TooLargeError
from captchakit.serving.service import Service

AT_ONCE = 16
"""How many images of one request may wait or be read: others than it are to be served too."""

PAUSE = 0.02


class Line(msgspec.Struct, omit_defaults=True):
    """What became of one image: its answer, or why there is none. `label` is what it should have been."""

    file: str
    answer: Answer | None = None
    error: str | None = None
    label: str | None = None


Read = Callable[[], Awaitable[bytes]]


async def lines(service: Service, asked: Asked, files: Iterable[tuple[str, Read, str | None]]) -> AsyncIterator[Line]:
    """Read files, each given by its name, the way to its bytes and its label, and yield them as they are ready."""
    under_way: set[asyncio.Task[Line]] = set()
    try:
        for name, read, label in files:
            under_way.add(asyncio.create_task(_line(service, asked, name, read, label)))
            if len(under_way) >= AT_ONCE:
                done, under_way = await asyncio.wait(under_way, return_when=asyncio.FIRST_COMPLETED)
                for task in done:
                    yield task.result()
        for waiting in asyncio.as_completed(under_way):
            yield await waiting
    finally:
        for task in under_way:  # the client has left
            task.cancel()


async def _line(service: Service, asked: Asked, name: str, read: Read, label: str | None) -> Line:
    try:
        data = await read()
        if len(data) > service.settings.max_image_bytes:
            raise TooLargeError(f"the file has {len(data)} bytes, more than {service.settings.max_image_bytes}")
        answer = await _patiently(service, data, asked)
    except CaptchakitError as error:
        return Line(name, error=str(error), label=label)
    return Line(name, answer=answer, label=label)


async def _patiently(service: Service, data: bytes, asked: Asked) -> Answer:
    """Solve, and come again while the queue is full: who sends many images at once is in no hurry."""
    while True:
        try:
            return await service.solve(data, asked)
        except BusyError:
            await asyncio.sleep(PAUSE)
