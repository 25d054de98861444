"""What is refused before anything is done for it: images while too many wait, and what is not HTTP."""

from __future__ import annotations

import asyncio
from http import HTTPStatus
from typing import Any

import msgspec

from captchakit.serving.limiting import READ, Pressure
from captchakit.serving.observing import HEADERS, POLICY, REASON, REQUEST_ID, Observed, identity_of
from captchakit.serving.problems import MEDIA_TYPE, RETRY_AFTER, Problem

_SAME = "".join(
    f"{name}: {value}\r\n"
    for name, value in {**HEADERS, "Content-Security-Policy": POLICY, "Content-Type": MEDIA_TYPE}.items()
).encode()
_BUSY = _SAME + f"Retry-After: {RETRY_AFTER}\r\n".encode()
_WRONG = _SAME + b"Connection: close\r\n"


class Turnstile:
    """Whole answers for those who are not let in; they are counted and stand in the log as every request does.

    Where ten times as many ask as can be served, a refusal by way of routing and handlers, which takes three times as
    long, would leave no time to serve anybody.
    """

    def __init__(self, pressure: Pressure, observed: Observed) -> None:
        self._pressure, self._observed = pressure, observed

    def busy(self, scope: Any) -> bytes | None:
        """Return the answer to a request that has to come again later, None where it is let in."""
        why = self._pressure.refusal_at_once() if scope["path"] in READ else None
        return None if why is None else self._refusal(scope, HTTPStatus.SERVICE_UNAVAILABLE, why, _BUSY)

    def enter(self, scope: Any, loop: asyncio.AbstractEventLoop) -> None:
        """Note a request that is let in, and on its way to the application."""
        if scope["path"] in READ:
            self._pressure.enter(loop)

    def wrong(self, scope: Any, why: str) -> bytes:
        """Return the answer to what is no request that can be read."""
        return self._refusal(scope, HTTPStatus.BAD_REQUEST, why, _WRONG)

    def _refusal(self, scope: Any, status: HTTPStatus, why: str, headers: bytes) -> bytes:
        identity = identity_of(scope)
        scope[REASON] = why
        self._observed.told(scope, int(status), 0.0, request_id=identity)
        body = msgspec.json.encode(Problem("about:blank", status.phrase, status, why, identity))
        first = f"HTTP/1.1 {status.value} {status.phrase}\r\n{REQUEST_ID}: {identity}\r\n"
        return b"".join((first.encode(), b"Content-Length: %d\r\n" % len(body), headers, b"\r\n", body))


def turnstile_of(app: Any) -> Turnstile | None:
    """Return the turnstile of a service, from what uvicorn has put around it; None for another application."""
    while app is not None:
        found = getattr(getattr(app, "state", None), "turnstile", None)
        if isinstance(found, Turnstile):
            return found
        app = getattr(app, "app", None)
    return None
