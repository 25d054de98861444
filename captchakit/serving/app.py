"""The application, built from its settings."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from litestar import Litestar
from litestar.config.cors import CORSConfig
from litestar.di import Provide

from captchakit.serving import logs, problems, schema
from captchakit.serving.asking import asked
from captchakit.serving.observing import REQUEST_ID, Observed
from captchakit.serving.routes import about, solve
from captchakit.serving.service import Service
from captchakit.settings import Settings

FORM_OVERHEAD = 64 * 2**10
"""What the borders and headers of a form may add to its file."""

ROUTES = [
    solve.solve,
    solve.forward,
    about.live,
    about.ready,
    about.metadata,
    about.models,
    about.metrics,
    schema.schema_file,
]


def create_app(settings: Settings) -> Litestar:
    """Return the service; raises `ModelError` or `NotThereError` where its first model cannot be loaded."""
    log = logs.configure(settings.log, settings.log_level)
    service = Service(settings)

    @asynccontextmanager
    async def lifespan(_: Litestar) -> AsyncIterator[None]:
        try:
            yield
        finally:
            service.close()
            log.close()

    app = Litestar(
        ROUTES,
        lifespan=[lifespan],
        dependencies={
            "service": Provide(lambda: service, sync_to_thread=False, use_cache=True),
            "asked": Provide(asked, sync_to_thread=False),
        },
        exception_handlers=problems.HANDLERS,
        openapi_config=schema.config(),
        request_max_body_size=settings.max_image_bytes + FORM_OVERHEAD,
        multipart_form_part_limit=16,
        cors_config=_cors(settings),
        signature_types=[Service],
        logging_config=None,
    )
    # Around the routing itself, so that what no route takes has an id, headers and a line in the log too.
    app.asgi_handler = Observed(app.asgi_handler, service.counts)
    return app


def from_environment() -> Litestar:
    """Return the service of the environment's settings: what a worker process of uvicorn calls."""
    return create_app(Settings.from_environment())


def _cors(settings: Settings) -> CORSConfig | None:
    if not settings.cors:
        return None
    return CORSConfig(allow_origins=list(settings.cors), expose_headers=[REQUEST_ID, "Retry-After"])
