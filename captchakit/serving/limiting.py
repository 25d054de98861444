"""What is refused before its body is read: requests over a client's number, and images that would wait too long."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from http import HTTPStatus
from time import monotonic
from typing import Any

import msgspec
from litestar.types import ASGIApp, Receive, Scope, Send

from captchakit.serving.answers import Answers
from captchakit.serving.observing import REASON, request_id
from captchakit.serving.problems import MEDIA_TYPE, RETRY_AFTER, Problem

SECONDS = 60.0
FREE = ("/health/", "/metrics")
"""What orchestrators and Prometheus ask is not counted, but for an experiment's metrics."""

PRESSED_SECONDS = 0.2
"""For how long after a refusal more are taken to come than can be read."""

MANY = 32
"""After how many refusals, none so long after the one before: a few are those of one burst that is over soon."""

READ = ("/solve", "/forward", "/classify", "/explain")


class Limited:
    """An ASGI application around another: a client's requests over its number are answered 429.

    Clients are told apart by address; each worker counts by itself, and forgets all counts every minute.
    """

    def __init__(self, app: ASGIApp, rate: int) -> None:
        self._app, self._rate = app, rate
        self._counts: dict[str, int] = {}
        self._until = 0.0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or refuse it."""
        wait = self._wait(scope)
        if wait is None:
            await self._app(scope, receive, send)
        else:
            await _refuse(scope, send, HTTPStatus.TOO_MANY_REQUESTS, f"more than {self._rate} requests a minute", wait)

    def _wait(self, scope: Any) -> int | None:
        """Count a request, and return for how many seconds its client is to wait where it is one too many."""
        path = scope.get("path", "")
        if scope["type"] != "http" or path.startswith(FREE[0]) or path == FREE[1]:
            return None
        now = monotonic()
        if now >= self._until:
            self._counts.clear()
            self._until = now + SECONDS
        client = (scope.get("client") or ("",))[0]
        self._counts[client] = count = self._counts.get(client, 0) + 1
        return int(self._until - now) + 1 if count > self._rate else None


class Pressure:
    """Whether an image is let in; more come than can be read while many have been refused, the last not long ago.

    Who comes at once, such as a thousand who want to know the same, is let in as far as the queue goes. While ever more
    come, a queue that stays long helps nobody: then few wait, and who has been let in and has not reached the queue
    yet counts as waiting there.
    """

    def __init__(self, answers: Answers, clock: Callable[[], float] = monotonic) -> None:
        self._answers, self._clock = answers, clock
        self._until, self._refused, self._entering = float("-inf"), 0, 0

    def refusal(self) -> str | None:
        """Return why a request for reading is refused, None where it is not."""
        return self._told(self._answers.pool.refusal(pressed=self._presses()))

    def refusal_at_once(self) -> str | None:
        """Return why a request is refused before the application knows of it; it is let in where nothing presses."""
        return self._told(self._answers.pool.refusal(self._entering, pressed=True)) if self._presses() else None

    def enter(self, loop: asyncio.AbstractEventLoop) -> None:
        """Note a request that is on its way; when the loop comes round, all that came with it have reached the pool."""
        if self._entering == 0:
            loop.call_soon(self._arrived)
        self._entering += 1

    def _arrived(self) -> None:
        self._entering = 0

    def _presses(self) -> bool:
        return self._refused >= MANY and self._clock() <= self._until

    def _told(self, why: str | None) -> str | None:
        if why is not None:
            now = self._clock()
            self._refused = self._refused + 1 if now <= self._until else 1
            self._until = now + PRESSED_SECONDS
            self._answers.turned_away()
        return why


class Admitted:
    """An ASGI application around another: while the queue is full, requests for reading are answered 503.

    The pool would refuse them too, but only when their bodies are read, which takes as long as ten refusals.
    """

    def __init__(self, app: ASGIApp, pressure: Pressure) -> None:
        self._app, self._pressure = app, pressure

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or refuse it."""
        why = self._pressure.refusal() if scope.get("path") in READ else None
        if why is None:
            await self._app(scope, receive, send)
        else:
            await _refuse(scope, send, HTTPStatus.SERVICE_UNAVAILABLE, why, RETRY_AFTER)


async def _refuse(scope: Any, send: Send, status: HTTPStatus, detail: str, wait: int) -> None:
    told = Problem("about:blank", status.phrase, status, detail, request_id())
    scope[REASON] = detail
    headers = [(b"content-type", MEDIA_TYPE.encode()), (b"retry-after", str(wait).encode())]
    await send({"type": "http.response.start", "status": int(status), "headers": headers})
    await send({"type": "http.response.body", "body": msgspec.json.encode(told), "more_body": False})
