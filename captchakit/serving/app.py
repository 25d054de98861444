"""The application, built from its settings."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any

from litestar import Litestar, Router
from litestar.config.cors import CORSConfig
from litestar.datastructures import State
from litestar.di import Provide
from litestar.types import ASGIApp

from captchakit.serving import logs, problems, schema
from captchakit.serving.limiting import Admitted, Limited
from captchakit.serving.observing import REQUEST_ID, Observed
from captchakit.serving.routes import about, batch, browser, classify, data, experiments, kept, page, solve
from captchakit.serving.security import REQUIREMENT, needs_key, needs_key_where_keyed
from captchakit.serving.service import Service
from captchakit.settings import Settings

FORM_OVERHEAD = 64 * 2**10
"""What the borders and headers of a form may add to its file."""

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
    asks: dict[str, Any] = {"guards": [needs_key_where_keyed]}
    needs: dict[str, Any] = {"guards": [needs_key], "security": REQUIREMENT}
    app = Litestar(
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
    inner: ASGIApp = Admitted(app.asgi_handler, service.answers)
    app.asgi_handler = Observed(Limited(inner, settings.rate) if settings.rate else inner, service.counts)
    return app


def from_environment() -> Litestar:
    """Return the service of the environment's settings: what a worker process of uvicorn calls."""
    return create_app(Settings.from_environment())


@contextmanager
def settled() -> Iterator[None]:
    """Keep the garbage collector from what is there by now: to look through it held every request up for 100 ms."""
    gc.collect()
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()


def _cors(settings: Settings) -> CORSConfig | None:
    if not settings.cors:
        return None
    return CORSConfig(allow_origins=list(settings.cors), expose_headers=[REQUEST_ID, "Retry-After"])
