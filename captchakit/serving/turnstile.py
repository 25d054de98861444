"""What is refused before anything is done for it: images while too many wait, and what is not HTTP."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Coroutine
from contextlib import suppress
from http import HTTPStatus
from typing import Any

import msgspec
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from captchakit.serving.limiting import READ, Pressure
from captchakit.serving.observing import HEADERS, POLICY, REASON, REQUEST_ID, Observed, identity_of
from captchakit.serving.problems import MEDIA_TYPE, RETRY_AFTER, Problem

_SAME = "".join(
    f"{name}: {value}\r\n"
    for name, value in {**HEADERS, "Content-Security-Policy": POLICY, "Content-Type": MEDIA_TYPE}.items()
).encode()
_BUSY = _SAME + f"Retry-After: {RETRY_AFTER}\r\n".encode()
_WRONG = _SAME + b"Connection: close\r\n"

AT_ONCE = 32
"""How many are refused before others get on: those who were let in have several turns of the loop before them."""


class Turnstile:
    """Whole answers for those who are not let in; they are counted and stand in the log as every request does.

    Where ten times as many ask as can be served, a refusal by way of routing and handlers, which takes three times as
    long, would leave no time to serve anybody.
    """

    def __init__(self, pressure: Pressure, observed: Observed) -> None:
        self._pressure, self._observed = pressure, observed
        self._proxied: ProxyHeadersMiddleware | None = None
        self._owing: deque[Callable[[], None]] = deque()

    @property
    def is_behind(self) -> bool:
        """Whether it is known already which proxies are believed: every connection asks."""
        return self._proxied is not None

    def behind(self, proxied: ProxyHeadersMiddleware) -> None:
        """Believe the proxies that this part of uvicorn believes: a refusal never comes to it."""
        self._proxied = ProxyHeadersMiddleware(_nobody)
        self._proxied.trusted_hosts = proxied.trusted_hosts

    def busy(self, scope: Any) -> str | None:
        """Return why a request has to come again later, None where it is let in."""
        reads = scope["method"] == "POST" and scope["path"] in READ
        return self._pressure.refusal_at_once() if reads else None

    def later(self, loop: asyncio.AbstractEventLoop, pay: Callable[[], None]) -> None:
        """Have an answer given when it is its turn."""
        if not self._owing:
            loop.call_soon(self._round, loop)
        self._owing.append(pay)

    def _round(self, loop: asyncio.AbstractEventLoop) -> None:
        for _ in range(min(AT_ONCE, len(self._owing))):
            self._owing.popleft()()
        if self._owing:
            loop.call_soon(self._round, loop)

    def refused(self, scope: Any, why: str, seconds: float) -> bytes:
        """Return the answer to a request that has to come again later."""
        return self._refusal(scope, HTTPStatus.SERVICE_UNAVAILABLE, why, _BUSY, seconds)

    def enter(self, scope: Any, loop: asyncio.AbstractEventLoop) -> None:
        """Note a request that is let in, and on its way to the application."""
        if scope["path"] in READ:
            self._pressure.enter(loop)

    def wrong(self, scope: Any, why: str) -> bytes:
        """Return the answer to what is no request that can be read."""
        return self._refusal(scope, HTTPStatus.BAD_REQUEST, why, _WRONG, 0.0)

    def _refusal(self, scope: Any, status: HTTPStatus, why: str, headers: bytes, seconds: float) -> bytes:
        identity = identity_of(scope)
        scope[REASON] = why
        if self._proxied is not None:
            _at_once(self._proxied(scope, _nothing, _nobody))
        self._observed.told(scope, int(status), seconds, request_id=identity)
        body = msgspec.json.encode(Problem("about:blank", status.phrase, status, why, identity))
        first = f"HTTP/1.1 {status.value} {status.phrase}\r\n{REQUEST_ID}: {identity}\r\n"
        return b"".join((first.encode(), b"Content-Length: %d\r\n" % len(body), headers, b"\r\n", body))


def turnstile_of(app: Any) -> Turnstile | None:
    """Return the turnstile of a service, from what uvicorn has put around it; None for another application."""
    proxied = None
    while app is not None:
        proxied = app if isinstance(app, ProxyHeadersMiddleware) else proxied
        found = getattr(getattr(app, "state", None), "turnstile", None)
        if isinstance(found, Turnstile):
            if proxied is not None and not found.is_behind:
                found.behind(proxied)
            return found
        app = getattr(app, "app", None)
    return None


async def _nobody(*_: Any) -> None:
    """Be the application behind what only looks at a request."""


async def _nothing() -> Any:
    """Be a request without a body."""


def _at_once(coroutine: Coroutine[Any, Any, None]) -> None:
    """Run to its end what waits for nobody."""
    with suppress(StopIteration):
        coroutine.send(None)
    coroutine.close()
