"""The service, and beside its routes one that only reads the same upload: what `run.py` measures it against."""

from __future__ import annotations

from typing import Any

from litestar import Litestar, Request, post

from captchakit.serving.app import create_app
from captchakit.serving.uploads import image_of
from captchakit.settings import Settings


@post("/null", status_code=200, include_in_schema=False)
async def null(request: Request[Any, Any, Any]) -> dict[str, int]:
    """Read the upload and answer."""
    return {"bytes": len(await image_of(request, 30.0))}


def application() -> Litestar:
    """Return the service of the environment's settings with one route more."""
    app = create_app(Settings.from_environment())
    app.register(null)
    return app
