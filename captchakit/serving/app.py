"""The application, built from its settings."""

from __future__ import annotations

import asyncio
import gc
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any

from litestar import Litestar, Router
from litestar.config.cors import CORSConfig
from litestar.datastructures import State
from litestar.di import Provide
from litestar.plugins.base import PluginProtocol
from litestar.plugins.core import MsgspecDIPlugin
from litestar.types import ASGIApp

from captchakit.serving import logs, problems, schema
from captchakit.serving.limiting import Admitted, Limited, Pressure
from captchakit.serving.observing import REQUEST_ID, Observed
from captchakit.serving.routes import about, batch, browser, classify, data, experiments, kept, page, solve
from captchakit.serving.security import REQUIREMENT, needs_key
from captchakit.serving.service import Service
from captchakit.serving.turnstile import Turnstile
from captchakit.settings import Settings

FORM_OVERHEAD = 64 * 2**10
"""What the borders and headers of a form may add to its file."""

SWITCH_SECONDS = 0.0005
"""After how long Python lets another thread go on. With its own ten times of that, refusing many kept images from being
read, since the thread that reads waits a dozen times an image."""

OPEN = [
    about.live,
    about.ready,
    about.metrics,
    schema.schema_file,
    page.page,
    page.page_file,
    browser.browser,
    browser.browser_file,
]
READING = [solve.solve, solve.forward, classify.classify, page.explain, about.metadata, about.models, kept.results]
FOLLOWING = [experiments.experiments, experiments.experiment, experiments.events, experiments.scores]
READING_ARCHIVES = [batch.forward_batch, batch.evaluate]
CHANGING_ARCHIVES = [data.add_data]
CHANGING = [kept.log, kept.log_download, experiments.retrain, experiments.deploy, experiments.deploy_previous]


class Plain(Litestar):
    """Litestar without its parts for pydantic, which comes with Typer and would take 8 MB: msgspec is used here."""

    @staticmethod
    def _get_default_plugins(plugins: list[PluginProtocol]) -> list[PluginProtocol]:
        return [*plugins, MsgspecDIPlugin()]


def create_app(settings: Settings) -> Litestar:
    """Return the service; raises `ModelError` or `NotThereError` where its first model cannot be loaded."""
    log = logs.configure(settings.log, settings.log_level)
    service = Service(settings)

    @asynccontextmanager
    async def lifespan(_: Litestar) -> AsyncIterator[None]:
        following = asyncio.create_task(service.follow())
        try:
            with settled():
                yield
        finally:
            following.cancel()
            await asyncio.gather(following, return_exceptions=True)
            service.close()
            log.close()

    large: dict[str, Any] = {"request_max_body_size": settings.max_archive_bytes + FORM_OVERHEAD}
    # No guard where none is needed: Litestar copies the handler for each, a tenth of a cached answer's time.
    asks: dict[str, Any] = {"guards": [needs_key] if settings.keyed else []}
    needs: dict[str, Any] = {"guards": [needs_key], "security": REQUIREMENT}
    app = Plain(
        [
            *OPEN,
            Router("/", route_handlers=[*READING, *FOLLOWING], **asks),
            Router("/", route_handlers=READING_ARCHIVES, **asks, **large),
            Router("/", route_handlers=CHANGING, **needs),
            Router("/", route_handlers=CHANGING_ARCHIVES, **needs, **large),
        ],
        lifespan=[lifespan],
        dependencies={
            "service": Provide(lambda: service, sync_to_thread=False, use_cache=True),
        },
        exception_handlers=problems.HANDLERS,
        openapi_config=schema.config(),
        request_max_body_size=settings.max_image_bytes + FORM_OVERHEAD,
        multipart_form_part_limit=1024,
        state=State({"service": service}),
        cors_config=_cors(settings),
        signature_types=[Service],
        logging_config=None,
    )
    # Around the routing itself, so that what no route takes has an id, headers and a line in the log too.
    pressure = Pressure(service.answers)
    inner: ASGIApp = Admitted(app.asgi_handler, pressure)
    observed = Observed(Limited(inner, settings.rate) if settings.rate else inner, service.counts)
    app.asgi_handler = observed
    app.state.turnstile = Turnstile(pressure, observed)
    return app


def from_environment() -> Litestar:
    """Return the service of the environment's settings: what a worker process of uvicorn calls."""
    return create_app(Settings.from_environment())


@contextmanager
def settled() -> Iterator[None]:
    """Have no thread wait for long: neither for the garbage collector, nor for another one that computes.

    To look through all that is there by now took the collector 100 ms.
    """
    gc.collect()
    gc.freeze()
    before = sys.getswitchinterval()
    sys.setswitchinterval(SWITCH_SECONDS)
    try:
        yield
    finally:
        gc.unfreeze()
        sys.setswitchinterval(before)


def _cors(settings: Settings) -> CORSConfig | None:
    if not settings.cors:
        return None
    return CORSConfig(allow_origins=list(settings.cors), expose_headers=[REQUEST_ID, "Retry-After"])
