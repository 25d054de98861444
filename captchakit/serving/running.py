"""Running the application: uvicorn with one worker process or several, and clients that are too slow cut off."""

from __future__ import annotations

import asyncio
import os
import tempfile
from typing import Any

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from captchakit.serving.store.store import Store
from captchakit.settings import Settings

APPLICATION = "captchakit.serving.app:from_environment"
HEADER_SECONDS = 10.0
"""How long a client may take for the head of a request; its body has `CAPTCHAKIT_REQUEST_SECONDS`."""


class Impatient(HttpToolsProtocol):
    """Uvicorn's HTTP, ending a connection whose request's head is not there in time: uvicorn itself waits for ever."""

    _late: asyncio.TimerHandle | None = None

    def connection_made(self, transport: Any) -> None:
        """Begin to wait for the first request."""
        super().connection_made(transport)
        self._wait()

    def on_message_begin(self) -> None:
        """Begin to wait for the rest of a request's head."""
        self._wait()
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        """Wait no more: what comes now is read by the application."""
        self._calm()
        super().on_headers_complete()

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait no more."""
        self._calm()
        super().connection_lost(exc)

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


def run(settings: Settings, host: str, port: int, workers: int) -> None:
    """Serve until told to end. Every worker reads its settings from the environment, as this process did."""
    Store(settings).close()  # once, before the workers, who find the tables in order
    with tempfile.TemporaryDirectory(prefix="captchakit-metrics-") as numbers:
        if workers > 1:  # read by prometheus_client when it is imported, in each worker
            os.environ["PROMETHEUS_MULTIPROC_DIR"] = numbers
        uvicorn.run(
            APPLICATION,
            factory=True,
            host=host,
            port=port,
            workers=workers,
            http=Impatient,
            ws="none",
            log_config=None,
            access_log=False,
            server_header=False,
            timeout_graceful_shutdown=30,
        )
