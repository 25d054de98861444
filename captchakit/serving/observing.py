"""Around every request, whatever becomes of it: its id, its line in the log, security headers, and its numbers."""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextvars import ContextVar
from time import perf_counter
from typing import Any
from uuid import uuid4

import structlog
from litestar.enums import ScopeType
from litestar.types import ASGIApp, Message, Receive, Scope, Send

from captchakit.serving.counting import Counts

REASON = "captchakit.reason"
"""Where in a request's scope stands why it was refused."""

REQUEST_ID = "X-Request-ID"
_GIVEN = re.compile(rb"[\w.\-]{1,64}")
_current: ContextVar[str] = ContextVar("request_id", default="")

POLICY = "default-src 'self'; img-src 'self' data: blob:; frame-ancestors 'none'; base-uri 'none'; form-action 'self'"
# The pages of the OpenAPI document start themselves with a script of their own.
SCHEMA_POLICY = (
    f"{POLICY}; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; worker-src 'self' blob:"
)
# The page that reads in the browser compiles ONNX Runtime, and it alone may.
BROWSER_POLICY = f"{POLICY}; script-src 'self' 'wasm-unsafe-eval'"
HEADERS: Mapping[str, str] = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


def request_id() -> str:
    """Return the id of the request that is being answered, empty outside of one."""
    return _current.get()


class Observed:
    """An ASGI application around another."""

    def __init__(self, app: ASGIApp, counts: Counts) -> None:
        self._app = app
        self._counts = counts
        self._log = structlog.get_logger().bind()  # once: it is what takes longest about a line
        self._headers = [(k.lower().encode(), v.encode()) for k, v in HEADERS.items()]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request by the application within."""
        if scope["type"] != ScopeType.HTTP:
            await self._app(scope, receive, send)
            return
        identity = identity_of(scope)
        _current.set(identity)
        structlog.contextvars.bind_contextvars(request_id=identity)
        added = [*self._headers, (b"x-request-id", identity.encode()), _policy(scope["path"])]
        started, status = perf_counter(), 499

        async def sending(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message.get("headers", ()), *added]
            await send(message)

        try:
            await self._app(scope, receive, sending)
        finally:
            self.told(scope, status, perf_counter() - started)
            structlog.contextvars.unbind_contextvars("request_id")

    def told(self, scope: Any, status: int, seconds: float, **more: str) -> None:
        """Count a request that has been answered, and write its line into the log."""
        route = scope.get("path_template", "none")
        self._counts.answered(scope["method"], route, status, seconds)
        told = {"reason": scope[REASON]} if REASON in scope else {}
        write = self._log.info if status < 500 else self._log.warning
        write(
            "request",
            method=scope["method"],
            path=scope["path"],
            status=status,
            milliseconds=round(seconds * 1000, 2),
            client=(scope.get("client") or ("",))[0],
            **told,
            **more,
        )


def identity_of(scope: Any) -> str:
    """Return the id that a request brings, a new one where it brings none that can be shown."""
    for name, value in scope["headers"]:
        if name == b"x-request-id" and _GIVEN.fullmatch(value):
            return str(value.decode("ascii", "replace"))
    return uuid4().hex


def _policy(path: str) -> tuple[bytes, bytes]:
    policy = SCHEMA_POLICY if path.startswith("/schema") else BROWSER_POLICY if path == "/browser" else POLICY
    return b"content-security-policy", policy.encode()
