"""Uvicorn's HTTP, with clients cut off that are too slow, and images refused at once while too many wait."""

from __future__ import annotations

import asyncio
from time import perf_counter
from typing import Any, NamedTuple

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from captchakit.serving.turnstile import Turnstile, turnstile_of

HEADER_SECONDS = 10.0
"""How long a client may take for the head of a request; its body has `CAPTCHAKIT_REQUEST_SECONDS`."""

MOST_HEAD_BYTES = 2**19
"""How long a head may be: longer than what comes at once, which may be the beginning of the body too."""


class _Owed(NamedTuple):
    """A refusal that has not been sent yet: of which request, why, and since when."""

    scope: Any
    why: str
    since: float


class Impatient(HttpToolsProtocol):
    """Uvicorn's HTTP, ending a connection whose request's head is not there in time or too long.

    Uvicorn itself waits for ever, and puts a header together anew with each piece: one of 80 MB kept others waiting for
    four seconds. Images that find the queue full are refused here, before uvicorn and the application begin with them.
    """

    _late: asyncio.TimerHandle | None = None
    _heading = False
    _head = 0
    _dropped = False
    _owed: _Owed | None = None
    _turnstile: Turnstile | None = None

    def connection_made(self, transport: Any) -> None:
        """Begin to wait for the first request."""
        super().connection_made(transport)
        self._turnstile = turnstile_of(self.app)
        self._wait()

    def data_received(self, data: bytes) -> None:
        """Read on, and refuse a head that grows too long; what is not whole by now is waited for."""
        super().data_received(data)
        if not (self._heading or self._dropped):
            self._calm()
            return
        if self._late is None:
            self._wait()
        self._head += len(data)
        if self._heading and self._head > MOST_HEAD_BYTES and not self.transport.is_closing():
            self.send_400_response("The head of the request is too long.")

    def on_message_begin(self) -> None:
        """Begin to wait for the rest of a request's head."""
        self._heading, self._head = True, 0
        self._calm()
        if self._owed is not None:  # answers keep the order of their requests
            self._pay()
            self._unset_keepalive_if_required()
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        """Wait no more: what comes now is read by the application, or by nobody."""
        self._heading = False
        why = self._refusal()
        if why is not None and self._turnstile is not None:
            self._dropped, self._owed = True, _Owed(self.scope, why, perf_counter())
            self._turnstile.later(self.loop, self._pay)
            return
        super().on_headers_complete()
        if self._turnstile is not None:
            self._turnstile.enter(self.scope, self.loop)

    def on_body(self, body: bytes) -> None:
        """Take a part of a body; that of a request that is refused is let go."""
        if not self._dropped:
            super().on_body(body)

    def on_message_complete(self) -> None:
        """Let a request go on that is whole, or wait for the one after it that was refused."""
        if not self._dropped:
            super().on_message_complete()
            return
        self._dropped = False
        if self._owed is None:
            self.on_response_complete()

    def _pay(self) -> None:
        """Send the refusal that is owed."""
        if self._owed is None or self._turnstile is None:
            return
        answer = self._turnstile.refused(self._owed.scope, self._owed.why, perf_counter() - self._owed.since)
        self._owed = None
        if not self.transport.is_closing():
            self.transport.write(answer)
        if not self._dropped:
            self.on_response_complete()

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait no more."""
        self._calm()
        super().connection_lost(exc)

    def send_400_response(self, msg: str) -> None:
        """Refuse what is no request that can be read."""
        if self._turnstile is None:
            super().send_400_response(msg)
            return
        unread: dict[str, Any] = {"method": "none", "path": "", "headers": [], "client": self.client}
        self.transport.write(self._turnstile.wrong(unread, msg))
        self.transport.close()

    def _refusal(self) -> str | None:
        """Return why a request is to be refused before the application knows of it.

        Where the connection ends with the request, or another one is under way on it, the application refuses.
        """
        going = self.cycle is not None and not self.cycle.response_complete
        if self._turnstile is None or going or not self.parser.should_keep_alive():
            return None
        self.scope["method"] = self.parser.get_method().decode("ascii")
        self.scope["path"] = self.url.partition(b"?")[0].decode("latin-1")
        return self._turnstile.busy(self.scope)

    def _wait(self) -> None:
        self._calm()
        self._late = self.loop.call_later(HEADER_SECONDS, self._cut)

    def _calm(self) -> None:
        if self._late is not None:
            self._late.cancel()
            self._late = None

    def _cut(self) -> None:
        if not self.transport.is_closing():
            self.transport.close()
